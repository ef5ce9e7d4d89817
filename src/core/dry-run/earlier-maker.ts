/** Finds the earlier pending step that made the object which a later step tries to create again. */
import type { Span } from '../history/migration-module.ts'
import type { Operation } from '../history/operation.ts'
import type { StatementFailure } from './database-error.ts'
import type { FailedObject } from './failure-reason.ts'

/** A step of a pending migration. */
export interface PendingStep {
  readonly revision: string
  readonly step: Operation
}

/** The migration that creates the object first, and where. */
export interface EarlierMaker {
  readonly revision: string
  readonly span: Span
}

/**
 * Returns the step because of which `failure` happens; null if the live database has the object. `earlier` are the steps
 * before the failing one. `failsWithout` returns whether the step would fail in the same way without some of them.
 */
export function earlierMaker(
  failure: StatementFailure,
  earlier: readonly PendingStep[],
  failsWithout: (steps: ReadonlySet<Operation>) => boolean,
): EarlierMaker | null {
  if (failure.kind !== 'exists' && failure.kind !== 'leftover-enum') return null
  const makers = earlier.filter(({ step }) => makes(step, failure.object))
  const first = makers[0]
  if (first === undefined || failsWithout(new Set(makers.map(({ step }) => step)))) return null
  return { revision: first.revision, span: first.step.span }
}

/** Returns whether the step may create an object of that name. */
function makes(step: Operation, object: FailedObject): boolean {
  if (object.kind === 'primaryKey') return 'table' in step && step.table?.name === object.table
  if (object.kind === 'label') return step.kind === 'addEnumValue' && step.value === object.label
  const name = 'name' in object ? object.name : null
  return name !== null && namesMadeBy(step).includes(name)
}

/** Returns the names of the objects that the step creates: tables, columns, indexes, constraints, types, schemas. */
function namesMadeBy(step: Operation): readonly (string | null)[] {
  switch (step.kind) {
    case 'createTable':
      return [
        step.table.name,
        ...(step.columns ?? []).map(({ name }) => name),
        ...step.constraints.map(({ name }) => name),
        ...step.indexes.map(({ name }) => name),
      ]
    case 'addColumn':
      return [
        step.column.name,
        ...step.constraints.map(({ name }) => name),
        ...step.indexes.map(({ name }) => name),
      ]
    case 'addConstraint':
      return [step.constraint.name]
    case 'createIndex':
      return [step.index.name]
    case 'alterColumn':
      return [step.newName]
    case 'renameTable':
    case 'renameIndex':
    case 'renameConstraint':
    case 'renameEnum':
      return [typeof step.to === 'string' ? step.to : step.to.name]
    case 'createEnum':
      return [step.enum.name]
    case 'createSchema':
      return [step.schema]
    case 'unrelated':
      return [
        ...(step.changes?.change === 'create' ? step.changes.names.map(({ name }) => name) : []),
        step.extension?.name ?? null,
      ]
    default:
      return []
  }
}
