/** Reads text files that migrations open, such as SQL files. */
import { posix } from 'node:path'
import type { DataFiles } from '../../python/interpreter/run.ts'
import { repositoryTop } from './code-files.ts'
import { FileUnreadable, type FileTree, readableBytes } from './file-tree.ts'
import { joinPath } from './tree-path.ts'

/** Maximum file size in bytes. Interpreting a larger file would take too many steps. */
const maxBytes = 1_000_000

/** Returns a reader for the repository's text files. Excludes hidden files, which may contain secrets. */
export function dataFiles(tree: FileTree): DataFiles {
  let top: string | null | undefined
  const isInside = (path: string): boolean => {
    if (top === undefined) top = realPath(tree, repositoryTop(tree))
    return top !== null && path.startsWith(`${top}/`) && !/\/\./.test(path.slice(top.length))
  }
  return {
    read: (path) => {
      const real = realPath(tree, joinPath(tree.cwd, path))
      const bytes = real !== null && isInside(real) ? readableBytes(tree, real) : null
      return bytes && bytes.length <= maxBytes ? decoded(bytes) : null
    },
    isReal: (path) => {
      const real = realPath(tree, joinPath(tree.cwd, path))
      return real !== null && real === posix.normalize(joinPath(realPath(tree, tree.cwd) ?? '', path))
    },
  }
}

/** Decodes UTF-8. Returns null if Python couldn't decode the bytes, or would keep a byte order mark. */
function decoded(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.startsWith('\uFEFF') ? null : text
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

function realPath(tree: FileTree, path: string): string | null {
  try {
    return tree.realPath(path)
  } catch (error) {
    if (error instanceof FileUnreadable) return null
    throw error
  }
}
