/**
 * The journal of one write: a file that stands in a folder while several files change, and says which ones and where
 * their old bytes are kept. Written before anything else, so that whatever a killed write leaves is listed. Whoever
 * finds it later undoes the write. Nothing is deleted by its name alone: a journal counts only while it is the very
 * file that the guard made (its inode stands in it, so one that came by a checkout or a copy never counts), and a file
 * only while it has the bytes, or for a new one the inode, that this write gave it.
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

/** The journal of a write whose files are all in place; only its temporary files remain. */
const doneName = '.alembic-guard-done.json'

/** Names of temporary files and of old texts. */
const ownFiles = /^\.alembic-guard-[0-9a-f]{12}\.(?:tmp|old)$/

/** One of them; `write` is what `newWrite` gives. */
export function ownName(write: string, index: number): string {
  return `.alembic-guard-${write}${index.toString(16).padStart(4, '0')}`
}

/** One file of a write, absolute. `before` is null for a new file; both are what `digest` gives. */
export interface JournalEntry {
  readonly target: string
  readonly temporary: string
  readonly backup: string
  readonly before: string | null
  readonly after: string
}

/** All of a write. `made`: folders for new files, the outer ones first. */
export interface Journal {
  readonly write: string
  readonly entries: readonly JournalEntry[]
  readonly made: readonly string[]
}

/** Equal for equal bytes only. */
export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Maximum bytes of a journal: some thousand files. */
const maxJournalBytes = 64 * 1024 * 1024

/**
 * Puts the journal there, whole and on disk, before the first file is made.
 * @throws Error (EEXIST) when another write stands there; no journal of this write stays behind in any case.
 */
export function beginWrite(folder: string, { write, entries, made }: Journal): void {
  const inFolder = (path: string): string => relative(folder, path)
  const path = resolve(folder, journalName)
  const file = openSync(path, 'wx', 0o666)
  try {
    const text = JSON.stringify({
      write,
      note: `alembic-guard was changing these files; "${recoverCommand}" undoes it`,
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

/** Every file is in place: from here on the write is kept, and what is left of it is taken away. */
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

/** A journal stands in one of the folders: a write goes on, or was killed. */
export function isWriteInterrupted(cwd: string, folders: readonly string[]): boolean {
  return folders.some((folder) =>
    [journalName, doneName].some((name) => existsSync(resolve(cwd, folder, name))),
  )
}

/**
 * Undoes what a killed run left in the folders: every file is again what it was, and nothing lies beside it.
 * `only`: this write, and no other.
 * @returns the folders in which a write was undone, or its last temporary files taken away.
 * @throws GuardError (unavailable) for a file that was changed since, and a journal that isn't the guard's; nothing is changed then.
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
 * Undoes a write. New files go first, as they came last: whatever stands between is a history that Alembic refuses.
 * @throws GuardError (unavailable) for a file that somebody else has changed since; nothing is changed then.
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

/** Whether this write put its new bytes there. A file that is neither the new nor the old one belongs to somebody else by now. */
function mustUndo({ target, temporary, backup, before, after }: JournalEntry): boolean {
  const now = digestOf(target)
  if (before === null) {
    // A new file and its temporary one are the same until the write ends.
    if (inodeOf(target) === null || inodeOf(temporary) !== inodeOf(target)) return false
    if (now === after) return true
  } else {
    // The temporary file goes when it takes the place of the old one; before that, nothing has happened.
    if (now === before || inodeOf(temporary) !== null || inodeOf(backup) === null) return false
    if (now === after && digestOf(backup) === before) return true
  }
  throw refusal(`${shown(target)} was changed after a write of alembic-guard was interrupted`)
}

/** Null: there is no such file. A link is no file of ours. */
function digestOf(path: string): string | null {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return null
  const bytes = readRegularFile(path)
  return bytes && digest(bytes)
}

function inodeOf(path: string): string | null {
  const status = lstatSync(path, { throwIfNoEntry: false, bigint: true })
  return status ? `${status.dev}:${status.ino}` : null
}

/** Null: there is none, or not that of the write `only`. `cut short`: it was never whole, so no file had been touched. */
function readJournal(
  folder: string,
  name: string,
  roots: readonly string[],
  only: string | null,
): Journal | 'cut short' | null {
  const path = resolve(folder, name)
  const status = lstatSync(path, { throwIfNoEntry: false, bigint: true })
  if (status === undefined) return null
  const foreign = refusal(`${shown(path)} is not a journal that alembic-guard wrote here`)
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

/** Folders that were made for new files, the inner ones first; those that hold something stay. */
function removeFolders(made: readonly string[]): void {
  for (const folder of made.toReversed()) {
    try {
      rmdirSync(folder)
    } catch {
      // Somebody else has put something there meanwhile, or it was never made.
    }
  }
}

/** The names have to be on disk as well; not every file system offers that. */
function syncFolder(folder: string): void {
  try {
    const file = openSync(folder, 'r')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  } catch {
    // Here it may not outlive a power cut.
  }
}

function refusal(what: string): GuardError {
  return new GuardError(
    'unavailable',
    `nothing was written: ${what}`,
    `"git status" shows what differs; remove ${journalName} once the files are as they should be`,
  )
}
