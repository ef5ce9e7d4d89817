/** Gathers what commands decide on: the repository, and the database at the same time. */
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { engineNamesFor } from '../../adapters/project/engine-name.ts'
import { interruptedWrite } from '../../adapters/edits/interrupted-write.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { Operations } from '../../core/history/operation.ts'
import type { PendingFacts } from '../../core/dry-run/pending-facts.ts'
import type { LiveEvidence } from '../../core/evidence/applied-revisions.ts'
import type { DatabaseFacts } from '../../core/diagnosis/rule.ts'
import type { ObjectCheck } from '../../core/evidence/expected-objects.ts'
import { nearMisses, resolveIdentifier } from '../../core/history/identifier.ts'
import type { RevisionGraph } from '../../core/history/revision-graph.ts'
import { listed, shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from '../shell/command.ts'
import type {
  DatabaseSettings,
  ProjectSettings,
  VerdictSettings,
  VersionTableSettings,
} from '../shell/release-settings.ts'
import { gatherSchema } from './gather-schema.ts'
import { type History, gatherHistory, interruptedHint } from './history.ts'
import { openFor } from './open-database.ts'
import { locateVersionTable, readKnownState } from './version-rows.ts'

/** What was gathered; `problem` says why the database could not be looked at. */
export type Gathered = History & {
  /** Gathered only when a row is unknown. */
  readonly live: LiveEvidence | null
  /** Gathered only when asked for, and when migrations are pending. */
  readonly pending: PendingFacts | null
  /** Gathered only when asked for, and when something is wrong with rows or pending migrations. */
  readonly untrusted: LiveEvidence | null
  /** Gathered only when asked for, where files share an id. */
  readonly duplicates?: DatabaseFacts['duplicates']
  /** As above; null when nothing is to be learned from the rows. */
  readonly traces: ObjectCheck | null
} & (
    | { readonly state: DatabaseState; readonly problem: null }
    | { readonly state: null; readonly problem: GuardError }
  )

/** Where to look, and what for. */
export type GatherSettings = ProjectSettings &
  DatabaseSettings &
  VersionTableSettings &
  Pick<VerdictSettings, 'target' | 'dataChecks'>

/** What a command wants gathered besides. */
export interface GatherOptions {
  /** Rows that the schema is to speak about; default: those that nothing defines. */
  readonly lostOf?: (graph: RevisionGraph, state: DatabaseState) => readonly string[]
  readonly trust?: 'known rows' | 'the schema alone'
  /** A history that was read before. */
  readonly known?: History | null
  /** Pending migrations are tried on what the schema holds. */
  readonly triesPending?: boolean
  /** What revisions did in a rehearsal. */
  readonly rehearsed?: ReadonlyMap<string, Operations>
}

/**
 * Reads repository and database; the connection is made while the files are read. A database that can't be looked
 * at is no exception here, so that what the history alone tells is still told. Where no stamp is to be trusted the
 * schema is read in any case, and judged by itself. A `known` history
 * is not read again.
 */
export async function gather(
  context: Context,
  settings: GatherSettings,
  {
    lostOf = lostRows,
    trust = 'known rows',
    known = null,
    triesPending = false,
    rehearsed,
  }: GatherOptions = {},
): Promise<Gathered> {
  const opening = openFor(context, settings)
  try {
    const history = forDatabase(context, known ?? (await gatherHistory(context, settings)), settings)
    const question = locateVersionTable(history.repository, settings)
    const nothing = {
      ...history,
      live: null,
      pending: null,
      untrusted: null,
      traces: null,
      state: null,
    }
    if (question instanceof GuardError) return { ...nothing, problem: question }
    const interrupted = interruptedWrite(diskTree(context.cwd), history.repository.versionLocations)
    // A partially written history must not be judged.
    if (interrupted !== null)
      return { ...nothing, problem: new GuardError('unavailable', interrupted, interruptedHint) }
    context.progress.show(0, null, 'waiting for the database')
    const database = await opening
    if (settings.databaseUrl.value === null) {
      const { missingUrl } = await import('./missing-url.ts')
      return { ...nothing, problem: missingUrl(context, settings, history.repository) }
    }
    if (database instanceof GuardError) return { ...nothing, problem: database }
    context.logger.debug(`connected; reading ${shown(question.versionTable)}`)
    try {
      const state = await readKnownState(database, question, history.repository)
      const lost = lostOf(history.graph, state)
      const live =
        lost.length === 0 && trust === 'known rows'
          ? null
          : await (
              await import('./gather-evidence.ts')
            ).gatherEvidence(context, database, history, state, { lost, trust })
      if (!triesPending) return { ...nothing, live, state, problem: null }
      const seen = await gatherSchema(context, database, history, state, settings, live !== null, rehearsed)
      return { ...history, live, ...seen, problem: null }
    } catch (error) {
      if (error instanceof GuardError) return { ...nothing, problem: error }
      throw error
    }
  } finally {
    const database = await opening.catch(() => null)
    if (database && !(database instanceof GuardError)) await database.close()
  }
}

/** The history as the database that is looked at meets it, where env.py migrates several. */
function forDatabase(context: Context, history: History, { databaseUrl }: DatabaseSettings): History {
  const { repository } = history
  const names = engineNamesFor(diskTree(context.cwd), repository, databaseUrl.value)
  if (names === null) return history
  const { own, others } = names
  const remarks =
    others.length === 0
      ? repository.remarks
      : [
          ...repository.remarks,
          `env.py migrates ${others.length + 1} databases: this URL is that of ${shown(own)}; check ${listed(others)} with ${others.length === 1 ? 'its own URL' : 'their own URLs'}`,
        ]
  return { ...history, repository: { ...repository, engineName: own, remarks } }
}

/** Rows that no file of the release answers to, and that are no slip of the pen. */
export function lostRows(graph: RevisionGraph, state: DatabaseState): readonly string[] {
  return state.versions.flatMap((row) => {
    if (row.kind !== 'text' || row.value === '' || graph.map.byId.has(row.value)) return []
    const { kind } = resolveIdentifier(graph, row.value)
    if (kind !== 'unknown' && kind !== 'ambiguous') return []
    const near = nearMisses(graph, row.value)
    return near.some(({ how }) => how === 'case' || how === 'blanks') ? [] : [row.value]
  })
}
