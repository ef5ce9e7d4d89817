/** Judges types from GeoAlchemy, pgvector and SQLAlchemy-Utils with Alembic, and their spellings with the catalogs. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { readOperations } from '../../src/python/operations/read-operations.ts'
import { writeProject } from '../support/incidents.ts'
import { findJudges } from '../support/judges.ts'
import {
  type LibraryTypeCase,
  missingExtensionCases,
  spatialCases,
  spelledTypes,
} from '../support/library-type-cases.ts'
import { expectJudged } from '../support/pending-migration.ts'
import { missing } from '../support/postgres.ts'

// Before the driver starts, so that migrations can import the stand-in for pgvector.
process.env['PYTHONPATH'] = fileURLToPath(new URL('../support/python', import.meta.url))
const judges = await findJudges('library-types')
const { folder, python, driver, server, database } = judges
const has = (module: string): boolean =>
  python !== null && spawnSync(python, ['-c', `import ${module}`]).status === 0
const hasPackages = has('geoalchemy2') && has('sqlalchemy_utils')
const available = await database?.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'")
const hasPostgis = (available?.length ?? 0) > 0
if (!hasPackages) missing('geoalchemy2 and sqlalchemy_utils', 'python3-geoalchemy2, python3-sqlalchemy-utils')
if (!hasPostgis) missing('PostGIS', 'postgresql-15-postgis-3')

const judge = ({ live, pending, error, guard }: LibraryTypeCase): Promise<void> =>
  expectJudged(judges, live, pending, error, guard)

describe.skipIf(server === null || !hasPackages)('without the extension', () => {
  test.each(missingExtensionCases)('$name', judge)
})

describe.skipIf(server === null || !hasPackages || !hasPostgis)('with PostGIS', () => {
  test.each(spatialCases)('$name', judge)
})

/** How the guard spells the types of the columns `c0`, `c1` and so on. */
function spelled(types: readonly string[], dialect: 'postgresql' | 'sqlite'): readonly (string | null)[] {
  const source = `import geoalchemy2, sqlalchemy_utils, sqlalchemy as sa\nfrom alembic import op\ndef upgrade():\n    ${created(types)}\n`
  const { upgrade } = readOperations(new TextEncoder().encode(source), 'a.py', dialect)
  const [step] = upgrade.kind === 'operations' ? upgrade.operations : []
  return step?.kind === 'createTable'
    ? (step.columns ?? []).map(({ type }) => type[dialect === 'sqlite' ? 'sqlite' : 'postgres'])
    : []
}

function created(types: readonly string[]): string {
  return `op.create_table('things', ${types.map((type, index) => `sa.Column('c${index}', ${type})`).join(', ')})`
}

async function create(types: readonly string[], before: readonly string[], url: string): Promise<void> {
  const body = [...before, 'import geoalchemy2, sqlalchemy_utils', created(types)]
  writeProject(join(folder, 'project'), [{ id: 'one1', parents: [], body }], false)
  const { error } = await driver.ask({ root: join(folder, 'project'), url, reset: true, upgrade: ['head'] })
  expect(error).toBeNull()
}

test.skipIf(server === null || !hasPackages || !hasPostgis)(
  'PostgreSQL spells the types in the same way',
  async () => {
    const url = (database?.url ?? '').replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:')
    await create(spelledTypes, [`op.execute('CREATE EXTENSION postgis')`], url)
    const rows = await database?.execute(
      "SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'things'::regclass AND attnum > 0 ORDER BY attnum",
    )
    const found = spelled(spelledTypes, 'postgresql').map((type, index) => [spelledTypes[index], type])
    expect(found).toEqual(rows?.map(({ type }, index) => [spelledTypes[index], type]))
  },
)

test.skipIf(!hasPackages)('SQLite spells the types in the same way', async () => {
  const all = spelled(spelledTypes, 'sqlite')
  const types = spelledTypes.filter((_, index) => all[index] !== null)
  const file = join(folder, 'types.db')
  await create(types, [], `sqlite:///${file}`)
  const live = new Sqlite(file)
  const rows = live.prepare("SELECT type FROM pragma_table_info('things')").all() as { type: string }[]
  live.close()
  expect(types.length).toBeGreaterThan(8)
  expect(spelled(types, 'sqlite').map((type, index) => [types[index], type])).toEqual(
    rows.map(({ type }, index) => [types[index], type]),
  )
})
