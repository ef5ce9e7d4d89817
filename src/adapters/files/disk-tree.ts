/** Implements `FileTree` on disk. Read-only. */
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

/** Error codes for a missing path, and EINVAL for a path that isn't a symlink. */
const nothingThere = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL'])

/** Returns a `FileTree` that reads from disk. `cwd` must be absolute. */
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

/**
 * Makes a system call. Returns null for a missing path.
 * @throws FileUnreadable for any other error.
 */
function orNull<T>(path: string, read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof FileUnreadable) throw error
    const code = systemCode(error)
    if (code === null) throw error
    // A name with a NUL byte can't exist on disk.
    if (nothingThere.has(code) || code === 'ERR_INVALID_ARG_VALUE') return null
    throw new FileUnreadable(path, code, { cause: error })
  }
}

function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

function readEntries(absolute: string): TreeEntry[] {
  // Lists entries in the file system's order, like Python's os.listdir. readdirSync would sort them.
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
  // Some file systems don't report entry types.
  const link =
    entry.isSymbolicLink() || (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false)
  try {
    const status = statSync(path, { throwIfNoEntry: false })
    return { name, kind: status ? kindOf(status) : 'broken', link }
  } catch (error) {
    const code = systemCode(error)
    if (code !== null && nothingThere.has(code)) return { name, kind: 'broken', link }
    // The target's type is unknown. The error is reported later, when the target is read.
    return { name, kind: 'other', link }
  }
}

function kindOf(status: Stats): 'file' | 'directory' | 'other' {
  if (status.isFile()) return 'file'
  return status.isDirectory() ? 'directory' : 'other'
}
