/**
 * Finds the keys that PostgreSQL merges in CREATE TABLE. A UNIQUE constraint is merged into an earlier key with the
 * same columns in the same order (`transformIndexConstraints` in parse_utilcmd.c).
 */
import type { Dialect } from '../dialect/dialect.ts'
import type { Constraint, CreateTable, Key } from './operation.ts'

/** A table's constraints after PostgreSQL has merged duplicate keys. */
export interface MergedConstraints {
  readonly constraints: readonly Constraint[]
  /** Names of keys that PostgreSQL may have merged into others. */
  readonly doubtful: readonly string[]
}

/** Returns a key's `options` field in normalized form; an empty object if the key has no options. */
export function keyOptionsOf({
  nullsNotDistinct,
  included,
  deferrable,
  deferred,
}: {
  readonly nullsNotDistinct: boolean
  readonly included: readonly string[]
  readonly deferrable: boolean
  readonly deferred: boolean
}): { readonly options?: string } {
  const options = [
    ...(nullsNotDistinct ? ['NULLS NOT DISTINCT'] : []),
    ...(included.length > 0 ? [`INCLUDE (${included.join(', ')})`] : []),
    ...(deferrable ? [deferred ? 'DEFERRABLE INITIALLY DEFERRED' : 'DEFERRABLE'] : []),
  ]
  return options.length > 0 ? { options: options.join(' ') } : {}
}

/**
 * Returns a new table's constraints as the database creates them. `namesFinal` is true if no naming convention applies
 * to the names in Alembic calls.
 */
export function mergedConstraints(
  { constraints, sql }: Pick<CreateTable, 'constraints' | 'sql'>,
  { createsIndexForUnique }: Dialect,
  namesFinal = false,
): MergedConstraints {
  if (!createsIndexForUnique) return { constraints, doubtful: [] }
  const others = constraints.filter((one) => !isKey(one))
  const keys = constraints.filter(isKey).toSorted((a, b) => passOf(a) - passOf(b))
  const kept: Key[] = []
  const doubtful: string[] = []
  for (const key of keys) {
    const at = kept.findIndex((prior) => sameColumns(prior, key) && likeEachOther(prior, key) !== false)
    const prior = kept[at]
    if (prior === undefined) kept.push(key)
    else if (likeEachOther(prior, key) === null) {
      kept.push({ ...key, name: null, exact: false })
      if (key.name !== null) doubtful.push(key.name)
    } else if (prior.name === null && key.name !== null) {
      // If an Alembic call creates the table, a naming convention may determine the name of the merged key.
      const mayBeNamed = sql === undefined && (!namesFinal || prior.unknownConvention === true)
      kept[at] = mayBeNamed ? prior : { ...prior, name: key.name, exact: key.exact }
      if (mayBeNamed) doubtful.push(key.name)
    }
  }
  return { constraints: [...others, ...kept], doubtful }
}

function isKey(one: Constraint): one is Key {
  return one.kind === 'primaryKey' || one.kind === 'unique'
}

function passOf({ kind }: Key): number {
  return kind === 'primaryKey' ? 0 : 1
}

function sameColumns(a: Key, b: Key): boolean {
  return (
    a.columns.length === b.columns.length && a.columns.every((column, index) => column === b.columns[index])
  )
}

/** Whether two keys have the same options; null if either key's options are unknown. */
function likeEachOther(a: Key, b: Key): boolean | null {
  return a.options === null || b.options === null ? null : a.options === b.options
}
