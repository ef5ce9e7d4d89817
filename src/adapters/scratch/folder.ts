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
    throw noRoom(`No folder can be made in ${tmpdir()} (${code}).`)
  }
}

/** Something does not fit into it, or nothing can be written there. */
export function noRoom(message: string): GuardError {
  return new GuardError('unavailable', message, 'Let TMPDIR name a folder with room that can be written.')
}
