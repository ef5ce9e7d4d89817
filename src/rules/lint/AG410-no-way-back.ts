import { edit } from '../../core/findings/finding.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { refusesDowngrade, schemaThereAndBack, stepsOf } from '../../core/lint/lint-steps.ts'
import { type ObjectName, type Operation, changesSchema } from '../../core/history/operation.ts'
import type { FunctionFact, Range } from '../../core/history/python-source.ts'
import { type MigratedSchema, keyOfName, tableOf } from '../../core/schema/migrated-schema.ts'
import { counted, listed, shown } from '../../core/text/display.ts'

/** What `upgrade` does is still done after `downgrade`. */
const rule: MigrationRule = {
  code: 'AG410',
  name: 'no-way-back',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 73, read: 30, right: 28 },
  riskTag: 'no way back',
  summary: '`downgrade` is missing, does nothing, or does not undo what `upgrade` does.',
  explanation: `\`alembic downgrade\` then succeeds, writes the older version into the version table and leaves the
schema as it was. The next upgrade creates what is there already and stops. The two functions are compared operation by
operation, with the schema as the history leaves it. Rows are not looked at, and neither are changes of a type or a
default. A \`downgrade\` that raises says the truth and is left alone; so is one that only running would tell, one that is
empty and says why in a comment or a docstring, and a project of which hardly any migration has a way back.`,
  cure: 'Write the inverse of each operation, last one first. Where there is none: `raise NotImplementedError("why")`.',
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
    const why = 'A downgrade succeeds and changes nothing, and the next upgrade may find existing objects.'
    const start = rangeOfStart(facts)
    if (own === undefined) {
      // Bound in another way, such as an import.
      if (revision.module.downgrade.kind !== 'unbound' || isPolicy(facts)) return []
      return [
        lintFinding(facts, start, {
          severity: 'warning',
          message: `There is no downgrade(), and upgrade() takes ${counted(changes.length, 'step')} that change the schema.`,
          why: `"alembic downgrade" stops with AttributeError: module has no attribute 'downgrade'`,
          remedies: [
            edit('Write downgrade(), or let it raise NotImplementedError with the reason.', 'likely'),
          ],
        }),
      ]
    }
    if (own.body === 'empty') {
      if (isExplained(facts, own) || isPolicy(facts)) return []
      return [
        lintFinding(facts, headOf(facts, own.range), {
          severity: 'warning',
          message: `downgrade() does nothing, and upgrade() takes ${counted(changes.length, 'step')} that change the schema.`,
          why,
          remedies: [edit('Write it, or let it raise NotImplementedError with the reason.', 'likely')],
        }),
      ]
    }
    const left = leftBehind(facts, stepsOf(downgrade))
    const [first] = left
    if (first === undefined) return []
    return [
      lintFinding(facts, first.step.span, {
        severity: 'warning',
        message: `downgrade() does not undo ${listed(left.map(({ what }) => what))}.`,
        why: "After a downgrade the schema isn't what it was, and the next upgrade may find existing objects.",
        remedies: [edit('Undo it in downgrade(), last step first.', 'likely')],
      }),
    ]
  },
}

/** Does a comment or a docstring say why it does nothing, in more words than "Downgrade schema."? */
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

/** Of several other migrations hardly one has a way back: the project goes forward only. */
function isPolicy({ history, migration }: LintFacts): boolean {
  const others = history.order.filter((id) => id !== migration.revision.id)
  let most = others.length / 10
  return (
    others.length >= 2 &&
    others.every((id) => {
      const own = history.of(id)?.source.functions.find(({ name }) => name === 'downgrade')
      if (own === undefined || own.body === 'empty') return true
      most -= 1
      return most >= 0
    })
  )
}

/** A change of the schema that is understood, or one of a known table under a condition. No enum value can go. */
function isChange(step: Operation): boolean {
  if (step.kind === 'opaque') return step.touches !== null && step.touches.length > 0
  if (step.kind === 'alterColumn') return step.newName !== null
  return changesSchema(step) && step.kind !== 'addEnumValue'
}

/** A temporary table, or one that no migration made and that goes only if it is there: there is nothing to restore. */
function passesBy({ migration, history }: LintFacts, step: Operation): boolean {
  if (!('table' in step) || step.table === null) return false
  const { table } = step
  const name = table.name.replace(/[^\w]/g, '\\$&')
  if (
    new RegExp(`\\bcreate\\s+temp(?:orary)?\\s+table\\s[^(;]*\\b${name}\\b`, 'i').test(migration.source.text)
  )
    return true
  const isMade = (): boolean => tableOf(history.schemaBefore(migration.revision.id), table) !== null
  return step.kind === 'dropTable' && step.ifExists && !isMade()
}

interface Left {
  readonly step: Operation
  /** `creating the table teams` */
  readonly what: string
}

/** The steps of `upgrade` whose work is still done when `downgrade` has run. */
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
  // What an opaque step may have done to any table can't be told from what is left.
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
      // One that downgrade makes itself is another one, the one before.
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
      // One of that name may be there again under its old name: the table before is not always known.
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
        // The one before had the same name.
        downgrade.some((one) => one.kind === 'createIndex' && one.index.name === name) ||
        upgrade.some((one) => one.kind === 'dropIndex' && one.index.name === name) ||
        losesColumns(course, step.table, step.index.columns)
      return gone ? null : `creating the index ${shown(name)}`
    }
    case 'addConstraint': {
      const { name } = step.constraint
      // One without a name can't be dropped by it; another rule speaks of that.
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

/** The columns that `downgrade` drops and that a condition names: on PostgreSQL it goes with them. */
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

/** Something on a column goes with it, and with a table that it refers to. */
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
        // An expression may hold any column.
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

/** The `def` line alone. */
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
