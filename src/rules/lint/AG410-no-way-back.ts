import { edit } from '../../core/findings/finding.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { refusesDowngrade, schemaThereAndBack, stepsOf } from '../../core/lint/lint-steps.ts'
import { type ObjectName, type Operation, changesSchema } from '../../core/history/operation.ts'
import type { FunctionFact, Range } from '../../core/history/python-source.ts'
import { hasDowngrade } from '../../core/lint/lint-history.ts'
import { type MigratedSchema, keyOfName, tableOf } from '../../core/schema/migrated-schema.ts'
import { counted, listed, shown } from '../../core/text/display.ts'

/** Reports changes in `upgrade` that `downgrade` doesn't undo. */
const rule: MigrationRule = {
  code: 'AG410',
  name: 'no-way-back',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 73, read: 30, right: 28 },
  riskTag: 'irreversible',
  summary: "`downgrade` is missing, does nothing, or doesn't undo what `upgrade` does.",
  explanation: `If \`downgrade\` leaves changes in place, \`alembic downgrade\` still succeeds and records the older
revision. The next upgrade then fails because the objects that it creates already exist. The guard compares the two functions operation by
operation, against the schema derived from the history. It ignores row changes and changes to types or defaults.
It doesn't report a \`downgrade\` that raises an exception, one that can't be analyzed without running it, or an empty one that
explains itself in a comment or docstring. It reports nothing in projects where hardly any migration has a
downgrade.`,
  cure: 'Write the inverse of each operation, in reverse order. If an operation has no inverse, `raise NotImplementedError("why")`.',
  examples: {
    bad: {
      files: {
        'a1.py': `"""Add teams"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.create_table('teams', sa.Column('id', sa.Integer(), primary_key=True))
    op.create_table('badges', sa.Column('id', sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table('badges')
`,
      },
      underlined: `op.create_table('teams', sa.Column('id', sa.Integer(), primary_key=True))`,
    },
    good: {
      files: {
        'a1.py': `"""Add teams"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.create_table('teams', sa.Column('id', sa.Integer(), primary_key=True))
    op.create_table('badges', sa.Column('id', sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table('badges')
    op.drop_table('teams')
`,
      },
    },
  },
  inspect(facts) {
    const { migration } = facts
    const { source, upgrade, downgrade, revision } = migration
    const own = source.functions.find(({ name }) => name === 'downgrade')
    const steps = stepsOf(upgrade)
    const changes = steps.filter((step) => isChange(step) && !passesBy(facts, step))
    if (changes.length === 0 || refusesDowngrade(migration)) return []
    const why =
      'A downgrade succeeds but changes nothing, so the next upgrade may fail because its objects already exist.'
    const start = rangeOfStart(facts)
    if (own === undefined) {
      // There's no plain `def downgrade`. The function may be missing or imported.
      if (revision.module.downgrade.kind !== 'unbound' || isPolicy(facts)) return []
      return [
        lintFinding(facts, start, {
          severity: 'warning',
          message: `downgrade() is missing, but upgrade() makes ${counted(changes.length, 'schema change')}.`,
          why: `"alembic downgrade" fails with AttributeError: module has no attribute 'downgrade'`,
          remedies: [
            edit('Write downgrade(), or make it raise NotImplementedError with the reason.', 'likely'),
          ],
        }),
      ]
    }
    if (own.body === 'empty') {
      if (isExplained(facts, own) || isPolicy(facts)) return []
      return [
        lintFinding(facts, headOf(facts, own.range), {
          severity: 'warning',
          message: `downgrade() does nothing, but upgrade() makes ${counted(changes.length, 'schema change')}.`,
          why,
          remedies: [
            edit('Implement downgrade(), or make it raise NotImplementedError with the reason.', 'likely'),
          ],
        }),
      ]
    }
    const left = leftBehind(facts, stepsOf(downgrade))
    const [first] = left
    if (first === undefined) return []
    return [
      lintFinding(facts, first.step.span, {
        severity: 'warning',
        message: `downgrade() doesn't undo ${listed(left.map(({ what }) => what))}.`,
        why: "A downgrade doesn't restore the old schema, so the next upgrade may fail because its objects already exist.",
        remedies: [edit('Undo these changes in downgrade(), in reverse order.', 'likely')],
      }),
    ]
  },
}

/** Whether a comment or docstring explains the empty body. */
function isExplained({ migration }: LintFacts, { range, docstring }: FunctionFact): boolean {
  const { comments, functions } = migration.source
  const next = Math.min(...functions.map((one) => one.range.start).filter((start) => start > range.start))
  const inside = comments.filter(
    ({ range: { start }, text }) =>
      start > range.start && start < next && !/commands auto generated|end Alembic commands/.test(text),
  )
  const words = [docstring ?? '', ...inside.map(({ text }) => text)]
    .join(' ')
    .match(/(?:\p{Lu}|\p{Ll}){2,}|\p{Lo}{2}/gu)
  return (words?.length ?? 0) >= 4
}

/** Whether almost no other migration has a downgrade, so the project is probably forward-only. */
function isPolicy({ history, migration }: LintFacts): boolean {
  const others = history.order.length - 1
  const most = Math.floor(others / 10) + (hasDowngrade(migration) ? 1 : 0)
  return others >= 2 && history.downgradesUpTo(most + 1) <= most
}

/**
 * Whether the step changes the schema. Altered columns count only if renamed. Enum values don't count, because they
 * can't be removed.
 */
function isChange(step: Operation): boolean {
  if (step.kind === 'opaque') return step.touches !== null && step.touches.length > 0
  if (step.kind === 'alterColumn') return step.newName !== null
  return changesSchema(step) && step.kind !== 'addEnumValue' && step.kind !== 'raise'
}

/** Whether there's nothing to restore, for example because the table is temporary. */
function passesBy({ migration, history }: LintFacts, step: Operation): boolean {
  if (!('table' in step) || step.table === null) return false
  const { table } = step
  const { text } = migration.source
  // Compiling a pattern for each table would take most of the linting time.
  if (/\bcreate\s+temp/i.test(text)) {
    const name = table.name.replace(/[^\w]/g, '\\$&')
    const made = new RegExp(`\\bcreate\\s+temp(?:orary)?\\s+table\\s[^(;]*\\b${name}\\b`, 'i')
    if (made.test(text)) return true
  }
  const isMade = (): boolean => tableOf(history.schemaBefore(migration.revision.id), table) !== null
  return step.kind === 'dropTable' && step.ifExists && !isMade()
}

interface Left {
  readonly step: Operation
  /** Describes the step, such as `creating the table teams`. */
  readonly what: string
}

/** The steps in `upgrade` that `downgrade` doesn't undo. */
function leftBehind(facts: LintFacts, downgrade: readonly Operation[]): readonly Left[] {
  const back = schemaThereAndBack(facts)
  const opaque = downgrade.flatMap((step) => (step.kind === 'opaque' ? [step.touches] : []))
  if (back === null || opaque.includes(null)) return []
  const { id } = facts.migration.revision
  const before = facts.history.schemaBefore(id)
  const unsure = new Set(opaque.flatMap((touches) => touches ?? []).map(keyOfName))
  const steps = stepsOf(facts.migration.upgrade)
  for (const step of steps)
    if (step.kind === 'opaque') step.touches?.forEach((name) => unsure.add(keyOfName(name)))
  // An opaque step may have changed any table, so comparing schemas proves nothing.
  if (steps.some((step) => step.kind === 'opaque' && step.touches === null)) return []
  return steps.flatMap((step) => {
    const table = 'table' in step ? step.table : null
    if (table !== null && unsure.has(keyOfName(table))) return []
    const what = workLeft(step, steps, { before, back, downgrade })
    return what === null ? [] : [{ step, what }]
  })
}

interface Course {
  readonly before: MigratedSchema
  readonly back: MigratedSchema
  readonly downgrade: readonly Operation[]
}

function workLeft(step: Operation, upgrade: readonly Operation[], course: Course): string | null {
  const { before, back, downgrade } = course
  const is = (name: ObjectName): boolean => tableOf(back, name) !== null
  const was = (name: ObjectName): boolean => tableOf(before, name) !== null
  switch (step.kind) {
    case 'createTable':
      // If `downgrade` creates the table, it existed before the upgrade.
      if (
        downgrade.some((one) => one.kind === 'createTable' && keyOfName(one.table) === keyOfName(step.table))
      )
        return null
      return is(step.table) && !was(step.table) && !step.ifNotExists
        ? `creating ${tableWords(step.table)}`
        : null
    case 'dropTable':
      return was(step.table) && !is(step.table) ? `dropping ${tableWords(step.table)}` : null
    case 'addColumn': {
      const { name } = step.column
      const had = tableOf(before, step.table)?.columns.has(name) === true
      const has = tableOf(back, step.table)?.columns.has(name) === true
      // A column with this name may already have existed.
      const drops = downgrade.some(
        (one) =>
          one.kind === 'dropColumn' && one.column === name && keyOfName(one.table) === keyOfName(step.table),
      )
      return has && !had && !drops && !step.ifNotExists ? `adding ${columnWords(step.table, name)}` : null
    }
    case 'dropColumn': {
      const had = tableOf(before, step.table)?.columns.has(step.column) === true
      const has = tableOf(back, step.table)?.columns.has(step.column) === true
      return had && !has && is(step.table) ? `dropping ${columnWords(step.table, step.column)}` : null
    }
    case 'renameTable':
      return was(step.table) && !is(step.table) && is(step.to) ? `renaming ${tableWords(step.table)}` : null
    case 'createIndex': {
      if (!is(step.table) || step.ifNotExists || step.index.name === null) return null
      const { name } = step.index
      const gone =
        downgrade.some((one) => one.kind === 'dropIndex' && (one.index.name === name || !one.exact)) ||
        downgrade.some((one) => one.kind === 'renameIndex' && one.index.name === name) ||
        // The index existed before if `downgrade` creates it or `upgrade` drops it.
        downgrade.some((one) => one.kind === 'createIndex' && one.index.name === name) ||
        upgrade.some((one) => one.kind === 'dropIndex' && one.index.name === name) ||
        losesColumns(course, step.table, step.index.columns)
      return gone ? null : `creating the index ${shown(name)}`
    }
    case 'addConstraint': {
      const { name } = step.constraint
      // AG414 reports unnamed constraints, which can't be dropped by name.
      if (!is(step.table) || name === null) return null
      const columns = 'columns' in step.constraint ? step.constraint.columns : checkedColumns(step, downgrade)
      const drops = (one: Operation): boolean =>
        (one.kind === 'dropConstraint' && (one.name === name || !one.exact || !step.constraint.exact)) ||
        (one.kind === 'addConstraint' && one.constraint.name === name && downgrade.includes(one))
      const gone = downgrade.some(drops) || upgrade.some(drops) || losesColumns(course, step.table, columns)
      return gone ? null : `adding the constraint ${shown(name)}`
    }
    default:
      return null
  }
}

/** Dropped columns used by a CHECK constraint. PostgreSQL drops the constraint along with the column. */
function checkedColumns(
  { table, constraint }: Extract<Operation, { kind: 'addConstraint' }>,
  downgrade: readonly Operation[],
): readonly string[] {
  const text = constraint.kind === 'check' ? constraint.text : null
  return downgrade.flatMap((step) => {
    if (step.kind !== 'dropColumn' || keyOfName(step.table) !== keyOfName(table)) return []
    return text === null || text.includes(step.column) ? [step.column] : []
  })
}

/** Whether `downgrade` drops the table or one of these columns, along with dependent objects. */
function losesColumns(
  { back, downgrade }: Course,
  table: ObjectName,
  columns: readonly (string | null)[],
): boolean {
  const left = tableOf(back, table)
  const key = keyOfName(table)
  const drops = downgrade.some(
    (one) =>
      (one.kind === 'dropColumn' &&
        keyOfName(one.table) === key &&
        // A null entry is an index expression, which may use any column.
        (columns.includes(one.column) || columns.includes(null))) ||
      (one.kind === 'dropTable' && keyOfName(one.table) === key),
  )
  if (left === null || drops) return true
  return left.complete && columns.some((column) => column !== null && !left.columns.has(column))
}

function tableWords({ schema, name }: ObjectName): string {
  return `the table ${shown(schema === null ? name : `${schema}.${name}`)}`
}

function columnWords({ name }: ObjectName, column: string): string {
  return `the column ${shown(name)}.${shown(column)}`
}

/** The source range of the `def` line. */
function headOf({ migration }: LintFacts, range: Range): Range {
  const line = migration.source.lines[range.line - 1] ?? ''
  const end = range.start + line.length - (range.column - 1)
  return { ...range, endLine: range.line, endColumn: [...line].length + 1, end }
}

function rangeOfStart(facts: LintFacts): Range {
  const { source } = facts.migration
  const upgrade = source.functions.find(({ name }) => name === 'upgrade')
  if (upgrade) return headOf(facts, upgrade.range)
  return { path: source.path, line: 1, column: 1, endLine: 1, endColumn: 2, start: 0, end: 1 }
}

export default rule
