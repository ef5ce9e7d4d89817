/** Models `session.query(…)`, which runs only when a method such as `all()` is called. */
import type { DataStep, Operation } from '../../../core/history/operation.ts'
import { type Call, sourceOf, spanOf } from '../../interpreter/run.ts'
import { type Made, type Term, type Unknown, int, plainUnknown } from '../../interpreter/values.ts'
import { emptyRows } from './empty-queries.ts'
import { readRows } from './query-results.ts'
import { type RecordingContext, emit, uncertainData } from '../recording.ts'
import { rowsOfConstruct } from '../row-constructs.ts'

/** The recorded step for each query. */
const recorded = new WeakMap<Made, Operation>()
/** Queries made through sessions on other connections. */
const elsewhere = new WeakSet<Made>()

/** Evaluates `session.query(…)`. `isOwn` means that the session uses the migration's connection. */
export function startQuery({ args, keywords, node }: Call, isOwn: boolean, context: RecordingContext): Made {
  const source = sourceOf(context.run, node)
  const query: Made = { kind: 'made', path: 'sqlalchemy.query', args, keywords, source }
  if (!isOwn) elsewhere.add(query)
  record(query, query, node, context)
  return query
}

/** Whether the term is a query from `session.query(…)`. */
export function isQuery(term: Made): boolean {
  return recorded.has(term)
}

/** Evaluates a method call on a query. `longer` is the query with this call added. */
export function continueQuery(query: Made, longer: Made, { node }: Call, context: RecordingContext): Term {
  const name = longer.method ?? ''
  if (elsewhere.has(query)) elsewhere.add(longer)
  if (/^(?:delete|update)$/.test(name)) {
    const started = recorded.get(query)
    // Only the DELETE or UPDATE runs, not the query before it.
    if (started && !context.run.silent && context.steps.at(-1) === started) context.steps.pop()
    emit(context, [stepOf(longer, node, context)], node)
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
  const rows = elsewhere.has(query) ? null : emptyRows(query, context)
  if (rows === null) return objectsOf(query, name)
  if (name === 'count') return int(rows.items.items.length)
  return readRows(rows, name === 'get' ? 'one_or_none' : name)
}

/** Query methods that don't change what the query returns. */
const keepsObjects =
  /^(?:filter|filter_by|where|order_by|limit|offset|distinct|join|outerjoin|options|yield_per|with_for_update|populate_existing|execution_options)$/

/** Returns an unknown value for the query's result: objects of the queried model, or other data. */
function objectsOf(query: Made, name: string): Unknown {
  let root: Term | undefined = query
  while (root?.kind === 'made' && root.method && keepsObjects.test(root.method)) root = root.args[0]
  if (root?.kind !== 'made' || root.path !== 'sqlalchemy.query' || root.args.length > 1) return plainUnknown
  const [model] = root.args
  // Objects of a polymorphic model may be instances of other classes.
  if (model?.kind !== 'class' || model.members.has('__mapper_args__')) return plainUnknown
  if (name === 'all') return { ...plainUnknown, model, many: true }
  return /^(?:first|one|one_or_none|get)$/.test(name) ? { ...plainUnknown, model } : plainUnknown
}

/** Returns the step that runs the query. Other connections may not see the migration's tables. */
function stepOf(query: Made, node: Call['node'], { run }: RecordingContext): DataStep {
  const step = rowsOfConstruct(query, spanOf(run, node))
  return elsewhere.has(query) ? uncertainData(step) : step
}

/** Records the query's step. If a method added tables, the step replaces the previous one. */
function record(before: Made, query: Made, node: Call['node'], context: RecordingContext): void {
  const { run, steps } = context
  const step = stepOf(query, node, context)
  const known = recorded.get(before)
  const isSame =
    known?.kind === 'data' &&
    isAlike(known, step, ['readOnly', 'fills', 'mayCall']) &&
    (known.columns === undefined || isAlike(known, step, ['needs', 'mentions']))
  if (isSame) {
    recorded.set(query, known)
    return
  }
  if (known && !run.silent && steps.at(-1) === known) steps.pop()
  const { length } = steps
  emit(context, [step], node)
  recorded.set(query, steps[length] ?? step)
}

function isAlike(one: DataStep, other: DataStep, parts: readonly (keyof DataStep)[]): boolean {
  return parts.every((part) => JSON.stringify(one[part]) === JSON.stringify(other[part]))
}
