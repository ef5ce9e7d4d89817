/**
 * Builds the same revision map as Alembic, and records the first error (`RevisionMap._revision_map`,
 * alembic/script/revision.py). Continues after an error, to find other defects.
 */
import { findCycle, keyError, missingAmong } from './cycle-check.ts'
import { pythonRepr } from '../text/python-text.ts'
import type { Revision } from './revision.ts'
import type { MapNode, MapProblem, MapProblemKind } from './map-node.ts'

/** Maps ids and labels to nodes, like Alembic's revision map. */
export interface RevisionMap {
  /** Every loaded revision. */
  readonly nodes: readonly MapNode[]
  /**
   * Nodes by id, in load order. If files share an id, the last file's node takes the first file's position.
   */
  readonly byId: ReadonlyMap<string, MapNode>
  /** Nodes by id or label, ids first. Used for every lookup by name. */
  readonly byName: ReadonlyMap<string, MapNode>
  readonly heads: readonly MapNode[]
  readonly realHeads: readonly MapNode[]
  readonly bases: readonly MapNode[]
  readonly problem: MapProblem | null
  /** True if there are no duplicate ids or cycles. Faster algorithms then give the same results as Alembic's. */
  readonly orderly: boolean
}

/** Which links to follow. `before`: parents and the revision's own dependencies. `down`: only parents. */
export type Links = 'before' | 'down' | 'children' | 'dependents'

/** A node to which children can still be added. */
interface OpenNode extends MapNode {
  children: string[]
  dependents: string[]
}

/** The empty list shared by all nodes without links. Never modified. */
const none: string[] = []

/** Builds the map from revisions in load order. Never throws. */
export function buildRevisionMap(revisions: readonly Revision[]): RevisionMap {
  const byId = new Map<string, OpenNode>()
  const nodes = revisions.map((revision, index): OpenNode => {
    const node: OpenNode = {
      id: revision.id,
      revision,
      index,
      down: revision.downRevisions,
      dependencies: none,
      ownDependencies: none,
      before: none,
      children: none,
      dependents: none,
      depth: 0,
    }
    byId.set(revision.id, node)
    return node
  })
  const byName = revisions.some(({ branchLabels }) => branchLabels.length > 0) ? new Map(byId) : byId
  let problem = mapLabels(nodes, byName)
  problem ??= resolveDependencies(nodes, byName)
  /** For each node, 1 if a `down_revision` names it by id or label. */
  const isParent = new Uint8Array(nodes.length)
  for (const node of byName.values()) {
    const found = linkParents(node, byName, isParent)
    problem ??= found
  }
  if (byName !== byId) nodes.forEach(dropRepeatedLinks)
  const heads = nodes.filter(({ index }) => isParent[index] === 0)
  const realHeads = nodes.filter(({ dependents }) => dependents.length === 0)
  problem ??= normalizeDependencies(nodes, byName)
  const bases = nodes.filter(({ revision }) => revision.isBase)
  const realBases = nodes.filter(({ revision }) => revision.isRealBase)
  const orderly = byId.size === nodes.length && measureDepths(nodes, byId)
  // Alembic's cycle check can't fail if every path to older revisions ends at a base. Skipping the check saves two
  // thirds of the time.
  if (!(orderly && nodes.every((node) => isAnchored(node, byId)))) {
    problem ??= findCycles(byId, { heads, realHeads, bases, realBases })
  }
  return { nodes, byId, byName, heads, realHeads, bases, problem, orderly }
}

/**
 * Whether all parents and dependencies of the revision exist. A revision without parents must be one of Alembic's
 * bases. If it has no dependencies either, it must also be a real base.
 */
function isAnchored(node: MapNode, byId: ReadonlyMap<string, MapNode>): boolean {
  const { revision, down, dependencies } = node
  return (
    !revision.strangeParent &&
    (down.length > 0 || revision.isBase) &&
    (down.length + dependencies.length > 0 || revision.isRealBase) &&
    down.every((id) => byId.has(id)) &&
    dependencies.every((id) => byId.has(id))
  )
}

/** Implements `_detect_cycles`. The first pass follows only parents; the second also follows dependencies. */
function findCycles(
  byId: ReadonlyMap<string, MapNode>,
  ends: Readonly<Record<'heads' | 'realHeads' | 'bases' | 'realBases', readonly MapNode[]>>,
): MapProblem | null {
  const { heads, realHeads, bases, realBases } = ends
  return (
    findCycle(
      'Cycle',
      byId,
      heads,
      bases,
      (node) => node.down,
      (node) => node.children,
    ) ??
    findCycle(
      'Dependency cycle',
      byId,
      realHeads,
      realBases,
      parentsAndDependencies,
      (node) => node.dependents,
    )
  )
}

/**
 * Returns all nodes that can be reached through the links, including the starting nodes, in Alembic's order. Ignores
 * unresolved names.
 */
export function reach(map: RevisionMap, starts: Iterable<MapNode>, links: Links): Set<MapNode> {
  const seen = new Set<MapNode>()
  const todo = [...starts]
  for (let node = todo.pop(); node; node = todo.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    for (const id of node[links]) {
      const next = map.byId.get(id)
      if (next && !seen.has(next)) todo.push(next)
    }
  }
  return seen
}

/**
 * Returns the starting nodes that can be reached from another starting node. For each node, records up to two
 * starting nodes that reach it, because one may be the node itself.
 */
export function reachedByOthers(
  map: RevisionMap,
  starts: ReadonlySet<MapNode>,
  links: Links,
): ReadonlySet<MapNode> {
  const first = new Map<MapNode, MapNode>()
  const second = new Map<MapNode, MapNode>()
  const todo: MapNode[] = []
  const from: MapNode[] = []
  const visit = (node: MapNode, start: MapNode): void => {
    const known = first.get(node)
    if (known === start || second.has(node)) return
    if (known === undefined) first.set(node, start)
    else second.set(node, start)
    todo.push(node)
    from.push(start)
  }
  for (const start of starts) visit(start, start)
  for (let node = todo.pop(); node; node = todo.pop()) {
    const start = from.pop() ?? node
    for (const id of node[links]) {
      const next = map.byId.get(id)
      if (next) visit(next, start)
    }
  }
  return new Set([...starts].filter((node) => first.get(node) !== node || second.has(node)))
}

/** Returns a revision's parents and resolved dependencies, without duplicates (`_all_down_revisions`). */
export function parentsAndDependencies(node: MapNode): readonly string[] {
  if (node.dependencies.length === 0 && node.down.length < 2) return node.down
  return [...new Set([...node.down, ...node.dependencies])]
}

/** Implements `_map_branch_labels`. Alembic visits the labeled revisions in an undefined order. */
function mapLabels(nodes: readonly MapNode[], byName: Map<string, MapNode>): MapProblem | null {
  const messages = new Set<string>()
  const ids = new Set<string>()
  const byLabel = new Map<string, MapNode[]>()
  for (const node of nodes) {
    for (const label of node.revision.branchLabels) byLabel.set(label, [...(byLabel.get(label) ?? []), node])
  }
  const report = (label: string, node: MapNode, other: MapNode): void => {
    messages.add(`Branch name '${label}' in revision ${node.id} already used by revision ${other.id}`)
    ids.add(node.id).add(other.id)
  }
  for (const [label, users] of byLabel) {
    const owner = byName.get(label)
    users.forEach((node, place) => {
      if (owner) report(label, node, owner)
      else users.forEach((other, otherPlace) => place !== otherPlace && report(label, other, node))
    })
    const [first] = users
    if (!owner && first) byName.set(label, first)
  }
  return problemOf('label-collision', 'CommandError', messages, ids)
}

/**
 * Implements `_add_depends_on`. Alembic raises `KeyError` at the first dependency that is neither an id nor a label.
 */
function resolveDependencies(
  nodes: readonly MapNode[],
  byName: ReadonlyMap<string, MapNode>,
): MapProblem | null {
  const messages = new Set<string>()
  const ids = new Set<string>()
  for (const node of nodes) {
    const { dependsOn, strangeDependency, unorderedDependencies } = node.revision
    if (dependsOn.length === 0 && !strangeDependency) continue
    const found: string[] = []
    const missing: string[] = []
    dependsOn.forEach((name, place) => {
      if (strangeDependency?.index === place) missing.push(strangeDependency.repr)
      const target = byName.get(name)
      if (target) found.push(target.id)
      else missing.push(pythonRepr(name))
    })
    if (strangeDependency) missing.push(strangeDependency.repr)
    node.dependencies = found
    for (const key of unorderedDependencies ? missing : missing.slice(0, 1)) messages.add(key)
    if (missing.length > 0) ids.add(node.id)
  }
  return problemOf('missing-dependency', 'KeyError', messages, ids)
}

/**
 * Links a revision to its parents, like Alembic's loop over `_all_down_revisions`. A parent named by its label gets
 * no child, but isn't a head either.
 */
function linkParents(
  node: MapNode,
  byName: ReadonlyMap<string, OpenNode>,
  isParent: Uint8Array,
): MapProblem | null {
  const { strangeParent } = node.revision
  let problem: MapProblem | null = null
  if (strangeParent) {
    problem = { kind: 'wrong-type', error: strangeParent.error, otherMessages: [], ids: [node.id] }
  }
  for (const name of parentsAndDependencies(node)) {
    const parent = byName.get(name)
    if (!parent) {
      problem ??= {
        kind: 'missing-down-revision',
        error: { type: 'KeyError', message: pythonRepr(name) },
        otherMessages: [],
        ids: [node.id],
      }
      continue
    }
    const { children, dependents } = parent
    const isChild = node.down.includes(parent.id)
    if (isChild) parent.children = withLink(children, node.id)
    if (dependents !== children) parent.dependents = withLink(dependents, node.id)
    else parent.dependents = isChild ? parent.children : withLink([...children], node.id)
    if (node.down.includes(name)) isParent[parent.index] = 1
  }
  return problem
}

/** Adds an id to a list. Replaces an empty list, because all nodes without links share it. */
function withLink(ids: string[], id: string): string[] {
  if (ids.length === 0) return [id]
  if (ids.at(-1) !== id) ids.push(id)
  return ids
}

/** Removes repeated links. A revision with labels is linked once for its id and once for each label. */
function dropRepeatedLinks(node: OpenNode): void {
  const { children, dependents } = node
  if (dependents.length < 2) return
  node.children = [...new Set(children)]
  node.dependents = dependents === children ? node.children : [...new Set(dependents)]
}

/**
 * Implements `_normalize_depends_on`: removes dependencies that an ancestor already has. Fails if a parent is named
 * by its label.
 */
function normalizeDependencies(
  nodes: readonly MapNode[],
  byName: ReadonlyMap<string, MapNode>,
): MapProblem | null {
  const users = new Map<string, number>()
  for (const { dependencies } of nodes) {
    if (dependencies.length > 0)
      for (const id of new Set(dependencies)) users.set(id, (users.get(id) ?? 0) + 1)
  }
  const sound = nodes.every(
    ({ down, revision }) => !revision.strangeParent && down.every((name) => byName.get(name)?.id === name),
  )
  let problem: MapProblem | null = null
  for (const node of nodes) {
    if (node.dependencies.length === 0) {
      node.before = node.down.length < 2 ? node.down : [...new Set(node.down)]
      continue
    }
    const own = new Set(node.dependencies)
    const shared = new Set(node.dependencies.filter((id) => (users.get(id) ?? 0) > 1))
    if (shared.size > 0 || (own.size > 0 && !sound)) {
      problem ??= dropInherited(node, own, sound ? shared : null, byName)
    }
    node.ownDependencies = [...own]
    node.before = [...new Set([...node.down, ...node.ownDependencies])]
  }
  return problem
}

/**
 * Removes from `own` the dependencies that an ancestor already has. Like Alembic, fails on names that aren't ids.
 * The search stops once `open` is empty.
 */
function dropInherited(
  node: MapNode,
  own: Set<string>,
  open: Set<string> | null,
  byName: ReadonlyMap<string, MapNode>,
): MapProblem | null {
  const seen = new Set<MapNode>([node])
  const todo: MapNode[] = [node]
  let problem: MapProblem | null = null
  for (let next = todo.pop(); next; next = todo.pop()) {
    if (next !== node) {
      for (const id of next.dependencies) {
        own.delete(id)
        open?.delete(id)
      }
    }
    if (open?.size === 0) return null
    const missing = missingAmong(next, next.down, byName)
    if (missing !== null) problem ??= keyError(missing, node)
    for (const name of next.down) {
      const parent = byName.get(name)
      if (parent && parent.id !== name) {
        const error = { type: 'CommandError', message: 'Dependency resolution failed; broken map' }
        problem ??= { kind: 'missing-down-revision', error, otherMessages: [], ids: [node.id] }
      } else if (parent && !seen.has(parent)) {
        seen.add(parent)
        todo.push(parent)
      }
    }
  }
  return problem
}

/** Sets every node's `depth`, parents first. Returns false if there is a cycle. */
function measureDepths(nodes: readonly MapNode[], byId: ReadonlyMap<string, MapNode>): boolean {
  /** For each node, the number of parents and dependencies whose depth isn't known yet. */
  const waiting = new Int32Array(nodes.length)
  const ready: MapNode[] = []
  for (const node of nodes) {
    let parents = 0
    for (const id of parentsAndDependencies(node)) if (byId.has(id)) parents += 1
    waiting[node.index] = parents
    if (parents === 0) ready.push(node)
  }
  let done = 0
  for (let node = ready.pop(); node; node = ready.pop()) {
    done += 1
    for (const id of node.dependents) {
      const child = byId.get(id)
      if (!child) continue
      child.depth = Math.max(child.depth, node.depth + 1)
      const left = (waiting[child.index] ?? 0) - 1
      waiting[child.index] = left
      if (left === 0) ready.push(child)
    }
  }
  return done === nodes.length
}

function problemOf(
  kind: MapProblemKind,
  type: string,
  messages: ReadonlySet<string>,
  ids: ReadonlySet<string>,
): MapProblem | null {
  const [message, ...otherMessages] = messages
  if (message === undefined) return null
  return { kind, error: { type, message }, otherMessages, ids: [...ids] }
}
