/** Reading `upgrade()` alone must give the same operations as reading the whole file. */
import { describe, expect, test } from 'vitest'
import { upgradeAlone } from '../../../../src/python/header/upgrade-alone.ts'
import { readUpgrade } from '../../../../src/python/operations/read-operations.ts'

const migration = (body: string, imports = ''): string => `"""add guests

Revises: b0b1c2d3e4f5
"""
from alembic import op
import sqlalchemy as sa
${imports}
revision = '27c6a30d7c24'
down_revision = 'b0b1c2d3e4f5'


def downgrade():
    op.drop_table('guests')


def upgrade():
    # add them
    ${body.replaceAll('\n', '\n    ')}
`

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const whole = (text: string) => readUpgrade(bytes(text), 'a.py', 'postgresql')
const alone = (text: string) =>
  readUpgrade(bytes(text), 'a.py', 'postgresql', null, undefined, undefined, upgradeAlone)

const table = `op.create_table('guests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), server_default=sa.text("''")),
    sa.PrimaryKeyConstraint('id'),
)
op.create_index(op.f('ix_guests_name'), 'guests', ['name'])`

describe('a file that follows the template', () => {
  test.each([
    ['a table', migration(table)],
    ['a batch', migration(`with op.batch_alter_table('guests') as batch:\n    batch.drop_column('name')`)],
    ['SQL', migration(`op.execute('DROP TABLE beds')`)],
    ['an unknown call', migration('helper.run(op.get_bind())', 'import helper')],
    ['no body', migration('pass')],
  ])('has the same operations: %s', (_name, text) => {
    expect(upgradeAlone(text, 'a.py')).not.toBeNull()
    expect(alone(text)).toEqual(whole(text))
  })

  test('has no operations without upgrade()', () => {
    const text = 'from alembic import op\n\n\ndef downgrade():\n    pass\n'
    expect(alone(text)).toEqual(whole(text))
  })
})

describe('a file is read as a whole', () => {
  test.each([
    ['a call of another function', migration('downgrade()')],
    ['a header name', migration('op.execute(revision)')],
    ['the module namespace', migration('op.execute(globals())')],
    ['a name with two underscores', migration('op.execute(__doc__)')],
    [
      'a name inside a long string before another definition',
      migration('"""\ndef upgrade():\n"""\ndowngrade()'),
    ],
    ['a condition', migration('if True:\n    op.drop_table("beds")')],
    ['invalid syntax', migration('op.drop_table(')],
  ])('%s', (_name, text) => {
    expect(upgradeAlone(text, 'a.py')).toBeNull()
    expect(alone(text)).toEqual(whole(text))
  })
})

describe('a call that several files repeat', () => {
  const read = (line: string, imports: string) => alone(migration(line, imports))

  test('gives the same column each time', () => {
    const first = alone(migration(table))
    expect(alone(migration(table))).toEqual(first)
    const column = (found: typeof first) => {
      const step = found.kind === 'operations' ? found.operations[0] : null
      return step?.kind === 'createTable' ? step.columns?.[1] : null
    }
    expect(column(first)).not.toBeNull()
    expect(column(alone(migration(table)))).toBe(column(first))
  })

  test('depends on what its names mean in the file', () => {
    const line = `op.add_column('guests', kit.Column('age', kit.Integer()))`
    expect(read(line, 'import sqlalchemy as kit')).toMatchObject({ operations: [{ kind: 'addColumn' }] })
    expect(read(line, 'import helper as kit')).toMatchObject({ operations: [{ kind: 'opaque' }] })
    expect(read(line, 'import sqlalchemy as kit')).toMatchObject({ operations: [{ kind: 'addColumn' }] })
  })

  test('is evaluated again if it uses a variable', () => {
    const sized = (type: string): string =>
      `size = ${type}\nop.add_column('guests', sa.Column('age', sa.ARRAY(size)))`
    const type = (text: string) => {
      const found = alone(migration(text))
      const [step] = found.kind === 'operations' ? found.operations : []
      return step?.kind === 'addColumn' ? step.column.type.postgres : null
    }
    expect(type(sized('sa.Integer()'))).toBe('integer[]')
    expect(type(sized('sa.Text()'))).toBe('text[]')
  })
})
