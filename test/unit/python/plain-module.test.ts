/** What the plain forms say of a file is what the whole grammar says of it; else they say nothing. */
import { array, assert, constantFrom, nat, oneof, property, record, tuple } from 'fast-check'
import { expect, test } from 'vitest'
import { readPlainMigration } from '../../../src/python/plain-module.ts'
import { readAnyMigration } from '../../../src/python/read-migration.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function migration(header: string, ...body: readonly string[]): string {
  return `"""rooms

Revision ID: a1
Revises:
"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
${header}


def upgrade() -> None:
${body.map((line) => `    ${line}`).join('\n')}


def downgrade() -> None:
    op.drop_table("rooms")  # all of it
`
}

const headers = [
  `revision = 'a1'\ndown_revision = None\nbranch_labels = None\ndepends_on = None`,
  `revision: str = "a1"\ndown_revision: Union[str, Sequence[str], None] = "b2"`,
  `revision = 'a1'\ndown_revision = ('b2', 'c3',)\nbranch_labels = ('north',)`,
]
const statements = [
  'pass',
  `op.create_table('rooms', sa.Column('id', sa.Integer(), nullable=False), sa.PrimaryKeyConstraint('id'))`,
  `op.create_table(\n        "rooms",  # all\n        sa.Column("id", sa.String(length=20), server_default=sa.text("now()")),\n    )`,
  `with op.batch_alter_table('rooms') as batch:\n        batch.add_column(sa.Column('size', sa.Numeric(10, 2), default=-1.5))`,
  `op.create_index(op.f('ix'), 'rooms', ['id', 'size'], unique=True)`,
  `kind = sa.Enum('a', 'b', name='kind')`,
  `op.execute("UPDATE rooms " 'SET size = 1')`,
]
const bits = [
  '(',
  ')',
  '[',
  ']',
  ',',
  '=',
  ':',
  '.',
  '#',
  '\\',
  '*',
  '**',
  '@',
  ';',
  '-',
  '|',
  '{',
  '}',
  '...',
  '"',
  "'",
  '"""',
  "'''",
  '\n',
  ' ',
  '    ',
  '\t',
  '\r',
  '\f',
  '0',
  '1',
  '_',
  '__',
  'u',
  'b',
  'f',
  'é',
  '\u00a0',
  'def ',
  'return ',
  'lambda ',
  'for ',
  'import ',
  'from ',
  'async ',
  'is ',
  'not ',
  'if ',
  'pass',
  'with ',
  'as ',
  '->',
  'None',
  'upgrade',
  'revision',
  'global revision\n',
  'True',
  '.x',
  'x=1, ',
  '()',
  '[,',
]

const plain = record({
  header: constantFrom(...headers),
  body: array(constantFrom(...statements), { minLength: 1, maxLength: 4 }),
})

test('what is written as the template writes it is plain', () => {
  for (const header of headers) {
    for (const statement of statements) {
      const text = bytes(migration(header, statement))
      expect(readPlainMigration(text, 'a1.py'), statement).toEqual(readAnyMigration(text, 'a1.py'))
    }
  }
})

test.each([
  [
    'an annotation that ends in a dot',
    migration('revision: Union[st., None] = "a1"\ndown_revision = None', 'pass'),
  ],
  ['an annotation of dots', migration('revision: Union[str, Se...x] = "a1"\ndown_revision = None', 'pass')],
  ['a list that begins with a comma', migration(headers[0] ?? '', `op.create_index('ix', 'rooms', [,'id'])`)],
  ['a call that begins with a comma', migration(headers[0] ?? '', `op.create_index(, 'ix')`)],
  ['a keyword twice', migration(headers[0] ?? '', `op.create_index('ix', unique=True, unique=True)`)],
  ['a value after a keyword', migration(headers[0] ?? '', `op.create_index(unique=True, 'ix')`)],
  ['an import that binds a name of the header', migration(`from x import revision\n${headers[0]}`, 'pass')],
])('%s is not plain', (_what, text) => {
  expect(readPlainMigration(bytes(text), 'a1.py')).toBeNull()
})

test('a migration that was meddled with is read as the whole grammar reads it, or not at all', () => {
  const meddling = record({
    at: nat(2000),
    what: oneof(
      tuple(constantFrom('insert' as const, 'replace' as const), constantFrom(...bits)),
      tuple(constantFrom('delete' as const), constantFrom('', '.', '..')),
    ),
  })
  let stillPlain = 0
  assert(
    property(plain, array(meddling, { minLength: 1, maxLength: 3 }), ({ header, body }, changes) => {
      let text = migration(header, ...body)
      for (const { at, what } of changes) {
        const [how, bit] = what
        const place = at % text.length
        const gone = how === 'insert' ? 0 : Math.max(1, bit.length)
        text = text.slice(0, place) + (how === 'delete' ? '' : bit) + text.slice(place + gone)
      }
      const found = readPlainMigration(bytes(text), 'a1.py')
      if (found === null) return
      stillPlain += 1
      expect(found).toEqual(readAnyMigration(bytes(text), 'a1.py'))
    }),
    { numRuns: 5000 },
  )
  expect(stillPlain).toBeGreaterThan(500)
})
