/** `explain`: shows where a revision comes from, or describes a finding. Read-only. */
import { exitCodes, GuardError } from '../errors.ts'
import { explainHuman, explainJson } from '../report/text/explain.ts'
import type { Command } from './shell/command.ts'
import { commandForms } from './forms/command-forms.ts'
import { gather } from './gather/gather-release.ts'
import { gatherHistory } from './gather/history.ts'
import { gatherProvenance } from './gather/gather-provenance.ts'
import { releaseVerbOptions, reportOptions } from './shell/options.ts'
import type { ReleaseSettings } from './shell/release-settings.ts'
import type { FormatSettings } from './shell/report-settings.ts'
import type { PositionalSettings } from './shell/verb-settings.ts'

export const explain: Command = {
  name: 'explain',
  options: [...releaseVerbOptions, ...reportOptions],
  formats: ['human', 'json'],
  examples: [
    ['$0 explain guest_lockout_001', 'what happened to a revision, and how to restore it'],
    ['$0 explain', 'what happened to each revision in the version table'],
    ['$0 explain AG201', 'what a finding means and what to do (needs no database)'],
  ],
  async run(context, settings: ReleaseSettings & PositionalSettings & FormatSettings) {
    const asked = settings.positionals
    if (asked.some(isCode)) {
      const { explainCodes } = await import('./catalogue.ts')
      return explainCodes(context, settings, asked)
    }
    const gathered =
      settings.databaseUrl.value === null && asked.length > 0
        ? { ...(await gatherHistory(context, settings)), state: null, problem: null }
        : await gather(context, settings)
    const { state, problem } = gathered
    if (asked.length === 0 && problem) throw problem
    const rows = state?.versions.flatMap((row) => (row.kind === 'text' ? [row.value] : [])) ?? []
    const revisions = [...new Set(asked.length > 0 ? asked : rows)]
    if (revisions.length === 0) {
      throw new GuardError(
        'usage',
        "the database isn't stamped, so there is nothing to explain",
        'specify a revision',
      )
    }
    const found = await gatherProvenance(context, gathered, state, revisions)
    const lacks = problem ? [...found.unavailable, `the database: ${problem.message}`] : found.unavailable
    // If git wasn't searched, "not found" is inconclusive.
    const answered = [...found.byRevision.values()].every(
      ([cause]) => cause?.kind !== 'never-here' || cause.from === 'git',
    )
    const { repository, graph } = gathered
    const live = 'live' in gathered ? (gathered.live ?? gathered.untrusted) : null
    const judge = state && { repository, graph, state, target: settings.target, provenance: found, live }
    return {
      stdout: (settings.format === 'json' ? explainJson : explainHuman)(
        context.tool,
        { ...found, unavailable: lacks },
        await commandForms(context, settings, repository),
        judge,
        context.width,
      ),
      exitCode: answered ? exitCodes.pass : exitCodes.unavailable,
    }
  },
}

/** Whether the argument is a finding's code or name. Revision ids can't contain dashes. */
function isCode(word: string): boolean {
  return /^ag\d{1,4}$/i.test(word) || /^(?=.*-)[a-z-]+$/.test(word)
}
