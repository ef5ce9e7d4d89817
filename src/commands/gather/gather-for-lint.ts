/** Gathers what lint looks at: the history, and of a database that may be asked the pending migrations and table sizes. */
import { dialectOf } from '../../core/dialect/index.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { LiveFacts } from '../../core/lint/lint-facts.ts'
import { predictUpgrade } from '../../core/upgrade/predict-upgrade.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from '../shell/command.ts'
import type {
  DatabaseSettings,
  ProjectSettings,
  VerdictSettings,
  VersionTableSettings,
} from '../shell/release-settings.ts'
import type { LintSettings } from '../shell/verb-settings.ts'
import { type History, gatherWhole } from './history.ts'
import { openFor } from './open-database.ts'
import { locateVersionTable, readKnownState } from './version-rows.ts'

/** What lint needs: the history, and from a database, where one is asked, what is pending and how large tables are. */
export interface GatheredForLint {
  readonly history: History
  /** Null: not asked for. */
  readonly pending: readonly string[] | null
  readonly live: LiveFacts | null
}

/** Where to look, and whether what is pending is asked. */
export type GatherLintSettings = ProjectSettings &
  DatabaseSettings &
  VersionTableSettings &
  Pick<VerdictSettings, 'target'> & { readonly lint: Pick<LintSettings['lint'], 'pending'> }

/**
 * Gathers it.
 * @throws GuardError where the database was asked for and can't be looked at, or what is pending can't be told.
 */
export async function gatherForLint(
  context: Context,
  settings: GatherLintSettings,
  asksDatabase: boolean,
): Promise<GatheredForLint> {
  const history = await gatherWhole(context, settings)
  if (!asksDatabase) return { history, pending: null, live: null }
  const question = locateVersionTable(history.repository, settings)
  if (question instanceof GuardError) throw question
  const database = await openFor(context, settings)
  if (database instanceof GuardError) throw database
  try {
    const state = await readKnownState(database, question, history.repository)
    const live = { tables: await database.readTableSizes(), major: dialectOf(state).majorOf(state.server) }
    if (!settings.lint.pending) return { history, pending: null, live }
    const prediction = predictUpgrade(history.repository, history.graph, state, settings.target)
    const stuck = prediction.outcome === 'fails' && prediction.steps.length === 0
    if (prediction.outcome === 'unknown' || stuck) {
      throw new GuardError(
        'unavailable',
        'pending migrations are unknown, because "alembic upgrade" would fail first',
        { command: ['alembic-guard', 'check'], after: ' says why' },
      )
    }
    return { history, pending: prediction.steps.map(({ revision }) => revision), live }
  } finally {
    await database.close()
  }
}

/** The sizes of the tables of a database that was looked at already; null: it can't be asked again. */
export async function readLive(
  context: Context,
  settings: DatabaseSettings,
  state: DatabaseState,
): Promise<LiveFacts | null> {
  const database = await openFor(context, settings)
  if (database instanceof GuardError) return null
  try {
    return { tables: await database.readTableSizes(), major: dialectOf(state).majorOf(state.server) }
  } catch (error) {
    if (!(error instanceof GuardError)) throw error
    context.logger.warn(`the sizes of the tables can't be read: ${error.message}`)
    return null
  } finally {
    await database.close()
  }
}
