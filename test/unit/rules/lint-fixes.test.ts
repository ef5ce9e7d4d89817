/** Tests what `--fix` changes for each finding, and what it leaves to the user. */
import { expect, test } from 'vitest'
import { applyTextEdits } from '../../../src/core/text/text-edits.ts'
import { lintOf } from '../../support/lint-example.ts'
import { sql, up } from '../../support/lint-lesson.ts'

/** Applies a rule's fixes and returns the body of `upgrade`; null if there are no fixes. */
async function fixed(code: string, lines: readonly string[]): Promise<string | null> {
  const { files } = up('', lines)
  const { findings, linted } = await lintOf({ files })
  const edits = findings.flatMap((finding) => (finding.code === code ? (finding.fix ?? []) : []))
  if (edits.length === 0) return null
  const text = applyTextEdits(linted.source.text, edits)
  const again = await lintOf({ files: { ...files, 'b2.py': text } })
  expect(again.findings.map((finding) => finding.code)).not.toContain(code)
  return /def upgrade\(\):\n(?<body>[^]*?)\n\n\ndef downgrade/.exec(text)?.groups?.['body'] ?? ''
}

const create = "op.create_index('ix', 'users', ['name'])"

test.each([
  [
    'an enum value',
    'AG404',
    // The downgrade is empty, so a second upgrade finds the value already in place.
    [sql("ALTER TYPE state ADD VALUE 'paid'")],
    null,
  ],
  [
    'an index, the only statement',
    'AG420',
    [create],
    "    with op.get_context().autocommit_block():\n        op.create_index('ix', 'users', ['name'], postgresql_concurrently=True)",
  ],
  [
    'an index on several lines',
    'AG420',
    ['op.create_index(', "    'ix',", "    'users',", "    ['name'],", ')'],
    "    with op.get_context().autocommit_block():\n        op.create_index(\n            'ix',\n            'users',\n            ['name'],\n            postgresql_concurrently=True,\n        )",
  ],
  [
    'a concurrent index in the transaction',
    'AG420',
    [sql('CREATE INDEX CONCURRENTLY ix ON users (name)')],
    '    with op.get_context().autocommit_block():\n        op.execute("CREATE INDEX CONCURRENTLY ix ON users (name)")',
  ],
  ['an index after another statement', 'AG420', [sql('DELETE FROM users WHERE id = 1'), create], null],
  ['an index under a condition', 'AG420', ['if True:', `    ${create}`], null],
])('%s', async (_, code, lines, expected) => {
  expect(await fixed(code, lines)).toBe(expected)
})

test('IF NOT EXISTS is inserted in the text of ADD VALUE', async () => {
  const { files } = up('', [sql("ALTER TYPE state ADD VALUE 'paid'")], { down: ['pass'] })
  const { findings, linted } = await lintOf({ files })
  const edits = findings.flatMap(({ code, fix }) => (code === 'AG404' ? (fix ?? []) : []))
  expect(applyTextEdits(linted.source.text, edits)).toContain("ADD VALUE IF NOT EXISTS 'paid'")
})
