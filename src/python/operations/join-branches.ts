/** The names of a function while several ways are followed one after the other: how it was, and what they agree on. */
import { childrenOf } from '../header/module-names.ts'
import type { Statement, SyntaxNode } from '../syntax/syntax-tree.ts'
import { foreign, none, unknown } from './abstract-values.ts'
import type { Scope, Term } from './abstract-values.ts'

/** The names of all scopes, to go back to them. */
export type Names = readonly (readonly [Map<string, Term>, ReadonlyMap<string, Term>])[]

export function namesOf(scope: Scope): Names {
  const found: (readonly [Map<string, Term>, ReadonlyMap<string, Term>])[] = []
  for (let at: Scope | null = scope; at !== null; at = at.parent) found.push([at.names, new Map(at.names)])
  return found
}

export function restore(names: Names): void {
  for (const [live, kept] of names) {
    live.clear()
    for (const [name, term] of kept) live.set(name, term)
  }
}

/** What a function returns that may return any of these. */
export function agreed(results: readonly Term[]): Term {
  const [one] = results
  if (one === undefined) return none
  if (results.every((result) => result === one || isSame(result, one))) return one
  return results.some(isRisky) ? foreign : unknown
}

/** Keeps what all ends agree on; the rest is not known. */
export function merge(ends: readonly Names[]): void {
  const [first] = ends
  if (first === undefined) return
  first.forEach(([live], index) => {
    const each = ends.map((names) => names[index]?.[1] ?? new Map<string, Term>())
    const names = new Set(each.flatMap((kept) => [...kept.keys()]))
    for (const name of names) {
      const terms = each.map((kept) => kept.get(name))
      const [one] = terms
      const agree = one !== undefined && terms.every((term) => term === one || isSame(term, one))
      const risky = terms.some((term) => term === undefined || isRisky(term))
      live.set(name, agree ? one : risky ? foreign : unknown)
    }
  })
}

function isSame(left: Term | undefined, right: Term): boolean {
  if (left === undefined || left.kind !== right.kind) return false
  if ('value' in left && 'value' in right) return left.value === right.value
  if (left.kind === 'imported' && right.kind === 'imported') return left.path === right.path
  return (
    ['none', 'bind', 'context'].includes(left.kind) ||
    (left.kind === 'unknown' && right.kind === 'unknown' && left.foreign === right.foreign)
  )
}

function isRisky(term: Term): boolean {
  return (
    term.kind === 'function' ||
    term.kind === 'batch' ||
    term.kind === 'class' ||
    term.kind === 'globals' ||
    term.kind === 'member' ||
    (term.kind === 'imported' && !term.path.startsWith('builtins.')) ||
    (term.kind === 'unknown' && term.foreign)
  )
}

/** Names that the statements bind are not known from here on. */
export function forget(body: readonly Statement[], scope: Scope): void {
  const pending: SyntaxNode[] = [...body]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.nodeType === 'Name' && node.ctx.nodeType === 'Store') {
      const held = scope.names.get(node.id)
      if (held !== undefined) scope.names.set(node.id, isRisky(held) ? foreign : unknown)
    }
    if (node.nodeType === 'FunctionDef' || node.nodeType === 'Lambda') continue
    pending.push(...childrenOf(node))
  }
}
