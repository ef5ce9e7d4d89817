/**
 * Changes version rows in a SQLite file in one transaction. If the process is killed, SQLite's journal undoes the
 * change.
 */
import type { SqliteUrl } from '../database/database-url.ts'
import type { OpenOptions } from '../database/database.ts'
import { type Deadline, defaultTimeoutMs, startDeadline } from '../files/deadline.ts'
import { isLocked } from './errors.ts'
import { sqliteFileOf } from './locate-file.ts'
import { type SqliteConnection, loadSqliteDrivers } from './connect.ts'
import type { VersionWrite, WriteOutcome } from '../database/version-write.ts'
import { sameRows } from '../database/version-write.ts'

/** Time in milliseconds between attempts while the file is locked. */
const lockPauseMs = 50

/**
 * Changes the version rows of an existing file.
 * @throws GuardError (unavailable) if no SQLite driver works.
 */
export async function writeSqliteVersions(
  url: SqliteUrl,
  { script, before, after }: VersionWrite,
  options: OpenOptions,
): Promise<WriteOutcome> {
  const deadline = startDeadline(options.timeoutMs ?? defaultTimeoutMs, options.signal)
  const { shown, path } = sqliteFileOf(url, options.cwd)
  const [driver] = await loadSqliteDrivers()
  let connection: SqliteConnection | null = null
  try {
    connection = driver?.open({ kind: 'writable', path }) ?? null
    if (!connection) return failed(shown, new Error('no SQLite driver can open it for writing'))
    const open = connection
    await patiently(deadline, () => open.exec(script.begin))
    const found = rowsOf(open, script.read)
    if (!sameRows(found, before)) return { kind: 'changed meanwhile', rows: found }
    for (const statement of script.changes) open.exec(statement)
    const left = rowsOf(open, script.read)
    if (!sameRows(left, after)) return { kind: 'other rows', rows: left }
    try {
      // Readers can delay the commit. The transaction stays open until the commit succeeds.
      await patiently(deadline, () => open.exec(script.commit))
    } catch (error) {
      if (isLocked(error)) throw error
      return {
        kind: 'unknown',
        message: `Committing to the SQLite file ${shown} failed: ${wordsOf(error)}`,
        look: [script.read],
      }
    }
    return { kind: 'written' }
  } catch (error) {
    return failed(shown, error)
  } finally {
    // Closing the connection rolls back any open transaction.
    connection?.close()
  }
}

function rowsOf(connection: SqliteConnection, read: string): readonly (string | null)[] {
  return connection.all(read).map((row) => {
    const value = row['version_num'] ?? Object.values(row)[0] ?? null
    return value === null ? null : String(value)
  })
}

async function patiently(deadline: Deadline, work: () => void): Promise<void> {
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isLocked(error) || deadline.signal.aborted) throw error
    }
    await deadline.pause(lockPauseMs)
  }
}

function failed(shown: string, error: unknown): WriteOutcome {
  return isLocked(error)
    ? {
        kind: 'failed',
        message: `The SQLite file ${shown} is locked by another process.`,
        hint: 'Wait until it has finished writing, then check again and retry.',
      }
    : { kind: 'failed', message: `Writing the SQLite file ${shown} failed: ${wordsOf(error)}`, hint: null }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
