/**
 * Checks that a JSON answer of the server has the shape its question asked for. A proxy, a fork of PostgreSQL or a
 * shadowed function may answer with something else, and nothing may be concluded from that.
 */
import { GuardError } from '../../errors.ts'

/** True for a value of the type. Values may have more fields than a shape names. */
export type Shape<T> = (value: unknown) => value is T

/** A string. */
export const text: Shape<string> = (value) => typeof value === 'string'

/** A number. */
export const number: Shape<number> = (value) => typeof value === 'number'

/** True or false. */
export const flag: Shape<boolean> = (value) => typeof value === 'boolean'

/** One of these strings. */
export function oneOf<const T extends string>(...all: readonly T[]): Shape<T> {
  const known: ReadonlySet<unknown> = new Set(all)
  return (value): value is T => known.has(value)
}

/** The value, or null. */
export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value): value is T | null => value === null || shape(value)
}

/** An array of such values. */
export function listOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every((item) => shape(item))
}

/** An array whose places have shapes of their own. */
export function row<T extends readonly unknown[]>(
  ...shapes: { readonly [K in keyof T]: Shape<T[K]> }
): Shape<T> {
  return (value): value is T =>
    Array.isArray(value) &&
    value.length === shapes.length &&
    shapes.every((shape: Shape<unknown>, index) => shape(value[index]))
}

/** An object with these fields. */
export function fields<T extends object>(shapes: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  const all = Object.entries<Shape<unknown>>(shapes)
  return (value): value is T =>
    typeof value === 'object' &&
    value !== null &&
    all.every(([name, shape]) => shape((value as Record<string, unknown>)[name]))
}

/**
 * The value of a JSON text.
 * @throws GuardError (unavailable) when there is none, or it has another shape.
 */
export function parseAnswer<T>(json: string | null | undefined, shape: Shape<T>): T {
  const value = json === null || json === undefined ? undefined : parsed(json)
  if (shape(value)) return value
  throw new GuardError(
    'unavailable',
    "The server's answer to a catalog query doesn't fit the query.",
    'Connect to PostgreSQL itself and not through a proxy that rewrites queries; if it is PostgreSQL itself, please report its version.',
  )
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
