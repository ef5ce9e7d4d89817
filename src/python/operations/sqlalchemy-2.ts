/** Calls that SQLAlchemy 2 rejects but 1.4 accepts. Checked against SQLAlchemy 1.4.46, 2.0.54 and 2.1.1. */
import type { PythonError } from '../../core/history/migration-module.ts'
import { pythonRepr } from '../../core/text/python-text.ts'
import { type Call, spanOf } from '../interpreter/run.ts'
import { type Term, stringOf } from '../interpreter/values.ts'
import { isTable } from './models.ts'
import { type RecordingContext, emitOpaque } from './recording.ts'

/**
 * Returns true and records the exception if the call definitely raises one. If SQLAlchemy's version is unknown, records
 * a possible exception.
 */
export function raisesInSqlalchemy2(call: Call, context: RecordingContext): boolean {
  const { run, asked, sqlalchemyMajor } = context
  if (sqlalchemyMajor === undefined || !asked.running || run.silent || run.raised !== null) return false
  const removed = removedCall(call)
  const major = removed && sqlalchemyMajor()
  if (removed === null || major === 1) return false
  if (major === 2 && run.under === null) {
    run.raised = { error: removed, span: spanOf(run, call.node) }
    return true
  }
  const reason =
    major === 2
      ? "SQLAlchemy 2 rejects this call, but it's unclear whether the call runs"
      : 'SQLAlchemy 2, which the project may use, rejects this call'
  emitOpaque(context, call.node, reason, [], [])
  return false
}

/** Returns SQLAlchemy 2's exception for the call, with a suggested rewrite; null if there is none. */
function removedCall(call: Call): PythonError | null {
  const { called } = call
  if (called.kind === 'imported') return removedFunction(call, called.path)
  if (called.kind !== 'member') return null
  const { owner, name } = called
  if (owner.kind === 'bind') return removedExecution(call, owner.is, name)
  return isTable(owner) ? removedStatement(call, name) : null
}

/** Matches names in `sqlalchemy`, `sqlalchemy.schema` and `sqlalchemy.sql`. */
const functions = /^sqlalchemy\.(?:(?:sql|schema|sql\.expression)\.)?(?<name>\w+)$/

function removedFunction({ args, keywords }: Call, path: string): PythonError | null {
  const name = functions.exec(path)?.groups?.['name']
  const [first, second] = args
  switch (name) {
    case 'select':
      return first?.kind === 'items' && /^(?:list|tuple)$/.test(first.type)
        ? argumentError(
            'Column expression, FROM clause, or other columns clause element expected, got [...]. Did you mean to say select(...)?',
            'Pass the columns to select() without a list: select(a, b).',
          )
        : null
    case 'case':
      return first?.kind === 'items' && first.type === 'list'
        ? argumentError(
            'The "whens" argument to case(), when referring to a sequence of items, is now passed as a series of positional elements, rather than as a list.',
            'Pass the conditions to case() without a list: case((a, 1), (b, 2)).',
          )
        : null
    case 'MetaData':
      if (keywords.has('bind')) return unexpected('MetaData.__init__()', 'bind', withoutBind)
      return first?.kind === 'bind' && first.is === 'connection'
        ? argumentError(
            "expected schema argument to be a string, got <class 'sqlalchemy.engine.base.Connection'>.",
            withoutBind,
          )
        : null
    case 'Table':
      return keywords.has('autoload')
        ? typeError(
            "Additional arguments should be named <dialectname>_<argument>, got 'autoload'",
            'Use autoload_with=op.get_bind() instead of autoload=True.',
          )
        : null
    case 'insert':
    case 'update':
    case 'delete':
      return second !== undefined && first !== undefined && isTable(first)
        ? typeError(`${name}() takes 1 positional argument but ${args.length} were given`, chained(name))
        : null
    default:
      return null
  }
}

const withoutBind =
  'Create MetaData() without a connection, and pass op.get_bind() where it is needed: autoload_with=…, create_all(…).'

function removedExecution(
  { args, keywords }: Call,
  is: Extract<Term, { kind: 'bind' }>['is'],
  name: string,
): PythonError | null {
  if (is === undefined) return null
  if (is === 'engine') {
    return /^(?:execute|scalar|has_table|table_names|run_callable|transaction)$/.test(name)
      ? {
          type: 'AttributeError',
          message: `'Engine' object has no attribute '${name}'`,
          instead: /^(?:has_table|table_names)$/.test(name)
            ? 'Inspect the connection instead of the engine: sa.inspect(op.get_bind()).'
            : "Use the migration's connection instead of the engine: op.get_bind().",
        }
      : null
  }
  if (!/^(?:execute|scalars?)$/.test(name)) return null
  const statement = args[0] ?? keywords.get('statement')
  const text = statement === undefined ? null : stringOf(statement)
  const instead = "Wrap the SQL in sa.text(…), or use op.execute(…) if the result isn't needed."
  if (text !== null || statement?.kind === 'template') {
    const shown = text === null ? '...' : pythonRepr(text)
    return is === 'connection'
      ? { type: 'ObjectNotExecutableError', message: `Not an executable object: ${shown}`, instead }
      : argumentError(
          `Textual SQL expression ${shown} should be explicitly declared as text(${shown})`,
          instead,
        )
  }
  const other = [...keywords.keys()].find((key) => !parameters.has(key))
  return is === 'connection' && other !== undefined
    ? unexpected(
        `Connection.${name}()`,
        other,
        'Pass the parameters as a dictionary: execute(statement, {…}).',
      )
    : null
}

/** Parameters of SQLAlchemy 2's `Connection.execute`. `**` stands for unknown keywords. */
const parameters = new Set(['statement', 'parameters', 'execution_options', '**'])

/** Checks table methods that create a statement. In SQLAlchemy 2, they accept no arguments. */
function removedStatement({ args }: Call, name: string): PythonError | null {
  if (args.length === 0 || !/^(?:select|insert|update|delete)$/.test(name)) return null
  const owner = name === 'select' ? 'FromClause' : 'TableClause'
  const message = `${owner}.${name}() takes 1 positional argument but ${args.length + 1} were given`
  return typeError(message, chained(name))
}

function chained(name: string): string {
  const verb = name === 'insert' ? 'values' : 'where'
  return `Use ${name}(…).${verb}(…).`
}

function argumentError(message: string, instead: string): PythonError {
  return { type: 'ArgumentError', message, instead }
}

function typeError(message: string, instead: string): PythonError {
  return { type: 'TypeError', message, instead }
}

function unexpected(callee: string, keyword: string, instead: string): PythonError {
  return typeError(`${callee} got an unexpected keyword argument '${keyword}'`, instead)
}
