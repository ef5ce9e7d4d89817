/**
 * Looks whether the newest applied migrations left what they make. Where all of them are in the plain forms and all
 * that they make is there, as in nearly every release, that is the end of it; everything else is looked at closely.
 */
import type { Database } from '../adapters/database.ts'
import { diskTree } from '../adapters/disk-tree.ts'
import { FileUnreadable } from '../adapters/file-tree.ts'
import type { DatabaseState } from '../core/database-state.ts'
import { resolveIdentifier } from '../core/identifier.ts'
import { reasonNotToTry } from '../core/replay/interference.ts'
import type { PendingNames } from '../core/replay/names.ts'
import type { SchemaSnapshot } from '../core/schema-snapshot.ts'
import {
  type PlainMade,
  type TraceFacts,
  firstRevisions,
  newestApplied,
  plainlyThere,
} from '../core/traces.ts'
import { readPlainOperations } from '../python/plain-operations.ts'
import type { Context } from './command.ts'
import type { History } from './gather.ts'

/** A look that is under way. */
export interface TraceLook {
  /** Fetches the names of the look together with those that it is asked for, so that one question is enough. */
  readonly database: Database
  /**
   * `pending`: migrations are going to run, so that who wrote the row matters only where something is missing. Null:
   * nothing follows from the rows, or everything is in its place.
   */
  finish(pending: boolean): Promise<TraceFacts | null>
}

/** Prepares the look; asks nothing yet. */
export async function startTraceLook(
  context: Context,
  database: Database,
  history: History,
  state: DatabaseState,
): Promise<TraceLook> {
  const newest = newestOf(history, state, firstRevisions)
  if (newest === null) return { database, finish: () => Promise.resolve(null) }
  const made = plainlyMade(context, history, newest)
  const question = made === null ? await closeQuestion(context, history, state) : null
  const names = question?.names ?? { names: tablesOf(made ?? []), schemas: [] }
  const together = withNames(database, names)
  return {
    database: together.database,
    async finish(pending) {
      const fetched = together.fetched()
      if (made !== null) {
        const schema = fetched ?? (await database.readObjects(names))
        if (plainlyThere(made, schema) && (pending || (await rowsFit(database, state)))) return null
      }
      const close = question ?? (await closeQuestion(context, history, state))
      const { lookAtTraces } = await import('./look-at-traces.ts')
      const about = { fetched: question ? fetched : null, pending }
      return lookAtTraces(context, database, history, state, close, about)
    },
  }
}

async function closeQuestion(context: Context, history: History, state: DatabaseState) {
  const { traceQuestion } = await import('./look-at-traces.ts')
  return traceQuestion(context, history, state, newestOf(history, state, firstRevisions) ?? [])
}

/** The newest applied revisions; null: the rows are not such that anything follows from them. */
export function newestOf(
  { repository, graph }: History,
  state: DatabaseState,
  most: number,
): readonly string[] | null {
  if (graph.problem || reasonNotToTry(repository) !== null || state.versions.length === 0) return null
  const rows = state.versions.flatMap((row) => {
    const found = row.kind === 'text' ? resolveIdentifier(graph, row.value) : null
    return found?.kind === 'revision' && row.kind === 'text' && found.id === row.value ? [found.id] : []
  })
  if (rows.length < state.versions.length) return null
  const newest = newestApplied(graph, rows, most)
  return newest.length === 0 ? null : newest
}

/** What the newest revisions make, one entry for each; null: some do more than can be seen at a glance. */
function plainlyMade(
  context: Context,
  { graph }: History,
  newest: readonly string[],
): readonly PlainMade[] | null {
  const tree = diskTree(context.cwd)
  const made: PlainMade[] = []
  try {
    for (const id of newest) {
      const path = graph.map.byId.get(id)?.revision.path ?? ''
      const bytes = path === '' ? null : tree.readFile(path)
      const operations = bytes && readPlainOperations(bytes, path)
      if (!operations) return null
      made.push(operations)
    }
  } catch (error) {
    if (error instanceof FileUnreadable) return null
    throw error
  }
  return made
}

function tablesOf(made: readonly PlainMade[]): readonly string[] {
  return [
    ...new Set(made.flatMap(({ tables, columns }) => [...tables, ...columns.map(({ table }) => table)])),
  ]
}

/** Did the transaction of each row make something? Only PostgreSQL knows; where nobody knows, nothing speaks against it. */
async function rowsFit(database: Database, state: DatabaseState): Promise<boolean> {
  if (state.dialect !== 'postgresql') return true
  const evidence = await database.readTransactionEvidence(state.versionTable)
  return evidence.kind === 'unavailable' || evidence.rows.every(({ made }) => made.length > 0)
}

function withNames(database: Database, names: PendingNames) {
  let schema: SchemaSnapshot | null = null
  const together: Database = {
    ...database,
    async readObjects(asked) {
      schema = await database.readObjects({
        names: [...new Set([...asked.names, ...names.names])],
        schemas: [...new Set([...asked.schemas, ...names.schemas])],
      })
      return schema
    },
  }
  return { database: together, fetched: () => schema }
}
