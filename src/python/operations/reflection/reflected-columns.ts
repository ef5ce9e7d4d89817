/** Models columns that SQLAlchemy reflects, and copies of them. */
import type { CatalogColumn, CatalogTable } from '../../../core/history/live-catalog.ts'
import type { Call } from '../../interpreter/run.ts'
import {
  type Items,
  type Made,
  type Term,
  bool,
  int,
  list,
  textTerm,
  unknown,
} from '../../interpreter/values.ts'
import { classOf } from '../columns.ts'

/** Maps catalog types to SQLAlchemy's types. */
const types: Readonly<Record<string, string>> = {
  smallint: 'SMALLINT',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  numeric: 'NUMERIC',
  real: 'REAL',
  'double precision': 'DOUBLE_PRECISION',
  boolean: 'BOOLEAN',
  text: 'TEXT',
  'character varying': 'VARCHAR',
  bytea: 'BYTEA',
  date: 'DATE',
  'timestamp without time zone': 'TIMESTAMP',
  'timestamp with time zone': 'TIMESTAMP',
  uuid: 'UUID',
  inet: 'INET',
  json: 'JSON',
  jsonb: 'JSONB',
}

/** Types whose defaults can't contain text that `sa.text` would mistake for a parameter. */
const withPlainDefault = /^(?:smallint|integer|bigint|numeric|real|double precision|boolean)$/

/** Returns a table's columns as SQLAlchemy reflects them. */
export function columnsIn({ columns, primaryKey }: CatalogTable): readonly Made[] {
  return (columns ?? []).map((column) => reflected(column, primaryKey))
}

function made(path: string, args: readonly Term[], keywords: Made['keywords'] = new Map()): Made {
  return { kind: 'made', path, args, keywords, source: '' }
}

function reflected(column: CatalogColumn, primaryKey: CatalogTable['primaryKey']): Made {
  const type = column.isEnum ? made('sqlalchemy.types.TypeEngine', []) : typeOf(column.type)
  const keywords = new Map<string, Term>()
  keywords.set('nullable', column.nullable === null ? unknown : bool(column.nullable))
  if (primaryKey?.includes(column.name)) keywords.set('primary_key', bool(true))
  if (!column.hasNoDefault) keywords.set('server_default', unknown)
  // Copying an enum column would create the enum again.
  const isPlain = type !== null && !column.isEnum && !column.generated && primaryKey !== null
  const isKnown = isPlain && (column.hasNoDefault || withPlainDefault.test(column.type ?? ''))
  const name = textTerm(column.name)
  return made('sqlalchemy.Column', isKnown ? [name, type] : [name, type ?? unknown, unknown], keywords)
}

function typeOf(written: string | null): Made | null {
  const [, name = '', size] = /^([a-z ]+)(?:\((\d+)\))?$/.exec(written ?? '') ?? []
  const found = Object.hasOwn(types, name) ? types[name] : undefined
  if (found === undefined || (size !== undefined && found !== 'VARCHAR')) return null
  const zone = new Map<string, Term>(name.endsWith(' with time zone') ? [['timezone', bool(true)]] : [])
  return made(`sqlalchemy.${found}`, size === undefined ? [] : [int(BigInt(size))], zone)
}

/** Evaluates `table.columns` or `table.c` on a reflected table; null for other attributes. */
export function reflectedColumns({ owner, name }: Extract<Term, { kind: 'member' }>): Items | null {
  if (!/^(?:c|columns)$/.test(name) || owner.kind !== 'made') return null
  if (classOf(owner) !== 'Table' || owner.source !== '') return null
  return list(
    owner.args.filter((part) => classOf(part) === 'Column'),
    'view',
  )
}

/** Evaluates an attribute of a reflected column; null for other columns. */
export function attributeOfColumn(owner: Made, name: string): Term | null {
  if (classOf(owner) !== 'Column' || owner.source !== '') return null
  if (name === 'name' || name === 'key') return owner.args[0] ?? null
  return name === 'type' ? (owner.args[1] ?? null) : null
}

/** Evaluates `column._copy()` or `column.copy()` for a reflected column; null for other calls. */
export function copyOfColumn({ args, keywords }: Call, owner: Made, name: string): Made | null {
  const isCopy = /^_?copy$/.test(name) && classOf(owner) === 'Column' && owner.source === ''
  return isCopy && args.length === 0 && keywords.size === 0 ? owner : null
}

/** Evaluates `isinstance(column.type, NullType)` for a reflected column; null for other values. */
export function isOfType(value: Term, type: Term): boolean | null {
  const isNull = type.kind === 'imported' && /^sqlalchemy\.(?:\w+\.)*NullType$/.test(type.path)
  return isNull && value.kind === 'made' && value.source === '' && classOf(value) !== null ? false : null
}
