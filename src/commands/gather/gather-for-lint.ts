/** Gathers the input for lint. */
import type { FileTree } from '../../adapters/files/file-tree.ts'
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

/** Input for lint: the history and, if a database was read, its pending migrations and table sizes. */
export interface GatheredForLint {
  readonly history: History
  /** Null if the pending migrations weren't requested. */
  readonly pending: readonly string[] | null
  readonly live: LiveFacts | null
}

/** Which project and database to read, and whether to find pending migrations. */
export type GatherLintSettings = ProjectSettings &
  DatabaseSettings &
  VersionTableSettings &
  Pick<VerdictSettings, 'target'> & { readonly lint: Pick<LintSettings['lint'], 'pending'> }

/**
 * Gathers the input for lint.
 * @throws GuardError if the database can't be read or the pending migrations are unknown.
 */
export async function gatherForLint(
  context: Context,
  settings: GatherLintSettings,
  asksDatabase: boolean,
  tree: FileTree,
): Promise<GatheredForLint> {
  const history = await gatherWhole(context, settings, tree)
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
        stuck
          ? 'the pending migrations are unknown, because "alembic upgrade" would fail before it runs any of them'
          : 'the pending migrations are unknown, because the outcome of "alembic upgrade" is unknown',
        { command: ['alembic-guard', 'check'], after: ' explains why' },
      )
    }
    return { history, pending: prediction.steps.map(({ revision }) => revision), live }
  } finally {
    await database.close()
  }
}

/** Reads the table sizes over a new connection. Returns null if that fails. */
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
    context.logger.warn(`can't read the table sizes: ${error.message}`)
    return null
  } finally {
    await database.close()
  }
}
