import { array, assert, boolean, constantFrom, property, record, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ParentChange } from '../../../../src/core/lost/plan-placeholder.ts'
import { readMigration } from '../../../../src/python/header/read-migration.ts'
import { relinkMigration } from '../../../../src/python/edit/relink.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

function relinked(source: string, changes: readonly ParentChange[]): string {
  const result = relinkMigration(encoder.encode(source), 'a.py', changes)
  return result.kind === 'relinked' ? decoder.decode(result.bytes) : `refused: ${result.reason}`
}

const to = (from: string | null, ...names: string[]): ParentChange => ({ from, to: names })

describe('the value of down_revision', () => {
  test.each([
    [`down_revision = 'b'`, [to('b', 'lost')], `down_revision = 'lost'`],
    [`down_revision = "b"  # was a`, [to('b', 'lost')], `down_revision = "lost"  # was a`],
    [`down_revision: Union[str, None] = "b"`, [to('b', 'lost')], `down_revision: Union[str, None] = "lost"`],
    [`down_revision: str | None = ('b')`, [to('b', 'lost')], `down_revision: str | None = ('lost')`],
    [`down_revision = None`, [to(null, 'lost')], `down_revision = 'lost'`],
    [`down_revision = ('b', 'x')`, [to('b', 'lost')], `down_revision = ('lost', 'x')`],
    [`down_revision = ('b', 'x',)`, [to('x', 'lost')], `down_revision = ('b', 'lost',)`],
    [`down_revision = ['b',\n    'x']`, [to('x', 'lost')], `down_revision = ['b',\n    'lost']`],
    [`down_revision = 'b', 'x'`, [to('x', 'lost')], `down_revision = 'b', 'lost'`],
    [`down_revision = 'b'`, [to('b', 'b', 'lost')], `down_revision = ('b', 'lost')`],
    [`down_revision = ('b', 'x')`, [to('b', 'l1', 'l2')], `down_revision = ('l1', 'l2', 'x')`],
    [`down_revision = ('b', 'x')`, [to('b', 'lost'), to('x')], `down_revision = ('lost')`],
    [`down_revision = ('b', 'x', 'y')`, [to('b', 'lost'), to('x')], `down_revision = ('lost', 'y')`],
    [`down_revision = 'b' 'c'`, [to('bc', 'lost')], `down_revision = 'lost'`],
    [`down_revision = 'b'`, [to('b', `a"b\\`)], `down_revision = 'a"b\\\\'`],
    [`down_revision = 'b'`, [to('b', 'é')], `down_revision = '\\xe9'`],
  ])('%s', (before, changes, after) => {
    const file = (line: string): string => `revision = 'c'\n${line}\ndef upgrade():\n    pass\n`
    expect(relinked(file(before), changes)).toBe(file(after))
  })

  test.each([
    [`down_revision = PARENT`],
    [`down_revision = 'b' if True else 'x'`],
    [`down_revision = f'b'`],
    [`down_revision = 'b'\ndown_revision = 'b'`],
    [`down_revision = {'b', 'x'}`],
    [`down_revision, x = 'b', 'c'`],
    [`down_revision = 'b'\nif True:\n    down_revision = 'b'`],
    [`down_revision = 'b'\ndepends_on = down_revision`],
    [`down_revision = 'b`],
  ])('%s is rejected', (line) => {
    expect(relinked(`PARENT = 'b'\nrevision = 'c'\n${line}\n`, [to('b', 'lost')])).toMatch(/^refused: /)
  })
})

describe('the docstring', () => {
  test('a Revises: line with the old parents gets the new ones', () => {
    const file = (revises: string, down: string): string =>
      `"""x\n\nRevision ID: c\nRevises: ${revises}\nCreate Date: b\n"""\nrevision = 'c'\ndown_revision = ${down}\n`
    expect(relinked(file('b', `'b'`), [to('b', 'lost')])).toBe(file('lost', `'lost'`))
    expect(relinked(file('b, x', `('b', 'x')`), [to('b', 'lost')])).toBe(file('lost, x', `('lost', 'x')`))
    expect(relinked(file('', `None`), [to(null, 'lost')])).toBe(file('lost', `"lost"`.replaceAll('"', "'")))
  })

  test('any other Revises: line is left alone', () => {
    const file = (down: string): string =>
      `"""x\n\nRevises: the b of old\n"""\nrevision = 'c'\ndown_revision = ${down}\n`
    expect(relinked(file(`'b'`), [to('b', 'lost')])).toBe(file(`'lost'`))
  })
})

test('every byte except the parent is unchanged, whatever the file contains', () => {
  const id = string({
    unit: constantFrom('a', 'Z', '0', '_', '.', ' x', 'é', '"', '\\', '𝒳'),
    minLength: 1,
    maxLength: 12,
  })
  const filler = array(
    constantFrom(
      '# down_revision = "b"',
      'x = "Revises: b"',
      'é = """b\ndown_revision = 1\n"""',
      '',
      '   ',
      'def helper():\n    return "b"',
      "label = 'b'  # 𝒳 b",
      '\f',
    ),
    { maxLength: 4 },
  )
  const file = record({
    parent: id,
    lost: id,
    before: filler,
    after: filler,
    quote: constantFrom("'", '"'),
    annotation: constantFrom('', ': str', ': Union[str, None]', ': "str | None"'),
    mark: boolean(),
    lineEnd: constantFrom('\n', '\r\n', '\r'),
    lastLine: boolean(),
  })
  assert(
    property(file, ({ parent, lost, before, after, quote, annotation, mark, lineEnd, lastLine }) => {
      const literal = (text: string): string =>
        quote +
        Array.from(text, (one) => {
          const code = one.codePointAt(0) ?? 0
          if (one === quote || one === '\\') return `\\${one}`
          if (code < 0x80) return one
          return code < 0x100 ? `\\x${code.toString(16)}` : `\\U${code.toString(16).padStart(8, '0')}`
        }).join('') +
        quote
      const text = (name: string): string =>
        (mark ? '\ufeff' : '') +
        [...before, `revision = 'c'`, `down_revision${annotation} = ${literal(name)}`, ...after]
          .join('\n')
          .concat(lastLine ? '\n' : '')
          .replaceAll('\n', lineEnd)
      const source = text(parent)
      const read = readMigration(encoder.encode(source), 'a.py')
      if (read.raises || read.unreadable) return
      expect(relinked(source, [to(parent, lost)])).toBe(text(lost))
    }),
    { numRuns: 500 },
  )
})

test('bytes in another encoding are unchanged', () => {
  const head = Buffer.from(
    `# -*- coding: latin-1 -*-\n# caf\xe9 \xfc\nrevision = 'c'\ndown_revision = 'b'\n# \xe9\n`,
    'latin1',
  )
  const result = relinkMigration(head, 'a.py', [to('b', 'lost')])
  expect(result.kind === 'relinked' && Buffer.from(result.bytes).toString('latin1')).toBe(
    head.toString('latin1').replace(`'b'`, `'lost'`),
  )
})
