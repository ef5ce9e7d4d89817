/**
 * Types of SQL values, and PostgreSQL's conversions between them. Covers enums and common built-in types. Functions
 * return null if the answer is unknown.
 */
import { constantFits } from './constants.ts'

/** The type of an expression, to the extent that it is known. */
export type Value =
  /** `type` is spelled as in the catalog, without a length. Enums are spelled `enum:` followed by their key. */
  | { readonly kind: 'typed'; readonly type: string }
  /** A quoted constant, whose type depends on the context. `text` is null if unknown. */
  | { readonly kind: 'constant'; readonly text: string | null }
  /** NULL, which fits any type. */
  | { readonly kind: 'null' }
  /** A value whose type is chosen by the driver. */
  | { readonly kind: 'parameter' }
  | { readonly kind: 'unknown' }

export const unknownValue: Value = { kind: 'unknown' }

export function typed(type: string): Value {
  return { kind: 'typed', type }
}

const ranks = ['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']
const moments = ['date', 'timestamp without time zone', 'timestamp with time zone']
const texts = ['text', 'character varying', 'character', 'name']
const others = [
  'boolean',
  'uuid',
  'json',
  'jsonb',
  'bytea',
  'interval',
  'time without time zone',
  'cstring',
  'tid',
]

/** Group of types that PostgreSQL can compare with one another; null for types that aren't covered. */
export function familyOf(type: string): string | null {
  if (type.endsWith('[]')) return familyOf(type.slice(0, -2)) === null ? null : type
  if (ranks.includes(type)) return 'number'
  if (moments.includes(type)) return 'moment'
  if (texts.includes(type)) return 'text'
  return others.includes(type) || type.startsWith('enum:') ? type : null
}

/** Removes a type's length or precision: `character varying(20)[]` becomes `character varying[]`. */
export function withoutLength(type: string): string {
  return type.replace(/\(\d+(?:,\s?-?\d+)?\)/, '')
}

export type CastContext = 'implicit' | 'assignment' | 'explicit'

/** Conversions from one family to another. */
const casts: Readonly<Record<string, CastContext>> = {
  'json jsonb': 'assignment',
  'jsonb json': 'assignment',
  'boolean integer': 'explicit',
  'integer boolean': 'explicit',
  'jsonb boolean': 'explicit',
  'jsonb number': 'explicit',
  'moment time without time zone': 'assignment',
  'time without time zone interval': 'implicit',
  'interval time without time zone': 'assignment',
}

const order: readonly CastContext[] = ['implicit', 'assignment', 'explicit']

/** Whether PostgreSQL converts the first type to the second in this context. */
export function converts(from: string, to: string, context: CastContext): boolean | null {
  if (from === to) return true
  const [left, right] = [familyOf(from), familyOf(to)]
  if (left === null || right === null) return null
  if (from.endsWith('[]') && to.endsWith('[]')) return converts(from.slice(0, -2), to.slice(0, -2), context)
  if (left === 'text' && right === 'text') return true
  if (left === right && left === 'number')
    return context !== 'implicit' || ranks.indexOf(from) < ranks.indexOf(to)
  if (left === right && left === 'moment')
    return context !== 'implicit' || moments.indexOf(from) < moments.indexOf(to)
  if (right === 'text') return context !== 'implicit'
  if (left === 'text') return context === 'explicit'
  const needed = casts[`${from} ${to}`] ?? casts[`${from} ${right}`] ?? casts[`${left} ${to}`]
  if (needed === undefined) return false
  // A `date` has no time of day, so PostgreSQL can't cast it to a time.
  if (from === 'date') return false
  return order.indexOf(context) >= order.indexOf(needed)
}

/** Whether PostgreSQL accepts the value where this type is required. */
export function accepts(
  value: Value,
  to: string,
  context: CastContext,
  labelsOf: (type: string) => ReadonlySet<string> | null,
): boolean | null {
  switch (value.kind) {
    case 'null':
    case 'parameter':
      return true
    case 'constant':
      return constantFits(value.text, to, labelsOf(to))
    case 'typed':
      return converts(value.type, to, context)
    default:
      return null
  }
}

/**
 * Returns the result type of COALESCE, CASE, UNION and similar constructs; null if their parts may have no common
 * type. Constants take the other parts' type.
 */
export function commonType(values: readonly Value[]): string | null {
  const types = values.flatMap((value) => (value.kind === 'typed' ? [value.type] : []))
  const [first, ...more] = types
  if (first === undefined) return 'text'
  return more.reduce<string | null>((found, type) => {
    if (found === null || found === type) return found
    if (converts(found, type, 'implicit') && familyOf(found) === familyOf(type))
      return familyOf(type) === 'text' ? (found === 'text' || type === 'text' ? 'text' : null) : type
    return converts(type, found, 'implicit') && familyOf(found) === familyOf(type) ? found : null
  }, first)
}

/** Whether this is an array of json, whose elements PostgreSQL can't compare. */
export function isOfJson(type: string): boolean {
  return type === 'json[]'
}

/**
 * Whether PostgreSQL has an `=` operator for the two types; null if unknown. Callers must handle json, which has no
 * such operator.
 */
export function comparable(left: string, right: string): boolean | null {
  const [one, other] = [familyOf(left), familyOf(right)]
  if (one === null || other === null || isOfJson(left) || isOfJson(right)) return null
  if (one === other) return !left.endsWith('[]') || left === right ? true : null
  const times = ['interval', 'time without time zone', 'moment']
  if (times.includes(one) && times.includes(other)) return null
  return left.endsWith('[]') || right.endsWith('[]') ? null : false
}
