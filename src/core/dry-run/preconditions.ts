/** What most operations ask of the world first: a schema, a table, its columns, a name that is free. */
import type { ObjectName } from '../schema/operation.ts'
import { requireOwner, requireSchemaCreate } from './privileges.ts'
import {
  type StatementOutcome,
  quotedAsWritten,
  postgresError,
  failStatement,
  sqliteError,
} from './database-error.ts'
import {
  type LookupResult,
  type SimulatedTable,
  type Presence,
  type SimulatedRelation,
  type SimulatedSchema,
  findRelation,
  findSchema,
  folded,
  isDoubtful,
  newName,
  occupant,
  typeNamed,
} from './simulated-schema.ts'

/** What was found, or why the operation ends here. */
export type RequiredTable<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly judged: StatementOutcome }

const unsure = { ok: false, judged: 'unsure' } as const

/** A schema that is named must be there. */
export function requireNamedSchema(world: SimulatedSchema, schema: string | null): StatementOutcome {
  if (schema === null || world.dialect === 'sqlite') return null
  const presence = findSchema(world, schema)
  if (presence !== 'absent')
    return presence === 'unsure' ? 'unsure' : requireSchemaCreate(world, schema, 'usage')
  const error = postgresError('InvalidSchemaName', `schema "${schema}" does not exist`)
  return failStatement('missing', { kind: 'schema', name: schema }, { kind: 'absent', what: 'schema' }, error)
}

export interface TableInHand {
  readonly found: LookupResult<SimulatedRelation>
  readonly table: SimulatedTable
}

/** Where a missing table is spoken of, and how. */
export type UnmetPrecondition = 'alter' | 'drop' | 'index' | 'reference'

/** A table, which the role must own unless it is only referred to. */
export function requireTable(
  world: SimulatedSchema,
  name: ObjectName,
  wanting: UnmetPrecondition,
): RequiredTable<TableInHand> {
  const schema = requireNamedSchema(world, name.schema)
  if (schema !== null) return { ok: false, judged: schema }
  const found = findRelation(world, name)
  if (found.presence === 'absent') return { ok: false, judged: missingTable(world, name, wanting) }
  const table = found.value?.kind === 'table' ? found.value.table : null
  if (found.presence === 'unsure' || !table) return unsure
  const denied = wanting === 'reference' || wanting === 'drop' ? null : requireOwner(world, found)
  return denied === null ? { ok: true, value: { found, table } } : { ok: false, judged: denied }
}

function missingTable(
  { dialect }: SimulatedSchema,
  name: ObjectName,
  wanting: UnmetPrecondition,
): StatementOutcome {
  const given = quotedAsWritten(name)
  const error =
    dialect === 'sqlite'
      ? sqliteError(`no such table: ${wanting === 'index' ? 'main.' : ''}${given}`)
      : wanting === 'drop'
        ? postgresError('UndefinedTable', `table "${name.name}" does not exist`)
        : postgresError('UndefinedTable', `relation "${given}" does not exist`)
  return failStatement('missing', { kind: 'table', name: given }, { kind: 'absent', what: 'table' }, error)
}

/** Is the column there? */
export function findColumn(world: SimulatedSchema, table: SimulatedTable, column: string): Presence {
  if (!table.columnsSure || !/^[\u0020-\u007e]{1,63}$/.test(column)) return 'unsure'
  if (table.columns.has(folded(world, column))) return 'present'
  return world.dialect === 'postgresql' && systemColumns.has(column) ? 'unsure' : 'absent'
}

const systemColumns = new Set(['ctid', 'oid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid'])

/** All columns must be there; `words` says how PostgreSQL speaks of one that is not. */
export function requireColumns(
  world: SimulatedSchema,
  { table, found }: TableInHand,
  columns: readonly (string | null)[],
  words: (column: string) => string,
): StatementOutcome {
  let doubt = false
  for (const column of columns) {
    if (column === null) continue
    const presence = findColumn(world, table, column)
    doubt ||= presence === 'unsure'
    if (presence !== 'absent') continue
    if (doubt) return 'unsure'
    return missingColumnFailure(world, found.name.name, column, words(column))
  }
  return doubt ? 'unsure' : null
}

/** How a missing column is refused. */
export function missingColumnFailure(
  world: SimulatedSchema,
  table: string,
  column: string,
  text: string,
): StatementOutcome {
  const error = world.dialect === 'sqlite' ? sqliteError(text) : postgresError('UndefinedColumn', text)
  const object = { kind: 'column', table, name: column } as const
  return failStatement('missing', object, { kind: 'absentPart', what: 'column', table }, error)
}

/** A place for a new relation: the schema is there, the role may use it, and the name is free. */
export function requireFreeName(
  world: SimulatedSchema,
  name: ObjectName,
  what: 'table' | 'index',
): RequiredTable<ObjectName> {
  const schema = requireNamedSchema(world, name.schema)
  if (schema !== null) return { ok: false, judged: schema }
  const full = newName(world, name)
  if (!full) return unsure
  const denied = requireSchemaCreate(world, full.schema, 'create')
  if (denied !== null) return { ok: false, judged: denied }
  const taken = nameTaken(world, full, what)
  return taken === null ? { ok: true, value: full } : { ok: false, judged: taken }
}

/** Refuses a name that something has already; the types of tables and enums share names. */
export function nameTaken(
  world: SimulatedSchema,
  name: ObjectName,
  what: 'table' | 'index',
): StatementOutcome {
  const { dialect } = world
  const other = occupant(world, name)
  const object = { kind: what, name: name.name }
  if (other) {
    const { kind: by, pending, schema } = other
    const table = by === 'index' && other.table?.origin ? other.table.origin.name : null
    const seen = { kind: 'nameTaken', by, pending, schema, table } as const
    const error =
      dialect === 'postgresql'
        ? postgresError('DuplicateTable', `relation "${name.name}" already exists`)
        : sqliteError(sqliteTaken(other, name.name, what))
    return failStatement('exists', object, seen, error)
  }
  if (isDoubtful(world, name)) return 'unsure'
  if (dialect === 'sqlite' || what === 'index' || !typeNamed(world, name)) return null
  const error = postgresError('DuplicateObject', `type "${name.name}" already exists`)
  return failStatement('exists', object, { kind: 'typeOfThatName' }, error)
}

function sqliteTaken({ kind }: SimulatedRelation, name: string, what: 'table' | 'index'): string {
  if (what === 'index')
    return kind === 'index' ? `index ${name} already exists` : `there is already a table named ${name}`
  if (kind === 'index') return `there is already an index named ${name}`
  return `${kind === 'view' ? 'view' : 'table'} ${inSql(name)} already exists`
}

/** SQLite repeats the name as it stands in the statement, which SQLAlchemy quotes unless it is plain. */
function inSql(name: string): string {
  const reserved =
    /^(?:add|all|alter|and|as|asc|between|by|case|check|collate|column|commit|constraint|create|default|delete|desc|distinct|drop|else|end|escape|except|exists|false|for|foreign|from|full|glob|group|having|if|in|index|inner|insert|intersect|into|is|isnull|join|left|like|limit|match|natural|not|notnull|null|of|offset|on|or|order|outer|plan|pragma|primary|query|raise|references|reindex|rename|replace|restrict|right|rollback|row|select|set|table|temp|temporary|then|to|transaction|trigger|true|union|unique|update|using|vacuum|values|view|virtual|when|where)$/
  return /^[a-z_][a-z0-9_$]*$/.test(name) && !reserved.test(name) ? name : `"${name}"`
}
