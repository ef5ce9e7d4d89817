/** Determines which repository modules a Python process imports. */
import { decodeSource } from '../../source/decode-source.ts'
import type { ModuleFile, ModuleSource } from '../../interpreter/run.ts'
import { type Statement, type SyntaxNode, childNodes, parsePython } from '../../syntax/syntax-tree.ts'

/** A module's source and its imports. */
export interface ReadModule {
  readonly text: string
  /** Modules that are definitely imported. */
  readonly certain: readonly string[]
  /** All modules named in import statements. */
  readonly possible: readonly string[]
}

const maxModules = 150

/** Reads a file's imports; null if the file isn't valid Python. `module` is its dotted name, if any. */
export function readImports(
  bytes: Uint8Array,
  module: { readonly name: string; readonly isPackage: boolean } | null,
): ReadModule | null {
  const source = decodeSource(bytes)
  const parsed = source.kind === 'text' ? parsePython(source.text) : null
  if (source.kind !== 'text' || parsed?.kind !== 'tree') return null
  const named = (nodes: readonly SyntaxNode[]): readonly string[] =>
    nodes.flatMap((node) => namesIn(node, module))
  const { body } = parsed.tree
  return { text: source.text, certain: named(body), possible: named(body.flatMap(withInner)) }
}

function withInner(node: SyntaxNode): readonly SyntaxNode[] {
  return [node, ...childNodes(node).flatMap(withInner)]
}

/** Returns the modules named by an import statement, including enclosing packages. */
function namesIn(
  node: SyntaxNode | Statement,
  module: { readonly name: string; readonly isPackage: boolean } | null,
): readonly string[] {
  if (node.nodeType === 'Import') return node.names.flatMap(({ name }) => withPackages(name))
  if (node.nodeType !== 'ImportFrom') return []
  const { level = 0, module: written = '' } = node
  const parts = module?.name.split('.') ?? []
  const around = parts.slice(0, parts.length - level + (module?.isPackage ? 1 : 0))
  if (level > 0 && around.length === 0) return []
  const from = [...(level > 0 ? around : []), ...(written === '' ? [] : [written])].join('.')
  return [...withPackages(from), ...node.names.map(({ name }) => `${from}.${name}`)]
}

function withPackages(name: string): readonly string[] {
  const parts = name.split('.')
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'))
}

/**
 * Returns these modules and all their imports in the repository, keyed by name. `certain` follows only imports that
 * definitely run. Null if a module can't be read.
 */
export function withImports(
  names: readonly string[],
  modules: ModuleSource,
  which: 'certain' | 'possible',
): ReadonlyMap<string, ReadModule> | null {
  const found = new Map<string, ReadModule>()
  const pending = [...names]
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name) || name.endsWith('.*')) continue
    const file = modules.find(name)
    if (file === null) {
      if (modules.isElsewhere(name) || isInside(name, modules)) continue
      return null
    }
    if (file.path === '') continue
    const read = cached(file, name)
    if (read === null || found.size >= maxModules) return null
    found.set(name, read)
    pending.push(...read[which])
  }
  return found
}

/** Whether the name's parent is a module, which may define the name. */
function isInside(name: string, modules: ModuleSource): boolean {
  const parent = modules.find(name.slice(0, Math.max(0, name.lastIndexOf('.'))))
  return parent !== null
}

const known = new WeakMap<ModuleFile, ReadModule | null>()

function cached(file: ModuleFile, name: string): ReadModule | null {
  const before = known.get(file)
  if (before !== undefined) return before
  const read = readImports(file.bytes, { name, isPackage: file.isPackage })
  known.set(file, read)
  return read
}
