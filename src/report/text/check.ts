/** Formats a report for a release log or terminal. */
import { counted, listed, shown, shownSentence } from '../../core/text/display.ts'
import { foldedFindings } from '../model/folding.ts'
import { memberLines, positionCounts } from '../model/fleet.ts'
import { versionTableName } from '../../core/diagnosis/version-table.ts'
import { findingCounts } from './finding-lines.ts'
import { passedWords, upgradeOf } from './headline.ts'
import {
  type Line,
  aligned,
  commandLines,
  databaseName,
  filled,
  logWidth,
  paragraph,
  placeText,
} from './layout.ts'
import { sourceLines } from './lint-source.ts'
import { rehearsalEnding, rehearsalLines } from './rehearsal.ts'
import type { FindingReport, Report, UncheckedReport } from '../model/report.ts'

const indent = '       '

/**
 * Renders ASCII text. Long commands and names aren't split, so they can be copied. git colors lines that start with
 * `ERROR:`, `WARNING:`, `SUCCESS:` or `hint:`.
 */
export function human(report: Report, { width = logWidth }: { readonly width?: number } = {}): string {
  const lines = [
    ...heading(report),
    ...(report.fleet
      ? fleetOf(report.fleet)
      : report.verdict === 'pass' && !report.rehearsal
        ? passed(report)
        : []),
    ...findingsOf(report),
    ...(report.verdict === 'undetermined' ? undetermined(report) : []),
    ...(report.rehearsal ? rehearsalLines(report.rehearsal) : []),
    ...report.remarks.flatMap((remark) => paragraph(`note: ${remark}`, '      ', '')),
    ...totals(report),
    ...(report.rehearsal ? rehearsalEnding(report) : report.verdict === 'pass' ? [] : ending(report)),
  ]
  return filled(lines, width)
}

/** Renders the header rows for database, stamp and history, as far as they are known. */
function heading({ tool, database, repository, fleet }: Report): Line[] {
  const rows: [string, string][] = []
  if (database) rows.push(['database', databaseName(database)])
  if (database && !fleet) rows.push(['stamp', stampOf(database)])
  if (repository) rows.push(['history', historyOf(repository)])
  return [`-----> ${tool.name} ${tool.version}`, ...aligned(rows, indent)]
}

function stampOf({ dialect, versions, versionTable }: NonNullable<Report['database']>): string {
  const rows = versions.map((row) => row ?? 'NULL')
  const stamp = rows.length > 0 ? listed(rows, 3) : versionTable.exists ? 'none' : 'none (new database)'
  const table = versionTableName(dialect, versionTable)
  return table === null ? stamp : `${stamp} (${table})`
}

function historyOf({ heads, revisions }: NonNullable<Report['repository']>): string {
  const which =
    heads.length === 0 ? 'no head' : `${heads.length === 1 ? 'head' : 'heads'} ${listed(heads, 3)}`
  return `${counted(revisions, 'revision')}, ${which}`
}

/** Counts fleet members by state, then lists the ones to look at. */
function fleetOf(fleet: NonNullable<Report['fleet']>): Line[] {
  const all = fleet.members.every(({ verdict }) => verdict === 'pass')
  const count = counted(fleet.members.length, fleet.kind)
  const title = `${count}: ${positionCounts(fleet.members)}`
  return [
    ...paragraph(title, indent, all ? 'SUCCESS: ' : indent),
    ...memberLines(fleet).map((line) => indent + line),
  ]
}

/** Renders the result for a release that passed; empty if findings explain why Alembic would still fail. */
function passed(report: Report): Line[] {
  const words = passedWords(report)
  if (!report.database) return paragraph(`WARNING: ${words} (--allow-missing-url)`, indent, '')
  return words === null ? [] : [...paragraph(words, ' '.repeat(9), 'SUCCESS: '), ...restsOn(report)]
}

/** Maximum number of unchecked locations to list. The JSON report lists all of them. */
const maxPlaces = 5

/** Renders how many operations were checked, and which need a rehearsal. */
function restsOn({ prediction }: Report): Line[] {
  const { operations = 0, checked = 0, rows = 0, unchecked = [], calls = [] } = prediction?.tried ?? {}
  if (operations === 0 && calls.length === 0) return []
  const onRows = rows === 0 ? '' : ` (${rows} also ${rows === 1 ? 'depends' : 'depend'} on rows)`
  const sum = `${checked} of ${counted(operations, 'operation')} checked against the live schema${onRows}`
  const need = unchecked.length === 1 ? '1 needs' : `${unchecked.length} need`
  const open = unchecked.length === 0 ? '' : `; ${need} a rehearsal (${listing(unchecked)})`
  const called = counted(calls.length, 'call')
  const raising =
    calls.length === 0 ? '' : `; ${called} that the guard can't check may raise an error (${listing(calls)})`
  return paragraph(`${sum}${open}${raising}`, indent)
}

function listing(all: readonly UncheckedReport[]): string {
  const places = [...new Set(all.map(placeOf))]
  const more = places.length - maxPlaces
  return [...places.slice(0, maxPlaces), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}

/** Formats a location, such as `b2_phone.py:31`. */
function placeOf({ revision, location }: UncheckedReport): string {
  if (!location) return shown(revision)
  return `${shown(location.path.split(/[\\/]/).at(-1) ?? '')}:${location.line}`
}

/** Maximum number of findings with the same code to show in full. */
const maxAlike = 5

function findingsOf(report: Report): Line[] {
  const told = new Map<string, number>()
  const lines = foldedFindings(report.findings).flatMap((finding, index) => {
    const alike = (told.get(finding.code) ?? 0) + 1
    told.set(finding.code, alike)
    if (alike > maxAlike) return []
    if (finding.ignored) {
      const reason = finding.ignored.reason === null ? '' : ` (${shownSentence(finding.ignored.reason)})`
      return paragraph(`ignored: ${finding.code} ${finding.name}${reason}: ${finding.message}`, indent)
    }
    const one = findingLines(finding, report, index === 0)
    return alike === 1 ? [...one, `      See ${finding.documentation}`] : one
  })
  const more = [...told].flatMap(([code, count]) =>
    count > maxAlike
      ? paragraph(
          `and ${count - maxAlike} more ${code} findings (--format json lists all)`,
          '      ',
          'hint: ',
        )
      : [],
  )
  return [...lines, ...more]
}

function findingLines(finding: FindingReport, report: Report, first: boolean): Line[] {
  const word = finding.severity === 'error' ? 'ERROR:' : finding.severity === 'warning' ? 'WARNING:' : 'note:'
  const blocks = finding.severity === 'error' && report.verdict === 'blocked'
  const title = blocks
    ? first
      ? `release blocked before "${report.prediction ? upgradeOf(report.prediction) : 'upgrade'}"`
      : 'also blocks the release'
    : finding.name.replaceAll('-', ' ')
  const place = finding.location ? [indent + placeText(finding.location)] : []
  return [
    `${word} ${title}  [${finding.code}]`,
    ...(finding.severity === 'error'
      ? [
          ...paragraph(finding.message, indent),
          ...aligned(
            finding.evidence.map(({ label, value }) => [label, value]),
            indent,
          ),
          ...place,
          ...sourceLines(finding),
          ...paragraph(finding.why, indent),
          ...detailLines(finding),
          ...remedyLines(finding),
        ]
      : [...paragraph(`${finding.message} ${finding.why}`, indent), ...place, ...sourceLines(finding)]),
  ]
}

function detailLines({ details }: FindingReport): Line[] {
  return details.length === 0 ? [] : ['', ...details.flatMap((line) => paragraph(line, indent))]
}

function remedyLines({ remedies, notAdvised }: FindingReport): Line[] {
  if (remedies.length === 0 && notAdvised === null) return []
  const lines = remedies.flatMap((remedy, index) => {
    const number = remedies.length === 1 ? '' : `${index + 1}. `
    const below = ' '.repeat(6 + number.length)
    return [
      ...paragraph(remedy.title, below, (index === 0 ? 'hint: ' : '      ') + number),
      ...commandLines(remedy, below),
    ]
  })
  const warning = notAdvised === null ? [] : paragraph(`Not advised: ${notAdvised}`, '      ')
  return ['', ...lines, ...warning]
}

/** Returns a line with the number of findings; none if there are fewer than two. */
function totals({ findings }: Report): Line[] {
  return findings.length < 2 ? [] : [indent + findingCounts(findings)]
}

function undetermined({ error, reason, fleet }: Report): Line[] {
  if (fleet) return paragraph(`ERROR: ${reason ?? 'not every database could be checked'}`, indent, '')
  if (error) {
    return [
      ...paragraph(`ERROR: ${error.message}`, indent, ''),
      ...(error.hint === null ? [] : paragraph(error.hint, '      ', 'hint: ')),
    ]
  }
  return paragraph(`ERROR: the outcome of the upgrade is unknown: ${reason ?? 'no reason given'}`, indent, '')
}

function ending({ command, verdict, error, repository, prediction }: Report): Line[] {
  if (error?.kind === 'usage') return []
  const source = repository?.alembic.source ?? null
  const followed = `checked for Alembic ${repository?.alembic.version ?? ''} (${source === null ? 'not pinned; newest known version' : `from ${shown(source)}`}).`
  const what =
    verdict === 'blocked'
      ? 'nothing was changed; the previous release keeps running.'
      : // After a rehearsal, the error message says what the command changed.
        `the guard couldn't verify this, so it doesn't count as a pass.${command === 'rehearse' ? '' : ' Nothing was changed.'}`
  return [
    ...(prediction ? paragraph(followed, '      ', 'hint: ') : []),
    ...paragraph(what, '      ', 'hint: '),
  ]
}
