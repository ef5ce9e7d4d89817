/** A `FileTree` that caches contents, for commands that read the same files several times. */
import type { FileTree } from './file-tree.ts'

/** Maximum total size of the cached contents, in bytes. */
const maxBytes = 16 * 1024 * 1024

/** Size in bytes of a block. Larger files get a block of their own. */
const blockBytes = 256 * 1024

/** Contents of several files. Thousands of separate buffers would slow down garbage collection. */
interface Block {
  readonly bytes: Buffer<ArrayBuffer>
  used: number
  /** Number of files in the block that haven't been dropped. */
  files: number
}

interface Place {
  readonly block: Block
  readonly start: number
  readonly end: number
}

/**
 * Returns a tree that caches file contents. The files must not change while the tree is in use. If `twice` is true,
 * drops each file's contents after the second read, to free memory early.
 */
export function rememberingTree(tree: FileTree, { twice = false } = {}): FileTree {
  const places = new Map<string, Place>()
  let room = maxBytes
  let block = newBlock(0, twice)
  const store = (bytes: Uint8Array): Place => {
    if (block.used + bytes.length > block.bytes.length)
      block = newBlock(Math.max(bytes.length, blockBytes), twice)
    const start = block.used
    block.bytes.set(bytes, start)
    block.used += bytes.length
    block.files += 1
    return { block, start, end: block.used }
  }
  const drop = ({ block: from }: Place): void => {
    from.files -= 1
    // Shrinking the buffer frees its memory at once, without a garbage collection.
    if (from.files === 0 && from !== block) from.bytes.buffer.resize(0)
  }
  return {
    ...tree,
    readFile(path) {
      const key = path.startsWith('/') ? path : `${tree.cwd}/${path}`
      const known = places.get(key)
      if (known !== undefined) {
        if (!twice) return known.block.bytes.subarray(known.start, known.end)
        const bytes = copyOf(known)
        places.delete(key)
        drop(known)
        return bytes
      }
      const bytes = tree.readFile(path)
      if (bytes !== null && bytes.length <= room) {
        room -= bytes.length
        places.set(key, store(bytes))
      }
      return bytes
    },
  }
}

function newBlock(size: number, shrinks: boolean): Block {
  const buffer = new ArrayBuffer(size, shrinks ? { maxByteLength: size } : {})
  return { bytes: Buffer.from(buffer), used: 0, files: 0 }
}

function copyOf({ block: { bytes }, start, end }: Place): Uint8Array {
  const copy = Buffer.allocUnsafe(end - start)
  bytes.copy(copy, 0, start, end)
  return copy
}
