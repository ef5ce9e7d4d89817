/** `graph`: draws the revision graph, and the database's position in it if a database is given. Read-only. */
import { diskTree } from '../adapters/files/disk-tree.ts'
import { rememberingTree } from '../adapters/files/remembering-tree.ts'
import { diagnose } from '../core/diagnosis/diagnose.ts'
import { hintText, typedFindings } from '../core/findings/command-forms.ts'
import type { Finding } from '../core/findings/finding.ts'
import type { DatabaseFacts } from '../core/diagnosis/rule.ts'
import { nearMisses, resolveIdentifier } from '../core/history/identifier.ts'
import { listed, shown } from '../core/text/display.ts'
import { type MarkedGraph, markGraph } from '../drawing/marks.ts'
import { silence } from '../rules/phrases/schema-evidence.ts'
import { drawText } from '../drawing/text.ts'
import type { View } from '../drawing/view.ts'
import { GuardError, exitCodes } from '../errors.ts'
import { fallbackRule, rules } from '../rules/index.ts'
import { collectGarbage } from './shell/collect-garbage.ts'
import type { Command, Context, Outcome } from './shell/command.ts'
import { guardForms } from './forms/guard-forms.ts'
import { gatherHistory, type History } from './gather/history.ts'
import { releaseVerbOptions, reportOptions } from './shell/options.ts'
import { checkRelease } from './checks/judge-release.ts'
import type { ReleaseSettings } from './shell/release-settings.ts'
import type { FormatSettings } from './shell/report-settings.ts'
import type { ViewSettings } from './shell/verb-settings.ts'

export const graph: Command = {
  name: 'graph',
  options: ['around', 'distance', 'since', ...releaseVerbOptions, ...reportOptions],
  formats: ['text', 'mermaid', 'dot', 'svg', 'html', 'json'],
  examples: [
    ['$0 graph', "the history, with the database's current position"],
    ['$0 graph --around 3f9a --format svg --output near.svg', 'a revision and its neighbors'],
    ['$0 graph --format html --output graph.html', 'an interactive, searchable page'],
    ['$0 graph --format json', 'all revisions in load order, plus heads, bases and defects'],
  ],
  async run(context, settings: ReleaseSettings & ViewSettings & FormatSettings) {
    const seen = await look(context, settings)
    const marked = markGraph({ graph: seen.graph, database: seen.facts }, seen.findings, silence)
    const view = viewOf(seen, marked, settings)
    const exitCode = seen.problem ? exitCodes.unavailable : exitCodes.pass
    if (seen.problem) {
      const { message, hint } = seen.problem
      context.logger.warn(
        `the graph doesn't show the database's position: ${message}${hint === null ? '' : ` (${hintText(hint, guardForms(context, settings))})`}`,
      )
    }
    return { ...(await drawn({ context, settings, seen, marked, view })), exitCode }
  },
}

/** The gathered facts. `problem` is the error from reading the database, if any. */
interface Seen extends History {
  readonly facts: DatabaseFacts | null
  readonly findings: readonly Finding[]
  readonly problem: GuardError | null
}

async function look(context: Context, settings: ReleaseSettings & FormatSettings): Promise<Seen> {
  // The page shows the operations of every migration, and a lost row is compared with all of them.
  const tree = rememberingTree(diskTree(context.cwd), { twice: true })
  if (settings.databaseUrl.value !== null) {
    const { gathered, facts, diagnosis } = await checkRelease('graph', context, settings, { tree })
    return { ...gathered, facts, findings: diagnosis.findings }
  }
  const history = await gatherHistory(context, settings, tree)
  // The rules for defects in the history don't depend on the target.
  const facts = { ...history, target: 'heads', database: null }
  const { findings } = diagnose(facts, rules, fallbackRule, { strict: false, ignore: [] })
  if (findings.length === 0) return { ...history, facts: null, findings, problem: null }
  const { commandForms } = await import('./forms/command-forms.ts')
  const forms = await commandForms(context, settings, history.repository)
  return { ...history, facts: null, findings: typedFindings(findings, forms), problem: null }
}

interface Parts {
  readonly context: Context
  readonly settings: ReleaseSettings & FormatSettings
  readonly seen: Seen
  readonly marked: MarkedGraph
  readonly view: View
}

/** Draws the graph. Loads only the code for the requested format. */
async function drawn({ context, settings, seen, marked, view }: Parts): Promise<Omit<Outcome, 'exitCode'>> {
  switch (settings.format) {
    case 'mermaid':
      return { stdout: (await import('../drawing/mermaid.ts')).drawMermaid(marked, view) }
    case 'dot':
      return { stdout: (await import('../drawing/dot.ts')).drawDot(marked, view) }
    case 'svg':
      return { stdout: (await import('../drawing/svg.ts')).drawSvg(marked, view) }
    case 'html': {
      collectGarbage(marked.revisions.length)
      const [{ drawHtml }, { pageFacts }] = await Promise.all([
        import('../drawing/html.ts'),
        import('./graph-page.ts'),
      ])
      return { stdout: drawHtml(marked, view, await pageFacts(context, settings, seen, seen.facts)) }
    }
    case 'json': {
      collectGarbage(marked.revisions.length)
      const { graphJson } = await import('../report/formats/graph-json.ts')
      return { stdout: graphJson(context.tool, seen.repository, seen.graph, seen.findings, marked) }
    }
    default: {
      const unicode = readsUtf8(context.env)
      return {
        stdout: drawText(marked, view),
        onTerminal: ({ color }) => drawText(marked, view, { unicode, color }),
      }
    }
  }
}

/** Whether the locale uses UTF-8. Assumes that it does if no locale is set, as in most containers. */
function readsUtf8(env: Context['env']): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value)
  return locale === undefined || /utf-?8/i.test(locale)
}

/**
 * Returns the part of the graph to draw.
 * @throws GuardError (usage) if a name doesn't match exactly one revision.
 */
function viewOf(seen: Seen, marked: MarkedGraph, { view, format }: ViewSettings & FormatSettings): View {
  const { around, distance, since } = view
  if (around === null && since === null) return {}
  if (format === 'json') {
    throw new GuardError(
      'usage',
      '--format json always contains every revision; --around and --since apply only to drawings',
    )
  }
  if (around !== null) return { around: idsNamed(around, '--around', seen, marked), distance }
  const [id, ...more] = idsNamed(since ?? '', '--since', seen, marked)
  if (id === undefined || more.length > 0) {
    throw new GuardError(
      'usage',
      `--since ${shown(since ?? '')} matches ${listed([id ?? 'nothing', ...more])}`,
    )
  }
  return { since: id }
}

/**
 * Returns the revisions that match a name: an id, an id prefix, a label, `head`, `heads`, `base` or the id of a missing
 * revision.
 */
function idsNamed(
  name: string,
  option: string,
  { graph: found }: Seen,
  marked: MarkedGraph,
): readonly string[] {
  if (marked.revisions.some(({ id }) => id === name)) return [name]
  if (name === 'head' || name === 'heads') return [...new Set(found.heads)]
  if (name === 'base') return [...new Set(found.bases)]
  const resolved = resolveIdentifier(found, name)
  if (resolved.kind === 'revision') return [resolved.id]
  const close =
    resolved.kind === 'ambiguous' ? resolved.candidates : nearMisses(found, name).map(({ id }) => id)
  throw new GuardError(
    'usage',
    `${option} ${shown(name)} matches no revision in this history`,
    close.length > 0
      ? `did you mean ${listed(close)}?`
      : { command: ['alembic-guard', 'graph'], after: ' lists the revisions' },
  )
}
