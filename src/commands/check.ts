/** `check`: will `alembic upgrade` fail on this database with this release? The main job. */
import { diskTree } from '../adapters/disk-tree.ts'
import { readReleaseFacts } from '../adapters/release-files.ts'
import { diagnose, type Diagnosis } from '../core/diagnose.ts'
import { resolveIdentifier } from '../core/identifier.ts'
import { type Provenances, mainCause } from '../core/provenances.ts'
import type { DatabaseFacts } from '../core/rule.ts'
import type { ReleaseFacts } from '../core/release.ts'
import { type Standing, standingOf } from '../core/standing.ts'
import { predictUpgrade } from '../core/upgrade.ts'
import { exitCodes } from '../errors.ts'
import { type Format, reporters } from '../report/index.ts'
import { type Report, buildReport } from '../report/report.ts'
import { fallbackRule, rules } from '../rules/index.ts'
import type { Command, Context } from './command.ts'
import { type Gathered, gather } from './gather.ts'
import { errorReportOf } from './error-report.ts'
import { releaseDynoHint } from './release-dyno.ts'
import type { Settings } from './settings.ts'
import { databaseOptions, projectOptions, reportOptions } from './options.ts'

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
    'allow-missing-url',
    ...reportOptions,
  ],
  formats: Object.keys(reporters),
  examples: [
    ['$0 check && alembic upgrade head', 'in the release command'],
    ['$0 check --database-url sqlite:///app.db', 'against a file'],
    ['$0 check --format json', 'for machines'],
  ],
  async run(context, settings) {
    const { report, exitCode } = await checkRelease('check', context, settings)
    return { stdout: reportText(report, context, settings), exitCode }
  },
}

/** What a check came to, for the commands that build on it. */
export interface CheckedRelease {
  readonly report: Report
  readonly exitCode: number
  readonly gathered: Gathered
  readonly diagnosis: Diagnosis
  readonly facts: DatabaseFacts | null
  /** What became of unknown rows; null: there are none, or nobody could look. */
  readonly provenance: Provenances | null
}

/** Gathers, decides and puts the report together. */
export async function checkRelease(
  command: string,
  context: Context,
  settings: Settings,
): Promise<CheckedRelease> {
  const gathered = await gather(context, settings)
  const release = command === 'preflight' ? releaseAround(context, settings, gathered) : null
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
  })
  return { report, exitCode, gathered, diagnosis, facts, provenance }
}

/** What surrounds the upgrade. Of the URL only its scheme is kept, and the variable that it was found in. */
function releaseAround(context: Context, { databaseUrl }: Settings, { repository }: Gathered): ReleaseFacts {
  const { value, source } = databaseUrl
  const variable = /^\$?(?<name>[A-Z_][A-Z0-9_]*)(?: of .*)?$/i.exec(source)?.groups?.['name'] ?? null
  return readReleaseFacts(diskTree(context.cwd), repository, value === null ? null : { value, variable })
}

/** There is no database to look at, and the user wants that to pass. */
function passesWithoutUrl({ databaseUrl, allowMissingUrl }: Settings): boolean {
  return databaseUrl.value === null && allowMissingUrl
}

/** The report in the format that was asked for; on a release dyno with the hint that people there need. */
export function reportText(report: Report, context: Context, settings: Settings): string {
  const text = reporters[settings.format as Format](report)
  return settings.format === 'human' && report.exitCode !== exitCodes.pass
    ? text + releaseDynoHint(context.env)
    : text
}

/** Prediction, standing and rules over what was gathered. */
export function decide(
  { repository, graph, state, live }: Gathered,
  settings: Settings,
  release: ReleaseFacts | null,
  provenance: Provenances | null,
): { diagnosis: Diagnosis; facts: DatabaseFacts | null } {
  const { target, onAhead } = settings
  let facts: DatabaseFacts | null = null
  if (state) {
    const prediction = predictUpgrade(repository, graph, state, target)
    const standing = standingKnowing(standingOf(graph, state, prediction), provenance)
    facts = { state, prediction, standing, live }
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
 * What became of rows that nothing defines. Only then is git asked, and for no longer than the database: a release
 * that passes pays nothing.
 */
async function lookForUnknown(
  context: Context,
  { timeoutMs }: Settings,
  gathered: Gathered,
): Promise<Provenances | null> {
  const { graph, state } = gathered
  if (!state || graph.problem) return null
  const unknown = state.versions.flatMap((row) =>
    row.kind === 'text' && row.value !== '' && resolveIdentifier(graph, row.value).kind === 'unknown'
      ? [row.value]
      : [],
  )
  if (unknown.length === 0) return null
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)])
  const { lookFor } = await import('./look-for.ts')
  return lookFor(context, gathered, state, unknown.slice(0, mostUnknown), signal)
}

/** More rows than that are no accident of one release. */
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
