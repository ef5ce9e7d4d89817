/** Gathers the facts about a release, runs the rules and builds the report. */
import type { Context, Telling } from '../shell/command.ts'
import type { DatabaseSettings, ReleaseSettings, VerdictSettings } from '../shell/release-settings.ts'
import type { CallSettings } from '../shell/call-options.ts'
import { gather, type GatherOptions, type Gathered } from '../gather/gather-release.ts'
import type { ReleaseFacts } from '../../core/release/release-facts.ts'
import { exitCodes } from '../../errors.ts'
import { buildReport } from '../../report/model/build-report.ts'
import { guardForms } from '../forms/guard-forms.ts'
import { errorReportOf } from '../shell/error-report.ts'
import { coverageOf } from '../shell/coverage.ts'
import { markGraph } from '../../drawing/marks.ts'
import { silence } from '../../rules/phrases/schema-evidence.ts'
import { shown } from '../../core/text/display.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import { findSourceRoot } from '../../adapters/files/source-root.ts'
import { type Diagnosis, diagnose } from '../../core/diagnosis/diagnose.ts'
import { type CommandForms, typedFindings } from '../../core/findings/command-forms.ts'
import type { DatabaseFacts } from '../../core/diagnosis/rule.ts'
import { type Provenances, mainCause } from '../../core/lost/provenances.ts'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { predictUpgrade } from '../../core/upgrade/predict-upgrade.ts'
import { databasePositionOf } from '../../core/upgrade/database-position.ts'
import type { DatabasePosition } from '../../core/upgrade/position.ts'
import { rules, fallbackRule } from '../../rules/index.ts'
import { mistyped, partlyThere, withoutObjects } from '../../core/evidence/expected-objects.ts'
import { resolveIdentifier } from '../../core/history/identifier.ts'
import { abortsAfter } from '../../adapters/files/deadline.ts'
import { withSourceLines } from './source-lines.ts'

/**
 * Checks a release. `known` is the history, if it has already been read; `rehearsed` contains the operations seen in
 * a rehearsal.
 */
export async function checkRelease(
  command: string,
  context: Context,
  settings: ReleaseSettings,
  given: Pick<GatherOptions, 'known' | 'tree' | 'rehearsed'> = {},
): Promise<CheckedRelease> {
  const gathered = await gather(context, settings, { ...given, triesPending: true })
  const release = await releaseOf(command, context, settings, gathered)
  return judgeRelease(command, context, settings, gathered, release)
}

/** Runs the rules on the gathered facts and builds the report. */
export async function judgeRelease(
  command: string,
  context: Context,
  settings: CallSettings & DatabaseSettings & VerdictSettings,
  gathered: Gathered,
  release: ReleaseFacts | null,
): Promise<CheckedRelease> {
  const provenance = await lookForUnknown(context, settings, gathered)
  const { diagnosis: found, facts } = decide(gathered, settings, release, provenance)
  const { commandForms } = await import('../forms/command-forms.ts')
  const forms: CommandForms = await commandForms(context, settings, gathered.repository)
  const findings = withSourceLines(
    typedFindings(found.findings, forms),
    gathered.repository,
    diskTree(context.cwd),
  )
  const diagnosis = { ...found, findings }
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
    forms,
    error: problem && errorReportOf(problem, guardForms(context, settings)),
    remarks: [
      ...gathered.repository.remarks,
      ...urlRemark(settings, diagnosis),
      ...fileRemark(gathered.state),
    ],
    strict: settings.strict,
    coverage: coverageOf({
      database: gathered.state !== null,
      evidence: gathered.live !== null,
      tried: gathered.pending?.kind === 'tried',
      provenance: provenance !== null,
      release: command === 'preflight',
    }),
  })
  const scene = {
    picture: () => markGraph({ graph: gathered.graph, database: facts }, diagnosis.findings, silence),
    root: findSourceRoot(context.cwd),
  }
  return { telling: { report, scene }, exitCode, gathered, diagnosis, facts, provenance }
}

/** Returns a remark if suggested commands read `$DATABASE_URL`, but the URL came from `--database-url`. */
function urlRemark({ call }: CallSettings, { findings }: Diagnosis): readonly string[] {
  const named = findings.some(({ remedies }) =>
    remedies.some(({ argv, touches }) => argv !== null && touches !== 'nothing'),
  )
  return call.urlUnsaid && named
    ? ['the commands below read the URL from $DATABASE_URL; set it, or pass --database-url again']
    : []
}

/** Returns a remark if the SQLite file doesn't exist. Alembic would create it, but the path may be wrong. */
function fileRemark(state: DatabaseState | null): readonly string[] {
  if (state?.insteadOfMissing === undefined) return []
  const others = state.insteadOfMissing.map(shown)
  const question = others.length === 0 ? '' : ` (did you mean ${others.join(' or ')}?)`
  return [`the SQLite file ${shown(state.name)} doesn't exist, so the upgrade would create it${question}`]
}

/** The result of a check, for commands that build on it. */
export interface CheckedRelease {
  readonly telling: Telling
  readonly exitCode: number
  readonly gathered: Gathered
  readonly diagnosis: Diagnosis
  readonly facts: DatabaseFacts | null
  /**
   * Provenance of revisions that are unknown, missing, or applied without their objects. Null if there are no such
   * revisions, or if the graph has another problem.
   */
  readonly provenance: Provenances | null
}

/**
 * Returns the release facts to check, or null. Outside `preflight`, they only show whether the upgrade uses the same
 * database. The guard's own connection proves nothing, because its driver accepts more URLs than SQLAlchemy, and
 * env.py may read a different URL.
 */
async function releaseOf(
  command: string,
  context: Context,
  settings: ReleaseSettings,
  gathered: Gathered,
): Promise<ReleaseFacts | null> {
  if (command === 'preflight') return releaseAround(context, settings, gathered)
  const oldScheme = /^postgres:/i.test(settings.databaseUrl.value ?? '')
  const mayDiffer = /^(?:check|run)$/.test(command) && (await iniHasUrl(context, gathered))
  if (!oldScheme && !mayDiffer) return null
  const release = await releaseAround(context, settings, gathered)
  const connection = { ...release, entries: [], replaced: [], app: null }
  if (release.envUrl.kind === 'variable') return oldScheme ? connection : null
  const { envUrl, iniDiffers } = release
  if (!mayDiffer || envUrl.kind !== 'ini' || !envUrl.certain || iniDiffers === null) return null
  const starts = command === 'run' && (await startsAlembic(context))
  return starts ? { ...connection, startsAlembic: true } : connection
}

/** Whether alembic.ini contains a real database URL. */
async function iniHasUrl({ cwd }: Context, { repository: { config, section } }: Gathered): Promise<boolean> {
  if (config === null || config.endsWith('.toml')) return false
  const { readIniConnection } = await import('../../adapters/release/release-files.ts')
  return readIniConnection(diskTree(cwd), config, section).iniUrl === 'other'
}

/** Whether the command after `run --` is `alembic upgrade`. Flask-Migrate and scripts may set the URL themselves. */
async function startsAlembic({ wrapped }: Context): Promise<boolean> {
  const { parseWrappedCommand } = await import('../../core/release/wrapped-command.ts')
  const { upgrade } = parseWrappedCommand(wrapped)
  return upgrade?.tool === 'alembic' && !upgrade.offline
}

/**
 * Reads the release configuration. Keeps the database URL's scheme and the name of its variable, but not the URL
 * itself.
 */
async function releaseAround(
  context: Context,
  { databaseUrl }: Pick<DatabaseSettings, 'databaseUrl'>,
  { repository }: Gathered,
): Promise<ReleaseFacts> {
  const { readReleaseFacts } = await import('../../adapters/release/release-files.ts')
  const { value, source } = databaseUrl
  const variable = /^\$?(?<name>[A-Z_][A-Z0-9_]*)(?: of .*)?$/i.exec(source)?.groups?.['name'] ?? null
  return readReleaseFacts(diskTree(context.cwd), repository, value === null ? null : { value, variable })
}

/** True if there is no database URL and `--allow-missing-url` permits that. */
function passesWithoutUrl({ databaseUrl, allowMissingUrl }: DatabaseSettings & VerdictSettings): boolean {
  return databaseUrl.value === null && allowMissingUrl
}

/** Predicts the upgrade, locates the database in the graph and runs the rules. */
function decide(
  { repository, graph, state, live, pending, untrusted, duplicates, traces, failures = [] }: Gathered,
  settings: VerdictSettings,
  release: ReleaseFacts | null,
  provenance: Provenances | null,
): { diagnosis: Diagnosis; facts: DatabaseFacts | null } {
  const { target, onAhead } = settings
  let facts: DatabaseFacts | null = null
  if (state) {
    const refused = pending?.kind === 'tried' ? pending.replay.failure : null
    const prediction = predictUpgrade(repository, graph, state, target, refused)
    const standing = standingKnowing(databasePositionOf(graph, state, prediction), provenance)
    facts = {
      state,
      prediction,
      standing,
      live,
      pending,
      untrusted,
      traces,
      failures,
      ...(duplicates && { duplicates }),
    }
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
 * Looks up the provenance of revisions that are unknown, missing, or applied without their objects. If there are
 * none, the check doesn't wait for git.
 */
async function lookForUnknown(
  context: Context,
  { timeoutMs }: Pick<DatabaseSettings, 'timeoutMs'>,
  gathered: Gathered,
): Promise<Provenances | null> {
  const { graph, state } = gathered
  // A file that can't be read may define the unknown revisions.
  if (graph.problem && !graph.problem.kind.startsWith('missing-')) return null
  const rows = (state?.versions ?? []).flatMap((row) =>
    row.kind === 'text' && row.value !== '' && resolveIdentifier(graph, row.value).kind === 'unknown'
      ? [row.value]
      : [],
  )
  const named = [...graph.missingParents, ...graph.missingDependencies].map(({ missing }) => missing)
  const unknown = [...new Set([...rows, ...named])]
  const lacking = gathered.traces
    ? [...withoutObjects(gathered.traces), ...partlyThere(gathered.traces), ...mistyped(gathered.traces)].map(
        ({ id }) => id,
      )
    : []
  if (unknown.length + lacking.length === 0) return null
  const signal = abortsAfter(timeoutMs, context.signal)
  const { gatherProvenance } = await import('../gather/gather-provenance.ts')
  return gatherProvenance(context, gathered, state, unknown.slice(0, maxUnknown), signal, lacking)
}

/** Maximum number of unknown revisions to look up. */
const maxUnknown = 8

/** Returns `ahead` if all unknown rows come from newer commits; otherwise, returns the given position. */
function standingKnowing(standing: DatabasePosition, provenance: Provenances | null): DatabasePosition {
  if (standing.kind !== 'unknown-revision') return standing
  const causes = standing.unknown.map((revision) => mainCause(provenance, revision))
  const beyond = causes.flatMap((cause) => (cause?.kind === 'ahead' ? cause.beyond : []))
  return causes.every((cause) => cause?.kind === 'ahead')
    ? { kind: 'ahead', beyond: [...new Set(beyond)] }
    : standing
}
