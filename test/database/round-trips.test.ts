/**
 * `check` may take at most four round trips to PostgreSQL, including BEGIN, settings and ROLLBACK. Connecting
 * doesn't count.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { OptionInputs } from '../../src/commands/shell/settings.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { writeProject } from '../support/incidents.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'

const server = await findPostgres()
const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-round-trips-'))
const root = join(folder, 'project')
let proxy: FaultProxy
let database: TestDatabase

beforeAll(async () => {
  if (!server) return
  const { hostname, port } = new URL(server.adminUrl)
  proxy = await startFaultProxy({ host: hostname, port: Number(port) }, null, -1)
})

afterAll(async () => {
  if (server) await proxy.close()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  if (server) database = await server.createDatabase()
})

afterEach(async () => {
  if (server) await database.drop()
})

/** Returns the report and the number of round trips. */
async function look(options: OptionInputs = {}): Promise<{ report: Report; trips: number }> {
  const url = new URL(database.url)
  url.host = `127.0.0.1:${proxy.port}`
  url.search = 'sslmode=disable'
  const before = proxy.roundTrips()
  const given = { format: 'json', target: 'heads', ...options }
  const { stdout } = await execute(check, given, quietContext(root, url.href))
  return { report: JSON.parse(stdout), trips: proxy.roundTrips() - before }
}

/** Writes `length` revisions that each create a table, followed by one revision for each body in `last`. */
function history(length: number, ...last: readonly (readonly string[])[]): void {
  const bodies = Array.from({ length }, (_, index) => [
    `op.create_table('t${index + 1}', sa.Column('id', sa.Integer()))`,
  ])
  const steps = [...bodies, ...last].map((body, index) => ({
    id: `r${index + 1}`,
    parents: index === 0 ? [] : [`r${index}`],
    body,
  }))
  writeProject(root, steps, false)
}

const stampTable = 'CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)'
const tables = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `CREATE TABLE t${from + index} (id int);`).join(' ')
/**
 * Returns SQL that creates the state after an upgrade to `revision`. `made` is the part that creates the
 * tables.
 */
const at = (revision: string, made: string): string =>
  `${stampTable}; INSERT INTO alembic_version VALUES ('${revision}'); ${made}`
const dataChecks = [
  `op.add_column('t1', sa.Column('n', sa.Integer(), nullable=False))`,
  `op.create_index('ux', 't1', ['id'], unique=True)`,
]
const asksForTables = [
  `for name in sa.inspect(op.get_bind()).get_table_names():`,
  `    if name == 't2':`,
  `        op.create_table('t2', sa.Column('id', sa.Integer()))`,
]
const elsewhere = `CREATE SCHEMA other; CREATE TABLE other.alembic_version (version_num varchar(32));
  INSERT INTO other.alembic_version VALUES ('r1');`

describe.skipIf(server === null)('round trips', () => {
  test.each<[name: string, sql: string, trips: number, arrange: () => void, codes: readonly string[]]>([
    ['a new database with nothing pending', '', 2, () => history(0), []],
    ['a new database', '', 3, () => history(2), []],
    ['a new database with other version tables', elsewhere, 4, () => history(2), ['AG209']],
    ['up to date', at('r2', tables(1, 2)), 4, () => history(2), []],
    ['up to date with other version tables', at('r2', elsewhere + tables(1, 2)), 4, () => history(2), []],
    ['up to date after a long history', at('r40', tables(1, 40)), 4, () => history(40), []],
    [
      'up to date with another type',
      at('r2', `${tables(1, 1)} CREATE TABLE t2 (id text)`),
      4,
      () => history(2),
      ['AG303'],
    ],
    ['stamped manually', at('r2', tables(1, 1)), 4, () => history(2), ['AG303']],
    ['stamped manually after a long history', at('r40', tables(1, 39)), 4, () => history(40), ['AG303']],
    ['behind', at('r1', tables(1, 1)), 4, () => history(3), []],
    ['behind, and rows decide', at('r2', tables(1, 2)), 4, () => history(2, dataChecks), []],
    [
      'behind, rows decide, the newest objects missing, other version tables',
      at('r40', `${elsewhere} ${tables(1, 39)}`),
      4,
      () => history(40, dataChecks),
      ['AG303'],
    ],
    [
      'behind, with a query for all tables',
      at('r1', tables(1, 2)),
      4,
      () => history(1, asksForTables),
      ['AG301'],
    ],
    ['an unknown row', at('lost', tables(1, 2)), 3, () => history(2), ['AG201']],
    ['an unknown row and other version tables', at('lost', elsewhere), 3, () => history(2), ['AG201']],
    ['a manually created table', at('r1', tables(1, 2)), 4, () => history(2), ['AG301']],
  ])('%s', async (_name, sql, most, arrange, codes) => {
    arrange()
    if (sql !== '') await database.execute(sql)
    const { report, trips } = await look()
    expect(report.error).toBeNull()
    for (const code of codes) expect(report.findings.map((finding) => finding.code)).toContain(code)
    expect(trips).toBe(most)
    expect(trips).toBeLessThanOrEqual(4)
  })

  test('for many schemas', async () => {
    history(2)
    const tenants = Array.from(
      { length: 30 },
      (_, index) =>
        `CREATE SCHEMA tenant_${index}; CREATE TABLE tenant_${index}.alembic_version (version_num varchar(32)); INSERT INTO tenant_${index}.alembic_version VALUES ('r${1 + (index % 2)}');`,
    )
    await database.execute(tenants.join(' '))
    const { trips } = await look({ schemas: 'tenant_*' })
    expect(trips).toBe(2)
  })

  test('for a version table unexpectedly locked against reading, which adds a query for the holder', async () => {
    history(2)
    await database.execute(at('r1', tables(1, 1)))
    const other = await database.connect()
    await other.query('BEGIN; LOCK TABLE alembic_version')
    const { report, trips } = await look({ timeout: '2' })
    await other.end()
    expect(report.error?.message).toMatch(/locked by process/)
    expect(trips).toBeLessThanOrEqual(4)
  })

  test('for rows that time out, which adds one that rolls the transaction back', async () => {
    history(2, dataChecks)
    await database.execute(at('r2', tables(1, 2)))
    const other = await database.connect()
    await other.query('BEGIN; LOCK TABLE t1')
    const { report, trips } = await look()
    await other.end()
    expect(report.findings.map(({ code }) => code)).toEqual(['AG212'])
    expect(trips).toBe(5)
  })
})
