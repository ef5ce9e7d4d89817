import { postgresql } from '../../core/dialect/postgresql.ts'
import { edit } from '../../core/findings/finding.ts'
import { mayRunOn } from '../../core/lint/dialect-guards.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { refusesDowngrade, schemaThereAndBack, stepsOf } from '../../core/lint/lint-steps.ts'
import type { CreateEnum, Operation } from '../../core/history/operation.ts'
import { type MigratedSchema, keyOfName, tablesWith } from '../../core/schema/migrated-schema.ts'
import { shown } from '../../core/text/display.ts'
import type { TextEdit } from '../../core/text/text-edits.ts'

/** Reports enum types that `upgrade` creates but `downgrade` doesn't drop. */
const rule: MigrationRule = {
  code: 'AG403',
  name: 'enum-not-dropped',
  severity: 'error',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 92, read: 30, right: 30 },
  summary: "`upgrade` creates an ENUM type that `downgrade` doesn't drop.",
  explanation: `PostgreSQL manages enum types independently of tables. \`op.create_table\` with
\`sa.Enum(…, name="…")\` also creates the type, but \`op.drop_table\` doesn't drop it. After a downgrade, the next
upgrade fails with *type "…" already exists*. Autogenerate omits the drop.`,
  cure: 'At the end of `downgrade`, add `sa.Enum(name="…").drop(op.get_bind(), checkfirst=True)` or `DROP TYPE IF EXISTS`.',
  examples: {
    bad: {
      files: {
        'a1.py': `"""Add invites"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.create_table(
        'invites',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('state', sa.Enum('open', 'taken', name='invite_state'), nullable=False),
    )


def downgrade():
    op.drop_table('invites')
`,
      },
      underlined: 'op.create_table(',
    },
    good: {
      files: {
        'a1.py': `"""Add invites"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.create_table(
        'invites',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('state', sa.Enum('open', 'taken', name='invite_state'), nullable=False),
    )


def downgrade():
    op.drop_table('invites')
    sa.Enum(name='invite_state').drop(op.get_bind(), checkfirst=True)
`,
      },
    },
  },
  inspect(facts) {
    const { migration, history, project } = facts
    const upgrade = stepsOf(migration.upgrade)
    if (!upgrade.some(({ kind }) => kind === 'createEnum')) return []
    const downgrade = stepsOf(migration.downgrade)
    const after = schemaThereAndBack(facts)
    // Other rules report empty downgrades, and unreadable downgrades prove nothing.
    const acts = downgrade.some(({ kind }) => kind !== 'data' && kind !== 'unrelated')
    const unsure = downgrade.some((step) => step.kind === 'opaque' && step.touches === null)
    if (after === null || !acts || unsure || refusesDowngrade(migration)) return []
    if (!mayRunOn(project, postgresql)) return []
    const before = history.schemaBefore(migration.revision.id)
    const seen = new Set<string>()
    // If `upgrade` first drops or renames the type, the type already existed.
    const takesAway = (key: string) => (one: Operation) =>
      (one.kind === 'dropEnum' || one.kind === 'renameEnum') && keyOfName(one.enum) === key
    return upgrade.flatMap((step, at) => {
      if (step.kind !== 'createEnum') return []
      if (upgrade.slice(0, at).some(takesAway(keyOfName(step.enum)))) return []
      const key = keyOfName(step.enum)
      if (seen.has(key) || before.enums.has(key) || !after.enums.has(key) || isUsed(after, key)) return []
      seen.add(key)
      const fails = !step.ifNotExists || isImplied(facts, step)
      const fix = fixFor(facts, step)
      return [
        lintFinding(facts, step.span, {
          severity: fails ? 'error' : 'warning',
          message: `Type ${shown(step.enum.name)} is created here, but downgrade doesn't drop it.`,
          why: fails
            ? `After a downgrade, the next upgrade fails with DuplicateObject: type "${shown(step.enum.name)}" already exists`
            : 'After a downgrade, the next upgrade reuses the old type, even if its values no longer match.',
          remedies: [
            edit(
              `End downgrade with sa.Enum(name='${shown(step.enum.name)}').drop(op.get_bind(), checkfirst=True).`,
              'proven',
            ),
          ],
          ...(fix === null ? {} : { fix }),
        }),
      ]
    })
  },
}

/** Whether a column still uses the type, in which case the type can't be dropped. */
function isUsed(schema: MigratedSchema, key: string): boolean {
  return tablesWith(schema, `enum ${key}`).length > 0
}

/** Whether `create_table` creates the type implicitly and without checking whether it exists. */
function isImplied({ migration }: LintFacts, { span }: CreateEnum): boolean {
  return migration.source.calls.some(
    ({ callee, range }) =>
      range.line === span.line && range.column === span.column && callee === 'alembic.op.create_table',
  )
}

/** Appends DROP TYPE to `downgrade`; null if the end of its body is unclear. */
function fixFor({ migration }: LintFacts, { enum: type }: CreateEnum): readonly TextEdit[] | null {
  const { source } = migration
  const own = source.functions.filter(({ name }) => name === 'downgrade')
  const sqlalchemy = source.imports.find(({ module, name }) => module === 'sqlalchemy' && name === null)
  const op = source.imports.find(({ module, name }) => module === 'alembic' && name === 'op')
  const [downgrade] = own
  if (own.length !== 1 || downgrade === undefined || !sqlalchemy || !op || type.schema !== null) return null
  if (!/^[\w$]+$/.test(type.name)) return null
  const last = source.lines[downgrade.range.endLine - 1] ?? ''
  const body = source.lines.slice(downgrade.range.line, downgrade.range.endLine)
  const indentation = /^\s+/.exec(
    body.find((line) => /^\s+\S/.test(line) && !/^\s*[)"'#]/.test(line)) ?? '',
  )?.[0]
  // The last line may belong to a nested block or a string.
  if (indentation === undefined) return null
  const statement = `${sqlalchemy.bound}.Enum(name='${type.name}').drop(${op.bound}.get_bind(), checkfirst=True)`
  const { path, end } = downgrade.range
  if (/^\s+return\b/.test(last)) {
    // After a `return`, the statement would never run. Before a `return`, it might drop a type used by the returned
    // expression.
    const isBare = last.startsWith(`${indentation}return`) && /^\s+return(?:\s+None)?\s*$/.test(last)
    const start = end - last.trimEnd().length
    return isBare ? [{ path, start, end: start, text: `${indentation}${statement}\n` }] : null
  }
  return [{ path, start: end, end, text: `\n${indentation}${statement}` }]
}

export default rule
