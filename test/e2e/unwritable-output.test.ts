/** Tests every command with a full disk or a closed pipe as its output. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commands } from '../../src/commands/index.ts'
import { cli, folderWith, threeMigrations as project } from '../support/guard.ts'
import { type PostgresServer, findPostgres } from '../support/postgres.ts'

/** Runs a shell command line. `$guard` is the built command. */
function shell(folder: string, line: string, env: Readonly<Record<string, string>> = {}) {
  const { status, stderr, stdout } = spawnSync('bash', ['-c', line], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      guard: `${process.execPath} ${cli}`,
      DATABASE_URL: 'sqlite:///new.db',
      ...env,
    },
  })
  return { status, stderr, stdout }
}

/** Arguments that make each command do its main task. */
const words: Readonly<Record<string, string>> = {
  check: 'check',
  explain: 'explain base_001',
  graph: 'graph',
  init: 'init',
  lint: 'lint --all',
  manifest: 'manifest',
  placeholder: 'placeholder gone_001',
  preflight: 'preflight',
  recover: 'recover',
  rehearse: 'rehearse -- true',
  report: 'report merge report.json',
  restamp: 'restamp --from base_001 --to add_email_002',
  restore: 'restore gone_001',
  run: 'run -- true',
}

describe.skipIf(!existsSync('/dev/full'))("output that can't be written", () => {
  test('covers every command', () => {
    expect(Object.keys(words).sort()).toEqual(commands.map(({ name }) => name).sort())
  })

  const lines = [
    ...Object.values(words),
    '--version',
    '--help',
    'check --help',
    'nonsense',
    'check --format json',
    'check --log-level debug --log-format json',
    'check --log-level debug',
  ]
  test.each(lines)('%s', (line) => {
    const folder = folderWith(project)
    shell(folder, '$guard check --format json > report.json')
    const plain = shell(folder, `$guard ${line}`)
    const full = shell(folder, `$guard ${line} > /dev/full`)
    const silent = plain.stdout === ''
    const started = line.startsWith('run ')
    expect(full.status, full.stderr).toBe(plain.status === 0 && !silent && !started ? 3 : plain.status)
    if (!silent && !started) expect(full.stderr).toContain("can't write to standard output (ENOSPC)")
    const closed = shell(folder, `$guard ${line} | head -c 0; exit \${PIPESTATUS[0]}`)
    expect(closed.status, closed.stderr).toBe(plain.status)
    const noErrors = shell(folder, `$guard ${line} 2> /dev/full`)
    expect(noErrors.status).toBe(plain.status)
    const gone = shell(folder, `$guard ${line} 2> >(exec true); exit $?`)
    expect(gone.status).toBe(plain.status)
    const neither = shell(folder, `$guard ${line} > /dev/full 2>&1`)
    expect(neither.status).toBe(full.status)
    for (const { stderr } of [plain, full, closed])
      expect(stderr).not.toMatch(/\n {4}at |the guard itself failed/)
  })

  describe('while the command of run is running', () => {
    let server: PostgresServer | null
    beforeAll(async () => {
      server = await findPostgres()
    })
    afterAll(() => undefined)

    test.each([
      '> /dev/full',
      '> /dev/full 2>&1',
      '2> /dev/full',
      '| head -c 0; exit ${PIPESTATUS[0]}',
      '2>&1 | head -c 0; exit ${PIPESTATUS[0]}',
    ])('the lock is kept and the command finishes: %s', async (redirection) => {
      if (server === null) return
      const database = await server.createDatabase()
      const folder = folderWith({
        ...project,
        // Gives the guard time to fail, then counts the remaining locks.
        'work.sh': `exec </dev/null; sleep 1; psql -Atc "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted" "$DATABASE_URL" > locks; touch done; exit 7`,
      })
      const { status } = shell(folder, `$guard run -- sh work.sh ${redirection}`, {
        DATABASE_URL: database.url,
      })
      expect(existsSync(join(folder, 'done'))).toBe(true)
      expect(Number(readFileSync(join(folder, 'locks'), 'utf8'))).toBeGreaterThan(0)
      expect(status).toBe(7)
      await database.drop()
    })
  })
})
