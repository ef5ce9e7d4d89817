/** Checks inserted rows against CHECK constraints, and existing rows against new ones. */
import type { Constant, Constraint, DataStep } from '../../history/operation.ts'
import { type Condition, columnsOf, evaluate, parseCondition } from '../../schema/check-condition.ts'
import { type StatementOutcome, failStatement } from '../database-error.ts'
import type { TableInHand } from '../preconditions.ts'
import { answersFromRows, knownViolation } from '../row-questions.ts'
import { isPlainType } from '../rows/column-values.ts'
import {
  type SimulatedColumn,
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  findType,
  folded,
} from '../simulated-schema.ts'

/** Checks an INSERT's constants against enum labels, length limits and CHECK constraints. */
export function tryInsertedRows(world: SimulatedSchema, { writes, rows = [] }: DataStep): StatementOutcome {
  if (!writes || writes.statement !== 'insert' || !world.dialect.verifiesConstraints) return null
  const found = findRelation(world, writes.table)
  const table = found.value?.kind === 'table' ? found.value.table : null
  if (!table?.columnsSure) return null
  const name = found.name.name
  for (const row of rows) {
    for (const [column, value] of Object.entries(row)) {
      const known = table.columns.get(folded(world, column))
      const refused = known && typeof value === 'string' ? refusedText(world, name, known, value) : null
      if (refused !== null) return refused
    }
    if (!world.triggersSure || world.triggered.has(table)) continue
    const broken = brokenCheck(world, table, row)
    if (broken === null) continue
    const object = { kind: 'constraint', name: broken, table: name } as const
    const error = world.dialect.errors.violatedCheck?.(name, broken)
    return failStatement('unfit', object, { kind: 'violatedCheck', constraint: broken }, error, true)
  }
  return null
}

/**
 * Fails if an INSERT leaves out a NOT NULL column without a default, or sets one to NULL. The error may differ, because
 * the values are evaluated first.
 */
export function tryRequiredValues(world: SimulatedSchema, { writes, tree }: DataStep): StatementOutcome {
  if (tree?.kind !== 'insert' || writes?.statement !== 'insert' || tree.with.length > 0) return null
  const found = findRelation(world, writes.table)
  const table = found.value?.kind === 'table' ? found.value.table : null
  if (!table?.columnsSure || mayChangeRows(world, table)) return null
  const missing = [...table.columns.values()].find(
    (column) => isRequired(world, column) && insertsNull(world, [...table.columns.keys()], column, tree),
  )
  if (!missing) return null
  const name = found.name.name
  const object = { kind: 'column', table: name, name: missing.name } as const
  const error = world.dialect.errors.insertedNull(name, missing.name)
  return failStatement('unfit', object, { kind: 'insertsNull' }, error, true)
}

/** Whether a trigger, a rule or a partition may change or skip inserted rows. */
function mayChangeRows(world: SimulatedSchema, table: SimulatedTable): boolean {
  if (!world.triggersSure || world.triggered.has(table) || table.runsCode || table.related) return true
  // SQLite's snapshot doesn't tell which tables have triggers.
  return !world.dialect.verifiesConstraints && world.programs
}

/** Whether a row needs a value for the column. SQLite numbers the rows of most tables by their primary key. */
function isRequired({ dialect }: SimulatedSchema, column: SimulatedColumn): boolean {
  const { nullable, serverDefault, generated, identity, perhaps, userType, isEnum, type } = column
  if (nullable !== false || serverDefault !== null || generated || identity || perhaps) return false
  if (!dialect.verifiesConstraints) return column.blockedBy !== 'PRIMARY KEY'
  // A domain may have its own default.
  return isEnum === true || column.enum !== undefined || (!userType && isPlainType(type))
}

function insertsNull(
  world: SimulatedSchema,
  all: readonly string[],
  { name }: SimulatedColumn,
  { columns, source }: Extract<NonNullable<DataStep['tree']>, { kind: 'insert' }>,
): boolean {
  if (source === null) return true
  const { body, limits } = source
  if (body.kind !== 'values' || limits.length > 0) return false
  const listed = (columns ?? all).map((one) => folded(world, one))
  const at = listed.indexOf(folded(world, name))
  return body.rows.some((row) => {
    if (columns !== null && row.length !== columns.length) return false
    const value = at < 0 ? undefined : row[at]
    return value === undefined || value.kind === 'null' || value.kind === 'default'
  })
}

/** Fails if a constant is too long for its column, or isn't a label of the column's enum. */
function refusedText(
  world: SimulatedSchema,
  table: string,
  column: SimulatedColumn,
  value: string,
): StatementOutcome {
  const { errors } = world.dialect
  const object = { kind: 'column', table, name: column.name } as const
  const labels = labelsOf(world, column)
  if (labels && !labels.values.has(value)) {
    const error = errors.unknownLabel?.(labels.name, value)
    return failStatement(
      'unfit',
      object,
      { kind: 'unknownLabel', label: value, type: labels.name },
      error,
      true,
    )
  }
  const width = /^character varying\((\d+)\)$/.exec(column.type ?? '')?.[1]
  if (width === undefined || [...value.trimEnd()].length <= Number(width)) return null
  const error = errors.textTooLong?.('character varying', Number(width))
  return failStatement('unfit', object, { kind: 'textTooLong', width: Number(width) }, error, true)
}

function labelsOf(
  world: SimulatedSchema,
  { isEnum, enum: declared, type }: SimulatedColumn,
): { readonly name: string; readonly values: ReadonlySet<string> } | null {
  const given =
    declared ?? (isEnum && type && /^[a-z_][a-z0-9_]*$/.test(type) ? { schema: null, name: type } : null)
  if (given === null) return null
  const values = findType(world, given).value?.values
  return values ? { name: given.name, values } : null
}

/** Returns the constraint that rejects the row. PostgreSQL checks constraints in alphabetical order. */
function brokenCheck(
  world: SimulatedSchema,
  table: SimulatedTable,
  row: Readonly<Record<string, Constant>>,
): string | null {
  const valueOf = (name: string): Constant | undefined => {
    const column = table.columns.get(folded(world, name))
    const value = column && Object.hasOwn(row, column.name) ? row[column.name] : undefined
    return column && value !== undefined && storesUnchanged(column, value) ? value : undefined
  }
  const checks = [...table.constraints].filter(([, { condition, sure }]) => condition && sure)
  return (
    checks
      .map(([name, { condition }]) => ({ name, condition }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .find(({ condition }) => condition && evaluate(condition, valueOf) === false)?.name ?? null
  )
}

/** Whether a column of this type stores the constant without changing its value. */
function storesUnchanged({ type, userType }: SimulatedColumn, value: Constant): boolean {
  if (value === null) return true
  if (type === null || userType) return false
  if (typeof value === 'string') return /^(?:text|character varying(?:\(\d+\))?)$/.test(type)
  if (typeof value === 'number')
    return /^(?:smallint|integer|bigint)$/.test(type) && Number.isSafeInteger(value)
  return type === 'boolean'
}

/** Simulates adding a CHECK constraint to a table that may contain rows. */
export function tryNewCheck(
  world: SimulatedSchema,
  { table, found }: TableInHand,
  check: Extract<Constraint, { kind: 'check' }>,
): StatementOutcome {
  if (check.notValid || check.name === null) return null
  const condition = conditionOf(check.text)
  if (condition === null || !comparesLikeColumns(table, condition)) return null
  if (!knownViolation(world, table, condition, columnsOf(condition))) return null
  const object = { kind: 'constraint', name: check.name, table: found.name.name } as const
  const error = world.dialect.errors.violatedByRows?.(found.name.name, check.name)
  return failStatement('unfit', object, { kind: 'rowsViolate', table: found.name.name }, error, !check.exact)
}

/** Whether adding a CHECK constraint may fail because of rows that the guard doesn't query. */
export function onlyRowsDecide(
  world: SimulatedSchema,
  { table }: TableInHand,
  check: Extract<Constraint, { kind: 'check' }>,
): boolean {
  if (check.notValid || !world.dialect.verifiesConstraints || table.origin === null) return false
  const condition = conditionOf(check.text)
  if (condition !== null && world.rowsSure && comparesLikeColumns(table, condition)) return false
  return !world.rowsSure || answersFromRows(world, table, 'rows')
}

/** Parses a condition. Returns null if it's missing or too complex. */
export function conditionOf(text: string | null): Condition | null {
  return text === null ? null : parseCondition(text)
}

/** Parses a partial index's condition. Returns null if stored rows can't be filtered by the condition. */
export function filterOf(table: SimulatedTable, text: string | undefined): Condition | null {
  // The parser drops casts to other types, although they may change the value.
  if (text === undefined || /::(?!\s*(?:text|varchar|character varying)\b)|\bcast\b/i.test(text)) return null
  const condition = parseCondition(text)
  return condition && comparesLikeColumns(table, condition) ? condition : null
}

/** Whether the condition compares only values of matching types, so that evaluating it for stored rows can't fail. */
function comparesLikeColumns(table: SimulatedTable, condition: Condition): boolean {
  switch (condition.kind) {
    case 'column':
      return /^boolean$/.test(typeIn(table, condition.name))
    case 'constant':
      return typeof condition.value === 'boolean'
    case 'and':
    case 'or':
      return condition.parts.every((part) => comparesLikeColumns(table, part))
    case 'not':
      return comparesLikeColumns(table, condition.of)
    case 'isNull':
      return condition.of.kind === 'column' && typeIn(table, condition.of.name) !== ''
    case 'in': {
      const of = valueKind(table, condition.of)
      return of !== null && condition.values.every((value) => value !== null && typeof value === of)
    }
    case 'compare': {
      const [left, right] = [valueKind(table, condition.left), valueKind(table, condition.right)]
      return left !== null && left === right
    }
    default:
      return false
  }
}

function valueKind(table: SimulatedTable, part: Condition): 'string' | 'number' | 'boolean' | null {
  if (part.kind === 'length') return valueKind(table, part.of) === 'string' ? 'number' : null
  if (part.kind === 'constant') {
    const kind = typeof part.value
    return kind === 'string' || kind === 'number' || kind === 'boolean' ? kind : null
  }
  if (part.kind !== 'column') return comparesLikeColumns(table, part) ? 'boolean' : null
  const type = typeIn(table, part.name)
  if (/^(?:text|character varying(?:\(\d+\))?)$/.test(type)) return 'string'
  if (/^(?:smallint|integer|bigint|numeric(?:\(.*\))?|real|double precision)$/.test(type)) return 'number'
  return type === 'boolean' ? 'boolean' : null
}

/**
 * Returns a column's type in the live table. Empty if the type isn't built in, or if a pending migration creates,
 * renames or changes the column.
 */
function typeIn(table: SimulatedTable, name: string): string {
  const column = table.columns.get(name)
  return column?.stored !== name || column.userType || column.isEnum ? '' : (column.type ?? '')
}
