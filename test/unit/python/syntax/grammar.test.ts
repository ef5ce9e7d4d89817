/** The guard must detect the same syntax errors as CPython. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readMigration } from '../../../../src/python/header/read-migration.ts'
import { checkWholeFile } from '../../../support/check-whole-file.ts'
import type { MigrationModule } from '../../../../src/core/history/migration-module.ts'

type Verdict = readonly [type: string, message: string, line: number] | null

const { snippets } = JSON.parse(readFileSync('test/fixtures/python/snippets.json', 'utf8')) as {
  readonly snippets: readonly (readonly [string, Verdict])[]
}
const { base, edits } = JSON.parse(readFileSync('test/fixtures/python/mutants.json', 'utf8')) as {
  readonly base: string
  readonly edits: readonly (readonly [at: number, removed: number, inserted: string, line: number])[]
}

function outcome(found: Pick<MigrationModule, 'raises' | 'unreadable'> | null): 'fine' | 'error' | 'unknown' {
  if (found === null) return 'fine'
  if (found.unreadable !== null) return 'unknown'
  return found.raises !== null && /Syntax|Indentation|Tab/.test(found.raises.error.type) ? 'error' : 'fine'
}

const read = (text: string): MigrationModule => readMigration(Buffer.from(text), 'a.py')
const check = (text: string): ReturnType<typeof checkWholeFile> => checkWholeFile(Buffer.from(text), 'a.py')

describe('no file that Python accepts is rejected', () => {
  test('if only suspicious files are parsed', () => {
    // `a` and `b` are unbound, so the guard uses the parser, which doesn't support this form.
    const parsed = 'match a, b:\n  case 1, 2: pass\n'
    for (const [text, verdict] of snippets)
      if (verdict === null && text !== parsed) expect.soft(outcome(read(text)), text).toBe('fine')
  })

  test('if every file is parsed; a few unsupported forms are never reported as errors', () => {
    const notUnderstood = snippets.filter(
      ([text, verdict]) => verdict === null && outcome(check(text)) !== 'fine',
    )
    expect(notUnderstood.map(([text]) => [text, outcome(check(text))])).toEqual([
      ['match a, b:\n  case 1, 2: pass\n', 'unknown'],
      [`f"{'{'}"\n`, 'unknown'],
      ['𝐱 = 1\n', 'unknown'],
    ])
  })
})

/** Errors that the parser misses, because they depend on other names or on the Python version. */
const missed = [
  'x="\\N{DASH}"\n',
  'await x\n',
  'def f():\n  nonlocal y\n',
  'async def f(): yield from x\n',
  'x=1\nglobal x\n',
  'type X = int\n',
  'def f(x): global x\n',
  'x = f"}"\n',
]

describe('a syntax error anywhere in the file is found', () => {
  const broken = snippets.filter(([, verdict]) => verdict !== null)

  test('in all snippets except the listed ones', () => {
    const unseen = broken.filter(([text]) => outcome(read(text)) === 'fine').map(([text]) => text)
    expect(unseen.sort()).toEqual([...missed].sort())
  })

  test('and the full parser agrees', () => {
    for (const [text] of broken) expect.soft(outcome(check(text)), text).toBe(outcome(read(text)))
  })

  test('an except clause that only Python 3.14 accepts is unknown', () => {
    const { raises, unreadable } = read('try:\n  a\nexcept A, B:\n  pass\n')
    expect(raises).toBeNull()
    expect(unreadable).toMatchObject({
      reason: expect.stringContaining('Python 3.14'),
      span: { line: 3, column: 9 },
    })
  })

  test('with the type, and mostly the message and line, of CPython 3.11', () => {
    const told = broken.flatMap(([text, verdict]) => {
      const { raises } = read(text)
      return raises === null || verdict === null ? [] : [{ raises, verdict }]
    })
    const same = told.filter(({ raises, verdict }) => raises.error.message === verdict[1])
    const line = told.filter(({ raises, verdict }) => raises.span.line === verdict[2])
    // After a missed syntax error, the guard may report a NameError.
    const typed = told.filter(({ raises }) => raises.error.type !== 'NameError')
    for (const { raises, verdict } of typed) expect.soft(raises.error.type, verdict[1]).toBe(verdict[0])
    expect(same.length / told.length).toBeGreaterThan(0.75)
    expect(line.length / told.length).toBeGreaterThan(0.9)
  })
})

describe('a migration with one mistake', () => {
  const results = edits.map(([at, removed, inserted, line]) => {
    const text = base.slice(0, at) + inserted + base.slice(at + removed)
    return { text, line, found: outcome(read(text)) }
  })

  test('is never reported as broken if Python accepts it', () => {
    const wrong = results.filter(({ line, found }) => line === 0 && found !== 'fine')
    expect(wrong.map(({ text }) => text)).toEqual([])
  })

  test('is reported as broken in more than 99 of 100 cases if Python rejects it', () => {
    const broken = results.filter(({ line }) => line !== 0)
    expect(broken.length).toBeGreaterThan(1500)
    const caught = broken.filter(({ found }) => found === 'error')
    expect(caught.length / broken.length).toBeGreaterThan(0.99)
  })
})

test.each([
  ['unbalanced', 'def upgrade():\n    op.f(\n', 'SyntaxError', "'(' was never closed", 2],
  ['a conflict marker', 'a = 1\n<<<<<<< HEAD\nb = 2\n', 'SyntaxError', 'invalid syntax', 2],
  [
    'Python 2',
    'def upgrade():\n    print "x"\n',
    'SyntaxError',
    /^Missing parentheses in call to 'print'/,
    2,
  ],
  ['tabs and spaces', 'if 1:\n\ta\n        b\n', 'TabError', /^inconsistent use of tabs/, 3],
  ['a stray indent', 'a = 1\n  b = 2\n', 'IndentationError', 'unexpected indent', 2],
  [
    'a missing block',
    'def upgrade():\n\ndown = 1\n',
    'IndentationError',
    /^expected an indented block after function/,
    3,
  ],
  ['a Windows path', 'a = "C:\\Users"\n', 'SyntaxError', /truncated \\UXXXXXXXX escape$/, 1],
])('%s has the same message as in Python', (_, text, type, message, line) => {
  const { raises } = read(text)
  expect(raises?.error.type).toBe(type)
  expect(raises?.error.message).toMatch(message)
  expect(raises?.span.line).toBe(line)
})

test('a conflict marker in a docstring is text', () => {
  expect(outcome(read('"""\n<<<<<<< HEAD\n"""\nrevision = "a"\n'))).toBe('fine')
})
