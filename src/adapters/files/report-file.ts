/** Writes a report to the file that the user named: whole or not at all. */
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'

/**
 * Replaces the file in one step; a reader never sees half a report.
 * @throws GuardError (unavailable) when it can't be written; nothing is left behind then.
 */
export function writeReportFile(cwd: string, path: string, text: string): void {
  const named = resolve(cwd, path)
  let temporary: string | null = null
  try {
    const status = statSync(named, { throwIfNoEntry: false })
    if (status && !status.isFile()) {
      // A device or a pipe takes what it is given; a folder says that it can't.
      writeFileSync(named, text)
      return
    }
    // What a link leads to is replaced, not the link.
    const target = status ? realpathSync(named) : named
    temporary = `${target}.${process.pid}.tmp`
    writeFileSync(temporary, text, { flag: 'wx' })
    renameSync(temporary, target)
  } catch (error) {
    if (temporary !== null) rmSync(temporary, { force: true })
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new GuardError(
      'unavailable',
      `the report can't be written to ${shown(path)} (${code})`,
      'name another file with --output or --report, or leave it out',
      { cause: error },
    )
  }
}
