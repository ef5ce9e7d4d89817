/** SQLite dialect, for Python's sqlite3. Messages match SQLite 3.35 and later. */
import { quoteIdentifier, quoteText } from '../text/sql-quoting.ts'
import type { DatabaseError, Dialect } from './dialect.ts'

/** An error as raised by Python's sqlite3. */
export function sqliteError(text: string, type = 'OperationalError'): DatabaseError {
  return { type, message: `(sqlite3.${type}) ${text}` }
}

/** The error for a row without a value for a NOT NULL column. */
export function sqliteNullValue(table: string, column: string): DatabaseError {
  return sqliteError(`NOT NULL constraint failed: ${table}.${column}`, 'IntegrityError')
}

/** Returns the name as it appears in SQLite's error messages, with the quotes added by SQLAlchemy. */
function inSql(name: string): string {
  const reserved =
    /^(?:add|all|alter|and|as|asc|between|by|case|check|collate|column|commit|constraint|create|default|delete|desc|distinct|drop|else|end|escape|except|exists|false|for|foreign|from|full|glob|group|having|if|in|index|inner|insert|intersect|into|is|isnull|join|left|like|limit|match|natural|not|notnull|null|of|offset|on|or|order|outer|plan|pragma|primary|query|raise|references|reindex|rename|replace|restrict|right|rollback|row|select|set|table|temp|temporary|then|to|transaction|trigger|true|union|unique|update|using|vacuum|values|view|virtual|when|where)$/
  return /^[a-z_][a-z0-9_$]*$/.test(name) && !reserved.test(name) ? name : `"${name}"`
}

function nameTaken(name: string, wanted: 'table' | 'index', kind: string): string {
  if (wanted === 'index')
    return kind === 'index' ? `index ${name} already exists` : `there is already a table named ${name}`
  if (kind === 'index') return `there is already an index named ${name}`
  return `${kind === 'view' ? 'view' : 'table'} ${inSql(name)} already exists`
}

/** This list omits booleans and JSON, because SQLite stores them as numbers and text. */
const kinds: readonly (readonly [name: string, types: RegExp])[] = [
  ['number', /^(?:(?:SMALL|BIG|TINY)?INT|INTEGER|REAL|DOUBLE|FLOAT|NUMERIC|DECIMAL)$/],
  ['text', /^(?:TEXT|N?VARCHAR|CLOB)$/],
  ['time', /^(?:DATE|DATETIME|TIME|TIMESTAMP)$/],
  ['blob', /^BLOB$/],
]

function valueKindOf(type: string): string | null {
  const base = type
    .replace(/\(.*?\)/, '')
    .trim()
    .toUpperCase()
  return kinds.find(([, types]) => types.test(base))?.[0] ?? null
}

export const sqlite: Dialect = {
  name: 'sqlite',
  product: 'SQLite',
  majorOf: () => null,
  isFile: true,
  transactionalDdl: false,
  recordsTransactions: false,
  writeTransaction: { begin: 'BEGIN IMMEDIATE', lock: null },
  schemas: null,
  maxIdentifierBytes: null,
  rowNumbers: ['rowid', 'oid', '_rowid_'],
  systemColumns: new Set(),
  foldName: (name) => name.toLowerCase(),
  quoteIdentifier,
  quoteText,
  typeOf: ({ sqlite: type }) => type,
  familyOfType: () => null,
  valueKindOf,
  comparesLikeKeys: () => false,
  enforcesWidth: false,
  namedEnums: false,
  altersInPlace: false,
  verifiesConstraints: false,
  validatesLater: false,
  verifiesReferences: false,
  createsIndexForUnique: false,
  checksIndexNameFirst: true,
  errors: {
    readOnly: () => sqliteError('attempt to write a readonly database'),
    syntax: (near) => sqliteError(`near "${near}": syntax error`),
    missingTable: (given, _, use) => sqliteError(`no such table: ${use === 'index' ? 'main.' : ''}${given}`),
    missingColumn: (table, column, use) => {
      if (use === 'select') return sqliteError(`no such column: ${table}.${column}`)
      if (use === 'insert') return sqliteError(`table ${table} has no column named ${column}`)
      return sqliteError(`no such column: ${use === 'index' || use === 'update' ? column : `"${column}"`}`)
    },
    missingIndex: (index, statement) =>
      sqliteError(statement === 'drop' ? `no such index: ${index}` : 'near "INDEX": syntax error'),
    missingOther: (object, name) => sqliteError(`no such ${object}: ${name}`),
    nameTaken: (...taken) => sqliteError(nameTaken(...taken)),
    renameTaken: (name) => sqliteError(`there is already another table or index with this name: ${name}`),
    duplicateColumn: (_, column) => sqliteError(`duplicate column name: ${column}`),
    insertedNull: sqliteNullValue,
    nullsInColumn: () => sqliteError('Cannot add a NOT NULL column with default value NULL'),
    duplicateRows: (_, columns) =>
      sqliteError(`UNIQUE constraint failed: ${columns.join(', ')}`, 'IntegrityError'),
    readOnlyView: (name) => sqliteError(`cannot modify ${name} because it is a view`),
    // An INTEGER column may alias the rowid, which is never NULL.
    nullValue: (table, { name, type }) =>
      /^integer$/i.test(type.trim()) ? null : sqliteNullValue(table, name),
  },
}
