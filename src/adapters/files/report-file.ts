/** Writes a report file atomically. */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'

/** A report and where to write it. */
export interface ReportFile {
  /** The path as the user entered it. */
  readonly path: string
  /** Absolute path with symlinks resolved, so that writing doesn't replace the symlink. */
  readonly target: string
  /**
   * Temporary file to rename to `target`; null if `target` is a device or pipe, which the guard writes to directly.
   */
  readonly temporary: string | null
  readonly text: string
}

/**
 * Determines where a report goes. Writes nothing.
 * @throws GuardError (unavailable) if the path can't be inspected.
 */
export function planReportFile(cwd: string, path: string, text: string): ReportFile {
  const named = resolve(cwd, path)
  try {
    const status = statSync(named, { throwIfNoEntry: false })
    if (status && !status.isFile()) return { path, target: named, temporary: null, text }
    const target = status ? realpathSync(named) : named
    const temporary = resolve(dirname(target), `.alembic-guard-${randomBytes(6).toString('hex')}.tmp`)
    return { path, target, temporary, text }
  } catch (error) {
    throw failed(path, error)
  }
}

/**
 * Writes the report atomically.
 * @throws GuardError (unavailable) on failure, after removing the temporary file.
 */
export function writeReportFile({ path, target, temporary, text }: ReportFile): void {
  try {
    // If the target is a folder, writing to it directly produces a clear error.
    if (temporary === null) return writeFileSync(target, text)
    removeStaleReports(dirname(target))
    const own = openOwn(temporary)
    writeFileSync(own, text)
    renameSync(own, target)
  } catch (error) {
    if (temporary !== null) removeTemporary(temporary)
    throw failed(path, error)
  }
}

/**
 * Creates a temporary file whose name contains its inode number. A copy would have a different inode, so its name
 * wouldn't match.
 */
function openOwn(temporary: string): string {
  const file = openSync(temporary, 'wx')
  try {
    const own = temporary.replace(/tmp$/, `${fstatSync(file, { bigint: true }).ino}.tmp`)
    renameSync(temporary, own)
    return own
  } finally {
    closeSync(file)
  }
}

/** Removes the temporary file, whether or not its name contains an inode number. */
export function removeTemporary(temporary: string): void {
  const folder = dirname(temporary)
  const stem = basename(temporary).replace(/tmp$/, '')
  for (const name of namesIn(folder))
    if (name.startsWith(stem) && name.endsWith('.tmp')) rmSync(join(folder, name), { force: true })
}

const ownName = /^\.alembic-guard-[0-9a-f]{12}\.(?<inode>\d+)\.tmp$/

/** Age in milliseconds after which a temporary file counts as abandoned. Writing a report never takes this long. */
const staleAfterMs = 60_000

/**
 * Removes old temporary files left by guards that were killed along with their watchdogs. An inode number in the name
 * proves that a guard created the file.
 * @returns the names of the removed files.
 */
export function removeStaleReports(folder: string): readonly string[] {
  return namesIn(folder).filter((name) => {
    const inode = ownName.exec(name)?.groups?.['inode']
    if (inode === undefined) return false
    const path = join(folder, name)
    const status = lstatSync(path, { throwIfNoEntry: false, bigint: true })
    if (status?.isFile() !== true || status.ino.toString() !== inode) return false
    if (Date.now() - Number(status.mtimeMs) < staleAfterMs) return false
    rmSync(path, { force: true })
    return true
  })
}

/** Returns temporary files whose names don't contain an inode number. Anyone could have created them. */
export function strayReports(folder: string): readonly string[] {
  return namesIn(folder).filter((name) => {
    const status = lstatSync(join(folder, name), { throwIfNoEntry: false })
    return /^\.alembic-guard-[0-9a-f]{12}\.tmp$/.test(name) && status?.size === 0
  })
}

/** Returns the names of a folder's entries; empty if the folder can't be read. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function failed(path: string, error: unknown): GuardError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  return new GuardError(
    'unavailable',
    `can't write the report to ${shown(path)} (${code})`,
    'choose another file with --output or --report, or omit the option',
    { cause: error },
  )
}
