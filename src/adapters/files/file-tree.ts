/** Port for reading files, implemented for the disk and for memory. */

/** A directory entry. `link` is the type of a symlink's target; `broken` for a missing target or a cycle. */
export interface TreeEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'broken' | 'other'
  readonly link: boolean
}

/**
 * A tree of files. Paths use `/` and are absolute, or relative to the tree's working directory. A missing path returns
 * null; a path that exists but can't be read throws `FileUnreadable`.
 */
export interface FileTree {
  /** The absolute path of the working directory. */
  readonly cwd: string
  /** Reads a regular file, following symlinks; null if there is none. */
  readFile(path: string): Uint8Array | null
  /** Returns a directory's entries in the file system's order; null if the path isn't a directory. */
  readDirectory(path: string): readonly TreeEntry[] | null
  /** Returns the type of the path, following symlinks; null if it doesn't exist. */
  kindOf(path: string): 'file' | 'directory' | 'other' | null
  /** Returns the absolute path with all symlinks resolved; null if it doesn't exist. */
  realPath(path: string): string | null
  /** Returns a symlink's target unresolved, even if broken; null if the path isn't a symlink. */
  readLink(path: string): string | null
}

/** A path that exists but can't be read: permission denied, a device error, too many links. */
export class FileUnreadable extends Error {
  readonly path: string
  /** The operating system's error code: `EACCES`. */
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
