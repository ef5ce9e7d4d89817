/** Creates the temporary folder of a rehearsal. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GuardError } from '../../errors.ts'

/**
 * Creates the folder.
 * @throws GuardError (unavailable) if the folder can't be created.
 */
export function makeScratchFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'ag-scratch-'))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code'
    throw noRoom(`Can't create a folder in ${tmpdir()} (${code}).`)
  }
}

/**
 * Writes supporting files of a rehearsal.
 * @throws GuardError (unavailable) if they can't be written.
 */
export function writeScratch<T>(write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw noRoom(`Can't write the rehearsal files to ${tmpdir()} (${String(error.code)}).`)
  }
}

/** Returns the error for a scratch folder that is full or not writable. */
export function noRoom(message: string): GuardError {
  return new GuardError('unavailable', message, 'Set TMPDIR to a writable folder with enough space.')
}
