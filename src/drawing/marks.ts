/** Collects what drawings show about each revision: links, findings and database state. */
import type { Silence } from '../core/evidence/applied-revisions.ts'
import type { DatabaseFacts } from '../core/diagnosis/rule.ts'
import type { Finding } from '../core/findings/finding.ts'
import { type RevisionGraph, ancestorsOf } from '../core/history/revision-graph.ts'
import { resolveIdentifier } from '../core/history/identifier.ts'
import type { Revision } from '../core/history/revision.ts'
import { isPlaceholder } from '../core/lost/placeholder-marker.ts'
import type { MapNode } from '../core/history/map-node.ts'
import { fileNameOf } from '../core/text/python-text.ts'

/**
 * `pending`: needed to reach the target. `outside`: neither applied nor needed. `unknown`: the graph or a version row
 * is unclear.
 */
export type RevisionState = 'applied' | 'pending' | 'outside' | 'unknown'

/** A revision in a drawing. Two files with the same id count as two revisions. */
export interface MarkedRevision {
  readonly id: string
  /**
   * `missing`: no file defines the revision. `refused`: Alembic rejects the file. `unreadable`: the guard can't read
   * it.
   */
  readonly kind: 'file' | 'missing' | 'refused' | 'unreadable'
  /** Null if no file defines the revision. */
  readonly path: string | null
  /** First line of the message, or the words in the file name; empty if both are unknown. */
  readonly message: string
  /** Null if no database was checked. */
  readonly state: RevisionState | null
  /** Version rows that resolve to the revision, as stored. Usually just its id. */
  readonly rows: readonly string[]
  /** True if no `down_revision` lists this revision. */
  readonly head: boolean
  readonly base: boolean
  /** True if another file has the same id. */
  readonly duplicate: boolean
  /** True for a placeholder that the guard wrote for a lost revision. */
  readonly placeholder: boolean
  /** True if the revision lists itself as a parent or dependency. */
  readonly selfLoop: boolean
  readonly labels: readonly string[]
  readonly findings: readonly Finding[]
  /** Whether the live schema suggests that the revision ran; null if there's no evidence. */
  readonly evidence: string | null
}

/** A link from a revision to an earlier one. Both ends are indexes into `revisions`. */
export interface MarkedLink {
  readonly from: number
  readonly to: number
  readonly kind: 'parent' | 'dependency'
}

/** The complete graph, ready to draw. */
export interface MarkedGraph {
  /** Sorted in load order. Revisions without a file come last. */
  readonly revisions: readonly MarkedRevision[]
  readonly links: readonly MarkedLink[]
  /** Version rows that can't be revision ids, such as `head` or `NULL`. */
  readonly strayRows: readonly string[]
  /**
   * Likely positions of lost revisions: `from` is the lost revision, and `to` is a revision that it may come after.
   */
  readonly places?: readonly { readonly from: number; readonly to: number }[]
  /** True if a database was checked. */
  readonly live: boolean
}

/** The data that a drawing is based on. */
export interface DrawnFacts {
  readonly graph: RevisionGraph
  readonly database: DatabaseFacts | null
}

/** Maximum number of likely parents for a lost revision. */
const maxTips = 3

/** A revision before its links are resolved. */
interface Draft {
  readonly revision: MarkedRevision
  readonly down: readonly string[]
  readonly dependencies: readonly string[]
}

/**
 * Computes how each revision is marked when the graph is drawn. Never throws. `silenceText` explains missing
 * evidence.
 */
export function markGraph(
  { graph, database }: DrawnFacts,
  findings: readonly Finding[],
  silenceText: (why: Silence) => string,
): MarkedGraph {
  const { known, strange, strayRows } = rowsOf(graph, database)
  const stateOf = database ? statesOf(graph, database, [...known.keys()]) : () => null
  const marks = {
    heads: new Set(graph.heads),
    bases: new Set(graph.bases),
    duplicates: new Set(graph.duplicates.map(({ id }) => id)),
    stateOf,
    rows: known,
    findingsOf: findingsBy(findings),
    evidence: database?.live?.evidence.revisions ?? new Map(),
    silenceText,
  }
  const drafts: Draft[] = graph.map.nodes.map((node) => fileDraft(node, graph, marks))
  for (const file of graph.files) {
    if (file.kind === 'revision') continue
    const refused = file.kind === 'raises' ? file.refused : null
    const id = refused?.id ?? (file.kind === 'unreadable' ? file.id : null) ?? ''
    const {
      downRevisions: down = [],
      dependsOn: dependencies = [],
      branchLabels: labels = [],
    } = refused ?? {}
    drafts.push({
      revision: {
        ...bareRevision(id),
        kind: file.kind === 'raises' ? 'refused' : 'unreadable',
        path: file.path,
        message: refused?.message ?? '',
        labels,
        state: database ? 'unknown' : null,
        findings: marks.findingsOf(id, file.path),
        selfLoop: namesItself(id, down, dependencies),
      },
      down,
      dependencies,
    })
  }
  const places = new Map<string, number>()
  drafts.forEach(({ revision }, place) => {
    // If two files share an id, links point to the file that Alembic keeps.
    if (revision.kind === 'file' && graph.get(revision.id)?.path !== revision.path) return
    if (revision.id !== '' && !places.has(revision.id)) places.set(revision.id, place)
  })
  const revisions = drafts.map(({ revision }) => revision)
  const placeOf = (id: string): number => {
    const place = places.get(id)
    if (place !== undefined) return place
    places.set(id, revisions.length)
    const rows = strange.includes(id) ? [id] : []
    const state = database ? (rows.length > 0 ? 'applied' : 'unknown') : null
    revisions.push({
      ...bareRevision(id),
      kind: 'missing',
      state,
      rows,
      findings: marks.findingsOf(id, null),
    })
    return revisions.length - 1
  }
  const links = drafts.flatMap(({ revision, down, dependencies }, from): MarkedLink[] => {
    const parents = new Set(down)
    const others = new Set(dependencies)
    for (const id of [revision.id, ...parents]) others.delete(id)
    parents.delete(revision.id)
    return [
      ...[...parents].map((id): MarkedLink => ({ from, to: placeOf(id), kind: 'parent' })),
      ...[...others].map((id): MarkedLink => ({ from, to: placeOf(id), kind: 'dependency' })),
    ]
  })
  const lost = strange.map(placeOf)
  const tips = likelyTips(graph, database?.live?.evidence).flatMap((id) => places.get(id) ?? [])
  // There's no way to tell which lost row belongs to which branch.
  const likely =
    lost.length > 1 && tips.length > 1 ? [] : lost.flatMap((from) => tips.map((to) => ({ from, to })))
  return { revisions, links, strayRows, places: likely, live: database !== null }
}

/**
 * The newest revisions that are applied or probably applied. Empty if the schema is inconclusive or there are more
 * than `maxTips` of them.
 */
function likelyTips(
  graph: RevisionGraph,
  evidence: NonNullable<DatabaseFacts['live']>['evidence'] | undefined,
): readonly string[] {
  const applied = evidence?.cut.kind === 'proven' ? evidence.cut.applied : evidence?.likely?.applied
  if (!applied) return []
  const covered = new Set([...applied].flatMap((id) => graph.map.byId.get(id)?.down ?? []))
  const tips = [...applied].filter((id) => graph.map.byId.has(id) && !covered.has(id))
  return tips.length > maxTips ? [] : tips
}

interface Marks {
  readonly heads: ReadonlySet<string>
  readonly bases: ReadonlySet<string>
  readonly duplicates: ReadonlySet<string>
  readonly stateOf: (id: string) => RevisionState | null
  readonly rows: ReadonlyMap<string, readonly string[]>
  readonly findingsOf: (id: string, path: string | null) => readonly Finding[]
  readonly evidence: NonNullable<DatabaseFacts['live']>['evidence']['revisions']
  silenceText(this: void, why: Silence): string
}

function fileDraft(node: MapNode, graph: RevisionGraph, marks: Marks): Draft {
  const { revision, id } = node
  const used = graph.map.byId.get(id) === node
  const known = marks.evidence.get(id)
  const lost = revision.dependsOn.filter((name) => name !== '' && !graph.map.byName.has(name))
  const dependencies = [...new Set(node.dependencies), ...lost]
  return {
    revision: {
      id,
      kind: 'file',
      path: revision.path,
      message: titleOf(revision),
      state: used ? marks.stateOf(id) : marks.stateOf(id) === null ? null : 'unknown',
      rows: (used && marks.rows.get(id)) || none,
      head: marks.heads.has(id) && node.children.length === 0,
      base: marks.bases.has(id) && revision.isBase,
      duplicate: marks.duplicates.has(id),
      placeholder: isPlaceholder(revision),
      selfLoop: namesItself(id, node.down, dependencies),
      labels: revision.branchLabels,
      findings: marks.findingsOf(id, revision.path),
      evidence: known
        ? [known.state, ...(known.silence === null ? [] : [marks.silenceText(known.silence)])].join(': ') +
          (known.effects > 0 ? ` (${known.present} of ${known.effects} effects present)` : '')
        : null,
    },
    down: node.down,
    dependencies,
  }
}

function namesItself(id: string, down: readonly string[], dependencies: readonly string[]): boolean {
  return id !== '' && (down.includes(id) || dependencies.includes(id))
}

/** First line of the message, or the words in the file name if the message is empty or a template default. */
function titleOf({ id, message, path }: Revision): string {
  const title = message.trim().split('\n', 1)[0]?.trim() ?? ''
  if (title !== '' && title !== 'empty message' && !title.startsWith('Revision ID:')) return title
  const stem = fileNameOf(path).replace(/\.pyc?$/, '')
  const [before = '', after] = id === '' ? [stem] : stem.split(id)
  return (after ?? before).replaceAll(/[_-]+/g, ' ').trim()
}

function bareRevision(id: string): MarkedRevision {
  return {
    id,
    kind: 'file',
    path: null,
    message: '',
    state: null,
    rows: [],
    head: false,
    base: false,
    duplicate: false,
    placeholder: false,
    selfLoop: false,
    labels: [],
    findings: [],
    evidence: null,
  }
}

/**
 * Sorts version rows into three groups: rows with a migration file, rows without one, and rows that aren't
 * identifiers.
 */
function rowsOf(
  graph: RevisionGraph,
  database: DatabaseFacts | null,
): {
  readonly known: ReadonlyMap<string, readonly string[]>
  readonly strange: readonly string[]
  readonly strayRows: readonly string[]
} {
  const known = new Map<string, string[]>()
  const strange: string[] = []
  const strayRows: string[] = []
  for (const row of database?.state.versions ?? []) {
    if (row.kind !== 'text') {
      strayRows.push(row.kind === 'null' ? 'NULL' : row.repr)
      continue
    }
    const found = resolveIdentifier(graph, row.value)
    if (found.kind === 'revision') known.set(found.id, [...(known.get(found.id) ?? []), row.value])
    else if (found.kind === 'symbol' || row.value === '') strayRows.push(row.value)
    else if (!strange.includes(row.value)) strange.push(row.value)
  }
  return { known, strange, strayRows }
}

function statesOf(
  graph: RevisionGraph,
  { prediction, standing, live }: DatabaseFacts,
  known: readonly string[],
): (id: string) => RevisionState {
  const applied = new Set(ancestorsOf(graph, known))
  const targets = prediction.targets.length > 0 ? prediction.targets : graph.realHeads
  const needed = ancestorsOf(graph, targets)
  const rest = (id: string): RevisionState => (needed.has(id) ? 'pending' : 'outside')
  if (standing.kind === 'indeterminate') return (id) => (applied.has(id) ? 'applied' : 'unknown')
  if (standing.kind !== 'unknown-revision') return (id) => (applied.has(id) ? 'applied' : rest(id))
  const cut = live?.evidence.cut
  if (cut?.kind === 'proven') {
    return (id) => (applied.has(id) || cut.applied.has(id) ? 'applied' : rest(id))
  }
  if (cut?.kind === 'several') {
    return (id) => {
      if (applied.has(id) || cut.applied.has(id)) return 'applied'
      return cut.absent.has(id) ? rest(id) : 'unknown'
    }
  }
  return (id) => (applied.has(id) ? 'applied' : 'unknown')
}

/** Shared by all revisions without rows or findings, which is most of them. */
const none: readonly never[] = []

function findingsBy(findings: readonly Finding[]): Marks['findingsOf'] {
  const byKey = new Map<string, Finding[]>()
  const add = (key: string, finding: Finding): void => {
    const list = byKey.get(key)
    if (!list) byKey.set(key, [finding])
    else if (!list.includes(finding)) list.push(finding)
  }
  for (const finding of findings) {
    for (const id of finding.revisions) add(`id ${id}`, finding)
    if (finding.location) add(`path ${finding.location.path}`, finding)
  }
  return (id, path) => {
    const named = byKey.get(`id ${id}`) ?? none
    const placed = path === null ? none : (byKey.get(`path ${path}`) ?? none)
    return named.length + placed.length === 0 ? none : [...new Set([...named, ...placed])]
  }
}
