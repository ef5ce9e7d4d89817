/**
 * The few operations that most migrations consist of, out of a migration in the plain forms: enough to look whether
 * it left what it makes. Says nothing where one of them may take away or rename, or is not known here.
 */
import type { PlainObject } from '../../core/evidence/expected-objects.ts'
import { decodeSource } from '../source/decode-source.ts'
import { readPlainModule } from './template-form.ts'

const imports = [/^from alembic import op *$/m, /^import sqlalchemy as sa *$/m]
/** A table or a column that is there afterwards, on every database and whatever was there before. */
const makesTable = /^op\.create_table\(\s*(['"])([a-z_][a-z0-9_]{0,50})\1\s*,/
const makesColumn =
  /^op\.add_column\(\s*(['"])([a-z_][a-z0-9_]{0,50})\1\s*,\s*sa\.Column\(\s*(['"])([a-z_][a-z0-9_]{0,50})\3\s*,/
/** Columns of such a table. */
const itsColumns = /\bsa\.Column\(\s*(['"])([a-z_][a-z0-9_]{0,50})\1\s*,/g
/** What makes of it something in another place, or perhaps nothing. */
const elsewhere = /\b(?:schema|prefixes|if_not_exists|quote|key) ?=/
/** Operations that neither make nor unmake a table, a column or a type. */
const besides =
  /^(?:pass\b|["']|op\.(?:create_index|drop_index|create_(?:foreign_key|unique_constraint|check_constraint|primary_key)|drop_constraint|create_table_comment)\()/
const changesColumn = /^op\.alter_column\(/

/** What `upgrade` of a file makes; null where that takes more than a look. */
export function readPlainOperations(bytes: Uint8Array, path: string): PlainObject | null {
  const source = decodeSource(bytes)
  const module = source.kind === 'text' ? readPlainModule(source.text, path) : null
  if (source.kind !== 'text' || module === null) return null
  if (imports.some((one) => !one.test(source.text))) return null
  const tables: string[] = []
  const columns: { table: string; name: string }[] = []
  for (const { start, end } of module.upgrade) {
    const statement = source.text.slice(start, end)
    const table = makesTable.exec(statement)?.[2]
    const column = makesColumn.exec(statement)
    if (table !== undefined && !elsewhere.test(statement)) {
      tables.push(table)
      for (const [, , name = ''] of statement.matchAll(itsColumns)) columns.push({ table, name })
    } else if (column && !elsewhere.test(statement)) {
      columns.push({ table: column[2] ?? '', name: column[4] ?? '' })
    } else if (
      changesColumn.test(statement) ? /\b(?:new_column_)?name ?=/.test(statement) : !besides.test(statement)
    )
      return null
  }
  return { tables, columns }
}
