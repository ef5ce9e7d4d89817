import { describe, expect, test } from 'vitest'
import {
  type MigratedSchema,
  emptySchema,
  mergedSchemas,
  primaryKeyOf,
  schemaAfter,
  tableOf,
  typeOfColumn,
} from '../../../../src/core/schema/migrated-schema.ts'
import { readOperations } from '../../../../src/python/operations/read-operations.ts'

function after(schema: MigratedSchema, ...lines: readonly string[]): MigratedSchema {
  const body = lines.map((line) => `    ${line}\n`).join('')
  const source = `from alembic import op\nimport sqlalchemy as sa\nfrom rt import *\ndef upgrade():\n${body}`
  const { upgrade } = readOperations(new TextEncoder().encode(source), 'a.py', 'postgresql')
  return schemaAfter(schema, upgrade, 'a')
}

const name = (table: string) => ({ schema: null, name: table })
const users = after(
  emptySchema,
  "op.create_table('users', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('name', sa.String(5)))",
)

describe('the migrated schema', () => {
  test('knows a changed type and a renamed column under the new name', () => {
    const changed = after(
      users,
      "op.alter_column('users', 'id', type_=sa.BigInteger())",
      "op.alter_column('users', 'name', new_column_name='title')",
    )
    expect(typeOfColumn(changed, name('users'), 'id')?.postgres).toBe('bigint')
    expect(typeOfColumn(changed, name('users'), 'title')?.postgres).toBe('character varying(5)')
    expect(typeOfColumn(changed, name('users'), 'name')).toBe(null)
    expect(typeOfColumn(users, name('users'), 'id')?.postgres).toBe('integer')
  })

  test('keeps the columns and key of a renamed table', () => {
    const renamed = after(users, "op.rename_table('users', 'people')")
    expect(tableOf(renamed, name('users'))).toBe(null)
    expect([...(tableOf(renamed, name('people'))?.columns.keys() ?? [])]).toEqual(['id', 'name'])
    const people = tableOf(renamed, name('people'))
    expect(people && primaryKeyOf(people)).toEqual(['id'])
  })

  test('treats public and no schema as the same, and any other schema as different', () => {
    expect(tableOf(users, { schema: 'public', name: 'users' })).not.toBe(null)
    expect(tableOf(users, { schema: 'auth', name: 'users' })).toBe(null)
  })

  test('marks every table as incomplete after an opaque operation', () => {
    const opaque = after(users, 'helpers.migrate(op.get_bind())')
    expect(opaque.unsure).toBe(true)
    expect(tableOf(opaque, name('users'))?.complete).toBe(false)
    expect(tableOf(users, name('users'))?.complete).toBe(true)
  })

  test('drops the tables of a dropped schema', () => {
    const made = after(emptySchema, 'op.execute("CREATE SCHEMA s")', "op.create_table('t', schema='s')")
    expect(made.schemas.has('s')).toBe(true)
    expect(after(made, 'op.execute("DROP SCHEMA s CASCADE")').tables.size).toBe(0)
  })
})

describe('where two branches meet', () => {
  test('tables of both branches exist, and a column on which they differ is unknown', () => {
    const left = after(users, "op.create_table('a', sa.Column('id', sa.Integer()))")
    const right = after(users, "op.alter_column('users', 'name', type_=sa.Text())")
    const merged = mergedSchemas([left, right])
    expect(
      merged.tables
        .entries()
        .map(([key]) => key)
        .toSorted(),
    ).toEqual(['a', 'users'])
    expect(typeOfColumn(merged, name('users'), 'id')?.postgres).toBe('integer')
    expect(typeOfColumn(merged, name('users'), 'name')).toBe(null)
  })

  test('no branch at all is the empty schema', () => {
    expect(mergedSchemas([])).toBe(emptySchema)
  })
})
