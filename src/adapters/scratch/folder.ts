/** A new folder for what a rehearsal makes, where the machine keeps temporary files. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GuardError } from '../../errors.ts'

/** @throws GuardError (unavailable) where none can be made. */
export function makeScratchFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'ag-scratch-'))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code'
    throw noRoom(`Can't create a folder in ${tmpdir()} (${code}).`)
  }
}

/**
 * Writes what a rehearsal needs besides the copy.
 * @throws GuardError (unavailable) where it doesn't fit.
 */
export function writeScratch<T>(write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw noRoom(
      `There isn't enough space for the files of a rehearsal in ${tmpdir()} (${String(error.code)}).`,
    )
  }
}

/** Something does not fit into it, or nothing can be written there. */
export function noRoom(message: string): GuardError {
  return new GuardError('unavailable', message, 'Set TMPDIR to a writable folder with enough space.')
}
