/** A `FileTree` for commands that read the same files several times. */
import type { FileTree } from './file-tree.ts'

/** Maximum total size of the cached contents in bytes. */
const maxBytes = 16 * 1024 * 1024

/**
 * Returns a tree that caches file contents. Files that don't fit in the cache are read again each time. Use it only
 * while the files don't change. If `twice` is true, drops each file's contents when they are read the second time, to
 * free the memory early.
 */
export function rememberingTree(tree: FileTree, { twice = false } = {}): FileTree {
  const contents = new Map<string, Uint8Array>()
  let room = maxBytes
  return {
    ...tree,
    readFile(path) {
      const key = path.startsWith('/') ? path : `${tree.cwd}/${path}`
      const known = contents.get(key)
      if (known !== undefined) {
        if (twice) contents.delete(key)
        return known
      }
      const bytes = tree.readFile(path)
      if (bytes !== null && bytes.length <= room) {
        room -= bytes.length
        contents.set(key, bytes)
      }
      return bytes
    },
  }
}
