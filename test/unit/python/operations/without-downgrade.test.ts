/** `upgrade()` must have the same operations whether or not `downgrade()` is parsed. */
import { assert, constantFrom, property, shuffledSubarray, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readOperations, readUpgrade } from '../../../../src/python/operations/read-operations.ts'
import { withoutDowngrade } from '../../../../src/python/operations/without-downgrade.ts'

const head = 'from alembic import op\n\n'
const upgrade = "def upgrade():\n    op.drop_table('a')\n\n"
const downgrade = "def downgrade():\n    op.drop_table('b')\n"

describe('downgrade() is omitted', () => {
  const omitted: Readonly<Record<string, string>> = {
    'at the end of the file': `${head}${upgrade}${downgrade}`,
    'without a line break at the end': `${head}${upgrade}${downgrade.trimEnd()}`,
    'if a comment and a bracket start a line': `${head}${upgrade}def downgrade(\n):\n    pass\n# the end\n`,
  }
  test.each(Object.entries(omitted))('%s', (_, text) => {
    expect(withoutDowngrade(text)).toBe(`${head}${upgrade}`)
    expect(upgradeOf(text)).toMatchObject([{ kind: 'dropTable', table: { name: 'a' } }])
  })
})

describe('downgrade() is kept', () => {
  const kept: Readonly<Record<string, string>> = {
    'if upgrade() calls it': `${head}def upgrade():\n    downgrade()\n\n${downgrade}`,
    'if upgrade() finds it by name': `${head}def upgrade():\n    globals()['down' 'grade']()\n\n${downgrade}`,
    'if a helper follows': `${head}def upgrade():\n    helper()\n\n${downgrade}\ndef helper():\n    op.drop_table('b')\n`,
    'if it has a decorator': `${head}@str\n\ndef upgrade():\n    op.drop_table('a')\n\n${downgrade}`,
  }
  test.each(Object.entries(kept))('%s', (_, text) => {
    expect(withoutDowngrade(text)).toBeNull()
  })

  test('a called downgrade() counts', () => {
    const text = `${head}def upgrade():\n    downgrade()\n\n${downgrade}`
    expect(upgradeOf(text)).toMatchObject([{ kind: 'dropTable', table: { name: 'b' } }])
  })
})

test('a string may contain the function', () => {
  const text = `${head}def upgrade():\n    op.execute("""\ndef downgrade():\n""")\n    op.drop_table('a')\n`
  expect(upgradeOf(text)?.at(-1)).toMatchObject({ kind: 'dropTable', table: { name: 'a' } })
})

test('files of any form have the same operations', () => {
  const parts = [
    upgrade,
    downgrade,
    'def upgrade():\n    helper()\n\n',
    'def upgrade():\n    downgrade()\n\n',
    "def upgrade():\n    globals()['downgrade']()\n\n",
    "def helper():\n    op.drop_table('c')\n\n",
    "text = '''\ndef downgrade():\n    pass\n'''\n",
    '"""Downgrade later."""\n',
    '# downgrade\n',
    "@str\ndef downgrade():\n    op.drop_table('d')\n",
    'helper = print\n',
    'if True:\n    downgrade = print\n',
    'del op\n',
  ]
  const endings = constantFrom('\n', '\r\n', '\r')
  assert(
    property(tuple(shuffledSubarray(parts), endings), ([some, ending]) => {
      const text = `${head}${some.join('')}`.replaceAll('\n', ending)
      const bytes = new TextEncoder().encode(text)
      const whole = readOperations(bytes, 'a.py', 'postgresql').upgrade
      expect(readUpgrade(bytes, 'a.py', 'postgresql')).toEqual(whole)
    }),
    { numRuns: 1000 },
  )
})

function upgradeOf(text: string) {
  const read = readUpgrade(new TextEncoder().encode(text), 'a.py', 'postgresql')
  return read.kind === 'operations' ? read.operations : null
}
