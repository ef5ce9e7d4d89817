import { postgresql } from '../../core/dialect/postgresql.ts'
import { edit } from '../../core/findings/finding.ts'
import { mayRunOn } from '../../core/lint/dialect-guards.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { stepsOf, upgradeCourse } from '../../core/lint/lint-steps.ts'
import type { ColumnType, Constraint, ObjectName, Operation } from '../../core/history/operation.ts'
import {
  type MigratedSchema,
  keyOfName,
  primaryKeyOf,
  schemaAfter,
  tableOf,
} from '../../core/schema/migrated-schema.ts'
import { shown } from '../../core/text/display.ts'

/** Reports foreign keys between columns that PostgreSQL can't compare. */
const rule: MigrationRule = {
  code: 'AG405',
  name: 'foreign-key-type-mismatch',
  severity: 'error',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 0, read: 0, right: 0 },
  summary: 'A foreign key column has a different type from the column it references.',
  explanation:
    "The column types are derived from the whole migration history. PostgreSQL requires an equality operator between the two types: integers of any width match, strings of any length match, but a UUID doesn't match an integer. SQLite accepts any foreign key, so tests on SQLite don't catch this.",
  cure: 'Use the type of the referenced column. The newest migration that changed that column shows its current type.',
  examples: {
    bad: {
      files: {
        'a1.py': `"""Add users"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'a1'
down_revision = None


def upgrade():
    op.create_table('users', sa.Column('id', postgresql.UUID(), primary_key=True))


def downgrade():
    op.drop_table('users')
`,
        'b2.py': `"""Add orders"""
import sqlalchemy as sa
from alembic import op

revision = 'b2'
down_revision = 'a1'


def upgrade():
    op.create_table(
        'orders',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('user_id', sa.Integer(), sa.ForeignKey('users.id'), nullable=False),
    )


def downgrade():
    op.drop_table('orders')
`,
      },
      underlined: 'op.create_table(',
    },
    good: {
      files: {
        'a1.py': `"""Add users"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'a1'
down_revision = None


def upgrade():
    op.create_table('users', sa.Column('id', postgresql.UUID(), primary_key=True))


def downgrade():
    op.drop_table('users')
`,
        'b2.py': `"""Add orders"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'b2'
down_revision = 'a1'


def upgrade():
    op.create_table(
        'orders',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('user_id', postgresql.UUID(), sa.ForeignKey('users.id'), nullable=False),
    )


def downgrade():
    op.drop_table('orders')
`,
      },
    },
  },
  inspect(facts) {
    if (!mayRunOn(facts.project, postgresql)) return []
    if (!stepsOf(facts.migration.upgrade).some((step) => foreignKeysOf(step).length > 0)) return []
    return upgradeCourse(facts).flatMap(({ step, before }) => {
      const keys = foreignKeysOf(step)
      if (keys.length === 0) return []
      const operations = { kind: 'operations', operations: [step] } as const
      const after = schemaAfter(before, operations, facts.migration.revision.id)
      return keys.flatMap(({ table, key }) =>
        pairsOf(after, table, key).flatMap(({ column, target, own, other }) => {
          const [left, right] = [familyOf(own), familyOf(other)]
          if (left === null || right === null || left === right) return []
          const from = `${shown(table.name)}.${shown(column)}`
          const to = `${shown(key.target.name)}.${shown(target)}`
          return [
            lintFinding(facts, step.span, {
              severity: 'error',
              message: `The foreign key from ${from} to ${to} has incompatible types: ${nameOf(own)} and ${nameOf(other)}.`,
              why: `The upgrade fails with DatatypeMismatch: key columns "${shown(column)}" and "${shown(target)}" are of incompatible types: ${nameOf(own)} and ${nameOf(other)}`,
              evidence: [
                [from, nameOf(own)],
                [to, `${nameOf(other)}, according to earlier migrations`],
              ],
              remedies: [edit(`Give ${from} the type ${nameOf(other)}.`, 'likely')],
            }),
          ]
        }),
      )
    })
  },
}

type ForeignKey = Extract<Constraint, { kind: 'foreignKey' }>

function foreignKeysOf(step: Operation): readonly { readonly table: ObjectName; readonly key: ForeignKey }[] {
  const constraints =
    step.kind === 'createTable' || step.kind === 'addColumn'
      ? step.constraints
      : step.kind === 'addConstraint'
        ? [step.constraint]
        : []
  if (step.kind !== 'createTable' && step.kind !== 'addColumn' && step.kind !== 'addConstraint') return []
  return constraints.flatMap((key) => (key.kind === 'foreignKey' ? [{ table: step.table, key }] : []))
}

interface Pair {
  readonly column: string
  readonly target: string
  readonly own: ColumnType
  readonly other: ColumnType
}

function pairsOf(schema: MigratedSchema, name: ObjectName, key: ForeignKey): readonly Pair[] {
  const table = tableOf(schema, name)
  const target = tableOf(schema, key.target)
  if (table === null || target === null) return []
  const targets = key.targetColumns.length > 0 ? key.targetColumns : (primaryKeyOf(target) ?? [])
  if (targets.length !== key.columns.length) return []
  return key.columns.flatMap((column, index): Pair[] => {
    const own = table.columns.get(column)?.type
    const to = targets[index] ?? ''
    const other = target.columns.get(to)?.type
    return own === undefined || other === undefined ? [] : [{ column, target: to, own, other }]
  })
}

/** A type's family; null if unknown. A foreign key can't reference a column whose type belongs to another family. */
function familyOf(type: ColumnType): string | null {
  if (type.enum !== null) return `enum ${keyOfName(type.enum)}`
  return type.postgres === null ? null : postgresql.familyOfType(type.postgres)
}

function nameOf(type: ColumnType): string {
  return shown(type.enum?.name ?? type.postgres ?? type.source)
}

export default rule
