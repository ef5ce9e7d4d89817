/** Tests row-level security on the version table. Alembic uses the same role as the guard. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { type Driver, startDriver, writeProject } from '../support/incidents.ts'
import { findPython } from '../support/judge.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'

const python = findPython()
const drivable = python !== null && spawnSync(python, ['-c', 'import psycopg2']).status === 0
const server = drivable ? await findPostgres() : null
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'alembic-guard-rls-'))
const owner = `rls_owner_${process.pid}`
const other = `rls_other_${process.pid}`
let driver: Driver
let database: TestDatabase

beforeAll(async () => {
  if (!server || !python) return
  driver = await startDriver(python)
  database = await server.createDatabase(
    `CREATE ROLE ${owner} LOGIN; CREATE ROLE ${other} LOGIN; CREATE ROLE ${other}_group; GRANT ${other}_group TO ${other}`,
  )
})
afterAll(async () => {
  if (server) {
    driver.close()
    await database.execute(
      `DROP OWNED BY ${owner}, ${other}, ${other}_group CASCADE; DROP ROLE ${owner}, ${other}, ${other}_group`,
    )
    await database.drop()
  }
  rmSync(folder, { recursive: true, force: true })
})

const security = 'ALTER TABLE alembic_version ENABLE ROW LEVEL SECURITY;'
const force = `${security} ALTER TABLE alembic_version FORCE ROW LEVEL SECURITY;`
const policy = (rest: string, name = 'p'): string => `CREATE POLICY ${name} ON alembic_version ${rest};`

type Outcome = 'pass' | 'fails' | 'not told'

describe.skipIf(!server)('row-level security on the version table', () => {
  test.each<[string, string, string, Outcome, Outcome]>([
    ['no policies apply to its owner', owner, security, 'pass', 'pass'],
    ['every row is hidden from another role', other, security, 'not told', 'not told'],
    [
      'a condition hides rows',
      other,
      security + policy("USING (version_num <> 'a1')"),
      'not told',
      'not told',
    ],
    ['policies are forced on the owner, and none makes rows visible', owner, force, 'not told', 'not told'],
    [
      'policies are forced on the owner, and one allows everything',
      owner,
      force + policy('USING (true)'),
      'pass',
      'pass',
    ],
    [
      'a policy allows everything',
      other,
      security + policy('USING (true) WITH CHECK (true)'),
      'pass',
      'pass',
    ],
    [
      'a policy allows everything to a group',
      other,
      security + policy(`TO ${other}_group USING (true)`),
      'pass',
      'pass',
    ],
    [
      'a policy allows everything to another role',
      other,
      security + policy(`TO ${owner} USING (true)`),
      'not told',
      'not told',
    ],
    ['a policy allows reading', other, security + policy('FOR SELECT USING (true)'), 'pass', 'not told'],
    [
      'a policy allows everything but writing some rows',
      other,
      security + policy("USING (true) WITH CHECK (version_num = 'a1')"),
      'pass',
      'not told',
    ],
    [
      'a restrictive policy hides rows',
      other,
      security + policy('USING (true)') + policy("AS RESTRICTIVE USING (version_num <> 'a1')", 'q'),
      'not told',
      'not told',
    ],
    [
      'a restrictive policy hides nothing',
      other,
      security + policy('USING (true)') + policy('AS RESTRICTIVE USING (true)', 'q'),
      'pass',
      'pass',
    ],
    [
      'a restrictive policy forbids writing',
      other,
      security + policy('USING (true)') + policy('AS RESTRICTIVE FOR UPDATE USING (false)', 'q'),
      'pass',
      'not told',
    ],
    [
      'the role bypasses row-level security',
      other,
      `${security} ALTER ROLE ${other} BYPASSRLS;`,
      'pass',
      'pass',
    ],
  ])('where %s', async (_what, role, sql, current, pending) => {
    const url = database.url.replace(/\/\/(?:[^@/]*@)?/, `//${role}@`)
    const driven = url.replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:')
    const superuser = database.url.replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:')
    const root = join(folder, 'project')
    const steps = [
      { id: 'a1', parents: [], body: ['pass'] },
      { id: 'b2', parents: ['a1'], body: ['pass'] },
    ]
    for (const [count, expected] of [
      [1, current],
      [2, pending],
    ] as const) {
      writeProject(root, steps.slice(0, count), false)
      expect((await driver.ask({ root, url: superuser, reset: true, upgrade: ['a1'] })).error).toBeNull()
      await database.execute(`ALTER TABLE alembic_version OWNER TO ${owner}; GRANT ALL ON SCHEMA public TO ${owner}, ${other};
        GRANT ALL ON alembic_version TO ${other}; ${sql}`)
      const { stdout } = await execute(check, { format: 'json' }, quietContext(root, url))
      const many = await execute(check, { format: 'json', schemas: ['public'] }, quietContext(root, url))
      const { error } = await driver.ask({ root, url: driven, upgrade: ['head'] })
      await database.execute(`ALTER ROLE ${other} NOBYPASSRLS`)
      for (const report of [stdout, many.stdout].map((text): Report => JSON.parse(text))) {
        const said = { pass: 'pass', blocked: 'fails', undetermined: 'not told' }[report.verdict]
        expect([count, said, said === 'not told' ? said : error === null ? 'pass' : 'fails']).toEqual([
          count,
          expected,
          expected,
        ])
      }
    }
  })
})
