/** Files on disk behind the `FileTree` port. Reads only; knows nothing about what the files mean. */
import {
  lstatSync,
  opendirSync,
  readlinkSync,
  realpathSync,
  statSync,
  type Dirent,
  type Stats,
} from 'node:fs'
import { posix } from 'node:path'
import { FileUnreadable, type FileTree, type TreeEntry } from './file-tree.ts'
import { readRegularFile } from './regular-file.ts'

/** What the operating system says when there is nothing at a path, or (EINVAL) no link. */
const nothingThere = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL'])

/** The disk, seen from `cwd`, an absolute path. */
export function diskTree(cwd: string): FileTree {
  const at = (path: string): string => (path.startsWith('/') ? path : `${cwd}/${path}`)
  return {
    cwd,
    readFile: (path) => orNull(path, () => readRegularFile(at(path))),
    readDirectory: (path) => orNull(path, () => readEntries(at(path))),
    kindOf: (path) => orNull(path, () => kindOf(statSync(at(path)))),
    realPath: (path) => orNull(path, () => realpathSync.native(at(path))),
    readLink: (path) => orNull(path, () => readlinkSync(at(path))),
  }
}

/** Runs a system call; null when nothing is there, `FileUnreadable` for every other refusal. */
function orNull<T>(path: string, read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof FileUnreadable) throw error
    const code = systemCode(error)
    if (code === null) throw error
    // A NUL byte in a name: no file system has such a file.
    if (nothingThere.has(code) || code === 'ERR_INVALID_ARG_VALUE') return null
    throw new FileUnreadable(path, code, { cause: error })
  }
}

function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

function readEntries(absolute: string): TreeEntry[] {
  // readdirSync would sort; the order of the file system is what Python's os.listdir gives.
  const directory = opendirSync(absolute, { bufferSize: 512 })
  try {
    const entries: TreeEntry[] = []
    for (let entry = directory.readSync(); entry; entry = directory.readSync()) {
      entries.push(treeEntry(absolute, entry))
    }
    return entries
  } finally {
    directory.closeSync()
  }
}

function treeEntry(directory: string, entry: Dirent): TreeEntry {
  const { name } = entry
  if (entry.isFile()) return { name, kind: 'file', link: false }
  if (entry.isDirectory()) return { name, kind: 'directory', link: false }
  const path = posix.join(directory, name)
  // Some file systems do not tell the kind of an entry.
  const link =
    entry.isSymbolicLink() || (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false)
  try {
    const status = statSync(path, { throwIfNoEntry: false })
    return { name, kind: status ? kindOf(status) : 'broken', link }
  } catch (error) {
    const code = systemCode(error)
    if (code !== null && nothingThere.has(code)) return { name, kind: 'broken', link }
    // It leads somewhere that we may not see: whoever reads it gets the refusal.
    return { name, kind: 'other', link }
  }
}

function kindOf(status: Stats): 'file' | 'directory' | 'other' {
  if (status.isFile()) return 'file'
  return status.isDirectory() ? 'directory' : 'other'
}
