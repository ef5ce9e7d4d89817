/** Prepares the graph page's data. Produces no HTML. */
import type { Finding, Remedy } from '../core/findings/finding.ts'
import type { Operations } from '../core/history/operation.ts'
import { printable, shown } from '../core/text/display.ts'
import { layoutOf } from './layout.ts'
import type { MarkedGraph, MarkedLink } from './marks.ts'
import { operationWords } from './operation-words.ts'
import type { PageData, PageFinding, PageRow } from './page-data.ts'
import { type Excerpt, type Item, straightRuns } from './view.ts'
import { foldWords, nameOf, signOf, stateWords, tagsOf } from './words.ts'

/** Information shown in addition to the graph. */
export interface PageFacts {
  /** Display name of the database, never a URL; null if none was checked. */
  readonly database: string | null
  /** Operations in each `upgrade()`, looked up once; null if they weren't read. */
  readonly operations: Pick<ReadonlyMap<string, Operations>, 'get'> | null
  /** Author and date of the commit that added each file, keyed by path. Empty if unknown. */
  readonly origins: ReadonlyMap<string, Origin>
  /** Lint findings for pending migrations. */
  readonly risks: readonly Finding[]
  /** Maps rule codes to risk tags such as `locks`. Rules without a tag are shown by name. */
  readonly riskTags: ReadonlyMap<string, string>
  /** Returns a remedy's shell command, if any. */
  readonly commandLine: (remedy: Remedy) => string | null
}

/** Date and author of the commit that added a file. */
export interface Origin {
  /** Author date, such as `2026-01-31`. */
  readonly date: string
  readonly author: string
}

/** A run is folded only if that hides more rows than this. */
const shortestRun = 6

/** Returns all of the graph page's data. */
export function pageData(marked: MarkedGraph, excerpt: Excerpt, facts: PageFacts): PageData {
  const whole = withPlaces(marked, excerpt)
  const { rows, rowOf, routes, width } = layoutOf(whole)
  const findings = new Map<Finding, number>()
  const placeOf = (finding: Finding): number => {
    const place = findings.get(finding) ?? findings.size
    findings.set(finding, place)
    return place
  }
  const risksOf = risksBy(facts.risks)
  const pageRows = rows.flatMap(({ item, column }): PageRow[] => {
    const what = excerpt.items[item]
    return what ? [rowFor(what, column, facts, risksOf, placeOf)] : []
  })
  const runs = straightRuns(whole).flatMap((run): [number, number][] => {
    const [first, last] = [rowOf[run[0] ?? 0] ?? 0, rowOf[run.at(-1) ?? 0] ?? 0]
    // Keep both ends of a run visible around its fold.
    const inner: [number, number] = [first + 1, last - 1]
    return last - first === run.length - 1 && inner[1] - inner[0] >= shortestRun ? [inner] : []
  })
  return {
    rows: pageRows,
    routes: routes.map(({ upper, lower, lane, link, circular }) => [
      rowOf[upper] ?? 0,
      rowOf[lower] ?? 0,
      lane,
      whole.places.has(link) ? 'place' : link.kind,
      circular,
    ]),
    runs: runs.toSorted(([a], [b]) => a - b),
    lanes: width,
    findings: [...findings.keys()].map((finding) => findingFor(finding, facts)),
  }
}

/** Links each lost revision to its likely positions. */
function withPlaces(
  { places = [] }: MarkedGraph,
  { items, links }: Excerpt,
): Excerpt & { readonly places: ReadonlySet<MarkedLink> } {
  const at = new Map(items.flatMap((item, place) => (item.kind === 'revision' ? [[item.index, place]] : [])))
  const added = places.flatMap((one): MarkedLink[] => {
    const [from, to] = [at.get(one.from), at.get(one.to)]
    const known = links.some((link) => link.from === from && link.to === to)
    return from === undefined || to === undefined || known ? [] : [{ from, to, kind: 'dependency' }]
  })
  return { items, links: [...links, ...added], places: new Set(added) }
}

type RisksOf = (id: string) => readonly Finding[]

function risksBy(risks: readonly Finding[]): RisksOf {
  const byId = new Map<string, Finding[]>()
  for (const finding of risks) {
    if (finding.ignored) continue
    for (const id of finding.revisions) byId.set(id, [...(byId.get(id) ?? []), finding])
  }
  return (id) => byId.get(id) ?? none
}

/** The empty list shared by most rows. */
const none: readonly never[] = []

function unlessEmpty<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? none : list
}

function rowFor(
  item: Item,
  column: number,
  { operations, origins, riskTags }: PageFacts,
  risksOf: RisksOf,
  placeOf: (finding: Finding) => number,
): PageRow {
  const sign = signOf(item)
  if (item.kind === 'fold') {
    const nothing = { message: '', tags: [], risks: [], path: null, state: null, operations: null }
    const noFile = { id: '', date: '', author: '', evidence: null, findings: [] }
    return { sign, column, ...nothing, ...noFile, name: foldWords(item), fold: true }
  }
  const { revision } = item
  const { id, path } = revision
  const steps = revision.kind === 'file' ? operations?.get(id) : undefined
  const origin = origins.get(path ?? '')
  const risks = revision.state === 'pending' && revision.kind === 'file' ? risksOf(id) : none
  const words = risks.map(({ code, name }) => riskTags.get(code) ?? name.replaceAll('-', ' '))
  const found = risks.length === 0 ? revision.findings : [...revision.findings, ...risks]
  return {
    sign,
    column,
    message: printable(revision.message),
    tags: unlessEmpty(tagsOf(revision).map(({ kind, text }) => [kind, text] as const)),
    risks: unlessEmpty([...new Set(words)]),
    path: path === null ? null : printable(path),
    state: revision.state && stateWords[revision.state],
    operations: steps ? operationWords(steps) : null,
    id: printable(id),
    name: nameOf(revision),
    date: printable(origin?.date ?? ''),
    author: shown(origin?.author ?? '').replace(/^''$/, ''),
    fold: false,
    evidence: revision.evidence === null ? null : printable(revision.evidence),
    findings: unlessEmpty(found.map(placeOf)),
  }
}

function findingFor(finding: Finding, { commandLine }: PageFacts): PageFinding {
  const { code, name, severity, message, why, evidence, details = [], remedies } = finding
  return {
    code,
    name,
    severity,
    message: printable(message),
    why: printable(why),
    details: [...evidence.map(([label, value]) => `${label}: ${value}`), ...details].map(printable),
    remedies: remedies.map((remedy) => {
      const command = commandLine(remedy)
      return { title: printable(remedy.title), command: command && printable(command) }
    }),
  }
}
