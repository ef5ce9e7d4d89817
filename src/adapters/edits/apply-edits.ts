/**
 * Carries out edits of migration files: all of them or none, also when it is killed half-way (`edit-journal.ts`).
 * Writes only below the folders it is given, never over a file that it was not told to replace, and only while that
 * file still says what was read.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import type { FileEdit } from '../../core/text/file-edit.ts'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import {
  type JournalEntry,
  digest,
  ownName,
  removeFolders,
  removeJournal,
  syncFolder,
  writeJournal,
} from './edit-journal.ts'
import { journalName } from './interrupted-write.ts'

/** A name of one write, by which whoever takes it back knows what belongs to it. */
export function newWrite(): string {
  return randomBytes(4).toString('hex')
}

/** One edit on its way: the new text lies beside its target, the old one is kept until all is done. */
interface Prepared {
  readonly edit: FileEdit
  readonly target: string
  readonly temporary: string
  readonly backup: string
  done: boolean
}

/**
 * Applies the edits. Everything is on disk before the first file changes: the new texts, the old ones under another
 * name, and a note that says so. What then remains are renames in one go, which no signal handler interrupts; a run
 * that is killed among them leaves the note, and `rollBack` undoes it. New files come last: a file that already names
 * one which is not there yet makes Alembic refuse every command, so until the last step nothing can be run on a half.
 * @throws GuardError (unavailable); nothing is changed then.
 */
export function applyEdits(
  cwd: string,
  folders: readonly string[],
  edits: readonly FileEdit[],
  write = newWrite(),
): void {
  const roots = folders.flatMap((folder) => realPathOf(resolve(cwd, folder)) ?? [])
  const made: string[] = []
  const prepared: Prepared[] = []
  const [home] = roots
  if (home === undefined) throw refusal('there is no folder to write to')
  const standing = roots.find((root) => exists(resolve(root, journalName)))
  if (standing !== undefined) throw refusal(`another write stands in ${shown(standing)}`)
  let noted = false
  try {
    const order = edits.toSorted((a, b) => Number(a.kind === 'create') - Number(b.kind === 'create'))
    for (const [index, edit] of order.entries()) {
      const target = targetOf(cwd, roots, edit, made)
      const name = `${dirname(target)}${sep}${ownName(write, index)}`
      const one = { edit, target, temporary: `${name}.tmp`, backup: `${name}.old`, done: false }
      prepared.push(one)
      writeTemporary(one)
    }
    for (const one of prepared) requireUnchanged(one)
    for (const { edit, target, backup } of prepared) if (edit.kind === 'replace') linkSync(target, backup)
    const note = `${home}${sep}${ownName(write, order.length)}.tmp`
    writeJournal(home, note, { write, entries: prepared.map(entryOf), made })
    noted = true
    for (const one of prepared) put(one)
    for (const folder of new Set(prepared.map(({ target }) => dirname(target)))) syncFolder(folder)
    removeJournal(home)
  } catch (error) {
    undo(prepared, made)
    if (noted) removeJournal(home)
    throw error instanceof GuardError ? error : failed(error)
  }
  for (const { temporary, backup } of prepared) {
    rmSync(temporary, { force: true })
    rmSync(backup, { force: true })
  }
}

function entryOf({ edit, target, temporary, backup }: Prepared): JournalEntry {
  const before = edit.kind === 'replace' ? digest(edit.before) : null
  return { target, temporary, backup, before, after: digest(edit.after) }
}

/** Where the edit goes, links resolved; makes the folders of a new file. */
function targetOf(cwd: string, roots: readonly string[], edit: FileEdit, made: string[]): string {
  const path = resolve(cwd, edit.path)
  if (edit.kind === 'replace') {
    const real = realPathOf(path)
    if (real === null) throw refusal(`${shown(edit.path)} is gone`)
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
  const target = real === null ? path : resolve(real, path.slice(folder.length + 1))
  requireInside(roots, target, edit.path)
  for (const one of missing.toReversed()) {
    mkdirSync(one)
    made.push(one)
  }
  return target
}

function requireInside(roots: readonly string[], path: string, said: string): void {
  if (roots.some((root) => path.startsWith(root.endsWith(sep) ? root : root + sep))) return
  throw refusal(`${shown(said)} lies outside of the version locations`)
}

function writeTemporary({ edit, target, temporary }: Prepared): void {
  const file = openSync(temporary, 'wx', 0o666)
  try {
    if (edit.kind === 'replace') fchmodSync(file, lstatSync(target).mode & 0o7777)
    for (let at = 0; at < edit.after.length;) at += writeSync(file, edit.after, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function requireUnchanged({ edit, target }: Prepared): void {
  if (edit.kind === 'create') {
    if (exists(target)) throw refusal(`${shown(edit.path)} is there already`)
  } else if (!readFileSync(target).equals(edit.before)) {
    throw refusal(`${shown(edit.path)} has changed since it was read`)
  }
}

/** The old file has another name by now; a new one is linked, which fails where something stands. */
function put(one: Prepared): void {
  const { edit, target, temporary } = one
  if (edit.kind === 'create') linkSync(temporary, target)
  else renameSync(temporary, target)
  one.done = true
}

function undo(prepared: readonly Prepared[], made: readonly string[]): void {
  for (const { edit, target, temporary, backup, done } of prepared.toReversed()) {
    if (done && edit.kind === 'create') rmSync(target, { force: true })
    if (done && edit.kind === 'replace') renameSync(backup, target)
    rmSync(temporary, { force: true })
    rmSync(backup, { force: true })
  }
  removeFolders(made)
}

/** Also true for a link that leads nowhere. */
function exists(path: string): boolean {
  return existsSync(path) || lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function realPathOf(path: string): string | null {
  try {
    return realpathSync.native(path)
  } catch {
    return null
  }
}

function refusal(what: string): GuardError {
  return new GuardError('unavailable', `nothing was written: ${what}`, null)
}

function failed(error: unknown): GuardError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return new GuardError('unavailable', `nothing was written: a file can't be changed (${code})`, null, {
    cause: error,
  })
}
