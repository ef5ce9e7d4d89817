/**
 * Lists the files that Alembic would execute, in Alembic's order (`Script._list_py_dir`,
 * `ScriptDirectory._load_revisions`, alembic/script/base.py). Looks only at names and symlinks.
 */
import { posix } from 'node:path'
import { atLeast, type AlembicVersion } from '../../core/history/alembic-version.ts'
import type { PythonError } from '../../core/history/migration-module.ts'
import { comparePythonText, pythonRepr } from '../../core/text/python-text.ts'
import { FileUnreadable, type FileTree, type TreeEntry } from '../files/file-tree.ts'
import { joinPath, shownPath } from '../files/tree-path.ts'

/** A file that Alembic would execute. `shown` is for display. */
export type MigrationFile =
  | { readonly kind: 'source'; readonly path: string; readonly shown: string }
  /** A file that causes Alembic to fail before executing it. */
  | { readonly kind: 'raises'; readonly shown: string; readonly error: PythonError }
  /** A file for which Alembic's behavior is unknown. */
  | { readonly kind: 'unreadable'; readonly shown: string; readonly reason: string }

/** The migration files in the version locations. */
export interface MigrationFiles {
  /** The files, in execution order. */
  readonly files: readonly MigrationFile[]
  /** Alembic's own warnings. */
  readonly remarks: readonly string[]
  /** The error that makes Alembic fail before the first file, if any. */
  readonly error: PythonError | null
}

/** Determines which files Alembic would list. `versionLocations` are absolute paths. */
export interface ListingRules {
  readonly version: AlembicVersion
  readonly versionLocations: readonly string[]
  /** True if no location is configured, in which case Alembic uses `versions`. */
  readonly defaultLocation: boolean
  readonly recursive: boolean
  readonly sourceless: boolean
}

/** Lists the migration files, including unreadable ones. */
export function listMigrationFiles(tree: FileTree, rules: ListingRules): MigrationFiles {
  const found: Collected = { files: [], remarks: [], error: null, seen: new Set(), cwd: realCwd(tree) }
  for (const location of rules.versionLocations) {
    if (atLeast(rules.version, '1.10.0')) walk(tree, rules, location, found)
    else listOnce(tree, rules, location, found)
  }
  return { files: found.files, remarks: found.remarks, error: found.error }
}

interface Collected {
  readonly files: MigrationFile[]
  readonly remarks: string[]
  error: PythonError | null
  /** Real paths of the files listed so far. Each file is loaded only once. */
  readonly seen: Set<string>
  readonly cwd: string
}

interface Candidate {
  /** The path exactly as Alembic builds it. */
  readonly path: string
  readonly kind: TreeEntry['kind']
  /** The path with symlinks resolved as far as possible; null for a cycle. */
  readonly real: string | null
}

/**
 * Lists a location as Alembic 1.10 and later do: top-down, sorted by name in each folder. Symlinks are treated as
 * their targets.
 */
function walk(tree: FileTree, rules: ListingRules, location: string, found: Collected): void {
  const waiting = [location]
  for (let root = waiting.pop(); root !== undefined; root = waiting.pop()) {
    const entries = entriesOf(tree, root, found)
    // os.walk silently skips missing folders.
    if (!entries) continue
    const folders = entries.filter((entry) => entry.kind === 'directory')
    const cache = posix.basename(root).endsWith('__pycache__')
    if (!cache) {
      const files = entries.filter((entry) => entry.kind !== 'directory' || linkLoadedAsFile(entry, rules))
      const realRoot = tree.realPath(root) ?? root
      const byName = new Map(files.map((entry) => [entry.name, entry]))
      for (const name of sortedAsPython(files.map((entry) => entry.name))) {
        const entry = byName.get(name)
        if (entry) loadResolved(tree, rules, candidateIn(tree, root, realRoot, entry), found)
      }
      if (rules.sourceless) {
        const names = new Set(files.map((entry) => beforeDot(entry.name)))
        for (const compiled of cachedIn(tree, root, names, found)) loadResolved(tree, rules, compiled, found)
      }
      if (!rules.recursive) return
    }
    const names = folders.filter((entry) => !entry.link).map((entry) => entry.name)
    const below = cache ? names : sortedAsPython(names)
    waiting.push(...below.map((name) => joinPath(root, name)).toReversed())
  }
}

/** Sorts names as Python does. JavaScript's order differs only for surrogate pairs. */
function sortedAsPython(names: readonly string[]): readonly string[] {
  const wide = names.some((name) => /[\ud800-\udfff]/.test(name))
  return wide ? names.toSorted(comparePythonText) : names.toSorted()
}

/**
 * Whether Alembic might load a symlinked folder as a file. Since 1.16, Alembic does so on Python 3.12 and later,
 * where pathlib behaves differently.
 */
function linkLoadedAsFile(entry: TreeEntry, rules: ListingRules): boolean {
  return entry.kind === 'directory' && entry.link && atLeast(rules.version, '1.16.0')
}

function loadResolved(tree: FileTree, rules: ListingRules, candidate: Candidate, found: Collected): void {
  const { kind, real } = candidate
  if (real === null) {
    // A symlink cycle. Before 1.16, Alembic fails only if the symlink is named like a migration.
    if (!atLeast(rules.version, '1.16.0') && !counts(posix.basename(candidate.path), rules)) return
    const reason = 'it is a circular symlink, so Alembic would fail'
    found.files.push({ kind: 'unreadable', shown: shownPath(tree.cwd, candidate.path), reason })
    return
  }
  if (kind !== 'directory' && !firstSeen(real, found)) return
  if (!countsAt(tree, real, posix.basename(real), rules)) return
  if (kind === 'directory') {
    const reason =
      'it is a symlink to a folder, which Alembic tries to load as a file on Python 3.12 and later'
    found.files.push({ kind: 'unreadable', shown: shownPath(found.cwd, real), reason })
    return
  }
  load(tree, { path: real, kind, shown: shownPath(found.cwd, real) }, found)
}

/**
 * Lists a location as Alembic 1.9 and earlier do: in file system order, without subfolders. Symlinks are matched by
 * their own names.
 */
function listOnce(tree: FileTree, rules: ListingRules, location: string, found: Collected): void {
  const fail = (error: PythonError): void => {
    if (found.files.length === 0) found.error ??= error
    else found.files.push({ kind: 'raises', shown: shownPath(tree.cwd, location), error })
  }
  const path = posix.resolve(tree.cwd, location)
  const entries = entriesOf(tree, path, found)
  const kind = entries ? 'directory' : tree.kindOf(path)
  const notFolder = { type: 'NotADirectoryError', message: `[Errno 20] Not a directory: ${pythonRepr(path)}` }
  const missing = {
    type: 'FileNotFoundError',
    message: `[Errno 2] No such file or directory: ${pythonRepr(path)}`,
  }
  if (kind === null) {
    // Alembic accepts a missing folder only if it's explicitly configured.
    if (rules.defaultLocation) fail(tree.kindOf(posix.dirname(path)) === 'file' ? notFolder : missing)
    return
  }
  if (!entries) {
    fail(notFolder)
    return
  }
  const realRoot = tree.realPath(path) ?? path
  const candidates = entries.map((entry) => candidateIn(tree, path, realRoot, entry))
  if (rules.sourceless) {
    candidates.push(...cachedIn(tree, path, new Set(entries.map((entry) => beforeDot(entry.name))), found))
  }
  for (const candidate of candidates) {
    const name = candidate.path.slice(path.length + 1)
    if (!firstSeen(candidate.real ?? candidate.path, found)) continue
    if (!countsAt(tree, candidate.path, name, rules)) continue
    const shown = shownPath(tree.cwd, candidate.path)
    load(tree, { path: candidate.path, kind: candidate.kind, shown }, found)
  }
}

function load(
  tree: FileTree,
  file: { readonly path: string; readonly kind: TreeEntry['kind']; readonly shown: string },
  found: Collected,
): void {
  const { path, kind, shown } = file
  if (/\.py[co]$/.test(path)) {
    const reason = "it is a compiled file (sourceless = true), which can't be read without running it"
    found.files.push({ kind: 'unreadable', shown, reason })
  } else if (kind === 'directory') {
    const message = `[Errno 21] Is a directory: ${pythonRepr(path)}`
    found.files.push({ kind: 'raises', shown, error: { type: 'IsADirectoryError', message } })
  } else if (kind === 'broken' && compiledBeside(tree, path)) {
    const reason = 'it is a broken symlink, and Alembic would load a leftover compiled file'
    found.files.push({ kind: 'unreadable', shown, reason })
  } else if (kind === 'broken') {
    const message = `Can't find Python file ${path}`
    found.files.push({ kind: 'raises', shown, error: { type: 'ImportError', message } })
  } else if (kind === 'other') {
    found.files.push({
      kind: 'unreadable',
      shown,
      reason: "it isn't a regular file, or this user can't read it",
    })
  } else {
    found.files.push({ kind: 'source', path, shown })
  }
}

/** Records a file. If it's a duplicate, adds Alembic's warning and returns false. */
function firstSeen(real: string, found: Collected): boolean {
  if (!found.seen.has(real)) {
    found.seen.add(real)
    return true
  }
  const file = shownPath(found.cwd, real)
  found.remarks.push(`File ${file} loaded twice! ignoring. Please ensure version_locations is unique.`)
  return false
}

function counts(name: string, rules: ListingRules): boolean {
  return (rules.sourceless ? /^(?!\.#|__init__).*\.py[co]?\n?$/ : /^(?!\.#|__init__).*\.py\n?$/).test(name)
}

/**
 * Whether Alembic would load a file with this name. A source file takes precedence over compiled files, and `.pyc`
 * over `.pyo`.
 */
function countsAt(tree: FileTree, path: string, name: string, rules: ListingRules): boolean {
  if (!counts(name, rules)) return false
  const compiled = /^(?<source>.*\.py)(?<letter>[co])$/.exec(path)?.groups
  if (!compiled) return true
  const source = compiled['source'] ?? ''
  if (tree.kindOf(source) !== null) return false
  return compiled['letter'] === 'c' || tree.kindOf(`${source}c`) === null
}

function candidateIn(tree: FileTree, root: string, realRoot: string, entry: TreeEntry): Candidate {
  const path = joinPath(root, entry.name)
  if (!entry.link) return { path, kind: entry.kind, real: joinPath(realRoot, entry.name) }
  return { path, kind: entry.kind, real: tree.realPath(path) ?? brokenTarget(tree, path) }
}

/**
 * Returns a folder's entries; null if it doesn't exist. Records unreadable folders, because the user that runs
 * Alembic may be able to read them.
 */
function entriesOf(tree: FileTree, folder: string, found: Collected): readonly TreeEntry[] | null {
  try {
    return tree.readDirectory(folder)
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error
    const reason = `this folder can't be read (${error.code}), but Alembic would load its files`
    found.files.push({ kind: 'unreadable', shown: shownPath(found.cwd, folder), reason })
    return []
  }
}

/** Returns the compiled files in `__pycache__` that have no source file. */
function cachedIn(
  tree: FileTree,
  root: string,
  names: ReadonlySet<string>,
  found: Collected,
): readonly Candidate[] {
  const cache = joinPath(root, '__pycache__')
  const realCache = tree.realPath(cache) ?? cache
  return (entriesOf(tree, cache, found) ?? [])
    .filter((entry) => !names.has(beforeDot(entry.name)))
    .map((entry) => candidateIn(tree, cache, realCache, entry))
}

/** Returns the target of a broken symlink; null for a cycle. */
function brokenTarget(tree: FileTree, link: string): string | null {
  let path = link
  const visited = new Set<string>()
  for (let target = tree.readLink(path); target !== null; target = tree.readLink(path)) {
    if (visited.has(path)) return null
    visited.add(path)
    path = joinPath(posix.dirname(path), target)
    const parent = tree.realPath(posix.dirname(path))
    path = parent === null ? posix.normalize(path) : joinPath(parent, posix.basename(path))
  }
  return path
}

/**
 * Whether the source file has a compiled counterpart. Works like `pyc_file_from_path` (alembic/util/pyfiles.py), but
 * for all Python versions.
 */
function compiledBeside(tree: FileTree, path: string): boolean {
  const stem = posix.basename(path, '.py')
  const folder = posix.dirname(path)
  const cached = tree.readDirectory(joinPath(folder, '__pycache__')) ?? []
  return (
    tree.kindOf(joinPath(folder, `${stem}.pyc`)) !== null ||
    cached.some((entry) => entry.name.startsWith(`${stem}.`) && entry.name.endsWith('.pyc'))
  )
}

function beforeDot(name: string): string {
  return name.split('.', 1)[0] ?? ''
}

function realCwd(tree: FileTree): string {
  return tree.realPath(tree.cwd) ?? tree.cwd
}
