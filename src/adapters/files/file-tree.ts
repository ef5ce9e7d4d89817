/** Files as the readers see them: a port with three things behind it (disk, memory, later a git commit). */

/** One entry of a folder. A link says what it leads to; `broken` leads nowhere or in a circle. */
export interface TreeEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'broken' | 'other'
  readonly link: boolean
}

/**
 * A tree of files. Paths use `/` and are absolute, or relative to the tree's working directory. Nothing here
 * throws for what is simply not there; what is there and can't be read throws `FileUnreadable`.
 */
export interface FileTree {
  /** The absolute path of the working directory. */
  readonly cwd: string
  /** The bytes of a regular file (links followed); null when there is none. */
  readFile(path: string): Uint8Array | null
  /** The entries of a directory in the order of the file system; null when it is not a directory. */
  readDirectory(path: string): readonly TreeEntry[] | null
  /** What stands at the path, links followed; null when nothing does. */
  kindOf(path: string): 'file' | 'directory' | 'other' | null
  /** The path with every link resolved, absolute; null when it leads nowhere. */
  realPath(path: string): string | null
  /** What a link says, unresolved; null when the path is no link. Tells where a broken link was meant to lead. */
  readLink(path: string): string | null
}

/** Something is there but can't be read: no permission, a device error, too many links. */
export class FileUnreadable extends Error {
  readonly path: string
  /** The operating system's short code: `EACCES`. */
  readonly code: string

  constructor(path: string, code: string, options?: ErrorOptions) {
    super(`${path} can't be read (${code})`, options)
    this.name = 'FileUnreadable'
    this.path = path
    this.code = code
  }
}

/** The bytes of a file; null also where there is one that can't be read. */
export function readableBytes(tree: FileTree, path: string): Uint8Array | null {
  try {
    return tree.readFile(path)
  } catch (error) {
    if (error instanceof FileUnreadable) return null
    throw error
  }
}
