/** The report as people read it, in a release log or a terminal: verdict first, then what, why and what to do. */
import { dialectOf } from '../../core/dialect/index.ts'
import { counted, listed, printable, shown } from '../../core/text/display.ts'
import { foldedFindings } from '../model/folding.ts'
import { memberLines, positionCounts } from '../model/fleet.ts'
import { versionTableName } from '../../rules/phrases/version-table.ts'
import { passedWords } from './headline.ts'
import { aligned, clipped, commandLines, inert, lineWidth, paragraph } from './layout.ts'
import { sourceLines } from './lint-source.ts'
import { rehearsalEnding, rehearsalLines } from './rehearsal.ts'
import type { FindingReport, Report, UncheckedReport } from '../model/report.ts'

const indent = '       '

/**
 * ASCII, at most 72 columns (a command or a name that is longer stays whole, so that it can be copied), no cursor
 * codes. Lines that begin with `ERROR:`, `WARNING:`, `SUCCESS:` and `hint:` are coloured by git itself.
 */
export function human(report: Report): string {
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
    ...(report.rehearsal ? rehearsalEnding(report) : report.verdict === 'pass' ? [] : ending(report)),
  ]
  return `${lines.map((line) => inert(printable(line))).join('\n')}\n`
}

/** Two lines: the database, the release. With less known, less is said. */
function heading(report: Report): string[] {
  const title = `-----> ${report.tool.name} ${report.tool.version}`
  if (!report.repository && !report.database) return [title]
  const database = report.database ? `   ${databaseOf(report)}` : ''
  const first = clipped(title + database, lineWidth)
  return report.repository ? [first, clipped(indent + releaseOf(report), lineWidth)] : [first]
}

function databaseOf({ database }: Report): string {
  if (!database) return ''
  const { product } = dialectOf(database)
  const place = database.host === null ? '' : ` on ${shown(database.host)}`
  return `${shown(database.name)}${place} (${product} ${shown(database.server)})`
}

function releaseOf({ repository, database, fleet }: Report): string {
  if (!repository) return ''
  const heads = repository.heads
  const which =
    heads.length === 0 ? 'no head' : `${heads.length === 1 ? 'head' : 'heads'} ${listed(heads, 3)}`
  const release = `${counted(repository.revisions, 'revision')}, ${which}`
  if (!database || fleet) return release
  const rows = database.versions.map((row) => row ?? 'NULL')
  const at = rows.length > 0 ? `at ${listed(rows, 3)}` : database.versionTable.exists ? 'not stamped' : 'new'
  const table = versionTableName(database.dialect, database.versionTable)
  return `${release}; database ${at}${table === null ? '' : ` (${table})`}`
}

/** How many stand where, and the members that there is something to say of. */
function fleetOf(fleet: NonNullable<Report['fleet']>): string[] {
  const all = fleet.members.every(({ verdict }) => verdict === 'pass')
  const count = counted(fleet.members.length, fleet.kind)
  const title = `${count}: ${positionCounts(fleet.members)}`
  return [
    ...paragraph(title, indent, all ? 'SUCCESS: ' : indent),
    ...memberLines(fleet).map((line) => clipped(indent + line, lineWidth)),
  ]
}

/** The third line when all is well; none where Alembic would fail and is let pass: the findings say all there is. */
function passed(report: Report): string[] {
  const words = passedWords(report)
  if (!report.database) return paragraph(`WARNING: ${words} (--allow-missing-url)`, indent, '')
  return words === null ? [] : [clipped(`SUCCESS: ${words}`, lineWidth), ...restsOn(report)]
}

/** Places that a pass names; the JSON report has all of them. */
const maxPlaces = 5

/** What a pass rests on: how much the live schema was asked about, and what only a rehearsal can judge. */
function restsOn({ prediction }: Report): readonly string[] {
  const { operations = 0, checked = 0, rows = 0, unchecked = [] } = prediction?.tried ?? {}
  if (operations === 0) return []
  const onRows = rows === 0 ? '' : ` (${rows} also ${rows === 1 ? 'depends' : 'depend'} on rows)`
  const sum = `${checked} of ${counted(operations, 'operation')} checked against the live schema${onRows}`
  if (unchecked.length === 0) return paragraph(sum, indent)
  const places = [...new Set(unchecked.map(placeOf))]
  const more = places.length - maxPlaces
  const listing = [...places.slice(0, maxPlaces), ...(more > 0 ? [`${more} more`] : [])].join(', ')
  const need = unchecked.length === 1 ? '1 needs' : `${unchecked.length} need`
  return paragraph(`${sum}; ${need} a rehearsal (${listing})`, indent)
}

/** `b2_phone.py:31` */
function placeOf({ revision, location }: UncheckedReport): string {
  if (!location) return shown(revision)
  return `${shown(location.path.split(/[\\/]/).at(-1) ?? '')}:${location.line}`
}

/** Findings of one code that are told in full: a thousand of them have one cause, and nobody reads the tenth. */
const maxAlike = 5

function findingsOf(report: Report): string[] {
  const told = new Map<string, number>()
  const lines = foldedFindings(report.findings).flatMap((finding, index) => {
    const alike = (told.get(finding.code) ?? 0) + 1
    told.set(finding.code, alike)
    if (alike > maxAlike) return []
    if (finding.ignored) {
      const reason = finding.ignored.reason === null ? '' : ` (${shown(finding.ignored.reason)})`
      return paragraph(`ignored: ${finding.code} ${finding.name}${reason}: ${finding.message}`, indent)
    }
    return findingLines(finding, report, index === 0)
  })
  const more = [...told].flatMap(([code, count]) =>
    count > maxAlike
      ? paragraph(`and ${code} ${count - maxAlike} times more (--format json lists all)`, '      ', 'hint: ')
      : [],
  )
  return [...lines, ...more]
}

function findingLines(finding: FindingReport, report: Report, first: boolean): string[] {
  const word = finding.severity === 'error' ? 'ERROR:' : finding.severity === 'warning' ? 'WARNING:' : 'note:'
  const blocks = finding.severity === 'error' && report.verdict === 'blocked'
  const title = blocks
    ? first
      ? `release blocked before "${report.prediction?.command ?? 'alembic upgrade'}"`
      : 'and this blocks it too'
    : finding.name.replaceAll('-', ' ')
  const place = finding.location
    ? [`at ${shown(finding.location.path)}, line ${finding.location.line}, column ${finding.location.column}`]
    : []
  return [
    `${word} ${title}  [${finding.code}]`,
    ...(finding.severity === 'error'
      ? [
          ...paragraph(finding.message, indent),
          ...aligned(
            finding.evidence.map(({ label, value }) => [label, value]),
            indent,
          ),
          ...place.flatMap((line) => paragraph(line, indent)),
          ...sourceLines(finding),
          ...paragraph(finding.why, indent),
          ...detailLines(finding),
          ...remedyLines(finding),
        ]
      : [
          ...paragraph(`${finding.message} ${finding.why}`, indent),
          ...place.flatMap((line) => paragraph(line, indent)),
          ...sourceLines(finding),
        ]),
  ]
}

function detailLines({ details }: FindingReport): string[] {
  return details.length === 0 ? [] : ['', ...details.flatMap((line) => paragraph(line, indent))]
}

function remedyLines({ remedies, notAdvised }: FindingReport): string[] {
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

function undetermined({ error, reason, fleet }: Report): string[] {
  if (fleet) return paragraph(`ERROR: ${reason ?? 'not all could be looked at'}`, indent, '')
  if (error) {
    return [
      ...paragraph(`ERROR: ${error.message}`, indent, ''),
      ...(error.hint === null ? [] : paragraph(error.hint, '      ', 'hint: ')),
    ]
  }
  return paragraph(`ERROR: what "alembic upgrade" would do can't be told: ${reason ?? 'unknown'}`, indent, '')
}

function ending({ command, verdict, error, repository, prediction }: Report): string[] {
  if (error?.kind === 'usage') return []
  const source = repository?.alembic.source ?? null
  const followed = `this follows Alembic ${repository?.alembic.version ?? ''} (${source === null ? 'none is pinned: the newest known' : `from ${shown(source)}`}).`
  const what =
    verdict === 'blocked'
      ? 'nothing was changed; the previous release keeps running.'
      : // What a rehearsed command has done is said by the error, if by anything.
        `the guard does not pass what it could not see.${command === 'rehearse' ? '' : ' Nothing was changed.'}`
  return [
    ...(prediction ? paragraph(followed, '      ', 'hint: ') : []),
    ...paragraph(what, '      ', 'hint: '),
  ]
}
