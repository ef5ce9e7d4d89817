/** Interface for reading files, with implementations for the disk and for memory. */

/**
 * A directory entry. `link` is true for a symlink. Its `kind` is the target's type, or `broken` if the target is
 * missing or part of a cycle.
 */
export interface TreeEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'broken' | 'other'
  readonly link: boolean
}

/**
 * A tree of files. Paths use `/` and are absolute or relative to the tree's working directory. Methods return null for
 * a missing path. They throw `FileUnreadable` if the path exists but can't be read.
 */
export interface FileTree {
  /** The absolute path of the working directory. */
  readonly cwd: string
  /** Reads a regular file, following symlinks; null if the path isn't a regular file. */
  readFile(path: string): Uint8Array | null
  /** Returns a directory's entries in file system order; null if the path isn't a directory. */
  readDirectory(path: string): readonly TreeEntry[] | null
  /** Returns the type of the file at the path, following symlinks; null if the path doesn't exist. */
  kindOf(path: string): 'file' | 'directory' | 'other' | null
  /** Returns the absolute path with all symlinks resolved; null if the path doesn't exist. */
  realPath(path: string): string | null
  /**
   * Returns the target of a symlink exactly as stored, even if the symlink is broken; null if the path isn't a symlink.
   */
  readLink(path: string): string | null
}

/**
 * Error for a path that exists but can't be read, for example because permission is denied or the device has an error.
 */
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

/** Reads a file; null if it is missing or unreadable. */
export function readableBytes(tree: FileTree, path: string): Uint8Array | null {
  try {
    return tree.readFile(path)
  } catch (error) {
    if (error instanceof FileUnreadable) return null
    throw error
  }
}

/** Lists a directory; empty if it is missing or unreadable. */
export function readableEntries(tree: FileTree, folder: string): readonly TreeEntry[] {
  try {
    return tree.readDirectory(folder) ?? []
  } catch (error) {
    if (error instanceof FileUnreadable) return []
    throw error
  }
}
