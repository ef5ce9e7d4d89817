/** Renders the lint report: each finding with its source line and carets. */
import { shownSentence } from '../../core/text/display.ts'
import { textWidth } from '../../core/text/text-width.ts'
import { findingCounts } from './finding-lines.ts'
import {
  type Line,
  aligned,
  clipped,
  commandLines,
  filled,
  logWidth,
  paragraph,
  placeText,
} from './layout.ts'
import type { FindingReport, Report } from '../model/report.ts'

const indent = '       '

/** Renders the report. `words` names the linted migrations; `diff` shows the applied fixes. */
export function lintHuman(
  report: Report,
  words: string,
  diff: readonly string[],
  width: number = logWidth,
): string {
  const lines = [
    `-----> ${report.tool.name} ${report.tool.version}   lint`,
    ...paragraph(`linted ${words}`, indent),
    ...(diff.length > 0 ? ['', ...diff, ''] : []),
    ...report.findings.flatMap((finding) =>
      finding.ignored ? ignoredLines(finding) : findingLines(finding),
    ),
    ...report.remarks.flatMap((remark) => paragraph(`note: ${remark}`, '      ', '')),
    ...ending(report),
  ]
  return filled(lines, width)
}

function ignoredLines({ code, name, ignored, location }: FindingReport): Line[] {
  const place = location === null ? '' : ` at ${placeText(location)}`
  const reason = ignored?.reason === null || ignored === null ? '' : `: ${shownSentence(ignored.reason)}`
  return paragraph(`ignored: ${code} ${name}${place}${reason}`, indent)
}

function findingLines(finding: FindingReport): Line[] {
  const { severity, location, message, why, evidence, details, remedies } = finding
  const word = severity === 'error' ? 'ERROR:' : severity === 'warning' ? 'WARNING:' : 'note:'
  const [cure] = remedies
  const others = remedies.slice(1)
  return [
    `${word} ${finding.name.replaceAll('-', ' ')}  [${finding.code}]`,
    ...(location === null ? [] : [indent + placeText(location)]),
    ...sourceLines(finding),
    ...paragraph(`${message} ${why}`, indent),
    ...aligned(
      evidence.map(({ label, value }) => [label, value]),
      indent,
    ),
    ...details.flatMap((line) => paragraph(line, indent)),
    ...(cure === undefined
      ? []
      : [...paragraph(cure.title, '      ', 'hint: '), ...commandLines(cure, '      ')]),
    ...others.flatMap((remedy) => [...paragraph(remedy.title, '      '), ...commandLines(remedy, '      ')]),
    ...(finding.fixable ? ['      --fix can fix this'] : []),
    `      See ${finding.documentation}`,
    '',
  ]
}

/** A source line with carets under the affected range. Empty if the line is unavailable. */
export function sourceLines({ location, end, sourceLine }: FindingReport): Line[] {
  if (location === null || sourceLine === undefined) return []
  return [{ linesAt: (columns) => excerpt(location, end, sourceLine, columns) }]
}

function excerpt(
  location: NonNullable<FindingReport['location']>,
  end: FindingReport['end'],
  sourceLine: string,
  columns: number,
): string[] {
  const characters = [...sourceLine.replaceAll('\t', ' ')]
  const from = location.column - 1
  const to = end !== undefined && end.line === location.line ? end.column - 1 : characters.length
  const margin = characters.findIndex((character) => character !== ' ')
  const cut = Math.max(0, Math.min(margin, from))
  const number = String(location.line)
  const room = columns - indent.length - number.length - 3
  const text = characters.slice(cut).join('')
  const before = textWidth(characters.slice(cut, from).join(''))
  const meant = textWidth(characters.slice(from, to).join(''))
  const width = Math.max(1, Math.min(meant, room - before))
  const gutter = ' '.repeat(number.length)
  if (before >= room) return [`${indent}${number} | ${clipped(text, room)}`]
  return [
    `${indent}${number} | ${clipped(text, room)}`,
    `${indent}${gutter} | ${' '.repeat(before)}${'^'.repeat(width)}`,
  ]
}

function ending({ verdict, reason, findings }: Report): Line[] {
  if (verdict === 'undetermined') return paragraph(`ERROR: ${reason ?? 'unknown'}`, indent, '')
  const found = findings.some(({ ignored }) => !ignored)
  const word = verdict === 'blocked' ? 'ERROR' : 'SUCCESS'
  const counts = findingCounts(findings)
  if (!found) return [`SUCCESS: nothing found${counts === '' ? '' : `, ${counts}`}`]
  return [`${word}: ${counts}`]
}
