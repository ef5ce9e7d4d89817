/** Finds string constants in a statement, and the column or type that each is used for. */
import type { Constant, RowsWritten, UsedConstant } from '../../../core/history/operation.ts'
import {
  type SqlToken,
  accept,
  bracketed,
  commaParts,
  cursorOf,
  identifier,
  readObjectName,
} from './tokens.ts'

/**
 * Returns a statement's string constants in source order. `writes` is the table that the statement writes to; null if
 * unknown.
 */
export function usedConstants(
  tokens: readonly SqlToken[],
  writes: RowsWritten | null,
): readonly UsedConstant[] {
  const inserted =
    writes?.statement === 'insert' ? insertedColumns(tokens, writes) : new Map<number, string>()
  return tokens.flatMap((token, at) => {
    if (token.kind !== 'string') return []
    const type = castType(tokens, at)
    const column = type === null ? (inserted.get(token.start) ?? comparedColumn(tokens, at, writes)) : null
    return [{ value: token.word, column, type }]
  })
}

/** Returns the constants in each row of `INSERT … VALUES (…), (…)`; null if there are no such rows. */
export function insertedRows(
  tokens: readonly SqlToken[],
  { statement, columns }: RowsWritten,
): readonly Readonly<Record<string, Constant>>[] | null {
  const cursor = cursorOf(tokens, '')
  if (statement !== 'insert' || columns.length === 0 || !accept(cursor, 'insert', 'into')) return null
  readObjectName(cursor)
  if (accept(cursor, 'as')) identifier(cursor)
  bracketed(cursor)
  if (!accept(cursor, 'values')) return null
  const rows: Record<string, Constant>[] = []
  for (let row = bracketed(cursor); row !== null; row = bracketed(cursor)) {
    const values = commaParts(row)
    if (values.length !== columns.length) return null
    const constants = columns.flatMap((column, index) => {
      const [only, ...more] = values[index] ?? []
      const value = more.length === 0 && only !== undefined ? constantOf(only) : undefined
      return value === undefined ? [] : [[column, value] as const]
    })
    rows.push(Object.fromEntries(constants))
    if (cursor.tokens[cursor.at]?.word !== ',') return rows
    cursor.at += 1
  }
  return null
}

function constantOf({ kind, word }: SqlToken): Constant | undefined {
  if (kind === 'string') return word
  if (kind === 'number') return /^\d+$/.test(word) ? Number(word) : undefined
  if (kind !== 'word') return undefined
  return word === 'null' ? null : word === 'true' ? true : word === 'false' ? false : undefined
}

/** Returns the type in a cast such as `'a'::mood`; null if there is no cast. */
function castType(tokens: readonly SqlToken[], at: number): UsedConstant['type'] {
  return tokens[at + 1]?.word === '::' ? readObjectName(cursorOf(tokens.slice(at + 2), '')) : null
}

/**
 * Returns the column that a constant is compared with, as in `column = 'a'`. Null if there is none, or if the column is
 * cast or may belong to another table.
 */
function comparedColumn(tokens: readonly SqlToken[], at: number, writes: RowsWritten | null): string | null {
  let before = at - 1
  while (tokens[before]?.word === ',' && tokens[before - 1]?.kind === 'string') before -= 2
  if (tokens[before]?.word === '(' && tokens[before - 1]?.word === 'in') {
    before -= 2
    if (tokens[before]?.word === 'not') before -= 1
  } else if (before !== at - 1) return null
  else {
    const start = before
    while (tokens[before]?.kind === 'mark' && /^[=<>!]$/.test(tokens[before]?.word ?? '')) before -= 1
    if (before === start) return null
  }
  const column = tokens[before]
  if (column === undefined || (column.kind !== 'word' && column.kind !== 'quoted')) return null
  const qualifier = tokens[before - 1]
  if (qualifier?.word === '::' || qualifier?.word === 'as') return null
  if (qualifier?.word === '.' && tokens[before - 2]?.word !== writes?.table.name) return null
  return column.word
}

/** Maps each constant's offset in `VALUES (…), (…)` to its column. Omits constants in larger expressions. */
function insertedColumns(tokens: readonly SqlToken[], { columns }: RowsWritten): ReadonlyMap<number, string> {
  const found = new Map<number, string>()
  const start = tokens.findIndex(({ kind, word }) => kind === 'word' && word === 'values')
  if (start < 0) return found
  const cursor = cursorOf(tokens.slice(start + 1), '')
  for (;;) {
    const row = bracketed(cursor)
    if (row === null) return found
    for (const [index, [only, ...more]] of commaParts(row).entries()) {
      const column = columns[index]
      if (only?.kind === 'string' && more.length === 0 && column !== undefined) found.set(only.start, column)
    }
    if (cursor.tokens[cursor.at]?.word !== ',') return found
    cursor.at += 1
  }
}
