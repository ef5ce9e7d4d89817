import { type TypeChange, needsRewrite } from '../../core/schema/type-change.ts'
import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { lockedTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import type { ColumnType, Operation } from '../../core/history/operation.ts'
import { schemaAfter, typeOfColumn } from '../../core/schema/migrated-schema.ts'
import { shown } from '../../core/text/display.ts'

/** Reports column type changes that rewrite the whole table. */
const rule: MigrationRule = {
  code: 'AG423',
  name: 'column-type-rewrite',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 218, read: 30, right: 30 },
  riskTag: 'locks',
  lock: { table: 'users', mode: 'AccessExclusiveLock', rewrites: true },
  summary: 'A column type change makes PostgreSQL rewrite the whole table.',
  explanation: `\`ALTER COLUMN … TYPE\` takes an ACCESS EXCLUSIVE lock, which blocks all reads and writes. If the
stored bytes stay the same, the change is instant: a longer \`varchar\`, \`varchar\` to \`text\`, a \`numeric\`
with more digits before the decimal point, a more precise \`timestamp\`, \`cidr\` to \`inet\`. Every other change
(\`integer\` to \`bigint\`, a shorter \`varchar\`, \`json\` to \`jsonb\`, one enum to another) rewrites the table
and its indexes under that lock. \`timestamp\` to \`timestamptz\`, or back, avoids the rewrite only if the
session's time zone is UTC.`,
  cure: "Add a column of the new type, write to both columns, fill existing rows in batches, then switch over and drop the old column in a later release. On a small table, the rewrite is quick, so the extra steps aren't worth the effort.",
  examples: {
    bad: {
      files: afterTables(
        ["op.alter_column('users', 'org_id', existing_type=sa.Integer(), type_=sa.BigInteger())"],
        ["op.alter_column('users', 'org_id', existing_type=sa.BigInteger(), type_=sa.Integer())"],
      ),
      underlined: "op.alter_column('users', 'org_id', existing_type=sa.Integer(), type_=sa.BigInteger())",
    },
    good: {
      files: afterTables(
        ["op.alter_column('users', 'name', existing_type=sa.String(50), type_=sa.String(200))"],
        ["op.alter_column('users', 'name', existing_type=sa.String(200), type_=sa.String(50))"],
      ),
    },
  },
  inspect(facts) {
    const steps = upgradeSteps(facts)
    const { id } = facts.migration.revision
    return steps.flatMap((step, at) => {
      if (step.kind !== 'alterColumn' || step.type === null) return []
      const locked = lockedTable(facts, step.table, at)
      if (locked === null) return []
      const before = facts.history.schemaBefore(id)
      const now = schemaAfter(before, { kind: 'operations', operations: steps.slice(0, at) }, id)
      const old = typeOfColumn(now, step.table, step.column) ?? step.existingType ?? null
      const change = (old && needsRewrite(old, step.type)) ?? newEnum(steps.slice(0, at), old, step.type)
      if (change === null) return []
      const column = `${shown(locked.name)}.${shown(step.column)}`
      return [
        lintFinding(facts, step.span, {
          severity: locked.severity,
          message: `${column} changes from ${shown(change.from)} to ${shown(change.to)}, which rewrites the table and its indexes under an ACCESS EXCLUSIVE lock${change.unlessUtc ? ", unless the session's time zone is UTC" : ''}.`,
          why: `All reads and writes on ${shown(locked.name)} wait until the migration's transaction ends.`,
          evidence: sizeRows(locked),
          remedies: [
            edit(
              'Add a column of the new type, fill it in batches, and switch over in a later release.',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

/**
 * Returns the type change if this migration creates the new enum type. The old type must be a different one, even if
 * it has the same name. `old` is null if unknown.
 */
function newEnum(earlier: readonly Operation[], old: ColumnType | null, next: ColumnType): TypeChange | null {
  const name = next.enum?.name ?? next.postgres
  const renamed = earlier.findLast((step) => step.kind === 'renameEnum' && step.enum.name === name)
  // The rename frees the old name, so even `checkfirst=True` creates the type.
  const made = earlier.some(
    (step) =>
      step.kind === 'createEnum' && (!step.ifNotExists || renamed !== undefined) && step.enum.name === name,
  )
  if (name === null || !made) return null
  const before = old && (old.enum?.name ?? old.postgres)
  if (before === name && renamed?.kind !== 'renameEnum') return null
  const from = renamed?.kind === 'renameEnum' ? renamed.to : (before ?? 'another type')
  return { from, to: `${name} (the new one)`, unlessUtc: false }
}

export default rule
