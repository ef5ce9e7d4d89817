/** What most operations ask of the world first: a schema, a table, its columns, a name that is free. */
import type { ColumnUse, TableUse } from '../dialect/dialect.ts'
import type { ObjectName } from '../history/operation.ts'
import { requireDefaultSchema, requireOwner, requireSchemaCreate } from './privileges.ts'
import { type StatementOutcome, quotedAsWritten, failStatement } from './database-error.ts'
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
  isPlainName,
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
  if (schema === null || world.dialect.schemas === null) return null
  const presence = findSchema(world, schema)
  if (presence !== 'absent')
    return presence === 'unsure' ? 'unsure' : requireSchemaCreate(world, schema, 'usage')
  const error = world.dialect.errors.missingSchema?.(schema)
  return failStatement('missing', { kind: 'schema', name: schema }, { kind: 'absent', what: 'schema' }, error)
}

export interface TableInHand {
  readonly found: LookupResult<SimulatedRelation>
  readonly table: SimulatedTable
}

/** A table, which the role must own unless it is only referred to. */
export function requireTable(
  world: SimulatedSchema,
  name: ObjectName,
  use: TableUse,
): RequiredTable<TableInHand> {
  const schema = requireNamedSchema(world, name.schema)
  if (schema !== null) return { ok: false, judged: schema }
  const found = findRelation(world, name)
  if (found.presence === 'absent') return { ok: false, judged: missingTable(world, name, use) }
  const table = found.value?.kind === 'table' ? found.value.table : null
  if (found.presence === 'unsure' || !table) return unsure
  const denied = use === 'reference' || use === 'drop' ? null : requireOwner(world, found)
  return denied === null ? { ok: true, value: { found, table } } : { ok: false, judged: denied }
}

/** How a missing table is refused. */
export function missingTable(
  { dialect }: SimulatedSchema,
  name: ObjectName,
  use: TableUse,
): StatementOutcome {
  const given = quotedAsWritten(name)
  const error = dialect.errors.missingTable(given, name.name, use)
  return failStatement('missing', { kind: 'table', name: given }, { kind: 'absent', what: 'table' }, error)
}

/** Is the column there? */
export function findColumn(world: SimulatedSchema, table: SimulatedTable, column: string): Presence {
  if (!table.columnsSure || !isPlainName(world, column)) return 'unsure'
  if (table.columns.has(folded(world, column))) return 'present'
  return world.dialect.systemColumns.has(column) ? 'unsure' : 'absent'
}

/** All columns must be there. */
export function requireColumns(
  world: SimulatedSchema,
  { table, found }: TableInHand,
  columns: readonly (string | null)[],
  use: ColumnUse,
): StatementOutcome {
  let doubt = false
  for (const column of columns) {
    if (column === null) continue
    const presence = findColumn(world, table, column)
    doubt ||= presence === 'unsure'
    if (presence !== 'absent') continue
    if (doubt) return 'unsure'
    return missingColumnFailure(world, found.name.name, column, use)
  }
  return doubt ? 'unsure' : null
}

/** How a missing column is refused. */
export function missingColumnFailure(
  { dialect }: SimulatedSchema,
  table: string,
  column: string,
  use: ColumnUse,
): StatementOutcome {
  const error = dialect.errors.missingColumn(table, column, use)
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
  const nowhere = what === 'table' ? requireDefaultSchema(world, name, what) : null
  const denied = nowhere ?? requireSchemaCreate(world, full.schema, 'create')
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
  const { errors } = world.dialect
  const other = occupant(world, name)
  const object = { kind: what, name: name.name }
  if (other?.likely) return 'unsure'
  if (other) {
    const { kind: by, pending, schema } = other
    const table = by === 'index' && other.table?.origin ? other.table.origin.name : null
    const state = other.invalid ? { invalid: true as const } : {}
    const seen = { kind: 'nameTaken', by, pending, schema, table, ...state } as const
    return failStatement('exists', object, seen, errors.nameTaken(name.name, what, other.kind))
  }
  if (isDoubtful(world, name)) return 'unsure'
  if (what === 'index' || !typeNamed(world, name)) return null
  return failStatement('exists', object, { kind: 'typeOfThatName' }, errors.typeTaken?.(name.name))
}
