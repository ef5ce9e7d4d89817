/** Finds parts of operations that the dry run doesn't check but that can fail even if all names exist. */
import { acceptsSize } from '../../expressions/types.ts'
import type {
  AlterColumn,
  Column,
  ColumnType,
  Constraint,
  DataStep,
  DropColumn,
  Index,
  ObjectName,
  Operation,
  RowsWritten,
  ServerDefault,
  Unrelated,
} from '../../history/operation.ts'
import { isComputedFrom } from '../columns.ts'
import { declaredColumn } from '../enum-values.ts'
import { requireTable } from '../preconditions.ts'
import {
  type SimulatedColumn,
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  findType,
  folded,
} from '../simulated-schema.ts'
import { isFinalName } from './default-names.ts'
import {
  acceptsColumns,
  acceptsLabels,
  inFilled,
  inNames,
  matchesTarget,
  maxKeyColumns,
} from '../refusals/definition-spots.ts'
import {
  type IndexedTable,
  acceptsCheck,
  acceptsDefault,
  computes,
  hasUnordered,
  spotInIndex,
} from './expression-spots.ts'
import { mayBeUsed, mayBeUsedType } from '../refusals/new-dependents.ts'
import { isUsedByParts } from './policies.ts'
import { dependsOnValues } from '../retyping/fitting-values.ts'
import { convertsColumn, hasCast, keepsParts } from '../retyping/retyped-column.ts'
import { spotInUses } from '../refusals/use-spots.ts'
import { spotOnSqlite } from '../sqlite-limits.ts'
import { identityOf, isInIdentity, passesValidation } from './named-parts.ts'
import { definitionOf, dropsViews, isInViews } from './view-definitions.ts'
import { changesStatistics, refusesType } from './statistics.ts'
import { mayLackBlock } from './transaction-blocks.ts'
import { spotInPartitions, spotOnPartitioned } from './partitions.ts'
import type { TableColumns } from './table-names.ts'

/**
 * Returns a part of the operation that the database may reject but the guard can't check; null if there is none. Must
 * be called before the operation is simulated.
 */
export function blindSpotOf(world: SimulatedSchema, step: Operation | undefined): string | null {
  if (!step) return null
  if (!world.dialect.verifiesConstraints) return spotOnSqlite(world, step)
  return spotInUses(world, step) ?? spotIn(world, step)
}

function spotIn(world: SimulatedSchema, step: Operation): string | null {
  switch (step.kind) {
    case 'createEnum':
      return acceptsLabels(step.values ?? []) ? null : 'enum labels'
    case 'createTable': {
      if (step.hasOptions) return 'table options'
      if (step.columns === null && !step.parents) return 'copied columns'
      const columns = declared(world, step.columns ?? [])
      const table = { name: step.table.name, columns, columnsSure: step.columns !== null }
      return (
        spotInPartitions(world, step, table) ??
        inNames(world, step) ??
        inConstraints(world, table, step.constraints) ??
        (step.columns && inChecks(world, step.constraints, table, null)) ??
        inIndexes(world, { ...table, isEmpty: true, existing: null }, step.indexes) ??
        (step.columns && inColumns(world, table, step.columns, true))
      )
    }
    case 'addColumn': {
      const before = tableOf(world, step.table)
      const columns = new Map([...before.columns, ...declared(world, [step.column])])
      const table = { ...before, columns }
      return (
        inColumns(world, table, [step.column], before.isEmpty) ??
        (before.isEmpty || !isDomain(world, step.column.type) ? null : 'domain') ??
        inConstraints(world, table, step.constraints) ??
        (before.isEmpty ? null : inFilled(step)) ??
        (before.columnsSure ? inChecks(world, step.constraints, table, null) : null) ??
        inIndexes(world, table, step.indexes)
      )
    }
    case 'addConstraint':
      return (
        spotOnPartitioned(world, step.table, step.constraint) ??
        inConstraints(world, tableOf(world, step.table), [step.constraint]) ??
        inNewCheck(world, step.table, step.constraint)
      )
    case 'createIndex':
      return (
        spotOnPartitioned(world, step.table, step.index) ??
        inIndexes(world, tableOf(world, step.table), [step.index])
      )
    case 'alterColumn':
      if (
        step.type !== null &&
        isInViews(world, findRelation(world, step.table).value?.table, step.column, false)
      )
        return 'view'
      if (step.nullable === true && isInIdentity(world, step)) return 'replica identity'
      if (step.serverDefault !== null && columnOf(world, step)?.generated) return 'generated column'
      if (columnOf(world, step)?.identity && !keepsCounting(world, step)) return 'identity column'
      if (step.serverDefault?.kind === 'present' && step.serverDefault.text === null) return 'default'
      if (step.type === null) return inDefault(world, columnOf(world, step), step.serverDefault, false)
      // The cast might not exist, and USING doesn't convert the default.
      return (
        inUsers(world, step) ??
        inNewDependents(world, step.table) ??
        inType(world, step.type) ??
        (refusesType(world, step) ? 'statistics' : null) ??
        (step.using
          ? inConversion(world, step)
          : (inCast(world, step, step.type) ??
            inGenerated(world, step) ??
            inParts(world, step, step.type) ??
            inValues(world, step))) ??
        inDefault(world, declaredColumn(world, step.type), step.serverDefault, false, step.type.needs)
      )
    case 'dropTable':
      if (step.cascade) return null
      return isInViews(world, findRelation(world, step.table).value?.table, null, false)
        ? 'view'
        : inNewDependents(world, step.table, true)
    case 'dropConstraint':
      // A view may group by a primary key.
      return step.cascade ? null : inNewDependents(world, step.table)
    case 'dropEnum':
      return !step.cascade && mayBeUsedType(world, step.enum) ? 'type dependents' : null
    case 'dropColumn':
      if (step.cascade) return null
      return isInViews(world, findRelation(world, step.table).value?.table, step.column, false)
        ? 'view'
        : (inUsers(world, step) ?? inGenerated(world, step) ?? inNewDependents(world, step.table))
    case 'data':
      return inInsert(world, step)
    case 'unrelated':
      if (mayLackBlock(world, step)) return 'transaction'
      if (step.statistics) return changesStatistics(world, step.statistics) ? null : 'statistics'
      if (step.hasOptions) return 'sequence options'
      if (step.query) return definitionOf(world, step) ? null : step.what
      if (step.identifies) return identityOf(world, step) ? null : step.what
      if (step.validates) return passesValidation(world, step) ? null : step.what
      return inDrop(world, step)
    default:
      return null
  }
}

/** An EXCLUDE constraint's operators may need a missing extension. Key columns need a sortable type. */
function inConstraints(
  world: SimulatedSchema,
  table: TableColumns,
  constraints: readonly Constraint[],
): string | null {
  if (constraints.some(({ kind }) => kind === 'exclude')) return 'EXCLUDE constraint'
  if (constraints.some((one) => one.kind === 'foreignKey' && one.anyAction)) return 'referential action'
  const keys = constraints.flatMap((one) =>
    one.kind === 'primaryKey' || one.kind === 'unique' ? one.columns : [],
  )
  const isOdd = constraints.some((one) => 'columns' in one && !acceptsColumns(one.columns))
  if (isOdd) return 'repeated column'
  if (constraints.some((one) => one.kind === 'foreignKey' && !matchesTarget(world, table, one)))
    return 'key types'
  return hasUnordered(world, table, keys) ? 'operator class' : null
}

/** Whether an IDENTITY column stays a required integer without a default. */
function keepsCounting(world: SimulatedSchema, { type, serverDefault, nullable }: AlterColumn): boolean {
  const isCounted = type === null || countable.test(world.dialect.typeOf(type) ?? '')
  return isCounted && serverDefault === null && (nullable === null || nullable === false)
}

const countable = /^(?:smallint|integer|bigint)$/

function tableOf(world: SimulatedSchema, name: ObjectName): IndexedTable {
  const { value, name: full } = findRelation(world, name)
  const table = value?.table
  if (!table)
    return { name: name.name, columns: new Map(), columnsSure: false, isEmpty: false, existing: null }
  const { columns, columnsSure, rows } = table
  return { name: full.name, columns, columnsSure, isEmpty: rows === 'none', existing: table }
}

function declared(world: SimulatedSchema, columns: readonly Column[]): TableColumns['columns'] {
  return new Map(
    columns.map(({ name, type, generated }) => [
      folded(world, name),
      { ...declaredColumn(world, type), ...(generated && { generated: true as const }) },
    ]),
  )
}

function inIndexes(world: SimulatedSchema, table: IndexedTable, indexes: readonly Index[]): string | null {
  if (indexes.some(({ columns }) => columns.length > maxKeyColumns)) return 'column count'
  return indexes.map((index) => spotInIndex(world, table, index)).find((what) => what !== null) ?? null
}

function inConversion(world: SimulatedSchema, step: AlterColumn): string | null {
  const needed = requireTable(world, step.table, 'alter')
  return needed.ok && convertsColumn(world, needed.value, step) ? null : 'USING conversion'
}

function inCast(world: SimulatedSchema, step: AlterColumn, type: ColumnType): string | null {
  const old = columnOf(world, step)
  return old === undefined || hasCast(world, old, declaredColumn(world, type)) ? null : 'type conversion'
}

function inParts(world: SimulatedSchema, step: AlterColumn, type: ColumnType): string | null {
  const table = findRelation(world, step.table).value?.table
  const old = columnOf(world, step)
  if (!table || !old) return null
  return keepsParts(world, table, step.column, old, declaredColumn(world, type)) ? null : 'dependent objects'
}

/**
 * Returns what can't be checked when adding a CHECK constraint to an existing table; null if everything can be
 * checked.
 */
function inNewCheck(world: SimulatedSchema, name: ObjectName, constraint: Constraint): string | null {
  const table = findRelation(world, name).value?.table
  if (constraint.kind !== 'check' || !table?.columnsSure) return null
  return inChecks(world, [constraint], tableOf(world, name), table)
}

function inChecks(
  world: SimulatedSchema,
  constraints: readonly Constraint[],
  columns: TableColumns,
  table: SimulatedTable | null,
): string | null {
  for (const constraint of constraints) {
    if (constraint.kind !== 'check') continue
    const { name, text } = constraint
    if (!isFinalName(world, constraint) && name !== null && table?.constraints.has(folded(world, name)))
      return 'CHECK name'
    if (text !== null && !acceptsCheck(world, columns, text)) return 'CHECK condition'
  }
  return null
}

/** `isEmpty` is true if the table definitely has no rows. */
function inColumns(
  world: SimulatedSchema,
  table: TableColumns,
  columns: readonly Column[],
  isEmpty: boolean,
): string | null {
  const inColumn = (column: Column): string | null =>
    inType(world, column.type) ??
    (column.identity && (column.nullable === true || !countable.test(world.dialect.typeOf(column.type) ?? ''))
      ? 'identity column'
      : null) ??
    (column.generated
      ? inExpression(world, table, column, isEmpty)
      : inDefault(
          world,
          declaredColumn(world, column.type),
          column.serverDefault,
          !isNew(table, columns),
          column.type.needs,
        ))
  return columns.map(inColumn).find((what) => what !== null) ?? null
}

function isNew({ columns: all }: TableColumns, columns: readonly Column[]): boolean {
  return all.size === columns.length
}

/** A generated column can't use other generated columns. */
function inExpression(
  world: SimulatedSchema,
  table: TableColumns,
  { type, expression, generated }: Column,
  isEmpty: boolean,
): string | null {
  if (expression === undefined || generated !== 'stored') return 'generated column'
  const columns = new Map([...table.columns].filter(([, column]) => !column.generated))
  const how = computes(world, { ...table, columns }, declaredColumn(world, type), expression, true)
  return how === 'always' || (how === 'without rows' && isEmpty) ? null : 'generated column'
}

/**
 * The default may call a missing function, have the wrong type, or not be an enum label. `needs` is another type that
 * must exist, such as an array's element type.
 */
function inDefault(
  world: SimulatedSchema,
  column: Pick<SimulatedColumn, 'type' | 'enum' | 'userType' | 'isEnum'> | undefined,
  given: ServerDefault | null,
  isEvaluated: boolean,
  needs?: ObjectName,
): string | null {
  const text = given?.kind === 'present' ? given.text : null
  if (column === undefined || text === null) return null
  const accepted = acceptsDefault(world, column, text, isEvaluated)
  if (accepted !== null) return accepted ? null : 'default'
  const named = column.enum ?? (column.isEnum ? nameOfType(column.type) : null)
  if (named) return isLabel(world, named, text) ? null : 'default'
  if (column.userType || column.type === 'citext') return null
  // The type's SQL is unknown, as for an array of an enum.
  if (column.type === null) return needs === undefined || isEmptyArray(text) ? null : 'default'
  return needs && isLabel(world, needs, text) ? null : 'default'
}

function isLabel(world: SimulatedSchema, name: ObjectName, text: string): boolean {
  const label = /^'((?:[^']|'')*)'(?:::[\w ."]+)?$/.exec(text)?.[1]?.replaceAll("''", "'")
  return label !== undefined && findType(world, name).value?.values?.has(label) === true
}

function isEmptyArray(text: string): boolean {
  return /^'\{\}'(?:::[\w ."[\]]+)?$/.test(text)
}

/** Parses an enum's name from the catalog. Returns null if it contains unusual characters. */
function nameOfType(printed: string | null): ObjectName | null {
  const [, schema, name] = /^(?:"?(\w+)"?\.)?"?(\w+)"?$/.exec(printed ?? '') ?? []
  return name === undefined ? null : { schema: schema ?? null, name }
}

function columnOf(world: SimulatedSchema, { table, column }: AlterColumn): SimulatedColumn | undefined {
  return findRelation(world, table).value?.table?.columns.get(folded(world, column))
}

/** Existing values may not fit the new type. */
function inValues(world: SimulatedSchema, step: AlterColumn): string | null {
  const needed = requireTable(world, step.table, 'alter')
  return needed.ok && dependsOnValues(world, needed.value, step) ? 'existing values' : null
}

/** An INSERT that omits a required column fails, unless a trigger or identity supplies the value. */
function inInsert(world: SimulatedSchema, step: DataStep): string | null {
  const { writes, rows = [] } = step
  const computed = writes && step.tree === undefined ? computedIn(world, writes) : null
  if (computed !== null) return computed
  if (writes?.statement !== 'insert' || writes.columns.length === 0 || rows.length === 0) return null
  const table = findRelation(world, writes.table).value?.table
  if (!table?.columnsSure) return null
  const given = new Set(writes.columns.map((name) => folded(world, name)))
  const lacks = [...table.columns].some(
    ([key, { nullable, serverDefault, generated, identity, userType }]) =>
      !given.has(key) && nullable !== true && serverDefault === null && !generated && !identity && !userType,
  )
  return lacks ? 'required column' : null
}

/** Only PostgreSQL sets the values of generated columns and of columns that are GENERATED ALWAYS. */
function computedIn(world: SimulatedSchema, { table: name, columns }: RowsWritten): string | null {
  const table = findRelation(world, name).value?.table
  const isComputed = columns.some((column) => {
    const { generated, identity } = table?.columns.get(folded(world, column)) ?? {}
    return generated === true || identity === 'always'
  })
  return isComputed ? 'generated column' : null
}

/** Unknown objects may depend on the dropped object, because snapshots list dependents only for tables and enums. */
function inDrop(world: SimulatedSchema, { changes }: Unrelated): string | null {
  if (changes?.change !== 'drop' || changes.cascade || changes.object === 'temporary table') return null
  if (changes.object === 'view' && dropsViews(world, changes)) return null
  const present = (name: ObjectName): boolean =>
    changes.object === 'type'
      ? findType(world, name).presence === 'present'
      : findRelation(world, name).presence === 'present'
  return changes.names.some(present) ? `${changes.object} dependents` : null
}

function isDomain(world: SimulatedSchema, { needs }: ColumnType): boolean {
  return needs !== undefined && findType(world, needs).value?.kind === 'domain'
}

/** Collations that exist in every database. */
const everywhere = /^(?:C|POSIX|default)$/

/** Whether it's unknown how PostgreSQL spells the type. */
function isUnknown({ postgres, enum: named, needs, builtIn }: ColumnType): boolean {
  return postgres === null && named === null && needs === undefined && !builtIn
}

/** Tables, views and composite types can also be column types, but snapshots list them as relations. */
function inType(world: SimulatedSchema, type: ColumnType): string | null {
  const { needs, collation, postgres } = type
  const [written = ''] = type.source.split('(')
  if (isUnknown(type)) return written === '' ? 'column type' : `type ${written}`
  if (postgres !== null && !acceptsSize(postgres)) return 'type size'
  if (collation !== undefined && !everywhere.test(collation ?? '')) return 'collation'
  if (needs === undefined || findType(world, needs).presence === 'present') return null
  return findRelation(world, needs).presence === 'present' ? null : `type ${needs.name}`
}

/** PostgreSQL can't drop or change a column used by a trigger or policy. */
function inUsers(world: SimulatedSchema, { table, column }: AlterColumn | DropColumn): string | null {
  return isUsedByParts(world, table, column) ? 'dependent objects' : null
}

/** New objects may depend on the table. Only a drop of the whole table affects its child tables. */
function inNewDependents(world: SimulatedSchema, name: ObjectName, isDropped = false): string | null {
  const { children, partitioned } = findRelation(world, name).value?.table ?? {}
  const hasHeirs = !partitioned && [...(children ?? [])].some(({ dropped }) => !dropped)
  return (isDropped && hasHeirs) || mayBeUsed(world, name) ? 'dependent objects' : null
}

/** PostgreSQL can't change a column used by a generated column. */
function inGenerated(world: SimulatedSchema, step: AlterColumn | DropColumn): string | null {
  const table = findRelation(world, step.table).value?.table
  const isGenerated = step.kind === 'alterColumn' && columnOf(world, step)?.generated
  return table && (isGenerated || isComputedFrom(table, step.column)) ? 'generated columns' : null
}
