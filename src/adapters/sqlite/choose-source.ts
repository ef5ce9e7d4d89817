/** Decides how to read a SQLite file without leaving traces. Doesn't run SQLite. */
import { statSync } from 'node:fs'
import { GuardError } from '../../errors.ts'
import { readFirstBytes, readRegularFile } from '../files/regular-file.ts'
import type { SqliteDriver, SqliteSource } from './connect.ts'
import { imageOf, isWalMode } from './wal.ts'

/** Maximum size in bytes of a WAL-mode database that is read into memory. */
const maxImageBytes = 64 * 1024 * 1024

/**
 * Decides how to read the file at `path`. `shown` is its name in messages. SQLite writes `-wal` and `-shm` files even
 * to read a WAL-mode database, so the guard reads a copy in memory. If that's impossible, it opens the file only if
 * another process already has it open.
 * @throws GuardError (unavailable) if reading would leave traces, or if `-journal` or `-wal` isn't a file.
 */
export function sourceWithoutTraces(
  path: string,
  shown: string,
  drivers: readonly SqliteDriver[],
): SqliteSource {
  // SQLite would wait forever for a pipe.
  for (const end of ['-journal', '-wal'])
    if (!mayBeFile(path + end))
      throw unavailable(`SQLite would open ${shown}${end}, which isn't a file.`, 'Remove it.')
  if (!isWalMode(bytesOf(path, 20))) return { kind: 'file', path }
  if ((bytesOf(`${path}-journal`, 1)[0] ?? 0) !== 0) throw unfinishedWrite(shown)
  const image = imageSource(path, drivers)
  if (image) return image
  if (sizeOf(`${path}-wal`) !== null && sizeOf(`${path}-shm`) !== null) return { kind: 'file', path }
  return unopenedSource(path, shown, drivers)
}

/** Returns how to read a WAL-mode database that can't be opened directly. */
export function unopenedSource(path: string, shown: string, drivers: readonly SqliteDriver[]): SqliteSource {
  const image = imageSource(path, drivers)
  if (image) return image
  const log = sizeOf(`${path}-wal`) ?? 0
  if (log === 0 && drivers.some(({ name }) => name === 'node:sqlite')) return { kind: 'immutable', path }
  throw unavailable(
    `The SQLite file ${shown} is in WAL mode and no process has it open, so reading it would leave files next to it.`,
    log === 0
      ? 'Use Node 22.15 or later, or run the check while the application has the file open.'
      : "The database's -wal file contains changes that haven't been checkpointed. Open the database once with the sqlite3 command.",
  )
}

/**
 * Returns the error for a database whose writer was killed during a transaction. SQLite rolls the transaction back at
 * the next write.
 */
export function unfinishedWrite(shown: string): GuardError {
  return unavailable(
    `The SQLite file ${shown} can't be read: a write was interrupted, so SQLite must first roll back ${shown}-journal.`,
    'Open the database once with the application or the sqlite3 command, then check again.',
  )
}

function imageSource(path: string, drivers: readonly SqliteDriver[]): SqliteSource | null {
  if (!drivers.some(({ name }) => name === 'better-sqlite3')) return null
  if ((sizeOf(path) ?? 0) + (sizeOf(`${path}-wal`) ?? 0) > maxImageBytes) return null
  const image = stableImage(path)
  return image && { kind: 'image', image }
}

/**
 * Returns a consistent image of the database and its log; null if the log keeps restarting. A checkpoint is harmless
 * while the salt in the log's header stays the same, because the log still contains the checkpointed pages.
 */
function stableImage(path: string): Buffer | null {
  const logHeader = (): string | null =>
    sizeOf(`${path}-wal`) === null ? null : bytesOf(`${path}-wal`, 32).toString('hex')
  for (let round = 0; round < 5; round++) {
    const before = logHeader()
    // Leave room for the file to grow while it is being read.
    const database = readRegularFile(path, 2 * maxImageBytes)
    const log = before === null ? new Uint8Array() : readRegularFile(`${path}-wal`, 2 * maxImageBytes)
    if (database === null || log === null) return null
    if (logHeader() === before && isWalMode(database)) return imageOf(database, log)
  }
  return null
}

/** Whether there may be a file at the path. True for a missing path; false for a symlink cycle. */
function mayBeFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() !== false
  } catch {
    return false
  }
}

function sizeOf(path: string): number | null {
  return mayBeFile(path) ? (statSync(path, { throwIfNoEntry: false })?.size ?? null) : null
}

/** Returns the first `count` bytes of a file; empty if it doesn't exist. */
export function bytesOf(path: string, count: number): Buffer {
  return (sizeOf(path) === null ? null : readFirstBytes(path, count)) ?? Buffer.alloc(0)
}

function unavailable(message: string, hint: string): GuardError {
  return new GuardError('unavailable', message, hint)
}
