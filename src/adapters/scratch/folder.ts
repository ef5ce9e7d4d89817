/** Creates the temporary folders of a rehearsal. */
import { mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GuardError } from '../../errors.ts'
import { type FreeMemory, freeMemory } from '../embedded/free-memory.ts'

/**
 * Creates the temporary folder.
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

/** Linux's in-memory file system. */
const memoryFiles = '/dev/shm'

/**
 * Minimum free memory, in bytes, for keeping a server's data in memory. The data takes 40 MB plus the schema. The rest
 * is for the command and other processes.
 */
const spareBytes = 1024 ** 3

/**
 * Creates the folder for a scratch server's data. Uses memory if enough is free, because creating a thousand small
 * files on a disk takes longer than filling them. A `TMPDIR` other than /tmp takes precedence.
 * @throws GuardError (unavailable) if the folder can't be created.
 */
export function makeServerFolder(
  memory: FreeMemory | null = freeMemory(),
  files = memoryFiles,
  temporary = tmpdir(),
): string {
  if (temporary === '/tmp' && memory !== null && memory.bytes >= spareBytes) {
    try {
      const { bavail, bsize } = statfsSync(files)
      if (bavail * bsize >= spareBytes) return mkdtempSync(join(files, 'ag-scratch-'))
    } catch {
      // This machine has no such file system, or this user can't write to it.
    }
  }
  return makeScratchFolder()
}

/**
 * Writes files that a rehearsal needs.
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

/** Returns an error for a scratch folder that is full or not writable. */
export function noRoom(message: string): GuardError {
  return new GuardError('unavailable', message, 'Set TMPDIR to a writable folder with enough space.')
}
