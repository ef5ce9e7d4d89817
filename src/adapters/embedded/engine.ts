/**
 * Starts PGlite on a data directory. The only file that loads the package, and only in a process of its own. Settings
 * keep it small: with PostgreSQL's 128 MB of shared buffers it takes 290 MB, with 8 MB it takes 120.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readRegularFile } from '../files/regular-file.ts'
import { packFolder, unpackFolder } from './data-archive.ts'
import { type PGlitePackage, dataName, shippedData } from './pglite-package.ts'
import type { SessionEngine } from './one-session.ts'

/** What the package offers, as far as it is used here. */
interface PGliteModule {
  readonly PGlite: {
    create(folder: string, options: Readonly<Record<string, unknown>>): Promise<PGliteDatabase>
  }
}

interface PGliteDatabase {
  execProtocolRawSync(message: Uint8Array): Uint8Array
  close(): Promise<void>
}

/** As PGlite starts it, but with PostgreSQL's own search path, and small. */
const startParameters = [
  ...['--single', '-F', '-O', '-j'],
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
    'synchronous_commit=off',
    'full_page_writes=off',
    'max_locks_per_transaction=256',
  ].flatMap((setting) => ['-c', setting]),
]

/** Small files of the write-ahead log: one megabyte instead of 16. */
const initdbParameters = ['--wal-segsize=1', '--encoding=UTF8', '--auth=trust', '--no-sync']

/**
 * Makes a data directory in `folder` and packs it. Takes some seconds and 800 MB, so it is done once for a version:
 * when the guard is built, or else at the first use.
 */
export async function makeDataArchive(entry: string, folder: string): Promise<Buffer> {
  const data = mkdtempSync(join(folder, 'new-'))
  try {
    const database = await createDatabase(entry, data, { initDbStartParams: initdbParameters })
    await database.close()
    return packFolder(data)
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}

async function createDatabase(
  entry: string,
  data: string,
  options: Readonly<Record<string, unknown>>,
): Promise<PGliteDatabase> {
  const { PGlite } = (await import(entry)) as PGliteModule
  return PGlite.create(`file://${data}`, { startParams: startParameters, ...options })
}

/** What an engine is started with. */
export interface EngineOptions {
  readonly pglite: PGlitePackage
  /** An empty folder for its data. */
  readonly data: string
  /** Where an archive of the data directory is kept that no build has made. */
  readonly cache: string
  /** Extensions that can be created; those that PGlite lacks are skipped. */
  readonly extensions: readonly string[]
}

/** Starts it. */
export async function startEngine({
  pglite,
  data,
  cache,
  extensions,
}: EngineOptions): Promise<SessionEngine> {
  const { entry, version } = pglite
  const archive = shippedData(version) ?? (await cachedData(pglite, cache))
  unpackFolder(readRegularFile(archive) ?? Buffer.alloc(0), data)
  const wanted = extensions.flatMap((name) => {
    const file = pglite.extensions.get(name)
    return file === undefined ? [] : [[name, pathToFileURL(file)] as const]
  })
  const database = await createDatabase(entry, data, { extensions: Object.fromEntries(wanted) })
  return (messages) => Buffer.from(database.execProtocolRawSync(messages))
}

async function cachedData({ entry, version }: PGlitePackage, cache: string): Promise<string> {
  const path = join(cache, dataName(version))
  if (existsSync(path)) return path
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  const archive = await makeDataArchive(entry, cache)
  const part = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(part, archive, { mode: 0o600 })
  renameSync(part, path)
  return path
}
