/** Names that migrations change, and places where SQL still uses the old ones. Data and where it comes from; no SQL. */
import type { Span } from './module.ts'
import type { Operation } from './operation.ts'

/** A table, or a column of it, under its old name. */
export interface RenamedName {
  readonly table: string
  /** null: the table itself was renamed. */
  readonly column: string | null
  /** The new name of the table or the column. */
  readonly to: string
  /** Where the migration renames it. */
  readonly span: Span
}

/** A place in the code base where raw SQL uses the old name. */
export interface NamedPlace {
  readonly name: RenamedName
  readonly span: Span
}

/** What a search of the code base found. */
export interface NamedPlaces {
  readonly places: readonly NamedPlace[]
  /** Not everything was looked at: too many files, or too little time. */
  readonly incomplete: boolean
}

/** What these steps rename, without names that are given away and taken again in the same steps. */
export function renamedNames(steps: readonly Operation[]): readonly RenamedName[] {
  const renamed = steps.flatMap((step): readonly RenamedName[] => {
    if (step.kind === 'renameTable') {
      const { table, to, span } = step
      return table.name === to.name ? [] : [{ table: table.name, column: null, to: to.name, span }]
    }
    if (step.kind !== 'alterColumn' || step.newName === null || step.newName === step.column) return []
    return [{ table: step.table.name, column: step.column, to: step.newName, span: step.span }]
  })
  return renamed.filter(({ table, column }) => !steps.some((step) => brings(step, table, column)))
}

/** Does the step make something of that very name? */
export function brings(step: Operation, table: string, column: string | null): boolean {
  if (column === null) {
    if (step.kind === 'createTable') return step.table.name === table
    if (step.kind === 'unrelated') return step.what === 'view'
    return step.kind === 'renameTable' && step.to.name === table
  }
  if (step.kind === 'addColumn') return step.table.name === table && step.column.name === column
  return step.kind === 'alterColumn' && step.table.name === table && step.newName === column
}
