/** Answers queries that yield no rows because a table that they read certainly has none. */
import type { ObjectName } from '../../core/history/operation.ts'
import { giveAway } from '../interpreter/calls.ts'
import { type Call, spanOf } from '../interpreter/run.ts'
import {
  type Made,
  type Rows,
  type Term,
  hole,
  int,
  list,
  none,
  stringOf,
  unknown,
} from '../interpreter/values.ts'
import { classOf } from './columns.ts'
import { queryOf, resultOfQuery, startQuery, stepOfQuery } from './model-queries.ts'
import { readRows } from './query-results.ts'
import { type RecordingContext, catalogNow, emit } from './recording.ts'
import { type EmptyResult, emptyResult } from './sql/empty-result.ts'
import { statementsOf, tokensOfSql } from './sql/tokens.ts'

/** Returns the result of executing a SELECT; null unless it's certain from empty tables alone. */
export function emptyRows(statement: Term, context: RecordingContext): Rows | null {
  const built = queryOf(statement)
  if (built) return emptyQuery(built, context)
  const inner = statement.kind === 'made' && classOf(statement) === 'text' ? statement.args[0] : statement
  const sql = inner?.kind === 'template' ? inner.text : stringOf(inner)
  if (sql === null || !/^\s*(?:select|with)\b/i.test(sql)) return null
  const [query, ...others] = statementsOf(tokensOfSql(sql) ?? [])
  if (query === undefined || others.length > 0 || query.some(({ word }) => writes.test(word))) return null
  // Record that the result depends on the database, even if it can't be known yet.
  if (emptyResult(query, () => true) === null) return null
  const catalog = catalogNow(context)
  return catalog && rowsOf(emptyResult(query, (name) => isKnown(name) && catalog.isEmpty(name)))
}

/** Words of queries that also write, and of those that create a table. */
const writes = /^(?:insert|update|delete|merge|into)$/

function isKnown({ schema, name }: ObjectName): boolean {
  return !name.includes(hole) && schema?.includes(hole) !== true
}

/** Returns the rows of such a result. */
function rowsOf(result: EmptyResult | null): Rows | null {
  if (result === null) return null
  const row = (value: Term): Term => list([value], 'tuple')
  const items = result === 'none' ? [] : [row(result === 'zero' ? int(0) : none)]
  return { kind: 'rows', items: list(items) }
}

function emptyQuery(query: Made, context: RecordingContext): Rows | null {
  if (resultOfQuery(query, () => true) === null) return null
  const catalog = catalogNow(context)
  return catalog && rowsOf(resultOfQuery(query, (name) => catalog.isEmpty(name)))
}

/** Returns the query that `session.query(…)` begins. Records it as a statement with any effect on rows. */
export function queryOfSession(call: Call, context: RecordingContext): Term {
  const { steps, run } = context
  const query = startQuery(call, 'query', run)
  giveAway(call, run)
  emit(context, [{ kind: 'data', span: spanOf(run, call.node) }], call.node)
  const at = run.silent ? -1 : steps.length - 1
  return { ...query, keywords: new Map([...query.keywords, ['at', int(at)]]) }
}

/** Methods that execute a query and return its rows. */
const reads = /^(?:all|first|one|one_or_none|scalar|count)$/

/** Evaluates a method that reads the rows of a session's query; null for any other method. */
export function readQuery(query: Made, name: string, context: RecordingContext): Term | null {
  const { steps, run } = context
  const at = query.keywords.get('at')
  const begun = at?.kind === 'int' ? steps[Number(at.value)] : undefined
  if (begun?.kind !== 'data' || !reads.test(name)) return null
  if (begun === steps.at(-1)) {
    const { span } = begun
    steps[steps.length - 1] =
      run.under === null ? stepOfQuery(query, span) : { kind: 'data', readOnly: true, span }
  }
  const rows = emptyQuery(query, context)
  if (rows === null) return unknown
  return name === 'count' ? int(rows.items.items.length) : readRows(rows, name)
}

/** Records `query.update(…)` or `query.delete()`. */
export function writeQuery(
  query: Made,
  { node }: Call,
  statement: 'update' | 'delete',
  context: RecordingContext,
): void {
  const span = spanOf(context.run, node)
  const [table, ...others] = stepOfQuery(query, span).needs ?? []
  const known = table !== undefined && others.length === 0
  const effect = known ? { writes: { statement, table, columns: [] }, fills: [] } : {}
  emit(context, [{ kind: 'data', ...effect, span }], node)
}
