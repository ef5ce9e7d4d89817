/**
 * Phases of a rehearsal on the prepared scratch database: the upgrade and, on request, the downgrade, a second upgrade
 * and the model check. Each result is compared with the expected one.
 */
import type { ChildEnd, ChildOptions } from '../../adapters/scratch/child-process.ts'
import { copyError, oneSessionError } from '../../adapters/embedded/one-session.ts'
import { noAnswer } from '../../adapters/scratch/postgres-proxy.ts'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import type { Watchdog } from '../../adapters/scratch/watchdog.ts'
import {
  type CatalogAfterPhase,
  type CatalogObject,
  compareCatalogs,
  isGrownEnum,
  migrationOf,
} from '../../core/schema/catalog-diff.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { RehearsedMigration, LoggedStatement } from '../../core/rehearsal/statement-log.ts'
import { listed, shown } from '../../core/text/display.ts'
import { parseModelsCheck } from '../../core/rehearsal/models-check.ts'
import { modelsMessage } from '../../report/phrases/rehearsal.ts'
import { parseFailure } from '../../core/rehearsal/traceback.ts'
import type { WrappedUpgrade } from '../../core/release/upgrade-command.ts'
import { GuardError } from '../../errors.ts'
import type {
  LeftoverReport,
  RehearsalFailureReport,
  RehearsalPhaseReport,
  RehearsalReport,
} from '../../report/model/report.ts'
import type { Context } from '../shell/command.ts'
import type { RehearsalObservation, Stage } from './stage.ts'
import { doubtOf, statementsDoubt } from './certainty.ts'
import type { RehearsedStatements } from './rehearsed-operations.ts'
import type { SafeCommand } from './environment.ts'
import type { Prediction } from '../../core/upgrade/prediction.ts'

/** Input of the phases. */
export interface Script {
  /** Context with the folder in which Alembic runs. */
  readonly context: Context
  /** Folder in which the command starts; the command may change to Alembic's folder itself. */
  readonly folder: string
  readonly guardian: Watchdog
  /** Aborted when the rehearsal is interrupted. */
  readonly signal: AbortSignal
  readonly command: SafeCommand
  /** Starts a command that can reach only the scratch database. */
  readonly start: (argv: readonly string[], options: ChildOptions) => Promise<ChildEnd>
  /** The upgrade that the command runs; null if the command isn't understood. */
  readonly upgrade: WrappedUpgrade | null
  readonly repository: Repository
  readonly prediction: Prediction
  /** Version rows at the start. */
  readonly versions: readonly string[]
  /** True if the copy contains rows. */
  readonly withData: boolean
  readonly cycle: boolean
  readonly checkModels: boolean
}

/** Results of the phases. */
export type Phases = Pick<
  RehearsalReport,
  'outcome' | 'phases' | 'failure' | 'leftovers' | 'models' | 'notes'
> & {
  /** Statements that production will receive as well; null if it might receive different ones. */
  readonly statements: RehearsedStatements | null
}

type Phase = RehearsalPhaseReport['phase']

/** Runs the phases; stops at the first failure. */
export async function runPhases(stage: Stage, script: Script): Promise<Phases> {
  const phases: RehearsalPhaseReport[] = []
  const notes: string[] = []
  const before = script.cycle ? await stage.catalog() : []
  const play = async (phase: Phase, argv: readonly string[]): Promise<Played> => {
    const played = await playPhase(stage, script, phase, argv)
    phases.push(played.report)
    return played
  }
  let statements: RehearsedStatements | null = null
  const end = (acts: Partial<Phases>): Phases => ({
    outcome:
      acts.failure || acts.leftovers?.length || /differ|failed/.test(acts.models?.outcome ?? '')
        ? 'fails'
        : 'succeeds',
    phases,
    failure: null,
    leftovers: [],
    models: null,
    notes,
    statements,
    ...acts,
  })
  const up = await play('upgrade', script.command.argv)
  refuseUnmoved(up, script)
  if (statementsDoubt(stage, script, up.seen) === null) statements = statementsOf(up)
  const unlike = up.failure ?? rowsFailure('upgrade', up.report.versionsAfter, predictedRows(script))
  if (unlike) return end({ failure: unlike })
  let leftovers: readonly LeftoverReport[] = []
  if (script.cycle) {
    const top = await stage.catalog()
    const down = await play('downgrade', otherVerb(script, 'downgrade', script.versions[0] ?? 'base'))
    const stuck = down.failure ?? rowsFailure('downgrade', down.report.versionsAfter, script.versions)
    const course = [...up.seen.catalogs, ...down.seen.catalogs]
    const back = await stage.catalog()
    for (const { object } of compareCatalogs(before, back).filter(isGrownEnum)) {
      notes.push(
        `the enum ${shown(object.name)} keeps its new values after the downgrade: PostgreSQL can't remove enum values`,
      )
    }
    leftovers = differences(before, back, before, course, 'downgrade')
    if (stuck) return end({ failure: stuck, leftovers: down.failure ? [] : leftovers })
    const again = await play('upgrade-again', script.command.argv)
    if (again.failure) return end({ failure: again.failure, leftovers })
    const late = differences(
      top,
      await stage.catalog(),
      before,
      [...course, ...again.seen.catalogs],
      'upgrade-again',
    )
    const known = new Set(leftovers.map(({ kind, name }) => `${kind} ${name}`))
    leftovers = [...leftovers, ...late.filter(({ kind, name }) => !known.has(`${kind} ${name}`))]
  }
  if (!script.checkModels) return end({ leftovers })
  const argv = otherVerb(script, 'check', null)
  const checked = await run(stage, script, argv, null)
  phases.push({ ...checked.report, phase: 'check-models' })
  const models = parseModelsCheck(checked.status, checked.output)
  return end({ leftovers, models: { outcome: models.outcome, message: modelsMessage(models) } })
}

/**
 * Throws if the command succeeded but left the copy unchanged although migrations were pending: it used another
 * database, or none.
 * @throws GuardError (unavailable)
 */
function refuseUnmoved({ failure, seen, report }: Played, { prediction, versions }: Script): void {
  const idle = prediction.outcome !== 'succeeds' || prediction.steps.length === 0
  const same = [...report.versionsAfter].sort().join('\n') === [...versions].sort().join('\n')
  if (failure === null && !idle && same && seen.done.length === 0) throw neverCame()
}

function neverCame(): GuardError {
  return new GuardError(
    'unavailable',
    'The command exited with 0 but never connected to the scratch database, so nothing was rehearsed.',
    'env.py doesn\'t take its URL from the environment: let it read os.environ["DATABASE_URL"].',
  )
}

/** Error messages of programs that can't reach a server, or can't write outside the copy. */
const cutOff =
  /could not translate host name|Name or service not known|name resolution|Network is unreachable|Connection refused|Connection timed out|No address associated|getaddrinfo|ConnectionError|ConnectionRefusedError|password authentication failed|no password supplied|for the rehearsed command only|attempt to write a readonly database|Cannot assign requested address|Max retries exceeded|dns error|error sending request|failed to fetch|ssl_?\w*\.load_cert_chain/i

/**
 * Throws if the failure is due to the rehearsal's own isolation, which the release won't have.
 * @throws GuardError (unavailable)
 */
function refuseOwnLimits({ command }: Script, { seen, output }: Ran, error: string | null): void {
  const said = error ?? output.slice(-2000)
  const missing = command.removed.find((name) =>
    new RegExp(`(?<![A-Za-z0-9])${name}(?![A-Za-z0-9])`, 'i').test(said),
  )
  if (missing !== undefined) {
    throw new GuardError(
      'unavailable',
      `The command needs the variable ${shown(missing)}, which a rehearsal doesn't pass on: ${lastWords(said)}`,
      `If it doesn't identify a database, use --pass-env ${shown(missing)}.`,
    )
  }
  const elsewhere = !seen.reached && /\b(?:OperationalError|InterfaceError)\b/.test(output)
  if (seen.rest.some((one) => one.error !== null) || !(elsewhere || cutOff.test(output))) return
  throw new GuardError(
    'unavailable',
    `The command needs access that a rehearsal blocks (it can reach only the scratch database): ${lastWords(said)}`,
    "If it isn't a database, allow it with --allow-network. env.py must then get the database URL from the environment.",
  )
}

/** Returns the error without its wrapping exception classes. */
function lastWords(said: string): string {
  const line = said.trim().split('\n').at(-1) ?? ''
  return shown(line.replace(/^[\w.]+: \([\w.]+\) /, ''))
}

function statementsOf({ seen, failure }: Played): RehearsedStatements {
  const { done, rest } = seen
  const byRevision = new Map(done.map(({ revision, texts }) => [revision, texts]))
  const last = rest.findLast(({ error }) => error !== null && error.code !== '25P02')
  if (failure?.revision != null && !byRevision.has(failure.revision)) {
    const texts = rest.filter((one) => one.error === null || one === last).map(({ text }) => text)
    byRevision.set(failure.revision, texts)
  }
  return { byRevision, refusedAt: failure?.location ?? null }
}

/** Returns the same program with `upgrade` replaced by another verb. */
function otherVerb({ command, upgrade }: Script, verb: string, revision: string | null): readonly string[] {
  const at = command.argv.lastIndexOf('upgrade')
  const behind = command.argv.slice(at + 1)
  // Flask-Migrate allows a command without a target.
  const options = behind.at(-1) === upgrade?.target ? behind.slice(0, -1) : behind
  const last = revision === null ? [] : [...options, revision]
  return [...command.argv.slice(0, at), verb, ...last]
}

interface Played {
  readonly report: RehearsalPhaseReport
  readonly seen: RehearsalObservation
  readonly failure: RehearsalFailureReport | null
}

interface Ran {
  readonly report: Omit<RehearsalPhaseReport, 'phase'>
  readonly seen: RehearsalObservation
  readonly status: number
  readonly problem: string | null
  readonly output: string
}

async function run(
  stage: Stage,
  script: Script,
  argv: readonly string[],
  direction: RehearsedMigration['direction'] | null,
): Promise<Ran> {
  const { context, command, guardian, signal } = script
  signal.throwIfAborted()
  let output = ''
  let end: ChildEnd | null = null
  const begin = performance.now()
  const seen = await stage.watch(direction, async () => {
    end = await script.start(argv, {
      cwd: script.folder,
      env: command.env,
      onSignal: (listener) => context.onSignal(listener),
      terminal: context.terminal,
      onOutput: (_stream, text) => {
        output = (output + text).slice(-maxOutput)
      },
      onStart: (pid) => void guardian.watch({ kind: 'process', pid }).catch(() => undefined),
    })
  })
  const milliseconds = performance.now() - begin
  if (signal.aborted) throw new GuardError('unavailable', 'The rehearsal was interrupted.')
  const { status, problem } = end ?? { status: 1, problem: null }
  const report = {
    command: argv
      .slice(0, 1)
      .concat(argv.includes('upgrade') ? ['upgrade'] : [])
      .join(' '),
    milliseconds: Math.round(milliseconds),
    migrations: seen.done.map((one) => ({
      revision: one.revision,
      direction: one.direction,
      milliseconds: one.ms === null ? null : Math.round(one.ms * 10) / 10,
      statements: one.statements,
      locks: one.locks.map(({ heldMs, statement, ...lock }) => ({
        ...lock,
        ...(statement !== undefined && { statement: clip(statement) }),
        ...(heldMs !== undefined && { heldMilliseconds: Math.round(heldMs * 10) / 10 }),
      })),
      outsideTransaction: one.outside,
      ...(one.unmeasured.length > 0 && { unmeasured: one.unmeasured.map(clip) }),
    })),
    versionsAfter: await stage.versions(),
  }
  return { report, seen, status, problem, output }
}

/** Maximum number of characters kept of a command's output. */
const maxOutput = 200_000

async function playPhase(
  stage: Stage,
  script: Script,
  phase: Phase,
  argv: readonly string[],
): Promise<Played> {
  const ran = await run(stage, script, argv, phase === 'downgrade' ? 'downgrade' : 'upgrade')
  const report = { ...ran.report, phase }
  if (ran.status === 0 && ran.problem === null && ran.seen.reached)
    return { report, seen: ran.seen, failure: null }
  return { report, seen: ran.seen, failure: failureOf(stage, script, phase, ran) }
}

function failureOf(stage: Stage, script: Script, phase: Phase, ran: Ran): RehearsalFailureReport {
  const { seen, status, problem, output } = ran
  const told = parseFailure(output)
  const place = placeIn(script, told.frames)
  const refused = seen.rest.findLast(({ error }) => error !== null && error.code !== '25P02') ?? null
  const steps = script.prediction.steps
  const next = phase === 'downgrade' ? null : (steps[seen.done.length]?.revision ?? null)
  const revision = place?.revision ?? (refused !== null || seen.rest.length > 0 ? next : null)
  const location = place && { path: place.path, line: place.line }
  if (status !== 0 && problem === null && !(!seen.reached && seen.wantedTls))
    refuseOwnLimits(script, ran, told.error)
  refuseServerLimits(refused, output, stage)
  refuseMissing(refused, stage)
  const doubt = doubtOf(stage, script, { seen, refused, said: told.error })
  const base = {
    phase,
    revision,
    location,
    error: told.error,
    statement: refused === null ? null : clip(refused.text),
    sqlstate: refused?.error?.code ?? null,
    certain: doubt === null,
    ...(doubt !== null && { doubt }),
    output: output.trim() === '' ? [] : output.trimEnd().split('\n').slice(-12),
    // Python code that reads rows finds no rows on the copy.
    hint:
      place !== null && refused === null && stage.schema !== 'empty' && !script.withData
        ? 'The copy has no rows: check whether this line also fails with rows.'
        : null,
  }
  if (problem !== null) return { ...base, message: `The command couldn't be started: ${problem}.` }
  if (!seen.reached && seen.wantedTls) {
    return {
      ...base,
      message: "The command requires TLS, which the scratch database doesn't offer.",
      hint: 'If env.py sets sslmode=require in connect_args, make that depend on the environment.',
    }
  }
  if (!seen.reached && status === 0) throw neverCame()
  const words = {
    upgrade: 'upgrade',
    downgrade: 'downgrade',
    'upgrade-again': 'second upgrade',
    'check-models': 'check',
  }
  return {
    ...base,
    message: `The ${words[phase]} exited with status ${status}${refusedWords(refused, stage)}.`,
  }
}

/**
 * Throws if the failure is due to the scratch server's limits, which production might not have.
 * @throws GuardError (unavailable)
 */
function refuseServerLimits(refused: LoggedStatement | null, output: string, stage: Stage): void {
  const said = refused?.error?.message ?? ''
  const elsewhere = "Rehearse on a server like production's: --scratch-server."
  const extension =
    /^extension "(.*)" is not available$|open extension control file ".*\/(.*)\.control"/.exec(said)
  if (extension) {
    const name = shown(extension[1] ?? extension[2] ?? '')
    throw new GuardError(
      'unavailable',
      `A migration creates the extension ${name}, which the scratch server (PostgreSQL ${stage.server}, ${stage.where}) doesn't have.`,
      elsewhere,
    )
  }
  if (stage.embedded === null) return
  if (!stage.embedded.ended() && (output.includes(oneSessionError) || output.includes(noAnswer))) {
    throw new GuardError(
      'unavailable',
      'The command uses two connections at once, one of them in an open transaction, but the embedded PostgreSQL has only one session.',
      elsewhere,
    )
  }
  if (output.includes(copyError)) {
    throw new GuardError('unavailable', `The command can't be rehearsed here: ${copyError}.`, elsewhere)
  }
  if (stage.embedded.ended()) {
    throw new GuardError(
      'unavailable',
      'The embedded PostgreSQL exited before the command did, so the rehearsal is inconclusive.',
      elsewhere,
    )
  }
  // PGlite lacks other languages, libraries and server files.
  if (/^(?:58P01|58000)$/.test(refused?.error?.code ?? '') || /^language ".*" does not exist$/.test(said)) {
    throw new GuardError(
      'unavailable',
      `The embedded PostgreSQL doesn't support a migration's statement: ${shown(said)}.`,
      elsewhere,
    )
  }
}

/**
 * Throws if the failure is due to a role or publication that exists in production but not in the copy; the release
 * won't have this failure.
 * @throws GuardError (unavailable)
 */
function refuseMissing(refused: LoggedStatement | null, { missing }: Stage): void {
  const said = /^(role|publication) "(.*)" does not exist$/.exec(refused?.error?.message ?? '')
  const [, kind = '', name = ''] = said ?? []
  const names = kind === 'role' ? missing.roles : missing.publications
  if (!names.includes(name)) return
  throw new GuardError(
    'unavailable',
    `A migration refers to the ${kind} ${shown(name)}, which exists in production but not in the copy. The guard creates roles, grants and publications only on a scratch server that it starts itself.`,
    `Remove --scratch-server and --scratch-url, so that the guard starts its own server.`,
  )
}

function refusedWords(refused: LoggedStatement | null, { leftOut }: Stage): string {
  if (refused?.error === null || refused === null) return ''
  const { message } = refused.error
  const gone = leftOut.find(({ what }) => {
    const name = what.split(' ').slice(1).join(' ')
    return name !== '' && message.includes(name)
  })
  const because = gone ? `, possibly because the copy omits an object (${shown(gone.what)})` : ''
  return `: the server says ${shown(message)}${because}`
}

/** Shortens a statement to one line, without the password that a `CREATE ROLE` may contain. */
function clip(text: string): string {
  const line = text
    .replace(/\s+/g, ' ')
    .replace(/(password\s+)E?'(?:[^']|'')*'/gi, "$1'...'")
    .trim()
  return line.length > 500 ? `${line.slice(0, 497)}...` : line
}

/** Returns the innermost traceback line that is in a migration. */
function placeIn(
  { context, repository }: Script,
  frames: readonly { readonly path: string; readonly line: number }[],
): { readonly path: string; readonly line: number; readonly revision: string | null } | null {
  const tree = diskTree(context.cwd)
  const real = (path: string): string => tree.realPath(path) ?? path
  const modules = new Map(repository.modules.map((module) => [real(module.path), module] as const))
  for (const { path, line } of frames.toReversed()) {
    const module = modules.get(real(path))
    if (!module) continue
    const { revision } = module
    const id = revision.kind === 'value' && revision.value.kind === 'str' ? revision.value.value : null
    return { path: module.path, line, revision: id }
  }
  return null
}

/** Returns the version rows that the prediction expects; null if they can't be predicted. */
function predictedRows({ prediction, upgrade }: Script): readonly string[] | null {
  return prediction.outcome === 'succeeds' && upgrade !== null ? prediction.versionsAfter : null
}

function rowsFailure(
  phase: Phase,
  after: readonly string[],
  expected: readonly string[] | null,
): RehearsalFailureReport | null {
  if (expected === null || [...expected].sort().join('\n') === [...after].sort().join('\n')) return null
  const rows = (list: readonly string[]): string => (list.length === 0 ? 'no revision' : listed(list))
  const should = phase === 'downgrade' ? 'it was at' : 'the prediction says'
  return {
    phase,
    message: `The command exited with 0 and left the database at ${rows(after)}; ${should} ${rows(expected)}.`,
    revision: null,
    location: null,
    error: null,
    statement: null,
    sqlstate: null,
    output: [],
    hint: null,
  }
}

function differences(
  one: readonly CatalogObject[],
  other: readonly CatalogObject[],
  begin: readonly CatalogObject[],
  course: readonly CatalogAfterPhase[],
  after: LeftoverReport['after'],
): readonly LeftoverReport[] {
  return compareCatalogs(one, other)
    .filter((difference) => !isGrownEnum(difference))
    .map((difference) => ({
      change: difference.change,
      kind: difference.object.kind,
      name: difference.object.name,
      revision: migrationOf(difference, begin, course),
      after,
    }))
}
