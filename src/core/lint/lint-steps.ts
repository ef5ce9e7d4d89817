/** Helpers for a function's steps and for the schemas before and after them. */
import type { LintFacts, LintedMigration } from './lint-rule.ts'
import type { Operation, Operations } from '../history/operation.ts'
import { type MigratedSchema, schemaAfter } from '../schema/migrated-schema.ts'

/** Returns the steps of a function; empty if they can't be read. */
export function stepsOf(operations: Operations): readonly Operation[] {
  return operations.kind === 'operations' ? operations.operations : []
}

/** Returns each step in `upgrade`, along with the schema before that step. */
export function upgradeCourse(
  facts: LintFacts,
): readonly { readonly step: Operation; readonly before: MigratedSchema }[] {
  const { id } = facts.migration.revision
  let schema = facts.history.schemaBefore(id)
  return stepsOf(facts.migration.upgrade).map((step) => {
    const before = schema
    schema = schemaAfter(schema, { kind: 'operations', operations: [step] }, id)
    return { step, before }
  })
}

/** The schema after running `upgrade` and then `downgrade`; null if `downgrade` can't be read. */
export function schemaThereAndBack(facts: LintFacts): MigratedSchema | null {
  const { revision, downgrade } = facts.migration
  if (downgrade.kind === 'unreadable') return null
  return schemaAfter(facts.history.schemaAfter(revision.id), downgrade, revision.id)
}

/** Whether `downgrade` starts by raising an exception. */
export function refusesDowngrade({ source }: LintedMigration): boolean {
  return source.functions.some(({ name, body }) => name === 'downgrade' && body === 'raises')
}
