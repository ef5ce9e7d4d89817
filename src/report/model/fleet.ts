/**
 * One report for many databases or schemas: each a member, one verdict for all, and every finding once with the
 * members it was found in. Data in, data out; looks at nothing.
 */
import { versionTableLabel } from '../../core/diagnosis/version-table.ts'
import { type Remedy, advice } from '../../core/findings/finding.ts'
import { counted, listed, shown } from '../../core/text/display.ts'
import type { FindingReport, Report, FleetKind, MemberReport } from './report.ts'

/** Members that one report speaks for. */
export interface FleetGroup {
  readonly names: readonly string[]
  readonly report: Report
}

/** What speaks for all of them, beside the members' own reports. */
export type FleetParts = Pick<Report, 'tool' | 'command'> & {
  readonly kind: FleetKind
  /** The members; in the order in which they are to be told. */
  readonly groups: readonly FleetGroup[]
}

/**
 * The report of the whole. One member that could not be looked at makes it undetermined; else one that is blocked
 * blocks it.
 */
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
      ? `${counted(unseen.length, kind)} couldn't be checked, ${shown(first.name)} for one: ${first.error?.message ?? 'the outcome is unknown'}`
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

/**
 * What is said of one member in the same words as of another is said once. A member's own command, and its version table,
 * are no other words.
 */
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

/** A finding as the report of some members has it. */
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

/** Commands of one remedy that are listed. */
const maxCommands = 10

/** The remedy once where all have the same command, else once for each command, with the members that it is for. */
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
            `And so on for ${counted(rest.length, `other ${kind}`)}, each with its own name in the command.`,
          ),
        ]
      : []),
  ]
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** "9,998 current, 2 unknown revision": how many stand where, most first. */
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

/** Members that are told one by one on a terminal; the rest is counted. */
const maxMembers = 20

/** A line each for databases; for schemas, of which there may be thousands, only those that do not pass. */
export function memberLines({ kind, members }: NonNullable<Report['fleet']>): readonly string[] {
  const told = members.filter(({ verdict }) => kind === 'database' || verdict !== 'pass')
  const some = kind === 'database' ? told : told.slice(0, maxMembers)
  const width = Math.min(32, Math.max(0, ...some.map(({ name }) => shown(name).length)))
  const words = { pass: 'pass', blocked: 'BLOCKED', undetermined: 'NOT SEEN' }
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

/**
 * Reports of several checks as one: those of single databases become members, those of many bring theirs.
 * `name` is what a report is called that does not say which database it is about.
 */
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
