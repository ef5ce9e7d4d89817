import { assert, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { enclosing } from '../../../../src/core/history/python-source.ts'
import { readSourceFacts } from '../../../../src/python/lint/lint-facts.ts'

const facts = (source: string) => readSourceFacts(new TextEncoder().encode(source), 'a.py')

describe('calls', () => {
  test('are named according to the imports', () => {
    const { calls } = facts(`
from alembic import op as o
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
o.add_column('a', sa.Column('b', JSONB()))
bind = o.get_bind()
bind.execute(sa.text('x'))
with o.batch_alter_table('a') as batch_op:
    batch_op.drop_column('c')
`)
    expect(calls.map(({ callee }) => callee)).toEqual([
      'alembic.op.add_column',
      'sqlalchemy.Column',
      'sqlalchemy.dialects.postgresql.JSONB',
      'alembic.op.get_bind',
      'bind.execute',
      'sqlalchemy.text',
      'alembic.op.batch_alter_table',
      'batch.drop_column',
    ])
  })

  test('know their context', () => {
    const { calls } = facts(`
def upgrade():
    if x:
        try:
            a()
        except Exception:
            pass
    try:
        b()
    except Exception:
        raise
    try:
        c()
    except (KeyError, ValueError):
        pass
`)
    const swallows = calls.map((call) => enclosing(call, 'try')?.swallows)
    expect(swallows).toEqual([true, false, false])
    expect(calls.map((call) => call.function)).toEqual(['upgrade', 'upgrade', 'upgrade'])
    expect(calls.map((call) => enclosing(call, 'if')?.test)).toEqual(['x', undefined, undefined])
  })

  test('have ranges that match their text, with any line endings and characters', () => {
    for (const source of [
      "x = 'é' + f('ü', g(1))\r\ny = h(\r\n  2)\r\n",
      '\tif 1: pass\n'.trim() + '\nf(\n\t1)\n',
    ]) {
      const { calls, text } = facts(source)
      expect(calls.length).toBeGreaterThan(0)
      for (const { range, written } of calls) {
        const own = text.slice(range.start, range.end)
        expect(own.startsWith(`${written}(`) && own.endsWith(')')).toBe(true)
      }
    }
  })
})

test('adjacent strings are concatenated, and unknown parts are holes', () => {
  const { calls } = facts("f('a' 'b', f'c{x}d', 'e' + y)")
  expect(calls[0]?.args.map(({ text }) => text)).toEqual(['ab', 'c\uFFFCd', 'e\uFFFC'])
})

test('comments are found only where Python has them', () => {
  const { comments } = facts('x = "# no"  # one\n# two\ny = """\n# no\n"""  # three')
  expect(comments.map(({ text, alone }) => [text, alone])).toEqual([
    ['# one', false],
    ['# two', true],
    ['# three', false],
  ])
  expect(comments.map(({ range }) => [range.line, range.column])).toEqual([
    [1, 13],
    [2, 1],
    [5, 6],
  ])
})

test('empty functions, raising ones and working ones are distinguished', () => {
  const { functions } = facts(`
def a():
    """Doc"""
    pass
def b():
    raise NotImplementedError('why')
def c():
    return
def d():
    f()
`)
  expect(functions.map(({ body }) => body)).toEqual(['empty', 'raises', 'empty', 'statements'])
})

test('invalid Python has no facts but a problem', () => {
  expect(facts('def (:')).toMatchObject({ calls: [], problem: expect.any(String) as string })
})

test('no text causes an exception', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 200 }), (text) => {
      facts(text)
    }),
    { numRuns: 300 },
  )
})
