/** Tests a SQLite file whose version table is a view. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { type Driver, startDriver, writeProject } from '../support/incidents.ts'
import { findPython } from '../support/judge.ts'

const python = findPython()
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'alembic-guard-views-'))
let driver: Driver

beforeAll(async () => {
  if (python) driver = await startDriver(python)
})
afterAll(() => {
  if (python) driver.close()
  rmSync(folder, { recursive: true, force: true })
})

const stamped = (row: string): string =>
  `CREATE TABLE v (version_num TEXT, app TEXT); INSERT INTO v VALUES ('${row}', 'a');`
const plain = 'CREATE VIEW alembic_version AS SELECT version_num FROM v;'
const triggers = `CREATE TRIGGER t INSTEAD OF UPDATE ON alembic_version BEGIN
    UPDATE v SET version_num = new.version_num WHERE version_num = old.version_num; END;
  CREATE TRIGGER u INSTEAD OF INSERT ON alembic_version BEGIN INSERT INTO v VALUES (new.version_num, 'a'); END;`

describe.skipIf(python === null)('a view as the version table of a SQLite file', () => {
  test.each([
    ['without pending migrations', stamped('b2') + plain, 'pass'],
    ['with pending migrations', stamped('a1') + plain, 'fails'],
    ['without rows', `CREATE TABLE v (version_num TEXT); ${plain}`, 'fails'],
    ['without version_num', `${stamped('b2')} CREATE VIEW alembic_version AS SELECT app FROM v`, 'fails'],
    [
      'with column aliases and a condition',
      `${stamped('b2')} CREATE VIEW "alembic_version" ("version_num") AS SELECT DISTINCT w."version_num" FROM main."v" AS w WHERE app = 'a' AND app IS NOT NULL;`,
      'pass',
    ],
    [
      'whose condition matches no row',
      `${stamped('b2')} CREATE VIEW alembic_version AS SELECT * FROM v WHERE app = 'b'`,
      'fails',
    ],
    ['with triggers and without pending migrations', stamped('b2') + plain + triggers, 'pass'],
    ['with triggers and pending migrations', stamped('a1') + plain + triggers, 'not told'],
    [
      'of a view',
      `${stamped('b2')} CREATE VIEW w AS SELECT * FROM v; CREATE VIEW alembic_version AS SELECT * FROM w`,
      'not told',
    ],
    [
      'of two tables',
      `${stamped('b2')} CREATE VIEW alembic_version AS SELECT v.version_num FROM v, v AS w`,
      'not told',
    ],
    [
      'of a UNION',
      `${stamped('b2')} CREATE VIEW alembic_version AS SELECT version_num FROM v WHERE app = 'a' UNION SELECT app FROM v WHERE app = 'b'`,
      'not told',
    ],
    [
      'that calls a function',
      `${stamped('b2')} CREATE VIEW alembic_version AS SELECT trim(version_num) AS version_num FROM v`,
      'not told',
    ],
    [
      'with a comment that hides a query',
      `${stamped('b2')} CREATE VIEW alembic_version AS SELECT version_num FROM v /* /* */ WHERE (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n WHERE i < 1) SELECT 1 FROM n) -- */`,
      'not told',
    ],
  ])('%s', async (_what, sql, expected) => {
    const root = join(folder, 'project')
    const steps = [
      { id: 'a1', parents: [], body: ['pass'] },
      { id: 'b2', parents: ['a1'], body: ['pass'] },
    ]
    writeProject(root, steps, false)
    const file = join(folder, 'app.db')
    rmSync(file, { force: true })
    new Sqlite(file).exec(sql).close()
    const { stdout } = await execute(check, { format: 'json' }, quietContext(root, `sqlite:///${file}`))
    const report: Report = JSON.parse(stdout)
    const { error } = await driver.ask({ root, url: `sqlite:///${file}`, upgrade: ['head'] })
    if (expected === 'not told') return expect(report).toMatchObject({ exitCode: 3, verdict: 'undetermined' })
    expect(error === null).toBe(expected === 'pass')
    expect(report.verdict).toBe(expected === 'pass' ? 'pass' : 'blocked')
    if (error === null) return
    expect([...new Set(report.findings.map(({ code }) => code))]).toEqual(['AG207'])
    expect(`${report.prediction?.error?.type}: ${report.prediction?.error?.message}`).toBe(error)
  })
})
