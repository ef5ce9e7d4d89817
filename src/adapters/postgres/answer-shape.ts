/**
 * Validates JSON results from the server. A proxy, a PostgreSQL fork, or a user-defined function that shadows a
 * built-in may return anything.
 */
import { GuardError } from '../../errors.ts'

/** Type guard for JSON results. Objects may have additional fields. */
export type Shape<T> = (value: unknown) => value is T

export const text: Shape<string> = (value) => typeof value === 'string'

export const number: Shape<number> = (value) => typeof value === 'number'

/** Accepts a boolean. */
export const flag: Shape<boolean> = (value) => typeof value === 'boolean'

/** Accepts one of the given strings. */
export function oneOf<const T extends string>(...all: readonly T[]): Shape<T> {
  const known: ReadonlySet<unknown> = new Set(all)
  return (value): value is T => known.has(value)
}

/** Accepts null or the given shape. */
export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value): value is T | null => value === null || shape(value)
}

/** Accepts an array whose elements have the given shape. */
export function listOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every((item) => shape(item))
}

/** Accepts an array with exactly one element for each shape. */
export function row<T extends readonly unknown[]>(
  ...shapes: { readonly [K in keyof T]: Shape<T[K]> }
): Shape<T> {
  return (value): value is T =>
    Array.isArray(value) &&
    value.length === shapes.length &&
    shapes.every((shape: Shape<unknown>, index) => shape(value[index]))
}

/** Accepts an object whose fields have the given shapes. */
export function fields<T extends object>(shapes: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  const all = Object.entries<Shape<unknown>>(shapes)
  return (value): value is T =>
    typeof value === 'object' &&
    value !== null &&
    all.every(([name, shape]) => shape((value as Record<string, unknown>)[name]))
}

/**
 * Parses a JSON result.
 * @throws GuardError (unavailable) if it's missing or has an unexpected shape.
 */
export function parseAnswer<T>(json: string | null | undefined, shape: Shape<T>): T {
  const value = json === null || json === undefined ? undefined : parsed(json)
  if (shape(value)) return value
  throw new GuardError(
    'unavailable',
    "The server's response to a catalog query has an unexpected format.",
    'Connect to PostgreSQL directly, not through a proxy that rewrites queries. If the connection is already direct, please file a bug report and include the PostgreSQL version.',
  )
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
