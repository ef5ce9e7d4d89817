/**
 * The note that stands in a folder while several files of it change: which ones, and where their old texts are kept.
 * Whoever finds it later takes the write back. Trusts no note: it only undoes what it can tell by the bytes.
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeSync,
} from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import { journalName } from './interrupted-write.ts'

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

/** All of a write. `made`: folders, the outer ones first. */
export interface Journal {
  readonly write: string
  readonly entries: readonly JournalEntry[]
  readonly made: readonly string[]
}

/** What two equal texts have in common. */
export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * Puts the note there, whole and on disk, before the first file changes.
 * @throws Error (EEXIST) when another write stands there.
 */
export function writeJournal(folder: string, temporary: string, { write, entries, made }: Journal): void {
  const inFolder = (path: string): string => relative(folder, path)
  const text = JSON.stringify({
    note: 'alembic-guard was changing these files; the next "alembic-guard placeholder --write" takes it back',
    write,
    files: entries.map((entry) => ({
      ...entry,
      target: inFolder(entry.target),
      temporary: inFolder(entry.temporary),
      backup: inFolder(entry.backup),
    })),
    folders: made.map(inFolder),
  })
  const file = openSync(temporary, 'wx', 0o666)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  linkSync(temporary, resolve(folder, journalName))
  rmSync(temporary, { force: true })
  syncFolder(folder)
}

/** From here on the write stands. */
export function removeJournal(folder: string): void {
  rmSync(resolve(folder, journalName), { force: true })
  syncFolder(folder)
}

/** A note stands in one of the folders: a write goes on, or was killed. */
export function isWriteInterrupted(cwd: string, folders: readonly string[]): boolean {
  return folders.some((folder) => existsSync(resolve(cwd, folder, journalName)))
}

/**
 * Takes back what a killed run has left in the folders: every file is again what it was, and nothing lies beside.
 * `only`: what belongs to this write, and nothing else.
 * @throws GuardError (unavailable) when one of them was changed since; nothing is changed then.
 */
export function rollBack(cwd: string, folders: readonly string[], only: string | null = null): void {
  const roots = folders
    .map((folder) => resolve(cwd, folder))
    .flatMap((folder) => (existsSync(folder) ? [realpathSync.native(folder)] : []))
  for (const root of roots) {
    if (existsSync(resolve(root, journalName))) undoJournal(root, roots, only)
    for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      const name = path.slice(path.lastIndexOf(sep) + 1)
      if (ownFiles.test(name) && (only === null || name.startsWith(`.alembic-guard-${only}`)))
        rmSync(resolve(root, path), { force: true })
    }
  }
}

/** New files go first, as they came last: whatever stands between is a history that Alembic refuses. */
function undoJournal(folder: string, roots: readonly string[], only: string | null): void {
  const { write, entries, made } = readJournal(folder, roots)
  if (only !== null && write !== only) return
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
  removeJournal(folder)
}

/** Whether the file is the new one; one that is neither new nor old belongs to somebody else by now. */
function mustUndo({ target, backup, before, after }: JournalEntry): boolean {
  const there = lstatSync(target, { throwIfNoEntry: false })
  const now = there?.isFile() ? digest(readFileSync(target)) : null
  if (now === before && (there === undefined) === (before === null)) return false
  const kept = before === null || (existsSync(backup) && digest(readFileSync(backup)) === before)
  if (now === after && kept) return true
  throw refusal(`${shown(target)} was changed after a write of alembic-guard was cut off`)
}

function readJournal(folder: string, roots: readonly string[]): Journal {
  const path = resolve(folder, journalName)
  const inside = (text: unknown): string => {
    const found = typeof text === 'string' ? resolve(folder, text) : ''
    const real = existsSync(dirname(found)) ? realpathSync.native(dirname(found)) : dirname(found)
    const safe = roots.some((root) => found.startsWith(root + sep) && (real + sep).startsWith(root + sep))
    if (!safe) {
      throw refusal(`${shown(path)} is no note of alembic-guard`)
    }
    return found
  }
  const own = (text: unknown): string => {
    const found = inside(text)
    if (ownFiles.test(found.slice(found.lastIndexOf(sep) + 1))) return found
    throw refusal(`${shown(path)} is no note of alembic-guard`)
  }
  let said: { write?: unknown; files?: Record<string, unknown>[]; folders?: unknown[] }
  try {
    said = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    throw refusal(`${shown(path)} can't be read`)
  }
  const entries = (said.files ?? []).map(({ target, temporary, backup, before, after }): JournalEntry => ({
    target: inside(target),
    temporary: own(temporary),
    backup: own(backup),
    before: typeof before === 'string' ? before : null,
    after: typeof after === 'string' ? after : '',
  }))
  return { write: String(said.write), entries, made: (said.folders ?? []).map(inside) }
}

/** Folders that were made for new files, the inner ones first; those that hold something stay. */
export function removeFolders(made: readonly string[]): void {
  for (const folder of made.toReversed()) {
    try {
      rmdirSync(folder)
    } catch {
      // Somebody else has put something there meanwhile.
    }
  }
}

/** The names have to be on disk as well; not every file system offers that. */
export function syncFolder(folder: string): void {
  try {
    const file = openSync(folder, 'r')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  } catch {
    // That it outlives a power cut can't be had here.
  }
}

function refusal(what: string): GuardError {
  return new GuardError(
    'unavailable',
    `nothing was written: ${what}`,
    `"git status" shows what differs; remove ${journalName} once the files are as they should be`,
  )
}
