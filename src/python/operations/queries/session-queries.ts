/** Models `session.query(…)`. The query is executed only when a method such as `all()` or `delete()` is called. */
import type { Operation } from '../../../core/history/operation.ts'
import { type Call, sourceOf, spanOf } from '../../interpreter/run.ts'
import { type Made, type Term, int, plainUnknown } from '../../interpreter/values.ts'
import { emptyRows } from './empty-queries.ts'
import { readRows } from './query-results.ts'
import { type RecordingContext, emit } from '../recording.ts'
import { rowsOfConstruct } from '../row-constructs.ts'

/** The step recorded for each query. */
const recorded = new WeakMap<Made, Operation>()

/** Evaluates `session.query(…)`. */
export function startQuery({ args, keywords, node }: Call, context: RecordingContext): Made {
  const source = sourceOf(context.run, node)
  const query: Made = { kind: 'made', path: 'sqlalchemy.query', args, keywords, source }
  record(query, query, node, context)
  return query
}

/** Returns whether the term is a query created by `session.query(…)`. */
export function isQuery(term: Made): boolean {
  return recorded.has(term)
}

/** Evaluates a method call on a query. `longer` is the query that results from the call. */
export function continueQuery(query: Made, longer: Made, { node }: Call, context: RecordingContext): Term {
  const name = longer.method ?? ''
  if (/^(?:delete|update)$/.test(name)) {
    emit(context, [rowsOfConstruct(longer, spanOf(context.run, node))], node)
    return plainUnknown
  }
  if (reads.test(name)) return readQuery(query, name, context)
  record(query, longer, node, context)
  return longer
}

/** Methods that execute the query. */
const reads = /^(?:all|first|one|one_or_none|scalar|count|get)$/

/** Evaluates a method that executes the query. */
export function readQuery(query: Made, name: string, context: RecordingContext): Term {
  const rows = emptyRows(query, context)
  if (rows === null) return plainUnknown
  if (name === 'count') return int(rows.items.items.length)
  return readRows(rows, name === 'get' ? 'one_or_none' : name)
}

/**
 * Records the statement of a query. If a method call added tables, the new step replaces the one recorded before the
 * call.
 */
function record(before: Made, query: Made, node: Call['node'], context: RecordingContext): void {
  const { run, steps } = context
  const step = rowsOfConstruct(query, spanOf(run, node))
  const known = recorded.get(before)
  const isSame =
    known?.kind === 'data' &&
    (known.columns === undefined ||
      JSON.stringify([known.needs, known.mentions]) === JSON.stringify([step.needs, step.mentions]))
  if (isSame) {
    recorded.set(query, known)
    return
  }
  if (known && !run.silent && steps.at(-1) === known) steps.pop()
  const { length } = steps
  emit(context, [step], node)
  recorded.set(query, steps[length] ?? step)
}
