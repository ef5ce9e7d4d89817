/**
 * Tracks labels added by `ALTER TYPE … ADD VALUE`. PostgreSQL 12 and later allow the statement in a transaction, but
 * the label can't be used before the commit (check_safe_enum_use in enum.c).
 */
import type { ColumnType, DataStep, ObjectName, ServerDefault } from '../history/operation.ts'
import { type StatementOutcome, failStatement, quotedAsWritten } from './database-error.ts'
import {
  type NewLabels,
  type SimulatedColumn,
  type SimulatedSchema,
  findRelation,
  findType,
  folded,
  keyOf,
} from './simulated-schema.ts'

/** Records a label that the current transaction adds to a type. */
export function noteNewLabel(
  world: SimulatedSchema,
  type: ObjectName,
  label: string,
  pending: boolean,
): void {
  const key = keyOf(world, type)
  const noted = world.newLabels.get(key) ?? { type, labels: new Set(), pending }
  noted.labels.add(label)
  world.newLabels.set(key, noted)
}

/** Clears the new labels when the next transaction begins. By then, the previous transaction has committed them. */
export function endTransaction(world: SimulatedSchema): void {
  world.newLabels.clear()
  world.transactionSure = true
}

/**
 * Checks a column default that may use a new enum label. PostgreSQL converts the default to the column's type when the
 * column is declared.
 */
export function tryLabelAsDefault(
  world: SimulatedSchema,
  column: Pick<SimulatedColumn, 'type' | 'enum'>,
  { kind, ...given }: ServerDefault,
): StatementOutcome {
  if (world.newLabels.size === 0 || kind === 'none') return null
  const noted = newLabelsOf(world, column)
  if (noted === null) return null
  const text = 'text' in given ? given.text : null
  if (text === null) return 'unsure'
  const label = /^'((?:[^']|'')*)'(?:::[\w ."]+)?$/.exec(text)?.[1]?.replaceAll("''", "'")
  return label === undefined ? 'unsure' : tryLabel(world, noted, label)
}

/** Returns the column type that the operation declares. */
export function declaredColumn(
  world: SimulatedSchema,
  type: ColumnType,
): Pick<SimulatedColumn, 'type' | 'enum'> {
  return { type: world.dialect.typeOf(type), ...(type.enum && { enum: type.enum }) }
}

/**
 * Checks a data statement that may use a new enum label. Such a statement can fail even on an empty table, because
 * PostgreSQL still converts the constants in it.
 */
export function tryLabelsInRows(
  world: SimulatedSchema,
  { writes, needs = [], constants, readOnly }: DataStep,
): StatementOutcome {
  if (world.newLabels.size === 0) return null
  const tables = [...(writes ? [writes.table] : []), ...needs]
  if (constants === undefined) return readOnly || cannotUse(world, tables) ? null : 'unsure'
  const [table] = tables
  const columns = tables.length === 1 && table ? findRelation(world, table).value?.table?.columns : undefined
  let judged: StatementOutcome = null
  for (const { value, column, type } of constants) {
    for (const noted of world.newLabels.values()) {
      if (!noted.labels.has(value)) continue
      const known = column === null ? undefined : columns?.get(folded(world, column))
      const uses = type ? isType(world, noted, type) : known && newLabelsOf(world, known) === noted
      if (uses === false) continue
      const outcome = uses ? tryLabel(world, noted, value) : cannotUse(world, tables) ? null : 'unsure'
      if (outcome !== null && outcome !== 'unsure') return outcome
      judged ??= outcome
    }
  }
  return judged
}

/**
 * Returns whether all columns of these tables are known and no column's type has new labels. Returns false if no tables
 * are given.
 */
function cannotUse(world: SimulatedSchema, tables: readonly ObjectName[]): boolean {
  return (
    tables.length > 0 &&
    tables.every((name) => {
      const table = findRelation(world, name).value?.table
      return (
        table?.columnsSure && [...table.columns.values()].every((one) => newLabelsOf(world, one) === null)
      )
    })
  )
}

function tryLabel(
  world: SimulatedSchema,
  { type, labels, pending }: NewLabels,
  label: string,
): StatementOutcome {
  if (!labels.has(label)) return null
  if (!world.transactionSure || pending) return 'unsure'
  const given = quotedAsWritten({ ...type, schema: null })
  const object = { kind: 'label', label, type: given } as const
  const error = world.dialect.errors.newLabel?.(label, given)
  return failStatement(
    'unfit',
    object,
    { kind: 'newLabel', type: given },
    error,
    !/^[a-z_][a-z0-9_]*$/.test(given),
  )
}

function newLabelsOf(
  world: SimulatedSchema,
  { type, enum: own }: Pick<SimulatedColumn, 'type' | 'enum'>,
): NewLabels | null {
  for (const noted of world.newLabels.values()) {
    if (own) {
      if (isType(world, noted, own)) return noted
      continue
    }
    const { schema, name } = noted.type
    if (type !== null && [name, `"${name}"`, `${schema}.${name}`, `${schema}."${name}"`].includes(type))
      return noted
  }
  return null
}

function isType(world: SimulatedSchema, noted: NewLabels, name: ObjectName): boolean {
  return keyOf(world, findType(world, name).name) === keyOf(world, noted.type)
}
