/** Checks many schemas or databases in one run. A failing database doesn't stop the others. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderWith, guard, madeBy, threeMigrations } from '../support/guard.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'

const server = await findPostgres()
const schema = JSON.parse(
  readFileSync(new URL('../../dist/report.schema.json', import.meta.url), 'utf8'),
) as object
const valid = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema)

interface Member {
  readonly name: string
  readonly verdict: string
  readonly standing: string | null
  readonly codes: readonly string[]
}
interface FleetReport {
  readonly exitCode: number
  readonly verdict: string
  readonly findings: readonly {
    readonly code: string
    readonly evidence: readonly { value: string }[]
    readonly remedies: readonly { readonly argv: readonly string[] | null }[]
  }[]
  readonly fleet: { readonly kind: string; readonly members: readonly Member[] }
}

function sqlite(path: string, row: string | null): string {
  const database = new Database(path)
  if (row !== null) {
    database.exec(
      `CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY); ${madeBy(row === 'base_001' ? 1 : 3)}`,
    )
    database.prepare('INSERT INTO alembic_version VALUES (?)').run(row)
  }
  database.close()
  return `sqlite:///${path}`
}

describe.each(['run', 'preflight', 'rehearse'])('%s, which checks a single database', (verb) => {
  const words = verb === 'preflight' ? [verb] : [verb, '--', 'true']

  test.each(['schemas', 'databases'])('rejects --%s instead of ignoring it', (option) => {
    const folder = folderWith(threeMigrations)
    const url = sqlite(join(folder, 'a.db'), 'reservations_003')
    const [first = '', ...rest] = words
    const given = guard(folder, [first, '--database-url', url, `--${option}`, 'x', ...rest])
    expect(given.status).toBe(2)
    expect(given.stderr).toContain(`Unknown argument: ${option}`)
    const variable = `ALEMBIC_GUARD_${option.toUpperCase()}`
    const set = guard(folder, [first, '--database-url', url, ...rest], { [variable]: 'x' })
    expect(set.status).toBe(2)
    const said = (set.stdout + set.stderr).replaceAll(/\s+/g, ' ')
    expect(said).toContain(`doesn't support the setting ${option}`)
    expect(said).toContain(`alembic-guard check --${option}`)
  })
})

describe('--databases', () => {
  test('prints one line each, the worst decides, and URLs are never printed', () => {
    const folder = folderWith(threeMigrations)
    const lines = [
      '# the fleet',
      `acme ${sqlite(join(folder, 'a.db'), 'reservations_003')}`,
      sqlite(join(folder, 'b.db'), 'base_001'),
      '',
      `lost\t${sqlite(join(folder, 'c.db'), 'guest_lockout_001')}`,
    ]
    writeFileSync(join(folder, 'fleet.txt'), lines.join('\r\n'))
    const run = guard(folder, ['check', '--databases', 'fleet.txt'])
    expect(run.status).toBe(1)
    expect(run.stdout).toMatch(/3 databases: 1 behind, 1 current, 1 unknown revision/)
    expect(run.stdout).toMatch(/pass +acme +current/)
    expect(run.stdout).toMatch(/BLOCKED +lost +unknown revision +AG201/)

    const broken = [...lines, 'postgres://someone:secretZq7@127.0.0.1:1/gone', 'nonsense secretZq8secret']
    writeFileSync(join(folder, 'fleet.txt'), broken.join('\n'))
    const second = guard(folder, ['check', '--databases', 'fleet.txt', '--format', 'json', '--timeout', '3'])
    expect(second.status).toBe(3)
    expect(second.stdout).not.toContain('Zq')
    const report = JSON.parse(second.stdout) as FleetReport
    expect(valid(report), JSON.stringify(valid.errors)).toBe(true)
    expect(report.fleet.members.map(({ name, verdict }) => [name, verdict])).toEqual([
      [join(folder, 'b.db'), 'pass'],
      ['acme', 'pass'],
      ['gone on 127.0.0.1:1', 'undetermined'],
      ['lost', 'blocked'],
      ['nonsense', 'undetermined'],
    ])
  })

  test('reads standard input, one database at a time, all passing', () => {
    const folder = folderWith(threeMigrations)
    const input = Array.from({ length: 30 }, (_nothing, index) =>
      sqlite(join(folder, `${index}.db`), 'reservations_003'),
    ).join('\n')
    const run = guard(folder, ['check', '--databases', '-', '--jobs', '1'], {}, { input })
    expect(run.stdout).toMatch(/SUCCESS: 30 databases: 30 current/)
    expect(run.stderr).toBe('')
    expect(run.status).toBe(0)
  })

  test.each([
    [['--databases', 'none.txt'], /can't read the list of databases from none.txt \(ENOENT\)/],
    [['--databases', 'empty.txt'], /empty.txt lists no databases/],
    [['--databases', 'empty.txt', '--schemas', 'a'], /--schemas and --databases are mutually exclusive/],
    [['--databases', 'empty.txt', '--jobs', '0'], /--jobs must be a number/],
  ])('%j is a usage error', (args, message) => {
    const run = guard(folderWith({ ...threeMigrations, 'empty.txt': '# none\n' }), ['check', ...args])
    expect([run.status, run.stdout.replaceAll(/\s+/g, ' ')]).toEqual([2, expect.stringMatching(message)])
  })
})

describe('report merge', () => {
  test("reports in any format become one verdict; a truncated report doesn't pass", () => {
    const folder = folderWith(threeMigrations)
    writeFileSync(join(folder, '1.txt'), `acme ${sqlite(join(folder, 'a.db'), 'reservations_003')}`)
    writeFileSync(join(folder, '2.txt'), `lost ${sqlite(join(folder, 'b.db'), 'guest_lockout_001')}`)
    guard(folder, ['check', '--databases', '1.txt', '--format', 'jsonl', '--output', '1.jsonl'])
    guard(folder, ['check', '--databases', '2.txt', '--format', 'json', '--output', '2.json'])
    guard(folder, ['check', '--format', 'json', '--output', '3.json'], {
      DATABASE_URL: sqlite(join(folder, 'c.db'), 'base_001'),
    })
    const run = guard(folder, ['report', 'merge', '1.jsonl', '2.json', '3.json', '--format', 'json'])
    const report = JSON.parse(run.stdout) as FleetReport
    expect(valid(report), JSON.stringify(valid.errors)).toBe(true)
    expect([run.status, report.verdict]).toEqual([1, 'blocked'])
    expect(report.fleet.members.map(({ name, standing }) => [name, standing])).toEqual([
      [join(folder, 'c.db'), 'behind'],
      ['acme', 'current'],
      ['lost', 'unknown-revision'],
    ])
    expect(guard(folder, ['report', 'merge', '1.jsonl']).status).toBe(0)
    writeFileSync(join(folder, '1.jsonl'), readFileSync(join(folder, '1.jsonl'), 'utf8').split('\n')[0] ?? '')
    const cut = guard(folder, ['report', 'merge', '1.jsonl', '3.json'])
    expect([cut.status, cut.stdout]).toEqual([
      3,
      expect.stringContaining("1.jsonl isn't a complete alembic-guard report"),
    ])
    expect(guard(folder, ['report', 'merge', 'none.json']).status).toBe(3)
    expect(guard(folder, ['report', 'split', '3.json']).status).toBe(2)
  })
})

describe.skipIf(server === null)('--schemas', () => {
  let database: TestDatabase
  beforeAll(async () => {
    if (!server) return
    database = await server.createDatabase(`DO $$ BEGIN FOR i IN 1..1200 LOOP
      EXECUTE format('CREATE SCHEMA tenant_%s', i);
      EXECUTE format('CREATE TABLE tenant_%s.alembic_version (version_num varchar(32) PRIMARY KEY)', i);
      EXECUTE format('INSERT INTO tenant_%s.alembic_version VALUES (%L)', i, 'reservations_003');
      END LOOP; END $$;
      CREATE SCHEMA "Tenant ""odd"""; CREATE SCHEMA other`)
  }, 120_000)
  afterAll(async () => database?.drop())
  const check = (...more: readonly string[]): { status: number | null; report: FleetReport } => {
    const folder = folderWith(threeMigrations)
    const run = guard(folder, ['check', '--timeout', '30', '--format', 'json', ...more], {
      DATABASE_URL: database.url,
    })
    const report = JSON.parse(run.stdout) as FleetReport
    expect(valid(report), JSON.stringify(valid.errors)).toBe(true)
    return { status: run.status, report }
  }
  const counts = (report: FleetReport): Record<string, number> => {
    const found: Record<string, number> = {}
    for (const { standing, verdict } of report.fleet.members) {
      const key = `${standing ?? '-'} ${verdict}`
      found[key] = (found[key] ?? 0) + 1
    }
    return found
  }

  test("all pass, then a few don't: each is reported, and only once", async () => {
    expect(check('--schemas', 'tenant_*').report.exitCode).toBe(0)
    await database.execute(`UPDATE tenant_17.alembic_version SET version_num = 'guest_lockout_001';
      UPDATE tenant_18.alembic_version SET version_num = 'guest_lockout_001';
      UPDATE tenant_19.alembic_version SET version_num = 'base_001';
      DROP TABLE tenant_20.alembic_version; DELETE FROM tenant_21.alembic_version;
      DROP TABLE tenant_22.alembic_version; CREATE TABLE tenant_22.alembic_version (version_num text);
      INSERT INTO tenant_22.alembic_version VALUES ('reservations_003')`)
    const { status, report } = check('--schemas', 'tenant_*')
    expect(status).toBe(1)
    expect(counts(report)).toEqual({
      'current pass': 1195,
      'unknown-revision blocked': 2,
      'behind pass': 1,
      'unversioned pass': 2,
    })
    const [finding] = report.findings.filter(({ code }) => code === 'AG201')
    expect(finding?.evidence[0]?.value).toBe('tenant_17 and tenant_18')
    const commands = finding?.remedies.flatMap(({ argv }) => (argv?.[0] === 'alembic-guard' ? [argv] : []))
    expect(commands?.length).toBeGreaterThan(0)
    for (const argv of commands ?? []) expect(argv.join(' ')).toMatch(/ --version-table-schema tenant_17$/)
    expect(report.findings.filter(({ code }) => code === 'AG201')).toHaveLength(1)
  })

  test('the catalog is queried once per schema, analyzed or not', async () => {
    const read = async (): Promise<number> => {
      const [row] = await database.execute(`SELECT sum(idx_tup_read)::int AS read FROM pg_stat_sys_indexes
        WHERE relname IN ('pg_class', 'pg_attribute', 'pg_index')`)
      return Number(row?.['read'])
    }
    const spent = async (): Promise<number> => {
      const before = await read()
      check('--schemas', 'tenant_*')
      // The server may update the counters only after the session ends.
      await expect.poll(read, { timeout: 10_000 }).toBeGreaterThan(before + 1200)
      return (await read()) - before
    }
    await database.execute(`DELETE FROM pg_statistic WHERE starelid IN
      ('pg_class'::regclass, 'pg_namespace'::regclass, 'pg_attribute'::regclass)`)
    expect(await spent()).toBeLessThan(1200 * 40)
    await database.execute('ANALYZE pg_class; ANALYZE pg_namespace; ANALYZE pg_attribute')
    expect(await spent()).toBeLessThan(1200 * 40)
  })

  test('locked and unreadable schemas are reported as such, along with all others', async () => {
    const holder = await database.connect()
    await holder.query('BEGIN; LOCK TABLE tenant_5.alembic_version IN ACCESS EXCLUSIVE MODE')
    const { status, report } = check('--schemas', 'tenant_?')
    await holder.query('ROLLBACK')
    await holder.end()
    expect(status).toBe(3)
    expect(report.fleet.members.find(({ name }) => name === 'tenant_5')?.verdict).toBe('undetermined')
    expect(counts(report)['current pass']).toBe(8)
  })

  test('names are matched exactly and case-sensitively; none matching is a usage error', () => {
    expect(check('--schemas', 'Tenant "odd"').report.fleet.members.map(({ name }) => name)).toEqual([
      'Tenant "odd"',
    ])
    expect(check('--schemas', 'oth?r', '--schemas', 'tenant_1200').report.fleet.members).toHaveLength(2)
    expect(
      guard(folderWith(threeMigrations), ['check', '--schemas', 'tenant.'], { DATABASE_URL: database.url })
        .status,
    ).toBe(2)
  })
})
