/** Shared setup for tests that run Alembic on SQLite and PostgreSQL. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Driver, startDriver } from './incidents.ts'
import { findPython } from './judge.ts'
import { type PostgresServer, type TestDatabase, findPostgres } from './postgres.ts'

/** A folder for this test file (in memory if possible), and the tools that are available. */
export interface Judges {
  readonly folder: string
  /** Null if Alembic isn't installed. */
  readonly python: string | null
  readonly driver: Driver
  /** Null if there is no server or no psycopg2. */
  readonly server: PostgresServer | null
  readonly database: TestDatabase | null
}

const nobody: Driver = {
  versions: 'no Alembic',
  ask: () => Promise.reject(new Error('no Python has Alembic')),
  close: () => undefined,
}

/** Starts Alembic and finds a server. Adds a test that reports what is missing. */
export async function findJudges(name: string): Promise<Judges> {
  const python = findPython()
  const drivable = python !== null && spawnSync(python, ['-c', 'import psycopg2']).status === 0
  const server = drivable ? await findPostgres() : null
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), `alembic-guard-${name}-`))
  const driver = python === null ? nobody : await startDriver(python)
  const database = server === null ? null : await server.createDatabase()

  afterAll(async () => {
    driver.close()
    await database?.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('Python with Alembic and psycopg2, and a PostgreSQL server, are available', () => {
    if (!server) console.warn('SKIPPED: no python3 with Alembic and psycopg2, or no PostgreSQL server')
    expect(server !== null || !process.env['CI']).toBe(true)
  })
  return { folder, python, driver, server, database }
}
