import { quoteText } from '../../core/text/sql-quoting.ts'
import { type Discovery, edit } from '../../core/findings/finding.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { refusesDowngrade, stepsOf } from '../../core/lint/lint-steps.ts'
import type { AddEnumValue } from '../../core/history/operation.ts'
import { keyOfName } from '../../core/schema/migrated-schema.ts'
import { shown } from '../../core/text/display.ts'

/** Reports `ALTER TYPE … ADD VALUE` statements that fail on the first run or on a rerun. */
const rule: MigrationRule = {
  code: 'AG404',
  name: 'enum-value-unsafe',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 18, read: 18, right: 18 },
  summary:
    'An enum value is used too early, added without IF NOT EXISTS, or added where PostgreSQL rejects it.',
  explanation: `A value can't be removed from a PostgreSQL enum. So an upgrade after a downgrade, or a retry after
a failure, fails with *enum label "…" already exists*. From PostgreSQL 12 on, a transaction can add a new value
but can't use it before the commit: *unsafe use of new value "…" of enum type*. Before 12, it
can't add one at all: *ALTER TYPE … ADD cannot run inside a transaction block*. Types created in the same
transaction are exempt, except in PostgreSQL 12 to 16. Alembic runs migrations in a transaction, by default all of
them in one.`,
  cure: "Use `ALTER TYPE … ADD VALUE IF NOT EXISTS '…'` inside `with op.get_context().autocommit_block():`. Use the value in a later migration, or after that block.",
  examples: {
    bad: {
      files: {
        'a1.py': `"""Add a state"""
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.execute("CREATE TYPE state AS ENUM ('open')")
    op.execute("CREATE TABLE orders (id integer PRIMARY KEY, state state)")


def downgrade():
    op.execute("DROP TABLE orders")
    op.execute("DROP TYPE state")
`,
        'b2.py': `"""Add a state"""
from alembic import op

revision = 'b2'
down_revision = 'a1'


def upgrade():
    op.execute("ALTER TYPE state ADD VALUE IF NOT EXISTS 'paid'")
    op.execute("UPDATE orders SET state = 'paid'")


def downgrade():
    op.execute("UPDATE orders SET state = 'open'")
`,
      },
      underlined: `op.execute("ALTER TYPE state ADD VALUE IF NOT EXISTS 'paid'")`,
    },
    good: {
      files: {
        'a1.py': `"""Add a state"""
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.execute("CREATE TYPE state AS ENUM ('open')")
    op.execute("CREATE TABLE orders (id integer PRIMARY KEY, state state)")


def downgrade():
    op.execute("DROP TABLE orders")
    op.execute("DROP TYPE state")
`,
        'b2.py': `"""Add a state"""
from alembic import op

revision = 'b2'
down_revision = 'a1'


def upgrade():
    with op.get_context().autocommit_block():
        op.execute("ALTER TYPE state ADD VALUE IF NOT EXISTS 'paid'")
    op.execute("UPDATE orders SET state = 'paid'")


def downgrade():
    op.execute("UPDATE orders SET state = 'open'")
`,
      },
    },
  },
  inspect(facts) {
    const steps = stepsOf(facts.migration.upgrade)
    const { postgresMajor } = facts.project
    const spoken = new Set<string>()
    return steps.flatMap((step, at) => {
      if (step.kind !== 'addEnumValue') return []
      const earlier = steps.slice(0, at)
      // If the same transaction created the type, using the new value fails only on PostgreSQL 12 to 16.
      const fresh = earlier.some(
        (one) => one.kind === 'createEnum' && keyOfName(one.enum) === keyOfName(step.enum),
      )
      const own = fresh && (postgresMajor === null || postgresMajor >= 17 || postgresMajor < 12)
      const commits = steps.some((one) => one.kind === 'unrelated' && one.what === 'transaction')
      const outside = step.autocommit === true || commits || /AUTOCOMMIT/.test(facts.migration.source.text)
      const value = shown(step.value)
      const type = shown(step.enum.name)
      const use = own || outside ? null : useOf(facts, step)
      if (!fresh && !outside && postgresMajor !== null && postgresMajor < 12) {
        return [
          lintFinding(facts, step.span, {
            severity: 'error',
            message: `A value is added to enum type ${type} inside a transaction, on PostgreSQL ${postgresMajor}.`,
            why: 'The upgrade fails with ActiveSqlTransaction: ALTER TYPE ... ADD cannot run inside a transaction block',
            remedies: [
              edit('Put the statement inside "with op.get_context().autocommit_block():".', 'proven'),
            ],
          }),
        ]
      }
      if (use !== null) {
        return [
          lintFinding(facts, step.span, {
            severity: 'error',
            message: `Value ${value} is added to enum type ${type} and used on line ${use} in the same transaction.`,
            why: `The upgrade fails with UnsafeNewEnumValueUsage: unsafe use of new value "${value}" of enum type ${type}`,
            remedies: [
              edit('Put the ALTER TYPE inside "with op.get_context().autocommit_block():".', 'proven'),
              edit('Or use the value in a later migration that runs in a separate transaction.', 'likely'),
            ],
          }),
        ]
      }
      // Report each type once per migration.
      if (step.ifNotExists || fresh || spoken.has(keyOfName(step.enum)) || isTakenBack(facts, step)) return []
      spoken.add(keyOfName(step.enum))
      return [
        lintFinding(facts, step.span, {
          severity: 'warning',
          message: `Value ${value} is added to enum type ${type} without IF NOT EXISTS.`,
          why: "The downgrade doesn't remove the value, so the next upgrade fails with DuplicateObject: enum label already exists",
          remedies: [edit('Use ADD VALUE IF NOT EXISTS.', 'proven')],
          ...withGuard(facts, step),
        }),
      ]
    })
  },
}

/** Returns an edit that inserts IF NOT EXISTS; empty unless the only argument is a string literal. */
function withGuard({ migration: { source } }: LintFacts, { span }: AddEnumValue): Pick<Discovery, 'fix'> {
  const call = source.calls.find(({ range }) => range.line === span.line && range.column === span.column)
  const [only, ...others] = call?.args ?? []
  if (only === undefined || only.kind !== 'string' || others.length > 0 || span.path !== source.path)
    return {}
  const found = [
    ...source.text.slice(only.range.start, only.range.end).matchAll(/\bADD\s+VALUE[ ]+(?!IF\b)/gi),
  ]
  // Several matches mean several statements, but only one of them was checked.
  const [match, ...more] = found
  if (match === undefined || more.length > 0) return {}
  const at = only.range.start + match.index + match[0].length
  return { fix: [{ path: source.path, start: at, end: at, text: 'IF NOT EXISTS ' }] }
}

/** Whether `downgrade` makes a rerun safe. */
function isTakenBack({ migration }: LintFacts, { enum: type }: AddEnumValue): boolean {
  const key = keyOfName(type)
  const { strings } = migration.source
  return (
    refusesDowngrade(migration) ||
    strings.some(({ function: where, text }) => where === 'downgrade' && /\bpg_enum\b/i.test(text)) ||
    stepsOf(migration.downgrade).some(
      (step) =>
        ((step.kind === 'renameEnum' || step.kind === 'dropEnum') && keyOfName(step.enum) === key) ||
        (step.kind === 'opaque' && step.source.includes(type.name)),
    )
  )
}

/** The first line that uses the new value, if any. */
function useOf({ migration }: LintFacts, { value, span }: AddEnumValue): number | null {
  const { source } = migration
  const after = (line: number): boolean => line > span.line
  const quoted = quoteText(value)
  const sql = source.strings.find(
    ({ text, range, function: where }) =>
      where === 'upgrade' &&
      after(range.line) &&
      text.includes(quoted) &&
      /^\s*(?:--[^\n]*\n\s*)*(?:INSERT|UPDATE|DELETE|SELECT|WITH|ALTER TABLE|CREATE (?:UNIQUE )?INDEX)\b/i.test(
        text,
      ),
  )
  if (sql) return sql.range.line
  const call = source.calls.find(
    ({ callee, args, range, function: where }) =>
      where === 'upgrade' &&
      after(range.line) &&
      args.some(
        ({ keyword, text, items }) =>
          (keyword === 'server_default' && (text === value || text === quoted)) ||
          (callee.endsWith('.values') && (text === value || items.some((each) => each.text === value))),
      ),
  )
  return call?.range.line ?? null
}

export default rule
