/** Selects the part of a graph to draw, and folds long linear runs. */
import type { MarkedGraph, MarkedLink, MarkedRevision } from './marks.ts'

/** The part of a graph to show. The default is the whole graph. */
export interface View {
  /** Ids of revisions whose neighborhoods are shown. If none of these revisions exists, everything is shown. */
  readonly around?: readonly string[]
  /** Number of links to follow from `around` in each direction; defaults to 3. */
  readonly distance?: number
  /** Revision whose ancestors are omitted. */
  readonly since?: string
  /** True to leave linear runs unfolded. */
  readonly unfolded?: boolean
}

/** A revision, or a fold of several revisions. */
export type Item =
  | { readonly kind: 'revision'; readonly revision: MarkedRevision; readonly index: number }
  /**
   * `run`: a linear run. `before`, `after`: outside the view. `rest`: omitted because of a format's size limit. In a
   * run, `first` is older than `last`.
   */
  | {
      readonly kind: 'fold'
      readonly where: 'run' | 'before' | 'after' | 'rest'
      readonly count: number
      readonly first: string
      readonly last: string
      readonly state: MarkedRevision['state']
      /** How many of the folded revisions are heads, have a version row, or have a problem. */
      readonly heads?: number
      readonly rows?: number
      readonly problems?: number
    }

/** The part of a graph to draw. Links refer to `items` by index. */
export interface Excerpt {
  readonly items: readonly Item[]
  readonly links: readonly MarkedLink[]
}

/** A finding that names more revisions than this says little about each of them. */
const maxNamed = 12

/** Minimum length of a folded run, and number of revisions kept visible at each end. */
const shortestRun = 12
const visibleEnds = 2

/** Applies a view to a graph. Omitted revisions become folds. */
export function excerptOf(marked: MarkedGraph, view: View = {}): Excerpt {
  const shownOnes = selected(marked, view)
  const cut = shownOnes === null ? whole(marked) : cutOut(marked, shownOnes)
  return view.unfolded ? cut : folded(cut)
}

/**
 * Returns the ids of up to twelve revisions that are missing or have version rows or findings. If there are none,
 * returns the heads.
 */
export function troubleOf({ revisions }: MarkedGraph): readonly string[] {
  const ids = (those: (one: MarkedRevision) => boolean): readonly string[] =>
    revisions.filter((one) => one.id !== '' && those(one)).map(({ id }) => id)
  const trouble = [
    ...ids(({ kind, rows }) => kind === 'missing' || rows.length > 0),
    ...ids(({ findings }) => findings.some(({ severity }) => severity === 'error')),
    ...ids(({ findings }) => findings.length > 0),
  ]
  return [...new Set(trouble.length > 0 ? trouble : ids(({ head }) => head))].slice(0, 12)
}

function whole({ revisions, links }: MarkedGraph): Excerpt {
  return { items: revisions.map((revision, index) => ({ kind: 'revision', revision, index })), links }
}

/** Indexes of the revisions in the view; null for all. */
function selected(
  { revisions, links }: MarkedGraph,
  { around = [], distance = 3, since }: View,
): ReadonlySet<number> | null {
  const indexesOf = (ids: readonly string[]): number[] =>
    revisions.flatMap(({ id }, index) => (ids.includes(id) ? [index] : []))
  const centres = indexesOf(around)
  if (centres.length > 0) {
    const neighbours = neighboursOf(revisions.length, links, 'both')
    const seen = new Set(centres)
    let edge: readonly number[] = centres
    for (let step = 0; step < distance && edge.length > 0; step += 1) {
      edge = [...new Set(edge.flatMap((index) => neighbours[index] ?? []))].filter(
        (index) => !seen.has(index),
      )
      for (const index of edge) seen.add(index)
    }
    return seen
  }
  const starts = since === undefined ? [] : indexesOf([since])
  if (starts.length === 0) return null
  const hidden = reached(neighboursOf(revisions.length, links, 'before'), starts)
  for (const index of starts) hidden.delete(index)
  return new Set([...revisions.keys()].filter((index) => !hidden.has(index)))
}

/** Folds omitted revisions. Each omitted neighbor of a visible revision gets its own fold. */
function cutOut(marked: MarkedGraph, kept: ReadonlySet<number>): Excerpt {
  const { revisions, links } = marked
  const items: Item[] = []
  const places = new Map<string, number>()
  revisions.forEach((revision, index) => {
    if (kept.has(index)) places.set(String(index), items.push({ kind: 'revision', revision, index }) - 1)
  })
  const directions = {
    before: neighboursOf(revisions.length, links, 'before'),
    after: neighboursOf(revisions.length, links, 'after'),
  }
  const placeOf = (index: number, where: 'before' | 'after'): number => {
    const key = kept.has(index) ? String(index) : `${where} ${index}`
    const place = places.get(key)
    if (place !== undefined) return place
    const count = [...reached(directions[where], [index])].filter((one) => !kept.has(one)).length
    const revision = revisions[index]
    const id = revision?.id ?? ''
    const state = revision?.state ?? null
    items.push({ kind: 'fold', where, count, first: id, last: id, state })
    places.set(key, items.length - 1)
    return items.length - 1
  }
  const visible = links.filter(({ from, to }) => kept.has(from) || kept.has(to))
  return {
    items,
    links: visible.map(({ from, to, kind }) => ({
      from: placeOf(from, 'after'),
      to: placeOf(to, 'before'),
      kind,
    })),
  }
}

/** Folds the middle of each long run of unremarkable revisions. */
function folded(excerpt: Excerpt): Excerpt {
  const gone = new Map<number, number>()
  const items: Item[] = [...excerpt.items]
  for (const run of straightRuns(excerpt)) {
    if (run.length < shortestRun) continue
    const middle = run.slice(visibleEnds, -visibleEnds)
    const [newest, oldest] = [excerpt.items[middle[0] ?? 0], excerpt.items[middle.at(-1) ?? 0]]
    if (newest?.kind !== 'revision' || oldest?.kind !== 'revision') continue
    const { state } = newest.revision
    const fold = { first: oldest.revision.id, last: newest.revision.id, state, count: middle.length }
    items.push({ kind: 'fold', where: 'run', ...fold })
    for (const index of middle) gone.set(index, items.length - 1)
  }
  if (gone.size === 0) return excerpt
  const places = new Map<number, number>()
  const left = items.filter((_, index) => {
    if (gone.has(index)) return false
    places.set(index, places.size)
    return true
  })
  const placeOf = (index: number): number => places.get(gone.get(index) ?? index) ?? 0
  const links = excerpt.links
    .map(({ from, to, kind }) => ({ from: placeOf(from), to: placeOf(to), kind }))
    .filter(({ from, to }) => from !== to)
  return { items: left, links }
}

/** Maximal chains of unremarkable revisions, newest first. */
export function straightRuns({ items, links }: Excerpt): readonly (readonly number[])[] {
  const parents = onlyEnds(items.length, links, 'from', 'to')
  const children = onlyEnds(items.length, links, 'to', 'from')
  const dependent = new Set(links.flatMap(({ from, to, kind }) => (kind === 'dependency' ? [from, to] : [])))
  const plain = items.map(
    (item, index) =>
      item.kind === 'revision' &&
      isPlain(item.revision) &&
      (parents[index] ?? none) >= 0 &&
      (children[index] ?? none) >= 0 &&
      !dependent.has(index),
  )
  const alike = (child: number, parent: number): boolean => {
    const [one, other] = [items[child], items[parent]]
    if (one?.kind !== 'revision' || other?.kind !== 'revision') return false
    const [mine, others] = [one.revision.findings, other.revision.findings]
    return (
      one.revision.state === other.revision.state &&
      mine.length === others.length &&
      mine.every((finding, index) => finding === others[index])
    )
  }
  const joined = (child: number, parent: number): boolean =>
    plain[child] === true && plain[parent] === true && alike(child, parent)
  return items.flatMap((_, index) => {
    if (!plain[index] || joined(children[index] ?? none, index)) return []
    const run = [index]
    for (let at = parents[index] ?? none; joined(run.at(-1) ?? none, at); at = parents[at] ?? none)
      run.push(at)
    return [run]
  })
}

const none = -1
const several = -2

/** For each item, the `far` end of its only link; {@link none} or {@link several} if it doesn't have exactly one. */
function onlyEnds(
  count: number,
  links: readonly MarkedLink[],
  near: 'from' | 'to',
  far: 'from' | 'to',
): Int32Array {
  const ends = new Int32Array(count).fill(none)
  for (const link of links) ends[link[near]] = ends[link[near]] === none ? link[far] : several
  return ends
}

/** Whether a finding covers too many revisions to be specific. */
export function namesMany({ revisions }: MarkedRevision['findings'][number]): boolean {
  return revisions.length > maxNamed
}

function isPlain(one: MarkedRevision): boolean {
  return (
    one.kind === 'file' &&
    one.rows.length === 0 &&
    one.labels.length === 0 &&
    one.findings.every(namesMany) &&
    !one.head &&
    !one.base &&
    !one.duplicate &&
    !one.placeholder &&
    !one.selfLoop
  )
}

function neighboursOf(
  count: number,
  links: readonly MarkedLink[],
  where: 'before' | 'after' | 'both',
): readonly (readonly number[])[] {
  const lists: number[][] = Array.from({ length: count }, () => [])
  for (const { from, to } of links) {
    if (where !== 'after') lists[from]?.push(to)
    if (where !== 'before') lists[to]?.push(from)
  }
  return lists
}

function reached(neighbours: readonly (readonly number[])[], starts: readonly number[]): Set<number> {
  const seen = new Set(starts)
  const todo = [...starts]
  for (let index = todo.pop(); index !== undefined; index = todo.pop()) {
    for (const next of neighbours[index] ?? []) {
      if (seen.has(next)) continue
      seen.add(next)
      todo.push(next)
    }
  }
  return seen
}
