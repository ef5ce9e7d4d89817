/** Finding rows by name, message, tags, file, author, tables and columns, and by what was found. */
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
  /** What holds the text in a row although the line does not show it: an operation, a file; null: nothing. */
  hiddenIn(row: number): string | null
}

/** A search over all rows. Ids that are the text come first, then those that begin with it. */
export function searcher({ rows, findings }: PageData): Search {
  const hidden = (row: number): readonly string[] => {
    const { path, operations, findings: found = [] } = rows[row] ?? {}
    return [
      path ?? '',
      ...(operations ?? []),
      ...found.flatMap((at) => {
        const { code, name, message } = findings[at] ?? { code: '', name: '', message: '' }
        return [`${code} ${name.replaceAll('-', ' ')}`, message]
      }),
    ]
  }
  const hay = rows.map(({ id, name, message, tags, risks, date, author, fold }, row) =>
    fold
      ? ''
      : [id, name, message, date, author, ...risks, ...tags.map(([, text]) => text), ...hidden(row)]
          .join('\n')
          .toLowerCase(),
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
    hiddenIn(row) {
      const { name = '', message = '', tags = [] } = rows[row] ?? {}
      const visible = [name, message, ...tags.map(([, text]) => text)].join('\n').toLowerCase()
      if (visible.includes(search.text)) return null
      return hidden(row).find((text) => text.toLowerCase().includes(search.text)) ?? null
    },
  }
  return search
}
