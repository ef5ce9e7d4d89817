/** Creates temporary folders for a rehearsal. */
import { mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GuardError } from '../../errors.ts'
import { type FreeMemory, freeMemory } from '../embedded/free-memory.ts'

/**
 * Creates a temporary folder.
 * @throws GuardError (unavailable) if that fails.
 */
export function makeScratchFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'ag-scratch-'))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code'
    throw noRoom(`Can't create a folder in ${tmpdir()} (${code}).`)
  }
}

/** Path of Linux's in-memory file system. */
const memoryFiles = '/dev/shm'

/**
 * Minimum amount of free memory, in bytes, for keeping a server's data in memory. Leaves room for an empty server
 * (40 MB), the schema and other processes.
 */
const spareBytes = 1024 ** 3

/**
 * Creates the folder for a scratch server's data. Puts the folder in memory if enough memory is free, because
 * creating a thousand small files on disk is slow. If `TMPDIR` isn't /tmp, uses `TMPDIR` instead.
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
      // There is no in-memory file system, or it isn't writable.
    }
  }
  return makeScratchFolder()
}

/**
 * Runs a function that writes files for a rehearsal.
 * @throws GuardError (unavailable) if writing fails.
 */
export function writeScratch<T>(write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw noRoom(`Can't write the rehearsal files to ${tmpdir()} (${String(error.code)}).`)
  }
}

/** Returns the error for a full or read-only scratch folder. */
export function noRoom(message: string): GuardError {
  return new GuardError('unavailable', message, 'Set TMPDIR to a writable folder with enough space.')
}
