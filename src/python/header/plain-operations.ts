/**
 * Finds the objects that a migration creates. Returns null if an operation may drop or rename a table, column or
 * type.
 */
import type { PlainObject } from '../../core/evidence/expected-objects.ts'
import type { ComparableType } from '../../core/evidence/stated-types.ts'
import { decodeSource } from '../source/decode-source.ts'
import { spellings } from '../operations/type-spellings.ts'
import { readPlainModule } from './template-form.ts'

const imports = [/^from alembic import op *$/m, /^import sqlalchemy as sa *$/m]
/** An operation that creates a table or column unconditionally. */
const makesTable = /^op\.create_table\(\s*(['"])([a-z_][a-z0-9_]{0,50})\1\s*,/
const makesColumn =
  /^op\.add_column\(\s*(['"])([a-z_][a-z0-9_]{0,50})\1\s*,\s*sa\.Column\(\s*(['"])[a-z_][a-z0-9_]{0,50}\3\s*,/
/** Captures the module, name and arguments of a column's type, unless the type is followed by a method call. */
const itsColumns =
  /\bsa\.Column\(\s*(['"])([a-z_][a-z0-9_]{0,50})\1\s*,(?:\s*(sa|postgresql)\.(\w+)(\((?:[^()]|\([^()]*\))*\))?(?=\s*[,)]))?/g
const importsDialect = /^from sqlalchemy\.dialects import postgresql *$/m
/** Arguments that change which database type a SQLAlchemy type maps to. */
const otherType = /\b(?:native\w*|impl|schema) ?=/
const enumName = /\bname ?= ?(['"])([A-Za-z_]\w*)\1/
const itemType = /^\(\s*sa\.(\w+)(?:\([^()]*\))?\s*[,)]/
/** Arguments that change the name or schema, or make the operation conditional. */
const elsewhere = /\b(?:schema|prefixes|if_not_exists|quote|key) ?=/
/** Statements that neither create nor drop a table, column or type. */
const besides =
  /^(?:pass\b|["']|op\.(?:create_index|drop_index|create_(?:foreign_key|unique_constraint|check_constraint|primary_key)|drop_constraint|create_table_comment)\()/
const changesColumn = /^op\.alter_column\(/
const renames = /\b(?:new_column_)?name ?=/
const changesType = /\btype_ ?=/
const changedColumn =
  /^op\.alter_column\(\s*(['"])([a-z_][a-z0-9_]{0,50})\1\s*,\s*(['"])([a-z_][a-z0-9_]{0,50})\3\s*,/

/** The tables and columns that `upgrade` creates, and the columns whose types it changes; null if unclear. */
export function readPlainOperations(bytes: Uint8Array, path: string): PlainObject | null {
  const source = decodeSource(bytes)
  const module = source.kind === 'text' ? readPlainModule(source.text, path) : null
  if (source.kind !== 'text' || module === null) return null
  if (imports.some((one) => !one.test(source.text))) return null
  const tables: string[] = []
  const columns: PlainObject['columns'][number][] = []
  const retyped: PlainObject['retyped'][number][] = []
  for (const { start, end } of module.upgrade) {
    const statement = source.text.slice(start, end)
    const table = makesTable.exec(statement)?.[2]
    const owner = table ?? makesColumn.exec(statement)?.[2]
    if (owner !== undefined && !elsewhere.test(statement)) {
      if (table !== undefined) tables.push(table)
      for (const [, , name = '', alias, type = '', args = ''] of statement.matchAll(itsColumns)) {
        const known = alias === 'sa' || (alias === 'postgresql' && importsDialect.test(source.text))
        columns.push({ table: owner, name, type: known ? spelled(type, args) : null })
      }
    } else if (changesColumn.test(statement) && !renames.test(statement)) {
      if (!changesType.test(statement)) continue
      const [, , of, , name] = changedColumn.exec(statement) ?? []
      if (of === undefined || name === undefined) return null
      retyped.push({ table: of, name })
    } else if (!besides.test(statement)) return null
  }
  return { tables, columns, retyped }
}

/** Returns the PostgreSQL and SQLite names of a SQLAlchemy type, without size; null if unknown. */
function spelled(type: string, args: string): ComparableType | null {
  if (otherType.test(args)) return null
  if (/^enum$/i.test(type)) {
    const name = enumName.exec(args)?.[2]
    return name === undefined ? null : { postgres: null, sqlite: null, enum: { schema: null, name } }
  }
  if (type === 'ARRAY') {
    const item = spelled(itemType.exec(args)?.[1] ?? '', '')
    return item?.postgres ? { postgres: `${item.postgres}[]`, sqlite: null } : null
  }
  const [postgres, sqlite] = spellings[type]?.([], false) ?? []
  return postgres === undefined || sqlite === undefined ? null : { postgres, sqlite }
}
