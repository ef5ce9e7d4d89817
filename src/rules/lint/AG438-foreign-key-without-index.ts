import { postgresql } from '../../core/dialect/postgresql.ts'
import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { mayRunOn } from '../../core/lint/dialect-guards.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { sameTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { stepsOf } from '../../core/lint/lint-steps.ts'
import type { Constraint, ObjectName, Operation } from '../../core/history/operation.ts'
import { listed, shown } from '../../core/text/display.ts'

const table = (indexed: string): readonly string[] => [
  'op.create_table(',
  "    'teams',",
  "    sa.Column('id', sa.Integer(), primary_key=True),",
  `    sa.Column('org_id', sa.Integer(), sa.ForeignKey('orgs.id')${indexed}),`,
  ')',
]

/** PostgreSQL indexes what a foreign key points to, not where it points from. */
const rule: MigrationRule = {
  code: 'AG438',
  name: 'foreign-key-without-index',
  severity: 'note',
  scope: 'migration',
  onByDefault: false,
  precision: { hits: 0, read: 0, right: 0 },
  summary: 'A foreign key is made, and no index begins with its columns.',
  explanation: `Each DELETE of a row that is referred to, and each UPDATE of its key, has to look for rows that refer to it. Without
an index on their side that reads the whole table, once for each row. PostgreSQL makes no such index by itself. A table
that stays small, or whose parents are never deleted, can do without.`,
  cure: `\`index=True\` on the column, or \`op.create_index\`; on a table that is in use CONCURRENTLY.`,
  examples: {
    bad: { files: afterTables(table(''), ["op.drop_table('teams')"]), underlined: 'op.create_table(' },
    good: { files: afterTables(table(', index=True'), ["op.drop_table('teams')"]) },
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
          message: `No index of ${shown(at.name)} begins with ${listed(columns)}, from where foreign keys point to other tables.`,
          why: `Deleting a row that is referred to reads all of ${shown(at.name)}.`,
          remedies: [
            edit('Add an index on the referring column, CONCURRENTLY where the table is in use.', 'likely'),
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

/** Does any migration, an earlier or a later one, make an index or a key that begins with these columns? */
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
      // Something that is not followed may make it.
      case 'opaque':
        return step.touches === null || step.touches.some((touched) => sameTable(touched, table))
      default:
        return false
    }
  }
  const isKey = (constraint: Constraint): boolean =>
    (constraint.kind === 'primaryKey' || constraint.kind === 'unique') && begins(constraint.columns)
  const steps = (id: string): readonly Operation[] => {
    const read = history.of(id)
    return read === null ? [] : stepsOf(read.upgrade)
  }
  return stepsOf(migration.upgrade).some(own) || history.order.some((id) => steps(id).some(own))
}

export default rule
