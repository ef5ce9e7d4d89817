/** What lint found, as people read it: each finding with its line of source and a caret under the place. */
import { counted, printable, shown } from '../../core/text/display.ts'
import { textWidth } from '../../core/text/text-width.ts'
import { aligned, clipped, lineWidth, paragraph } from './layout.ts'
import type { FindingReport, Report } from '../model/report.ts'

const indent = '       '

/** ASCII but for the source itself; `words` says which migrations were looked at, `diff` what was fixed. */
export function lintHuman(report: Report, words: string, diff: readonly string[]): string {
  const shownFindings = report.findings.filter(({ ignored }) => !ignored)
  const lines = [
    clipped(`-----> ${report.tool.name} ${report.tool.version}   lint`, lineWidth),
    ...paragraph(`looked at ${words}`, indent),
    ...(diff.length > 0 ? ['', ...diff, ''] : []),
    ...report.findings.flatMap((finding) =>
      finding.ignored ? ignoredLines(finding) : findingLines(finding),
    ),
    ...report.remarks.flatMap((remark) => paragraph(`note: ${remark}`, '      ', '')),
    ...ending(report, shownFindings),
  ]
  return `${lines.map(printable).join('\n')}\n`
}

function ignoredLines({ code, name, ignored, location }: FindingReport): string[] {
  const place = location === null ? '' : ` at ${shown(location.path)}, line ${location.line}`
  const reason = ignored?.reason === null || ignored === null ? '' : `: ${shown(ignored.reason)}`
  return paragraph(`ignored: ${code} ${name}${place}${reason}`, indent)
}

function findingLines(finding: FindingReport): string[] {
  const { severity, location, message, why, evidence, details, remedies } = finding
  const word = severity === 'error' ? 'ERROR:' : severity === 'warning' ? 'WARNING:' : 'note:'
  const [cure] = remedies
  const others = remedies.slice(1)
  return [
    `${word} ${finding.name.replaceAll('-', ' ')}  [${finding.code}]`,
    // Unbroken, so that a terminal makes a link of it.
    ...(location === null ? [] : [`${indent}${shown(location.path)}:${location.line}:${location.column}`]),
    ...sourceLines(finding),
    ...paragraph(`${message} ${why}`, indent),
    ...aligned(
      evidence.map(({ label, value }) => [label, value]),
      indent,
    ),
    ...details.flatMap((line) => paragraph(line, indent)),
    ...(cure === undefined ? [] : paragraph(cure.title, '      ', 'hint: ')),
    ...others.flatMap((remedy) => paragraph(remedy.title, '      ')),
    ...(finding.fixable ? ['      --fix does it'] : []),
    '',
  ]
}

/** The line, and carets under what is meant; a long line is cut around it. Nothing where the line is not at hand. */
export function sourceLines({ location, end, sourceLine }: FindingReport): string[] {
  if (location === null || sourceLine === undefined) return []
  const characters = [...sourceLine.replaceAll('\t', ' ')]
  const from = location.column - 1
  const to = end !== undefined && end.line === location.line ? end.column - 1 : characters.length
  const margin = characters.findIndex((character) => character !== ' ')
  const cut = Math.max(0, Math.min(margin, from))
  const number = String(location.line)
  const room = lineWidth - indent.length - number.length - 3
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

function ending({ verdict, reason, findings: all }: Report, findings: readonly FindingReport[]): string[] {
  const count = (severity: FindingReport['severity']): number =>
    findings.filter((finding) => finding.severity === severity).length
  const parts = [
    [count('error'), 'error'],
    [count('warning'), 'warning'],
    [count('note'), 'note'],
  ] as const
  const told = parts.flatMap(([number, word]) => (number > 0 ? [counted(number, word)] : [])).join(', ')
  const silenced = all.length - findings.length
  const aside = silenced > 0 ? `, ${silenced} ignored` : ''
  if (verdict === 'undetermined') return paragraph(`ERROR: ${reason ?? 'unknown'}`, indent, '')
  if (told === '') return [`SUCCESS: nothing found${aside}`]
  return [`${verdict === 'blocked' ? 'ERROR' : 'SUCCESS'}: ${told}${aside}`]
}
