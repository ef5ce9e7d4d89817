/**
 * Applies edits to migration files: either all of them or none, even if the guard is killed (`edit-journal.ts`).
 * Never overwrites a file that has changed.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import type { FileEdit } from '../../core/text/file-edit.ts'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import { readRegularFile } from '../files/regular-file.ts'
import {
  type Journal,
  type JournalEntry,
  beginWrite,
  digest,
  ownName,
  settleWrite,
  undoWrite,
  isWriteInterrupted,
} from './edit-journal.ts'
import { recoverWords } from './interrupted-write.ts'

/** Generates an id for a write. A rollback undoes only the write with this id. */
export function newWrite(): string {
  return randomBytes(4).toString('hex')
}

/** An edit in progress. The new text is in a temporary file; the old text is kept until all edits are done. */
interface Prepared extends JournalEntry {
  readonly edit: FileEdit
}

/**
 * Applies the edits. First writes the journal, the new contents and the backups. The remaining steps only rename
 * files, and signals don't interrupt them. If the guard is killed, `rollBack` undoes the write. New files come last:
 * until then, Alembic rejects every command, because the other files refer to missing revisions.
 * @throws GuardError (unavailable) on failure. All files are then unchanged, unless undoing the write failed too.
 */
export function applyEdits(
  cwd: string,
  folders: readonly string[],
  edits: readonly FileEdit[],
  write = newWrite(),
): void {
  const roots = folders.flatMap((folder) => realPathOf(resolve(cwd, folder)) ?? [])
  if (roots.length === 0) throw refusal("the folder to write to doesn't exist")
  const standing = roots.find((root) => isWriteInterrupted(root, ['.']))
  if (standing !== undefined) {
    throw new GuardError(
      'unavailable',
      `nothing was written: another write is in progress in ${shown(standing)}`,
      {
        before: 'wait until that write finishes; if its process was killed, run "',
        command: recoverWords,
        after: '" to undo it',
      },
    )
  }
  const made: string[] = []
  const order = edits.toSorted((a, b) => Number(a.kind === 'create') - Number(b.kind === 'create'))
  const prepared = order.map((edit, index): Prepared => {
    const target = targetOf(cwd, roots, edit, made)
    const beside = resolve(dirname(target), ownName(write, index))
    const before = edit.kind === 'replace' ? digest(edit.before) : null
    return {
      edit,
      target,
      temporary: `${beside}.tmp`,
      backup: `${beside}.old`,
      before,
      after: digest(edit.after),
    }
  })
  const home = homeOf(roots, prepared)
  const journal: Journal = { write, entries: prepared, made }
  let begun = false
  try {
    for (const one of prepared) requireUnchanged(one)
    beginWrite(home, journal)
    begun = true
    for (const folder of made) mkdirSync(folder)
    for (const one of prepared) writeTemporary(one)
    for (const one of prepared) requireUnchanged(one)
    for (const { edit, target, backup } of prepared) if (edit.kind === 'replace') linkSync(target, backup)
    for (const one of prepared) put(one)
    settleWrite(home, journal)
  } catch (error) {
    if (begun) takeBackNow(home, journal)
    throw error instanceof GuardError ? error : failed(error)
  }
}

/**
 * Returns the innermost root that contains the first file. The journal goes there, because outer folders might not be
 * writable.
 */
function homeOf(roots: readonly string[], [first]: readonly JournalEntry[]): string {
  const around = roots.filter((root) => first?.target.startsWith(root.endsWith(sep) ? root : root + sep))
  return around.toSorted((a, b) => b.length - a.length)[0] ?? sep
}

/**
 * Undoes the write.
 * @throws GuardError (unavailable) if that fails. The journal then lists what is left to undo.
 */
function takeBackNow(home: string, journal: Journal): void {
  try {
    undoWrite(home, journal)
  } catch (error) {
    throw new GuardError(
      'unavailable',
      `writing to ${shown(home)} failed midway, and undoing it failed too (${codeOf(error)})`,
      { before: 'run "', command: recoverWords, after: '" to undo it once the disk is writable again' },
      { cause: error },
    )
  }
}

/** Returns the path to write to, with symlinks resolved. Adds missing parent folders to `made`, outermost first. */
function targetOf(cwd: string, roots: readonly string[], edit: FileEdit, made: string[]): string {
  const path = resolve(cwd, edit.path)
  if (edit.kind === 'replace') {
    const real = realPathOf(path)
    if (real === null) throw refusal(`${shown(edit.path)} no longer exists`)
    requireInside(roots, real, edit.path)
    return real
  }
  let folder = dirname(path)
  const missing: string[] = []
  while (realPathOf(folder) === null) {
    missing.push(folder)
    if (dirname(folder) === folder) break
    folder = dirname(folder)
  }
  const real = realPathOf(folder)
  const below = (one: string): string => (real === null ? one : resolve(real, one.slice(folder.length + 1)))
  const target = below(path)
  requireInside(roots, target, edit.path)
  made.push(
    ...missing
      .toReversed()
      .map(below)
      .filter((one) => !made.includes(one)),
  )
  return target
}

function requireInside(roots: readonly string[], path: string, said: string): void {
  if (roots.some((root) => path.startsWith(root.endsWith(sep) ? root : root + sep))) return
  throw refusal(`${shown(said)} is outside the version locations`)
}

/** Writes the new text to a temporary file. Keeps the owner and permissions of the old file. */
function writeTemporary({ edit, target, temporary }: Prepared): void {
  const file = openSync(temporary, 'wx', 0o666)
  try {
    if (edit.kind === 'replace') {
      const { uid, gid, mode } = lstatSync(target)
      const own = fstatSync(file)
      if (own.uid !== uid || own.gid !== gid) giveTo(file, uid, gid, edit.path)
      fchmodSync(file, mode & 0o7777)
    }
    for (let at = 0; at < edit.after.length;) at += writeSync(file, edit.after, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function giveTo(file: number, uid: number, gid: number, path: string): void {
  try {
    fchownSync(file, uid, gid)
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error
    throw refusal(`${shown(path)} is owned by another user or group, and replacing it would change its owner`)
  }
}

function requireUnchanged({ edit, target }: Prepared): void {
  const status = lstatSync(target, { throwIfNoEntry: false })
  if (edit.kind === 'create') {
    if (status) throw refusal(`${shown(edit.path)} already exists`)
    return
  }
  if (readRegularFile(target)?.equals(edit.before) !== true) {
    throw refusal(`${shown(edit.path)} has changed since it was read`)
  }
  if (status && status.nlink > 1) {
    throw refusal(
      `${shown(edit.path)} is one of ${status.nlink} hard links to the same file, and replacing it would break the link`,
    )
  }
}

/**
 * Moves the new text into place. A new file is hard-linked instead of renamed, because linking never overwrites a
 * file.
 */
function put({ edit, target, temporary }: Prepared): void {
  if (edit.kind === 'create') linkSync(temporary, target)
  else renameSync(temporary, target)
}

function realPathOf(path: string): string | null {
  return existsSync(path) ? realpathSync.native(path) : null
}

function refusal(what: string): GuardError {
  return new GuardError('unavailable', `nothing was written: ${what}`, null)
}

function failed(error: unknown): GuardError {
  return new GuardError('unavailable', `nothing was written: can't change a file (${codeOf(error)})`, null, {
    cause: error,
  })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
