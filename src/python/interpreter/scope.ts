/** Tracks names. Where paths merge, a name keeps its value only if all paths agree. */
import { type SyntaxNode, childNodes } from '../syntax/syntax-tree.ts'
import { handsOver } from './acting-functions.ts'
import { builtinNames } from './names/builtin-names.ts'
import { type Run, enterBranch, spend } from './run.ts'
import {
  type FunctionTerm,
  type Term,
  capable,
  foreignBecause,
  dictKeyOf,
  none,
  spoil,
  unknown,
  unknownBecause,
} from './values.ts'

/** A namespace, such as a function's. */
export interface Scope {
  /** The value of each name. Only `bind` and `unbind` may change this map. */
  names: Map<string, Term>
  /** The node that bound each name; null if not needed. */
  sites: Map<string, SyntaxNode> | null
  /** True if a snapshot shares these maps, which must then be copied before a change. */
  shared: boolean
  readonly parent: Scope | null
  /** True for a comprehension, where `:=` binds names in the enclosing scope. */
  readonly comprehension: boolean
  /** Set if a star import or `exec` may have bound any name. */
  anyName: Doubt | null
  /** Set after a star import from a library, which may define any missing name. */
  starred?: true
  /** The function that the scope belongs to; undefined for other kinds of scopes. */
  readonly definition?: FunctionTerm['node']
}

/** Why a name is unknown, and which code made it so. */
export interface Doubt {
  readonly reason: string
  readonly node: SyntaxNode
}

export function newScope(
  parent: Scope | null,
  comprehension = false,
  definition?: FunctionTerm['node'],
): Scope {
  const own = definition && { definition }
  return { names: new Map(), sites: null, shared: false, parent, comprehension, anyName: null, ...own }
}

export function bind(scope: Scope, name: string, value: Term, node: SyntaxNode): void {
  copyIfShared(scope)
  scope.names.set(name, value)
  scope.sites?.set(name, node)
}

export function unbind(scope: Scope, name: string): void {
  copyIfShared(scope)
  scope.names.delete(name)
}

/** Copies a scope's maps if they are shared. Called only before a change, because most branches change few scopes. */
function copyIfShared(scope: Scope): void {
  if (!scope.shared) return
  scope.names = new Map(scope.names)
  scope.sites &&= new Map(scope.sites)
  scope.shared = false
}

/** Returns the enclosing module scope. */
export function moduleOf(scope: Scope): Scope {
  let at = scope
  while (at.parent !== null) at = at.parent
  return at
}

export function lookUp(name: string, scope: Scope): Term {
  let at: Scope | null = scope
  let anyName: Doubt | null = null
  for (; at !== null; at = at.parent) {
    const found = at.names.get(name)
    if (found !== undefined) return found
    anyName ??= at.anyName
  }
  if (anyName !== null) return foreignBecause(anyName.reason)
  if (builtinNames.has(name)) return { kind: 'imported', path: `builtins.${name}` }
  return foreignBecause(`${name} is not assigned in this file`)
}

/** Snapshot of the names in a scope and its enclosing scopes. */
export type Names = readonly {
  readonly scope: Scope
  readonly names: Map<string, Term>
  readonly sites: Scope['sites']
  readonly anyName: Doubt | null
}[]

export function namesOf(scope: Scope): Names {
  const found: Names[number][] = []
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const { names, sites, anyName } = at
    at.shared = true
    found.push({ scope: at, names, sites, anyName })
  }
  return found
}

function restore(snapshot: Names): void {
  for (const { scope, names, sites, anyName } of snapshot)
    Object.assign(scope, { names, sites, anyName, shared: true })
}

/** Keeps bindings that are equal on all paths; other names become unknown. */
export function merge(ends: readonly Names[], doubt: Doubt): void {
  const [first] = ends
  if (first === undefined) return
  restore(first)
  first.forEach(({ scope }, index) => {
    const each = ends.flatMap((names) => names[index] ?? [])
    scope.anyName = each.map((end) => end.anyName).find((one) => one !== null) ?? null
    if (each.every(({ names }) => names === scope.names)) return
    for (const name of new Set(each.flatMap(({ names }) => [...names.keys()]))) {
      const terms = each.map(({ names }) => names.get(name))
      const [one] = terms
      if (one !== undefined && terms.every((term) => term === one || isSame(term, one))) continue
      const may = terms.some((term) => term === undefined || isRisky(term))
      const known = terms.filter((term) => term !== undefined)
      // The name may refer to any of these terms, so later code may modify any of them.
      spoil(...known)
      bind(scope, name, may ? risky(doubt.reason, known) : unknownBecause(doubt.reason), doubt.node)
    }
  })
}

/**
 * Interprets alternative parts from the same starting state. Keeps only bindings on which all parts agree. Ignores
 * parts whose result doesn't satisfy `goesOn`.
 */
export function eitherOf<T>(
  parts: readonly (() => T)[],
  doubt: Doubt,
  scope: Scope,
  run: Run,
  goesOn: (result: T) => boolean = () => true,
): readonly T[] {
  const start = namesOf(scope)
  // Comparing many names takes time, so count it as interpreter steps.
  spend(run, Math.trunc(start.reduce((sum, { names }) => sum + names.size, 0) / 8))
  const { under, branch } = run
  const ends: Names[] = []
  const results = parts.map((part) => {
    restore(start)
    enterBranch(run, doubt.reason)
    const result = part()
    Object.assign(run, { under, branch })
    if (goesOn(result)) ends.push(namesOf(scope))
    return result
  })
  if (ends.length === 0) restore(start)
  else merge(ends, doubt)
  return results
}

/** Interprets code that might not run. */
export function perhaps<T>(part: () => T, doubt: Doubt, scope: Scope, run: Run): T | null {
  return eitherOf<T | null>([part, () => null], doubt, scope, run)[0] ?? null
}

/** Returns the common value of all results; unknown if they differ. */
export function agreed(results: readonly Term[]): Term {
  const [one] = results
  if (one === undefined) return none
  if (results.every((result) => result === one || isSame(result, one))) return one
  return results.some(isRisky) ? risky('it depends on a condition', results) : unknown
}

/** Returns an unknown value that may do whatever one of these values could do. */
function risky(reason: string, values: readonly Term[]): Term {
  return handsOver(values) ? { ...capable, reason } : foreignBecause(reason)
}

/** True if the terms definitely have the same value, or are unknown in the same way. */
export function isSame(left: Term | undefined, right: Term): boolean {
  if (left === undefined || left.kind !== right.kind) return false
  if (left.kind === 'imported' && right.kind === 'imported') return left.path === right.path
  if (left.kind === 'unknown' && right.kind === 'unknown')
    return (
      left.foreign === right.foreign &&
      left.capable === right.capable &&
      left.plain === right.plain &&
      left.model === right.model &&
      left.many === right.many
    )
  if (left.kind === 'bind' && right.kind === 'bind') {
    return left.other === right.other && left.apart === right.apart
  }
  if (left.kind === 'context') return true
  const key = dictKeyOf(left)
  return key !== null && key === dictKeyOf(right)
}

function isRisky(term: Term): boolean {
  return (
    term.kind === 'function' ||
    term.kind === 'batch' ||
    term.kind === 'class' ||
    term.kind === 'instance' ||
    term.kind === 'globals' ||
    term.kind === 'member' ||
    (term.kind === 'imported' && !term.path.startsWith('builtins.')) ||
    (term.kind === 'unknown' && term.foreign)
  )
}

/** Forgets the values of all names that the code binds. */
export function forget(body: readonly SyntaxNode[], scope: Scope, doubt: Doubt): void {
  const pending = [...body]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const name of namesBoundBy(node)) {
      const held = scope.names.get(name)
      const may = held === undefined || isRisky(held)
      if (held !== undefined) spoil(held)
      bind(
        scope,
        name,
        may ? risky(doubt.reason, held ? [held] : []) : unknownBecause(doubt.reason),
        doubt.node,
      )
    }
    if (node.nodeType === 'FunctionDef' || node.nodeType === 'ClassDef' || node.nodeType === 'Lambda')
      continue
    pending.push(...childNodes(node))
  }
}

/** Returns the names bound by the node itself, not by its children. */
export function namesBoundBy(node: SyntaxNode): readonly string[] {
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

/**
 * Forgets the values of a module's names after `exec` or a star import. Keeps imported and special names, which nobody
 * replaces in practice.
 */
export function forgetModule(scope: Scope, doubt: Doubt): void {
  const module = moduleOf(scope)
  module.anyName = doubt
  for (const [name, held] of module.names) {
    const isDunder = name.startsWith('__')
    if (isDunder || held.kind === 'imported') continue
    spoil(held)
    bind(module, name, foreignBecause(doubt.reason), doubt.node)
  }
}

/** Packages that define none of the names that Alembic reads, so importing `*` from them is harmless. */
export const harmlessStars =
  /^(?:sqlalchemy|sqlalchemy_utils|geoalchemy2|peewee|typing|datetime|uuid|enum|json|alembic\.op)(?:$|\.)/
