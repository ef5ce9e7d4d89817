/** Writes files completely or not at all. If the guard is killed, a watchdog undoes the write. */
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { applyEdits, newWrite } from '../../adapters/edits/apply-edits.ts'
import { rollBack, isWriteInterrupted } from '../../adapters/edits/edit-journal.ts'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { locateProject } from '../../adapters/project/locate-project.ts'
import { type Watchdog, startWatchdog, type Leftover } from '../../adapters/scratch/watchdog.ts'
import { recoverCommand } from '../../adapters/edits/interrupted-write.ts'
import { type ReportFile, writeReportFile } from '../../adapters/files/report-file.ts'
import type { FileEdit } from '../../core/text/file-edit.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from '../shell/command.ts'
import type { ProjectSettings } from '../shell/release-settings.ts'
import { watchdogArgument } from '../shell/watchdog-entry.ts'

/**
 * Applies all edits or none. Edits outside the given folders are refused. Paths are relative to `cwd`.
 * @throws GuardError (unavailable) on failure, in which case no files are changed.
 */
export async function applyGuarded(
  context: Context,
  cwd: string,
  folders: readonly string[],
  edits: readonly FileEdit[],
): Promise<void> {
  const write = newWrite()
  const leftover: Leftover = { kind: 'write', folders: folders.map((one) => resolve(cwd, one)), write }
  await context.untilDone(async () => {
    const watchdog = await startWatchdogFor(context, leftover)
    try {
      if (context.signal.aborted)
        throw new GuardError('unavailable', 'interrupted before anything was written', null)
      applyEdits(cwd, folders, edits, write)
    } finally {
      await watchdog?.release()
    }
  })
}

/**
 * Replaces a single file atomically.
 * @throws GuardError (unavailable) on failure, after removing the temporary file.
 */
export async function writeGuarded(context: Context, file: ReportFile): Promise<void> {
  const { temporary } = file
  const watchdog =
    temporary === null ? null : await startWatchdogFor(context, { kind: 'temporary', path: temporary })
  try {
    writeReportFile(file)
  } finally {
    await watchdog?.release()
  }
}

/** Starts a watchdog. Returns null if that fails, in which case only the journal protects the write. */
async function startWatchdogFor(context: Context, leftover: Leftover): Promise<Watchdog | null> {
  if (context.self.length === 0) return null
  try {
    const watchdog = await startWatchdog([...context.self, watchdogArgument], context.env)
    await watchdog.watch(leftover)
    return watchdog
  } catch (error) {
    if (!(error instanceof GuardError)) throw error
    context.logger.warn(
      `${error.message} If the process is killed while writing, "${recoverCommand}" undoes the changes.`,
    )
    return null
  }
}

/** Number of retries while another write is in progress, and time in milliseconds between them. */
const looks = { count: 60, pause: 50 }

/**
 * Undoes an interrupted write, after waiting for any write still in progress to finish.
 * @returns the folders in which a write was undone.
 * @throws GuardError (unavailable) if a file has changed since the write, in which case nothing is undone.
 */
export async function rollBackInterrupted(
  cwd: string,
  folders: readonly string[],
): Promise<readonly string[]> {
  for (let look = 0; look < looks.count && isWriteInterrupted(cwd, folders); look += 1)
    await pause(looks.pause)
  return rollBack(cwd, folders)
}

/** Undoes any interrupted write before a command writes to the project. */
export async function rollBackInterruptedWrite(
  { cwd }: Context,
  { project }: ProjectSettings,
): Promise<void> {
  const { versionLocations } = await locateProject(diskTree(cwd), project)
  await rollBackInterrupted(cwd, versionLocations)
}
