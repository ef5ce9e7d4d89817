/**
 * `restamp`: edits rows in the version table. Changes nothing without `--yes`. No other command writes to the user's
 * database. `core/restamp` decides which edits are allowed.
 */
import { abortsAfter } from '../adapters/files/deadline.ts'
import { writeVersions } from '../adapters/open-version-writer.ts'
import type { DatabaseState } from '../core/history/database-state.ts'
import { type RestampPlan, planRestamp } from '../core/restamp/plan-restamp.ts'
import type { RowChange } from '../core/restamp/version-sql.ts'
import { GuardError, exitCodes } from '../errors.ts'
import { type RestampReport, restampHuman, restampJson } from '../report/text/restamp.ts'
import type { Command, Context, Outcome } from './shell/command.ts'
import { type Gathered, gather } from './gather/gather-release.ts'
import { gatherProvenance } from './gather/gather-provenance.ts'
import { type OptionName, releaseVerbOptions, reportOptions } from './shell/options.ts'
import { callOption } from './shell/call-options.ts'
import { commandForms } from './forms/command-forms.ts'
import { type CommandForms, hintText, typedCommand } from '../core/findings/command-forms.ts'
import type { WriteOutcome } from '../adapters/database/version-write.ts'
import type { ReleaseSettings } from './shell/release-settings.ts'
import type { FormatSettings } from './shell/report-settings.ts'
import type { HerokuSettings, RestampSettings } from './shell/verb-settings.ts'

type RestampVerbSettings = ReleaseSettings & RestampSettings & HerokuSettings & FormatSettings

export const restamp: Command = {
  name: 'restamp',
  options: ['from', 'to', 'add', 'remove', 'yes', 'force', ...releaseVerbOptions, ...reportOptions],
  formats: ['human', 'json'],
  examples: [
    ['$0 restamp --from old_id --to new_id', 'the changes, and the evidence for and against them'],
    ['$0 restamp --from old_id --to new_id --yes', 'do it'],
    ['$0 restamp --remove stray_id --app my-app', "on a Heroku app's database"],
    ['$0 restamp --remove stray_id --yes', 'remove one of several version rows'],
  ],
  async run(context, settings: RestampVerbSettings) {
    const { change } = settings.restamp
    if (change.changed.length + change.removed.length + change.added.length === 0) {
      throw new GuardError(
        'usage',
        'no change specified',
        'use --from OLD --to NEW, --add REVISION or --remove REVISION',
      )
    }
    const gathered = await gather(context, settings, { lostOf: () => [], trust: 'the schema alone' })
    if (gathered.problem) throw gathered.problem
    const report = await reported(context, settings, gathered, gathered.state)
    const stdout = settings.format === 'json' ? restampJson(report) : restampHuman(report, context.width)
    return { stdout, exitCode: report.exitCode } satisfies Outcome
  },
}

async function reported(
  context: Context,
  settings: RestampVerbSettings,
  gathered: Gathered,
  state: DatabaseState,
): Promise<RestampReport> {
  const { repository, graph, live } = gathered
  const { change, yes, force } = settings.restamp
  const { target } = settings
  const forms = await commandForms(context, settings, repository)
  const about = { tool: context.tool, database: state, forms }
  const lost = change.changed.map(({ from }) => from).filter((id) => !graph.map.byId.has(id))
  const signal = abortsAfter(settings.timeoutMs, context.signal)
  const provenance =
    lost.length > 0 && !graph.problem ? await gatherProvenance(context, gathered, state, lost, signal) : null
  const planned = planRestamp(
    { repository, graph, state, evidence: live?.evidence ?? null, provenance, target, force },
    change,
  )
  if (planned.kind === 'refused') {
    const { reason, evidence } = planned
    return { ...about, outcome: 'refused', reason, evidence, exitCode: exitCodes.blocked }
  }
  const { plan } = planned
  const undo = plan.undo.reason === null ? undoCommand(plan, forms) : null
  const common = { ...about, plan, target, undo }
  if (!yes) return { ...common, outcome: 'planned', exitCode: exitCodes.pass }
  if (state.readOnly !== null) {
    throw new GuardError('unavailable', `can't write to the database: ${state.readOnly}`)
  }
  const { value } = settings.databaseUrl
  if (value === null) throw new TypeError('a checked database has a URL')
  const { timeoutMs } = settings
  const { script, before, after } = plan
  const { signal: stop, env, cwd } = context
  const outcome = await context.untilDone(() =>
    writeVersions(value, { script, before, after }, { timeoutMs, signal: stop, env, cwd }),
  )
  return { ...common, ...told(outcome, forms) }
}

function told(
  outcome: WriteOutcome,
  forms: CommandForms,
):
  | { readonly outcome: 'written'; readonly exitCode: number }
  | Pick<
      Extract<RestampReport, { readonly outcome: 'not written' }>,
      'outcome' | 'reason' | 'hint' | 'rows' | 'exitCode'
    >
  | Pick<
      Extract<RestampReport, { readonly outcome: 'unknown' }>,
      'outcome' | 'reason' | 'look' | 'exitCode'
    > {
  switch (outcome.kind) {
    case 'written':
      return { outcome: 'written', exitCode: exitCodes.pass }
    case 'changed meanwhile':
      return {
        outcome: 'not written',
        reason: 'the version rows changed in the meantime, so the plan no longer applies',
        hint: 'run the same command without --yes to make a new plan',
        rows: outcome.rows,
        exitCode: exitCodes.blocked,
      }
    case 'other rows':
      return {
        outcome: 'not written',
        reason: 'the statements produced unexpected version rows, so the transaction was rolled back',
        hint: 'check the version table for a trigger, a rule or a row-level security policy',
        rows: outcome.rows,
        exitCode: exitCodes.blocked,
      }
    case 'failed':
      return {
        outcome: 'not written',
        reason: outcome.message,
        hint: outcome.hint === null ? null : hintText(outcome.hint, forms),
        rows: null,
        exitCode: exitCodes.unavailable,
      }
    default:
      return {
        outcome: 'unknown',
        reason: outcome.message,
        look: outcome.look,
        exitCode: exitCodes.unavailable,
      }
  }
}

/** Returns the command that would restore the previous rows. */
function undoCommand({ undo }: RestampPlan, forms: CommandForms): readonly string[] {
  const words = ['alembic-guard', 'restamp', ...changeWords(undo.change)]
  return typedCommand([...words, ...(undo.forced ? ['--force'] : []), '--yes'], forms)
}

function changeWords({ changed, removed, added }: RowChange): readonly string[] {
  const option = (name: OptionName, value: string): readonly string[] => callOption(name, value).words
  return [
    ...changed.flatMap(({ from, to }) => [...option('from', from), ...option('to', to)]),
    ...removed.flatMap((id) => option('remove', id)),
    ...added.flatMap((id) => option('add', id)),
  ]
}
