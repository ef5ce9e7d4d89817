/**
 * Finds relations in a query or DML statement: names after FROM, JOIN and USING, except CTEs, aliases and functions.
 */
import type { ObjectName } from '../../../core/history/operation.ts'
import type { SqlToken } from './tokens.ts'

/** Keywords that end a list of relations. */
const endsList = new Set(['where', 'group', 'having', 'window', 'order', 'limit', 'offset', 'fetch', 'for', 'union', 'intersect', 'except', 'returning', 'set', 'when', 'select', 'values']) // prettier-ignore
/** Keywords that may occur in place of a relation name. */
const noNames = new Set(['select', 'lateral', 'unnest', 'values', 'with', 'table', 'rows', 'dual', 'old', 'new', 'user', 'current_user', 'session_user', 'current_role', 'current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp', 'current_catalog', 'current_schema']) // prettier-ignore

/** The parser's state at one level of parentheses. */
interface Level {
  /** False inside function arguments such as `extract(year FROM created)`, where FROM introduces no relations. */
  readonly isQuery: boolean
  inList: boolean
  expectsName: boolean
}

/** Returns the distinct relations named in a statement. */
export function namedRelations(statement: readonly SqlToken[]): readonly ObjectName[] {
  const expressions = commonTableExpressions(statement)
  const deletes = ['delete', 'merge'].includes(
    statement.find(({ word }) => /^(?:delete|merge)$/.test(word))?.word ?? '',
  )
  const found = new Map<string, ObjectName>()
  const levels: Level[] = [{ isQuery: true, inList: false, expectsName: false }]
  for (let at = 0; at < statement.length; at++) {
    const token = statement[at]
    const level = levels.at(-1)
    if (token === undefined || level === undefined) break
    const word = token.kind === 'word' || token.kind === 'mark' ? token.word : ''
    if (word === '(') {
      const first = statement[at + 1]
      const isQuery =
        first?.kind === 'word' && /^(?:select|with|values|table|delete|insert|update|merge)$/.test(first.word)
      const isJoin = level.expectsName && !isQuery
      levels.push({ isQuery: isQuery || isJoin, inList: isJoin, expectsName: isJoin })
      level.expectsName = false
    } else if (word === ')') {
      if (levels.length > 1) levels.pop()
    } else if (!level.isQuery) continue
    else if (word === 'from' && !isComparison(statement, at))
      Object.assign(level, { inList: true, expectsName: true })
    else if (word === 'using' && deletes && statement[at + 1]?.word !== '(' && !level.expectsName) {
      Object.assign(level, { inList: true, expectsName: true })
    } else if (word === 'join') level.expectsName = true
    else if (word === ',' && level.inList) level.expectsName = true
    else if (endsList.has(word)) Object.assign(level, { inList: false, expectsName: false })
    else if (level.expectsName && word !== 'only') {
      level.expectsName = false
      const name = nameAt(statement, at)
      if (name === null) continue
      at = name.last
      const isFunction = statement[at + 1]?.word === '(' && statement[at + 1]?.kind === 'mark'
      const { object } = name
      const isExpression = object.schema === null && expressions.has(object.name)
      if (!isFunction && !isExpression) found.set(`${object.schema ?? ''}\0${object.name}`, object)
    }
  }
  return [...found.values()]
}

/** Whether this FROM belongs to `IS [NOT] DISTINCT FROM`. */
function isComparison(statement: readonly SqlToken[], at: number): boolean {
  return statement[at - 1]?.word === 'distinct' && ['is', 'not'].includes(statement[at - 2]?.word ?? '')
}

function nameAt(
  statement: readonly SqlToken[],
  at: number,
): { readonly object: ObjectName; readonly last: number } | null {
  const isName = (token: SqlToken | undefined): boolean => token?.kind === 'word' || token?.kind === 'quoted'
  const first = statement[at]
  if (first === undefined || !isName(first) || (first.kind === 'word' && noNames.has(first.word))) return null
  const second = statement[at + 1]?.word === '.' ? statement[at + 2] : undefined
  if (second === undefined) return { object: { schema: null, name: first.word }, last: at }
  // In a three-part name, the first part is a database. Not supported.
  if (!isName(second) || statement[at + 3]?.word === '.') return null
  return { object: { schema: first.word, name: second.word }, last: at + 2 }
}

/** Returns the names of CTEs at any depth. May include names that only look like CTEs. */
function commonTableExpressions(statement: readonly SqlToken[]): ReadonlySet<string> {
  const names = new Set<string>()
  if (!statement.some((token) => token.kind === 'word' && token.word === 'with')) return names
  for (const [at, token] of statement.entries()) {
    if (token.kind !== 'word' || token.word !== 'as') continue
    const behind =
      statement[at + 1]?.word === 'not'
        ? statement[at + 3]
        : statement[at + 1]?.word === 'materialized'
          ? statement[at + 2]
          : statement[at + 1]
    if (behind?.word !== '(') continue
    let before = at - 1
    if (statement[before]?.word === ')') while (before > 0 && statement[before]?.word !== '(') before--
    const name = statement[before]?.word === '(' ? statement[before - 1] : statement[before]
    if (name?.kind === 'word' || name?.kind === 'quoted') names.add(name.word)
  }
  return names
}
