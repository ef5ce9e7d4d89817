/** Implements `FileTree` in memory, for git commits and tests. */
import { posix } from 'node:path'
import { FileUnreadable, type FileTree, type TreeEntry } from './file-tree.ts'

/** Contents of an in-memory file tree. Paths may be relative to `cwd`. */
export interface MemoryFiles {
  /** Working directory (default: `/`). */
  readonly cwd?: string
  /**
   * File contents by path. If the value is a function, it is called when the file is read, and returns the contents.
   */
  readonly files: Readonly<Record<string, string | Uint8Array | (() => Uint8Array)>>
  /** Symlink targets by path, relative to the symlink's folder. */
  readonly links?: Readonly<Record<string, string>>
  /** Empty folders. */
  readonly folders?: readonly string[]
  /** Error codes such as `EACCES`, by path. */
  readonly unreadable?: Readonly<Record<string, string>>
}

interface File {
  readonly kind: 'file'
  readonly content: string | Uint8Array | (() => Uint8Array)
}
interface Folder {
  readonly kind: 'directory'
  readonly entries: Map<string, Node>
}
interface Link {
  readonly kind: 'link'
  readonly target: string
}
type Node = File | Folder | Link

/** Linux follows at most 40 symlinks per path. */
const maxLinks = 40

/** Creates a tree. Each folder lists entries from `files` first, then from `links`, then from `folders`. */
export function memoryTree(content: MemoryFiles): FileTree {
  const cwd = content.cwd ?? '/'
  const root: Folder = { kind: 'directory', entries: new Map() }
  const absolute = (path: string): string => (path.startsWith('/') ? path : `${cwd}/${path}`)
  for (const [path, value] of Object.entries(content.files)) {
    place(root, absolute(path), { kind: 'file', content: value })
  }
  for (const [path, target] of Object.entries(content.links ?? {})) {
    place(root, absolute(path), { kind: 'link', target })
  }
  for (const path of [cwd, ...(content.folders ?? [])]) place(root, absolute(path), null)
  const refused = new Map(
    Object.entries(content.unreadable ?? {}).map(([path, code]) => [posix.normalize(absolute(path)), code]),
  )

  const find = (path: string): { readonly node: File | Folder; readonly path: string } | null =>
    resolve(root, absolute(path), { links: maxLinks })
  const refuse = (path: string, found: string): void => {
    const code = refused.get(found)
    if (code !== undefined) throw new FileUnreadable(path, code)
  }

  return {
    cwd,
    readFile(path) {
      const found = find(path)
      if (found?.node.kind !== 'file') return null
      refuse(path, found.path)
      const { content: value } = found.node
      if (typeof value === 'string') return new TextEncoder().encode(value)
      return typeof value === 'function' ? value() : value
    },
    readDirectory(path) {
      const found = find(path)
      if (found?.node.kind !== 'directory') return null
      refuse(path, found.path)
      return [...found.node.entries].map(([name, node]): TreeEntry => {
        if (node.kind !== 'link') return { name, kind: node.kind, link: false }
        const kind = find(`${found.path}/${name}`)?.node.kind ?? 'broken'
        return { name, kind, link: true }
      })
    },
    kindOf: (path) => find(path)?.node.kind ?? null,
    realPath: (path) => find(path)?.path ?? null,
    readLink(path) {
      const parent = find(posix.dirname(absolute(path)))?.node
      const node = parent?.kind === 'directory' ? parent.entries.get(posix.basename(path)) : undefined
      return node?.kind === 'link' ? node.target : null
    },
  }
}

/** Adds a node and its missing parent folders. A null node adds a folder. */
function place(root: Folder, path: string, node: Node | null): void {
  const names = posix.normalize(path).split('/').filter(Boolean)
  const last = node ? names.pop() : undefined
  let folder = root
  for (const name of names) {
    let next = folder.entries.get(name)
    if (next?.kind !== 'directory') {
      next = { kind: 'directory', entries: new Map() }
      folder.entries.set(name, next)
    }
    folder = next
  }
  if (node && last !== undefined) folder.entries.set(last, node)
}

/** Resolves a path the way the kernel does, following symlinks before applying `..`. */
function resolve(
  root: Folder,
  path: string,
  budget: { links: number },
): { readonly node: File | Folder; readonly path: string } | null {
  const above: { readonly name: string; readonly folder: Folder }[] = []
  let node: File | Folder = root
  const left = path.split('/').toReversed()
  while (left.length > 0) {
    const name = left.pop()
    if (name === undefined || name === '' || name === '.') {
      // `file.py/` and `file.py/.` don't exist if `file.py` is a file.
      if (name !== undefined && node.kind === 'file') return null
      continue
    }
    if (node.kind !== 'directory') return null
    if (name === '..') {
      node = above.pop()?.folder ?? root
      continue
    }
    const next: Node | undefined = node.entries.get(name)
    if (!next) return null
    if (next.kind === 'link') {
      budget.links -= 1
      if (budget.links < 0) return null
      if (next.target.startsWith('/')) {
        above.length = 0
        node = root
      }
      left.push(...next.target.split('/').toReversed())
      continue
    }
    above.push({ name, folder: node })
    node = next
  }
  return { node, path: `/${above.map((step) => step.name).join('/')}` }
}
