/** Reads `ALTER TABLE … ADD CONSTRAINT … UNIQUE USING INDEX …`. */
import type { PromotedIndex } from '../../../core/history/operation.ts'
import { type Cursor, accept, atEnd, identifier, readObjectName } from './tokens.ts'

/** Returns the index and its table; null for any other statement. */
export function promotedIndex(cursor: Cursor): PromotedIndex | null {
  if (!accept(cursor, 'alter', 'table')) return null
  accept(cursor, 'only')
  const table = readObjectName(cursor)
  if (table === null || !accept(cursor, 'add')) return null
  const named = accept(cursor, 'constraint') ? identifier(cursor) : null
  const index = accept(cursor, 'unique', 'using', 'index') ? identifier(cursor) : null
  const deferrable = accept(cursor, 'deferrable')
  if (deferrable && accept(cursor, 'initially') && !accept(cursor, 'deferred')) accept(cursor, 'immediate')
  return index === null || !atEnd(cursor) ? null : { table, index, name: named ?? index, deferrable }
}
