/** Replays one incident with Alembic and the guard, and runs the commands that the guard suggests. */
import type { DialectName } from '../../src/core/dialect/dialect-name.ts'
import type { FindingReport, Report } from '../../src/report/model/report.ts'
import { headline } from '../../src/report/text/headline.ts'
import { remedyCommand } from '../../src/report/text/layout.ts'
import type { Answer } from '../support/incidents.ts'
import type { Incident } from './incident.ts'
import type { Mark, Played } from './table.ts'
import type { Said, World, Worlds } from './world.ts'

/** Error messages for an invalid command line. */
const usageError =
  /no such option|no such command|unrecognized arguments|unknown argument|unknown command|usage:|command not found|is not a git command|invalid choice|requires? (?:a value|argument)/i

export async function play(incident: Incident, dialect: DialectName, worlds: Worlds): Promise<Played> {
  const given: Partial<Record<Mark, boolean>> = {}
  const problems: string[] = []
  const judge = (mark: Mark, right: boolean, problem: string): void => {
    given[mark] = (given[mark] ?? true) && right
    if (!right) problems.push(`${mark}: ${problem}`)
  }
  const world = await worlds.begin(incident)
  for (const step of incident.steps) await world.take(step)
  const target = incident.target ?? 'head'
  const before = await world.upgrade()

  const truth = await (await world.copy()).upgrade(target)
  // The schemas don't show a rollback, so compare the version rows too.
  const undone = target === 'head' && truth.heads.some((head) => !truth.rows.includes(head))
  const wrong = undone || skipped(await world.fresh(), truth).length > 0
  const outcome = truth.error ?? (wrong ? 'wrong' : 'succeeds')
  const { alembic } = incident
  judge('alembic', typeof alembic === 'string' ? outcome === alembic : alembic.test(outcome), outcome)

  const printed = world.guard('check', '--format', 'json', ...(target === 'head' ? [] : ['--target', target]))
  const report = JSON.parse(printed.stdout) as Report
  const findings = report.findings.filter(({ ignored }) => ignored === null)
  const reason = report.error?.message ?? report.reason ?? ''
  const decided =
    incident.verdict === 'either' ? report.verdict !== 'undetermined' : report.verdict === incident.verdict
  judge('verdict', decided, `${report.verdict}, ${codesOf(findings)} ${reason}`)
  if (incident.flask) {
    const told = sentencesOf(report, findings).filter((sentence) =>
      /\balembic (?:up|down)grade\b|\balembic (?:stamp|merge|revision)\b/.test(sentence),
    )
    judge('hint', told.length === 0, `it mentions commands of Alembic: ${told.join(' | ')}`)
  }
  const [first] = findings
  judge(
    'cause',
    (incident.code ?? '').split('|').includes(first?.code ?? ''),
    `${codesOf(findings)}, where ${incident.code ?? 'nothing'} is to be found`,
  )
  if (incident.says) judge('cause', incident.says.test(wordsOf(first)), `the finding says: ${wordsOf(first)}`)
  const hints = findings.flatMap(({ remedies }) =>
    remedies.map((remedy) => `${remedy.title} ${remedyCommand(remedy) ?? ''}`),
  )
  if (incident.hint)
    judge(
      'hint',
      incident.hint.test(hints[0] ?? ''),
      `the first of these should be ${incident.hint}: ${hints.join(' | ')}`,
    )
  judge('hint', !hints[0]?.startsWith('Or '), `the first hint goes on from another one: ${hints[0]}`)
  if (incident.never) {
    const harmful = hints.filter((hint) => incident.never?.test(hint))
    judge('harmless', harmful.length === 0, `it would harm: ${harmful.join(' | ')}`)
  }
  const cure = incident.cure ?? (incident.verdict === 'blocked' ? 'printed' : 'none')
  if (cure !== 'none') {
    const ran = cure === 'printed' ? null : await byHand(world, cure)
    if (ran) await judgeCure(ran, target, before, (right, problem) => judge('cure', right, problem))
  }
  let chosen = cure !== 'printed'
  for (const remedy of findings.flatMap(({ remedies }) => remedies)) {
    const line = remedyCommand(remedy)
    if (line === null) continue
    const there = await world.copy()
    const said = there.shell(line.replaceAll(world.folder, there.folder))
    judge('harmless', !misspelt(said), `${line} is no command here: ${said.text.slice(-400)}`)
    if (remedy.touches === 'nothing') continue
    if (!chosen) {
      chosen = true
      judge('cure', said.status === 0, `${line} ends with ${said.status}: ${said.text.slice(-400)}`)
      if (said.status === 0)
        await judgeCure(there, target, before, (right, problem) =>
          judge('cure', right, `${line}: ${problem}`),
        )
    } else if (said.status === 0) {
      const after = await there.upgrade(target)
      if (after.error !== null) continue
      const missing = skipped(await there.fresh(), after)
      judge('harmless', missing.length === 0, `${line} makes Alembic skip ${missing.join(', ')}`)
    }
  }
  if (!chosen) judge('cure', false, 'no command is printed that changes anything')
  return {
    name: incident.name,
    thread: incident.thread,
    dialect,
    layout: incident.flask ? 'flask' : 'alembic',
    code: incident.code ?? '',
    marks: {
      alembic: given.alembic ?? null,
      verdict: given.verdict ?? null,
      cause: given.cause ?? null,
      hint: given.hint ?? null,
      cure: given.cure ?? null,
      harmless: given.harmless ?? null,
    },
    problems,
  }
}

async function byHand(world: World, steps: Exclude<Incident['cure'], 'none' | undefined>): Promise<World> {
  const there = await world.copy()
  for (const step of steps) await there.take(step)
  return there
}

/**
 * Asserts that the upgrade succeeds once the remedy is applied, and yields the same schema as a new database.
 */
async function judgeCure(
  there: World,
  target: string,
  before: Answer,
  judge: (right: boolean, problem: string) => void,
): Promise<void> {
  const after = await there.upgrade(target)
  judge(after.error === null, `the upgrade still fails: ${after.error ?? ''}`)
  if (after.error !== null) return
  const fresh = await there.fresh()
  const missing = skipped(fresh, after)
  judge(missing.length === 0, `the schema lacks ${missing.join(', ')}`)
  const known = new Set([...fresh.catalog, ...before.catalog])
  const odd = after.catalog.filter((line) => !known.has(line))
  judge(odd.length === 0, `the schema has ${odd.join(', ')}`)
  judge(
    after.rows.join() === fresh.rows.join(),
    `the rows are ${after.rows.join()}, not ${fresh.rows.join()}`,
  )
}

/** Returns the expected schema lines that are missing from this database. The order of columns may differ. */
function skipped(fresh: Answer, { catalog }: Answer): readonly string[] {
  if (fresh.error !== null) return []
  const there = new Set(catalog)
  return fresh.catalog.filter((line) => !there.has(line))
}

/**
 * Returns whether a suggested command has the wrong program name or invalid syntax. False for valid commands
 * that fail.
 */
export function misspelt({ status, text }: Said): boolean {
  return status === 127 || status === 2 || (status !== 0 && usageError.test(text))
}

function codesOf(findings: readonly FindingReport[]): string {
  return findings.map(({ code }) => code).join(', ') || 'nothing'
}

/** Returns the report's own sentences, without quoted evidence. */
function sentencesOf(report: Report, findings: readonly FindingReport[]): readonly string[] {
  const own = findings.flatMap(({ message, why, details, notAdvised, remedies }) => [
    message,
    why,
    ...details,
    notAdvised ?? '',
    ...remedies.map(({ title }) => title),
  ])
  return [headline(report), report.reason ?? '', ...report.remarks, ...own]
}

function wordsOf(finding: FindingReport | undefined): string {
  if (!finding) return ''
  const { message, why, evidence, details } = finding
  return [message, why, ...evidence.map(({ label, value }) => `${label}: ${value}`), ...details].join(' | ')
}
