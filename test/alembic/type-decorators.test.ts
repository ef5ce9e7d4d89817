/**
 * Tests column types that a project defines itself. The guard must determine SQLAlchemy's type or treat it as
 * unknown.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import type { DialectName } from '../../src/core/dialect/dialect-name.ts'
import { readOperations } from '../../src/python/operations/read-operations.ts'
import { writeProject } from '../support/incidents.ts'
import { findJudges } from '../support/judges.ts'

const { folder, python, driver, server, database } = await findJudges('type-decorators')
const root = join(folder, 'project')

const classes = `
from sqlalchemy.ext.compiler import compiles
class Count(sa.TypeDecorator):
    impl = sa.Integer
    cache_ok = True
class Short(sa.types.TypeDecorator):
    impl = sa.String
    cache_ok = True
class Fixed(Short):
    impl = sa.String(7)
class Guid(sa.TypeDecorator):
    impl = sa.CHAR
    cache_ok = True
    def load_dialect_impl(self, dialect):
        if dialect.name == 'postgresql':
            return dialect.type_descriptor(postgresql.UUID())
        return dialect.type_descriptor(sa.CHAR(32))
    def process_bind_param(self, value, dialect):
        return value
class Amount(sa.TypeDecorator):
    impl = sa.Numeric(10, 2)
    cache_ok = True
    def load_dialect_impl(self, dialect):
        return self.impl if dialect.name == 'postgresql' else dialect.type_descriptor(sa.String(20))
class Wrapped(sa.TypeDecorator):
    impl = Guid
    cache_ok = True
class Own(sa.TypeDecorator):
    impl = sa.Text
    cache_ok = True
    def __init__(self, size):
        super().__init__()
        self.impl = sa.LargeBinary()
class Copied(sa.TypeDecorator):
    impl = sa.Text
    cache_ok = True
    def copy(self, **options):
        made = type(self)()
        made.impl = sa.LargeBinary()
        return made
class Written(sa.TypeDecorator):
    impl = sa.Text
    cache_ok = True
@compiles(Written)
def written(element, compiler, **options):
    return 'INTEGER'
class Mood(sa.TypeDecorator):
    impl = sa.Enum('a', 'b', name='mood')
    cache_ok = True
class Numbered(sa.TypeDecorator):
    impl = sa.String
    cache_ok = True
    def load_dialect_impl(self, dialect):
        return dialect.type_descriptor(sa.Integer())
`
const known = [
  'Count()',
  'Count',
  'Short(12)',
  'Short',
  'Fixed(12)',
  'Guid()',
  'Guid',
  'Amount()',
  'Wrapped()',
]
const unknown = ['Own(3)', 'Copied()', 'Written()', 'Mood()', 'Numbered()']

/** Writes a table with these types. Returns the types that the guard determines; null if unknown. */
function typesIn(types: readonly string[], dialect: DialectName): readonly (string | null)[] {
  const columns = types.map((type, index) => `sa.Column('c${index}', ${type})`)
  const body = [...classes.trim().split('\n'), `op.create_table('things', ${columns.join(', ')})`]
  writeProject(root, [{ id: 'one1', parents: [], body }], false)
  const { upgrade } = readOperations(readFileSync(join(root, 'versions', 'one1_x.py')), 'a.py', dialect)
  const made = upgrade.kind === 'operations' ? upgrade.operations : []
  return made.flatMap((step) =>
    step.kind === 'createTable'
      ? (step.columns ?? []).map(({ type }) => (dialect === 'sqlite' ? type.sqlite : type.postgres))
      : [],
  )
}

describe.skipIf(python === null)('on SQLite', () => {
  test('the known types are those that SQLAlchemy creates', async () => {
    const file = join(folder, 'types.db')
    const types = typesIn([...known, ...unknown], 'sqlite')
    const { error } = await driver.ask({ root, url: `sqlite:///${file}`, reset: true, upgrade: ['head'] })
    expect(error).toBeNull()
    const open = new Sqlite(file)
    const live = open.prepare("SELECT type FROM pragma_table_info('things')").pluck().all()
    open.close()
    expect(types.slice(0, known.length)).toEqual(live.slice(0, known.length))
    expect(types.slice(known.length)).toEqual(unknown.map(() => null))
  })
})

describe.skipIf(server === null)('on PostgreSQL', () => {
  test('the known types are those that SQLAlchemy creates', async () => {
    const url = database?.url ?? ''
    const types = typesIn([...known, ...unknown], 'postgresql')
    const real = url.replace(/^postgres:/, 'postgresql:')
    expect((await driver.ask({ root, url: real, reset: true, upgrade: ['head'] })).error).toBeNull()
    const client = new Client({ connectionString: url })
    await client.connect()
    const found = await client.query<{ type: string }>(
      `SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute
       WHERE attrelid = 'things'::regclass AND attnum > 0 ORDER BY attnum`,
    )
    await client.end()
    const live = found.rows.map(({ type }) => type)
    expect(types.slice(0, known.length)).toEqual(live.slice(0, known.length))
    expect(types.slice(known.length)).toEqual(unknown.map(() => null))
  })
})
