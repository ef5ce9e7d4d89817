/** Tests how drawings describe operations. */
import { expect, test } from 'vitest'
import { operationWords } from '../../../src/drawing/operation-words.ts'
import { readOperations } from '../../../src/python/operations/read-operations.ts'

function words(body: string): readonly string[] {
  const source = `from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\nfrom rt import *\ndef upgrade():\n    ${body}\n`
  return operationWords(
    readOperations(new TextEncoder().encode(source), 'versions/a.py', 'postgresql').upgrade,
  )
}

test.each([
  ["op.create_table('a', sa.Column('id', sa.Integer()), schema='s')", 'create table s.a (id)'],
  ["op.execute('CREATE TABLE a AS SELECT 1')", 'create table a (unknown columns)'],
  ["op.drop_table('a')", 'drop table a'],
  ["op.execute('DROP TABLE a CASCADE')", 'drop table a cascade'],
  ["op.rename_table('a', 'b')", 'rename table a to b'],
  ["op.add_column('a', sa.Column('b', sa.Text(), nullable=False))", 'add column a.b sa.Text() not null'],
  ["op.drop_column('a', 'b')", 'drop column a.b'],
  ["op.alter_column('a', 'b', new_column_name='c')", 'alter column a.b: rename to c'],
  [
    "op.alter_column('a', 'b', type_=sa.Text(), nullable=True, server_default=None)",
    'alter column a.b: type sa.Text(), null, no default',
  ],
  ["op.alter_column('a', 'b', nullable=False)", 'alter column a.b: not null'],
  ["op.alter_column('a', 'b', nullable=wish)", 'alter column a.b: unknown nullability'],
  ["op.alter_column('a', 'b', server_default='x')", "alter column a.b: default 'x'"],
  ["op.alter_column('a', 'b', server_default=wish)", 'alter column a.b: unknown default'],
  ["op.alter_column('a', 'b', comment='x')", 'comment (line 6)'],
  [
    "op.create_index('ix', 'a', ['b', sa.text('lower(c)')], unique=True)",
    'create unique index ix on a (b, …)',
  ],
  ["op.drop_index('ix', 'a')", 'drop index ix'],
  ["op.execute('ALTER INDEX ix RENAME TO iy')", 'rename index ix to iy'],
  ["op.create_primary_key('pk', 'a', ['id'])", 'add primary key pk (id) to a'],
  ["op.create_unique_constraint('uq', 'a', ['b'])", 'add unique constraint uq (b) to a'],
  ["op.create_foreign_key('fk', 'a', 'b', ['b_id'], ['id'])", 'add foreign key fk (b_id) to b to a'],
  ["op.create_check_constraint('ck', 'a', 'b > 0')", 'add check ck (b > 0) to a'],
  [
    "op.execute('ALTER TABLE a ADD CONSTRAINT ex EXCLUDE USING gist (b WITH =)')",
    'add exclusion constraint ex to a',
  ],
  ["op.drop_constraint('uq', 'a')", 'drop constraint uq on a'],
  ["op.execute(\"CREATE TYPE mood AS ENUM ('sad', 'glad')\")", 'create type mood (sad, glad)'],
  ["op.execute('DROP TYPE mood')", 'drop type mood'],
  ["op.execute('ALTER TYPE mood RENAME TO mood_old')", 'rename type mood to mood_old'],
  ['op.execute("ALTER TYPE mood ADD VALUE \'so-so\'")', 'add value so-so to type mood'],
  ["op.execute('CREATE SCHEMA s')", 'create schema s'],
  ["op.execute('DROP SCHEMA s CASCADE')", 'drop schema s cascade'],
  ["op.execute('DELETE FROM a')", 'read or write rows (line 6)'],
])('%s', (body, line) => {
  expect(words(body)).toEqual([line])
})

test('an operation only known at run time says so, with its line', () => {
  expect(words('anything(op.get_bind())').join('\n')).toMatch(/^only known at run time, .*\(line 6\)/)
})

test("a file that isn't valid Python", () => {
  const { upgrade } = readOperations(new TextEncoder().encode('def upgrade(:\n'), 'versions/a.py')
  expect(operationWords(upgrade).join('\n')).toMatch(/^can't be determined without running it: /)
})
