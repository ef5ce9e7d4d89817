/** Determines how databases store names that exceed the length limit. */
import { md5 } from '@noble/hashes/legacy.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Dialect } from '../dialect/dialect.ts'
import type { Constraint, Index, Operation } from '../history/operation.ts'

/** Number of hash characters in a name truncated by SQLAlchemy. */
const hashLength = 4

/**
 * Renders a name from `op.f()` or a convention. Long names get a hash (`_truncate_and_render_maxlen_name` in
 * sqlalchemy/sql/compiler.py).
 */
function shortenedName(name: string, { maxIdentifierBytes: max }: Dialect): string {
  if (max === null || name.length <= max) return name
  const characters = [...name]
  if (characters.length <= max) return name
  return `${characters.slice(0, max - 8).join('')}_${bytesToHex(md5(utf8ToBytes(name))).slice(-hashLength)}`
}

/** Whether SQLAlchemy may have created this name by truncating a longer one. */
export function maybeShortened(name: string, { maxIdentifierBytes: max }: Dialect): boolean {
  return max !== null && [...name].length === max - 8 + 1 + hashLength && /_[0-9a-f]{4}$/.test(name)
}

/** Truncates a name as the server does: to whole characters within the limit, which is in bytes (`pg_mbcliplen`). */
function clippedName(name: string, { maxIdentifierBytes: max }: Dialect): string {
  // A character in UTF-8 has up to three bytes for each of its UTF-16 code units.
  if (max === null || name.length * 3 <= max) return name
  const bytes = utf8ToBytes(name)
  if (bytes.length <= max) return name
  let end = max
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return new TextDecoder().decode(bytes.subarray(0, end))
}

/** Properties of operations and syntax trees whose strings, in lists too, are names in the database. */
const nameProperties = new Set([
  'schema',
  'name',
  'table',
  'to',
  'index',
  'column',
  'columns',
  'newName',
  'targetColumns',
  'included',
  'names',
  'collation',
  'constraint',
  'alias',
  'using',
])

/**
 * Truncates all names in a step that the server would truncate, and keeps the originals in `overlong`. Doesn't change
 * the names of indexes and constraints, which `withStoredNames` determines, because SQLAlchemy checks their length
 * first.
 */
export function withClippedNames<T extends Operation>(step: T, dialect: Dialect): T {
  if (dialect.maxIdentifierBytes === null) return step
  const overlong: string[] = []
  const clip = (name: string): string => {
    const stored = clippedName(name, dialect)
    if (stored !== name) overlong.push(name)
    return stored
  }
  // Only strings are replaced, so the type stays the same.
  const stored = mapNames(step, '', clip) as T
  return stored === step ? step : { ...stored, overlong }
}

/** Maps all names in a value. Returns the same value if none changes. `property` is the property with this value. */
function mapNames(value: unknown, property: string, map: (name: string) => string): unknown {
  if (typeof value === 'string') return nameProperties.has(property) ? map(value) : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    let list: unknown[] | null = null
    value.forEach((one: unknown, at) => {
      const other = mapNames(one, property, map)
      if (other !== one) (list ??= [...value])[at] = other
    })
    return list ?? value
  }
  // Rows map column names to constants.
  if (property === 'rows' && Object.keys(value).some((key) => map(key) !== key))
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [map(key), one]))
  const before = value as Readonly<Record<string, unknown>>
  let copy: Record<string, unknown> | null = null
  for (const key of Object.keys(before)) {
    if (key === 'span' || ('exact' in before && (key === 'name' || key === 'index'))) continue
    const other = mapNames(before[key], key, map)
    if (other !== before[key]) (copy ??= { ...before })[key] = other
  }
  return copy ?? value
}

/** Replaces names with their stored form, except names that a convention may still change. */
export function withStoredNames(step: Operation, dialect: Dialect, writtenIn: 'Alembic' | 'SQL'): Operation {
  const stored = (name: string): string =>
    writtenIn === 'SQL' ? clippedName(name, dialect) : shortenedName(name, dialect)
  // Most names are stored unchanged, so avoid needless copies.
  const named = <T extends Constraint | Index>(one: T): T => {
    const name = one.name === null || !one.exact ? one.name : stored(one.name)
    return name === one.name ? one : { ...one, name }
  }
  switch (step.kind) {
    case 'createTable':
    case 'addColumn': {
      const isStored = (one: Constraint | Index): boolean => named(one) === one
      if (step.constraints.every(isStored) && step.indexes.every(isStored)) return step
      return { ...step, constraints: step.constraints.map(named), indexes: step.indexes.map(named) }
    }
    case 'createIndex': {
      const index = named(step.index)
      return index === step.index ? step : { ...step, index }
    }
    case 'dropIndex':
      return step.exact ? { ...step, index: { ...step.index, name: stored(step.index.name) } } : step
    case 'renameIndex':
      return { ...step, index: { ...step.index, name: stored(step.index.name) }, to: stored(step.to) }
    case 'addConstraint':
      return { ...step, constraint: named(step.constraint) }
    case 'dropConstraint':
      return step.exact ? { ...step, name: stored(step.name) } : step
    case 'renameConstraint':
      return { ...step, name: stored(step.name), to: stored(step.to) }
    default:
      return step
  }
}

/**
 * Returns a name that SQLAlchemy refuses because it's too long, unless a naming convention replaces it; null if there
 * is none. SQLAlchemy shortens only names that it or a convention generates (`validate_identifier` in
 * engine/default.py).
 */
export function overlongName(step: Operation, { maxIdentifierBytes: max }: Dialect): string | null {
  const named = (one: { readonly name: string | null; readonly exact: boolean }): string[] =>
    one.name !== null && !one.exact && [...one.name].length > (max ?? Infinity) ? [one.name] : []
  switch (step.kind) {
    case 'createTable':
    case 'addColumn':
      return [...step.constraints, ...step.indexes].flatMap(named)[0] ?? null
    case 'createIndex':
      return named(step.index)[0] ?? null
    case 'addConstraint':
      return named(step.constraint)[0] ?? null
    case 'dropIndex':
      return named({ name: step.index.name, exact: step.exact })[0] ?? null
    case 'dropConstraint':
      return named(step)[0] ?? null
    default:
      return null
  }
}
