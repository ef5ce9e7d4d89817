import { edit } from '../../core/findings/finding.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { stepsOf } from '../../core/lint/lint-steps.ts'
import type { ObjectName, Operation } from '../../core/history/operation.ts'
import { type MigratedSchema, keyOfName } from '../../core/schema/migrated-schema.ts'
import { listed, shown } from '../../core/text/display.ts'

/** Reports migrations that change unrelated tables. */
const rule: MigrationRule = {
  code: 'AG409',
  name: 'several-changes',
  severity: 'note',
  scope: 'migration',
  onByDefault: false,
  precision: { hits: 134, read: 12, right: 6 },
  summary: 'Unrelated tables are changed in one migration.',
  explanation: `A migration is reviewed, applied and rolled back as a whole. If one change fails, the others can't
be released either. Two tables count as related if a foreign key links them, if both reference the same third table,
if the name of one begins with the name of the other, or if both get the same change (such as the same new column). The first
migration in a history isn't checked. A migration file often doesn't show that two tables belong to the same
feature, so this rule is off by default.`,
  cure: 'Split the migration into one revision per change; `alembic revision` takes seconds.',
  examples: {
    bad: {
      files: {
        'a1.py': `"""Begin"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.create_table('invoices', sa.Column('id', sa.Integer(), primary_key=True))
    op.create_table('avatars', sa.Column('id', sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table('avatars')
    op.drop_table('invoices')
`,
        'b2.py': `"""Due dates, and where avatars are kept"""
import sqlalchemy as sa
from alembic import op

revision = 'b2'
down_revision = 'a1'


def upgrade():
    op.add_column('invoices', sa.Column('due', sa.Date()))
    op.add_column('avatars', sa.Column('bucket', sa.Text()))


def downgrade():
    op.drop_column('avatars', 'bucket')
    op.drop_column('invoices', 'due')
`,
      },
      underlined: `op.add_column('avatars', sa.Column('bucket', sa.Text()))`,
    },
    good: {
      files: {
        'a1.py': `"""Begin"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.create_table('invoices', sa.Column('id', sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table('invoices')
`,
        'b2.py': `"""Due dates"""
import sqlalchemy as sa
from alembic import op

revision = 'b2'
down_revision = 'a1'


def upgrade():
    op.add_column('invoices', sa.Column('due', sa.Date()))


def downgrade():
    op.drop_column('invoices', 'due')
`,
      },
    },
  },
  inspect(facts) {
    const { migration, history } = facts
    if (migration.revision.downRevisions.length === 0) return []
    const steps = stepsOf(migration.upgrade)
    // An unreadable step might connect the tables to each other.
    if (steps.some((step) => step.kind === 'opaque' && step.touches === null)) return []
    const first = new Map<string, Operation>()
    for (const step of steps) {
      for (const table of changedBy(step)) {
        const key = keyOfName(table)
        if (!first.has(key)) first.set(key, step)
      }
    }
    const groups = related([...first.keys()], facts)
    const [one, other] = groups
    if (one === undefined || other === undefined) return []
    // Migrations that change many tables usually make the same change to each.
    if (groups.length > 6 || history.schemaBefore(migration.revision.id).tables.size === 0) return []
    const at = first.get(other[0] ?? '')
    if (at === undefined) return []
    return [
      lintFinding(facts, at.span, {
        severity: 'note',
        message: `This migration changes ${shown(one[0] ?? '')} and ${listed(groups.slice(1).map((group) => group[0] ?? ''))}, which are unrelated.`,
        why: 'Unrelated changes in one migration can only be applied or downgraded together, and if one fails, all of them fail.',
        evidence: groups
          .slice(0, 4)
          .map((group, index): [string, string] => [`Change ${index + 1}`, listed(group)]),
        remedies: [edit('Split the migration into one revision per change.', 'unsure')],
      }),
    ]
  },
}

function changedBy(step: Operation): readonly ObjectName[] {
  switch (step.kind) {
    case 'createTable':
    case 'dropTable':
    case 'addColumn':
    case 'dropColumn':
    case 'alterColumn':
    case 'createIndex':
    case 'addConstraint':
    case 'dropConstraint':
      return [step.table]
    case 'dropIndex':
      return step.table === null ? [] : [step.table]
    case 'renameTable':
      return [step.to]
    default:
      return []
  }
}

/** Groups related tables, ordered by their first change. */
function related(keys: readonly string[], facts: LintFacts): readonly (readonly string[])[] {
  const group = new Map(keys.map((key) => [key, key]))
  const rootOf = (key: string): string => {
    const parent = group.get(key)
    return parent === undefined || parent === key ? key : rootOf(parent)
  }
  const join = (a: string, b: string): void => {
    if (group.has(a) && group.has(b)) group.set(rootOf(b), rootOf(a))
  }
  const { id } = facts.migration.revision
  for (const schema of [facts.history.schemaBefore(id), facts.history.schemaAfter(id)]) {
    joinByKeys(schema, keys, join)
  }
  const shapes = new Map<string, string>()
  for (const step of stepsOf(facts.migration.upgrade)) {
    const shape = shapeOf(step)
    const [table] = changedBy(step)
    if (shape === null || table === undefined) continue
    const same = shapes.get(shape)
    if (same === undefined) shapes.set(shape, keyOfName(table))
    else join(same, keyOfName(table))
  }
  for (const a of keys) for (const b of keys) if (a < b && sharesName(a, b)) join(a, b)
  const groups = new Map<string, string[]>()
  for (const key of keys) groups.set(rootOf(key), [...(groups.get(rootOf(key)) ?? []), key])
  return [...groups.values()]
}

/** Groups tables linked by foreign keys, directly or through a third table. */
function joinByKeys(
  schema: MigratedSchema,
  keys: readonly string[],
  join: (a: string, b: string) => void,
): void {
  const referrers = new Map<string, string>()
  for (const key of keys) {
    for (const constraint of schema.tables.get(key)?.constraints ?? []) {
      if (constraint.kind !== 'foreignKey') continue
      const target = keyOfName(constraint.target)
      join(key, target)
      const other = referrers.get(target)
      if (other === undefined) referrers.set(target, key)
      else join(other, key)
    }
  }
}

/** A key shared by similar changes, such as changes to columns with the same name. */
function shapeOf(step: Operation): string | null {
  switch (step.kind) {
    case 'addColumn':
      return `column ${step.column.name}`
    case 'dropColumn':
    case 'alterColumn':
      return `column ${step.column}`
    case 'dropTable':
      return 'dropTable'
    case 'createIndex':
      return `index ${step.index.columns.join()}`
    case 'renameTable':
    case 'dropConstraint':
    case 'dropIndex':
      return step.kind
    case 'addConstraint':
      return `constraint ${step.constraint.kind}`
    default:
      return null
  }
}

/** Whether two names share a word, as `users` and `user_roles` do. */
function sharesName(a: string, b: string): boolean {
  const words = (key: string): readonly string[] =>
    key
      .replace(/^.*\./, '')
      .toLowerCase()
      .split('_')
      .map((word) => word.replace(/(?:ie)?s$/, ''))
      .filter((word) => word.length > 2)
  const own = new Set(words(a))
  return words(b).some((word) => own.has(word))
}

export default rule
