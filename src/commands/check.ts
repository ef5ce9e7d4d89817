/** `check`: will `alembic upgrade` fail on this database with this release? The main job. */
import { abortsAfter } from '../adapters/files/deadline.ts'
import { diskTree } from '../adapters/files/disk-tree.ts'
import { findSourceRoot } from '../adapters/files/source-root.ts'
import { diagnose, type Diagnosis } from '../core/diagnosis/diagnose.ts'
import { resolveIdentifier } from '../core/history/identifier.ts'
import { type Provenances, mainCause } from '../core/lost/provenances.ts'
import type { DatabaseFacts } from '../core/diagnosis/rule.ts'
import type { ReleaseFacts } from '../core/release/release-facts.ts'
import { type Standing, standingOf } from '../core/upgrade/database-position.ts'
import { predictUpgrade } from '../core/upgrade/predict-upgrade.ts'
import { exitCodes } from '../errors.ts'
import { markGraph } from '../drawing/marks.ts'
import { reporters } from '../report/index.ts'
import { buildReport } from '../report/model/report.ts'
import { fallbackRule, rules } from '../rules/index.ts'
import type { Command, Context, Telling } from './shell/command.ts'
import { coverageOf } from './shell/coverage.ts'
import { type Gathered, type History, gather } from './gather/gather-release.ts'
import { errorReportOf } from './shell/error-report.ts'
import type { Settings } from './shell/settings.ts'
import { tellingText } from './shell/deliver.ts'
import { databaseOptions, projectOptions, verdictReportOptions } from './shell/options.ts'

/** The command. */
export const check: Command = {
  name: 'check',
  options: [
    ...projectOptions,
    ...databaseOptions,
    'target',
    'strict',
    'ignore',
    'on-ahead',
    'data-checks',
    'allow-missing-url',
    'schemas',
    'databases',
    'jobs',
    ...verdictReportOptions,
  ],
  formats: Object.keys(reporters),
  examples: [
    ['$0 check && alembic upgrade head', 'in the release command'],
    ["$0 check --schemas 'tenant_*'", 'one version table in each schema'],
    ['$0 check --databases fleet.txt', 'many databases, one verdict'],
    ['$0 check --database-url sqlite:///app.db', 'against a file'],
    ['$0 check --format json', 'for machines'],
  ],
  async run(context, settings) {
    if (settings.schemas.length > 0 || settings.databases !== null) {
      const { checkMany } = await import('./checks/check-many.ts')
      return checkMany(context, settings)
    }
    const { telling, exitCode } = await checkRelease('check', context, settings)
    return { stdout: await tellingText(telling, context, settings), exitCode, telling }
  },
}

/** What a check came to, for the commands that build on it. */
export interface CheckedRelease {
  readonly telling: Telling
  readonly exitCode: number
  readonly gathered: Gathered
  readonly diagnosis: Diagnosis
  readonly facts: DatabaseFacts | null
  /** What became of unknown rows; null: there are none, or nobody could look. */
  readonly provenance: Provenances | null
}

/** Gathers, decides and puts the report together. A `known` history is not read again. */
export async function checkRelease(
  command: string,
  context: Context,
  settings: Settings,
  known: History | null = null,
): Promise<CheckedRelease> {
  const gathered = await gather(context, settings, { known, triesPending: true })
  const release = command === 'preflight' ? await releaseAround(context, settings, gathered) : null
  return judgeRelease(command, context, settings, gathered, release)
}

/** Decides on what was gathered and puts the report together. */
export async function judgeRelease(
  command: string,
  context: Context,
  settings: Settings,
  gathered: Gathered,
  release: ReleaseFacts | null,
): Promise<CheckedRelease> {
  const provenance = await lookForUnknown(context, settings, gathered)
  const { diagnosis, facts } = decide(gathered, settings, release, provenance)
  const problem = passesWithoutUrl(settings) ? null : gathered.problem
  const exitCode = problem
    ? exitCodes.unavailable
    : { pass: exitCodes.pass, blocked: exitCodes.blocked, undetermined: exitCodes.unavailable }[
        diagnosis.verdict
      ]
  for (const { code, error } of diagnosis.crashes) context.logger.error(`rule ${code} failed: ${error}`)
  const report = buildReport({
    tool: context.tool,
    command,
    target: settings.target,
    exitCode,
    diagnosis,
    repository: gathered.repository,
    graph: gathered.graph,
    database: facts,
    error: problem && errorReportOf(problem),
    remarks: gathered.repository.remarks,
    strict: settings.strict,
    coverage: coverageOf({
      database: gathered.state !== null,
      evidence: gathered.live !== null,
      tried: gathered.pending?.kind === 'tried',
      provenance: provenance !== null,
      release: release !== null,
    }),
  })
  const scene = {
    picture: () => markGraph({ graph: gathered.graph, database: facts }, diagnosis.findings),
    root: findSourceRoot(context.cwd),
  }
  return { telling: { report, scene }, exitCode, gathered, diagnosis, facts, provenance }
}

/** What surrounds the upgrade. Of the URL only its scheme is kept, and the variable that it was found in. */
async function releaseAround(
  context: Context,
  { databaseUrl }: Settings,
  { repository }: Gathered,
): Promise<ReleaseFacts> {
  const { readReleaseFacts } = await import('../adapters/release/release-files.ts')
  const { value, source } = databaseUrl
  const variable = /^\$?(?<name>[A-Z_][A-Z0-9_]*)(?: of .*)?$/i.exec(source)?.groups?.['name'] ?? null
  return readReleaseFacts(diskTree(context.cwd), repository, value === null ? null : { value, variable })
}

/** There is no database to look at, and the user wants that to pass. */
function passesWithoutUrl({ databaseUrl, allowMissingUrl }: Settings): boolean {
  return databaseUrl.value === null && allowMissingUrl
}

/** Prediction, standing and rules over what was gathered. */
function decide(
  { repository, graph, state, live, pending, traces }: Gathered,
  settings: Settings,
  release: ReleaseFacts | null,
  provenance: Provenances | null,
): { diagnosis: Diagnosis; facts: DatabaseFacts | null } {
  const { target, onAhead } = settings
  let facts: DatabaseFacts | null = null
  if (state) {
    const refused = pending?.kind === 'tried' ? pending.replay.refusal : null
    const prediction = predictUpgrade(repository, graph, state, target, refused)
    const standing = standingKnowing(standingOf(graph, state, prediction), provenance)
    facts = { state, prediction, standing, live, pending, traces }
  }
  return {
    diagnosis: diagnose(
      { repository, graph, target, database: facts, release, provenance, onAhead },
      rules,
      fallbackRule,
      settings,
    ),
    facts,
  }
}

/**
 * What became of rows that nothing defines, and of revisions that files name. Only then is git asked, and for no longer
 * than the database: a release that passes pays nothing.
 */
async function lookForUnknown(
  context: Context,
  { timeoutMs }: Settings,
  gathered: Gathered,
): Promise<Provenances | null> {
  const { graph, state } = gathered
  // A file that can't be read may be what defines them.
  if (graph.problem && !graph.problem.kind.startsWith('missing-')) return null
  const rows = (state?.versions ?? []).flatMap((row) =>
    row.kind === 'text' && row.value !== '' && resolveIdentifier(graph, row.value).kind === 'unknown'
      ? [row.value]
      : [],
  )
  const named = [...graph.missingParents, ...graph.missingDependencies].map(({ missing }) => missing)
  const unknown = [...new Set([...rows, ...named])]
  if (unknown.length === 0) return null
  const signal = abortsAfter(timeoutMs, context.signal)
  const { lookFor } = await import('./gather/gather-provenance.ts')
  return lookFor(context, gathered, state, unknown.slice(0, mostUnknown), signal)
}

/** More than that are no accident of one release. */
const mostUnknown = 8

/** A database whose unknown rows all come after this release is ahead of it. */
function standingKnowing(standing: Standing, provenance: Provenances | null): Standing {
  if (standing.kind !== 'unknown-revision') return standing
  const causes = standing.unknown.map((revision) => mainCause(provenance, revision))
  const beyond = causes.flatMap((cause) => (cause?.kind === 'ahead' ? cause.beyond : []))
  return causes.every((cause) => cause?.kind === 'ahead')
    ? { kind: 'ahead', beyond: [...new Set(beyond)] }
    : standing
}
