import { postgresql } from '../../core/dialect/postgresql.ts'
import { edit } from '../../core/findings/finding.ts'
import { mayRunOn } from '../../core/lint/dialect-guards.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { upgradeCourse } from '../../core/lint/lint-steps.ts'
import type { ObjectName, Operation } from '../../core/history/operation.ts'
import { type MigratedSchema, tablesWith } from '../../core/schema/migrated-schema.ts'
import { shown } from '../../core/text/display.ts'

/** Reports a schema that no migration creates or checks for. */
const rule: MigrationRule = {
  code: 'AG407',
  name: 'schema-not-checked',
  severity: 'warning',
  scope: 'migration',
  onByDefault: false,
  precision: { hits: 7, read: 7, right: 0 },
  summary: 'A migration uses a schema that no migration creates or checks for.',
  explanation:
    'A foreign key to `auth.users` works if the platform created that schema (Supabase), and a table in `reporting` works if someone once created that schema manually. On a new database, in CI or in a review app, the migration fails with *schema "…" does not exist*. Only the first migration that uses the schema is reported.',
  cure: `Run \`op.execute("CREATE SCHEMA IF NOT EXISTS …")\` in this migration or in env.py. If the schema
isn't yours to create, check for it first (\`sa.inspect(op.get_bind()).has_schema("…")\`) and raise an error that
explains what is missing.`,
  examples: {
    bad: {
      files: {
        'a1.py': `"""Add profiles"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.create_table(
        'profiles',
        sa.Column('id', sa.Integer(), sa.ForeignKey('auth.users.id'), primary_key=True),
    )


def downgrade():
    op.drop_table('profiles')
`,
      },
      underlined: 'op.create_table(',
    },
    good: {
      files: {
        'a1.py': `"""Add profiles"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.execute("CREATE SCHEMA IF NOT EXISTS accounts")
    op.create_table(
        'profiles',
        sa.Column('id', sa.Integer(), primary_key=True),
        schema='accounts',
    )


def downgrade():
    op.drop_table('profiles', schema='accounts')
    op.execute("DROP SCHEMA accounts")
`,
      },
    },
  },
  inspect(facts) {
    // In a broken graph, a missing migration may create the schema.
    if (!mayRunOn(facts.project, postgresql) || facts.graph.problem !== null) return []
    const spoken = new Set<string>()
    return upgradeCourse(facts).flatMap(({ step, before }) =>
      namesIn(step).flatMap(({ schema, name }) => {
        if (schema === null || isBuiltIn(schema) || spoken.has(schema)) return []
        spoken.add(schema)
        // An unreadable earlier migration may create the schema. In that case, report only tables in other schemas.
        const refersOnly = 'table' in step && step.table?.schema !== schema
        if (before.unsure && !refersOnly) return []
        if (before.schemas.has(schema) || isUsed(facts, before, schema) || isMentioned(facts, schema))
          return []
        return [
          lintFinding(facts, step.span, {
            severity: 'warning',
            message: `The migration uses ${shown(schema)}.${shown(name)}, but no migration creates schema ${shown(schema)}.`,
            why: `On a database without that schema, the upgrade fails with InvalidSchemaName: schema "${shown(schema)}" does not exist`,
            remedies: [
              edit(
                `Run CREATE SCHEMA IF NOT EXISTS ${shown(schema)} first, in the migration or in env.py.`,
                'likely',
              ),
              edit(
                'If the schema is managed elsewhere, check that it exists, and raise a clear error if it is missing.',
                'likely',
              ),
            ],
          }),
        ]
      }),
    )
  },
}

function isBuiltIn(schema: string): boolean {
  return /^(?:public|pg_catalog|information_schema|pg_temp|main|temp|dbo)$/i.test(schema)
}

/** Names of objects that a step needs or creates. */
function namesIn(step: Operation): readonly ObjectName[] {
  const targets = (constraints: readonly { kind: string; target?: ObjectName }[]): readonly ObjectName[] =>
    constraints.flatMap(({ target }) => (target === undefined ? [] : [target]))
  switch (step.kind) {
    case 'createTable':
    case 'addColumn':
      return [step.table, ...targets(step.constraints)]
    case 'addConstraint':
      return [step.table, ...targets([step.constraint])]
    case 'dropTable':
      return step.ifExists ? [] : [step.table]
    case 'alterColumn':
    case 'dropColumn':
    case 'createIndex':
    case 'dropConstraint':
      return [step.table]
    case 'unrelated':
      return step.changes?.change === 'drop' ? [] : [...(step.needs ?? []), ...(step.changes?.names ?? [])]
    default:
      return []
  }
}

/** Whether an earlier migration uses the schema. If so, the schema exists. */
function isUsed({ history, migration }: LintFacts, before: MigratedSchema, schema: string): boolean {
  const { id } = migration.revision
  const users = [
    ...tablesWith(before, `schema ${schema}`),
    ...tablesWith(before, `references-schema ${schema}`),
  ]
  return users.some(({ revision }) => revision !== id) || history.isMentionedBefore(id, wordOf(schema))
}

/** Whether unanalyzed code may create the schema or check for it. */
function isMentioned({ project, migration }: LintFacts, schema: string): boolean {
  const { text } = migration.source
  const created = new RegExp(`\\b(?:create\\s*schema|has_schema|get_schema_names|schemata)\\b`, 'i').test(
    text,
  )
  return (
    created ||
    [project.env?.text ?? '', project.ini ?? ''].some(
      (each) => wordOf(schema).test(each) || /create\s*schema/i.test(each),
    )
  )
}

/** Matches the schema's name as a whole word. */
function wordOf(schema: string): RegExp {
  return new RegExp(`\\b${schema.replace(/[^\w]/g, '\\$&')}\\b`)
}

export default rule
