/**
 * Implements Alembic's identifier resolution: ids, prefixes, labels, `head`, `base`, `label@…` and relative steps.
 * Follows alembic/script/revision.py, including its exceptions.
 */
import {
  assertionFailure,
  cannotLocate,
  NotPredictable,
  relativeFailure,
  severalHeads,
} from './alembic-failure.ts'
import { pythonLength } from '../text/python-text.ts'
import { type RevisionMap, reach } from './revision-map.ts'
import type { MapNode } from './map-node.ts'

/** Result of a lookup: a revision, `base` for the position before all revisions, or null if nothing was found. */
export type ResolvedNode = MapNode | 'base' | null

/** Argument to a lineage test. Names are resolved before the test. */
export type IdentifierOrNode = MapNode | string | null

/** The map to search, and the command's target, which is named in the `MultipleHeads` message. */
export interface RevisionLookup {
  readonly map: RevisionMap
  readonly target: string
}

/**
 * Implements `get_revisions(text)`: returns all revisions that an identifier resolves to. Null means the base, like
 * NULL in the version table.
 */
export function revisionsFor(lookup: RevisionLookup, text: string | null): readonly ResolvedNode[] {
  const { ids, label } = symbolsOf(lookup, text)
  const [only] = ids
  if (ids.length === 1 && only !== undefined && isNegativeInteger(only)) {
    if (label !== null) throw new NotPredictable({ kind: 'inheritedLabels', identifier: `${label}@${only}` })
    return lookup.map.realHeads.map((head) => walk(lookup, currentOf(lookup, head), Number(only), null))
  }
  return ids.map((id) => revisionNamed(lookup, id, label))
}

/** Implements `get_revision(text)`: returns the single revision that an identifier resolves to. */
export function revisionFor(lookup: RevisionLookup, text: string | null): MapNode | null {
  const { ids, label } = symbolsOf(lookup, text)
  if (ids.length > 1) throw severalHeads(ids, text ?? '', lookup.target)
  return revisionNamed(lookup, ids[0] ?? null, label)
}

/**
 * Implements `filter_for_lineage`: returns the targets that are ancestors or descendants of `against`, following only
 * parent links.
 */
export function inLineage<T extends IdentifierOrNode>(
  lookup: RevisionLookup,
  targets: readonly T[],
  against: string,
): readonly T[] {
  const { ids, label } = symbolsOf(lookup, against)
  const shares = label ? [label, ...ids] : ids
  return targets.filter((target) => sharesLineage(lookup, target, shares))
}

/**
 * Implements `_walk`: goes a number of steps up to children or down to parents. Returns null if there aren't enough
 * revisions. Fails at a fork.
 */
export function walk(
  lookup: RevisionLookup,
  start: ResolvedNode,
  steps: number,
  label: string | null,
): ResolvedNode {
  let current: ResolvedNode = start
  for (let count = 0; count < Math.abs(steps); count += 1) {
    const next: readonly ResolvedNode[] = steps > 0 ? above(lookup, current, label) : below(lookup, current)
    if (next.length === 0) return null
    if (next.length > 1) throw relativeFailure('Ambiguous walk')
    current = next[0] ?? null
  }
  return current
}

/**
 * Returns the ids and labels that start with this text. Alembic never matches names of fewer than four characters by
 * prefix.
 */
export function namesBeginning(map: RevisionMap, text: string): readonly string[] {
  return [...map.byName.keys()].filter((name) => name.startsWith(text) && pythonLength(name) > 3)
}

/**
 * Implements `_resolve_revision_number`: returns the ids that a symbol such as `head` refers to, and the label before
 * the first `@`.
 */
function symbolsOf(
  lookup: RevisionLookup,
  text: string | null,
): { ids: readonly string[]; label: string | null } {
  const at = text?.indexOf('@') ?? -1
  const label = text !== null && at >= 0 ? text.slice(0, at) : null
  const name = text !== null && at >= 0 ? text.slice(at + 1) : text
  const { map } = lookup
  if (name === null || name === 'base') return { ids: [], label }
  if (name !== 'head' && name !== 'heads') return { ids: [name], label }
  if (name === 'heads' && !label) return { ids: map.realHeads.map(({ id }) => id), label }
  const heads = map.heads.map(({ id }) => id)
  const ids = label ? inLineage(lookup, heads, label) : heads
  if (name === 'heads') return { ids, label }
  if (ids.length > 1) throw severalHeads(ids, label ? `${label}@head` : 'head', lookup.target)
  return { ids: ids.filter((id) => id !== ''), label }
}

/**
 * Implements `_revision_for_ident`: looks for an exact name first, then for a unique prefix within the label's lineage.
 */
function revisionNamed(lookup: RevisionLookup, name: string | null, label: string | null): MapNode | null {
  const branch = label ? branchOf(lookup, label) : null
  if (name === null) return null
  let found = lookup.map.byName.get(name)
  if (!found) {
    if (name === '') throw assertionFailure()
    const all = namesBeginning(lookup.map, name)
    const names = branch && label ? inLineage(lookup, all, label) : all
    found = names.length === 1 ? lookup.map.byName.get(names[0] ?? '') : undefined
    if (!found) throw cannotLocate(name, names)
  }
  if (branch) {
    if (name === '') throw assertionFailure()
    const shares = branch.id === '' ? [] : [branch.id]
    if (!sharesLineage(lookup, found.id, shares)) throw cannotLocate(name)
  }
  return found
}

/** Implements `_resolve_branch`. */
function branchOf(lookup: RevisionLookup, label: string): MapNode | null {
  const exact = lookup.map.byName.get(label)
  if (exact) return exact
  if (namesBeginning(lookup.map, label).length !== 1) throw cannotLocate(label)
  return revisionNamed(lookup, label, null)
}

/** Implements `_shares_lineage`, following only `down_revision`. */
function sharesLineage(lookup: RevisionLookup, target: IdentifierOrNode, shares: readonly string[]): boolean {
  if (shares.length === 0) return true
  const node = typeof target === 'string' ? revisionNamed(lookup, target, null) : target
  if (node === null) throw assertionFailure()
  const tested = shares.map((share) => revisionNamed(lookup, share, null))
  const descendants = reach(lookup.map, [node], 'children')
  const ancestors = reach(lookup.map, [node], 'down')
  return tested.some((one) => one !== null && (descendants.has(one) || ancestors.has(one)))
}

function above(lookup: RevisionLookup, current: ResolvedNode, label: string | null): readonly ResolvedNode[] {
  if (current === 'base') throw assertionFailure()
  const ids = current === null ? lookup.map.bases.map(({ id }) => id) : current.children
  const children = ids.flatMap((id) => revisionsFor(lookup, id))
  if (children.some((child) => child === null || child === 'base')) throw assertionFailure()
  return label ? inLineage(lookup, children, label) : children
}

function below(lookup: RevisionLookup, current: ResolvedNode): readonly ResolvedNode[] {
  if (current === 'base') return []
  const ids = current === null ? lookup.map.heads.map(({ id }) => id) : current.down
  const parents = ids.flatMap((id) => revisionsFor(lookup, id))
  return parents.length === 0 ? ['base'] : parents
}

/** Looks up a head by its id. If several files share the id, the last one loaded wins. */
function currentOf(lookup: RevisionLookup, head: MapNode): ResolvedNode {
  return revisionNamed(lookup, head.id, null)
}

/** Whether Python's `int()` would parse the text as a negative number. */
function isNegativeInteger(text: string): boolean {
  const match = /^\s*-(\d+(?:_\d+)*)\s*$/.exec(text)
  return match?.[1] !== undefined && /[1-9]/.test(match[1])
}
