/**
 * Tracks labels added by `ALTER TYPE … ADD VALUE`. In PostgreSQL 12 and later, they can't be used before the
 * transaction commits (check_safe_enum_use in enum.c).
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

/** Records a label added in the current transaction. */
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

/** Forgets the new labels when the next transaction begins, because they're committed by then. */
export function endTransaction(world: SimulatedSchema): void {
  world.newLabels.clear()
  world.transactionSure = true
  world.mayBeOutside = false
}

/**
 * Checks a column default that may use a new label. PostgreSQL converts the default as soon as the column is
 * declared.
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

/** Type of the column declared by the operation. */
export function declaredColumn(
  world: SimulatedSchema,
  type: ColumnType,
): Pick<SimulatedColumn, 'type' | 'enum'> {
  return { type: world.dialect.typeOf(type), ...(type.enum && { enum: type.enum }) }
}

/**
 * Checks a data statement that may use a new label. It can fail even on an empty table, because PostgreSQL converts
 * constants anyway.
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
 * Whether all columns of these tables are known and none has a type with new labels. False if there are no tables.
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
