/** Answers queries whose results are known because tables are empty. */
import type { ObjectName } from '../../../core/history/operation.ts'
import { type Made, type Rows, type Term, hole, int, list, none, stringOf } from '../../interpreter/values.ts'
import { classOf } from '../columns.ts'
import { type RecordingContext, catalogNow } from '../recording.ts'
import { resultOfSelect, sourcesOf } from './select-sources.ts'
import { type EmptyResult, emptyResult } from '../sql/empty-result.ts'
import { statementsOf, tokensOfSql } from '../sql/tokens.ts'

/** Maximum number of row queries answered per migration. */
const maxRowQuestions = 50

type Evaluate = (isEmpty: (name: ObjectName) => boolean) => EmptyResult | null

/** Returns the result of a SELECT if empty tables determine it; null otherwise. */
export function emptyRows(statement: Term, context: RecordingContext): Rows | null {
  const evaluate =
    statement.kind === 'made' && classOf(statement) !== 'text' ? ofSelect(statement) : ofSql(statement)
  // Record the dependency on the database, even if the result is unknown.
  const { asked } = context
  if (!evaluate || asked.rowQuestions >= maxRowQuestions || evaluate(() => true) === null) return null
  asked.rowQuestions += 1
  const catalog = catalogNow(context)
  return catalog && rowsOf(evaluate((name) => isKnown(name) && catalog.isEmpty(name)))
}

function ofSelect(statement: Made): Evaluate | null {
  const sources = sourcesOf(statement)
  return sources && ((isEmpty) => resultOfSelect(sources, isEmpty))
}

function ofSql(statement: Term): Evaluate | null {
  const inner = statement.kind === 'made' ? statement.args[0] : statement
  const sql = inner?.kind === 'template' ? inner.text : stringOf(inner)
  if (sql === null || !/^\s*(?:select|with)\b/i.test(sql)) return null
  const [query, ...others] = statementsOf(tokensOfSql(sql) ?? [])
  if (query === undefined || others.length > 0 || query.some(({ word }) => writes.test(word))) return null
  return (isEmpty) => emptyResult(query, isEmpty)
}

/** Keywords in queries that write rows or create a table. */
const writes = /^(?:insert|update|delete|merge|into)$/

function isKnown({ schema, name }: ObjectName): boolean {
  return !name.includes(hole) && schema?.includes(hole) !== true
}

/** Converts the result to rows: either none, or a single row that contains 0 or None. */
function rowsOf(result: EmptyResult | null): Rows | null {
  if (result === null) return null
  const row = (value: Term): Term => list([value], 'tuple')
  const items = result === 'none' ? [] : [row(result === 'zero' ? int(0) : none)]
  return { kind: 'rows', items: list(items) }
}
