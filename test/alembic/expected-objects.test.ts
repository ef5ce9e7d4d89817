/** Tests revisions that were stamped but didn't run, and revisions that ran but weren't stamped. */
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { type Step, writeProject } from '../support/incidents.ts'
import { findJudges } from '../support/judges.ts'

const { folder, python, driver, server, database } = await findJudges('traces')
const root = join(folder, 'project')

const table = (name: string): string =>
  `op.create_table('${name}', sa.Column('id', sa.Integer(), primary_key=True))`
const steps: readonly Step[] = [
  { id: 'one1', parents: [], body: [table('tables')] },
  {
    id: 'two2',
    parents: ['one1'],
    body: [table('guests'), `op.create_index('ix_guests', 'guests', ['id'])`],
  },
  { id: 'three3', parents: ['two2'], body: [`op.add_column('guests', sa.Column('email', sa.Text()))`] },
  { id: 'rows4', parents: ['three3'], body: [`op.execute("UPDATE guests SET email = ''")`] },
  { id: 'five5', parents: ['rows4'], body: [table('menus')] },
]

interface Place {
  readonly url: string
  readonly real: string
  sql(text: string): Promise<void>
}

function sqlitePlace(): Place {
  const file = join(folder, 'app.db')
  const url = `sqlite:///${file}`
  const sql = (text: string): Promise<void> => {
    const open = new Sqlite(file)
    open.exec(text)
    open.close()
    return Promise.resolve()
  }
  return { url, real: url, sql }
}

function postgresPlace(): Place {
  const url = database?.url ?? ''
  return {
    url,
    real: url.replace(/^postgres:/, 'postgresql:'),
    sql: async (text) => void (await database?.execute(text)),
  }
}

/** Empties the database, then upgrades it to each target in turn. */
async function upgraded({ real }: Place, ...upgrade: string[]): Promise<void> {
  writeProject(root, steps, false)
  const { error } = await driver.ask({ root, url: real, reset: true, upgrade })
  expect(error).toBeNull()
}

async function checked({ url }: Place): Promise<Report> {
  const { stdout } = await execute(check, { format: 'json' }, quietContext(root, url))
  const report: Report = JSON.parse(stdout)
  return report
}

const goOn = ({ real }: Place) => driver.ask({ root, url: real, upgrade: ['head'] })
const codes = ({ findings }: Report): readonly string[] => findings.map(({ code }) => code)
const stamp = (id: string): string => `UPDATE alembic_version SET version_num = '${id}'`

const places = [
  ['SQLite', python === null, sqlitePlace],
  ['PostgreSQL', server === null, postgresPlace],
] as const

for (const [name, missing, placeOf] of places) {
  describe.skipIf(missing)(`on ${name}`, () => {
    test('unstamped tables: AG206 with the proven stamp, and that stamp is correct', async () => {
      const place = placeOf()
      await upgraded(place, 'head')
      const whole = await goOn(place)
      await upgraded(place, 'one1', 'three3')
      await place.sql('DELETE FROM alembic_version')
      const report = await checked(place)
      const [finding] = report.findings.filter(({ code }) => code === 'AG206')
      // A migration that only changes rows leaves no trace in the schema.
      expect(finding?.message).toContain(
        'it already contains 2 tables that the migrations create: tables and guests',
      )
      expect(finding?.remedies[0]?.argv ?? null).toBeNull()
      expect((await goOn(place)).error).toMatch(/already exists/)

      await upgraded(place, 'one1', 'two2')
      await place.sql('DROP TABLE alembic_version')
      const again = await checked(place)
      const found = again.findings.find(({ code }) => code === 'AG206')
      expect(found?.remedies[0]).toMatchObject({
        argv: ['alembic', 'stamp', 'two2'],
        applicability: 'proven',
      })
      expect((await goOn(place)).error).toMatch(/already exists/)
      await place.sql(
        `CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY); DELETE FROM alembic_version; INSERT INTO alembic_version VALUES ('two2')`,
      )
      expect(codes(await checked(place)).filter((code) => code !== 'AG304')).toEqual([])
      expect((await goOn(place)).catalog).toEqual(whole.catalog)
    })

    test("another application's tables without a row pass", async () => {
      const place = placeOf()
      await upgraded(place, 'one1')
      await place.sql('DROP TABLE tables; DROP TABLE alembic_version; CREATE TABLE legacy (id INTEGER)')
      expect(codes(await checked(place))).toEqual([])
      expect((await goOn(place)).error).toBeNull()
    })

    test('a stamp past migrations that never ran: AG303, because Alembic would skip them', async () => {
      const place = placeOf()
      await upgraded(place, 'head')
      const whole = await goOn(place)
      await upgraded(place, 'one1', 'two2')
      await place.sql(stamp('five5'))
      const report = await checked(place)
      const [finding] = report.findings.filter(({ code }) => code === 'AG303')
      expect(report.exitCode).toBe(1)
      expect(finding?.message).toBe(
        'The database is stamped with five5, but none of the objects from three3 and five5 exist.',
      )
      expect(finding?.remedies[0]).toMatchObject({
        argv: ['alembic-guard', 'restamp', '--from', 'five5', '--to', 'two2', '--yes'],
        applicability: 'proven',
      })
      const silent = await goOn(place)
      expect([silent.error, silent.steps]).toEqual([null, []])
      expect(silent.catalog).not.toEqual(whole.catalog)
      await place.sql(stamp('two2'))
      expect(codes(await checked(place)).filter((code) => code !== 'AG304')).toEqual([])
      expect((await goOn(place)).catalog).toEqual(whole.catalog)
    })

    test('stamps before invisible rows, a manually dropped index, and another table of the same name pass', async () => {
      const place = placeOf()
      await upgraded(place, 'one1', 'three3')
      await place.sql(stamp('rows4'))
      expect(codes(await checked(place)).filter((code) => code !== 'AG304')).toEqual([])
      await upgraded(place, 'one1', 'two2')
      await place.sql('DROP INDEX ix_guests')
      expect(codes(await checked(place))).toEqual([])
      await upgraded(place, 'one1', 'head')
      await place.sql('DROP TABLE menus; CREATE VIEW menus AS SELECT id FROM tables')
      expect(codes(await checked(place)).filter((code) => code !== 'AG304')).toEqual([])
      await place.sql('DROP VIEW menus')
    })

    test('a gap below a revision that ran is a warning', async () => {
      const place = placeOf()
      await upgraded(place, 'one1', 'head')
      await place.sql(name === 'SQLite' ? 'DROP TABLE tables' : 'DROP TABLE tables')
      const report = await checked(place)
      expect(report.findings.filter(({ code }) => code === 'AG303')).toMatchObject([
        { severity: 'warning', revisions: ['one1'] },
      ])
      expect(report.exitCode).toBe(0)
    })
  })
}

describe.skipIf(server === null)('the transaction that wrote the row', () => {
  test('is reported with AG304 if it created nothing, and not if it created the tables', async () => {
    const place = postgresPlace()
    await upgraded(place, 'one1', 'head')
    expect(codes(await checked(place))).toEqual([])
    await place.sql(stamp('five5'))
    const report = await checked(place)
    expect(report.findings).toMatchObject([{ code: 'AG304', severity: 'note', revisions: ['five5'] }])
    expect(report.exitCode).toBe(0)
  })

  test("tables in another schema of env.py's search path aren't reported as missing", async () => {
    const place = postgresPlace()
    await upgraded(place, 'one1', 'head')
    await place.sql('CREATE SCHEMA IF NOT EXISTS tenant; ALTER TABLE menus SET SCHEMA tenant')
    expect(codes(await checked(place)).filter((code) => code !== 'AG304')).toEqual([])
    await place.sql('DROP SCHEMA tenant CASCADE')
  })
})

describe.skipIf(server === null)('on PostgreSQL only', () => {
  test("a temporary table's column isn't expected", async () => {
    const place = postgresPlace()
    const seeds = [
      `op.execute('CREATE TEMP TABLE seeds (id integer)')`,
      `op.add_column('seeds', sa.Column('kind', sa.Text()))`,
    ]
    writeProject(root, [{ id: 'temp1', parents: [], body: seeds }], false)
    const { error } = await driver.ask({ root, url: place.real, reset: true, upgrade: ['head'] })
    expect([error, codes(await checked(place))]).toEqual([null, []])
  })
})
