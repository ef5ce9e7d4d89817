/** Gathers the facts that commands need. Reads the repository and the database in parallel. */
import { diskTree } from '../../adapters/files/disk-tree.ts'
import type { FileTree } from '../../adapters/files/file-tree.ts'
import { rememberingTree } from '../../adapters/files/remembering-tree.ts'
import { unsetVariables } from '../../adapters/project/unset-variables.ts'
import { engineNamesFor } from '../../adapters/project/engine-name.ts'
import { interruptedWrite } from '../../adapters/edits/interrupted-write.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { Operations } from '../../core/history/operation.ts'
import type { PendingFacts } from '../../core/dry-run/pending-facts.ts'
import type { LiveEvidence } from '../../core/evidence/applied-revisions.ts'
import type { DatabaseFacts, FailedCheck } from '../../core/diagnosis/rule.ts'
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

/** The gathered facts. `problem` is the reason why the database couldn't be read. */
export type Gathered = History & {
  /** Evidence from the live schema. Null unless there is an unknown version row. */
  readonly live: LiveEvidence | null
  /** Results of the dry run; null if it wasn't requested or nothing is pending. */
  readonly pending: PendingFacts | null
  /** Schema evidence that doesn't rely on version rows. Null if not requested, or if there is no problem. */
  readonly untrusted: LiveEvidence | null
  /** Schema evidence about files that share a revision id. Undefined if there are none, or if it wasn't requested. */
  readonly duplicates?: DatabaseFacts['duplicates']
  /** Results of the object check. Null if not requested, or if the version rows are inconclusive. */
  readonly traces: ObjectCheck | null
  /** Schema checks that threw an error; undefined if no checks were requested. */
  readonly failures?: readonly FailedCheck[]
} & (
    | { readonly state: DatabaseState; readonly problem: null }
    | { readonly state: null; readonly problem: GuardError }
  )

/** The project and database to read, and the target of the upgrade. */
export type GatherSettings = ProjectSettings &
  DatabaseSettings &
  VersionTableSettings &
  Pick<VerdictSettings, 'target' | 'dataChecks'>

/** Options for {@link gather}. */
export interface GatherOptions {
  /** Selects the version rows that need evidence; by default, rows that match no revision. */
  readonly lostOf?: (graph: RevisionGraph, state: DatabaseState) => readonly string[]
  readonly trust?: 'known rows' | 'the schema alone'
  /** The history, if it has already been read. */
  readonly known?: History | null
  /** The files to read the history from; by default, the files on disk. */
  readonly tree?: FileTree
  /** Whether to simulate the pending migrations. */
  readonly triesPending?: boolean
  /** Operations observed in a rehearsal, by revision. */
  readonly rehearsed?: ReadonlyMap<string, Operations>
}

/**
 * Reads the repository and the database. Returns database errors instead of throwing them, because some findings need
 * only the history. If `trust` is `the schema alone`, ignores the version rows.
 */
export async function gather(
  context: Context,
  settings: GatherSettings,
  {
    lostOf = lostRows,
    trust = 'known rows',
    known = null,
    tree = rememberingTree(diskTree(context.cwd), { twice: true }),
    triesPending = false,
    rehearsed,
  }: GatherOptions = {},
): Promise<Gathered> {
  const opening = openFor(context, settings)
  try {
    const read = known ?? (await gatherHistory(context, settings, tree))
    const history = forDatabase(context, inEnvironment(context, read, settings), settings)
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
    // After an interrupted write, the history may be incomplete, so it must not be checked.
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

/**
 * Records which environment variables are unset, for interpreting the migrations. Does nothing if the database URL
 * doesn't come from the environment, because the release may then run with different variables.
 */
function inEnvironment({ cwd, env }: Context, history: History, { databaseUrl }: DatabaseSettings): History {
  if (databaseUrl.value === null || !Object.values(env).includes(databaseUrl.value)) return history
  const isUnset = unsetVariables(diskTree(cwd), env)
  return { ...history, repository: { ...history.repository, isUnset } }
}

/** If env.py migrates several databases, restricts the history to the one that this URL points to. */
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
          `env.py migrates ${others.length + 1} databases, and this URL is for ${shown(own)}; check ${listed(others)} with ${others.length === 1 ? 'its own URL' : 'their own URLs'}`,
        ]
  return { ...history, repository: { ...repository, engineName: own, remarks } }
}

/** Returns the version rows that match no revision. Ignores differences in case and whitespace. */
export function lostRows(graph: RevisionGraph, state: DatabaseState): readonly string[] {
  return state.versions.flatMap((row) => {
    if (row.kind !== 'text' || row.value === '' || graph.map.byId.has(row.value)) return []
    const { kind } = resolveIdentifier(graph, row.value)
    if (kind !== 'unknown' && kind !== 'ambiguous') return []
    const near = nearMisses(graph, row.value)
    return near.some(({ how }) => how === 'case' || how === 'blanks') ? [] : [row.value]
  })
}
