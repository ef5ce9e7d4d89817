/** Writes a report to the file that the user named: whole or not at all. */
import { randomBytes } from 'node:crypto'
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
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
    writeFileSync(temporary, text, { flag: 'wx' })
    renameSync(temporary, target)
  } catch (error) {
    if (temporary !== null) rmSync(temporary, { force: true })
    throw failed(path, error)
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
