/**
 * Looks at the live schema for what is pending and for what the newest applied migrations should have left: at most
 * two messages to the database, however much there is to ask.
 */
import type { Database } from '../adapters/database.ts'
import type { DatabaseState } from '../core/database-state.ts'
import type { PendingNames } from '../core/replay/names.ts'
import type { PendingFacts } from '../core/replay/pending.ts'
import { type TraceFacts, judgeTraces, traceless } from '../core/traces.ts'
import { predictUpgrade } from '../core/upgrade.ts'
import { GuardError } from '../errors.ts'
import type { Context } from './command.ts'
import type { History } from './gather.ts'
import { furtherTraces, traceQuestion } from './look-at-traces.ts'
import type { Settings } from './settings.ts'

/** What was seen; null: nothing is pending, or nothing follows from the rows. */
export interface SchemaSeen {
  readonly pending: PendingFacts | null
  readonly traces: TraceFacts | null
}

/** The first message asks for all names, the second for what the first gives rise to. */
export async function lookAtSchema(
  context: Context,
  database: Database,
  history: History,
  state: DatabaseState,
  { target, dataChecks }: Settings,
): Promise<SchemaSeen> {
  /** What the graph alone tells still stands, so a mistake of ours must not hide it. */
  const guarded = async <T>(doing: string, work: () => T | Promise<T>): Promise<T | Failure> => {
    try {
      return await work()
    } catch (error) {
      if (error instanceof GuardError) throw error
      const reason = error instanceof Error ? error.message : String(error)
      context.logger.error(`${doing} failed: ${reason}`)
      return { kind: 'not tried', reason }
    }
  }
  const trying = 'trying the pending migrations'
  const tracing = 'looking at what the migrations left'

  const prediction = predictUpgrade(history.repository, history.graph, state, target)
  // Loaded only where something is pending: most releases have nothing to run.
  const replay = prediction.steps.length === 0 ? null : await import('./look-at-pending.ts')
  const plan =
    replay && (await guarded(trying, () => replay.planPending(context, history, state, prediction)))
  const question = await guarded(tracing, () => traceQuestion(context, history, state))
  const traced = question && 'newest' in question ? question : null
  const toTry = plan?.kind === 'to try' ? plan : null
  const untried = plan?.kind === 'not tried' ? plan : null
  if (!toTry && !traced) return { pending: untried, traces: null }

  const asksWhoWrote = traced !== null && state.dialect === 'postgresql'
  const table = state.versionTable
  const seen = await database.look({
    objects: together(toTry?.names, traced?.names),
    // Where migrations are going to run, who wrote the row matters only if something is missing.
    transactionsOf: asksWhoWrote && plan === null ? table : null,
    last: !toTry && traced?.all === true,
  })
  const { schema } = seen
  if (!schema) return { pending: untried, traces: null }
  const first = toTry && replay && (await guarded(trying, () => replay.tryPlan(toTry, schema, state)))
  const questions = dataChecks && first?.kind === 'tried' ? first.replay.questions : []
  const found =
    traced &&
    (await guarded(tracing, () => {
      const traces = judgeTraces(history.graph, traced.newest, traced.operations, schema)
      return { traces, more: furtherTraces(context, history, state, traced, traces) }
    }))
  const newest = found && 'traces' in found ? found : null
  const lacking = newest !== null && traceless(newest).length > 0

  const late = asksWhoWrote && plan !== null && lacking
  const more = newest?.more ?? null
  const again =
    questions.length > 0 || more || late
      ? await database.look({
          objects: more?.names ?? null,
          transactionsOf: late ? table : null,
          rows: questions,
          last: true,
        })
      : null
  const pending =
    toTry && replay && again?.rows.includes(true)
      ? await guarded(trying, () => replay.tryPlan(toTry, schema, state, questions, again.rows))
      : first
  const further = again?.schema ?? null
  const traces =
    more && further
      ? await guarded(tracing, () => judgeTraces(history.graph, more.newest, more.operations, further))
      : (newest?.traces ?? null)
  return {
    pending: pending ?? untried,
    traces: Array.isArray(traces) ? { traces, transactions: again?.transactions ?? seen.transactions } : null,
  }
}

type Failure = Extract<PendingFacts, { kind: 'not tried' }>

function together(...all: readonly (PendingNames | undefined)[]): PendingNames {
  const unite = (each: (names: PendingNames) => readonly string[]): readonly string[] => [
    ...new Set(all.flatMap((names) => (names ? each(names) : []))),
  ]
  return { names: unite(({ names }) => names), schemas: unite(({ schemas }) => schemas) }
}
