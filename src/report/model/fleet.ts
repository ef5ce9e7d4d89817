/** Combines the reports for many databases or schemas into one verdict. */
import { versionTableLabel } from '../../core/diagnosis/version-table.ts'
import { type Remedy, advice } from '../../core/findings/finding.ts'
import { counted, listed, shown } from '../../core/text/display.ts'
import type { FindingReport, Report, FleetKind, MemberReport } from './report.ts'

/** Fleet members with identical reports. */
export interface FleetGroup {
  readonly names: readonly string[]
  readonly report: Report
}

/** Parts of the combined report. */
export type FleetParts = Pick<Report, 'tool' | 'command'> & {
  readonly kind: FleetKind
  /** Members in output order. */
  readonly groups: readonly FleetGroup[]
}

/** Builds the combined report. `undetermined` takes precedence over `blocked`. */
export function fleetReport({ tool, command, kind, groups }: FleetParts): Report {
  const members = groups.flatMap(({ names, report }) => names.map((name) => memberOf(name, report)))
  const codes = members.map(({ exitCode }) => exitCode)
  const exitCode = Math.max(0, ...codes)
  const unseen = members.filter(({ verdict }) => verdict === 'undetermined')
  const sample = groups.find(({ report }) => report.repository !== null)?.report ?? groups[0]?.report
  const first = unseen[0]
  return {
    schemaVersion: 1,
    tool,
    command,
    verdict: verdictOf(exitCode),
    exitCode,
    repository: sample?.repository ?? null,
    database: kind === 'schema' ? (sample?.database ?? null) : null,
    standing: null,
    prediction: null,
    findings: findingsOf(kind, groups),
    reason: first
      ? `${counted(unseen.length, kind)} couldn't be checked, for example ${shown(first.name)}: ${first.error?.message ?? 'the outcome is unknown'}`
      : null,
    error: null,
    coverage: sample?.coverage ?? null,
    remarks: [...new Set(groups.flatMap(({ report }) => report.remarks))],
    fleet: { kind, members: members.toSorted((a, b) => compare(a.name, b.name)) },
  }
}

function memberOf(name: string, report: Report): MemberReport {
  const { verdict, exitCode, standing, database, findings, error, reason } = report
  return {
    name,
    verdict,
    exitCode,
    standing: standing?.kind ?? null,
    versions: database?.versions ?? [],
    codes: [...new Set(findings.filter(({ ignored }) => ignored === null).map(({ code }) => code))],
    error: error ?? (reason === null ? null : { kind: 'unavailable', message: reason, hint: null }),
  }
}

/** Merges findings with the same text. Their commands and version tables may differ. */
function findingsOf(kind: FleetKind, groups: readonly FleetGroup[]): readonly FindingReport[] {
  const found = new Map<string, MemberFinding[]>()
  for (const { names, report } of groups) {
    for (const finding of report.findings) {
      const key = JSON.stringify(wordsOf(finding))
      found.set(key, [...(found.get(key) ?? []), { finding, names }])
    }
  }
  return [...found.values()].flatMap((all) => {
    const [one] = all
    if (!one) return []
    const names = all.flatMap((each) => each.names)
    const { finding } = one
    const tables = new Set(all.map((each) => tableOf(each.finding)))
    return {
      ...finding,
      evidence: [
        { label: counted(names.length, kind), value: listed(names.toSorted(compare), 5) },
        ...finding.evidence.filter(({ label }) => tables.size === 1 || label !== versionTableLabel),
      ],
      remedies: finding.remedies.flatMap((remedy, at) => membersRemedies(kind, remedy, at, all)),
    }
  })
}

interface MemberFinding {
  readonly finding: FindingReport
  readonly names: readonly string[]
}

function wordsOf({ evidence, remedies, ...rest }: FindingReport): object {
  return {
    ...rest,
    evidence: evidence.filter(({ label }) => label !== versionTableLabel),
    remedies: remedies.map(({ argv, assignment: _assignment, ...remedy }) => ({
      ...remedy,
      command: argv !== null,
    })),
  }
}

function tableOf({ evidence }: FindingReport): string {
  return evidence.find(({ label }) => label === versionTableLabel)?.value ?? ''
}

/** Maximum number of commands per remedy. */
const maxCommands = 10

/** Returns a single remedy if all members share the same command; otherwise, one remedy per command. */
function membersRemedies(
  kind: FleetKind,
  remedy: Remedy,
  at: number,
  all: readonly MemberFinding[],
): readonly Remedy[] {
  const commands = new Map<string, { remedy: Remedy; names: string[] }>()
  for (const { finding, names } of all) {
    const own = finding.remedies[at] ?? remedy
    const key = JSON.stringify([own.argv, own.assignment ?? null])
    const known = commands.get(key)
    if (known) known.names.push(...names)
    else commands.set(key, { remedy: own, names: [...names] })
  }
  if (commands.size < 2) return [remedy]
  const told = [...commands.values()].slice(0, maxCommands)
  const rest = [...commands.values()].slice(maxCommands).flatMap(({ names }) => names)
  return [
    ...told.map(({ remedy: own, names }) => ({
      ...own,
      title: `${own.title.replace(/:$/, '')} (${listed(names.toSorted(compare), 5)}):`,
    })),
    ...(rest.length > 0
      ? [
          advice(
            `Run the same command for ${counted(rest.length, `other ${kind}`)}, replacing the name${rest.length === 1 ? '' : ' each time'}.`,
          ),
        ]
      : []),
  ]
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Formats the number of fleet members in each state, as in "9,998 current, 2 unknown revision". */
export function positionCounts(members: readonly MemberReport[]): string {
  const counts = new Map<string, number>()
  for (const { standing, verdict } of members) {
    const where =
      verdict === 'undetermined' && standing === null
        ? 'not seen'
        : (standing ?? 'not seen').replaceAll('-', ' ')
    counts.set(where, (counts.get(where) ?? 0) + 1)
  }
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([where, count]) => counted(count, where, where))
    .join(', ')
}

/** Maximum number of schemas listed individually. */
const maxMembers = 20

/** Lists all databases, but only the schemas that don't pass, because there can be thousands of schemas. */
export function memberLines({ kind, members }: NonNullable<Report['fleet']>): readonly string[] {
  const told = members.filter(({ verdict }) => kind === 'database' || verdict !== 'pass')
  const some = kind === 'database' ? told : told.slice(0, maxMembers)
  const width = Math.min(32, Math.max(0, ...some.map(({ name }) => shown(name).length)))
  const words = { pass: 'pass', blocked: 'BLOCKED', undetermined: 'UNKNOWN' }
  const lines = some.map(({ name, verdict, standing, codes, error }) =>
    [
      words[verdict].padEnd(8),
      shown(name).padEnd(width),
      error && verdict === 'undetermined' ? shown(error.message) : (standing ?? '').replaceAll('-', ' '),
      codes.join(' '),
    ]
      .filter((part) => part !== '')
      .join('  ')
      .trimEnd(),
  )
  return told.length > some.length
    ? [...lines, `and ${counted(told.length - some.length, 'more', 'more')}`]
    : lines
}

/** Merges several reports. `name` labels a report that doesn't name a database. */
export function mergedReport(
  tool: Report['tool'],
  reports: readonly { readonly name: string; readonly report: Report }[],
): Report {
  const single = reports.flatMap(({ name, report }): FleetGroup[] => {
    if (report.fleet) return []
    const { database } = report
    const place = database && `${database.name}${database.host === null ? '' : ` on ${database.host}`}`
    return [{ names: [place ?? name], report }]
  })
  const merged = fleetReport({ tool, command: 'report', kind: 'database', groups: single })
  const fleets = reports.flatMap(({ report }) => (report.fleet ? [{ ...report, fleet: report.fleet }] : []))
  if (fleets.length === 0) return merged
  const exitCode = Math.max(merged.exitCode, ...fleets.map((report) => report.exitCode))
  const findings = new Map(
    [...merged.findings, ...fleets.flatMap((report) => report.findings)].map((finding) => [
      JSON.stringify(finding),
      finding,
    ]),
  )
  return {
    ...merged,
    verdict: verdictOf(exitCode),
    exitCode,
    repository: merged.repository ?? fleets.find(({ repository }) => repository)?.repository ?? null,
    findings: [...findings.values()],
    reason: merged.reason ?? fleets.find(({ reason }) => reason !== null)?.reason ?? null,
    remarks: [...new Set([...merged.remarks, ...fleets.flatMap(({ remarks }) => remarks)])],
    fleet: {
      kind:
        fleets.every(({ fleet }) => fleet.kind === 'schema') && single.length === 0 ? 'schema' : 'database',
      members: [...(merged.fleet?.members ?? []), ...fleets.flatMap(({ fleet }) => fleet.members)].toSorted(
        (a, b) => compare(a.name, b.name),
      ),
    },
  }
}

function verdictOf(exitCode: number): Report['verdict'] {
  return exitCode === 0 ? 'pass' : exitCode === 1 ? 'blocked' : 'undetermined'
}
