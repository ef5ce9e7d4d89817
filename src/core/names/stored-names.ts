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

/**
 * Truncates a name from raw SQL as the server does. Leaves non-ASCII names unchanged, because the limit is in bytes.
 */
function clippedName(name: string, { maxIdentifierBytes: max }: Dialect): string {
  return max === null || !/^[\u0020-\u007e]+$/.test(name) ? name : name.slice(0, max)
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
