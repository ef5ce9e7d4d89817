/** A column's type is compared only if exactly one migration could have set it. */
import { expect, test } from 'vitest'
import { contradictsType, statedTypes } from '../../../../src/core/evidence/stated-types.ts'
import { dialectOf } from '../../../../src/core/dialect/index.ts'
import { readOperations } from '../../../../src/python/operations/read-operations.ts'

const naming = { dialect: 'postgresql', defaultSchema: 'public' } as const

/** Returns the columns of `a` whose types are compared. */
function compared(first: string, second: string): readonly string[] {
  const operations = new Map(
    [first, second].map((lines, index) => {
      const body = lines.split('\n').map((line) => `    ${line}\n`)
      const text = `from alembic import op\nimport sqlalchemy as sa\nfrom rt import *\nrevision = 'r${index}'\ndef upgrade():\n${body.join('')}`
      return [
        `r${index}`,
        readOperations(new TextEncoder().encode(text), `r${index}.py`, 'postgresql').upgrade,
      ] as const
    }),
  )
  return statedTypes([...operations.keys()], operations, naming).map(
    ({ table, column }) => `${table.name}.${column}`,
  )
}

const made = `op.create_table('a', sa.Column('b', sa.Integer()), sa.Column('c', sa.Enum('x', name='kind')))`

test.each<[second: string, columns: readonly string[]]>([
  ['pass', ['a.b', 'a.c']],
  [`op.create_index('ix', 'a', ['b'])`, ['a.b', 'a.c']],
  [`op.execute("UPDATE a SET b = 1")`, ['a.b', 'a.c']],
  [`op.alter_column('a', 'b', nullable=False)`, ['a.b', 'a.c']],
  [`op.alter_column('a', 'b', type_=sa.Text())`, ['a.c']],
  [`op.execute('ALTER TABLE a ALTER b TYPE text')`, ['a.c']],
  [`op.alter_column('a', 'b', new_column_name='d')`, ['a.c']],
  [`op.drop_column('a', 'b')`, ['a.c']],
  [`op.drop_column('a', 'b')\nop.add_column('a', sa.Column('b', sa.Text()))`, ['a.c']],
  [`op.rename_table('a', 'd')`, []],
  [`op.drop_table('a')`, []],
  [`op.execute('ALTER TYPE kind RENAME TO sort')`, ['a.b']],
  [`op.execute(f'ALTER TABLE a ALTER b TYPE {unknown}')`, []],
  [`op.execute(open('more.sql').read())`, []],
  [`op.execute('ALTER TABLE a ADD COLUMN IF NOT EXISTS d text')`, ['a.b', 'a.c']],
  [`op.create_table('d', sa.Column('e', sa.Text()), if_not_exists=True)`, ['a.b', 'a.c']],
])('after %s', (second, columns) => {
  expect(compared(made, second)).toEqual(columns)
})

test.each<[stated: string, live: string, contradicts: boolean]>([
  ['integer', 'bigint', false],
  ['integer', 'numeric(10,2)', false],
  ['integer', 'text', true],
  ['integer', 'integer[]', true],
  ['integer[]', 'bigint[]', false],
  ['integer', 'boolean', true],
  ['character varying(20)', 'text', false],
  ['character varying(20)', 'citext', false],
  ['character varying(20)', 'uuid', true],
  ['character varying(20)', 'public.email', false],
  ['timestamp without time zone', 'timestamp(3) with time zone', false],
  ['timestamp without time zone', 'date', false],
  ['timestamp without time zone', 'text', true],
  ['json', 'jsonb', false],
  ['jsonb', 'text', true],
  ['bytea', 'text', true],
  ['tsvector', 'text', false],
])('a column stated as %s and found as %s on PostgreSQL', (stated, live, contradicts) => {
  const type = { postgres: stated, sqlite: null }
  expect(contradictsType(type, { type: live }, dialectOf(naming))).toBe(contradicts)
})

test.each<[stated: string, live: string, contradicts: boolean]>([
  ['INTEGER', 'BIGINT', false],
  ['INTEGER', 'varchar(20)', true],
  ['VARCHAR(20)', 'TEXT', false],
  ['VARCHAR(20)', 'BLOB', true],
  ['BOOLEAN', 'INTEGER', false],
  ['BOOLEAN', 'TEXT', false],
  ['JSON', 'TEXT', false],
  ['DATETIME', 'TIMESTAMP', false],
  ['DATETIME', 'TEXT', true],
  ['INTEGER', '', false],
])('a column stated as %s and found as %s on SQLite', (stated, live, contradicts) => {
  const type = { postgres: null, sqlite: stated }
  expect(contradictsType(type, { type: live }, dialectOf({ dialect: 'sqlite' }))).toBe(contradicts)
})

test('enum types are compared by name', () => {
  const type = { postgres: null, sqlite: null, enum: { schema: null, name: 'Mood' } }
  const live = (name: string, isEnum: boolean) => ({ type: name, ...(isEnum && { isEnum: true as const }) })
  const dialect = dialectOf(naming)
  expect(contradictsType(type, live('app."Mood"', true), dialect)).toBe(false)
  expect(contradictsType(type, live('sort', true), dialect)).toBe(true)
  expect(contradictsType(type, live('text', false), dialect)).toBe(true)
  expect(contradictsType(type, live('sort', false), dialect)).toBe(false)
})
