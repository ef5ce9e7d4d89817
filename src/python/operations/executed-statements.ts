/** Reads the statement passed to `execute`. */
import { bindParameter } from '../../core/expressions/tokens.ts'
import type { Operation } from '../../core/history/operation.ts'
import { possibleValues } from '../interpreter/possible-values.ts'
import { type Call, sourceOf, spanOf } from '../interpreter/run.ts'
import { type Made, type Term, flagOf, isOpen, stringOf } from '../interpreter/values.ts'
import { classOf } from './columns.ts'
import { type RecordingContext, keepText } from './recording.ts'
import { rowsOfConstruct } from './row-constructs.ts'
import { isForeignToSqlite } from './sql/sqlite-syntax.ts'
import { operationsOfSql } from './sql/statements.ts'
import { statementsOf, tokensOfSql } from './sql/tokens.ts'

/** Returns the operations performed by the executed statement; null if unknown. */
export function stepsOfExecute(
  statement: Term,
  call: Call,
  context: RecordingContext,
): readonly Operation[] | null {
  return stepsOf(statement, call, context) ?? possibleSteps(call, context)
}

/** Whether the SQL is executed on a connection that the migration itself opened. */
export function isOther({ called }: Call): boolean {
  return called.kind === 'member' && called.owner.kind === 'bind' && called.owner.other === true
}

/** Matches all parameters in `text()`. */
const parameters = new RegExp(bindParameter, 'gu')

/** Returns a parameter of `text()` that gets no value; null if there is none. */
export function missingParameter(statement: Term, { called, args, keywords }: Call): string | null {
  const made = statement.kind === 'made' && classOf(statement) === 'text' ? statement : null
  const isBind = called.kind === 'member' && called.owner.kind === 'bind'
  // A connection executes a plain string without reading its parameters.
  const text = stringOf(made ? made.args[0] : isBind ? undefined : statement)
  if (text === null || made?.more !== undefined || made?.keywords.has('**')) return null
  const [, values] = isBind ? args : []
  const isKnown = values === undefined || (values.kind === 'dict' && !values.spoiled && !values.open)
  if (!isKnown || (isBind && keywords.size > 0)) return null
  const given = new Set(made?.keywords.keys())
  if (values?.kind === 'dict') for (const { key } of values.entries.values()) given.add(stringOf(key) ?? '')
  const found = [...text.matchAll(parameters)].map(([, name = '']) => name)
  return found.find((name) => !given.has(name)) ?? null
}

/**
 * Handles a statement in a variable. Returns a data step if every possible statement affects only rows; null otherwise.
 */
function possibleSteps(call: Call, context: RecordingContext): readonly Operation[] | null {
  const [given] = call.node.args
  // Look inside `text(sql)`.
  const inner = given?.nodeType === 'Call' && given.args.length === 1 ? given.args[0] : given
  const isText =
    given === inner || (given?.nodeType === 'Call' && /\btext$/.test(sourceOf(context.run, given.func)))
  if (inner?.nodeType !== 'Name' || !isText) return null
  const values = possibleValues(inner.id, call.scope, context.run)
  const isRows = values?.every((value) =>
    stepsOf(value, call, context)?.every((step) => step.kind === 'data'),
  )
  return isRows ? [{ kind: 'data', span: spanOf(context.run, call.node) }] : null
}

function stepsOf(statement: Term, call: Call, context: RecordingContext): readonly Operation[] | null {
  const span = spanOf(context.run, call.node)
  if (statement.kind === 'str' || statement.kind === 'template') {
    const text = statement.kind === 'str' ? statement.value : statement.text
    if (!isOther(call)) keepText(context, text, span)
    // Python's sqlite3 accepts only one statement per call.
    if (context.dialect === 'sqlite' && isSeveral(text))
      return [{ kind: 'unrelated', what: 'several statements in one call', span }]
    if (context.dialect === 'sqlite' && isForeignToSqlite(text))
      return [{ kind: 'unrelated', what: 'SQL for another database', span }]
    const steps = operationsOfSql(text, span)
    // psycopg2 expects a value for a single `%`.
    return isDriverSql(call) && /(?<!%)(?:%%)*%(?!%)/.test(text)
      ? [{ kind: 'data', readOnly: true, span }, ...steps]
      : steps
  }
  if (statement.kind === 'items') {
    const inner = statement.items.map((item) => stepsOf(item, call, context) ?? [null])
    const steps = inner.flat()
    return statement.spoiled || isOpen(statement) || steps.includes(null)
      ? null
      : steps.filter((step) => step !== null)
  }
  if (statement.kind === 'member') return stepsOf(statement.owner, call, context)
  const kind = classOf(statement)
  if (statement.kind !== 'made' || kind === null) return null
  const [first] = statement.args
  const name = stringOf(first)
  if (/^(?:text|DDL)$/.test(kind)) return first === undefined ? null : stepsOf(first, call, context)
  if (kind === 'CreateSchema' && name !== null) {
    const present = flagOf(statement.keywords.get('if_not_exists'), false)
    return present === null ? null : [{ kind: 'createSchema', schema: name, ifNotExists: present, span }]
  }
  if (/^(?:Create|Drop)Sequence$/.test(kind)) {
    const text = context.dialect === 'postgresql' ? sequenceSql(kind, statement) : null
    const known = text === null ? null : operationsOfSql(text, span)
    return known ?? [{ kind: 'unrelated', what: 'sequence', span }]
  }
  if (/^(?:Create|Drop|Add|Set|Alter|Rename)[A-Z]/.test(kind)) return null
  return [rowsOfConstruct(statement, span)]
}

/** Whether the call passes plain SQL to the driver, with an empty collection of values. */
function isDriverSql({ called, args: [statement, ...values] }: Call): boolean {
  if (called.kind !== 'member' || called.owner.kind !== 'bind' || values.length > 0) return false
  const isPlain = statement?.kind === 'str' || statement?.kind === 'template'
  return called.name === 'exec_driver_sql' || (isPlain && called.owner.is === 'connection')
}

/** Whether the text contains several SQL statements. Statements inside `CREATE TRIGGER` don't count. */
function isSeveral(text: string): boolean {
  const statements = statementsOf(tokensOfSql(text) ?? [])
  return statements.length > 1 && !statements.some((one) => one.some(({ word }) => word === 'trigger'))
}

/** Returns the SQL for `CreateSequence(Sequence(name))` or `DropSequence`; null if there are options or a schema. */
function sequenceSql(kind: string, { args, keywords }: Made): string | null {
  const [sequence, ...others] = args
  if (sequence?.kind !== 'made' || classOf(sequence) !== 'Sequence') return null
  const [given, ...options] = sequence.args
  const name = stringOf(given)
  if (name === null || others.length + options.length + keywords.size + sequence.keywords.size > 0)
    return null
  return `${kind === 'CreateSequence' ? 'CREATE' : 'DROP'} SEQUENCE "${name.replaceAll('"', '""')}"`
}
