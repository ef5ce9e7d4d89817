/** Parses cast types. */
import type { SqlType } from '../../../../core/sql/row-statement.ts'
import { sqlType } from '../tables.ts'
import type { Cursor } from '../tokens.ts'

/** Parses the type at the cursor; null for unsupported syntax. */
export function castType(cursor: Cursor): SqlType | null {
  const type = sqlType(cursor)
  const own = type?.needs ?? null
  // No column has type `cstring`, but functions such as `uuid_in` take it.
  if (own?.name === 'cstring' && own.schema === null) return { name: own.name, own: null }
  return type && { name: type.postgres, own }
}
