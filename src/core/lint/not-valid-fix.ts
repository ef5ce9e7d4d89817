/** Adds a constraint as NOT VALID, to be validated in a separate migration. */
import { dialectNamed } from '../dialect/index.ts'
import type { ConstraintToValidate, Discovery } from '../findings/finding.ts'
import type { ObjectName, Operation } from '../history/operation.ts'
import type { TextEdit } from '../text/text-edits.ts'
import { addedKeyword, callAt } from './call-edits.ts'
import type { LintFacts } from './lint-rule.ts'
import { sameTable, upgradeSteps } from './lock-facts.ts'

type AddConstraint = Extract<Operation, { kind: 'addConstraint' }>

const directives = /^alembic\.op\.create_(?:foreign_key|check_constraint)$/

/**
 * Returns the edit, and the constraint to validate later. Empty if the edit isn't safe or the constraint has no name.
 * Also empty if the user must decide, because there's another head or database, or because a later step may drop or
 * rename the constraint or its table.
 */
export function notValidFix(
  facts: LintFacts,
  step: AddConstraint,
  at: number,
): Pick<Discovery, 'fix' | 'validates'> {
  const { graph, migration, project } = facts
  const { name, exact } = step.constraint
  const isOnlyHead = graph.heads.length === 1 && graph.heads[0] === migration.revision.id
  const elsewhere = project.dialects.some((one) => dialectNamed(one.name)?.validatesLater !== true)
  const later = upgradeSteps(facts).slice(at + 1)
  if (name === null || !isOnlyHead || elsewhere || later.some((one) => mayUndo(one, step.table))) return {}
  const edit = directiveEdit(facts, step) ?? statementEdit(facts, step)
  if (edit === null) return {}
  const validates: ConstraintToValidate = {
    table: step.table,
    constraint: name,
    exact,
    after: migration.revision.id,
  }
  return { fix: [edit], validates }
}

/** Whether the step may drop or rename the constraint or its table. */
function mayUndo(step: Operation, table: ObjectName): boolean {
  switch (step.kind) {
    case 'opaque':
      return true
    case 'dropTable':
    case 'renameTable':
    case 'dropConstraint':
    case 'renameConstraint':
      return sameTable(step.table, table)
    default:
      return false
  }
}

/** Adds `postgresql_not_valid=True` (SQLAlchemy 1.4.32 and later). */
function directiveEdit(
  { migration: { source }, project }: LintFacts,
  { span }: AddConstraint,
): TextEdit | null {
  const call = callAt(source, span)
  const isPlain = call?.function === 'upgrade' && call.within.length === 1 && directives.test(call.callee)
  if (!call || !isPlain || project.sqlalchemyMajor === 1) return null
  const added = addedKeyword(source, call, 'postgresql_not_valid=True')
  return added && { path: source.path, start: added.at, end: added.at, text: added.text }
}

/** Appends `NOT VALID` to the SQL of an `op.execute` call. */
function statementEdit({ migration: { source, sql } }: LintFacts, { span }: AddConstraint): TextEdit | null {
  const call = callAt(source, span)
  const [only, ...others] = call?.args ?? []
  const own = sql.upgrade.filter((one) => one.span.line === span.line && one.span.column === span.column)
  const [statement] = own
  if (!call || call.callee !== 'alembic.op.execute' || call.function !== 'upgrade') return null
  if (only?.kind !== 'string' || others.length > 0 || call.within.length !== 1) return null
  if (own.length !== 1 || !statement || hasSeveralActions(statement.tokens)) return null
  // A literal that contains escapes or comments can't be edited safely.
  const literal = /^(?<open>"""|'''|"|')(?<text>[^\\]*?)(?<end>\s*;?\s*)\k<open>$/.exec(only.source)?.groups
  if (!literal || /--|\/\*|["']{3}/.test(literal['text'] ?? '')) return null
  const start = only.range.start + (literal['open'] ?? '').length + (literal['text'] ?? '').length
  return { path: source.path, start, end: start, text: ' NOT VALID' }
}

function hasSeveralActions(tokens: readonly { readonly word: string; readonly kind: string }[]): boolean {
  let depth = 0
  return tokens.some(({ kind, word }) => {
    if (kind === 'mark' && word === '(') depth++
    if (kind === 'mark' && word === ')') depth--
    return kind === 'hole' || (kind === 'mark' && word === ',' && depth === 0)
  })
}
