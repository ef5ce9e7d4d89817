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

/** A report to be written, and where to write it. */
export interface ReportFile {
  /** The path as given by the user. */
  readonly path: string
  /**
   * Absolute path with symlinks resolved. If the user's path is a symlink, the file that it points to is replaced, and
   * the symlink remains.
   */
  readonly target: string
  /**
   * Temporary file for the report, later renamed to `target`. Null if `target` is a device or a pipe, because the
   * report is then written directly to `target`.
   */
  readonly temporary: string | null
  readonly text: string
}

/**
 * Determines which file a report will be written to. Writes nothing.
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
 * Replaces the file atomically, so that readers never see a partial report.
 * @throws GuardError (unavailable) if the report can't be written. No temporary file remains in that case.
 */
export function writeReportFile({ path, target, temporary, text }: ReportFile): void {
  try {
    // Throws a meaningful error if the target is a folder.
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
 * Creates the temporary file with its inode number in the name. A copy or checkout of the file has a different inode
 * number, so its name doesn't match.
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

/** Removes the temporary file of a planned write, with or without an inode number in its name. */
export function removeTemporary(temporary: string): void {
  const folder = dirname(temporary)
  const stem = basename(temporary).replace(/tmp$/, '')
  for (const name of namesIn(folder))
    if (name.startsWith(stem) && name.endsWith('.tmp')) rmSync(join(folder, name), { force: true })
}

const ownName = /^\.alembic-guard-[0-9a-f]{12}\.(?<inode>\d+)\.tmp$/

/** A temporary file older than this (in milliseconds) can't belong to a report that is still being written. */
const staleAfterMs = 60_000

/**
 * Removes temporary report files that were left behind because both the guard and its watchdog were killed. A file must
 * be too old to be in use, and its name must contain its own inode number, which shows that a guard created it.
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

/**
 * Returns the names of leftover temporary files that have no inode number in their names. The guard can't tell who
 * created these files.
 */
export function strayReports(folder: string): readonly string[] {
  return namesIn(folder).filter((name) => {
    const status = lstatSync(join(folder, name), { throwIfNoEntry: false })
    return /^\.alembic-guard-[0-9a-f]{12}\.tmp$/.test(name) && status?.size === 0
  })
}

/** Returns the names in a folder; an empty list if the folder can't be read. */
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
