/** Searches rows by name, message, tags, file, author, operations and findings. */
import type { PageData } from '../page-data.ts'

/** A search that remembers the current match. */
export interface Search {
  text: string
  /** Rows that contain the text. */
  matches: ReadonlySet<number>
  /** The current match, 1-based; 0 if nothing matches. */
  place: number
  find(text: string): void
  /** Moves forward by `step` matches, wrapping around. Returns the new row; null if nothing matches. */
  next(step: number): number | null
  /** Returns matching text that the row's line doesn't show; null if the line shows a match. */
  hiddenIn(row: number): string | null
}

/** Creates a search. Exact ids rank first, then id prefixes. */
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
