/** Folds the least important items of a graph until the drawing fits. */
import type { MarkedLink, MarkedRevision } from './marks.ts'
import { type Excerpt, type Item, namesMany } from './view.ts'

type Fold = Extract<Item, { kind: 'fold' }>

/**
 * Folds items until `fits` returns true and at most `most` items are left. Never reverses the direction of a link.
 */
export function condensed(
  excerpt: Excerpt,
  most: number,
  fits: (excerpt: Excerpt) => boolean = () => true,
): Excerpt {
  if (excerpt.items.length <= most && fits(excerpt)) return excerpt
  const order = byImportance(excerpt)
  // Each fold is an item too, so lower the limit until everything fits.
  for (let kept = Math.min(most, order.length); ; kept = Math.floor(kept * 0.8)) {
    const small = folded(excerpt, new Set(order.slice(0, kept)))
    if (kept === 0 || (small.items.length <= most && fits(small))) return small
  }
}

/** An item's importance, from 0 (most important) to 4 (ordinary). */
function importanceOf(item: Item): number {
  if (item.kind === 'fold') return 4
  const { kind, rows, findings, head, duplicate, selfLoop } = item.revision
  if (kind !== 'file' || rows.length > 0) return 0
  if (head) return 1
  const own = findings.filter((finding) => !namesMany(finding))
  if (duplicate || selfLoop || own.some(isError)) return 2
  return own.length > 0 ? 3 : 4
}

function isError({ severity, ignored }: MarkedRevision['findings'][number]): boolean {
  return severity === 'error' && !ignored
}

/** Sorts items by importance, then by distance from important items. */
function byImportance({ items, links }: Excerpt): readonly number[] {
  const neighbours: number[][] = items.map(() => [])
  for (const { from, to } of links) {
    neighbours[from]?.push(to)
    neighbours[to]?.push(from)
  }
  const ranks = items.map(importanceOf)
  const order = [...items.keys()]
    .filter((item) => (ranks[item] ?? 4) < 4)
    .sort((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0) || a - b)
  const seen = new Set(order)
  const add = (item: number): void => {
    if (seen.has(item)) return
    seen.add(item)
    order.push(item)
  }
  // Breadth-first search: the list grows while it's iterated over.
  for (const item of order) for (const next of neighbours[item] ?? []) add(next)
  for (const item of items.keys()) add(item)
  return order
}

function folded({ items, links }: Excerpt, kept: ReadonlySet<number>): Excerpt {
  const levels = levelsOf(items.length, links, kept)
  const groups = groupsOf(items.length, links, (item) => (kept.has(item) ? null : (levels[item] ?? 0)))
  // Fold each group of linked items. If there are too many groups, fold each level instead.
  const many = new Set(groups.filter((group) => group !== null)).size > kept.size + 1
  const keyOf = (item: number): string =>
    kept.has(item) ? `item ${item}` : many ? `level ${levels[item] ?? 0}` : `group ${groups[item] ?? 0}`
  const places = new Map<string, number>()
  const members: number[][] = []
  const placeOf = items.map((_, item) => {
    const key = keyOf(item)
    const place = places.get(key) ?? members.push([]) - 1
    places.set(key, place)
    members[place]?.push(item)
    return place
  })
  const drawn = new Set<string>()
  return {
    items: members.map((those) => {
      const [only = 0] = those
      const item = items[only]
      return item && kept.has(only) ? item : foldOf(those.flatMap((one) => items[one] ?? []))
    }),
    links: links.flatMap(({ from, to, kind }): MarkedLink[] => {
      const [child, parent] = [placeOf[from] ?? 0, placeOf[to] ?? 0]
      const key = `${child} ${parent} ${kind}`
      if (child === parent || drawn.has(key)) return []
      drawn.add(key)
      return [{ from: child, to: parent, kind }]
    }),
  }
}

function foldOf(items: readonly Item[]): Fold {
  const [only] = items
  if (items.length === 1 && only?.kind === 'fold') return only
  const revisions = items.flatMap((item) => (item.kind === 'revision' ? [item.revision] : []))
  return {
    kind: 'fold',
    where: 'rest',
    count: items.reduce((sum, item) => sum + (item.kind === 'fold' ? item.count : 1), 0),
    first: revisions[0]?.id ?? '',
    last: revisions.at(-1)?.id ?? '',
    state: null,
    heads: revisions.filter(({ head }) => head).length,
    rows: revisions.filter(({ rows }) => rows.length > 0).length,
    problems: revisions.filter((one) => one.kind !== 'file' || one.findings.some(isError)).length,
  }
}

/**
 * Assigns levels, oldest first. Only links to or from `kept` items raise the level, so folding a level can't create
 * a cycle.
 */
function levelsOf(count: number, links: readonly MarkedLink[], kept: ReadonlySet<number>): readonly number[] {
  const children: number[][] = Array.from({ length: count }, () => [])
  const waiting = Array.from({ length: count }, () => 0)
  for (const { from, to } of links) {
    children[to]?.push(from)
    waiting[from] = (waiting[from] ?? 0) + 1
  }
  const levels = Array.from({ length: count }, () => 0)
  const done = new Set<number>()
  const ready = [...levels.keys()].filter((item) => waiting[item] === 0)
  const walk = (): void => {
    for (let item = ready.pop(); item !== undefined; item = ready.pop()) {
      if (done.has(item)) continue
      done.add(item)
      for (const child of children[item] ?? []) {
        const step = kept.has(item) || kept.has(child) ? 1 : 0
        if (!done.has(child)) levels[child] = Math.max(levels[child] ?? 0, (levels[item] ?? 0) + step)
        waiting[child] = (waiting[child] ?? 0) - 1
        if (waiting[child] === 0) ready.push(child)
      }
    }
  }
  walk()
  for (let item = 0; item < count; item += 1) {
    if (done.has(item)) continue
    ready.push(item)
    walk()
  }
  return levels
}

/** Returns a group for each item. Linked items on the same level share a group. Null for items without a level. */
function groupsOf(
  count: number,
  links: readonly MarkedLink[],
  levelOf: (item: number) => number | null,
): readonly (number | null)[] {
  const root = Array.from({ length: count }, (_, item) => item)
  const find = (item: number): number => {
    let at = item
    while (root[at] !== at) {
      root[at] = root[root[at] ?? at] ?? at
      at = root[at] ?? at
    }
    return at
  }
  for (const { from, to } of links) {
    const level = levelOf(from)
    if (level !== null && level === levelOf(to)) root[find(from)] = find(to)
  }
  return root.map((_, item) => (levelOf(item) === null ? null : find(item)))
}
