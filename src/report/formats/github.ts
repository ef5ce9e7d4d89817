/** Formats a report as GitHub workflow commands. Escaping follows `ActionCommand.cs` in actions/runner. */
import { printable } from '../../core/text/display.ts'
import { causeLines, remedyLines, cut, titleOf } from '../text/finding-lines.ts'
import { headline } from '../text/headline.ts'
import { inert } from '../text/layout.ts'
import { foldedFindings } from '../model/folding.ts'
import { reportLocationOf } from '../model/location.ts'
import type { FindingReport, Report } from '../model/report.ts'
import type { ReportContext, SourceRoot } from '../model/context.ts'

/** The runner truncates longer annotations (`_maxIssueMessageLength` in `ExecutionContext.cs`). */
const maxMessageLength = 4096

/** Prints the verdict and one annotation per finding. */
export function github(report: Report, { root }: ReportContext): string {
  const { tool, verdict, error, reason } = report
  const lines = [
    text(`${tool.name} ${tool.version}: ${headline(report)}`),
    ...foldedFindings(report.findings).map((finding) => annotation(finding, root)),
    ...(verdict === 'undetermined' ? [couldNotTell(headline(report), error?.hint ?? reason)] : []),
    ...report.remarks.map((remark) => text(`note: ${remark}`)),
  ]
  return `${lines.join('\n')}\n`
}

function annotation(finding: FindingReport, root: SourceRoot): string {
  const { ignored, severity, location } = finding
  if (ignored) {
    const reason = ignored.reason === null ? '' : ` (${ignored.reason})`
    return text(`ignored: ${titleOf(finding)}${reason}: ${finding.message}`)
  }
  const place = location && reportLocationOf(location, root)
  const end = finding.end && { endLine: finding.end.line, endColumn: finding.end.column }
  const at = place && !place.outside ? { file: place.path, line: place.line, col: place.column, ...end } : {}
  const level = severity === 'note' ? 'notice' : severity
  const elsewhere = place?.outside ? [printable(`at ${place.path}, line ${place.line}`)] : []
  return command(level, { ...at, title: titleOf(finding) }, [
    ...causeLines(finding),
    ...elsewhere,
    ...remedyLines(finding),
  ])
}

function couldNotTell(what: string, hint: string | null): string {
  return command('error', { title: 'alembic-guard: undetermined' }, [
    printable(what),
    ...(hint === null || hint === what ? [] : [printable(`hint: ${hint}`)]),
  ])
}

/** Formats a workflow command, such as `::error file=a.py,line=1::text`. */
function command(
  name: 'error' | 'warning' | 'notice',
  properties: Readonly<Record<string, string | number>>,
  lines: readonly string[],
): string {
  const given = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
  return `::${name} ${given.join(',')}::${escapeData(cut(lines.join('\n'), maxMessageLength))}`
}

function text(line: string): string {
  return inert(printable(line))
}

/** Escapes the message after the second `::`. */
function escapeData(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

/** Escapes a property value. Paths may contain control characters. */
function escapeProperty(value: string): string {
  return escapeData(value.replace(/[^\r\n]+/g, printable))
    .replaceAll(':', '%3A')
    .replaceAll(',', '%2C')
}
