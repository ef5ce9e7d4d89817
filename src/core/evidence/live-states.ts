/** Converts the live schema to object states, using the same keys as `trackObjects`. */
import { type Naming, keysOf } from '../schema/object-keys.ts'
import type { SchemaSnapshot } from '../schema/schema-snapshot.ts'
import type { TrackedObject } from './object-lifecycle.ts'

/** State of an index that implements a constraint of the same name. */
export const behindConstraint = 'behindConstraint'

/**
 * Returns the states of all live objects, by key. Column properties are optional, because few histories alter
 * a column.
 */
export function liveStates(
  schema: SchemaSnapshot,
  naming: Naming,
  properties: boolean,
): ReadonlyMap<string, string> {
  const keys = keysOf(naming)
  const live = new Map<string, string>()
  for (const table of schema.tables) {
    live.set(keys.table(table), 'present')
    for (const { name, type, nullable } of table.columns) {
      live.set(keys.column(table, name), 'present')
      if (!properties) continue
      live.set(keys.nullable(table, name), String(nullable))
      live.set(keys.type(table, name), type)
    }
    const constraints = new Set(table.constraints.map(({ name }) => name))
    for (const { name, invalid } of table.indexes) {
      // An index that implements a constraint isn't evidence. An invalid index is neither present nor
      // missing.
      const state = constraints.has(name) ? behindConstraint : invalid ? 'INVALID' : 'present'
      live.set(keys.index({ schema: table.schema, name }), state)
    }
    for (const name of constraints) live.set(keys.constraint(table, name), 'present')
  }
  for (const type of schema.enums) {
    live.set(keys.enum(type), 'present')
    for (const value of type.values) live.set(keys.value(type, value), 'present')
  }
  for (const one of schema.others ?? []) if (one.kind === 'index') live.set(keys.index(one), 'present')
  for (const name of schema.schemas) live.set(keys.schema(name), 'present')
  return live
}

/** Minimum length of a name that SQLAlchemy or PostgreSQL may have truncated. */
const minTruncatedName = 60

/**
 * Returns a function that tests whether a naming convention may have renamed an object. SQLAlchemy rewrites explicit
 * names only if the convention uses `%(constraint_name)s` (`_constraint_name_for_table` in
 * sqlalchemy/sql/naming.py).
 */
export function derivedNameTest(schema: SchemaSnapshot, naming: Naming): (object: TrackedObject) => boolean {
  const keys = keysOf(naming)
  const byTable = new Map<string, readonly string[]>()
  for (const table of schema.tables) {
    const names = [...table.indexes, ...table.constraints].map(({ name }) =>
      keys.name({ schema: null, name }),
    )
    byTable.set(keys.table(table), [...(byTable.get(keys.table(table)) ?? []), ...names])
  }
  const all = [...byTable.values()].flat()
  return ({ inexact, key, table }) => {
    if (!inexact) return false
    const own = nameIn(key, table)
    const names = table === null ? all : (byTable.get(table) ?? [])
    return names.some((name) => name !== own && (name.includes(own) || name.length >= minTruncatedName))
  }
}

/** `constraint app.users.uq_email` becomes `uq_email`. */
function nameIn(key: string, table: string | null): string {
  const prefix = table === null ? '' : `constraint ${table.slice('table '.length)}.`
  if (prefix !== '' && key.startsWith(prefix)) return key.slice(prefix.length)
  return key.slice(Math.max(key.indexOf(' '), key.lastIndexOf('.')) + 1)
}
