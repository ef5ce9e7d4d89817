import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { callAt } from '../../core/lint/call-edits.ts'
import { lockedTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import type { Column, Operation } from '../../core/history/operation.ts'
import { shown } from '../../core/text/display.ts'

/** Reports new columns for which PostgreSQL must compute or write a value in every existing row. */
const rule: MigrationRule = {
  code: 'AG422',
  name: 'volatile-default-rewrite',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 19, read: 19, right: 19 },
  riskTag: 'locks',
  lock: { table: 'users', mode: 'AccessExclusiveLock', rewrites: true },
  summary: 'A new column has a default that is computed for each row, so the whole table is rewritten.',
  explanation: `Since PostgreSQL 11, adding a column with a constant default is instant: the value is stored in the
catalog. That requires one value for all rows. \`gen_random_uuid()\`, \`random()\`, \`clock_timestamp()\`, a sequence
(\`SERIAL\`, an identity) and a stored generated column yield a different value for each row. PostgreSQL then
rewrites the table and all its indexes under an ACCESS EXCLUSIVE lock, and all reads and writes wait. \`now()\` is
the same for all rows and doesn't cause a rewrite.`,
  cure: 'Add the column without the default, set the default in a second statement (it then applies to new rows only), and fill existing rows in batches outside the migration.',
  examples: {
    bad: {
      files: afterTables(
        [
          "op.add_column('users', sa.Column('token', sa.Text(), server_default=sa.text('gen_random_uuid()')))",
        ],
        ["op.drop_column('users', 'token')"],
      ),
      underlined:
        "op.add_column('users', sa.Column('token', sa.Text(), server_default=sa.text('gen_random_uuid()')))",
    },
    good: {
      files: afterTables(
        [
          "op.add_column('users', sa.Column('token', sa.Text(), nullable=True))",
          "op.alter_column('users', 'token', server_default=sa.text('gen_random_uuid()'))",
        ],
        ["op.drop_column('users', 'token')"],
      ),
    },
  },
  inspect(facts) {
    const steps = upgradeSteps(facts)
    return steps.flatMap((step, at) => {
      if (step.kind !== 'addColumn') return []
      const reason =
        perRow(step.column, facts.project.postgresMajor) ??
        calledPerRow(facts, step) ??
        numberedKey(facts, step)
      const locked = reason === null ? null : lockedTable(facts, step.table, at)
      if (reason === null || locked === null) return []
      return [
        lintFinding(facts, step.span, {
          severity: locked.severity,
          message: `${reason}, so PostgreSQL rewrites ${shown(locked.name)} and its indexes under an ACCESS EXCLUSIVE lock.`,
          why: `All reads and writes on ${shown(locked.name)} wait until the migration's transaction ends.`,
          evidence: sizeRows(locked),
          remedies: [
            edit(
              'Add the column without the default, set it with alter_column(..., server_default=...), and fill existing rows in batches.',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

/** Volatile PostgreSQL functions that are commonly used as defaults. */
const volatile =
  /\b(?:gen_random_uuid|uuid_generate_v\d\w*|uuidv[47]|random|clock_timestamp|timeofday|nextval|gen_random_bytes|gen_salt)\s*\(/i

/** Why PostgreSQL computes or writes a value for each row; null if that isn't certain. */
function perRow(
  { name, type, serverDefault, identity, generated }: Column,
  major: number | null,
): string | null {
  if (/^(?:small|big)?serial\d?$/i.test(type.source))
    return `The ${type.source.toLowerCase()} column ${shown(name)} assigns a number to each row`
  if (identity !== undefined) return `The identity column ${shown(name)} assigns a number to each row`
  // Without STORED, PostgreSQL 18 and newer versions of SQLAlchemy create virtual columns, which are computed when
  // they are read.
  if (generated === 'stored' || (generated === 'unknown' && (major ?? 17) < 18))
    return `The generated column ${shown(name)} is computed and stored for each row`
  if (serverDefault.kind !== 'present' || serverDefault.text === null) return null
  const { text } = serverDefault
  const call = volatile.exec(text)
  if (call !== null)
    return `The default of column ${shown(name)} is computed for each row (${shown(call[0].trim())}))`
  const old = major !== null && major < 11 && !/^null\b/i.test(text)
  return old ? `Before PostgreSQL 11, the default of column ${shown(name)} is written to each row` : null
}

/** Why a default built with SQLAlchemy, such as `sa.func.nextval("s")`, is computed for each row. */
function calledPerRow({ migration }: LintFacts, { column, span }: AddColumn): string | null {
  const { path, calls } = migration.source
  if (column.serverDefault.kind !== 'present' || column.serverDefault.text !== null || span.path !== path)
    return null
  const whole = calls.find(({ range }) => range.line === span.line && range.column === span.column)?.range
  const call = calls.find(
    ({ written, range }) =>
      whole !== undefined &&
      whole.start <= range.start &&
      range.end <= whole.end &&
      (written.endsWith('.next_value') || (/\bfunc\.\w+$/.test(written) && volatile.test(`${written}(`))),
  )
  return call === undefined
    ? null
    : `The default of column ${shown(column.name)} is computed for each row (${shown(call.written)}())`
}

/** SQLAlchemy makes an integer column with `primary_key=True` a `SERIAL`, which numbers each row. */
function numberedKey({ migration }: LintFacts, { column, span }: AddColumn): string | null {
  const { name, type, serverDefault } = column
  const isInteger = /^(?:small|big)?int(?:eger)?\d?$/.test(type.postgres ?? '')
  const directive = callAt(migration.source, span)
  // Alembic's `add_column` creates no primary key, so the parsed operation's default is unknown.
  if (!isInteger || serverDefault.kind !== 'unknown') return null
  if (directive?.callee !== 'alembic.op.add_column') return null
  const { start, end } = directive.range
  const inside = migration.source.calls.filter(({ range }) => start < range.start && range.end <= end)
  const otherwise = inside.some(
    ({ callee, args }) =>
      /(?:^|\.)(?:ForeignKey|Sequence)$/.test(callee) ||
      args.some(({ keyword, source }) => keyword === 'autoincrement' && source !== 'True'),
  )
  const isKey = inside.some(({ args }) =>
    args.some(({ keyword, source }) => keyword === 'primary_key' && source === 'True'),
  )
  return otherwise || !isKey
    ? null
    : `The primary key column ${shown(name)} is a SERIAL, which assigns a number to each row`
}

type AddColumn = Extract<Operation, { kind: 'addColumn' }>

export default rule
