/** Interface for reading files, on disk or in memory. */

/** A directory entry. For a symlink, `kind` describes its target, or is `broken` if the target doesn't exist. */
export interface TreeEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'broken' | 'other'
  readonly link: boolean
}

/**
 * A tree of files. Paths use `/` and may be relative to `cwd`. Methods return null for a missing path, and throw
 * `FileUnreadable` for an unreadable one.
 */
export interface FileTree {
  readonly cwd: string
  /** Follows symlinks. Null if the path isn't a regular file. */
  readFile(path: string): Uint8Array | null
  /** Entries in file system order. Null if the path isn't a directory. */
  readDirectory(path: string): readonly TreeEntry[] | null
  /** Follows symlinks. Null if the path doesn't exist. */
  kindOf(path: string): 'file' | 'directory' | 'other' | null
  /** Absolute path with symlinks resolved. Null if the path doesn't exist. */
  realPath(path: string): string | null
  /** Target of a symlink exactly as stored. Null if the path isn't a symlink. */
  readLink(path: string): string | null
}

/** Error for a path that exists but can't be read. */
export class FileUnreadable extends Error {
  readonly path: string
  /** The operating system's error code, such as `EACCES`. */
  readonly code: string

  constructor(path: string, code: string, options?: ErrorOptions) {
    super(`${path} can't be read (${code})`, options)
    this.name = 'FileUnreadable'
    this.path = path
    this.code = code
  }
}

/** Reads a file; null if it's missing or unreadable. */
export function readableBytes(tree: FileTree, path: string): Uint8Array | null {
  try {
    return tree.readFile(path)
  } catch (error) {
    if (error instanceof FileUnreadable) return null
    throw error
  }
}

/** Lists a directory; empty if it's missing or unreadable. */
export function readableEntries(tree: FileTree, folder: string): readonly TreeEntry[] {
  try {
    return tree.readDirectory(folder) ?? []
  } catch (error) {
    if (error instanceof FileUnreadable) return []
    throw error
  }
}
