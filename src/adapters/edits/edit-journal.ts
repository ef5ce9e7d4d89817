/**
 * Journal that is created before the guard changes several files. It lists the files and their backups. If the guard
 * is killed, its watchdog or a later command uses the journal to undo the write. A journal contains its own inode
 * number, so a copied or checked-out journal is invalid. Files that have changed since the write are neither restored
 * nor removed.
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeSync,
} from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import { readRegularFile } from '../files/regular-file.ts'
import { journalName, recoverCommand } from './interrupted-write.ts'

/**
 * Name of the journal after all files have been written. Only temporary files and backups are left to remove.
 */
const doneName = '.alembic-guard-done.json'

/** Matches the names of temporary files and backups. */
const ownFiles = /^\.alembic-guard-[0-9a-f]{12}\.(?:tmp|old)$/

/** Returns the name of a temporary file or backup, without an extension. `write` comes from `newWrite`. */
export function ownName(write: string, index: number): string {
  return `.alembic-guard-${write}${index.toString(16).padStart(4, '0')}`
}

/** A file to create or replace. `before` and `after` are digests of its contents; `before` is null for a new file. */
export interface JournalEntry {
  readonly target: string
  readonly temporary: string
  readonly backup: string
  readonly before: string | null
  readonly after: string
}

/** Contents of a journal. `made` lists the folders created by the write, outermost first. */
export interface Journal {
  readonly write: string
  readonly entries: readonly JournalEntry[]
  readonly made: readonly string[]
}

/** Returns the SHA-256 digest in hexadecimal. */
export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Maximum size of a journal in bytes, enough for several thousand files. */
const maxJournalBytes = 64 * 1024 * 1024

/**
 * Writes the journal to disk before any other file is created.
 * @throws Error (EEXIST) if another write is in progress.
 */
export function beginWrite(folder: string, { write, entries, made }: Journal): void {
  const inFolder = (path: string): string => relative(folder, path)
  const path = resolve(folder, journalName)
  const file = openSync(path, 'wx', 0o666)
  try {
    const text = JSON.stringify({
      write,
      note: `alembic-guard was interrupted while changing these files; run "${recoverCommand}" to undo the changes`,
      inode: fstatSync(file, { bigint: true }).ino.toString(),
      files: entries.map(({ target, temporary, backup, before, after }) => ({
        target: inFolder(target),
        temporary: inFolder(temporary),
        backup: inFolder(backup),
        before,
        after,
      })),
      folders: made.map(inFolder),
    })
    const bytes = Buffer.from(`${text}\n`)
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
    fsyncSync(file)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  syncFolder(folder)
}

/** Commits the write, then removes its temporary files and backups. */
export function settleWrite(folder: string, { entries }: Journal): void {
  for (const one of new Set(entries.map(({ target }) => dirname(target)))) syncFolder(one)
  renameSync(resolve(folder, journalName), resolve(folder, doneName))
  syncFolder(folder)
  finish(folder, entries)
}

function finish(folder: string, entries: readonly JournalEntry[]): void {
  for (const { temporary, backup } of entries) {
    rmSync(temporary, { force: true })
    rmSync(backup, { force: true })
  }
  rmSync(resolve(folder, doneName), { force: true })
}

/** Whether any of the folders contains a journal, which means that a write is in progress or was interrupted. */
export function isWriteInterrupted(cwd: string, folders: readonly string[]): boolean {
  return folders.some((folder) =>
    [journalName, doneName].some((name) => existsSync(resolve(cwd, folder, name))),
  )
}

/**
 * Undoes the interrupted writes in the folders. If `only` is set, undoes just the write with that id.
 * @returns the folders in which anything was undone or removed.
 * @throws GuardError (unavailable) if a file has changed since the write, or if the guard didn't create the journal.
 * That write is left as it is.
 */
export function rollBack(
  cwd: string,
  folders: readonly string[],
  only: string | null = null,
): readonly string[] {
  const roots = folders
    .map((folder) => resolve(cwd, folder))
    .flatMap((folder) => (existsSync(folder) ? [realpathSync.native(folder)] : []))
  return [...new Set(roots)].filter((root) => {
    const journal = readJournal(root, journalName, roots, only)
    if (journal === 'cut short') rmSync(resolve(root, journalName), { force: true })
    else if (journal !== null) undoWrite(root, journal)
    const done = readJournal(root, doneName, roots, only)
    if (done !== null && done !== 'cut short') finish(root, done.entries)
    return journal !== null || done !== null
  })
}

/**
 * Undoes a write. Removes new files first, so that Alembic rejects the history until everything is undone.
 * @throws GuardError (unavailable) if a file has changed since the write. In that case, nothing is undone.
 */
export function undoWrite(folder: string, { entries, made }: Journal): void {
  const undoing = entries.toReversed().filter((entry) => mustUndo(entry))
  for (const { target, backup, before } of undoing) {
    if (before === null) rmSync(target, { force: true })
    else renameSync(backup, target)
  }
  for (const one of new Set(entries.map(({ target }) => dirname(target)))) syncFolder(one)
  for (const { temporary, backup } of entries) {
    rmSync(temporary, { force: true })
    rmSync(backup, { force: true })
  }
  removeFolders(made)
  rmSync(resolve(folder, journalName), { force: true })
  syncFolder(folder)
}

/**
 * Whether this write changed the file.
 * @throws GuardError (unavailable) if anything else has changed the file since.
 */
function mustUndo({ target, temporary, backup, before, after }: JournalEntry): boolean {
  const now = digestOf(target)
  if (before === null) {
    // A new file and its temporary file have the same inode until the commit.
    if (inodeOf(target) === null || inodeOf(temporary) !== inodeOf(target)) return false
    if (now === after) return true
  } else {
    // While the temporary file exists, the target hasn't been replaced.
    if (now === before || inodeOf(temporary) !== null || inodeOf(backup) === null) return false
    if (now === after && digestOf(backup) === before) return true
  }
  throw refusal(`${shown(target)} has changed since alembic-guard was interrupted while writing it`)
}

/**
 * Returns the digest of a regular file; null for anything else. That includes symlinks, because the guard never
 * creates them.
 */
function digestOf(path: string): string | null {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return null
  const bytes = readRegularFile(path)
  return bytes && digest(bytes)
}

function inodeOf(path: string): string | null {
  const status = lstatSync(path, { throwIfNoEntry: false, bigint: true })
  return status ? `${status.dev}:${status.ino}` : null
}

/**
 * Reads a journal. Returns null if there is none, or if it belongs to a write other than `only`. Returns `cut short`
 * if the journal is incomplete, which means that no file has been changed yet.
 */
function readJournal(
  folder: string,
  name: string,
  roots: readonly string[],
  only: string | null,
): Journal | 'cut short' | null {
  const path = resolve(folder, name)
  const status = lstatSync(path, { throwIfNoEntry: false, bigint: true })
  if (status === undefined) return null
  const foreign = refusal(`${shown(path)} isn't a journal that alembic-guard created here`)
  const bytes = status.isFile() ? readRegularFile(path, maxJournalBytes) : null
  if (bytes === null) throw foreign
  const text = bytes.toString()
  const beginning = `{"write":"${only ?? text.slice(10, 18)}"`
  const ours = text.startsWith(beginning) || beginning.startsWith(text)
  if (!ours && only !== null) return null
  if (!ours) throw foreign
  if (!text.endsWith('}\n')) return 'cut short'
  let said: {
    write?: unknown
    inode?: unknown
    files?: Record<string, unknown>[]
    folders?: unknown[]
  } | null
  try {
    said = JSON.parse(text)
  } catch {
    throw foreign
  }
  if (said?.inode !== status.ino.toString() || !Array.isArray(said.files)) throw foreign
  const inside = (given: unknown): string => {
    const found = typeof given === 'string' ? resolve(folder, given) : ''
    const real = existsSync(dirname(found)) ? realpathSync.native(dirname(found)) : dirname(found)
    const within = (one: string, root: string): boolean =>
      one.startsWith(root.endsWith(sep) ? root : root + sep)
    if (!roots.some((root) => within(found, root) && within(real + sep, root))) throw foreign
    return found
  }
  const own = (given: unknown): string => {
    const found = inside(given)
    if (ownFiles.test(found.slice(found.lastIndexOf(sep) + 1))) return found
    throw foreign
  }
  const entries = said.files.map(({ target, temporary, backup, before, after }): JournalEntry => ({
    target: inside(target),
    temporary: own(temporary),
    backup: own(backup),
    before: typeof before === 'string' ? before : null,
    after: typeof after === 'string' ? after : '',
  }))
  return { write: String(said.write), entries, made: (said.folders ?? []).map(inside) }
}

/** Removes new folders, innermost first. Keeps any that aren't empty. */
function removeFolders(made: readonly string[]): void {
  for (const folder of made.toReversed()) {
    try {
      rmdirSync(folder)
    } catch {
      // The folder isn't empty, or was never created.
    }
  }
}

/** Flushes the names of new files to disk, if the file system supports it. */
function syncFolder(folder: string): void {
  try {
    const file = openSync(folder, 'r')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  } catch {
    // On this file system, new names might not survive a power failure.
  }
}

function refusal(what: string): GuardError {
  return new GuardError(
    'unavailable',
    `nothing was written: ${what}`,
    `check the files with "git status", then remove ${journalName}`,
  )
}
