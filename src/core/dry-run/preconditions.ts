/** Preconditions of most operations: the schema, table and columns exist, and new names are free. */
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
  newName,
  typeNamed,
  type SimulatedDependent,
  keyOf,
  isPlainName,
  occupant,
} from './simulated-schema.ts'
import type { FailedObject } from './failure-reason.ts'
import type { Dependent } from '../schema/schema-snapshot.ts'

/** The required object, or the statement's outcome if the object isn't available. */
export type RequiredTable<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly judged: StatementOutcome }

const unsure = { ok: false, judged: 'unsure' } as const

/** Checks that a specified schema exists and that the role may use it. */
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

/** Checks that a table exists and, unless `use` is `reference` or `drop`, that the role owns it. */
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

/** Returns the failure for a missing table. */
export function missingTable(
  { dialect }: SimulatedSchema,
  name: ObjectName,
  use: TableUse,
): StatementOutcome {
  const given = quotedAsWritten(name)
  const error = dialect.errors.missingTable(given, name.name, use)
  return failStatement('missing', { kind: 'table', name: given }, { kind: 'absent', what: 'table' }, error)
}

/** Returns whether the column exists. */
export function findColumn(world: SimulatedSchema, table: SimulatedTable, column: string): Presence {
  if (!table.columnsSure || !isPlainName(world, column)) return 'unsure'
  const there = table.columns.get(folded(world, column))
  if (there) return there.perhaps ? 'unsure' : 'present'
  return world.dialect.systemColumns.has(column) ? 'unsure' : 'absent'
}

/** Checks that all columns exist. */
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

/** Returns the outcome of a statement that refers to a missing column. */
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

/**
 * Checks that a relation can be created: its schema exists, the role may create objects there, and the name is free.
 */
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

/** Fails if the name is taken. Tables and enum types share a namespace. */
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

/** Returns the first dependent object that definitely still exists; null if there is none. */
export function neededBy(
  world: SimulatedSchema,
  dependents: readonly SimulatedDependent[],
): SimulatedDependent | null {
  return dependents.find((one) => isThere(world, one)) ?? null
}

function isThere(world: SimulatedSchema, { kind, schema, table, name, owner }: SimulatedDependent): boolean {
  if (!world.dependentsSure || (kind === 'policy' && !world.policiesSure)) return false
  if (kind === 'view' && world.goneViews.has(keyOf(world, { schema, name: table }))) return false
  if (owner === null) return true
  if (owner.dropped) return false
  if (kind === 'view' || kind === 'policy') return true
  if (kind === 'column') return owner.columnsSure && owner.columns.get(name)?.stored === name
  const constraint = owner.constraints.get(name)
  return owner.namesSure && constraint?.kind === 'foreignKey' && constraint.sure
}

/** Returns a foreign key that a pending migration added from another table to this one; null if none is known. */
export function referredBy(
  world: SimulatedSchema,
  table: SimulatedTable,
): Pick<Dependent, 'kind' | 'name' | 'table'> | null {
  if (!world.foreignKeysSure || !world.dialect.verifiesConstraints) return null
  for (const other of table.referrers ?? []) {
    if (other === table || other.dropped) continue
    const key = [...other.constraints].find(([, { sure, target }]) => sure && target === table)
    if (!key) continue
    const place = [...world.relations.values()].find((one) => one.kind === 'table' && one.table === other)
    if (place) return { kind: 'foreign key', name: key[0], table: place.name }
  }
  return null
}

/** Returns the objects that depend on the table, except its own policies, which DROP TABLE also drops. */
export function dependentsOutside(table: SimulatedTable): readonly SimulatedDependent[] {
  return table.dependents.filter(({ kind, owner }) => kind !== 'policy' || owner !== table)
}

/**
 * Returns the error for dropping a table that belongs to an extension, which occurs even with CASCADE. Null for other
 * tables.
 */
export function requiredByExtension(world: SimulatedSchema, inHand: TableInHand): StatementOutcome {
  const { table, found } = inHand
  const { extension, described } = table
  if (extension === undefined || !world.dependentsSure || !isAtOrigin(inHand)) return null
  const error = world.dialect.errors.extensionMember?.(described ?? '', extension)
  const object = { kind: 'table', name: found.name.name } as const
  return failStatement('unfit', object, { kind: 'extensionMember', extension }, error)
}

/** Whether the table still has its original name and a non-null `described`. */
function isAtOrigin({ table, found }: TableInHand): boolean {
  const { origin, described } = table
  return described !== null && origin?.name === found.name.name && origin.schema === found.name.schema
}

/**
 * Returns the failure for dropping an object that others depend on. `described` is the object's name in PostgreSQL's
 * error message.
 */
export function refusedDependents(
  { dialect }: SimulatedSchema,
  described: string,
  object: FailedObject,
  one: Pick<Dependent, 'kind' | 'name' | 'table'>,
  messageUncertain = false,
): StatementOutcome {
  const error = dialect.errors.stillNeeded?.(described)
  return failStatement('unfit', object, { kind: 'dependent', dependent: one }, error, messageUncertain)
}

/**
 * Like {@link refusedDependents}, for a table or a part of it. `part` precedes the table in the message, such as
 * `column a of `. After a rename of the table, the message may differ.
 */
export function refusedInTable(
  world: SimulatedSchema,
  inHand: TableInHand,
  part: string,
  object: FailedObject,
  one: Pick<Dependent, 'kind' | 'name' | 'table'>,
): StatementOutcome {
  const isKnown = isAtOrigin(inHand)
  const { schema, name } = inHand.found.name
  const written = quotedAsWritten({ schema: schema === world.defaultSchema ? null : schema, name })
  const table = isKnown ? (inHand.table.described ?? '') : `table ${written}`
  return refusedDependents(world, `${part}${table}`, object, one, !isKnown)
}
