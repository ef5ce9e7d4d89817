/**
 * Decides which revisions `alembic upgrade` would run, and in which order (`_parse_upgrade_target`,
 * `_collect_upgrade_revisions` and `_topological_sort` in alembic/script/revision.py).
 */
import {
  AlembicFailure,
  assertionFailure,
  NotPredictable,
  relativeFailure,
} from '../history/alembic-failure.ts'
import { ancestorTest } from '../history/ancestry-index.ts'
import type { VersionRow } from '../history/database-state.ts'
import {
  type ResolvedNode,
  type RevisionLookup,
  inLineage,
  revisionFor,
  revisionsFor,
  walk,
} from '../history/resolve-revision.ts'
import { type Orders, allOrders } from './set-orders.ts'
import { type RevisionMap, reach } from '../history/revision-map.ts'
import type { MapNode } from '../history/map-node.ts'

/** The revisions that an upgrade runs, along with its targets and the applied revisions. */
export interface UpgradePlan {
  /** Revisions that the target resolves to. */
  readonly targets: readonly MapNode[]
  /** Revisions in the version table, and all their ancestors. */
  readonly applied: ReadonlySet<MapNode>
  /** Revisions to run, in order. */
  readonly steps: readonly MapNode[]
}

/** A failure and its cause: the target, one row of the version table, all rows together, or an uncertain order. */
export interface BlamedFailure {
  readonly failure: AlembicFailure
  readonly blame: 'target' | VersionRow | 'rows' | 'order'
}

const relativeTarget = /^(?:(.+?)@)?([\p{L}\p{N}_]+)?([+-]\d+)/u

/** Returns the error that Alembic raises for a relative target before it loads any file; null if there is none. */
export function refuseTargetEarly(target: string, rows: readonly VersionRow[]): AlembicFailure | null {
  const match = relativeTarget.exec(target)
  if (!match || match[2] !== undefined) return null
  const [, label, , steps = ''] = match
  if (Number(steps) <= 0) return relativeFailure(notProduced(String(BigInt(steps.replace('+', ''))), steps))
  if (label === undefined && rows.length > 1) return ambiguousStart()
  const [first] = rows
  if (first?.kind !== 'not-text') return null
  return label === undefined ? withoutChildren(first.repr) : notText(first.repr)
}

/** Plans the upgrade. `loadOrder` is `unspecified` before Alembic 1.10, which loads files in file system order. */
export function planUpgrade(
  lookup: RevisionLookup,
  rows: readonly VersionRow[],
  orders: Orders,
  loadOrder: 'sorted' | 'unspecified',
): UpgradePlan | BlamedFailure {
  let blame: BlamedFailure['blame'] = 'target'
  try {
    const targets = targetsOf(lookup, rows).map(asRevision)
    const needed = covered(lookup.map, targets)
    const current: ResolvedNode[] = []
    for (const row of rows) {
      blame = row
      current.push(...revisionsOfRow(lookup, row))
    }
    blame = 'rows'
    if (current[0] === null) throw assertionFailure('Expected downgrade target in string form')
    const applied = covered(lookup.map, current)
    blame = 'order'
    const pending = new Set([...needed].filter((node) => !applied.has(node)))
    const sorted = sort(lookup.map, pending, targets, orders, loadOrder)
    const steps = sorted.map((id) => asRevision(revisionFor(lookup, id))).toReversed()
    return { targets, applied, steps }
  } catch (error) {
    if (error instanceof AlembicFailure) return { failure: error, blame }
    throw error
  }
}

/** Implements `get_revisions` for one row of the version table. */
function revisionsOfRow(lookup: RevisionLookup, row: VersionRow): readonly ResolvedNode[] {
  if (row.kind !== 'not-text') return revisionsFor(lookup, row.kind === 'null' ? null : row.value)
  throw notText(row.repr)
}

/** Implements `_parse_upgrade_target`. */
function targetsOf(lookup: RevisionLookup, rows: readonly VersionRow[]): readonly ResolvedNode[] {
  const match = relativeTarget.exec(lookup.target)
  if (!match) return revisionsFor(lookup, lookup.target)
  const [, label = null, symbol, signed = ''] = match
  const steps = Number(signed)
  if (symbol !== undefined) {
    if (steps > 0) return [walk(lookup, revisionFor(lookup, symbol), steps, label)]
    return [walk(lookup, revisionFor(lookup, label === null ? symbol : `${label}@${symbol}`), steps, null)]
  }
  const starts =
    label === null ? rows.map((row) => startOfRow(lookup, row)) : startsOnBranch(lookup, rows, label)
  if (starts.length > 1) throw ambiguousStart()
  const end = walk(lookup, starts[0]?.() ?? null, steps, label)
  if (end === null) throw relativeFailure(notProduced(signed, signed))
  return [end]
}

/**
 * Returns the revision that Alembic counts `+n` from; null for the base. Called only if there is a single
 * candidate, because `+n` is ambiguous otherwise.
 */
type Start = () => MapNode | null

function startOfRow(lookup: RevisionLookup, row: VersionRow): Start {
  if (row.kind === 'text') return () => revisionFor(lookup, row.value)
  if (row.kind === 'null') return () => null
  return () => {
    throw withoutChildren(row.repr)
  }
}

/**
 * Returns the starting points for `label@+n`: the version rows on that branch, falling back to its newest applied
 * revisions.
 */
function startsOnBranch(
  lookup: RevisionLookup,
  rows: readonly VersionRow[],
  label: string,
): readonly Start[] {
  const current = rows.flatMap((row) => [...revisionsOfRow(lookup, row)])
  if (rows.length === 0) revisionsFor(lookup, null)
  const onBranch = inLineage(lookup, current, label)
  if (onBranch.length > 0) return onBranch.map((found) => () => (found === 'base' ? null : found))
  const applied = inLineage(lookup, [...reach(lookup.map, current.map(asRevision), 'before')], label)
  const below = new Set(applied.flatMap((node) => [...node.before]))
  const tips = new Set(applied.map(({ id }) => id).filter((id) => !below.has(id)))
  return [...tips].map((id) => () => revisionFor(lookup, id))
}

/**
 * Implements `_get_ancestor_nodes(…, check=True)`: returns the given revisions and all their ancestors. Raises an
 * overlap error if one of them is an ancestor of another. Like Alembic, may miss overlaps with nodes visited earlier.
 */
function covered(map: RevisionMap, starts: readonly ResolvedNode[]): Set<MapNode> {
  const asked = new Set(starts)
  const seen = new Set<MapNode>()
  for (const found of starts) {
    const start = asRevision(found)
    const overlaps = new Set<MapNode>()
    const todo = [start]
    for (let node = todo.pop(); node; node = todo.pop()) {
      if (node !== start && asked.has(node)) overlaps.add(node)
      if (seen.has(node)) continue
      seen.add(node)
      for (const id of node.before) {
        const next = map.byId.get(id)
        if (next) todo.push(next)
      }
    }
    if (overlaps.size > 0) throw overlap(start, [...overlaps])
  }
  return seen
}

/** Implements `_topological_sort`: returns ids from newest to oldest. */
function sort(
  map: RevisionMap,
  pending: ReadonlySet<MapNode>,
  targets: readonly MapNode[],
  orders: Orders,
  loadOrder: 'sorted' | 'unspecified',
): readonly string[] {
  const todo = new Set([...pending].map(({ id }) => id))
  const comesBefore = map.orderly ? ancestorTest(map, pending) : null
  const above = (node: MapNode): Above => {
    if (comesBefore) return { node, has: (one) => comesBefore(node, one) }
    const ids = new Set([...reach(map, [node], 'before')].map(({ id }) => id))
    return { node, has: (one) => ids.has(one.id), drop: (one) => ids.delete(one.id) }
  }
  let tips = firstTips(map, todo, targets)
  if (loadOrder === 'unspecified') tips = orders.arrange('tips', tips)
  const lines = tips.map(above)
  const waiting = new Set(tips.map(({ id }) => id))
  const output: string[] = []
  let place = 0
  let switches = 0
  for (let line = lines[place]; line; line = lines[place]) {
    const { node } = line
    const other = lines.length < 2 ? -1 : lines.findIndex((one, index) => index !== place && one.has(node))
    if (other >= 0) {
      place = other
      switches += 1
      if (switches > lines.length) {
        throw new NotPredictable({ kind: 'endless', ids: lines.map((one) => one.node.id) })
      }
      continue
    }
    switches = 0
    if (todo.delete(node.id)) output.push(node.id)
    const next = beforeOf(node, orders).filter((id) => todo.has(id) && !waiting.has(id))
    const [first, ...more] = next.flatMap((id) => map.byId.get(id) ?? [])
    waiting.delete(node.id)
    if (!first) {
      lines.splice(place, 1)
      place = Math.max(place - 1, 0)
      continue
    }
    for (const id of next) waiting.add(id)
    if (node.ownDependencies.length === 0 && node.down.length === 1 && line.drop) {
      line.drop(node)
      lines[place] = { ...line, node: first }
    } else {
      lines[place] = above(first)
      lines.push(...more.map(above))
    }
  }
  if (todo.size > 0) throw assertionFailure()
  return output
}

/**
 * A branch during the sort. `node` is its newest revision. `has` checks whether a revision is a known ancestor of
 * `node`.
 */
interface Above {
  readonly node: MapNode
  readonly has: (node: MapNode) => boolean
  /**
   * Removes a revision from the known ancestors, as Alembic's sort does. Defined only if the ancestors are stored as a
   * set.
   */
  readonly drop?: (node: MapNode) => void
}

function firstTips(
  map: RevisionMap,
  todo: ReadonlySet<string>,
  targets: readonly MapNode[],
): readonly MapNode[] {
  const ids = new Set(targets.map(({ id }) => id).filter((id) => todo.has(id)))
  const sorted = ids.size < 2 ? [...ids] : [...map.byName.keys()].filter((id) => ids.has(id))
  return sorted.flatMap((id) => map.byName.get(id) ?? [])
}

/** Returns `_normalized_down_revisions` in one of the possible orders. */
export function beforeOf(node: MapNode, orders: Orders): readonly string[] {
  const { revision, ownDependencies } = node
  if (!revision.unorderedParents && ownDependencies.length < 2) return node.before
  return [
    ...new Set([...mapParentsOf(node, orders), ...orders.arrange(`own ${node.index}`, ownDependencies)]),
  ]
}

/** Returns `_versioned_down_revisions` in one possible order. Alembic logs these ids before the arrow (`->`). */
export function mapParentsOf(node: MapNode, orders: Orders): readonly string[] {
  return node.revision.unorderedParents ? orders.arrange(`down ${node.index}`, node.down) : node.down
}

function asRevision(found: ResolvedNode): MapNode {
  if (found === null || found === 'base') throw assertionFailure()
  return found
}

function overlap(start: MapNode, others: readonly MapNode[]): AlembicFailure {
  const wording = (ids: readonly string[]): string =>
    `Requested revision ${start.id} overlaps with other requested revisions ${ids.join(', ')}`
  const ids = others.map(({ id }) => id)
  return new AlembicFailure(
    { type: 'CommandError', message: wording(ids) },
    { kind: 'overlap', revision: start.id, others: ids },
    ids.length > 1,
    ids.length < 4 ? allOrders(ids).slice(1).map(wording) : [],
  )
}

function notText(repr: string): AlembicFailure {
  const message = `revision identifier ${repr} is not a string; ensure database driver settings are correct`
  return new AlembicFailure({ type: 'CommandError', message }, { kind: 'not-text' })
}

function withoutChildren(repr: string): AlembicFailure {
  const message = `'${typeOfRepr(repr)}' object has no attribute 'nextrev'`
  return new AlembicFailure({ type: 'AttributeError', message }, { kind: 'not-text' })
}

function ambiguousStart(): AlembicFailure {
  return relativeFailure('Ambiguous upgrade from multiple current revisions')
}

function notProduced(shown: string, steps: string): string {
  return `Relative revision ${shown} didn't produce ${BigInt(steps.replace(/^[+-]/, ''))} migrations`
}

/** Infers the name of a Python value's type from its repr. */
function typeOfRepr(repr: string): string {
  if (/^-?\d+$/.test(repr)) return 'int'
  if (/^b['"]/.test(repr)) return 'bytes'
  if (/^-?[\d.]+(e[+-]\d+)?$/.test(repr)) return 'float'
  return /^(?:\w+\.)*(\w+)\(/.exec(repr)?.[1] ?? 'object'
}
