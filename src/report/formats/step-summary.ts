/** Formats a report as Markdown for GitHub's job summary. */
import { printable, shown } from '../../core/text/display.ts'
import { drawMermaid } from '../../drawing/mermaid.ts'
import { causeLines, cut, titleOf } from '../text/finding-lines.ts'
import { headline } from '../text/headline.ts'
import { commandLines } from '../text/layout.ts'
import { foldedFindings } from '../model/folding.ts'
import { revisionLinks } from '../model/graph-link.ts'
import { viewOf } from '../model/graph-excerpt.ts'
import type { FindingReport, Report } from '../model/report.ts'
import type { ReportContext } from '../model/context.ts'

/** GitHub's limit per step, in bytes. */
export const maxSummaryBytes = 1024 * 1024

/** Maximum length of any displayed text. The log isn't truncated. */
const maxTextLength = 4000

const maxFindings = 100

/** Renders the verdict, findings and diagram. A lower `detail` omits some of them. */
export function stepSummary(
  report: Report,
  scene: ReportContext,
  detail: 'everything' | 'no picture' | 'verdict',
): string {
  const { tool, command, verdict, error, coverage } = report
  const findings = foldedFindings(report.findings)
  const words = { pass: 'Pass', blocked: 'Blocked', undetermined: 'Undetermined' }[verdict]
  const rest = findings.length - maxFindings
  const picture = detail === 'everything' ? scene.picture() : null
  const verdictBlocks = [
    `### ${markdown(tool.name)} ${markdown(command)}: ${words}`,
    markdown(headline(report)),
  ]
  if (detail === 'verdict') return `${verdictBlocks.join('\n\n')}\n\n`
  const blocks = [
    ...verdictBlocks,
    ...(error?.hint ? [markdown(error.hint)] : []),
    ...findings.slice(0, maxFindings).map((finding) => findingBlock(finding, scene)),
    ...(rest > 0 ? [`and ${rest} more findings`] : []),
    ...(picture && picture.revisions.length > 0
      ? [`#### Affected revisions`, fenced('mermaid', drawMermaid(picture, viewOf(picture)))]
      : []),
    ...(coverage && coverage.notChecked.length > 0
      ? [`Not checked: ${markdown(coverage.notChecked.join(', '))}`]
      : []),
    ...report.remarks.map((remark) => `Note: ${markdown(remark)}`),
  ]
  return `${blocks.join('\n\n')}\n\n`
}

function findingBlock(finding: FindingReport, { graphUrl }: ReportContext): string {
  const { location, remedies, notAdvised, ignored, severity } = finding
  const word = ignored ? 'ignored' : severity
  const links = revisionLinks(graphUrl, finding.revisions)
  const place = location ? [`At ${markdown(`${location.path}, line ${location.line}`)}`] : []
  return [
    `#### ${markdown(titleOf(finding))} (${word})`,
    ...[...causeLines(finding)].map(markdown),
    ...place,
    ...(links.length > 0
      ? [`In the graph: ${links.map(({ id, href }) => `[${markdown(shown(id))}](${href})`).join(', ')}`]
      : []),
    ...remedies.flatMap((remedy) => [
      `**Hint:** ${markdown(remedy.title)}`,
      ...commandLines(remedy, '').map((line) => fenced('sh', `${line}\n`)),
    ]),
    ...(notAdvised === null ? [] : [`Not advised: ${markdown(notAdvised)}`]),
  ].join('\n\n')
}

/** Renders a code block with a fence longer than any run of backticks in the text. */
function fenced(language: string, text: string): string {
  const printed = text.split('\n').map(printable).join('\n')
  const longest = Math.max(2, ...[...printed.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${printed}${fence}`
}

/** Escapes text for Markdown, including any HTML in the text. */
function markdown(text: string): string {
  return cut(printable(text), maxTextLength)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;')
    .replace(/[\\`*_{}[\]()#+!|~$:-]/g, String.raw`\$&`)
}
