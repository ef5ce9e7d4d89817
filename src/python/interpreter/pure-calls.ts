/**
 * Caches calls such as `sa.Column('id', sa.Integer())`, whose results depend only on their source text. Migrations
 * often repeat them.
 */
import { ownText } from '../source/own-text.ts'
import type { NodeOf, SyntaxNode } from '../syntax/syntax-tree.ts'
import { type Run, sourceOf, spend } from './run.ts'
import { type Scope, lookUp } from './scope.ts'
import type { Made, Term } from './values.ts'

interface Remembered {
  readonly value: Made
  /** Interpreter steps needed to evaluate the call. */
  readonly steps: number
}

/** Maximum number of cached calls, and maximum length of their source text. */
const maxCalls = 10_000
const maxLength = 300

/** Cached calls, keyed by library and source text. */
const remembered = new Map<string, Map<string, Remembered>>()
let count = 0

/** Returns a call's value, from the cache if possible. */
export function rememberedCall(
  node: NodeOf<'Call'>,
  scope: Scope,
  run: Run,
  evaluated: (node: NodeOf<'Call'>, scope: Scope, run: Run) => Term,
): Term {
  const library = libraryOf(node, scope, run)
  if (library === null) return evaluated(node, scope, run)
  const text = sourceOf(run, node)
  const calls = remembered.get(library) ?? new Map<string, Remembered>()
  const known = calls.get(text)
  if (known !== undefined) {
    spend(run, known.steps)
    return known.value
  }
  const before = run.budget
  const value = evaluated(node, scope, run)
  if (count >= maxCalls || text.length > maxLength || value.kind !== 'made') return value
  const isPure = (part: SyntaxNode): boolean => isPurePart(part, rootOf(node), library, run)
  if (!node.args.every(isPure) || !node.keywords.every(isPure)) return value
  count += 1
  const shared = { ...value, shared: true as const }
  calls.set(ownText(text), { value: shared, steps: before - run.budget })
  remembered.set(library, calls)
  return shared
}

/** Returns the library's dotted name if the result can be cached; null otherwise. */
function libraryOf({ func }: NodeOf<'Call'>, scope: Scope, { host }: Run): string | null {
  if (host.creates === undefined || func.nodeType !== 'Attribute' || func.value.nodeType !== 'Name')
    return null
  const library = lookUp(func.value.id, scope)
  return library.kind === 'imported' && host.creates(library.path, func.attr) ? library.path : null
}

/** Returns `name` for a call `name.attribute(…)`; null for any other call. */
function rootOf({ func }: NodeOf<'Call'>): string | null {
  return func.nodeType === 'Attribute' && func.value.nodeType === 'Name' ? func.value.id : null
}

/** True for constants, names from the same library, and calls that contain nothing else. */
function isPurePart(node: SyntaxNode, root: string | null, library: string, run: Run): boolean {
  const isPure = (part: SyntaxNode): boolean => isPurePart(part, root, library, run)
  switch (node.nodeType) {
    case 'Constant':
      return true
    case 'Keyword':
      return node.arg !== undefined && isPure(node.value)
    case 'Attribute':
      return (
        node.value.nodeType === 'Name' &&
        node.value.id === root &&
        run.host.creates?.(library, node.attr) === true
      )
    case 'Call':
      return isPure(node.func) && node.args.every(isPure) && node.keywords.every(isPure)
    default:
      return false
  }
}
