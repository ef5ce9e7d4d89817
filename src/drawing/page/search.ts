/** Finding rows by a part of their name, message, tags or file. */
import type { PageData } from '../page-data.ts'

/** A search that remembers where it is. */
export interface Search {
  text: string
  /** Rows that hold the text. */
  matches: ReadonlySet<number>
  /** The match it is at, counted from 1; 0: none. */
  place: number
  find(text: string): void
  /** Goes on by so many matches, round and round; null: there is none. */
  next(step: number): number | null
}

/** A search over all rows. Ids that are the text come first, then those that begin with it. */
export function searcher({ rows }: PageData): Search {
  const hay = rows.map(({ name, message, path, tags, fold }) =>
    fold ? '' : [name, message, path ?? '', ...tags.map(([, text]) => text)].join('\n').toLowerCase(),
  )
  let order: readonly number[] = []
  const search: Search = {
    text: '',
    matches: new Set(),
    place: 0,
    find(text) {
      const wanted = text.trim().toLowerCase()
      search.text = wanted
      const rank = (row: number): number => {
        const name = rows[row]?.name.toLowerCase() ?? ''
        return name === wanted ? 0 : name.startsWith(wanted) ? 1 : 2
      }
      order =
        wanted === ''
          ? []
          : [...hay.keys()]
              .filter((row) => hay[row]?.includes(wanted))
              .sort((a, b) => rank(a) - rank(b) || a - b)
      search.matches = new Set(order)
      search.place = order.length > 0 ? 1 : 0
    },
    next(step) {
      if (order.length === 0) return null
      search.place = ((search.place - 1 + step + order.length) % order.length) + 1
      return order[search.place - 1] ?? null
    },
  }
  return search
}
