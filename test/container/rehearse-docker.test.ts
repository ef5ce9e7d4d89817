/** Tests `rehearse` with Docker but no local PostgreSQL. The container must be removed afterward. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { folderWith } from '../support/guard.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'
import { hotel, hotelAtBase, migrationOf, scratchPlace } from '../support/rehearse.ts'
import { release, startGuard, withPassword } from '../support/release.ts'

const server = await findPostgres()
const place = scratchPlace()
const image = process.env['TEST_POSTGRES_IMAGE'] ?? ''
let production: TestDatabase
let env: Record<string, string>

beforeAll(async () => {
  if (server === null) throw new Error('no PostgreSQL for the tests')
  production = await server.createDatabase(hotelAtBase)
  env = {
    ...place.env,
    DATABASE_URL: withPassword(production.url),
    DOCKER_HOST: process.env['DOCKER_HOST'] ?? '',
  }
})
afterAll(() => production?.drop())

/** Returns the rehearsals' containers, running or not. */
function containers(): readonly string[] {
  const format = ['--all', '--filter', 'name=alembic-guard-scratch', '--format', '{{.Names}}']
  return execFileSync('docker', ['ps', ...format], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
}

/** Waits, because Docker takes a moment to remove stopped containers. */
async function goneContainers(): Promise<readonly string[]> {
  for (let round = 0; round < 200 && containers().length > 0; round += 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
  return containers()
}

afterEach(async () => {
  expect(await goneContainers()).toEqual([])
  const rows = await production.execute(
    'SELECT version_num, (SELECT count(*)::int FROM guests) AS guests FROM alembic_version',
  )
  expect(rows).toEqual([{ version_num: 'base_001', guests: 1 }])
})

const asked = ['rehearse', '--scratch-image', image]

test('passes an upgrade that works', async () => {
  const run = await release(folderWith(hotel), [...asked, '--cycle', '--', 'alembic', 'upgrade', 'head'], env)
  expect(run.stdout).toContain(`a container running ${image}`)
  expect(run.stdout).toMatch(/rooms_002 .*3 statements/)
  // The enum type that the downgrade doesn't drop.
  expect(run.stdout).toContain('room_status')
  expect(run.status).toBe(1)
  const straight = await release(folderWith(hotel), asked, env)
  expect([straight.status, straight.stdout]).toEqual([
    0,
    expect.stringContaining(`a container running ${image}`),
  ])
})

test('reports the migration that fails', async () => {
  const folder = folderWith({
    ...hotel,
    'migrations/versions/broken_004.py': migrationOf('broken_004', 'email_003', [
      `op.execute("SELECT 1 / (SELECT count(*) FROM guests)")`,
    ]),
  })
  const run = await release(folder, asked, env)
  expect(run.status).toBe(1)
  expect(run.stdout).toMatch(/broken_004[^]*division by zero/)
})

test('leaves no container after SIGKILL during the rehearsal', async () => {
  const folder = folderWith({
    ...hotel,
    'migrations/versions/slow_004.py': migrationOf('slow_004', 'email_003', [
      `open('started', 'w').close()`,
      `__import__('time').sleep(60)`,
    ]),
  })
  const running = startGuard(folder, asked, env)
  while (!existsSync(join(folder, 'started'))) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(containers()).toHaveLength(1)
  running.child.kill('SIGKILL')
  expect((await running.ended).status).toBeNull()
})

test('leaves no container after SIGKILL while it starts', async () => {
  const running = startGuard(folderWith(hotel), asked, env)
  while (containers().length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  running.child.kill('SIGKILL')
  await running.ended
})
