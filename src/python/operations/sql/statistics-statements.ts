/** Parses CREATE STATISTICS and DROP STATISTICS. */
import type { ObjectName, StatisticsChange } from '../../../core/history/operation.ts'
import { type Cursor, accept, atEnd, bracketed, commaParts, identifier, readObjectName } from './tokens.ts'

const kinds = /^(?:ndistinct|dependencies|mcv)$/

/** Parses the text after CREATE STATISTICS; null for unnamed statistics or expressions. */
export function newStatistics(cursor: Cursor, ifNotExists: boolean): StatisticsChange | null {
  const name = readObjectName(cursor)
  if (name === null) return null
  const listed = bracketed(cursor)
  if (listed && !commaParts(listed).every(([kind, more]) => kinds.test(kind?.word ?? '') && !more))
    return null
  if (!accept(cursor, 'on')) return null
  const columns: string[] = []
  do {
    const column = identifier(cursor)
    if (column === null) return null
    columns.push(column)
  } while (accept(cursor, ','))
  const table = accept(cursor, 'from') ? readObjectName(cursor) : null
  return table && atEnd(cursor) ? { change: 'create', name, table, columns, ifNotExists } : null
}

/** Parses the text after DROP STATISTICS. */
export function droppedStatistics(cursor: Cursor, ifExists: boolean): StatisticsChange | null {
  const names: ObjectName[] = []
  do {
    const name = readObjectName(cursor)
    if (name === null) return null
    names.push(name)
  } while (accept(cursor, ','))
  if (!accept(cursor, 'cascade')) accept(cursor, 'restrict')
  return atEnd(cursor) ? { change: 'drop', names, ifExists } : null
}
