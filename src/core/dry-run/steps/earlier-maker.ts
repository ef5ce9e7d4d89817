/** Finds the earlier pending step that creates the same object as a failing step. */
import type { Span } from '../../history/migration-module.ts'
import type { Operation, Operations } from '../../history/operation.ts'
import type { StatementFailure } from '../database-error.ts'
import type { FailedObject } from '../failure-reason.ts'
import type { SimulatedSchema } from '../simulated-schema.ts'
import { forgetAll } from '../unknown-changes.ts'
import { trySteps } from './try-steps.ts'

/** The migration and step that first create the object. */
export interface EarlierMaker {
  readonly revision: string
  readonly span: Span
}

/** Functions that simulate the migrations again, starting from the live schema. */
export interface BegunSchema {
  readonly newSchema: () => SimulatedSchema
  readonly begin: (world: SimulatedSchema, read: Operations | undefined) => void
}

/**
 * Returns the earlier step that creates the object that `failing` tries to create again; null if the live database
 * already has the object.
 *
 * To find out, simulates the migrations without the steps that may have created the object.
 */
export function earlierMaker(
  failure: StatementFailure,
  failing: Operation,
  revisions: readonly string[],
  operations: ReadonlyMap<string, Operations>,
  { newSchema, begin }: BegunSchema,
): EarlierMaker | null {
  if (failure.kind !== 'exists' && failure.kind !== 'leftover-enum') return null
  const runs = revisions.map((revision) => {
    const read = operations.get(revision)
    return { revision, read, steps: read?.kind === 'operations' ? read.operations : null }
  })
  const all = runs.flatMap(({ revision, steps }) => (steps ?? []).map((step) => ({ revision, step })))
  const end = all.findIndex(({ step }) => step === failing)
  const makers = all.slice(0, Math.max(end, 0)).filter(({ step }) => makes(step, failure.object))
  const [first] = makers
  if (first === undefined) return null
  const left = new Set(makers.map(({ step }) => step))
  const world = newSchema()
  for (const { read, steps } of runs) {
    begin(world, read)
    if (steps === null) forgetAll(world)
    const kept = steps?.filter((step) => !left.has(step)) ?? []
    for (let at = 0; at < kept.length;) {
      const { judged, count } = trySteps(world, kept, at)
      if (kept.slice(at, at + count).includes(failing)) {
        const failsStill = judged !== null && judged !== 'unsure' && judged.kind === failure.kind
        return failsStill ? null : { revision: first.revision, span: first.step.span }
      }
      at += count
    }
  }
  return null
}

function makes(step: Operation, object: FailedObject): boolean {
  if (object.kind === 'primaryKey') return 'table' in step && step.table?.name === object.table
  if (object.kind === 'label') return step.kind === 'addEnumValue' && step.value === object.label
  const name = 'name' in object ? object.name : null
  return name !== null && namesMadeBy(step).includes(name)
}

/** Names of the tables, columns, indexes, constraints, types and schemas that the step creates. */
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
