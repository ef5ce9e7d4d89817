/** Runs migrations with Alembic on PostgreSQL, in a Python process, and reports each step's locks. */
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findPython } from './judge.ts'
import { type TestDatabase, findPostgres } from './postgres.ts'

export interface LintRequest {
  /** Python source by file name. */
  readonly files: Readonly<Record<string, string>>
  /** Revision to upgrade to before measuring. */
  readonly start?: string
  /** SQL to run after the upgrade to `start`. */
  readonly rows?: readonly string[]
  /** Target of the measured upgrade. */
  readonly upgrade?: string
  readonly downgrade?: string
  /** Target of a second upgrade, after the downgrade. */
  readonly again?: string
}

export interface LintRun {
  /**
   * Alembic's error, such as `ProgrammingError: (psycopg2.errors.UndefinedTable) relation "b" does not
   * exist`; null on success.
   */
  readonly error: string | null
  readonly steps: readonly {
    readonly revision: string
    /** Locks at the end of the step's transaction, as seen by a second session. */
    readonly locks: readonly (readonly [table: string, mode: string])[]
    /** Tables that the step rewrote, detected by their changed `relfilenode`. */
    readonly rewritten: readonly string[]
    /** Server messages such as `DEBUG: rewriting table "a"`. */
    readonly said: readonly string[]
  }[]
}

export interface LintRunner {
  readonly versions: string
  run(request: LintRequest): Promise<LintRun>
  close(): void
}

/** Starts the process. Each request first empties the public schema. */
export async function startLintRunner(python: string, url: string): Promise<LintRunner> {
  const script = fileURLToPath(new URL('lint-run.py', import.meta.url))
  const child = spawn(python, [script])
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async <T>(): Promise<T> => {
    const line = await lines.next()
    if (line.done) throw new Error(`the runner ended: ${complaints.slice(-2000)}`)
    const said: T = JSON.parse(line.value)
    return said
  }
  const versions = await answer<string>()
  return {
    versions,
    run(request) {
      child.stdin.write(`${JSON.stringify({ ...request, url })}\n`)
      return answer<LintRun>()
    },
    close() {
      child.stdin.end()
    },
  }
}

/** Shared setup for tests that run migrations on PostgreSQL. Adds a test that reports a missing server. */
export async function lintRunning(): Promise<{
  readonly found: boolean
  readonly database: () => TestDatabase
  readonly run: LintRunner['run']
}> {
  const python = findPython()
  const drivable = python !== null && spawnSync(python, ['-c', 'import psycopg2']).status === 0
  const server = drivable ? await findPostgres() : null
  let held: { readonly database: TestDatabase; readonly runner: LintRunner } | null = null
  const open = (): NonNullable<typeof held> => {
    if (held === null) throw new Error('there is no database yet')
    return held
  }
  beforeAll(async () => {
    if (!server || !python) return
    const database = await server.createDatabase()
    const url = database.url.replace('postgresql:', 'postgresql+psycopg2:')
    held = { database, runner: await startLintRunner(python, url) }
  })
  afterAll(async () => {
    held?.runner.close()
    await held?.database.drop()
  })
  test('Python with Alembic and psycopg2, and a PostgreSQL server, are available', () => {
    if (!server) console.warn('SKIPPED: no python3 with Alembic and psycopg2, or no PostgreSQL server')
    expect(server !== null || !process.env['CI']).toBe(true)
  })
  return {
    found: server !== null,
    database: () => open().database,
    run: (request) => open().runner.run(request),
  }
}
