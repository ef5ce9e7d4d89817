/**
 * Tests `op.sync_enum_values` from alembic_postgresql_enum, which changes an enum's labels. A stand-in module runs
 * the same statements as the library.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findJudges } from '../support/judges.ts'
import { executed, judgePending } from '../support/pending-migration.ts'

const judges = await findJudges('enum-labels')
const { folder, server, database } = judges

const library = `from dataclasses import dataclass
from alembic.operations import MigrateOperation, Operations
from sqlalchemy import text

@dataclass(frozen=True)
class TableReference:
    table_name: str
    column_name: str
    table_schema: str = 'public'
    existing_server_default: str = None

@Operations.register_operation('sync_enum_values')
class SyncOperation(MigrateOperation):
    @classmethod
    def sync_enum_values(cls, operations, enum_schema, enum_name, new_values, affected_columns, enum_values_to_rename=()):
        run = lambda sql: operations.get_bind().execute(text(sql))
        name, old = f'"{enum_schema}"."{enum_name}"', f'"{enum_schema}"."{enum_name}_old"'
        run(f'ALTER TYPE {name} RENAME TO {enum_name}_old')
        run(f'CREATE TYPE {name} AS ENUM (' + ', '.join(f"'{value}'" for value in new_values) + ')')
        for sign, function in (('!=', 'labels_differ'), ('=', 'labels_agree')):
            run(f'CREATE FUNCTION {function}(a {name}, b {old}) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT a::text {sign} b::text $$')
            run(f'CREATE OPERATOR {sign} (leftarg = {name}, rightarg = {old}, procedure = {function})')
        for one in affected_columns:
            if isinstance(one, tuple): one = TableReference(*one, table_schema=enum_schema)
            run(f'ALTER TABLE "{one.table_schema}"."{one.table_name}" ALTER COLUMN "{one.column_name}" TYPE {name} USING "{one.column_name}"::text::{name}')
        for function in ('labels_differ', 'labels_agree'):
            run(f'DROP FUNCTION {function}(a {name}, b {old}) CASCADE')
        run(f'DROP TYPE {old}')
`
const place = join(folder, 'library')
mkdirSync(place, { recursive: true })
writeFileSync(join(place, 'alembic_postgresql_enum.py'), library)

const imported = [
  'import sys',
  `sys.path.append(${JSON.stringify(place)})`,
  'from alembic_postgresql_enum import TableReference',
]
const seat = "TableReference(table_schema='public', table_name='seats', column_name='mood')"
const sync = (labels: string, columns: string, more = ''): string =>
  `op.sync_enum_values('public', 'mood', [${labels}], [${columns}]${more})`
const more = "'calm', 'wild', 'odd'"
const live = ["CREATE TYPE mood AS ENUM ('calm', 'wild')", 'CREATE TABLE seats (id int, mood mood)']
const filled = [...live, "INSERT INTO seats VALUES (1, 'wild')"]
const use = 'op.execute("INSERT INTO seats VALUES (2, \'odd\')")'
const fresh =
  "op.create_table('guests', sa.Column('mood', postgresql.ENUM('calm', 'wild', name='mood', create_type=False)))"

const ask = (base: readonly string[], pending: readonly string[], url: string) =>
  judgePending(judges, executed(base), [...imported, ...pending], url)

describe.skipIf(server === null)('sync_enum_values', () => {
  test.each([
    ['more labels', filled, [sync(more, seat), use]],
    ['columns as tuples', filled, [sync(more, "('seats', 'mood')"), use]],
    ['fewer labels for a new table', [live[0] ?? ''], [fresh, sync("'calm'", "('guests', 'mood')")]],
    ['the same labels twice', live, [sync(more, seat), sync(more, seat), use]],
    [
      'an indexed column',
      [...filled, 'ALTER TABLE seats ADD CONSTRAINT key UNIQUE (mood)'],
      [sync(more, seat)],
    ],
    ['no columns', [live[0] ?? ''], [sync(more, '')]],
  ])('is checked: %s', async (_, base, pending) => {
    if (!database) return
    const { report, error } = await ask(base, pending, database.url)
    expect(error).toBeNull()
    expect(report.prediction?.tried).toMatchObject({ unchecked: [], checked: pending.length })
  })

  test.each([
    ['a label that a row has is missing', filled, [sync("'calm'", seat)]],
    ['a column is missing from the list', live, [fresh, sync(more, seat)]],
    ['another live column has the type', [...live, 'CREATE TABLE guests (mood mood)'], [sync(more, seat)]],
    ['an array has the type', [...live, 'CREATE TABLE guests (moods mood[])'], [sync(more, seat)]],
    [
      'the column has a default',
      [live[0] ?? '', "CREATE TABLE seats (id int, mood mood DEFAULT 'calm')"],
      [sync(more, seat)],
    ],
    ['the old name is taken', [...live, 'CREATE TABLE mood_old (id int)'], [sync(more, seat)]],
    [
      'a listed column has another type',
      [
        ...filled,
        "ALTER TABLE seats ADD other text DEFAULT 'x'",
        'ALTER TABLE seats ALTER other DROP DEFAULT',
      ],
      [sync(more, `${seat}, ('seats', 'other')`)],
    ],
    ['a view uses the column', [...live, 'CREATE VIEW shown AS SELECT mood FROM seats'], [sync(more, seat)]],
    [
      'an index has a condition',
      [...live, "CREATE INDEX ix ON seats (id) WHERE mood > 'calm'"],
      [sync(more, seat)],
    ],
    ['the type is missing', ['CREATE TABLE seats (id int, mood text)'], [sync(more, seat)]],
  ])('is unchecked if %s', async (_, base, pending) => {
    if (!database) return
    const { report, error } = await ask(base, pending, database.url)
    expect(error).not.toBeNull()
    if (report.verdict !== 'blocked') expect(report.prediction?.tried?.unchecked).not.toEqual([])
  })

  test('changes the labels that later operations can use', async () => {
    if (!database) return
    const add = `op.execute("ALTER TYPE mood ADD VALUE 'odd'")`
    const { report, error } = await ask(live, [sync(more, seat), add], database.url)
    expect(error).toMatch(/enum label "odd" already exists/)
    expect(report.findings.map(({ code }) => code)).toEqual(['AG301'])
  })

  test('is unchecked if labels are renamed', async () => {
    if (!database) return
    const renames = ", enum_values_to_rename=[('wild', 'calm')]"
    const { report } = await ask(live, [sync("'calm'", seat, renames)], database.url)
    expect(report.prediction?.tried).toMatchObject({ checked: 0 })
  })
})
