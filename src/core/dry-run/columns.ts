/** Simulates adding, dropping and altering columns. */
import { columnReferences } from '../expressions/expression.ts'
import { parseExpression } from '../expressions/parse-expression.ts'
import type {
  AddColumn,
  AlterColumn,
  Column,
  ColumnType,
  DropColumn,
  ObjectName,
} from '../history/operation.ts'
import { addConstraints, doubtTypeCheck, tryConstraints, tryNulls } from './constraints.ts'
import {
  neededBy,
  refusedInTable,
  type TableInHand,
  findColumn,
  missingColumnFailure,
  requireTable,
} from './preconditions.ts'
import { declaredColumn, tryLabelAsDefault } from './enum-values.ts'
import { addIndexes, bringsIndex, doubtOwnIndexes } from './indexes.ts'
import { type CastType, needsUsing, typeOfDefault } from '../schema/type-change.ts'
import { type StatementOutcome, failStatement } from './database-error.ts'
import { doubtStatistics } from './objects/statistics.ts'
import { renameInViews } from './objects/view-definitions.ts'
import { answersFromRows } from './row-questions.ts'
import { tryAddOnSqlite, tryAlterOnSqlite, tryDropOnSqlite } from './sqlite-limits.ts'
import { initialValues, isBaseType, lacksValue } from './rows/column-values.ts'
import { tryFit } from './retyping/fitting-values.ts'
import { tryType } from './types.ts'
import {
  type SimulatedColumn,
  type SimulatedDependent,
  type SimulatedTable,
  type SimulatedSchema,
  insertRelation,
  findType,
  folded,
  indexesOf,
  removeRelation,
} from './simulated-schema.ts'
import { tryCalls } from './objects/expression-spots.ts'
import { addOwnSequence, dropOwnSequences, renameOwner } from './objects/owned-sequences.ts'
import { doubtRelation, forgetOthers, forgetSequences } from './unknown-changes.ts'

/** Simulates `ALTER TABLE … ADD COLUMN`. */
export function tryAddColumn(world: SimulatedSchema, step: AddColumn): StatementOutcome {
  const needed = requireTable(world, step.table, 'alter')
  if (!needed.ok) return needed.judged
  const { value: inHand } = needed
  const { table, found } = inHand
  const { column } = step
  const presence = findColumn(world, table, column.name)
  const type = presence === 'present' ? null : tryType(world, column.type)
  if (type !== null && type !== 'unsure') return type
  if (presence === 'present') {
    if (step.ifNotExists) return null
    return duplicateColumn(world, inHand, column.name)
  }
  table.columns.set(folded(world, column.name), {
    name: column.name,
    type: world.dialect.typeOf(column.type),
    nullable: column.nullable,
    stored: null,
    ...(column.type.enum && { enum: column.type.enum }),
    ...knownDefault(column),
    ...initialValues(column),
  })
  if (column.generated ?? column.type.check) table.hasExpressions = true
  world.withKnownValues.add(table)
  addOwnSequence(world, table, found.name, column)
  if (presence === 'unsure' || type === 'unsure') {
    table.namesSure = false
    world.open.add('indexes')
    return 'unsure'
  }
  if (lacksValue(column) && answersFromRows(world, table, 'rows')) {
    const error = world.dialect.errors.nullsInColumn(found.name.name, column.name)
    const object = { kind: 'column', table: found.name.name, name: column.name } as const
    return failStatement('unfit', object, { kind: 'rowsWithoutValue' }, error)
  }
  const label =
    tryLabelAsDefault(world, declaredColumn(world, column.type), column.serverDefault) ??
    tryCalls(world, column.serverDefault)
  if (label !== null && label !== 'unsure') return label
  const limited = world.dialect.altersInPlace ? null : tryAddOnSqlite(world, inHand, step)
  if (limited !== null) return limited
  const judged = tryConstraints(world, inHand, step.constraints, 'alter')
  addConstraints(world, inHand, step.constraints)
  if (bringsIndex(column.type)) doubtOwnIndexes(world, table)
  doubtTypeCheck(world, table, column, found.name.name)
  return judged ?? addIndexes(world, inHand, step) ?? label
}

/**
 * Returns what is known for certain about a new column: that it's generated, or that it has no default. Empty if
 * neither is known.
 */
export function knownDefault({
  serverDefault,
  identity,
  generated,
  expression,
  type,
}: Column): Pick<SimulatedColumn, 'serverDefault' | 'generated' | 'computedFrom' | 'identity'> {
  if (generated) return { generated: true, ...sourcesOf(expression) }
  if (identity) return { identity }
  return serverDefault.kind === 'none' && isBaseType(type) ? { serverDefault: null } : {}
}

function sourcesOf(expression: string | undefined): Pick<SimulatedColumn, 'computedFrom'> {
  const parsed = expression === undefined ? null : parseExpression(expression)
  return parsed ? { computedFrom: columnReferences(parsed).map(({ name }) => name) } : {}
}

/** Whether another column in the table may be computed from this column. */
export function isComputedFrom({ columns }: Pick<SimulatedTable, 'columns'>, name: string): boolean {
  return [...columns.values()].some(
    ({ generated, computedFrom, name: own }) =>
      generated && own !== name && computedFrom?.includes(name) !== false,
  )
}

function duplicateColumn(
  world: SimulatedSchema,
  { found, table }: TableInHand,
  column: string,
): StatementOutcome {
  const name = found.name.name
  const type = table.columns.get(folded(world, column))?.type ?? null
  return failStatement(
    'exists',
    { kind: 'column', table: name, name: column },
    { kind: 'presentColumn', table: name, type },
    world.dialect.errors.duplicateColumn(name, column),
  )
}

/** Simulates `ALTER TABLE … DROP COLUMN`. */
export function tryDropColumn(world: SimulatedSchema, step: DropColumn): StatementOutcome {
  const needed = requireTable(world, step.table, 'alter')
  if (!needed.ok) return needed.judged
  const { table, found } = needed.value
  const presence = findColumn(world, table, step.column)
  const name = found.name.name
  if (presence === 'absent') {
    if (step.ifExists) return null
    return missingColumnFailure(world, name, step.column, 'alter')
  }
  const limited =
    !world.dialect.altersInPlace && presence === 'present'
      ? tryDropOnSqlite(world, needed.value, step.column)
      : null
  if (limited !== null && limited !== 'unsure') return limited
  const needs = step.cascade
    ? null
    : neededBy(
        world,
        table.dependents.filter(({ columns }) =>
          columns?.includes(table.columns.get(step.column)?.stored ?? ''),
        ),
      )
  if (needs !== null && presence === 'present') {
    const object = { kind: 'column', table: name, name: step.column } as const
    return refusedInTable(world, needed.value, `column ${step.column} of `, object, needs)
  }
  if (step.cascade) {
    world.dependentsSure = false
    // PostgreSQL also drops generated columns that use the column.
    if (table.dependents.some(({ kind }) => kind === 'column') || isComputedFrom(table, step.column))
      table.columnsSure = false
  }
  table.columns.delete(folded(world, step.column))
  doubtStatistics(world, table, step.column)
  dropParts(world, table, step)
  return presence === 'unsure' ? 'unsure' : limited
}

function dropParts(world: SimulatedSchema, table: SimulatedTable, { column, cascade }: DropColumn): void {
  for (const [name, constraint] of table.constraints) {
    if (constraint.columns === null) table.constraints.set(name, { ...constraint, sure: false })
    else if (constraint.columns.includes(column)) table.constraints.delete(name)
  }
  for (const relation of indexesOf(world, table)) {
    const columns = relation.uses ?? relation.columns
    if (columns !== null && !columns.includes(null) && !columns.includes(column)) continue
    if (columns?.includes(column)) removeRelation(world, relation)
    else doubtRelation(world, relation)
  }
  dropOwnSequences(world, table, column)
  // Without CASCADE, PostgreSQL also drops the column's own sequences, but nothing else.
  if (world.dialect.altersInPlace && !cascade) return forgetSequences(world)
  world.foreignKeysSure = false
  forgetOthers(world)
}

/** Simulates `ALTER TABLE … ALTER COLUMN` and `RENAME COLUMN`. As in Alembic, the rename comes last. */
export function tryAlterColumn(world: SimulatedSchema, step: AlterColumn): StatementOutcome {
  const renamedOnly = step.type === null && step.nullable === null && step.serverDefault === null
  const impossible = !world.dialect.altersInPlace && !renamedOnly
  if (impossible && step.inBatch === undefined) return tryAlterOnSqlite(step)
  const needed = requireTable(world, step.table, 'alter')
  if (!needed.ok) return needed.judged
  const { table, found } = needed.value
  const name = found.name.name
  const presence = findColumn(world, table, step.column)
  if (impossible) return 'unsure'
  if (presence === 'absent') {
    return missingColumnFailure(world, name, step.column, renamedOnly ? 'rename' : 'alter')
  }
  const type = step.type === null ? null : tryType(world, step.type)
  if (type !== null && type !== 'unsure') return type
  // Alembic replaces the type's CHECK constraint.
  if (step.type?.check || step.existingType?.check) table.namesSure = false
  const old = table.columns.get(folded(world, step.column))
  const uncast = presence === 'present' ? tryCast(world, name, step, old) : null
  if (uncast !== null && uncast !== 'unsure') return uncast
  const reader = step.type === null ? null : readerOf(world, table, old)
  if (reader !== null && presence === 'present') {
    const object = { kind: 'column', table: name, name: step.column } as const
    const { errors } = world.dialect
    const error = reader.kind === 'policy' ? errors.policyColumn?.() : errors.viewedColumn?.()
    return failStatement('unfit', object, { kind: 'dependent', dependent: reader }, error)
  }
  if (step.nullable === true && presence === 'present' && isInPrimaryKey(table, step.column)) {
    const error = world.dialect.errors.keyColumn?.(step.column)
    const object = { kind: 'column', table: name, name: step.column } as const
    // Identity columns raise a different error first.
    return failStatement('unfit', object, { kind: 'inPrimaryKey' }, error, old?.identity !== undefined)
  }
  const unfit = presence === 'present' && world.castsSure ? tryFit(world, needed.value, step) : null
  if (unfit !== null) return unfit
  const nulls =
    step.nullable === false && presence === 'present' ? tryNulls(world, needed.value, step.column) : null
  if (nulls !== null) return nulls
  const label =
    old && step.serverDefault
      ? (tryLabelAsDefault(world, step.type ? declaredColumn(world, step.type) : old, step.serverDefault) ??
        tryCalls(world, step.serverDefault))
      : null
  if (label !== null && label !== 'unsure') return label
  const newName = step.newName ?? step.column
  const other = newName === step.column ? 'absent' : findColumn(world, table, newName)
  if (other === 'present') {
    if (!world.dialect.altersInPlace) return 'unsure'
    return duplicateColumn(world, needed.value, newName)
  }
  replaceColumn(table, folded(world, step.column), folded(world, newName), {
    name: newName,
    type: step.type === null ? (old?.type ?? null) : world.dialect.typeOf(step.type),
    nullable: step.nullable === null || step.nullable === 'unknown' ? (old?.nullable ?? null) : step.nullable,
    stored: step.type === null ? (old?.stored ?? null) : null,
    ...(step.type === null && old?.empty && { empty: true as const }),
    ...(step.type === null && old?.filled && { filled: true as const }),
    ...(old?.blockedBy && { blockedBy: old.blockedBy }),
    ...(old?.generated && { generated: old.generated }),
    ...(old?.identity && { identity: old.identity }),
    ...(step.type === null && old?.isEnum && { isEnum: true as const }),
    ...(step.type === null && old?.userType && { userType: old.userType }),
    ...(step.type?.enum
      ? { enum: step.type.enum }
      : step.type === null && old?.enum
        ? { enum: old.enum }
        : {}),
    ...defaultAfter(step, old),
  })
  if (newName !== step.column) doubtStatistics(world, table, step.column)
  if (newName !== step.column) renameInViews(world, table, newName)
  if (newName !== step.column) renameInParts(world, table, step.column, newName)
  const isUnsure = presence === 'unsure' || type === 'unsure' || other === 'unsure'
  return isUnsure ? 'unsure' : (uncast ?? label)
}

/** Replaces the column `before` in place. If there is no such column, appends the new one. */
function replaceColumn(
  { columns }: SimulatedTable,
  before: string,
  key: string,
  column: SimulatedColumn,
): void {
  const entries = [...columns].map((entry) => (entry[0] === before ? ([key, column] as const) : entry))
  columns.clear()
  for (const [name, value] of entries) columns.set(name, value)
  columns.set(key, column)
}

function isInPrimaryKey({ constraints }: SimulatedTable, column: string): boolean {
  return [...constraints.values()].some(
    ({ kind, sure, columns }) => kind === 'primaryKey' && sure && columns?.includes(column),
  )
}

/** Returns a view or policy that definitely uses the column; null if none is known. */
function readerOf(
  world: SimulatedSchema,
  { dependents }: SimulatedTable,
  column: SimulatedColumn | undefined,
): SimulatedDependent | null {
  const stored = column?.stored ?? ''
  return neededBy(
    world,
    dependents.filter(({ kind, columns }) => /^(?:view|policy)$/.test(kind) && columns?.includes(stored)),
  )
}

function defaultAfter(
  { type, serverDefault }: AlterColumn,
  old: SimulatedColumn | undefined,
): Pick<SimulatedColumn, 'serverDefault'> {
  if (serverDefault !== null) return serverDefault.kind === 'none' ? { serverDefault: null } : {}
  const keeps = type === null ? old?.serverDefault !== undefined : old?.serverDefault === null
  return keeps ? { serverDefault: old?.serverDefault ?? null } : {}
}

/**
 * Checks the casts that a type change requires.
 *
 * Without USING, PostgreSQL needs an automatic cast, even for an empty table. A default value always needs an
 * automatic cast (ATExecAlterColumnType in tablecmds.c).
 */
function tryCast(
  world: SimulatedSchema,
  table: string,
  { column, type, using, sql }: AlterColumn,
  old: SimulatedColumn | undefined,
): StatementOutcome {
  if (!world.castsSure || type === null || old?.type == null) return null
  const to = castTarget(world, type, sql !== undefined)
  // If the target type is unknown, so are the casts to it.
  if (to === null) return using && old.serverDefault === null ? null : 'unsure'
  const from: CastType = { name: old.type, isEnum: old.isEnum === true }
  const object = { kind: 'column', table, name: column } as const
  const { errors } = world.dialect
  if (!using && (from.isEnum || !old.userType) && needsUsing(from, to)) {
    const seen = { kind: 'noCast', from: from.name, to: to.name } as const
    return failStatement('unfit', object, seen, errors.uncastColumn?.(column, to.name), to.uncertain)
  }
  const given = old.serverDefault == null ? null : typeOfDefault(old.serverDefault, from)
  if (given === null || !needsUsing(given, to)) return null
  const seen = { kind: 'noDefaultCast', from: given.name, to: to.name } as const
  return failStatement('unfit', object, seen, errors.uncastDefault?.(column, to.name), to.uncertain)
}

/**
 * Returns the new type's name as it appears in error messages; null if unknown. `uncertain` is true if messages may
 * quote it or add a schema.
 */
function castTarget(
  world: SimulatedSchema,
  type: ColumnType,
  inSql: boolean,
): (CastType & { readonly uncertain: boolean }) | null {
  const written = type.enum ?? (inSql ? enumInSql(world, type) : null)
  if (written !== null) {
    const { schema, name } = written
    return { name, isEnum: true, uncertain: schema !== null || !/^[a-z_][a-z0-9_]*$/.test(name) }
  }
  const name = world.dialect.typeOf(type)
  return name === null ? null : { name, isEnum: false, uncertain: false }
}

/** Returns the enum that a type name in raw SQL refers to; null if none is known. */
function enumInSql(world: SimulatedSchema, { source }: ColumnType): ObjectName | null {
  const [, schema = null, name] = /^(?:([a-z_]\w*)\.)?([a-z_]\w*)$/.exec(source.toLowerCase()) ?? []
  if (name === undefined) return null
  const found = findType(world, { schema, name })
  return found.presence === 'present' && found.value?.values ? { schema, name } : null
}

function renameInParts(world: SimulatedSchema, table: SimulatedTable, from: string, to: string): void {
  renameOwner(world, table, from, to)
  const renamed = <T extends string | null>(each: T): T | string => (each === from ? to : each)
  for (const [name, column] of table.columns)
    if (column.computedFrom)
      table.columns.set(name, { ...column, computedFrom: column.computedFrom.map(renamed) })
  for (const [name, constraint] of table.constraints) {
    table.constraints.set(name, { ...constraint, columns: constraint.columns?.map(renamed) ?? null })
  }
  for (const relation of indexesOf(world, table)) {
    const uses = relation.uses && { uses: relation.uses.map(renamed) }
    insertRelation(world, { ...relation, columns: relation.columns?.map(renamed) ?? null, ...uses })
  }
  for (const { constraints } of table.referrers ?? []) {
    for (const [name, constraint] of constraints)
      if (constraint.target === table && constraint.targetColumns)
        constraints.set(name, { ...constraint, targetColumns: constraint.targetColumns.map(renamed) })
  }
}
