/**
 * Checks whether PostgreSQL accepts a PL/pgSQL function's body. CREATE FUNCTION checks syntax, variables and types, but
 * not tables or columns.
 */
import { bindParameter } from '../../../../core/expressions/tokens.ts'
import type { ObjectName } from '../../../../core/history/operation.ts'
import { hole } from '../../../interpreter/values.ts'
import { otherFunctions } from '../named-columns.ts'
import { namedRelations } from '../named-relations.ts'
import { rowsWritten } from '../row-statements.ts'
import { wholeExpression } from '../rows/expressions.ts'
import { withOperators } from '../rows/operators.ts'
import { isReserved } from '../rows/primaries.ts'
import { rowStatementIn } from '../rows/statements.ts'
import { sqlType } from '../tables.ts'
import { type Cursor, type SqlToken, accept, atEnd, bracketed, commaParts, cursorOf, peek, tokensOfSql } from '../tokens.ts' // prettier-ignore

/** Effects of a function body that PostgreSQL accepts. */
export interface BodyEffects {
  /** Tables whose rows the body changes or deletes. */
  readonly writes: readonly ObjectName[]
  /** True if the body itself may add rows. */
  readonly mayFill: boolean
  /** Functions that the body calls but that some servers may lack. */
  readonly calls: readonly string[]
}

/** The body's variables, and its effects so far. */
interface Body {
  readonly scalars: Set<string>
  readonly records: Set<string>
  readonly returns: string
  readonly writes: ObjectName[]
  readonly calls: string[]
  mayFill: boolean
}

/** Keywords and predefined variables that can't be variable names. */
const taken =
  /^(?:begin|by|declare|execute|foreach|if|loop|or|strict|while|elsif|elseif|exit|continue|return|next|query|raise|perform|insert|update|delete|merge|with|call|do|get|open|fetch|move|close|assert|commit|rollback|import|alias|constant|cursor|new|old|found|sqlstate|sqlerrm|tg_\w+|slice|type|rowtype|record)$/

/**
 * Returns a body's effects; null if PostgreSQL might reject it. `parameters` are the function's parameter names, and
 * `returns` is its result type.
 */
export function effectsOfBody(
  text: string,
  parameters: readonly string[],
  returns: string,
): BodyEffects | null {
  const tokens = text.includes(hole) || bindParameter.test(text) ? null : tokensOfSql(text)
  if (tokens === null || !parameters.every(isVariableName)) return null
  const cursor = cursorOf(tokens, text)
  const records = new Set(returns === 'trigger' ? ['new', 'old'] : [])
  const body: Body = { scalars: new Set(parameters), records, returns, writes: [], calls: [], mayFill: false }
  if (body.scalars.size < parameters.length) return null
  if (accept(cursor, 'declare') && !declarations(cursor, body)) return null
  if (!accept(cursor, 'begin') || !statements(cursor, body) || !accept(cursor, 'end')) return null
  accept(cursor, ';')
  return atEnd(cursor) ? { writes: body.writes, mayFill: body.mayFill, calls: body.calls } : null
}

function isVariableName(name: string): boolean {
  return /^[a-z_]\w*$/.test(name) && !taken.test(name) && !isReserved(name)
}

/** Moves past the declarations `name type [:= value];` up to BEGIN. */
function declarations(cursor: Cursor, body: Body): boolean {
  while (!peek(cursor, 'begin')) {
    const token = cursor.tokens[cursor.at]
    const name = token?.word ?? ''
    if (token?.kind !== 'word' || !isVariableName(name)) return false
    if (body.scalars.has(name) || body.records.has(name)) return false
    cursor.at += 1
    if (accept(cursor, 'record')) body.records.add(name)
    else {
      if (valueType(cursor) === null) return false
      body.scalars.add(name)
    }
    if (accept(cursor, ';')) continue
    if (!accept(cursor, ':', '=') && !accept(cursor, '=') && !accept(cursor, 'default')) return false
    if (!expression(cursor, body, ';')) return false
  }
  return true
}

/** Reads a built-in type for a variable or parameter; null for other types. */
export function valueType(cursor: Cursor): string | null {
  const type = sqlType(cursor)
  const isPlain = type !== null && type.needs === undefined && !/serial/i.test(type.source)
  return isPlain && !peek(cursor, '%') ? type.postgres : null
}

/** Moves past the statements up to END, ELSE or ELSIF. */
function statements(cursor: Cursor, body: Body): boolean {
  while (!['end', 'else', 'elsif', 'elseif'].some((word) => peek(cursor, word)))
    if (!statement(cursor, body)) return false
  return true
}

function statement(cursor: Cursor, body: Body): boolean {
  if (accept(cursor, 'null', ';')) return true
  if (accept(cursor, 'if')) return conditional(cursor, body)
  if (accept(cursor, 'return')) return returned(cursor, body)
  if (accept(cursor, 'raise')) return raised(cursor, body)
  if (accept(cursor, 'perform')) return expression(cursor, body, ';')
  if (['insert', 'update', 'delete', 'select', 'with'].some((word) => peek(cursor, word)))
    return sqlStatement(cursor, body)
  if (!target(cursor, body) || !(accept(cursor, ':', '=') || accept(cursor, '='))) return false
  return expression(cursor, body, ';')
}

/** Moves past the rest of `IF condition THEN … END IF;`. */
function conditional(cursor: Cursor, body: Body): boolean {
  do if (!expression(cursor, body, 'then') || !statements(cursor, body)) return false
  while (accept(cursor, 'elsif') || accept(cursor, 'elseif'))
  if (accept(cursor, 'else') && !statements(cursor, body)) return false
  return accept(cursor, 'end', 'if', ';')
}

function returned(cursor: Cursor, body: Body): boolean {
  if (body.returns === 'void') return accept(cursor, ';')
  if (peek(cursor, 'next') || peek(cursor, 'query')) return false
  return expression(cursor, body, ';')
}

/** Moves past the rest of `RAISE level 'format', value, … USING …;`. */
function raised(cursor: Cursor, body: Body): boolean {
  ;['debug', 'log', 'info', 'notice', 'warning', 'exception'].some((level) => accept(cursor, level))
  const format = cursor.tokens[cursor.at]
  if (format?.kind !== 'string' || cursor.text.charAt(format.start) !== "'") return false
  cursor.at += 1
  const rest = upTo(cursor, ';')
  if (rest === null) return false
  const using = rest.findIndex(({ kind, word }) => kind === 'word' && word === 'using')
  const given = using < 0 ? rest : rest.slice(0, using)
  const options = using < 0 ? [] : commaParts(rest.slice(using + 1))
  const [comma] = given
  if (comma !== undefined && comma.word !== ',') return false
  const values = commaParts(given)
  const wanted = format.word.replaceAll('%%', '').split('%').length - 1
  if (values.length !== wanted || (using >= 0 && options.length === 0)) return false
  return (
    values.every((value) => isExpression(value, cursor, body)) &&
    options.every(
      ([name, mark, ...value]) =>
        /^(?:message|detail|hint|errcode|column|constraint|datatype|table|schema)$/.test(name?.word ?? '') &&
        mark?.word === '=' &&
        isExpression(value, cursor, body),
    )
  )
}

/** Moves past a variable or a record field. */
function target(cursor: Cursor, { scalars, records }: Body): boolean {
  const [token, dot, field] = cursor.tokens.slice(cursor.at, cursor.at + 3)
  if (token?.kind !== 'word') return false
  const isField = records.has(token.word) && dot?.word === '.' && isFieldName(field)
  if (!isField && !scalars.has(token.word)) return false
  cursor.at += isField ? 3 : 1
  return true
}

/** Reserved PL/pgSQL keywords must be quoted after `NEW.`. */
function isFieldName(token: SqlToken | undefined): boolean {
  if (token?.kind === 'quoted') return true
  const own =
    /^(?:all|begin|by|case|declare|else|end|execute|for|foreach|from|if|in|into|loop|not|null|or|strict|then|to|using|when|while)$/
  return token?.kind === 'word' && !own.test(token.word)
}

/** Moves past an expression and the keyword or punctuation mark that ends it. */
function expression(cursor: Cursor, body: Body, closing: string): boolean {
  const tokens = upTo(cursor, closing)
  return tokens !== null && isExpression(tokens, cursor, body)
}

function isExpression(tokens: readonly SqlToken[], cursor: Cursor, body: Body): boolean {
  body.calls.push(...otherFunctions(tokens, []))
  return (
    tokens.length > 0 && !hasPlaceholder(tokens) && wholeExpression(cursor, withOperators(tokens)) !== null
  )
}

/** Matches `%s` and `%(name)s`, which drivers replace with values. */
function hasPlaceholder(tokens: readonly SqlToken[]): boolean {
  return tokens.some(({ word }, at) => word === '%' && /^(?:s|\()$/.test(tokens[at + 1]?.word ?? ''))
}

/** Returns the tokens before the given keyword or punctuation mark, and moves past it. */
function upTo(cursor: Cursor, closing: string): readonly SqlToken[] | null {
  const start = cursor.at
  while (!atEnd(cursor)) {
    const end = cursor.at
    if (accept(cursor, closing)) return cursor.tokens.slice(start, end)
    if (bracketed(cursor) === null) cursor.at += 1
  }
  return null
}

/** Moves past an SQL statement. PL/pgSQL itself handles INTO and its targets. */
function sqlStatement(cursor: Cursor, body: Body): boolean {
  const tokens = upTo(cursor, ';')
  if (tokens === null) return false
  const at = tokens.findIndex(
    ({ kind, word }, index) => kind === 'word' && word === 'into' && tokens[index - 1]?.word !== 'insert',
  )
  let sql = tokens
  if (at >= 0) {
    const into = { ...cursor, tokens, at: at + 1 }
    accept(into, 'strict')
    const [first, second] = tokens.slice(into.at, into.at + 2)
    if (first?.kind === 'word' && body.records.has(first.word) && second?.word !== '.') into.at += 1
    else
      do if (!target(into, body)) return false
      while (accept(into, ','))
    sql = [...tokens.slice(0, at), ...tokens.slice(into.at)]
  }
  const start = cursorOf(sql, cursor.text)
  const written = rowsWritten(start)
  body.calls.push(...otherFunctions(sql, [...(written ? [written.table] : []), ...namedRelations(sql)]))
  body.mayFill ||= sql.some(({ kind, word }) => kind === 'word' && word === 'insert')
  if (written) body.writes.push(written.table)
  else if (sql.some(({ word }) => /^(?:update|delete)$/.test(word))) body.mayFill = true
  return !hasPlaceholder(sql) && rowStatementIn(sql, cursor.text) !== null
}
