/**
 * Which module-level names a piece of code may bind, and what calling a function of the file may do to them.
 * Looks at names only; works nothing out.
 */
import { isSyntaxNode } from '../syntax/syntax-tree.ts'
import type { Statement, SyntaxNode } from '../syntax/syntax-tree.ts'

/** What executing some code may do to the module's names. */
export interface Effects {
  /** Names that it may bind or delete. */
  readonly binds: ReadonlySet<string>
  /** Names that it looks up: a list among them may be changed in place, a function called. */
  readonly mentions: ReadonlySet<string>
  /** It reaches for the namespace itself (`globals()`, `exec`): any name may be bound. */
  readonly dynamic: boolean
}

interface Collecting {
  readonly binds: Set<string>
  readonly mentions: Set<string>
  dynamic: boolean
}

const dynamicNames = new Set([
  'globals',
  'locals',
  'vars',
  'exec',
  '__dict__',
  'modules',
  '__setattr__',
  'setattr',
])

/** Effects of executing a node at module level; bodies of functions are not executed by it. */
export function effectsOf(node: SyntaxNode): Effects {
  const found: Collecting = { binds: new Set(), mentions: new Set(), dynamic: false }
  collect(node, found, 'module')
  return found
}

/** Effects on the module of each function that the file defines, by name; calls among them are not followed. */
export function functionEffects(body: readonly Statement[]): ReadonlyMap<string, Effects> {
  const own = new Map<string, Collecting>()
  const pending: SyntaxNode[] = [...body]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.nodeType === 'FunctionDef' || node.nodeType === 'AsyncFunctionDef') {
      const found = own.get(node.name) ?? { binds: new Set(), mentions: new Set(), dynamic: false }
      own.set(node.name, found)
      for (const inner of node.body) collect(inner, found, 'function')
    }
    pending.push(...childrenOf(node))
  }
  return own
}

/** A function and all that it mentions, directly or through others. */
export function calledBy(name: string, functions: ReadonlyMap<string, Effects>): readonly Effects[] {
  const reached = new Set([name])
  const effects: Effects[] = []
  for (const next of reached) {
    const found = functions.get(next)
    if (found === undefined) continue
    effects.push(found)
    for (const mentioned of found.mentions) reached.add(mentioned)
  }
  return effects
}

/**
 * In a function only names declared `global` are the module's, wherever it binds them; the declaration alone is
 * taken for a binding.
 */
function collect(start: SyntaxNode, found: Collecting, where: 'module' | 'function'): void {
  const pending: { node: SyntaxNode; binding: boolean }[] = [{ node: start, binding: where === 'module' }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, binding } = next
    if (binding) for (const name of boundBy(node)) found.binds.add(name)
    if (node.nodeType === 'Global') for (const name of node.names) found.binds.add(name)
    if (node.nodeType === 'Name') {
      if (node.ctx.nodeType === 'Load') found.mentions.add(node.id)
      if (dynamicNames.has(node.id)) found.dynamic = true
    }
    if (node.nodeType === 'Attribute' && dynamicNames.has(node.attr)) found.dynamic = true
    if (node.nodeType === 'Alias' && node.name === '*') found.dynamic = true
    if (node.nodeType === 'FunctionDef' || node.nodeType === 'AsyncFunctionDef') {
      const outside = [...node.decorator_list, ...node.args.defaults, ...node.args.kw_defaults]
      for (const child of outside) if (child !== null) pending.push({ node: child, binding })
      if (where === 'module') continue
    }
    const inner = binding && node.nodeType !== 'ClassDef' && node.nodeType !== 'Lambda'
    for (const child of childrenOf(node)) pending.push({ node: child, binding: inner })
  }
}

/** Names that the node itself binds in the scope where it stands. */
function boundBy(node: SyntaxNode): readonly string[] {
  switch (node.nodeType) {
    case 'Name':
      return node.ctx.nodeType === 'Load' ? [] : [node.id]
    case 'FunctionDef':
    case 'AsyncFunctionDef':
    case 'ClassDef':
      return [node.name]
    case 'Alias':
      return node.name === '*' ? [] : [node.asname ?? node.name.split('.')[0] ?? node.name]
    case 'ExceptHandler':
    case 'MatchAs':
    case 'MatchStar':
      return node.name === undefined ? [] : [node.name]
    case 'MatchMapping':
      return node.rest === undefined ? [] : [node.rest]
    default:
      return []
  }
}

/** The nodes right below a node. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (const part of Object.values(node)) {
    if (Array.isArray(part)) {
      for (const item of part) if (isSyntaxNode(item)) children.push(item)
    } else if (isSyntaxNode(part)) children.push(part)
  }
  return children
}
