/**
 * Chooses how to look into an SQLite file without leaving a trace: in its place, or as an image in memory. Knows the
 * files that SQLite keeps beside a database; asks SQLite nothing.
 */
import { statSync } from 'node:fs'
import { GuardError } from '../../errors.ts'
import { readFirstBytes, readRegularFile } from '../files/regular-file.ts'
import type { SqliteDriver, SqliteSource } from './connect.ts'
import { imageOf, isWalMode } from './wal.ts'

/** Beyond this size a database in WAL mode isn't read into memory. */
const maxImageBytes = 64 * 1024 * 1024

/**
 * How to look into the file at `path`, which messages call `shown`. SQLite, asked to read a database in WAL mode,
 * makes a `-wal` and a `-shm` beside it or writes into the `-shm` that is there, and when only reading leaves them;
 * so such a database is read into memory, and in its place only where it is too large or too busy for that and
 * somebody has it open.
 * @throws GuardError (unavailable) for what can't be read without traces, and for what lies beside it and is no file.
 */
export function sourceWithoutTraces(
  path: string,
  shown: string,
  drivers: readonly SqliteDriver[],
): SqliteSource {
  // SQLite would wait for ever for what comes out of a pipe.
  for (const end of ['-journal', '-wal'])
    if (!mayBeFile(path + end))
      throw unavailable(`${shown}${end}, which SQLite would read, is not a file.`, 'Remove it.')
  if (!isWalMode(bytesOf(path, 20))) return { kind: 'file', path }
  if ((bytesOf(`${path}-journal`, 1)[0] ?? 0) !== 0) throw unfinishedWrite(shown)
  const image = imageSource(path, drivers)
  if (image) return image
  if (sizeOf(`${path}-wal`) !== null && sizeOf(`${path}-shm`) !== null) return { kind: 'file', path }
  return unopenedSource(path, shown, drivers)
}

/** The same for a database in WAL mode that must not, or can't, be opened in its place. */
export function unopenedSource(path: string, shown: string, drivers: readonly SqliteDriver[]): SqliteSource {
  const image = imageSource(path, drivers)
  if (image) return image
  const log = sizeOf(`${path}-wal`) ?? 0
  if (log === 0 && drivers.some(({ name }) => name === 'node:sqlite')) return { kind: 'immutable', path }
  throw unavailable(
    `The SQLite file ${shown} is in WAL mode, nobody has it open, and reading it here would leave files beside it.`,
    log === 0
      ? 'Use Node 22.15 or newer, or check while the application has it open.'
      : "Its -wal file has changes that aren't checkpointed: open it once with the sqlite3 command.",
  )
}

/** A writer ended before it was done, and SQLite takes back its half of the work when it next may write. */
export function unfinishedWrite(shown: string): GuardError {
  return unavailable(
    `The SQLite file ${shown} can't be read without writing beside it: a write was interrupted, and ${shown}-journal has to be rolled back.`,
    'Open it once with the application or the sqlite3 command, and check again.',
  )
}

function imageSource(path: string, drivers: readonly SqliteDriver[]): SqliteSource | null {
  if (!drivers.some(({ name }) => name === 'better-sqlite3')) return null
  if ((sizeOf(path) ?? 0) + (sizeOf(`${path}-wal`) ?? 0) > maxImageBytes) return null
  const image = stableImage(path)
  return image && { kind: 'image', image }
}

/**
 * Both files of one moment; null where somebody begins the log anew each time. What is copied out of the log while
 * the database is read is in the log as well, as long as its header, which holds a number of its own, is the same.
 */
function stableImage(path: string): Buffer | null {
  const logHeader = (): string | null =>
    sizeOf(`${path}-wal`) === null ? null : bytesOf(`${path}-wal`, 32).toString('hex')
  for (let round = 0; round < 5; round++) {
    const before = logHeader()
    // What grows meanwhile is read all the same.
    const database = readRegularFile(path, 2 * maxImageBytes)
    const log = before === null ? new Uint8Array() : readRegularFile(`${path}-wal`, 2 * maxImageBytes)
    if (database === null || log === null) return null
    if (logHeader() === before && isWalMode(database)) return imageOf(database, log)
  }
  return null
}

/** A file, or nothing; false also for a link that leads in a circle. */
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

/** The first bytes of a file, as many as there are; none of a file that isn't there. */
export function bytesOf(path: string, count: number): Buffer {
  return (sizeOf(path) === null ? null : readFirstBytes(path, count)) ?? Buffer.alloc(0)
}

function unavailable(message: string, hint: string): GuardError {
  return new GuardError('unavailable', message, hint)
}
