/**
 * Edits of files that nothing leaves half done: a second process learns of the write before it begins, and takes it
 * back when this one is killed. Knows no revision.
 */
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { applyEdits, newWrite } from '../../adapters/edits/apply-edits.ts'
import { rollBack, isWriteInterrupted } from '../../adapters/edits/edit-journal.ts'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { locateProject } from '../../adapters/project/locate-project.ts'
import { type Watchdog, startWatchdog } from '../../adapters/scratch/watchdog.ts'
import type { FileEdit } from '../../core/text/file-edit.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from '../shell/command.ts'
import type { ProjectSettings } from '../shell/release-settings.ts'
import { watchdogArgument } from '../shell/watchdog-entry.ts'

/**
 * Applies the edits, all of them or none.
 * @throws GuardError (unavailable); nothing is changed then.
 */
export async function applyGuarded(
  context: Context,
  folders: readonly string[],
  edits: readonly FileEdit[],
): Promise<void> {
  const write = newWrite()
  const watchdog = await startWatchdogFor(context, folders, write)
  try {
    if (context.signal.aborted) throw new GuardError('unavailable', 'nothing was written: interrupted', null)
    applyEdits(context.cwd, folders, edits, write)
  } finally {
    await watchdog?.release()
  }
}

/** Null where no process can be started; then the note that stands beside the files has to do. */
async function startWatchdogFor(
  context: Context,
  folders: readonly string[],
  write: string,
): Promise<Watchdog | null> {
  if (context.self.length === 0) return null
  try {
    const watchdog = await startWatchdog([...context.self, watchdogArgument], context.env)
    await watchdog.watch({ kind: 'write', folders: folders.map((one) => resolve(context.cwd, one)), write })
    return watchdog
  } catch (error) {
    if (!(error instanceof GuardError)) throw error
    context.logger.warn(`${error.message} If this write is killed, the next one takes it back.`)
    return null
  }
}

/** How often, and how many milliseconds apart, one looks whether another write has ended. */
const looks = { count: 60, pause: 50 }

/**
 * Before a command writes: what a killed one has left half done is taken back. One that still goes on, or is just being
 * taken back, is waited for.
 */
export async function rollBackInterruptedWrite(
  { cwd }: Context,
  { project }: ProjectSettings,
): Promise<void> {
  const { versionLocations } = await locateProject(diskTree(cwd), project)
  for (let look = 0; look < looks.count && isWriteInterrupted(cwd, versionLocations); look += 1)
    await pause(looks.pause)
  rollBack(cwd, versionLocations)
}
