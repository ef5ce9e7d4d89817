/** Reads the live schema and infers which migrations are applied. */
import type { Database } from '../../adapters/database/database.ts'
import { operationsReader, readAllOperations } from '../../adapters/project/read-operations.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { Operations } from '../../core/history/operation.ts'
import { type LiveEvidence, judgeEvidence } from '../../core/evidence/applied-revisions.ts'
import type { SchemaSnapshot, TransactionEvidence } from '../../core/schema/schema-snapshot.ts'
import { type FileEffects, fileEffects } from '../../core/evidence/file-effects.ts'
import { readOperations } from '../../python/operations/read-operations.ts'
import { resolveIdentifier } from '../../core/history/identifier.ts'
import { withPlaceholders } from '../../core/lost/plan-placeholder.ts'
import { GuardError } from '../../errors.ts'
import { collectGarbage } from '../shell/collect-garbage.ts'
import type { Context } from '../shell/command.ts'
import type { History } from './history.ts'

/**
 * Reads evidence from the schema, in case version rows are unknown or untrusted. Null if the schema can't be read.
 */
export async function gatherEvidence(
  context: Context,
  database: Database,
  history: History,
  state: DatabaseState,
  { lost, trust }: { readonly lost: readonly string[]; readonly trust: 'known rows' | 'the schema alone' },
): Promise<LiveEvidence | null> {
  const { repository, tree } = history
  const graph = withPlaceholders(repository, lost, history.graph)
  if (graph.problem) return null
  try {
    const known = state.versions.flatMap((row) => {
      if (trust === 'the schema alone') return []
      const found =
        row.kind === 'text' && !lost.includes(row.value) ? resolveIdentifier(graph, row.value) : null
      return found?.kind === 'revision' ? [found.id] : []
    })
    const { schema, transactions, counters } = await database.look({
      objects: 'all',
      transactionsOf: state.versionTable,
      countersOf: lost.length > 0 ? state.versionTable : null,
      last: true,
    })
    if (!schema || !transactions) return null
    const operations = readWhole(context, { repository, graph, tree }, state)
    const original = transactions.kind === 'available'
    const evidence = judgeEvidence(graph, { lost, known }, operations, schema, original, counters)
    collectGarbage(graph.map.byId.size)
    return {
      stamps: { lost, known },
      schema,
      evidence,
      operations,
      operationsOf: () => operations,
      transactions,
    }
  } catch (error) {
    // The finding is valid even without this evidence, so a bug here must not suppress it.
    const what = error instanceof Error ? error.message : String(error)
    if (error instanceof GuardError) context.logger.warn(`the schema can't be read: ${what}`)
    else context.logger.error(`the evidence couldn't be evaluated: ${what}`)
    return null
  }
}

/**
 * Derives evidence from a known schema. Reads migrations on demand, because few findings need all of them. Null if
 * the graph is too broken to use.
 */
export function evidenceOfSchemaAlone(
  context: Context,
  history: History,
  state: DatabaseState,
  schema: SchemaSnapshot,
  transactions: TransactionEvidence,
): LiveEvidence | null {
  const { repository, graph, tree } = history
  if (graph.problem) return null
  const stamps = { lost: [], known: [] }
  const original = transactions.kind === 'available'
  let all: LiveEvidence['operations'] | null = null
  let judged: LiveEvidence['evidence'] | null = null
  const operations = () => (all ??= readWhole(context, history, state))
  const readSoFar = new Map<string, Operations>()
  const read = operationsReader(tree, repository, graph, state.dialect)
  return {
    stamps,
    schema,
    get evidence() {
      return (judged ??= judgeEvidence(graph, stamps, operations(), schema, original))
    },
    get operations() {
      return operations()
    },
    operationsOf: (revisions) => {
      if (all) return all
      for (const id of revisions) {
        const own = readSoFar.get(id) ?? read(id)
        if (own) readSoFar.set(id, own)
      }
      return readSoFar
    },
    transactions,
  }
}

function readWhole(
  context: Context,
  { repository, graph, tree }: History,
  { dialect }: DatabaseState,
): LiveEvidence['operations'] {
  return readAllOperations(tree, repository, graph, dialect, null, (done, total) =>
    context.progress.show(done, total, 'analyzing the migrations'),
  )
}

/**
 * For each file with a duplicate revision id, returns which of its effects exist in the live schema. Keyed by path.
 */
export function duplicateEffects(
  { graph, tree }: History,
  { dialect }: DatabaseState,
  schema: SchemaSnapshot,
): ReadonlyMap<string, FileEffects> {
  const paths = graph.duplicates.flatMap(({ revisions }) => revisions.map(({ path }) => path))
  return new Map(
    paths.flatMap((path): [string, FileEffects][] => {
      const bytes = tree.readFile(path)
      const effects = bytes && fileEffects(readOperations(bytes, path, dialect).upgrade, schema)
      return effects ? [[path, effects]] : []
    }),
  )
}
