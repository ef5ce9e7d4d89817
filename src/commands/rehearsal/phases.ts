/** Runs a rehearsal's phases: the upgrade, and on request the downgrade, a second upgrade and the model check. */
import type { ChildEnd } from '../../adapters/scratch/child-process.ts'
import { killFirst } from '../../adapters/scratch/kill-first.ts'
import {
  type CatalogAfterPhase,
  type CatalogObject,
  compareCatalogs,
  isGrownEnum,
  migrationOf,
} from '../../core/schema/catalog-diff.ts'
import type { RehearsedMigration } from '../../core/rehearsal/statement-log.ts'
import { listed, shown } from '../../core/text/display.ts'
import { parseModelsCheck } from '../../core/rehearsal/models-check.ts'
import { modelsMessage } from '../../report/phrases/rehearsal.ts'
import { GuardError } from '../../errors.ts'
import type {
  LeftoverReport,
  RehearsalFailureReport,
  RehearsalPhaseReport,
  RehearsalReport,
} from '../../report/model/report.ts'
import type { Stage } from './stage.ts'
import { statementsDoubt } from './certainty.ts'
import type { RehearsedStatements } from './rehearsed-operations.ts'
import { versionNotes } from './version-notes.ts'
import { clip, failureOf, refuseEndedServer, refuseUnmoved } from './phase-failure.ts'
import type { Phase, Played, Ran, Script } from './script.ts'

/** Results of the rehearsal's phases. */
export type Phases = Pick<
  RehearsalReport,
  'outcome' | 'phases' | 'failure' | 'leftovers' | 'models' | 'notes'
> & {
  /** Statements that would also run in production; null if production might run different ones. */
  readonly statements: RehearsedStatements | null
}

/** Runs the phases. Stops after the first failure. */
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
  if (stage.olderMajor !== null) {
    notes.push(
      ...versionNotes({
        migrations: up.seen.done,
        major: stage.olderMajor,
        repository: script.repository,
        cwd: script.context.cwd,
        objects: stage.objects,
      }),
    )
  }
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

/** Returns the command line with `upgrade` replaced by another command. */
function otherVerb({ command, upgrade }: Script, verb: string, revision: string | null): readonly string[] {
  const at = command.argv.lastIndexOf('upgrade')
  const behind = command.argv.slice(at + 1)
  // With Flask-Migrate, the target is optional, so the last argument might not be the target.
  const options = behind.at(-1) === upgrade?.target ? behind.slice(0, -1) : behind
  const last = revision === null ? [] : [...options, revision]
  return [...command.argv.slice(0, at), verb, ...last]
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
      onStart: (pid) => {
        killFirst(pid)
        void guardian.watch({ kind: 'process', pid }).catch(() => undefined)
      },
    })
  })
  const milliseconds = performance.now() - begin
  if (signal.aborted) throw new GuardError('unavailable', 'The rehearsal was interrupted.')
  refuseEndedServer(stage)
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

/** Maximum number of characters of a command's output to keep. */
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

/**
 * Returns the expected version rows. Null if the command isn't recognized, or if the upgrade isn't predicted to
 * succeed.
 */
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
  const should = rows(expected)
  const but =
    phase === 'downgrade' ? `but it was at ${should} before the upgrade` : `but the prediction was ${should}`
  return {
    phase,
    message: `The command exited with 0 and left the database at ${rows(after)}, ${but}.`,
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
