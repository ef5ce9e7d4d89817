/** Checks whether PostgreSQL can store each value in its column, or compare it with the column. */
import type { DataStep, PlainValue } from '../../history/operation.ts'
import { type StatementOutcome, failStatement } from '../database-error.ts'
import { type SimulatedColumn, type SimulatedSchema, findRelation, folded } from '../simulated-schema.ts'

/**
 * Kinds of built-in types. Values of the first three kinds need an explicit cast, unless the column is of the same kind
 * or a text column.
 */
const kinds = [
  ['number', /^(?:smallint|integer|bigint|numeric|real|double precision)\b/],
  ['boolean', /^boolean$/],
  ['text', /^(?:text|character)\b/],
  ['moment', /^(?:timestamp|date)\b/],
  ['other', /^(?:uuid|jsonb?|bytea)$/],
] as const

type Kind = (typeof kinds)[number][0]

/**
 * Fails if a value's type definitely doesn't fit its column. PostgreSQL checks this even if the statement affects no
 * rows.
 */
export function tryValueTypes(world: SimulatedSchema, { writes, values = [] }: DataStep): StatementOutcome {
  if (!writes || !world.dialect.verifiesConstraints || !world.castsSure) return null
  const found = findRelation(world, writes.table)
  const table = found.value?.kind === 'table' ? found.value.table : null
  if (!table?.columnsSure) return null
  for (const { column: name, use, value } of values) {
    const column = table.columns.get(folded(world, name))
    const from = typeof value === 'string' ? value : kindOf(table.columns.get(folded(world, value.column)))
    const to = kindOf(column)
    if (!column || from === null || to === null || from === to || !isRefused(from, to, use)) continue
    const type = plainType(column)
    const given =
      typeof value === 'string'
        ? { number: 'integer', boolean: 'boolean', text: 'text' }[value]
        : plainType(table.columns.get(folded(world, value.column)))
    const error =
      use === 'assigned'
        ? world.dialect.errors.mismatchedValue?.(column.name, type, given)
        : world.dialect.errors.mismatchedOperands?.(type, given)
    const object = { kind: 'column', table: found.name.name, name: column.name } as const
    const sides = [
      [column.name, type],
      ['the value', given],
    ] as const
    return failStatement('unfit', object, { kind: 'types', sides }, error, true)
  }
  return null
}

function isRefused(from: Kind, to: Kind, use: PlainValue['use']): boolean {
  if (use === 'compared') return to === 'boolean'
  return to !== 'text' && (from === 'number' || from === 'boolean' || from === 'text')
}

function kindOf(column: SimulatedColumn | undefined): Kind | null {
  if (!column || column.userType || column.isEnum || column.enum || column.type === null) return null
  const { type } = column
  return kinds.find(([, form]) => form.test(type) && !type.endsWith(']'))?.[0] ?? null
}

function plainType(column: SimulatedColumn | undefined): string {
  return (column?.type ?? '').replace(/\(.*\)/, '')
}
