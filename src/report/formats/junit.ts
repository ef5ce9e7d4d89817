/**
 * Formats a report as JUnit XML. Attributes follow Jenkins' schema (`junit-10.xsd` in jenkinsci/xunit-plugin), plus
 * GitLab's `file`.
 */
import { replaceUnsafe } from '../../core/text/display.ts'
import { causeLines, remedyLines, titleOf } from '../text/finding-lines.ts'
import { headline } from '../text/headline.ts'
import { foldedFindings } from '../model/folding.ts'
import { reportLocationOf } from '../model/location.ts'
import type { FindingReport, Report } from '../model/report.ts'
import type { ReportContext, SourceRoot } from '../model/context.ts'

/** Renders blocking findings as failures, ignored ones as skipped, and others as passed. */
export function junit(report: Report, { root }: ReportContext): string {
  const { tool, command, verdict, error, reason } = report
  const findings = foldedFindings(report.findings)
  const failures = findings.filter(({ blocks }) => blocks).length + (verdict === 'blocked' ? 1 : 0)
  const counts = {
    name: `${tool.name} ${command}`,
    tests: findings.length + 1,
    failures,
    errors: verdict === 'undetermined' ? 1 : 0,
  }
  const skipped = findings.filter(({ ignored }) => ignored).length
  const first = report.prediction?.command ?? 'verdict'
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes(counts)}>`,
    `  <testsuite${attributes({ ...counts, skipped })}>`,
    ...testCase(
      { classname: `${tool.name}.${command}`, name: first },
      outcomeOf(report, error?.hint ?? reason),
    ),
    ...findings.flatMap((finding) => findingCase(finding, `${tool.name}.${command}`, root)),
    '  </testsuite>',
    '</testsuites>',
  ]
  return `${lines.join('\n')}\n`
}

interface Part {
  readonly tag: 'failure' | 'error' | 'skipped' | 'system-out'
  readonly attributes: Readonly<Record<string, string>>
  readonly text: string
}

function outcomeOf(report: Report, hint: string | null): Part {
  const message = headline(report)
  if (report.verdict === 'pass') return { tag: 'system-out', attributes: {}, text: message }
  return report.verdict === 'blocked'
    ? { tag: 'failure', attributes: { type: 'blocked', message }, text: message }
    : {
        tag: 'error',
        attributes: { type: report.error?.kind ?? 'undetermined', message },
        text: [message, ...(hint === null || hint === message ? [] : [hint])].join('\n'),
      }
}

function findingCase(finding: FindingReport, suite: string, root: SourceRoot): string[] {
  const { code, revisions, location, message, ignored, severity } = finding
  const place = location && reportLocationOf(location, root)
  const about = [...revisions, ...(revisions.length === 0 && place ? [place.path] : [])]
  const text = [
    ...causeLines(finding),
    ...(place ? [`at ${place.path}, line ${place.line}, column ${place.column}`] : []),
    ...remedyLines(finding),
  ].join('\n')
  const part: Part = ignored
    ? { tag: 'skipped', attributes: { message: `ignored: ${ignored.reason ?? message}` }, text: '' }
    : finding.blocks
      ? { tag: 'failure', attributes: { type: severity, message }, text }
      : { tag: 'system-out', attributes: {}, text: `${severity}: ${text}` }
  const names = {
    classname: `${suite}.${code}`,
    name: [titleOf(finding), ...about].join(' '),
    ...(place && !place.outside ? { file: place.path } : {}),
  }
  return testCase(names, part)
}

function testCase(names: Readonly<Record<string, string>>, { tag, text, ...part }: Part): string[] {
  const inside = text === '' ? ['/>'] : ['>', escapeText(text), `</${tag}>`]
  return [
    `    <testcase${attributes(names)}>`,
    `      <${tag}${attributes(part.attributes)}${inside.join('')}`,
    '    </testcase>',
  ]
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeText(String(value)).replaceAll('\n', '&#10;')}"`)
    .join('')
}

/** Escapes text. Characters that XML 1.0 forbids become U+FFFD. */
function escapeText(text: string): string {
  return replaceUnsafe(text, (character) => (/[\n\t]/.test(character) ? character : '\ufffd'))
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
