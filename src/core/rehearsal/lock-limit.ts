/** Implements `--max-lock`, which limits the size of tables that a migration locks or rewrites. */
import { type TableLock, lockModes } from './statement-log.ts'

/** Maximum size of a table locked in `mode` or a stronger mode. */
export interface LockLimit {
  /** A PostgreSQL lock mode such as `AccessExclusiveLock`, or `rewrite` for rewriting a table. */
  readonly mode: string
  /** Size in bytes, including indexes. With 0, every table that isn't empty exceeds the limit. */
  readonly bytes: number
  /** The limit as the user typed it. */
  readonly text: string
}

/** A lock on a table, and the table's size in production. */
export interface SizedLock extends TableLock {
  /** Size in bytes, including indexes; undefined if unknown. */
  readonly bytes?: number
}

const units = ['B', 'KB', 'MB', 'GB', 'TB']

/**
 * Parses `MODE:SIZE`, such as `ACCESS EXCLUSIVE:1GB` or `rewrite`. Null if invalid. 1 kB is 1024 bytes, as in
 * PostgreSQL.
 */
export function parseLockLimit(text: string): LockLimit | null {
  const [, word = '', number = '0', unit = 'B'] =
    /^\s*([A-Za-z][A-Za-z _-]*?)\s*(?::\s*(\d+(?:\.\d+)?)\s*([kmgt]?b)?\s*)?$/i.exec(text) ?? []
  const mode = modeOf(word)
  if (mode === null) return null
  const bytes = Number(number) * 1024 ** units.indexOf(unit.toUpperCase())
  return { mode, bytes: Math.round(bytes), text: text.trim() }
}

function modeOf(word: string): string | null {
  const plain = (name: string): string => name.replace(/[ _-]/g, '').replace(/lock$/i, '').toLowerCase()
  if (plain(word) === 'rewrite') return 'rewrite'
  return lockModes.find((mode) => plain(mode) === plain(word)) ?? null
}

/** The first limit that the lock exceeds, if any. */
export function exceededLimit(lock: SizedLock, limits: readonly LockLimit[]): LockLimit | null {
  const { bytes, mode, rewritten } = lock
  if (bytes === undefined) return null
  const strength = lockModes.indexOf(mode)
  return (
    limits.find(
      (limit) =>
        bytes > limit.bytes &&
        (limit.mode === 'rewrite' ? rewritten === true : strength >= lockModes.indexOf(limit.mode)),
    ) ?? null
  )
}

/** Sorts locks from strongest to weakest. Rewritten tables come first. */
export function strongestFirst<Lock extends TableLock>(locks: readonly Lock[]): readonly Lock[] {
  const rank = ({ mode, rewritten }: Lock): number =>
    lockModes.indexOf(mode) + (rewritten ? lockModes.length : 0)
  return locks.toSorted((a, b) => rank(b) - rank(a))
}
