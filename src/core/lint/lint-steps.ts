/** What lint rules share about operations: the steps of a direction, and the schema between two of them. */
import type { LintFacts, LintedMigration } from './lint-rule.ts'
import type { Operation, Operations } from '../history/operation.ts'
import { type MigratedSchema, schemaAfter } from '../schema/migrated-schema.ts'

/** The steps; none where they can't be read. */
export function stepsOf(operations: Operations): readonly Operation[] {
  return operations.kind === 'operations' ? operations.operations : []
}

/** Each step of `upgrade` with the schema that it finds. */
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

/** What is left when the migration is applied and taken back; null: its `downgrade` can't be told. */
export function schemaThereAndBack(facts: LintFacts): MigratedSchema | null {
  const { revision, downgrade } = facts.migration
  if (downgrade.kind === 'unreadable') return null
  return schemaAfter(facts.history.schemaAfter(revision.id), downgrade, revision.id)
}

/** Does `downgrade` begin by raising, so that nobody takes it for a way back? */
export function refusesDowngrade({ source }: LintedMigration): boolean {
  return source.functions.some(({ name, body }) => name === 'downgrade' && body === 'raises')
}
