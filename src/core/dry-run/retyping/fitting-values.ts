/**
 * Decides whether existing values fit a column's new type. PostgreSQL converts every row, and rejects the change if a
 * value is too large or too long.
 */
import { extensionOfType, modifiedType } from '../../dialect/extension-contents.ts'
import { isNumber, typeNamed } from '../../expressions/types.ts'
import type { AlterColumn } from '../../history/operation.ts'
import type { Condition } from '../../schema/check-condition.ts'
import { type StatementOutcome, failStatement } from '../database-error.ts'
import type { TableInHand } from '../preconditions.ts'
import { answersFromRows, knownViolation } from '../row-questions.ts'
import {
  type SimulatedColumn,
  type SimulatedSchema,
  type SimulatedTable,
  folded,
} from '../simulated-schema.ts'

/** Whether all values fit, whether a condition decides, or whether only the conversion tells. */
type Fit =
  | 'always'
  | 'unknown'
  /** `isExact` is false if values close to the limit may not fit either. */
  | { readonly condition: Condition; readonly isExact: boolean }

/** A change of a live column's type without USING. */
interface TypeChange {
  readonly old: SimulatedColumn
  /** The column's name in the live table. */
  readonly stored: string
  readonly to: string
  readonly fit: Fit
}

function typeChange(world: SimulatedSchema, table: SimulatedTable, step: AlterColumn): TypeChange | null {
  const old = table.columns.get(folded(world, step.column))
  const to = step.type && world.dialect.typeOf(step.type)
  if (old?.stored == null || to === null || step.using) return null
  return { old, stored: old.stored, to, fit: fitOf(old.stored, old.type, to, old.userType != null) }
}

/** Fails if an existing value is known not to fit the column's new type. */
export function tryFit(
  world: SimulatedSchema,
  { table, found }: TableInHand,
  step: AlterColumn,
): StatementOutcome {
  const change = typeChange(world, table, step)
  if (!change || typeof change.fit === 'string') return null
  const { old, stored, to, fit } = change
  if (!knownViolation(world, table, fit.condition, [stored])) return null
  const object = { kind: 'column', table: found.name.name, name: step.column } as const
  const { errors } = world.dialect
  const width = widthOf(to)
  const error =
    width === null
      ? errors.outOfRange?.(typeNamed(to) ?? to)
      : errors.textTooLong?.('character varying', width)
  // NaN and infinity have messages of their own.
  const isUncertain = /^(?:numeric|real|double)/.test(old.type ?? '')
  const obstacle = { kind: 'rowsTooLarge', column: step.column, type: to } as const
  return failStatement('unfit', object, obstacle, error, isUncertain)
}

/** Whether the type change may fail because of existing values that the guard doesn't query. */
export function dependsOnValues(world: SimulatedSchema, { table }: TableInHand, step: AlterColumn): boolean {
  const change = table.rows === 'none' ? null : typeChange(world, table, step)
  if (!change || change.fit === 'always') return false
  const { old, stored, fit } = change
  // After a rename, rows aren't queried.
  const isAsked = world.rowsSure && table.origin !== null && old.name === stored
  if (fit !== 'unknown' && fit.isExact && isAsked) return false
  return !world.rowsSure || answersFromRows(world, table, 'rows')
}

function fitOf(stored: string, from: string | null, to: string, isUserType: boolean): Fit {
  if (from === null || from === to) return 'always'
  const width = widthOf(to)
  if (isSizedExtensionType(to) || (isUserType && width !== null)) return 'unknown'
  if (isUserType) return 'always'
  if (from.endsWith('[]') && to.endsWith('[]'))
    return fitOf(stored, from.slice(0, -2), to.slice(0, -2), false) === 'always' ? 'always' : 'unknown'
  if (width !== null) {
    if ((widthOf(from) ?? printedWidths[from] ?? Infinity) <= width) return 'always'
    const isText = /^(?:text|character varying)\b/.test(from)
    return isText && to.startsWith('character varying') ? atMost(stored, width) : 'unknown'
  }
  // JSON accepts escapes that JSONB can't store, such as \u0000.
  if (from === 'json' && to === 'jsonb') return 'unknown'
  return isNumeric(from) && isNumeric(to) ? numericFit(stored, from, to) : 'always'
}

/** The longest text of each type. */
const printedWidths: Readonly<Record<string, number>> = {
  boolean: 5,
  smallint: 6,
  integer: 11,
  bigint: 20,
  uuid: 36,
}

/** PostgreSQL cuts off trailing spaces instead of rejecting the value. */
function atMost(column: string, width: number): Fit {
  const length = { kind: 'length', of: { kind: 'column', name: column }, trimmed: true } as const
  const limit = { kind: 'constant', value: width } as const
  return { condition: { kind: 'compare', operator: '<=', left: length, right: limit }, isExact: true }
}

function isNumeric(type: string): boolean {
  return isNumber(typeNamed(type) ?? '')
}

/** Returns a text type's maximum length; null if it has none. */
function widthOf(type: string): number | null {
  const width = /^character(?: varying)?\((\d+)\)$/.exec(type)?.[1]
  return width === undefined ? null : Number(width)
}

/** Whether the extension checks each value's size or shape, as for `vector(3)`. */
function isSizedExtensionType(type: string): boolean {
  return extensionOfType(modifiedType(type)?.name ?? '') !== null
}

/** Decimal digits of the largest integers. */
const digits: Readonly<Record<string, number>> = { smallint: 5, integer: 10, bigint: 19 }

const largest: Readonly<Record<string, number>> = { smallint: 32_767, integer: 2_147_483_647 }

function numericFit(column: string, from: string, to: string): Fit {
  const [source, target] = [typeNamed(from) ?? '', typeNamed(to) ?? '']
  const before = precisionOf(from)
  const isFloat = source === 'real' || source === 'double precision'
  if (digits[target] !== undefined) {
    if (digits[source] !== undefined) {
      if ((digits[source] ?? 0) <= (digits[target] ?? 0)) return 'always'
    } else if (before && before.whole < (digits[target] ?? 0) - 1) return 'always'
    const limit = largest[target]
    // Numbers here can't express the limits of bigint.
    if (limit === undefined) return 'unknown'
    // PostgreSQL rounds halves of floating-point numbers to even ones, others away from zero.
    const low = isFloat ? `>=` : '>'
    return { condition: between(column, low, -limit - 1.5, limit + 0.5), isExact: true }
  }
  if (target === 'numeric') {
    const after = precisionOf(to)
    if (after === null) return 'always'
    const whole = before?.whole ?? digits[source] ?? Infinity
    // Rounding may add a digit.
    const isRounded = (before?.scale ?? (digits[source] === undefined ? Infinity : 0)) > after.scale
    if (whole + (isRounded ? 1 : 0) <= after.whole) return 'always'
    if (after.whole + after.scale > 14) return 'unknown'
    const limit = Number(`1e${after.whole}`) - 0.5 * Number(`1e-${after.scale}`)
    const condition = between(column, '>', -limit, limit)
    if (digits[source] !== undefined) return { condition, isExact: true }
    // PostgreSQL sorts NaN after all numbers, but every numeric type can store it.
    const of = { kind: 'column', name: column } as const
    // PostgreSQL rounds floating-point numbers twice: to 15 or 6 digits, then to the scale.
    return {
      condition: { kind: 'or', parts: [condition, { kind: 'in', of, values: ['NaN'] }] },
      isExact: !isFloat,
    }
  }
  // Of the other numbers, double precision can't store only huge ones.
  const whole = before?.whole ?? digits[source]
  if (source === 'real' || (whole !== undefined && whole <= (target === 'real' ? 38 : 300))) return 'always'
  return 'unknown'
}

/** Digits before and after the decimal point; null if unlimited, or if the type isn't `numeric`. */
function precisionOf(type: string): { readonly whole: number; readonly scale: number } | null {
  const [, precision, scale = '0'] = /^numeric\((\d+)(?:,(-?\d+))?\)$/.exec(type) ?? []
  return precision === undefined ? null : { whole: Number(precision) - Number(scale), scale: Number(scale) }
}

/** Requires a number between the two limits. The upper one is excluded. */
function between(column: string, above: '>' | '>=', low: number, high: number): Condition {
  const left = { kind: 'column', name: column } as const
  const compared = (operator: '<' | '>' | '>=', value: number): Condition => ({
    kind: 'compare',
    operator,
    left,
    right: { kind: 'constant', value },
  })
  return { kind: 'and', parts: [compared(above, low), compared('<', high)] }
}
