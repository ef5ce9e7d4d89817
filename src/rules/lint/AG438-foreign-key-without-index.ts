import { postgresql } from '../../core/dialect/postgresql.ts'
import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { mayRunOn } from '../../core/lint/dialect-guards.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { sameTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { stepsOf } from '../../core/lint/lint-steps.ts'
import type { Constraint, ObjectName, Operation } from '../../core/history/operation.ts'
import { listed, shown } from '../../core/text/display.ts'

const teams = (indexed: string): readonly string[] => [
  'op.create_table(',
  "    'teams',",
  "    sa.Column('id', sa.Integer(), primary_key=True),",
  `    sa.Column('org_id', sa.Integer(), sa.ForeignKey('orgs.id')${indexed}),`,
  ')',
]

/** Reports foreign keys without an index, because PostgreSQL doesn't create one automatically. */
const rule: MigrationRule = {
  code: 'AG438',
  name: 'foreign-key-without-index',
  severity: 'note',
  scope: 'migration',
  onByDefault: false,
  precision: { hits: 186, read: 14, right: 14 },
  summary: 'A foreign key is created, but no index begins with its columns.',
  explanation:
    "Every DELETE of a referenced row, and every UPDATE of its key, has to search for rows that reference it. Without an index on the referencing columns, that is a full table scan per row. PostgreSQL doesn't create such an index automatically. A table that stays small, or whose parent rows are never deleted, doesn't need one.",
  cure: 'Set `index=True` on the column, or use `op.create_index`, with CONCURRENTLY if the table is in use.',
  examples: {
    bad: { files: afterTables(teams(''), ["op.drop_table('teams')"]), underlined: 'op.create_table(' },
    good: { files: afterTables(teams(', index=True'), ["op.drop_table('teams')"]) },
  },
  inspect(facts) {
    if (!mayRunOn(facts.project, postgresql)) return []
    return upgradeSteps(facts).flatMap((step) => {
      const keys = keysOf(step)
      const at = 'table' in step ? step.table : null
      if (at === null || keys.length === 0) return []
      const bare = keys.filter(({ columns }) => columns.length > 0 && !isIndexed(facts, at, columns))
      if (bare.length === 0) return []
      const columns = bare.map((key) => key.columns.join(', '))
      return [
        lintFinding(facts, step.span, {
          severity: 'note',
          message: `No index on ${shown(at.name)} supports the foreign key on ${listed(columns)}.`,
          why: `Deleting a referenced row scans all of ${shown(at.name)}.`,
          remedies: [
            edit(
              'Add an index on the referencing columns; use CONCURRENTLY if the table is in use.',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

type ForeignKey = Extract<Constraint, { kind: 'foreignKey' }>

function keysOf(step: Operation): readonly ForeignKey[] {
  const made =
    step.kind === 'createTable' || step.kind === 'addColumn'
      ? step.constraints
      : step.kind === 'addConstraint'
        ? [step.constraint]
        : []
  return made.flatMap((one) => (one.kind === 'foreignKey' ? [one] : []))
}

/** Whether any migration creates an index that starts with these columns, in any order. */
function isIndexed(
  { history, migration }: LintFacts,
  table: ObjectName,
  columns: readonly string[],
): boolean {
  const begins = (other: readonly (string | null)[]): boolean =>
    columns.every((column) => other.slice(0, columns.length).includes(column))
  const own = (step: Operation): boolean => {
    switch (step.kind) {
      case 'createIndex':
        return sameTable(step.table, table) && begins(step.index.columns)
      case 'createTable':
      case 'addColumn':
        return (
          sameTable(step.table, table) &&
          (step.indexes.some((index) => begins(index.columns)) || step.constraints.some(isKey))
        )
      case 'addConstraint':
        return sameTable(step.table, table) && isKey(step.constraint)
      // An opaque step may create the index.
      case 'opaque':
        return step.touches === null || step.touches.some((touched) => sameTable(touched, table))
      default:
        return false
    }
  }
  const isKey = (constraint: Constraint): boolean =>
    (constraint.kind === 'primaryKey' || constraint.kind === 'unique') && begins(constraint.columns)
  if (stepsOf(migration.upgrade).some(own)) return true
  for (const { step } of history.steps.all([`name ${table.name}`, 'unknown'])) if (own(step)) return true
  return false
}

export default rule
