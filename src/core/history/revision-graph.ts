/**
 * Builds a repository's revision graph: all files and links, the error that Alembic would raise, and all defects that
 * rules report.
 */
import { atLeast } from './alembic-version.ts'
import { type CyclePath, cyclesIn, redundantParentsIn } from './graph-defects.ts'
import type { PythonError, Span } from './migration-module.ts'
import {
  type FileDefect,
  type LoadedFile,
  type Revision,
  type UnreadableReason,
  illegalCharacters,
  loadFile,
} from './revision.ts'
import type { Repository } from './repository.ts'
import { type Links, type RevisionMap, buildRevisionMap, reach, reachedByOthers } from './revision-map.ts'
import type { MapNode, MapProblemKind } from './map-node.ts'

/** Why Alembic rejects a revision id or fails to handle it. */
export type IdProblem =
  | { readonly kind: 'empty' | 'symbol' | 'colon' | 'quote' }
  | { readonly kind: 'illegal'; readonly characters: readonly string[] }

/** An exception that Alembic definitely raises. Its message may depend on the order of sets or directory entries. */
export interface CertainFailure {
  readonly error: PythonError
  /**
   * Whether the message may differ. `otherMessages` lists the alternatives; it's empty if they are unknown or too
   * numerous.
   */
  readonly messageUncertain: boolean
  readonly otherMessages: readonly string[]
}

/** The first error that Alembic raises before the graph is complete, or why that error can't be determined. */
export type GraphProblem =
  | ({ readonly kind: 'listing' } & CertainFailure)
  | ({
      readonly kind: 'file'
      readonly path: string
      readonly span: Span
      readonly defect: FileDefect
      /** Id of the revision if Alembic rejects only the revision; null if it rejects the whole file. */
      readonly id: string | null
    } & CertainFailure)
  | {
      readonly kind: 'unreadable'
      readonly error: null
      readonly path: string
      readonly span: Span
      readonly reason: UnreadableReason
    }
  | ({ readonly kind: MapProblemKind; readonly ids: readonly string[] } & CertainFailure)

/** A name in `down_revision` or `depends_on` that can't be resolved. */
export interface MissingName {
  readonly revision: Revision
  readonly missing: string
  /** Whether the name is a branch label, which Alembic doesn't accept as a parent. */
  readonly isLabel: boolean
}

/** The revision graph and all its defects. */
export interface RevisionGraph {
  /** Every file, in load order. */
  readonly files: readonly LoadedFile[]
  /** Every readable revision in load order, including revisions that share an id. */
  readonly revisions: readonly Revision[]
  /** Revisions that no file lists as a parent, in load order. As in Alembic, this includes shadowed duplicates. */
  readonly heads: readonly string[]
  /** Heads that no other revision depends on. */
  readonly realHeads: readonly string[]
  readonly bases: readonly string[]
  readonly branchPoints: readonly string[]
  readonly mergePoints: readonly string[]
  /** Why Alembic can't build a graph; null if it can. If set, the other fields are based on the remaining files. */
  readonly problem: GraphProblem | null
  readonly duplicates: readonly { readonly id: string; readonly revisions: readonly Revision[] }[]
  /** Parents that no file defines. Omits names that an unreadable file might define. */
  readonly missingParents: readonly MissingName[]
  /** Dependencies that are neither ids nor labels. Omits names that an unreadable file might define. */
  readonly missingDependencies: readonly MissingName[]
  /**
   * Label collisions, each listed once. `other` is the revision whose id equals the label; otherwise, the
   * previously loaded revision with the same label.
   */
  readonly labelCollisions: readonly {
    readonly label: string
    readonly revision: Revision
    readonly other: Revision
  }[]
  /** Ids that Alembic rejects, or accepts but can't handle. */
  readonly illegalIds: readonly {
    readonly revision: Revision
    readonly reason: IdProblem
    readonly refused: boolean
  }[]
  readonly selfLoops: readonly { readonly revision: Revision; readonly dependency: boolean }[]
  /** One cycle for each strongly connected component. Self-loops count as cycles. */
  readonly cycles: readonly (CyclePath & { readonly detectedByAlembic: boolean })[]
  /** Parents that are also ancestors of another parent. Some of them make Alembic crash. */
  readonly redundantParents: readonly {
    readonly revision: Revision
    readonly parent: string
    readonly ancestorOf: string
  }[]
  /** Alembic's revision map. Complete and accurate only if `problem` is null. */
  readonly map: RevisionMap
  /** Returns the revision with exactly this id. If several files share the id, returns the one that Alembic uses. */
  get(id: string): Revision | undefined
}

/**
 * Builds the graph from all modules. Never throws. Reuses the revisions of unchanged modules from `similar`,
 * another graph of the same project.
 */
export function buildGraph(repository: Repository, similar: RevisionGraph | null = null): RevisionGraph {
  const { version } = repository.alembic
  const files = repository.modules.map((module, index) => {
    const known = similar?.files[index]
    return known?.kind === 'revision' && known.revision.module === module ? known : loadFile(module, version)
  })
  const revisions = files.flatMap((file) => (file.kind === 'revision' ? [file.revision] : []))
  const map = buildRevisionMap(revisions)
  const winners = [...map.byId.values()]
  const refused = files.flatMap((file) => (file.kind === 'raises' && file.refused ? [file] : []))
  const loops = refused.filter(({ defect }) => defect === 'self-loop' || defect === 'dependency-self-loop')
  const selfLoops = loops.flatMap(({ refused: revision, defect }) =>
    revision ? [{ revision, dependency: defect === 'dependency-self-loop' }] : [],
  )
  const problem = problemOf(repository, files, map)
  return {
    files,
    revisions,
    heads: map.heads.map(({ id }) => id),
    realHeads: map.realHeads.map(({ id }) => id),
    bases: map.bases.map(({ id }) => id),
    branchPoints: winners.filter(({ children }) => children.length > 1).map(({ id }) => id),
    mergePoints: winners.filter(({ down }) => down.length > 1).map(({ id }) => id),
    problem,
    duplicates: duplicatesIn(map),
    missingParents: missingIn(map, files, (revision) => revision.downRevisions, 'id'),
    missingDependencies: missingIn(map, files, (revision) => revision.dependsOn, 'idOrLabel'),
    labelCollisions: collisionsIn(map),
    illegalIds: [
      ...refused.flatMap(({ refused: revision, defect }) =>
        revision && defect === 'illegal-id'
          ? [
              {
                revision,
                reason: { kind: 'illegal' as const, characters: illegalCharacters(revision.id, version) },
                refused: true,
              },
            ]
          : [],
      ),
      ...winners.flatMap(({ revision }) => {
        const reason = trouble(revision.id)
        return reason === null ? [] : [{ revision, reason, refused: false }]
      }),
    ],
    selfLoops,
    cycles: [
      ...selfLoops.map(({ revision, dependency }) => ({
        ids: [revision.id],
        throughDependency: dependency,
        detectedByAlembic: true,
      })),
      ...cyclesIn(map).map((cycle) => ({ ...cycle, detectedByAlembic: map.problem?.kind === 'cycle' })),
    ],
    redundantParents: redundantParentsIn(map),
    map,
    get: (id) => map.byId.get(id)?.revision,
  }
}

/** Returns the given revisions and all their ancestors, through parents and dependencies. Ignores unknown ids. */
export function ancestorsOf(graph: RevisionGraph, ids: Iterable<string>): ReadonlySet<string> {
  return idsOf(reach(graph.map, nodesOf(graph, ids), 'before'))
}

/** Returns the given revisions and all their descendants, through parents and dependencies. */
export function descendantsOf(graph: RevisionGraph, ids: Iterable<string>): ReadonlySet<string> {
  return idsOf(reach(graph.map, nodesOf(graph, ids), 'dependents'))
}

/**
 * Returns the given revisions in order. Omits revisions that are ancestors of other given revisions. Keeps unknown
 * ids.
 */
export function newestOf(graph: RevisionGraph, ids: readonly string[]): readonly string[] {
  const older = amongOthers(graph, ids, 'before')
  return ids.filter((id) => !older.has(id))
}

/** Returns the ids that descend from another id in `ids`. */
export function laterThanOthers(graph: RevisionGraph, ids: readonly string[]): ReadonlySet<string> {
  return amongOthers(graph, ids, 'dependents')
}

/**
 * Returns the newest common ancestors of the given revisions. A revision counts as its own ancestor. Ignores unknown
 * ids.
 */
export function newestCommonAncestors(graph: RevisionGraph, ids: Iterable<string>): readonly string[] {
  const { map } = graph
  let common: ReadonlySet<MapNode> | null = null
  let tips: ReadonlySet<MapNode> = new Set()
  for (const node of nodesOf(graph, ids)) {
    // Visits only revisions that aren't yet known to be common ancestors. This is fast, because branches usually
    // diverge late.
    const entries: Set<MapNode> = common ? entriesFrom(map, node, common) : new Set([node])
    if (common && [...tips].every((tip) => entries.has(tip))) continue
    common = reach(map, entries, 'before')
    tips = entries
  }
  return newestOf(graph, [...idsOf(common ?? [])])
}

/** Follows each path toward a base, and returns the first node on each path that is in `within`. */
function entriesFrom(map: RevisionMap, start: MapNode, within: ReadonlySet<MapNode>): Set<MapNode> {
  const entries = new Set<MapNode>()
  const seen = new Set<MapNode>()
  const todo = [start]
  for (let node = todo.pop(); node; node = todo.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    if (within.has(node)) entries.add(node)
    else todo.push(...node.before.flatMap((id) => map.byId.get(id) ?? []))
  }
  return entries
}

function amongOthers(graph: RevisionGraph, ids: readonly string[], links: Links): ReadonlySet<string> {
  return idsOf(reachedByOthers(graph.map, new Set(nodesOf(graph, ids)), links))
}

/** Returns the children of a revision, in Alembic's order. */
export function childrenOf(graph: RevisionGraph, id: string): readonly string[] {
  return graph.map.byId.get(id)?.children ?? []
}

/** Returns the dependencies of a revision. Labels in `depends_on` are resolved. */
export function dependenciesOf(graph: RevisionGraph, id: string): readonly string[] {
  return graph.map.byId.get(id)?.dependencies ?? []
}

function nodesOf(graph: RevisionGraph, ids: Iterable<string>): MapNode[] {
  return [...ids].flatMap((id) => graph.map.byId.get(id) ?? [])
}

function idsOf(nodes: Iterable<MapNode>): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const { id } of nodes) ids.add(id)
  return ids
}

/**
 * Returns the first problem that Alembic would encounter. If any file definitely raises an exception, Alembic
 * fails, no matter what the unreadable files do.
 */
function problemOf(
  repository: Repository,
  files: readonly LoadedFile[],
  map: RevisionMap,
): GraphProblem | null {
  const ordered = atLeast(repository.alembic.version, '1.10.0')
  if (repository.listingError) {
    return { kind: 'listing', error: repository.listingError, messageUncertain: false, otherMessages: [] }
  }
  const bad = files.filter((file) => file.kind !== 'revision')
  const raising = bad.flatMap((file) => (file.kind === 'raises' ? [file] : []))
  const [first] = raising
  if (first) {
    const { error, path, span, defect } = first
    const later = ordered ? [] : raising.slice(1).map((file) => file.error.message)
    const otherMessages = [...new Set(later)].filter((message) => message !== error.message)
    const overtaken = bad[0] !== first || (!ordered && bad.length > raising.length)
    return {
      kind: 'file',
      path,
      span,
      defect,
      id: first.refused?.id ?? null,
      error,
      messageUncertain: overtaken || otherMessages.length > 0,
      otherMessages: overtaken ? [] : otherMessages,
    }
  }
  const [unreadable] = bad
  if (unreadable?.kind === 'unreadable') {
    const { path, span, reason } = unreadable
    return { kind: 'unreadable', error: null, path, span, reason }
  }
  if (!map.problem) return null
  const { otherMessages, ...problem } = map.problem
  if (ordered) return { ...problem, otherMessages, messageUncertain: otherMessages.length > 0 }
  return { ...problem, otherMessages: [], messageUncertain: map.byId.size > 1 }
}

function duplicatesIn(map: RevisionMap): RevisionGraph['duplicates'] {
  if (map.byId.size === map.nodes.length) return []
  const groups = new Map<string, Revision[]>()
  for (const { id, revision } of map.nodes) groups.set(id, [...(groups.get(id) ?? []), revision])
  return [...groups].flatMap(([id, revisions]) => (revisions.length > 1 ? [{ id, revisions }] : []))
}

/** Returns the referenced names that no file defines. Omits names that a rejected or unreadable file may define. */
function missingIn(
  map: RevisionMap,
  files: readonly LoadedFile[],
  namesIn: (revision: Revision) => readonly string[],
  accepted: 'id' | 'idOrLabel',
): readonly MissingName[] {
  const elsewhere = new Set<string>()
  for (const file of files) {
    if (file.kind === 'raises' && file.refused) {
      elsewhere.add(file.refused.id)
      for (const label of file.refused.branchLabels) elsewhere.add(label)
    } else if (file.kind === 'raises') {
      if (file.defect === 'module') return []
    } else if (file.kind === 'unreadable') {
      if (file.id === null || accepted === 'idOrLabel') return []
      elsewhere.add(file.id)
    }
  }
  const known: ReadonlyMap<string, unknown> = accepted === 'id' ? map.byId : map.byName
  const isMissing = (name: string): boolean => !known.has(name) && !elsewhere.has(name)
  return map.nodes
    .filter(({ revision }) => namesIn(revision).some(isMissing))
    .flatMap(({ revision }) =>
      [...new Set(namesIn(revision))]
        .filter(isMissing)
        .map((missing) => ({ revision, missing, isLabel: map.byName.has(missing) })),
    )
}

function collisionsIn(map: RevisionMap): RevisionGraph['labelCollisions'] {
  const taken = new Map<string, Revision>()
  return map.nodes.flatMap(({ revision }) =>
    revision.branchLabels.flatMap((label) => {
      const other = map.byId.get(label)?.revision ?? taken.get(label)
      taken.set(label, revision)
      return other ? [{ label, revision, other }] : []
    }),
  )
}

/** Why an id that Alembic accepts would later fail or have no effect; null if the id is fine. */
function trouble(id: string): IdProblem | null {
  if (id === '') return { kind: 'empty' }
  if (id === 'head' || id === 'heads' || id === 'base') return { kind: 'symbol' }
  if (id.includes("'")) return { kind: 'quote' }
  return id.includes(':') ? { kind: 'colon' } : null
}
