/** Writes a report to the file that the user named: whole or not at all. */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { shown } from '../core/text.ts'
import { GuardError } from '../errors.ts'

/**
 * Replaces the file in one step; a reader never sees half a report.
 * @throws GuardError (unavailable) when it can't be written; nothing is left behind then.
 */
export function writeReportFile(cwd: string, path: string, text: string): void {
  const target = resolve(cwd, path)
  const temporary = `${target}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, text, { flag: 'wx' })
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { force: true })
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new GuardError(
      'unavailable',
      `the report can't be written to ${shown(path)} (${code})`,
      'name another file with --output, or leave it out',
      { cause: error },
    )
  }
}
