/**
 * Tests operations under conditions that the guard can't evaluate. Alembic runs each one twice: once with the
 * condition true, and once with it false.
 */
import { describe, expect, test } from 'vitest'
import { findJudges } from '../support/judges.ts'
import { executed, judgePending } from '../support/pending-migration.ts'

const judges = await findJudges('conditions')
const { server, database } = judges

interface Case {
  readonly name: string
  /** Lines that use the variable `yes`, whose value the guard doesn't know. */
  readonly body: readonly string[]
  /** Lines in `body` that need a rehearsal, numbered from 1. */
  readonly listed: readonly number[]
  /** Alembic's errors when the condition is true and when it's false; null on success. */
  readonly errors: readonly [RegExp | null, RegExp | null]
}

const seats = `op.create_table('seats', sa.Column('id', sa.Integer))`
const add = (column: string): string => `op.add_column('seats', sa.Column('${column}', sa.Integer))`
const missing = /relation "seats" does not exist/

const cases: readonly Case[] = [
  {
    name: 'an operation that needs the conditional one proves that it ran',
    body: ['if yes:', `    ${seats}`, add('a'), add('b'), `op.create_index('ix', 'seats', ['a'])`],
    listed: [3],
    errors: [null, missing],
  },
  {
    name: 'a conditional return',
    body: ['def work():', '    if not yes:', '        return', `    ${seats}`, 'work()', add('a'), add('b')],
    listed: [6],
    errors: [null, missing],
  },
  {
    name: 'an operation that fails after the conditional one proves that it did not run',
    body: ['if yes:', `    ${seats}`, seats, add('a')],
    listed: [3],
    errors: [/relation "seats" already exists/, null],
  },
  {
    name: 'two conditions, of which each is proven',
    body: ['if yes:', `    ${seats}`, 'if yes:', `    ${add('a').replace('seats', 'docs')}`].concat(
      add('b'),
      `op.drop_column('docs', 'a')`,
      `op.drop_column('seats', 'b')`,
    ),
    listed: [5, 6],
    errors: [null, missing],
  },
  {
    name: 'the other half of a condition',
    body: ['if yes:', `    ${seats}`, 'else:', `    ${add('a').replace('seats', 'docs')}`, add('b')],
    listed: [5],
    errors: [null, missing],
  },
  {
    name: 'a loop whose body may run several times',
    body: ['for _ in range(2 if yes else 0):', `    op.execute('ALTER TABLE docs RENAME TO docs2')`].concat(
      `    op.execute('ALTER TABLE other RENAME TO docs')`,
      `    op.execute('ALTER TABLE docs2 RENAME TO other')`,
      `op.drop_column('docs', 'data')`,
    ),
    listed: [5],
    errors: [null, null],
  },
  {
    name: 'a part that the guard can not check, under a condition',
    body: ['if yes:', `    op.create_index('ix', 'docs', ['data'])`],
    listed: [2],
    errors: [/no default operator class/, null],
  },
]

function ask(body: readonly string[], yes: boolean, url: string) {
  const live = ['CREATE TABLE docs (id int, data json)', 'CREATE TABLE other (id int, data json)']
  const first = ['import os', `yes = (os.getpid() > 0) is ${yes ? 'True' : 'False'}`]
  return judgePending(judges, executed(live), [...first, ...body], url)
}

describe.skipIf(server === null)('on PostgreSQL', () => {
  test.each(cases.map((each) => [each.name, each] as const))('%s', async (_, { body, listed, errors }) => {
    if (!database) return
    for (const [index, expected] of errors.entries()) {
      const { report, error } = await ask(body, index === 0, database.url)
      if (expected === null) expect(error).toBeNull()
      else expect(error).toMatch(expected)
      expect(report.verdict).toBe('pass')
      const lines = report.prediction?.tried?.unchecked.map(({ location }) => location?.line ?? 0) ?? []
      const [start = 0] = lines
      expect(lines.map((line) => line - start)).toEqual(listed.map((line) => line - (listed[0] ?? 0)))
    }
  })
})
