/** A `FileTree` that caches contents, for commands that read the same files several times. */
import type { FileTree } from './file-tree.ts'

/** Maximum total size of the cached contents, in bytes. */
const maxBytes = 16 * 1024 * 1024

/**
 * Returns a tree that caches file contents. The files must not change while the tree is in use. If `twice` is true,
 * drops each file's contents after the second read, to free memory early.
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
