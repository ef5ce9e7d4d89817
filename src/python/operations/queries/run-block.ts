/** Simulates a `DO` block that consists of plain statements and conditions. */
import { type Call, spanOf } from '../../interpreter/run.ts'
import { type Term, itemsOfTerm, stringOf, textTerm, truthOf } from '../../interpreter/values.ts'
import { classOf } from '../columns.ts'
import { type RecordingContext, emit, storedIn } from '../recording.ts'
import { type BlockPart, plainBlock } from '../sql/plpgsql/plain-block.ts'
import { operationsOfSql } from '../sql/statements.ts'
import { emptyRows } from './empty-queries.ts'
import { queried, readRows } from './query-results.ts'

/** How a part of a block ends. `open` means that a condition is unknown. */
type Ending = 'done' | 'raised' | 'open'

interface BlockRun {
  readonly call: Call
  readonly context: RecordingContext
  statements: number
}

/**
 * Records the operations of a `DO` block, up to the first unknown condition. Null if the block begins with an unknown
 * condition, or if the statement isn't such a block.
 */
export function runBlock(statement: Term, call: Call, context: RecordingContext): Ending | null {
  const made = statement.kind === 'made' && classOf(statement) === 'text' ? statement : null
  const sql = stringOf(made ? made.args[0] : statement)
  const parts = sql === null || call.args.length > 1 ? null : plainBlock(sql)
  if (parts === null) return null
  const run: BlockRun = { call, context, statements: 0 }
  const ending = runParts(parts, run)
  return ending === 'open' && run.statements === 0 ? null : ending
}

function runParts(parts: readonly BlockPart[], run: BlockRun): Ending {
  for (const part of parts) {
    const ending = runPart(part, run)
    if (ending !== 'done') return ending
  }
  return 'done'
}

function runPart(part: BlockPart, run: BlockRun): Ending {
  const { call, context } = run
  const span = spanOf(context.run, call.node)
  if (part.kind === 'sql') {
    const first = run.statements
    // Operations from different statements need different numbers.
    const steps = operationsOfSql(part.text, span).map((step) =>
      step.sql === undefined ? step : { ...step, sql: step.sql + first },
    )
    run.statements += Math.max(steps.length, 1)
    emit(context, storedIn(context, steps, 'SQL'), call.node)
    return 'done'
  }
  if (part.kind === 'raise') {
    if (context.run.under !== null || context.run.attempt !== null || context.run.silent) return 'open'
    const message = `(psycopg2.errors.RaiseException) ${part.message}`
    context.steps.push({ kind: 'raise', error: { type: 'InternalError', message }, table: null, span })
    return 'raised'
  }
  for (const { conditions, parts } of part.arms) {
    // PostgreSQL may evaluate all conditions, even after one is false.
    const holds = conditions.map(({ subquery, isNegated }) => {
      const found = hasRows(subquery, run)
      return found === null ? null : found !== isNegated
    })
    if (holds.includes(null)) return 'open'
    if (!holds.includes(false)) return runParts(parts, run)
  }
  return runParts(part.otherwise, run)
}

/** Whether the subquery yields rows; null if unknown. */
function hasRows(subquery: string, { call, context }: BlockRun): boolean | null {
  const found = queried(textTerm(`SELECT EXISTS (${subquery})`), call, context)
  if (found) return truthOf(readRows(found, 'scalar'))
  const rows = emptyRows(textTerm(subquery), context)
  return rows && itemsOfTerm(rows.items)?.length === 0 ? false : null
}
