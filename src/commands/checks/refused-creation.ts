/**
 * Finds pending migrations that need the CREATE privilege. Used instead of the dry run if there are many schemas,
 * because it needs only one query per schema.
 */
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { readAllOperations } from '../../adapters/project/read-operations.ts'
import { dryRunUpgrade } from '../../core/dry-run/dry-run.ts'
import { type PendingFacts, revisionsToTry } from '../../core/dry-run/pending-facts.ts'
import { reasonNotToTry } from '../../core/upgrade/env-interference.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import { effectsOn } from '../../core/history/env-effects.ts'
import type { SchemaSnapshot } from '../../core/schema/schema-snapshot.ts'
import { shown } from '../../core/text/display.ts'
import { predictUpgrade } from '../../core/upgrade/predict-upgrade.ts'
import type { Context } from '../shell/command.ts'
import type { VerdictSettings } from '../shell/release-settings.ts'
import type { History } from '../gather/history.ts'

/**
 * Simulates the pending migrations until one lacks the CREATE privilege. Returns null if none does. The failure is
 * certain only in the connection's default schema, because elsewhere, env.py decides where tables are created.
 */
export function refusedCreation(
  context: Context,
  { repository, graph }: History,
  state: DatabaseState,
  { target }: Pick<VerdictSettings, 'target'>,
): PendingFacts | null {
  const { schema } = state.versionTable
  if (schema === null || state.privileges?.createTables !== false) return null
  const revisions = revisionsToTry(predictUpgrade(repository, graph, state, target))
  if (revisions.length === 0 || reasonNotToTry(repository, state.dialect) !== null) return null
  const operations = readAllOperations(
    diskTree(context.cwd),
    repository,
    graph,
    state.dialect,
    new Set(revisions),
  )
  const env = effectsOn(repository.env, state.dialect)
  const own = { ...env, doubts: env.doubts.filter(({ touches }) => touches.kind !== 'names') }
  const [current] = env.searchPath ?? state.searchPath
  const certain = current === schema && own.doubts.length === env.doubts.length
  const live = rightsAlone(schema)
  const start = { schema: live, searchPath: [schema], newVersionTable: null, env: own, unlisted: true }
  const replay = dryRunUpgrade(revisions, operations, start)
  const { failure } = replay
  if (failure?.kind !== 'privilege') return null
  if (certain) return { kind: 'tried', replay, schema: live, operations, asRead: operations, revisions }
  const reason = `${failure.span.path}:${failure.span.line} creates a table or type, but the role lacks the CREATE privilege on schema ${shown(schema)}`
  return { kind: 'not tried', reason }
}

function rightsAlone(schema: string): SchemaSnapshot {
  return {
    dialect: 'postgresql',
    defaultSchema: schema,
    schemas: [schema],
    tables: [],
    enums: [],
    surroundings: {
      relations: [],
      types: [],
      access: [{ name: schema, usage: true, create: false, owned: false }],
      createSchemas: true,
      pathSetting: [schema],
    },
  }
}
