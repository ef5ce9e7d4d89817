/**
 * Simulates `CREATE OR REPLACE VIEW`, which can only add columns at the end (checkViewColumns in PostgreSQL's
 * view.c).
 */
import type { RelationChange, Unrelated } from '../../history/operation.ts'
import { type StatementOutcome, failStatement } from '../database-error.ts'
import { type SimulatedRelation, type SimulatedSchema, insertRelation, keyOf } from '../simulated-schema.ts'

/** Simulates replacing an existing relation (`there`) with a new view. Compares only column names. */
export function tryReplaceView(
  world: SimulatedSchema,
  there: SimulatedRelation,
  { columns: wanted }: Pick<RelationChange, 'columns'>,
): StatementOutcome {
  world.goneViews.add(keyOf(world, there))
  if (there.kind !== 'view') return 'unsure'
  const refused = wanted && there.columns ? changedColumn(world, there, there.columns, wanted) : null
  insertRelation(world, { ...there, columns: wanted ?? null })
  return refused
}

function changedColumn(
  { dialect }: SimulatedSchema,
  { name }: SimulatedRelation,
  old: readonly (string | null)[],
  wanted: readonly (string | null)[],
): StatementOutcome {
  const object = { kind: 'view', name } as const
  if (wanted.length < old.length) {
    const dropped = old.find((column) => column !== null && !wanted.includes(column)) ?? null
    const seen = { kind: 'viewColumnDropped', column: dropped } as const
    return failStatement('unfit', object, seen, dialect.errors.viewColumnDropped?.(), true)
  }
  for (const [index, column] of old.entries()) {
    const to = wanted[index] ?? null
    if (column === null || to === null || column === to) continue
    const seen = { kind: 'viewColumnRenamed', column, to } as const
    // If the type of a preceding column also changes, PostgreSQL reports the type change instead.
    return failStatement('unfit', object, seen, dialect.errors.viewColumnRenamed?.(column, to), index > 0)
  }
  return null
}

/** Marks every view's column names as unknown, because `ALTER VIEW` may rename columns. */
export function forgetViewColumns(world: SimulatedSchema, { changes }: Unrelated): void {
  if (changes === undefined || changes.names.length > 0) return
  for (const key of world.others) {
    const relation = world.relations.get(key)
    if (relation?.kind === 'view') world.relations.set(key, { ...relation, columns: null })
  }
}
