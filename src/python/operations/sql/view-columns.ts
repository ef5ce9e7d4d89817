/** Determines a view's column names as PostgreSQL does (FigureColname in parse_target.c). */
import { type Cursor, type SqlToken, accept, bracketed, commaParts, identifier, peek } from './tokens.ts'

/**
 * Returns a view's column names, with null for unknown names. Null if even their number is unknown. Doesn't move the
 * cursor.
 */
export function viewColumns({ tokens, text, at }: Cursor): readonly (string | null)[] | null {
  const cursor: Cursor = { tokens, text, at }
  const listed = bracketed(cursor)
  if (listed !== null) return commaParts(listed).map(([name]) => nameOf(name))
  if (accept(cursor, 'with')) bracketed(cursor)
  if (!accept(cursor, 'as', 'select')) return null
  if (accept(cursor, 'distinct')) {
    if (accept(cursor, 'on')) bracketed(cursor)
  } else accept(cursor, 'all')
  const items = commaParts(selectList(cursor))
  return items.length === 0 || items.some(isStar) ? null : items.map(outputName)
}

/** Returns the tokens in the select list. */
function selectList(cursor: Cursor): readonly SqlToken[] {
  const start = cursor.at
  while (cursor.at < cursor.tokens.length && !listEnds.some((word) => peek(cursor, word))) {
    if (bracketed(cursor) === null) cursor.at += 1
  }
  return cursor.tokens.slice(start, cursor.at)
}

const listEnds = ['from', 'where', 'group', 'union', 'except', 'intersect', 'order', 'limit', 'with']

/** Whether the item is `*`, a qualified star such as `users.*`, or partly unknown. */
function isStar(item: readonly SqlToken[]): boolean {
  const last = item.at(-1)
  return item.some(({ kind }) => kind === 'hole') || (last?.kind === 'mark' && last.word === '*')
}

/** Returns the column name of a SELECT item; null if unknown. */
function outputName(item: readonly SqlToken[]): string | null {
  const [first, second, third] = item
  if (item.at(-2)?.word === 'as' && item.at(-2)?.kind === 'word') return nameOf(item.at(-1))
  if (item.length === 1) return first?.kind === 'word' && isValue.test(first.word) ? null : nameOf(first)
  const qualified = item.length === 3 && nameOf(first) !== null && second?.word === '.'
  return qualified ? nameOf(third) : null
}

/** Keywords that are values, not columns. */
const isValue = /^(?:null|true|false|current_\w+|session_user|user|localtime|localtimestamp)$/

function nameOf(token: SqlToken | undefined): string | null {
  if (token === undefined) return null
  return identifier({ tokens: [token], text: '', at: 0 })
}
