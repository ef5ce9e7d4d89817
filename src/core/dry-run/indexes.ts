/** Simulates creating and dropping indexes. */
import { columnReferences } from '../expressions/expression.ts'
import { parseExpression, parseIndexElement } from '../expressions/parse-expression.ts'
import type {
  ColumnType,
  CreateIndex,
  CreateTable,
  DropIndex,
  Index,
  ObjectName,
} from '../history/operation.ts'
import type { Condition } from '../schema/check-condition.ts'
import { requireOwner, requireSchemaCreate } from './privileges.ts'
import {
  type TableInHand,
  nameTaken,
  requireColumns,
  requireNamedSchema,
  requireTable,
} from './preconditions.ts'
import { type StatementOutcome, failStatement } from './database-error.ts'
import type { FailedObject } from './failure-reason.ts'
import { defaultIndexName, isCertainIndexName, isFinalName } from './objects/default-names.ts'
import { spotInIndex } from './objects/expression-spots.ts'
import { filterOf } from './objects/rows-against-checks.ts'
import { answersFromRows } from './row-questions.ts'
import { isMissingForCertain } from './sqlite-limits.ts'
import {
  type LookupResult,
  type SimulatedRelation,
  type SimulatedSchema,
  type SimulatedTable,
  insertRelation,
  findRelation,
  indexesOf,
  isCutOff,
  isFetched,
  keyOf,
  mayStandFor,
  newName,
  occupant,
  places,
  removeRelation,
} from './simulated-schema.ts'

/** Fails if `CREATE INDEX CONCURRENTLY` or `DROP INDEX CONCURRENTLY` definitely runs inside a transaction. */
function requireNoTransaction(
  world: SimulatedSchema,
  { kind, autocommit }: CreateIndex | DropIndex,
  { name, concurrently }: { readonly name: string | null; readonly concurrently: boolean },
): StatementOutcome {
  const { insideTransaction } = world.dialect.errors
  if (!concurrently || autocommit || !world.transactionSure || !insideTransaction) return null
  if (!world.ownEngine) return 'unsure'
  const statement = `${kind === 'createIndex' ? 'CREATE' : 'DROP'} INDEX CONCURRENTLY`
  const seen = { kind: 'inTransaction', statement } as const
  return failStatement('unfit', { kind: 'index', name }, seen, insideTransaction(statement))
}

/** `CREATE INDEX`. */
export function tryCreateIndex(world: SimulatedSchema, step: CreateIndex): StatementOutcome {
  const inside = requireNoTransaction(world, step, step.index)
  if (inside !== null && inside !== 'unsure') return inside
  const needed = requireTable(world, step.table, 'index')
  if (!needed.ok) {
    note(world, step.table, step.index)
    return needed.judged
  }
  const index = withCertainName(world, needed.value, step.index, step.table)
  const judged = tryIndex(world, needed.value, index, step.ifNotExists) ?? inside
  const isMissing = judged !== null && judged !== 'unsure' && judged.kind === 'missing'
  return isMissing && !world.dialect.verifiesConstraints && !isMissingForCertain(step) ? 'unsure' : judged
}

function note(world: SimulatedSchema, table: ObjectName, { name, columns }: Index): void {
  const full = name === null ? null : newName(world, { schema: table.schema, name })
  if (!full) world.open.add('indexes')
  else insertRelation(world, { kind: 'index', ...full, table: null, columns, pending: true })
}

/**
 * Whether a column of this type may get an index automatically, as GeoAlchemy's spatial columns do by default
 * (geoalchemy2/admin).
 */
export function bringsIndex({ source, postgres, mayIndex }: ColumnType): boolean {
  return mayIndex === true || (postgres === null && /geo(?:metry|graphy|alchemy)|raster/i.test(source))
}

/** Records that the table may have an index with an unknown name. */
export function doubtOwnIndexes(world: SimulatedSchema, table: SimulatedTable): void {
  world.open.add('indexes')
  table.unlistedIndexes = true
}

/** Simulates creating the indexes of a new table or column. */
export function addIndexes(
  world: SimulatedSchema,
  inHand: TableInHand,
  { table, indexes }: Pick<CreateTable, 'table' | 'indexes'>,
): StatementOutcome {
  let judged: StatementOutcome = null
  for (const index of indexes)
    judged ??= tryIndex(world, inHand, withCertainName(world, inHand, index, table), false)
  return judged
}

/** Gives an unnamed index the name that SQLAlchemy generates, if known. */
function withCertainName(
  world: SimulatedSchema,
  { table }: TableInHand,
  index: Index,
  written: ObjectName,
): Index {
  const name = index.name === null ? defaultIndexName(world, written.name, index.columns) : null
  const certain = name !== null && isCertainIndexName(world, table, written.schema, name, index)
  return certain ? { ...index, name, exact: true } : index
}

function tryIndex(
  world: SimulatedSchema,
  inHand: TableInHand,
  index: Index,
  ifNotExists: boolean,
): StatementOutcome {
  const { found, table } = inHand
  const { name, columns, unique } = index
  const full = name === null ? null : { schema: found.name.schema, name }
  const taken = full && nameTaken(world, full, 'index')
  const there = full && occupant(world, full)
  const missing = requireColumns(world, inHand, [...columns, ...(index.included ?? [])], 'index')
  const { altersInPlace, checksIndexNameFirst } = world.dialect
  if (ifNotExists && there && !there.likely) {
    if (there.invalid) world.keptInvalid.push(there)
    return checksIndexNameFirst ? null : missing
  }
  const denied = requireSchemaCreate(world, found.name.schema, 'create')
  const judged = denied ?? (checksIndexNameFirst ? (taken ?? missing) : (missing ?? taken))
  if (judged !== null && judged !== 'unsure') return judged
  // If the name is taken, the statement does nothing.
  if (ifNotExists && taken === 'unsure' && altersInPlace) {
    Object.assign(table, { unlistedIndexes: true, partsDoubtful: true })
    return denied ?? missing
  }
  // On DROP COLUMN, SQLite also checks partial indexes' predicates, which the guard doesn't analyze.
  const holds = !altersInPlace && index.partial === true ? null : columns
  const isSpecial =
    index.partial || index.only || index.hasClasses || index.elements || index.method !== undefined
  const isWhole = unique && !isSpecial && !columns.includes(null)
  const state = {
    ...(unique && { unique }),
    ...(isWhole && { whole: true as const }),
    ...(isWhole && index.plain && { promotable: true as const }),
    ...(!index.exact && { written: true as const }),
    ...(isSpecial && { special: true as const }),
    ...(index.partial === true && { partial: true as const }),
    ...(isSpecial && altersInPlace && columnsUsed(world, inHand, index)),
  }
  if (full) insertRelation(world, { kind: 'index', ...full, table, columns: holds, pending: true, ...state })
  else {
    world.open.add('indexes')
    table.unlistedIndexes = true
    if (isSpecial || columns.length !== 1) table.partsDoubtful = true
    const likely = defaultIndexName(world, found.name.name, columns)
    const place = { schema: found.name.schema, name: likely ?? '' }
    // A naming convention may give the index a name that isn't taken.
    if (likely !== null && occupant(world, place)) return 'unsure'
    if (likely !== null) {
      insertRelation(world, {
        kind: 'index',
        ...place,
        table,
        columns: holds,
        pending: true,
        likely: true,
        ...state,
      })
    }
  }
  const filter = index.partial && altersInPlace ? filterOf(table, index.condition) : null
  const isAsked = unique && (filter !== null || !index.partial)
  if (judged === null && isAsked && duplicated(world, inHand, columns, filter ?? undefined)) {
    return refusedDuplicates(world, inHand, columns, name, { kind: 'index', name })
  }
  return judged
}

/**
 * Columns of the index, including those in expressions. Empty unless PostgreSQL definitely accepts every part of the
 * index.
 */
function columnsUsed(
  world: SimulatedSchema,
  { table, found }: TableInHand,
  index: Index,
): Pick<SimulatedRelation, 'uses'> {
  const { columns, columnsSure } = table
  const described = { name: found.name.name, columns, columnsSure, isEmpty: true, existing: table }
  if (spotInIndex(world, described, index) !== null) return {}
  const texts = (index.elements ?? []).map((text) => parseIndexElement(text)?.expression ?? null)
  if (index.condition !== undefined) texts.push(parseExpression(index.condition))
  const uses = texts.flatMap((one) => (one ? columnReferences(one).map(({ name }) => name) : []))
  return texts.includes(null) ? {} : { uses: [...uses, ...index.columns.filter((name) => name !== null)] }
}

/** Whether rows that satisfy the condition definitely contain duplicate values in these columns. */
export function duplicated(
  world: SimulatedSchema,
  { table }: TableInHand,
  columns: readonly (string | null)[],
  condition?: Condition,
): boolean {
  if (columns.length === 0 || columns.includes(null)) return false
  return answersFromRows(world, table, 'duplicates', columns, condition)
}

/** Returns the failure for duplicate rows that violate a unique index or constraint. */
export function refusedDuplicates(
  world: SimulatedSchema,
  { found }: TableInHand,
  columns: readonly (string | null)[],
  name: string | null,
  object: FailedObject,
): StatementOutcome {
  const table = found.name.name
  const where = columns.map((column) => `${table}.${column ?? ''}`)
  const error = world.dialect.errors.duplicateRows(name, where)
  return failStatement('unfit', object, { kind: 'equalRows', table, columns }, error, name === null)
}

/** `DROP INDEX`. */
export function tryDropIndex(world: SimulatedSchema, step: DropIndex): StatementOutcome {
  const inside = requireNoTransaction(world, step, { name: step.index.name, concurrently: step.concurrently })
  if (inside !== null && inside !== 'unsure') return inside
  const found = indexNamed(world, step)
  const name = writtenName(step)
  const missing = requireNamedSchema(world, name.schema)
  if (missing !== null)
    return step.ifExists && missing !== 'unsure' && missing.kind === 'missing' ? null : missing
  if (found.presence === 'present' && found.value?.kind === 'index') {
    const { value } = found
    const constraint = value.table?.constraints.has(name.name) === true
    const denied = requireOwner(world, found, 'index')
    if (denied !== null) return denied
    removeRelation(world, found.name)
    // PostgreSQL refuses to drop a constraint's index, but the guard doesn't predict that.
    return constraint ? 'unsure' : inside
  }
  if (found.presence !== 'absent') return step.ifExists && dropsIfThere(world, name) ? inside : 'unsure'
  if (step.ifExists) return null
  if (!isFinalName(world, { ...step, name: step.index.name }) && maybeRenamed(world, step)) return 'unsure'
  const error = world.dialect.errors.missingIndex(name.name, 'drop')
  const object = { kind: 'index', name: name.name } as const
  // The error text differs if the database chose the name of an unnamed key.
  return failStatement('missing', object, { kind: 'absent', what: 'index' }, error, world.open.has('keys'))
}

/** Looks up the index that the step drops. */
export function indexNamed(world: SimulatedSchema, step: DropIndex): LookupResult<SimulatedRelation> {
  return findRelation(world, writtenName(step), 'plainIndex')
}

/** Alembic uses the table's schema. */
function writtenName({ index, table }: DropIndex): ObjectName {
  return { schema: index.schema ?? table?.schema ?? null, name: index.name }
}

/** Drops an index that might not exist. Returns whether `DROP INDEX IF EXISTS` succeeds either way. */
function dropsIfThere(world: SimulatedSchema, name: ObjectName): boolean {
  const keys = (places(world, name) ?? []).map((one) => keyOf(world, one))
  const [only, ...more] = keys.filter((key) => world.doubtful.has(key) || world.relations.has(key))
  if (only === undefined || more.length > 0 || !world.doubtful.has(only) || !world.onlyIndexes.has(only))
    return false
  if (!isFetched(world, name.name) || world.open.has('relations')) return false
  world.doubtful.delete(only)
  return true
}

/**
 * Whether a naming convention may have renamed the index. A convention with `%(constraint_name)s` changes even
 * literal names passed to `op.drop_index`.
 */
function maybeRenamed(world: SimulatedSchema, { index, table }: DropIndex): boolean {
  if (table === null || isCutOff(world, index.name)) return true
  const found = findRelation(world, table)
  if (found.presence !== 'present') return true
  const owner = found.value?.table
  if (!owner) return true
  // Skip new indexes, because a naming convention changes their names and the dropped index's name in the same way.
  const others = indexesOf(world, owner).filter(({ written }) => !written)
  return others.some((other) => mayStandFor(world, other.name, index.name))
}
