/** A repeated call must be evaluated only once if its result depends only on its source text. */
import { expect, test } from 'vitest'
import type { Column, Operations } from '../../../../src/core/history/operation.ts'
import { readUpgrade } from '../../../../src/python/operations/read-operations.ts'

function read(body: string, imports = 'import sqlalchemy as sa'): Operations {
  const text = `from alembic import op\n${imports}\n\ndef upgrade():\n    ${body.replaceAll('\n', '\n    ')}\n`
  return readUpgrade(new TextEncoder().encode(text), 'a.py', 'postgresql')
}

function columnIn(found: Operations): Column | null {
  const [step] = found.kind === 'operations' ? found.operations : []
  return step?.kind === 'addColumn' ? step.column : null
}

const table = `op.create_table('guests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), server_default=sa.text("''")),
)`

test('a repeated call gives the same column', () => {
  const columns = [read(table), read(table)].map((found) => {
    const [step] = found.kind === 'operations' ? found.operations : []
    return step?.kind === 'createTable' ? step.columns?.[1] : null
  })
  expect(columns[0]).toMatchObject({ name: 'name', type: { postgres: 'character varying(120)' } })
  expect(columns[1]).toBe(columns[0])
})

test('a call depends on what its names mean in the file', () => {
  const line = `op.add_column('guests', kit.Column('age', kit.Integer()))`
  expect(read(line, 'import sqlalchemy as kit')).toMatchObject({ operations: [{ kind: 'addColumn' }] })
  expect(read(line, 'import helper as kit')).toMatchObject({ operations: [{ kind: 'opaque' }] })
  expect(read(line, 'import sqlalchemy as kit')).toMatchObject({ operations: [{ kind: 'addColumn' }] })
})

test('a call is evaluated again if it uses a variable', () => {
  const sized = (type: string) =>
    read(`size = ${type}\nop.add_column('guests', sa.Column('age', sa.ARRAY(size)))`)
  expect(columnIn(sized('sa.Integer()'))?.type.postgres).toBe('integer[]')
  expect(columnIn(sized('sa.Text()'))?.type.postgres).toBe('text[]')
})
