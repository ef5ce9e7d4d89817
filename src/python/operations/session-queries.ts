/** Models `session.query(…)`, which executes a statement when one of its last methods is called. */
import type { Operation } from '../../core/history/operation.ts'
import { type Call, sourceOf, spanOf } from '../interpreter/run.ts'
import { type Made, type Term, int, itemsOfTerm, list, none, plainUnknown } from '../interpreter/values.ts'
import { plainQueryOf } from './construct-names.ts'
import { withoutRows } from './query-results.ts'
import { type RecordingContext, emit } from './recording.ts'
import { rowsOfConstruct } from './row-constructs.ts'

/** The recorded step of each query. */
const recorded = new WeakMap<Made, Operation>()

/** Evaluates `session.query(…)`. */
export function startQuery({ args, keywords, node }: Call, context: RecordingContext): Made {
  const source = sourceOf(context.run, node)
  const query: Made = { kind: 'made', path: 'sqlalchemy.query', args, keywords, source }
  record(query, query, node, context)
  return query
}

/** Returns whether the term is a query of a session. */
export function isQuery(term: Made): boolean {
  return recorded.has(term)
}

/** Evaluates a method call on a query; `longer` is the query with the call. */
export function continueQuery(query: Made, longer: Made, { node }: Call, context: RecordingContext): Term {
  const name = longer.method ?? ''
  if (/^(?:delete|update)$/.test(name)) {
    emit(context, [rowsOfConstruct(longer, spanOf(context.run, node))], node)
    return plainUnknown
  }
  if (!reads.test(name)) {
    record(query, longer, node, context)
    return longer
  }
  const rows = withoutRows(plainQueryOf(longer), context)
  if (rows === null || itemsOfTerm(rows)?.length !== 0) return plainUnknown
  if (name === 'all') return list([])
  return name === 'count' ? int(0) : none
}

/** Methods that execute the query. */
const reads = /^(?:all|first|one|one_or_none|scalar|count|get)$/

/** Records the statement. If a method call adds tables, the step of the shorter query is replaced. */
function record(before: Made, query: Made, node: Call['node'], context: RecordingContext): void {
  const { run, steps } = context
  const step = rowsOfConstruct(query, spanOf(run, node))
  const known = recorded.get(before)
  const isSame =
    known?.kind === 'data' &&
    (known.columns === undefined || JSON.stringify(known.mentions) === JSON.stringify(step.mentions))
  if (isSame) {
    recorded.set(query, known)
    return
  }
  if (known && !run.silent && steps.at(-1) === known) steps.pop()
  const { length } = steps
  emit(context, [step], node)
  recorded.set(query, steps[length] ?? step)
}
