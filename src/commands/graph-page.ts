/** Adds details to the HTML graph: operations, author, date and risks. */
import { diskTree } from '../adapters/files/disk-tree.ts'
import { readFileOrigins } from '../adapters/git/file-origins.ts'
import { GitRefused } from '../adapters/git/git-process.ts'
import { openGit } from '../adapters/git/git-queries.ts'
import { operationsReader } from '../adapters/project/read-operations.ts'
import type { DatabaseFacts } from '../core/diagnosis/rule.ts'
import type { Finding } from '../core/findings/finding.ts'
import type { Origin, PageFacts } from '../drawing/page-rows.ts'
import { GuardError } from '../errors.ts'
import { riskTags } from '../rules/lint/index.ts'
import { remedyCommand } from '../report/text/layout.ts'
import type { History } from './gather/history.ts'
import { lintMigrations, lintTable } from './lint-run/lint-migrations.ts'
import type { Context } from './shell/command.ts'
import type { VerdictSettings } from './shell/release-settings.ts'

/** Maximum number of pending migrations to lint. If there are more, the database is probably new. */
const maxLinted = 200

/** Gathers the details shown on the graph page. Omits unavailable details. */
export async function pageFacts(
  context: Context,
  settings: VerdictSettings,
  history: History,
  database: DatabaseFacts | null,
): Promise<PageFacts> {
  const state = database?.state ?? null
  const { repository, graph, tree } = history
  const judged = database?.untrusted?.operationsOf([])
  const pending = database?.pending?.kind === 'tried' ? database.pending.asRead : null
  const read = operationsReader(tree, repository, graph, state?.dialect ?? null)
  // Reads each other migration on demand, without caching it.
  const single = (id: string) => judged?.get(id) ?? pending?.get(id) ?? read(id)
  return {
    database: state && (state.host === null ? state.name : `${state.name} on ${state.host}`),
    operations: database?.live?.operations ?? { get: single },
    origins: await originsOf(context, history),
    risks: database === null ? [] : await risksOf(context, settings, history, database),
    riskTags,
    commandLine: remedyCommand,
  }
}

/**
 * Returns the origin of each file, by path. The date comes from the file or from the commit that added it; the author
 * comes from git.
 */
async function originsOf(context: Context, { graph }: History): Promise<ReadonlyMap<string, Origin>> {
  const paths = graph.map.nodes.flatMap(({ revision: { path } }) => (path === '' ? [] : [path]))
  const commits = await commitsOf(context, paths)
  return new Map(
    graph.map.nodes.map(({ revision: { path, module } }): [string, Origin] => {
      const stated = /^Create Date: (\d{4}-\d\d-\d\d)/m.exec(module.doc ?? '')?.[1]
      const commit = commits.get(path)
      return [path, { date: stated ?? commit?.date.slice(0, 10) ?? '', author: commit?.author ?? '' }]
    }),
  )
}

async function commitsOf({ cwd, env, signal, logger }: Context, paths: readonly string[]) {
  try {
    const git = await openGit({ directory: cwd, env, signal })
    return await readFileOrigins(git, diskTree(cwd), paths)
  } catch (error) {
    if (!(error instanceof GitRefused)) throw error
    logger.debug(`the graph omits authors: ${error.reason}`)
    return new Map<string, never>()
  }
}

/** Lints the pending migrations. Returns only findings that matter for a release. */
async function risksOf(
  context: Context,
  settings: VerdictSettings,
  history: History,
  { prediction }: DatabaseFacts,
): Promise<readonly Finding[]> {
  const ids = prediction.steps.map(({ revision }) => revision)
  if (ids.length === 0 || ids.length > maxLinted || history.graph.problem) return []
  try {
    const { table, rules } = await lintTable(context, { lint: { rules: [] } })
    const telling = rules.filter(({ quietInRelease }) => quietInRelease !== true)
    return lintMigrations(context, diskTree(context.cwd), settings, table, history, ids, telling, null)
      .findings
  } catch (error) {
    // Errors in the lint configuration don't affect the graph.
    if (!(error instanceof GuardError)) throw error
    context.logger.warn(`the graph omits the risks of pending migrations: ${error.message}`)
    return []
  }
}
