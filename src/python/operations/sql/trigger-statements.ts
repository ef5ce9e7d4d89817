/** Parses statements about functions, triggers and policies. */
import type {
  DroppedFunction,
  NewFunction,
  NewPolicy,
  NewTrigger,
  ObjectName,
} from '../../../core/history/operation.ts'
import type { RowQuery } from '../../../core/sql/row-statement.ts'
import { rowStatementIn } from './rows/statements.ts'
import { selectedExpression } from './plpgsql/function-expression.ts'
import { effectsOfBody, valueType } from './plpgsql/function-body.ts'
import {
  type Cursor,
  type SqlToken,
  accept,
  atEnd,
  bracketed,
  commaParts,
  cursorOf,
  identifier,
  ifExists,
  peek,
  readObjectName,
  textOfTokens,
  tokensOfSql,
} from './tokens.ts'

/** Parses the text after CREATE FUNCTION; null unless PostgreSQL is known to accept the function. */
export function newFunction(cursor: Cursor, replaces: boolean): NewFunction | null {
  const name = readObjectName(cursor)
  const parameters = name && parametersIn(cursor)
  if (!parameters || !accept(cursor, 'returns')) return null
  const returns = ['trigger', 'void'].find((word) => accept(cursor, word)) ?? valueType(cursor)
  const body = returns === null ? null : bodyAt(cursor)
  if (returns === null || body === null || (returns === 'trigger' && parameters.length > 0)) return null
  const { text, immutable } = body
  const names = parameters.flatMap((one) => one.name ?? [])
  const found =
    body.language === 'sql' ? selectedExpression(text, names) : effectsOfBody(text, names, returns)
  return found && { name, replaces, parameters, returns, ...(immutable && { immutable }), ...found }
}

/** Parses `(text, name integer)`; null for defaults, modes and uncommon types. */
function parametersIn(cursor: Cursor): NewFunction['parameters'] | null {
  const inside = bracketed(cursor)
  const all = inside && commaParts(inside).map((part) => parameter(cursorOf(part, cursor.text)))
  const known = all?.filter((one) => one !== null) ?? []
  return all?.length === known.length ? known : null
}

function parameter(cursor: Cursor): NewFunction['parameters'][number] | null {
  const alone = { ...cursor }
  const only = valueType(alone)
  if (only !== null && atEnd(alone)) return { name: null, type: only }
  const token = cursor.tokens[cursor.at]
  const name = token?.kind === 'word' ? identifier(cursor) : null
  const type = name === null ? null : valueType(cursor)
  return type !== null && atEnd(cursor) ? { name, type } : null
}

/** Groups of options that any role may set. A function may use one option from each group. */
const options: readonly (readonly (readonly string[])[])[] = [
  [['immutable'], ['stable'], ['volatile']],
  [['strict'], ['returns', 'null', 'on', 'null', 'input'], ['called', 'on', 'null', 'input']],
  [
    ['security', 'definer'],
    ['security', 'invoker'],
  ],
  [
    ['parallel', 'safe'],
    ['parallel', 'unsafe'],
    ['parallel', 'restricted'],
  ],
]

/** A function's body and relevant options. */
interface FunctionBody {
  readonly text: string
  readonly language: 'plpgsql' | 'sql'
  readonly immutable: boolean
}

/** Parses the function's language, body and other options, in any order. */
function bodyAt(cursor: Cursor): FunctionBody | null {
  let text: string | null = null
  let language: FunctionBody['language'] | null = null
  let immutable = false
  const seen = new Set<number>()
  while (!atEnd(cursor)) {
    const isImmutable = peek(cursor, 'immutable')
    const chosen = options.findIndex((group) => group.some((words) => accept(cursor, ...words)))
    if (chosen >= 0 && !seen.has(chosen)) {
      seen.add(chosen)
      immutable ||= isImmutable
    } else if (accept(cursor, 'language')) {
      const named = textAt(cursor)?.toLowerCase()
      if (language !== null || (named !== 'plpgsql' && named !== 'sql')) return null
      language = named
    } else if (accept(cursor, 'set', 'search_path')) {
      if (!settingValue(cursor)) return null
    } else if (accept(cursor, 'as') && text === null) text = textAt(cursor)
    else return null
  }
  return language === null || text === null ? null : { text, language, immutable }
}

/** Moves past `= a, b` or `TO a, b`. */
function settingValue(cursor: Cursor): boolean {
  if (!accept(cursor, '=') && !accept(cursor, 'to')) return false
  do if (textAt(cursor) === null) return false
  while (accept(cursor, ','))
  return true
}

/** Reads the string or plain word at the cursor; null for anything else. */
function textAt(cursor: Cursor): string | null {
  const token = cursor.tokens[cursor.at]
  if (token?.kind !== 'string' && token?.kind !== 'word') return null
  cursor.at += 1
  return token.word
}

/** Parses the text after CREATE TRIGGER. Null for options other than columns and WHEN. */
export function newTrigger(cursor: Cursor): NewTrigger | null {
  const name = identifier(cursor)
  if (name === null || !(accept(cursor, 'before') || accept(cursor, 'after'))) return null
  const events = eventsIn(cursor)
  const table = events && accept(cursor, 'on') ? readObjectName(cursor) : null
  let isForRows = false
  if (accept(cursor, 'for')) {
    accept(cursor, 'each')
    isForRows = accept(cursor, 'row')
    if (!isForRows && !accept(cursor, 'statement')) return null
  }
  const when = accept(cursor, 'when') ? bracketed(cursor) : []
  if (when === null || (when.length > 0 && !isForRows)) return null
  if (!accept(cursor, 'execute') || !(accept(cursor, 'procedure') || accept(cursor, 'function'))) return null
  const calls = readObjectName(cursor)
  const ends = accept(cursor, '(', ')') && !peek(cursor, ',') && atEnd(cursor)
  if (!events || !table || !calls || !ends) return null
  const condition = when.length > 0 ? textOfTokens(when, cursor.text) : null
  return { name, table, calls, events: events.names, columns: events.columns, condition, forRows: isForRows }
}

type Events = { readonly names: NewTrigger['events']; readonly columns: readonly string[] }

/** Parses `INSERT OR UPDATE OF a, b`. */
function eventsIn(cursor: Cursor): Events | null {
  const names: ('insert' | 'update' | 'delete')[] = []
  const columns: string[] = []
  do {
    const event = (['insert', 'update', 'delete'] as const).find((word) => accept(cursor, word))
    if (event === undefined || names.includes(event)) return null
    names.push(event)
    if (event !== 'update' || !accept(cursor, 'of')) continue
    do {
      const column = identifier(cursor)
      if (column === null || columns.includes(column)) return null
      columns.push(column)
    } while (accept(cursor, ','))
  } while (accept(cursor, 'or'))
  return { names, columns }
}

/** Parses the text after DROP FUNCTION; null if it lists several functions. */
export function droppedFunction(cursor: Cursor): DroppedFunction | null {
  const name = readObjectName(cursor)
  const parameters = bracketed(cursor) ?? []
  accept(cursor, 'restrict')
  return name && atEnd(cursor) ? { ...name, isPlain: parameters.length === 0 } : null
}

/** Returns the function without parameters that `DROP FUNCTION … CASCADE` drops; null for any other statement. */
export function droppedWithDependents(statement: readonly SqlToken[], text: string): ObjectName | null {
  const cursor = cursorOf(statement, text)
  if (!accept(cursor, 'drop', 'function')) return null
  ifExists(cursor)
  const name = readObjectName(cursor)
  const parameters = bracketed(cursor) ?? []
  return name && parameters.length === 0 && accept(cursor, 'cascade') && atEnd(cursor) ? name : null
}

/**
 * Parses the text after CREATE POLICY; null if a role might not exist, or if the command doesn't allow one of the
 * conditions.
 */
export function newPolicy(cursor: Cursor): NewPolicy | null {
  const name = identifier(cursor)
  const table = name !== null && accept(cursor, 'on') ? readObjectName(cursor) : null
  if (name === null || table === null) return null
  if (accept(cursor, 'as') && !accept(cursor, 'permissive') && !accept(cursor, 'restrictive')) return null
  const commands = ['all', 'select', 'insert', 'update', 'delete']
  const command = accept(cursor, 'for') ? commands.find((word) => accept(cursor, word)) : 'all'
  if (command === undefined) return null
  if (accept(cursor, 'to'))
    do if (!['public', 'current_user', 'session_user'].some((role) => accept(cursor, role))) return null
    while (accept(cursor, ','))
  const using = accept(cursor, 'using') ? bracketed(cursor) : []
  const check = accept(cursor, 'with', 'check') ? bracketed(cursor) : []
  if (!using || !check || !atEnd(cursor)) return null
  if (command === 'insert' ? using.length > 0 : /^(?:select|delete)$/.test(command) && check.length > 0)
    return null
  const conditions = [using, check].filter((part) => part.length > 0)
  const texts = conditions.map((part) => textOfTokens(part, cursor.text))
  return { name, table, conditions: texts.map((text) => ({ text, query: queryWith(table, text) })) }
}

/** Returns a query of the table with the condition; null if its syntax isn't supported. */
function queryWith({ schema, name }: ObjectName, condition: string): RowQuery | null {
  const quoted = [schema, name].flatMap((part) => (part === null ? [] : [`"${part.replaceAll('"', '""')}"`]))
  const text = `SELECT 1 FROM ${quoted.join('.')} WHERE ${condition}`
  const tree = rowStatementIn(tokensOfSql(text) ?? [], text)
  return tree?.kind === 'select' ? tree : null
}
