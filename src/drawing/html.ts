/**
 * The graph as one page that needs nothing else: no network, no second file. What the page knows comes as JSON in a
 * block that is never run; its script makes text nodes of it. A strict Content-Security-Policy allows only that script.
 */
import type { Finding, Remedy } from '../core/findings/finding.ts'
import type { Operations } from '../core/history/operation.ts'
import { counted, listed, printable, shown } from '../core/text/display.ts'
import { layoutOf } from './layout.ts'
import type { MarkedGraph } from './marks.ts'
import { operationWords } from './operation-words.ts'
import { pageScript, pageScriptHash, pageStyle, pageStyleHash } from './page-assets.ts'
import type { PageData, PageFinding, PageRow } from './page-data.ts'
import { escapeXml, signPicture } from './svg-parts.ts'
import { type Excerpt, type Item, type View, excerptOf, straightRuns } from './view.ts'
import {
  type StateSign,
  foldWords,
  linkWords,
  nameOf,
  signOf,
  signWords,
  stateWords,
  strayRowsSentence,
  tagsOf,
} from './words.ts'

/** What the page shows besides the graph. */
export interface PageFacts {
  /** Where the database is, for people; null: none was looked at. Never a URL. */
  readonly database: string | null
  /** What each `upgrade()` does, by revision; null: nobody read it. */
  readonly operations: ReadonlyMap<string, Operations> | null
  /** The command of a remedy as a shell would have to be given it; null where it has none. */
  readonly commandLine: (remedy: Remedy) => string | null
}

/** Straight runs of fewer rows stay as they are. */
const shortestRun = 6

/** Draws the page. */
export function drawHtml(marked: MarkedGraph, view: View, facts: PageFacts): string {
  const excerpt = excerptOf(marked, { ...view, unfolded: true })
  const data = dataOf(excerpt, facts)
  const policy = `default-src 'none'; script-src '${pageScriptHash}'; style-src '${pageStyleHash}'; base-uri 'none'; form-action 'none'`
  const signs = (Object.keys(signWords) as StateSign[]).map(
    (sign) => `<g id="sign-${sign}">${signPicture(sign, 5)}</g>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Revision graph</title>
<style>${pageStyle}</style>
</head>
<body>
<svg class="ag-svg" width="0" height="0" aria-hidden="true"><defs>${signs.join('')}</defs></svg>
<header>
<h1>Revision graph</h1>
<p>${escapeXml(summaryOf(marked, facts))}</p>
<div class="tools">
<span id="jumps"></span>
<input id="search" type="search" placeholder="Search (press /)" aria-label="Search for a revision" autocomplete="off" spellcheck="false">
<output id="count" for="search" aria-live="polite"></output>
<button type="button" id="fold" title="Fold straight runs (f)">Fold</button>
<button type="button" id="zoom-out" aria-label="Zoom out" title="Zoom out (-)">&minus;</button>
<button type="button" id="zoom-in" aria-label="Zoom in" title="Zoom in (+)">+</button>
<button type="button" id="fit" title="Show everything (0)">Fit</button>
<button type="button" id="theme" title="Light or dark">Theme</button>
</div>
</header>
<main>
<div id="stage" tabindex="0" role="listbox" aria-label="Revisions, the newest first">
<div id="world" role="presentation"><svg id="lanes" class="ag-svg" aria-hidden="true"></svg><div id="names" role="presentation"></div></div>
</div>
<aside id="panel" aria-label="About the revision" hidden><button type="button" id="close" title="Close (Escape)">Close</button><div id="about"></div></aside>
</main>
<div id="print"></div>
<footer>
${legendOf(excerpt, data)}
<span class="keys"><kbd>&uarr;</kbd> <kbd>&darr;</kbd> move, <kbd>Enter</kbd> open, <kbd>/</kbd> search, <kbd>+</kbd> <kbd>&minus;</kbd> <kbd>0</kbd> zoom, <kbd>f</kbd> fold, <kbd>Esc</kbd> close</span>
</footer>
<noscript>This page draws the graph with a script of its own; where scripts are off, ask for --format svg.</noscript>
<script type="application/json" id="data">${embedded(data)}</script>
<script>${pageScript}</script>
</body>
</html>
`
}

/** JSON that can stand in a script element: nothing in it looks like markup. */
function embedded(data: PageData): string {
  return JSON.stringify(data).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function dataOf(excerpt: Excerpt, facts: PageFacts): PageData {
  const { rows, rowOf, routes, width } = layoutOf(excerpt)
  const findings: Finding[] = []
  const placeOf = (finding: Finding): number => {
    const place = findings.indexOf(finding)
    return place < 0 ? findings.push(finding) - 1 : place
  }
  const pageRows = rows.flatMap(({ item, column }): PageRow[] => {
    const what = excerpt.items[item]
    return what ? [rowFor(what, column, facts, placeOf)] : []
  })
  const runs = straightRuns(excerpt).flatMap((run): [number, number][] => {
    const [first, last] = [rowOf[run[0] ?? 0] ?? 0, rowOf[run.at(-1) ?? 0] ?? 0]
    // The ends stay visible, so that a fold hangs between two names.
    const inner: [number, number] = [first + 1, last - 1]
    return last - first === run.length - 1 && inner[1] - inner[0] >= shortestRun ? [inner] : []
  })
  return {
    rows: pageRows,
    routes: routes.map(({ upper, lower, lane, link, circular }) => [
      rowOf[upper] ?? 0,
      rowOf[lower] ?? 0,
      lane,
      link.kind,
      circular,
    ]),
    runs: runs.toSorted(([a], [b]) => a - b),
    lanes: width,
    findings: findings.map((finding) => findingFor(finding, facts)),
  }
}

function rowFor(
  item: Item,
  column: number,
  { operations }: PageFacts,
  placeOf: (finding: Finding) => number,
): PageRow {
  const sign = signOf(item)
  const bare = { sign, column, message: '', tags: [], path: null, state: null, operations: null }
  if (item.kind === 'fold') {
    return { ...bare, name: foldWords(item), fold: true, evidence: null, findings: [] }
  }
  const { revision } = item
  const steps = revision.kind === 'file' ? operations?.get(revision.id) : undefined
  return {
    ...bare,
    name: nameOf(revision),
    message: printable(revision.message),
    state: revision.state && stateWords[revision.state],
    tags: tagsOf(revision).map(({ kind, text }) => [kind, text] as const),
    path: revision.path === null ? null : printable(revision.path),
    fold: false,
    operations: steps ? operationWords(steps) : null,
    evidence: revision.evidence === null ? null : printable(revision.evidence),
    findings: revision.findings.map(placeOf),
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

function summaryOf(marked: MarkedGraph, { database }: PageFacts): string {
  const { revisions } = marked
  const files = revisions.filter(({ kind }) => kind === 'file')
  const heads = files.filter(({ head }) => head)
  const parts = [counted(files.length, 'revision'), counted(heads.length, 'head')]
  const missing = revisions.filter(({ kind }) => kind === 'missing').length
  if (missing > 0) parts.push(`${missing} missing`)
  if (database === null) parts.push('no database was looked at')
  else {
    const rows = revisions.flatMap(({ id, rows: own }) => (own.length > 0 ? [id] : []))
    parts.push(`${shown(database)} ${rows.length > 0 ? `at ${listed(rows, 3)}` : 'has no row'}`)
    parts.push(`${revisions.filter(({ state }) => state === 'pending').length} pending`)
  }
  const stray = strayRowsSentence(marked)
  return parts.join(' · ') + (stray === null ? '' : ` · ${stray}`)
}

function legendOf(excerpt: Excerpt, data: PageData): string {
  const used = new Set(excerpt.items.map(signOf))
  const parts = (Object.keys(signWords) as StateSign[])
    .filter((sign) => used.has(sign) && sign !== 'fold')
    .map(
      (sign) =>
        `<span><svg class="ag-svg" viewBox="-10 -10 20 20" aria-hidden="true">${signPicture(sign, 5)}</svg> ${signWords[sign]}</span>`,
    )
  for (const [link, words] of Object.entries(linkWords)) {
    const drawn = data.routes.some(([, , , kind, circular]) =>
      link === 'circular' ? circular : kind === link,
    )
    if (!drawn) continue
    parts.push(
      `<span><svg class="ag-svg" viewBox="-10 -10 20 20" aria-hidden="true"><path class="ag-link ag-${link}" d="M0 -10V10"/></svg> ${words}</span>`,
    )
  }
  return parts.join('\n')
}
