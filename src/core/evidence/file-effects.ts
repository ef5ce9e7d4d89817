/** Looks up a migration file's objects in the live schema. Used for files that share a revision id. */
import type { Operations } from '../history/operation.ts'
import { keysOf } from '../schema/object-keys.ts'
import type { SchemaSnapshot } from '../schema/schema-snapshot.ts'
import { behindConstraint, liveStates } from './live-states.ts'

/** Labels for tables, columns and indexes, such as `column users.phone`. */
export interface FileEffects {
  readonly there: readonly string[]
  readonly missing: readonly string[]
}

/**
 * Returns which of the file's tables, columns and indexes exist. Null if the file is unreadable or creates
 * none.
 */
export function fileEffects(steps: Operations, schema: SchemaSnapshot): FileEffects | null {
  if (steps.kind !== 'operations') return null
  const naming = { dialect: schema.dialect, defaultSchema: schema.defaultSchema }
  const keys = keysOf(naming)
  const live = liveStates(schema, naming, true)
  const made = steps.operations.flatMap((step) => {
    if (step.kind === 'createTable') {
      const columns = (step.columns ?? []).map(({ name }) => keys.column(step.table, name))
      return [keys.table(step.table), ...columns]
    }
    if (step.kind === 'addColumn') return [keys.column(step.table, step.column.name)]
    if (step.kind !== 'createIndex' || step.index.name === null) return []
    return [keys.index({ schema: step.table.schema, name: step.index.name })]
  })
  if (made.length === 0) return null
  const isThere = (key: string): boolean => {
    const state = live.get(key)
    return state === 'present' || state === behindConstraint
  }
  return { there: made.filter(isThere), missing: made.filter((key) => !isThere(key)) }
}
