/**
 * Starts PGlite with little memory, in a separate process. With PostgreSQL's default of 128 MB of shared buffers, it
 * would need 290 MB instead of 120 MB.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PGlite, PGliteOptions } from '@electric-sql/pglite'
import { readRegularFile } from '../files/regular-file.ts'
import { packFolder, readPacked } from './data-archive.ts'
import { memoryFiles } from './memory-files.ts'
import { type PGlitePackage, dataName, shippedData } from './pglite-package.ts'
import type { SessionEngine } from './one-session.ts'

/** Startup parameters: PGlite's defaults, except for low memory limits and PostgreSQL's own search path. */
const startParameters = [
  '--single',
  '-F',
  '-O',
  '-j',
  ...[
    'exit_on_error=false',
    'log_checkpoints=false',
    'max_worker_processes=0',
    'max_parallel_workers=0',
    'max_parallel_workers_per_gather=0',
    'max_parallel_maintenance_workers=0',
    'io_method=sync',
    'shared_buffers=8MB',
    'wal_buffers=256kB',
    'wal_init_zero=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'max_locks_per_transaction=256',
  ].flatMap((setting) => ['-c', setting]),
]

/** Makes WAL segments small and prevents their reuse. With the defaults, WAL would make up half of the archive. */
const initdbParameters = [
  '--wal-segsize=1',
  '--set',
  'wal_recycle=off',
  '--encoding=UTF8',
  '--auth=trust',
  '--no-sync',
]

const databases = ['template0', 'template1', 'postgres']

/**
 * Shrinks a new database. Keeps the comments on schemas and extensions, because pg_dump compares them with its own
 * defaults.
 */
const shrink = `
  DELETE FROM pg_catalog.pg_statistic;
  DELETE FROM pg_catalog.pg_description
    WHERE classoid NOT IN ('pg_catalog.pg_namespace'::regclass, 'pg_catalog.pg_extension'::regclass);
  VACUUM FULL pg_catalog.pg_statistic;
  VACUUM FULL pg_catalog.pg_description`

/** Starts a new WAL segment so that the checkpoint removes the old segments. */
const emptyWal = ['SELECT pg_catalog.pg_switch_wal()', 'CHECKPOINT']

/**
 * Creates a data directory and packs it. Takes several seconds and 800 MB of memory, so it runs only once per PGlite
 * version.
 */
export async function makeDataArchive(folder: string): Promise<Buffer> {
  const data = mkdtempSync(join(folder, 'new-'))
  try {
    const dataDir = `file://${data}`
    await (await createDatabase({ dataDir, initDbStartParams: initdbParameters })).close()
    for (const name of databases) {
      const database = await createDatabase({ dataDir, database: name })
      for (const statement of [...shrink.split(';'), ...emptyWal, ...emptyWal]) await database.exec(statement)
      await database.close()
    }
    for (const name of ['postgresql.conf', 'pg_hba.conf', 'pg_ident.conf']) dropComments(join(data, name))
    return packFolder(data)
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}

/** Removes comments and empty lines from a file in which `#` always starts a comment. */
function dropComments(path: string): void {
  const lines = String(readRegularFile(path)).split('\n')
  const kept = lines.map((line) => line.replace(/\s*#.*/, '')).filter((line) => line !== '')
  writeFileSync(path, kept.map((line) => `${line}\n`).join(''))
}

async function createDatabase(options: PGliteOptions): Promise<PGlite> {
  const pglite = await import('@electric-sql/pglite')
  return pglite.PGlite.create({ startParams: startParameters, ...options })
}

/** Options for {@link startEngine}. */
export interface EngineOptions {
  readonly pglite: PGlitePackage
  /** Cache folder for the archive, used if the build doesn't include the archive. */
  readonly cache: string
  /** Extensions to load. Unavailable ones are skipped. */
  readonly extensions: readonly string[]
}

/** Starts the engine. */
export async function startEngine({ pglite, cache, extensions }: EngineOptions): Promise<SessionEngine> {
  const archive = shippedData(pglite.version) ?? (await cachedData(pglite.version, cache))
  const fs = memoryFiles(readPacked(readRegularFile(archive) ?? Buffer.alloc(0)))
  const wanted = extensions.flatMap((name) => {
    const file = pglite.extensions.get(name)
    return file === undefined ? [] : [[name, pathToFileURL(file)] as const]
  })
  const database = await createDatabase({ fs, extensions: Object.fromEntries(wanted) })
  return (messages) => Buffer.from(database.execProtocolRawSync(messages))
}

async function cachedData(version: string, cache: string): Promise<string> {
  const path = join(cache, dataName(version))
  if (existsSync(path)) return path
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  const archive = await makeDataArchive(cache)
  const part = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(part, archive, { mode: 0o600 })
  renameSync(part, path)
  return path
}
