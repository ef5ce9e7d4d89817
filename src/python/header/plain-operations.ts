/**
 * Finds the objects created by the few operations that make up most migrations, for a quick check that they exist.
 * Returns null if an operation is unknown or may drop or rename something.
 */
import type { PlainObject } from '../../core/evidence/expected-objects.ts'
import { decodeSource } from '../source/decode-source.ts'
import { readPlainModule } from './template-form.ts'

const imports = [/^from alembic import op *$/m, /^import sqlalchemy as sa *$/m]
/** A table or column that certainly exists after the operations, regardless of what existed before. */
const makesTable = /^op\.create_table\(\s*(['"])([a-z_][a-z0-9_]{0,50})\1\s*,/
const makesColumn =
  /^op\.add_column\(\s*(['"])([a-z_][a-z0-9_]{0,50})\1\s*,\s*sa\.Column\(\s*(['"])([a-z_][a-z0-9_]{0,50})\3\s*,/
/** Columns of that table. */
const itsColumns = /\bsa\.Column\(\s*(['"])([a-z_][a-z0-9_]{0,50})\1\s*,/g
/** Arguments that change the name or schema, or make the operation conditional. */
const elsewhere = /\b(?:schema|prefixes|if_not_exists|quote|key) ?=/
/** Operations that neither create nor drop a table, a column or a type. */
const besides =
  /^(?:pass\b|["']|op\.(?:create_index|drop_index|create_(?:foreign_key|unique_constraint|check_constraint|primary_key)|drop_constraint|create_table_comment)\()/
const changesColumn = /^op\.alter_column\(/

/** Returns what a file's `upgrade` creates; null if that takes more than a quick check. */
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
