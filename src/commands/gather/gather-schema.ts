/**
 * Reads the live schema for the dry run and the object check, in at most two round trips. Loads rarely needed code
 * on demand.
 */
import { dialectOf } from '../../core/dialect/index.ts'
import type { Database, SnapshotResult } from '../../adapters/database/database.ts'
import type { DatabaseFacts, FailedCheck } from '../../core/diagnosis/rule.ts'
import type { LiveEvidence } from '../../core/evidence/applied-revisions.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { Operations } from '../../core/history/operation.ts'
import type { PendingNames } from '../../core/dry-run/referenced-names.ts'
import type { PendingFacts } from '../../core/dry-run/pending-facts.ts'
import {
  type ObjectCheck,
  firstRevisions,
  maxRevisions,
  plainlyThere,
  traceless,
} from '../../core/evidence/expected-objects.ts'
import type { Prediction } from '../../core/upgrade/prediction.ts'
import { predictUpgrade } from '../../core/upgrade/predict-upgrade.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from '../shell/command.ts'
import type { History } from './history.ts'
import type { VerdictSettings } from '../shell/release-settings.ts'
import type { ObjectCheckPlan } from './plan-object-check.ts'
import { type QuickCheck, planQuickCheck, quickCheckPasses, newestRows } from './quick-object-check.ts'

/** Facts from the live schema. Fields are null or undefined if they don't apply. */
export interface GatheredSchema {
  /** State of the database, including any relevant changes that pending migrations make to the version table. */
  readonly state: DatabaseState
  readonly pending: PendingFacts | null
  readonly traces: ObjectCheck | null
  /** Schema evidence that doesn't rely on version rows; null if there is no problem. */
  readonly untrusted: LiveEvidence | null
  /** Schema evidence about files that share a revision id. */
  readonly duplicates: DatabaseFacts['duplicates']
  /** Schema checks that threw an error, which means that the guard has a bug. */
  readonly failures: readonly FailedCheck[]
}

/**
 * Reads the objects that the checks need, then more of the schema if the first result calls for it.
 * `evidenceGathered` is true if evidence was already gathered for an unknown version row.
 */
export async function gatherSchema(
  context: Context,
  database: Database,
  history: History,
  found: DatabaseState,
  { target, dataChecks }: Pick<VerdictSettings, 'target' | 'dataChecks'>,
  evidenceGathered: boolean,
  rehearsed?: ReadonlyMap<string, Operations>,
): Promise<GatheredSchema> {
  /** A bug in a schema check must not suppress findings about the graph. */
  const failures: FailedCheck[] = []
  const guarded = async <T, F>(
    check: FailedCheck,
    work: () => T | Promise<T>,
    failed: (reason: string) => F,
  ) => {
    try {
      return await work()
    } catch (error) {
      if (error instanceof GuardError) throw error
      const reason = error instanceof Error ? error.message : String(error)
      context.logger.error(`the ${check} failed: ${reason}`)
      failures.push(check)
      return failed(reason)
    }
  }
  const trying = <T>(work: () => T) =>
    guarded('dry run', work, (reason) => ({
      kind: 'not tried' as const,
      reason,
    }))
  const tracing = <T>(work: () => T | Promise<T>): Promise<T | null> =>
    guarded('object check', work, () => null)
  const askClosely = async (most: number): Promise<ObjectCheckPlan> =>
    (await import('./plan-object-check.ts')).planObjectCheck(history, state, most)

  const predict = (known: DatabaseState): Prediction =>
    predictUpgrade(history.repository, history.graph, known, target)
  const early = predict(found)
  const tooLong = early.outcome === 'fails' && early.cause.kind === 'id-too-long'
  const state = tooLong
    ? (await import('./version-widths.ts')).withPendingWidths(history, found, predict)
    : found
  const prediction = tooLong ? predict(state) : early
  const replay = prediction.steps.length === 0 ? null : await import('./plan-dry-run.ts')
  const plan = replay && (await trying(() => replay.planDryRun(history, state, prediction, rehearsed)))
  const toTry = plan?.kind === 'to try' ? plan : null
  const untried = plan?.kind === 'not tried' ? plan : null
  const newest = newestRows(history, state, firstRevisions)
  const traced =
    newest &&
    (await tracing<QuickCheck | ObjectCheckPlan>(
      () => planQuickCheck(history, newest) ?? askClosely(firstRevisions),
    ))
  const table = state.versionTable
  const doubled = history.graph.duplicates.length > 0
  const judgeWhole = async (
    answer: SnapshotResult | null,
  ): Promise<Pick<GatheredSchema, 'untrusted' | 'duplicates'>> => {
    const { whole = null, transactions = null } = answer ?? {}
    const judged =
      whole &&
      (await tracing(async () => {
        const { duplicateEffects, evidenceOfSchemaAlone } = await import('./gather-evidence.ts')
        const unknown = { kind: 'unavailable' as const, reason: 'nobody asked' }
        return {
          untrusted: evidenceOfSchemaAlone(context, history, state, whole, transactions ?? unknown),
          duplicates: doubled ? duplicateEffects(history, state, whole) : undefined,
        }
      }))
    return judged ?? { untrusted: null, duplicates: undefined }
  }
  if (!toTry && !traced) {
    const wrong = doubled || (early.outcome === 'fails' && rowCauses.has(early.cause.kind))
    const seen =
      wrong && !evidenceGathered
        ? await database.look({ whole: true, transactionsOf: table, last: true })
        : null
    return { state, pending: untried, traces: null, ...(await judgeWhole(seen)), failures }
  }

  const asksWhoWrote = traced !== null && dialectOf(state).recordsTransactions
  const seen = await database.look({
    objects: together(toTry?.names, traced?.names),
    // If migrations are pending, these transactions matter only if objects are missing.
    transactionsOf: asksWhoWrote && plan === null ? table : null,
    last: !toTry && traced?.kind === 'question' && traced.all,
  })
  const { schema } = seen
  if (!schema)
    return { state, pending: untried, traces: null, untrusted: null, duplicates: undefined, failures }
  const first = toTry && replay && (await trying(() => replay.runDryRun(toTry, schema, state)))
  const questions = dataChecks && first?.kind === 'tried' ? first.replay.questions : []
  const judge = async ({ newest: ids, operations }: Closely, live: typeof schema): Promise<Traces> =>
    (await import('../../core/evidence/check-expected-objects.ts')).checkExpectedObjects(
      history.graph,
      ids,
      operations,
      live,
    )
  const judged = traced?.kind === 'question' ? await tracing(() => judge(traced, schema)) : null
  const lacking =
    traced?.kind === 'glance'
      ? !quickCheckPasses(traced, schema, seen.transactions)
      : judged !== null && traceless({ traces: judged }).length > 0
  const more =
    lacking && (traced?.kind === 'glance' || traced?.all === false)
      ? await tracing(() => askClosely(maxRevisions))
      : null

  const late = asksWhoWrote && plan !== null && lacking
  const missing = lacking && !(traced?.kind === 'glance' && plainlyThere(traced.made, schema))
  const wrong =
    missing ||
    doubled ||
    (first?.kind === 'tried' && first.replay.failure !== null) ||
    (early.outcome === 'fails' && rowCauses.has(early.cause.kind)) ||
    !rowsExact(history, state)
  const again =
    questions.length > 0 || more || late || wrong
      ? await database.look({
          objects: more?.names ?? null,
          whole: wrong,
          transactionsOf: late || (wrong && dialectOf(state).recordsTransactions) ? table : null,
          rows: questions,
          last: true,
        })
      : null
  const pending =
    toTry && replay && again?.rows.includes(true)
      ? await trying(() => replay.runDryRun(toTry, schema, state, questions, again.rows))
      : first
  const further = again?.schema ?? null
  const traces = more && further ? await tracing(() => judge(more, further)) : judged
  return {
    state,
    pending: pending ?? untried,
    traces: traces && { traces, transactions: again?.transactions ?? seen.transactions },
    ...(await judgeWhole(again)),
    failures,
  }
}

/** Failures that need schema evidence, because a known row may be wrong or the remedy depends on the schema. */
const rowCauses: ReadonlySet<string> = new Set([
  'multiple-heads',
  'unknown-row',
  'overlapping-rows',
  'duplicate-rows',
  'key-error',
])

/** Whether every version row is a complete revision id, spelled exactly as in its migration. */
function rowsExact({ graph }: History, { versions }: DatabaseState): boolean {
  return versions.every((row) => row.kind !== 'text' || graph.map.byId.has(row.value))
}

type Traces = ObjectCheck['traces']
type Closely = Pick<ObjectCheckPlan, 'newest' | 'operations'>

function together(...all: readonly (PendingNames | undefined)[]): PendingNames {
  const unite = (each: (names: PendingNames) => readonly string[]): readonly string[] => [
    ...new Set(all.flatMap((names) => (names ? each(names) : []))),
  ]
  const lists = all.some((names) => names?.lists === true)
  const extensions = unite((names) => names.extensions ?? [])
  const roles = unite((names) => names.roles ?? [])
  const calls = unite((names) => names.calls ?? [])
  return {
    names: unite(({ names }) => names),
    schemas: unite(({ schemas }) => schemas),
    ...(extensions.length > 0 && { extensions }),
    ...(all.some((names) => names?.routines) && { routines: unite((names) => names.routines ?? []) }),
    ...(all.some((names) => names?.statistics) && { statistics: unite((names) => names.statistics ?? []) }),
    ...(roles.length > 0 && { roles }),
    ...(calls.length > 0 && { calls }),
    ...(lists && { lists }),
  }
}
