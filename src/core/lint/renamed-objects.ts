/** Finds names that migrations remove, and code that still uses them. */
import type { LintFacts } from './lint-rule.ts'
import type { Operation } from '../history/operation.ts'
import type { NamedPlace, NamedPlaces, RemovedName } from './lint-facts.ts'

/**
 * Names that these steps remove permanently. Omits names that a later step may recreate, and objects created by an
 * earlier step.
 */
export function removedNames(steps: readonly Operation[]): readonly RemovedName[] {
  return steps.flatMap((step, at) => {
    const gone = goneBy(step)
    if (gone === null) return []
    const again = steps.slice(at + 1).some((later) => mayBring(later, gone.table, gone.column))
    const made = steps.slice(0, at).some((earlier) => brings(earlier, gone.table, gone.column))
    return again || made ? [] : [gone]
  })
}

function goneBy(step: Operation): RemovedName | null {
  const { span } = step
  switch (step.kind) {
    case 'dropTable':
      return { table: step.table.name, column: null, to: null, span }
    case 'dropColumn':
      return { table: step.table.name, column: step.column, to: null, span }
    case 'renameTable':
      return step.table.name === step.to.name
        ? null
        : { table: step.table.name, column: null, to: step.to.name, span }
    case 'alterColumn':
      return step.newName === null || step.newName === step.column
        ? null
        : { table: step.table.name, column: step.column, to: step.newName, span }
    default:
      return null
  }
}

/** Whether the step creates an object with this name. Views always count, because their names are unknown. */
function brings(step: Operation, table: string, column: string | null): boolean {
  if (column === null) {
    if (step.kind === 'createTable') return step.table.name === table
    if (step.kind === 'unrelated') return step.what === 'view'
    return step.kind === 'renameTable' && step.to.name === table
  }
  if (step.kind === 'addColumn') return step.table.name === table && step.column.name === column
  return step.kind === 'alterColumn' && step.table.name === table && step.newName === column
}

/** Like `brings`, but also counts opaque steps that may change the table. */
function mayBring(step: Operation, table: string, column: string | null): boolean {
  if (step.kind !== 'opaque') return brings(step, table, column)
  return step.touches === null || step.touches.some(({ name }) => name === table)
}

/** Returns the code that uses this removed name. */
export function placesOf({ places }: NamedPlaces, name: RemovedName): readonly NamedPlace[] {
  return places.filter(({ name: other }) => {
    const same = other.table === name.table && other.column === name.column && other.to === name.to
    return same && other.span.path === name.span.path && other.span.line === name.span.line
  })
}

/** Whether a later migration may create a new object with the old name. */
export function comesBack({ history, migration }: LintFacts, { table, column }: RemovedName): boolean {
  for (const { step } of history.steps.after(migration.revision.id, [`name ${table}`, 'view', 'unknown'])) {
    if (mayBring(step, table, column)) return true
  }
  return false
}
