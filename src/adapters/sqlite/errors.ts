/** Explains SQLite's errors to users. */
import { GuardError } from '../../errors.ts'
import { unfinishedWrite } from './choose-source.ts'

/** Returns SQLite's name for the error, such as `SQLITE_BUSY`; empty if the error isn't from SQLite. */
export function sqliteCodeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Whether another process has the file locked. */
export function isLocked(error: unknown): boolean {
  return /^SQLITE_(?:BUSY|LOCKED)/.test(sqliteCodeOf(error))
}

/**
 * Explains an error and how to fix it. `shown` is the file's name in messages; `timeoutMs` is how long the guard
 * waited.
 */
export function explainSqliteError(shown: string, error: unknown, timeoutMs: number): GuardError {
  if (error instanceof GuardError) return error
  const code = sqliteCodeOf(error)
  const words = error instanceof Error ? error.message : String(error)
  if (isLocked(error))
    return unavailable(
      `The SQLite file ${shown} is locked by another process (waited ${Math.round(timeoutMs / 100) / 10} s).`,
      'Wait until the other process has finished writing; alembic upgrade would wait for the same lock.',
    )
  if (code.startsWith('SQLITE_NOTADB'))
    return unavailable(
      `The file ${shown} isn't a SQLite database, or is encrypted.`,
      "Check that the URL points to the right file. Encrypted databases (SQLCipher and similar) aren't supported.",
    )
  if (code.startsWith('SQLITE_CORRUPT')) return damaged(shown, words)
  if (code === 'SQLITE_READONLY_ROLLBACK') return unfinishedWrite(shown)
  if (code === 'EACCES') return unreadableError(shown)
  if (/^SQLITE_(?:READONLY|CANTOPEN)/.test(code))
    return unavailable(
      `The SQLite file ${shown} can't be read without writing files next to it (${code}).`,
      'If there is a -journal file next to it, a write was interrupted: open the database once with the sqlite3 command.',
    )
  return unavailable(
    `Can't read the SQLite file ${shown}: ${words}`,
    'Open the file with the sqlite3 command to see the error.',
  )
}

/** Returns the error for a file that this user can't read. */
export function unreadableError(shown: string): GuardError {
  return unavailable(
    `This user doesn't have permission to read the SQLite file ${shown}.`,
    'Run alembic-guard as the user that runs alembic upgrade, or give the current user read access.',
  )
}

/** Returns the error for a corrupt file. Quotes SQLite's message only if it's about the schema. */
export function damaged(shown: string, words: string): GuardError {
  const more = words.startsWith('malformed database schema') ? ` (${words})` : ''
  return unavailable(
    `The SQLite file ${shown} is corrupt${more}.`,
    "PRAGMA integrity_check shows the details. Restore a backup, or recover the data with the sqlite3 shell's .recover command.",
  )
}

function unavailable(message: string, hint: string): GuardError {
  return new GuardError('unavailable', message, hint)
}
