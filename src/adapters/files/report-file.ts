/** Writes a report to the file that the user named: whole or not at all. */
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

/** A file that is about to be written. */
export interface ReportFile {
  /** As the user named it. */
  readonly path: string
  /** Absolute, links resolved: what a link leads to is replaced, not the link. */
  readonly target: string
  /** Holds the text until it takes the place of the target; null for a device or a pipe, which is written to at once. */
  readonly temporary: string | null
  readonly text: string
}

/**
 * Decides where the text goes; writes nothing.
 * @throws GuardError (unavailable) when the path can't be looked at.
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
 * Replaces the file in one step; a reader never sees half a report.
 * @throws GuardError (unavailable) when it can't be written; nothing is left behind then.
 */
export function writeReportFile({ path, target, temporary, text }: ReportFile): void {
  try {
    // A folder says that it can't be written to.
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

/** Makes the temporary file, and gives it a name with its inode: no copy and no checkout has a file like that. */
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

/** Removes the temporary file of a plan, under either of its names; the name is the plan's own. */
export function removeTemporary(temporary: string): void {
  const folder = dirname(temporary)
  const stem = basename(temporary).replace(/tmp$/, '')
  for (const name of namesIn(folder))
    if (name.startsWith(stem) && name.endsWith('.tmp')) rmSync(join(folder, name), { force: true })
}

const ownName = /^\.alembic-guard-[0-9a-f]{12}\.(?<inode>\d+)\.tmp$/

/** No report takes that long to write, in milliseconds. */
const staleAfterMs = 60_000

/**
 * Removes temporary files of reports whose guard was killed, and its watchdog with it. Only the very file that a guard made
 * (its inode stands in its name), and none that somebody may still be writing.
 * @returns the names.
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

/** Names of temporary files that were killed before they had their inode; nothing proves whose they are. */
export function strayReports(folder: string): readonly string[] {
  return namesIn(folder).filter((name) => {
    const status = lstatSync(join(folder, name), { throwIfNoEntry: false })
    return /^\.alembic-guard-[0-9a-f]{12}\.tmp$/.test(name) && status?.size === 0
  })
}

/** Empty for a folder that can't be read. */
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
    `the report can't be written to ${shown(path)} (${code})`,
    'name another file with --output or --report, or leave it out',
    { cause: error },
  )
}
