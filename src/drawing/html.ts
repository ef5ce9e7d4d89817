/** Writes the graph as a self-contained HTML page. The Content-Security-Policy allows only the page's own script. */
import { counted, listed, shown } from '../core/text/display.ts'
import type { MarkedGraph } from './marks.ts'
import { pageScript, pageScriptHash, pageStyle, pageStyleHash } from './page-assets.ts'
import type { PageData } from './page-data.ts'
import { type PageFacts, pageData } from './page-rows.ts'
import { drawSvg } from './svg.ts'
import { escapeXml, signPicture } from './svg-parts.ts'
import { type Excerpt, type View, excerptOf } from './view.ts'
import { type StateSign, linkWords, signOf, signWords, strayRowsSentence } from './words.ts'

/** Draws the HTML page. */
export function drawHtml(marked: MarkedGraph, view: View, facts: PageFacts): string {
  const excerpt = excerptOf(marked, { ...view, unfolded: true })
  const data = pageData(marked, excerpt, facts)
  const policy = `default-src 'none'; script-src '${pageScriptHash}'; style-src '${pageStyleHash}'; base-uri 'none'; form-action 'none'`
  const signs = (Object.keys(signWords) as StateSign[]).map(
    (sign) => `<g id="sign-${sign}">${signPicture(sign, 5)}</g>`,
  )
  return `<!doctype html>
<html lang="en" class="still">
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
<div class="tools" role="toolbar" aria-label="Tools">
<input id="search" type="search" placeholder="Search (/)" aria-label="Search revisions, tables, columns, files and finding codes" autocomplete="off" spellcheck="false">
<output id="count" for="search" aria-live="polite"></output>
<select id="view" aria-label="View"></select>
<span id="jumps"></span>
<button type="button" id="fold" title="Fold linear runs (f)">Fold</button>
<button type="button" id="zoom-out" aria-label="Zoom out" title="Zoom out (-)">&minus;</button>
<button type="button" id="actual" title="Actual size (1)">100%</button>
<button type="button" id="zoom-in" aria-label="Zoom in" title="Zoom in (+)">+</button>
<button type="button" id="fit" title="Fit to window (0)">Fit</button>
<button type="button" id="theme" title="Switch between light and dark">Theme</button>
</div>
</header>
<main>
<div id="stage" tabindex="0" role="listbox" aria-label="Revisions, newest first">
<div id="world" role="presentation"><svg id="lanes" class="ag-svg" aria-hidden="true"></svg><div id="names" role="presentation"></div></div>
<div id="columns" aria-hidden="true"></div>
</div>
<svg id="map" class="ag-svg" aria-hidden="true"></svg>
<aside id="panel" aria-label="Revision" hidden><div id="about" tabindex="0" role="region" aria-label="Details"></div><button type="button" id="close" title="Close (Escape)">Close</button></aside>
</main>
<div id="print" role="main"></div>
<footer>
${legendOf(excerpt, data)}
<span class="keys"><kbd>&uarr;</kbd> <kbd>&darr;</kbd> move, <kbd>Enter</kbd> open, <kbd>/</kbd> search, <kbd>+</kbd> <kbd>&minus;</kbd> <kbd>1</kbd> <kbd>0</kbd> zoom, <kbd>f</kbd> fold, <kbd>Esc</kbd> close</span>
</footer>
<noscript>
${stillOf(marked, view, data)}
</noscript>
<script type="application/json" id="data">${embedded(data)}</script>
<script>${pageScript}</script>
</body>
</html>
`
}

/** A static drawing and the findings, for browsers without scripts. */
function stillOf(marked: MarkedGraph, view: View, { findings }: PageData): string {
  const told = findings.map(({ code, name, severity, message, why, details, remedies }) => {
    const lines = [message, why, ...details].map((text) => `<p>${escapeXml(text)}</p>`)
    const cures = remedies.map(
      ({ title, command }) =>
        `<li>${escapeXml(title)}${command === null ? '' : `<code>${escapeXml(command)}</code>`}</li>`,
    )
    const heading = `${severity}: ${name.replaceAll('-', ' ')} (${code})`
    return `<section class="finding finding-${severity}"><h3>${escapeXml(heading)}</h3>${lines.join('')}<ul>${cures.join('')}</ul></section>`
  })
  const heading = told.length > 0 ? ['<h2>Findings</h2>'] : []
  return [drawSvg(marked, view, { embedded: true }), ...heading, ...told].join('\n')
}

/** Serializes data as JSON, with HTML's special characters escaped. */
function embedded(data: PageData): string {
  return JSON.stringify(data).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function summaryOf(marked: MarkedGraph, facts: PageFacts): string {
  const { revisions } = marked
  const { database } = facts
  const files = revisions.filter(({ kind }) => kind === 'file')
  const heads = files.filter(({ head }) => head)
  const parts = [counted(files.length, 'revision'), counted(heads.length, 'head')]
  const missing = revisions.filter(({ kind }) => kind === 'missing').length
  if (missing > 0) parts.push(`${missing} missing`)
  if (database === null) parts.push('no database checked')
  else {
    const rows = revisions.flatMap(({ id, rows: own }) => (own.length > 0 ? [id] : []))
    parts.push(`${shown(database)} ${rows.length > 0 ? `at ${listed(rows, 3)}` : 'has no version rows'}`)
    const risky = new Set(facts.risks.flatMap(({ ignored, revisions: ids }) => (ignored ? [] : ids)))
    const pending = revisions.filter(({ state }) => state === 'pending')
    const some = pending.filter(({ id }) => risky.has(id)).length
    parts.push(`${pending.length} pending${some > 0 ? `, ${some} at risk` : ''}`)
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
