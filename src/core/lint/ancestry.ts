/** Determines which migrations run before a given one, and searches their source. */
import { ancestorTest } from '../history/ancestry-index.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'

/** Answers questions about the ancestry of revisions. */
export interface Ancestry {
  /** Whether the first revision is an ancestor of the second. Dependencies count as parents. */
  readonly isAncestor: (ancestor: string, id: string) => boolean
  /** Returns a position in the history order that comes after all of the revision's ancestors. */
  readonly endOfAncestors: (id: string) => number
}

/** The ancestry of a graph. `order` lists parents before children, unless the graph is broken. */
export function ancestryOf({ map }: RevisionGraph, order: readonly string[]): Ancestry {
  const positions = new Map(order.map((id, position) => [id, position]))
  const test = ancestorTest(map, new Set(map.byId.values()))
  return {
    isAncestor(ancestor, id) {
      const [older, newer] = [map.byId.get(ancestor), map.byId.get(id)]
      return older !== undefined && newer !== undefined && older !== newer && test(newer, older)
    },
    endOfAncestors: (id) => (map.orderly ? (positions.get(id) ?? order.length) : order.length),
  }
}

/** Tests whether any ancestor's text matches a pattern. */
export function mentionTest(
  order: readonly string[],
  textOf: (id: string) => string | null,
  { isAncestor, endOfAncestors }: Ancestry,
): (id: string, pattern: RegExp) => boolean {
  const texts: (string | null)[] = []
  const found = new Map<string, { searched: number; readonly ids: string[] }>()
  return (id, pattern) => {
    const search = found.get(pattern.source) ?? { searched: 0, ids: [] }
    found.set(pattern.source, search)
    for (const end = endOfAncestors(id); search.searched < end; search.searched++) {
      const other = order[search.searched] ?? ''
      if (texts.length === search.searched) texts.push(textOf(other))
      if (pattern.test(texts[search.searched] ?? '')) search.ids.push(other)
    }
    return search.ids.some((other) => isAncestor(other, id))
  }
}
