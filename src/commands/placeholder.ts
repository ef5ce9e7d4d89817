/** `placeholder`: creates placeholders for lost revisions and relinks their children. */
import type { DatabaseState } from '../core/history/database-state.ts'
import type { LiveEvidence } from '../core/evidence/applied-revisions.ts'
import type { RevisionGraph } from '../core/history/revision-graph.ts'
import { judgePlaceholder } from '../core/judge/judge-files.ts'
import type { ChosenPosition } from '../core/lost/choose-position.ts'
import { type CommandHint, hintText, typedSentence } from '../core/findings/command-forms.ts'
import { placeholderWords } from '../core/lost/placeholder-marker.ts'
import { refusedId, withPlaceholders } from '../core/lost/plan-placeholder.ts'
import { shown, shownSentence } from '../core/text/display.ts'
import { predictUpgrade } from '../core/upgrade/predict-upgrade.ts'
import { GuardError, exitCodes } from '../errors.ts'
import { unknownReason } from '../report/phrases/diagnosis.ts'
import { noPlaceholder, placeholderObjection, positionDoubt } from '../report/phrases/lost.ts'
import { type PlaceholderReport, placeholderHuman, placeholderJson } from '../report/text/placeholder.ts'
import { positionFact } from '../rules/phrases/schema-evidence.ts'
import type { Command, Context, Outcome } from './shell/command.ts'
import { commandForms } from './forms/command-forms.ts'
import { createdStatements } from './write-files/created-ddl.ts'
import { missingFromNewDatabase } from './gather/new-database.ts'
import { type Gathered, gather, lostRows } from './gather/gather-release.ts'
import { gatherHistory } from './gather/history.ts'
import { applyGuarded, rollBackInterruptedWrite } from './write-files/guarded-edits.ts'
import { editsOf } from './write-files/placeholder-edits.ts'
import type { ReleaseSettings } from './shell/release-settings.ts'
import type { FormatSettings } from './shell/report-settings.ts'
import type { PlaceholderSettings, PositionalSettings } from './shell/verb-settings.ts'
import { releaseVerbOptions, reportOptions } from './shell/options.ts'

export const placeholder: Command = {
  name: 'placeholder',
  options: ['after', 'message', 'write', 'force', 'with-ddl', ...releaseVerbOptions, ...reportOptions],
  formats: ['human', 'json'],
  examples: [
    ['$0 placeholder', 'a diff that adds a placeholder for every lost revision'],
    ['$0 placeholder guest_lockout_001 --write', 'do it'],
    ['$0 placeholder guest_lockout_001 --after add_email_002', 'at a position of your choice'],
  ],
  async run(context, settings: ReleaseSettings & PlaceholderSettings & PositionalSettings & FormatSettings) {
    if (settings.placeholder.write) await rollBackInterruptedWrite(context, settings)
    const gathered = await gather(context, settings, {
      lostOf: (graph, state) =>
        graph.problem === null || settings.positionals.length > 0 || lostRows(graph, state).length > 0
          ? [...new Set([...settings.positionals, ...lostRows(graph, state)])]
          : [],
    })
    if (gathered.problem) throw gathered.problem
    const report = await planned(context, settings, gathered, gathered.state)
    return told(context, settings, report)
  },
}

function told(context: Context, settings: FormatSettings, report: PlaceholderReport): Outcome {
  const stdout =
    settings.format === 'json' ? placeholderJson(report) : placeholderHuman(report, context.width)
  return { stdout, exitCode: report.outcome === 'refused' ? exitCodes.blocked : exitCodes.pass }
}

async function planned(
  context: Context,
  settings: ReleaseSettings & PlaceholderSettings & PositionalSettings,
  gathered: Gathered,
  state: DatabaseState,
): Promise<PlaceholderReport> {
  const { repository, graph, live } = gathered
  const { after, message, write, force, withDdl } = settings.placeholder
  const rows = lostRows(graph, state)
  const lost = settings.positionals.length > 0 ? [...new Set(settings.positionals)] : rows
  const forms = await commandForms(context, settings, repository)
  const about = { tool: context.tool, database: state, lost, forms }
  const refused = (
    reason: string,
    hint: string | CommandHint | null = null,
    evidence: readonly string[] = [],
  ): PlaceholderReport => ({
    ...about,
    outcome: 'refused',
    reason: typedSentence(reason, forms),
    hint: hint === null ? null : hintText(hint, forms),
    evidence,
  })
  if (lost.length === 0) return { ...about, outcome: 'nothing' }
  for (const id of lost) {
    const path = graph.get(id)?.path
    if (path !== undefined) return refused(`${shown(id)} isn't lost: it is defined in ${shown(path)}`)
    if (
      !rows.includes(id) &&
      after === null &&
      refusedId(id, repository, state.versionTable.width) === null
    ) {
      return refused(
        `the database isn't stamped with ${shown(id)}, so the position can't be determined from its schema`,
        afterHint(graph),
      )
    }
  }
  checkRows(state)
  const judged = judgePlaceholder(
    { repository, graph, state, target: settings.target, provenance: null, live },
    lost,
    after,
  )
  if (judged.kind === 'refused') {
    const { reason, hint } = noPlaceholder(judged.reason, afterHint(graph))
    return refused(reason, hint, judged.evidence.map(positionFact))
  }
  const { graph: completed, chosen, plan } = judged
  const evidence = judged.evidence.map(positionFact)
  const against = judged.objections.map((one) =>
    typedSentence(placeholderObjection(one, settings.target), forms),
  )
  if (against.length > 0 && !force) {
    return refused(
      chosen.certainty === 'given'
        ? `the live schema contradicts this position: ${against.join('; ')}`
        : `the placeholder wouldn't work at any position: ${against.join('; ')}`,
      '--force writes the placeholder anyway. Alembic would then run:',
      evidence,
    )
  }
  const doubt = positionDoubt(chosen)
  const { place, certainty } = chosen
  const afterwards = place.parents[0] ?? 'base'
  if (doubt !== null && write && !force) {
    return refused(
      doubt,
      `find out what the lost migration did, then confirm this position with --after ${shown(afterwards)}, or specify another one with --after and --force`,
      evidence,
    )
  }
  const created = createdStatements(lost, live?.transactions ?? null, live?.schema ?? null)
  if (withDdl && created.refusal !== null) return refused(created.refusal, null, evidence)
  const text = {
    message,
    paragraphs: paragraphsOf(certainty, evidence, live, created.listed),
    upgradeOf: (id: string) => (withDdl ? created.statementsOf(id) : []),
    now: new Date(),
  }
  const { edits, repository: expected } = editsOf(context.cwd, repository, completed, plan, text)
  const foreseen = predictUpgrade(expected, withPlaceholders(expected, []), state, settings.target)
  if (foreseen.outcome !== 'succeeds' && !force) {
    const why =
      foreseen.outcome === 'fails'
        ? foreseen.error.message
        : `the outcome is unknown: ${unknownReason(foreseen.reason)}`
    return refused(
      `with the placeholder at this position, "alembic upgrade ${shown(settings.target)}" would still fail: ${shownSentence(why)}`,
      "pass the release's target with --target, or restore the other lost revisions as well",
      evidence,
    )
  }
  const result = {
    ...about,
    parents: place.parents,
    certainty,
    doubt,
    evidence: [...evidence, ...created.listed],
    against,
    lacking: missingFromNewDatabase(
      context.cwd,
      expected,
      edits,
      state,
      settings.target,
      live?.operations ?? null,
    ),
    edits,
    target: settings.target,
  }
  if (!write) return { ...result, outcome: 'planned', prediction: foreseen }
  await applyGuarded(context, context.cwd, repository.versionLocations, edits)
  const after2 = await gatherHistory(context, settings)
  const prediction = predictUpgrade(after2.repository, after2.graph, state, settings.target)
  return { ...result, outcome: 'written', prediction }
}

/**
 * Checks that every version row contains a revision id.
 * @throws GuardError if a row doesn't.
 */
function checkRows(state: DatabaseState): void {
  if (state.versions.some((row) => row.kind !== 'text' || row.value === '')) {
    throw new GuardError('unavailable', "the version table contains a row that isn't a revision id", {
      command: ['alembic-guard', 'check'],
      after: ' shows it; fix that row first',
    })
  }
}

/** Suggests values for the `--after` option. */
function afterHint({ heads }: RevisionGraph): string {
  return `specify the last revision that ran before it: --after ${heads[0] === undefined ? 'base' : shown(heads[0])}, an earlier revision, or "base"`
}

function paragraphsOf(
  certainty: ChosenPosition['certainty'],
  evidence: readonly string[],
  live: LiveEvidence | null,
  created: readonly string[],
): readonly string[] {
  const what = `${placeholderWords} It does nothing; it only keeps the history complete.`
  const how = {
    proven: 'The live schema proves its position.',
    likely:
      'Given the live schema, no other position is possible, unless this migration dropped or renamed objects.',
    'by name': 'Its position is certain: another migration has this id as its down_revision.',
    given: 'Its position was specified with --after.',
  }[certainty]
  const shows = evidence.length > 0 ? [`Evidence: ${evidence.join('; ')}.`] : []
  const made = created.length > 0 ? [`Objects that the lost migration created: ${created.join('. ')}.`] : []
  const unavailable =
    live?.transactions.kind === 'unavailable'
      ? [`There's no way to tell which objects the lost migration created: ${live.transactions.reason}.`]
      : []
  return [what, how, ...shows, ...made, ...unavailable]
}
