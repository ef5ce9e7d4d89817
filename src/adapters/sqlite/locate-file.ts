/** Finds the file that a SQLite URL refers to. If the file can't be read, explains why. Doesn't run SQLite. */
import { constants, accessSync, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { GuardError } from '../../errors.ts'
import type { SqliteUrl } from '../database/database-url.ts'
import { unreadableError } from './errors.ts'
import { bytesOf } from './choose-source.ts'

/** Type of the entry at a path; null if there is none; `unreachable` if a parent folder can't be accessed. */
export type SqliteFileKind = 'file' | 'other' | 'unreachable' | null

/** Returns both the name in the URL and the real path, because SQLite keeps its log next to the real file. */
export function sqliteFileOf(url: SqliteUrl, cwd: string): { readonly shown: string; readonly path: string } {
  const given = url.path === url.decodedPath || kindOf(resolve(cwd, url.path)) ? url.path : url.decodedPath
  const shown = kindOf(resolve(cwd, given)) ? given : url.path
  return { shown, path: targetOf(resolve(cwd, shown)) }
}

/** Returns the type of the entry at `path`. */
export function kindOf(path: string): SqliteFileKind {
  try {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat) return null
    return stat.isFile() ? 'file' : 'other'
  } catch {
    return 'unreachable'
  }
}

/**
 * Accepts a readable file, or a missing file that SQLite would create.
 * @throws GuardError (unavailable) for anything else.
 */
export function requireFile(
  shown: string,
  path: string,
  kind: SqliteFileKind,
  mode: SqliteUrl['mode'],
): void {
  if (kind === 'other')
    throw unavailable(`The SQLite path ${shown} isn't a file.`, 'Use the path of the database file.')
  if (kind === 'unreachable') throw unreachable(shown, path)
  if (kind === 'file') {
    if (mayAccess(path, constants.R_OK)) return
    throw unreadableError(shown)
  }
  if (mode === 'ro' || mode === 'rw')
    throw unavailable(
      `The SQLite file ${shown} doesn't exist, and with mode=${mode}, SQLite doesn't create it.`,
      'Use an existing file, or remove the mode parameter.',
    )
  const folder = dirname(path)
  if (kindOf(folder) === 'other' && statSync(folder).isDirectory()) return
  throw unavailable(
    `The folder for the SQLite file ${shown} doesn't exist.`,
    'A relative path is resolved from the working directory; an absolute path needs four slashes: sqlite:////path. If the path is a symlink, check its target.',
  )
}

/** Returns the error for a missing file. A typo in the path is more likely than a new database. */
export function missingFile(shown: string, path: string): GuardError {
  const [similar] = databasesBeside(path)
  return unavailable(
    `The SQLite file ${shown} doesn't exist.${similar === undefined ? '' : ` Did you mean ${similar}?`}`,
    'Fix the path. A relative path is resolved from the working directory; an absolute path needs four slashes: sqlite:////path. If the upgrade should create the file, use "alembic-guard run".',
  )
}

const maxSuggestions = 3

/** Maximum number of files to open when looking for databases to suggest. */
const maxCandidates = 50

/** Returns the SQLite databases in the same folder as `path`. */
export function databasesBeside(path: string): readonly string[] {
  const folder = dirname(path)
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:db3?|sqlite3?)$/i.test(entry.name))
      .map(({ name }) => name)
      .toSorted()
      .slice(0, maxCandidates)
      .filter((name) => bytesOf(join(folder, name), 15).toString('latin1') === 'SQLite format 3')
      .slice(0, maxSuggestions)
  } catch {
    return []
  }
}

/** Returns the reason why the database is read-only; null if it isn't. */
export function readOnlyReason(path: string, kind: SqliteFileKind, mode: SqliteUrl['mode']): string | null {
  if (mode === 'ro') return 'the URL opens it with mode=ro'
  // Byte 18 is the write version of the file format: 1 for a rollback journal, 2 for WAL.
  if (kind === 'file' && (bytesOf(path, 19)[18] ?? 0) > 2)
    return 'SQLite can read this version of the file format but not write it'
  if (kind === 'file' && !mayAccess(path, constants.W_OK)) return "the file isn't writable"
  // SQLite creates its journal in this folder.
  return mayAccess(dirname(path), constants.W_OK) ? null : "its folder isn't writable"
}

function unreachable(shown: string, path: string): GuardError {
  let code = ''
  try {
    statSync(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error) code = String(error.code)
  }
  if (code === 'ELOOP')
    return unavailable(
      `The SQLite path ${shown} is a circular symlink.`,
      'Use the path of the database file.',
    )
  if (code === 'EACCES')
    return unavailable(
      `This user can't access a parent folder of the SQLite file ${shown}.`,
      'Run alembic-guard as the user that runs alembic upgrade, or give the current user access.',
    )
  return unavailable(
    `The SQLite path ${shown} doesn't exist (${code}).`,
    'Use the path of the database file.',
  )
}

/** Follows a chain of symlinks and returns its target, which may not exist. For a cycle, returns the given path. */
function targetOf(path: string): string {
  let place = path
  try {
    for (let step = 0; step < 40; step += 1) {
      if (!lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink()) return place
      place = resolve(dirname(place), readlinkSync(place))
    }
  } catch {
    // Ignore the error, because `kindOf` reports inaccessible folders.
  }
  return path
}

function mayAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

function unavailable(message: string, hint: string): GuardError {
  return new GuardError('unavailable', message, hint)
}
