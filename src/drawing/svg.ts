/** Draws the graph as an SVG image, as cards or as lanes. Never relies on color alone. */
import { cardsOf } from './svg-cards.ts'
import { condensed } from './condense.ts'
import { svgLanes } from './svg-lanes.ts'
import { pixelWidth } from './clipped-text.ts'
import { layoutOf } from './layout.ts'
import { type Picture, escapeXml, signPicture } from './svg-parts.ts'
import type { MarkedGraph } from './marks.ts'
import { type View, excerptOf } from './view.ts'
import { type StateSign, linkWords, signOf, signWords, strayRowsSentence } from './words.ts'

export { svgStyle } from './svg-style.ts'
import { svgStyle } from './svg-style.ts'

/** Maximum number of cards. dagre needs 0.05 s for 50 items and 0.35 s for 150. */
const maxCards = 60

/** Maximum number of rows, enough to fill about 3,000 pixels. Few readers scroll further. */
const maxRows = 120

/** Draws the graph. A large graph shows only important revisions. If `embedded` is true, omits the stylesheet. */
export function drawSvg(
  marked: MarkedGraph,
  view: View = {},
  { embedded = false }: { readonly embedded?: boolean } = {},
): string {
  const excerpt = condensed(excerptOf(marked, view), maxRows)
  const cards = excerpt.items.length <= maxCards
  const picture = cards ? cardsOf(excerpt) : svgLanes(excerpt)
  const { routes } = layoutOf(excerpt)
  const legend = legendOf(marked, excerpt.items.map(signOf), [
    ...(excerpt.links.some(({ kind }) => kind === 'dependency') ? ['dependency' as const] : []),
    ...(routes.some(({ circular }) => circular) ? ['circular' as const] : []),
  ])
  const width = Math.ceil(Math.max(picture.width, legend.width, 120))
  const height = Math.ceil(picture.height + legend.height)
  const title = `Revision graph: ${marked.revisions.filter(({ kind }) => kind === 'file').length} revisions`
  const shift = Math.max(0, (width - picture.width) / 2)
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="ag-svg" role="img" aria-label="${title}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${title}</title>`,
    ...(embedded ? [] : [`<style>${svgStyle}</style>`, '<rect class="ag-page" width="100%" height="100%"/>']),
    `<g transform="translate(${cards ? shift : 0} 0)">`,
    ...picture.body,
    '</g>',
    `<g class="ag-legend" transform="translate(16 ${Math.ceil(picture.height)})">`,
    ...legend.body,
    '</g>',
    '</svg>',
  ]
  return `${embedded ? '' : '<?xml version="1.0" encoding="UTF-8"?>\n'}${lines.join('\n')}\n`
}

/** Draws a legend and a sentence about version rows that aren't in the graph. */
function legendOf(
  marked: MarkedGraph,
  signs: readonly StateSign[],
  links: readonly (keyof typeof linkWords)[],
): Picture {
  const used = new Set(signs)
  const body: string[] = []
  let x = 0
  const add = (sign: string, words: string): void => {
    body.push(`<g transform="translate(${x} 14)">${sign}</g>`)
    body.push(`<text class="ag-note" x="${x + 14}" y="18">${escapeXml(words)}</text>`)
    x += pixelWidth(words, 6) + 34
  }
  for (const sign of Object.keys(signWords) as StateSign[]) {
    if (used.has(sign) && sign !== 'plain' && sign !== 'fold') add(signPicture(sign, 5), signWords[sign])
  }
  for (const link of links) add(`<path class="ag-link ag-${link}" d="M-6 0H8"/>`, linkWords[link])
  let height = x > 0 ? 34 : 8
  let width = x
  const stray = strayRowsSentence(marked)
  if (stray !== null) {
    body.push(`<text class="ag-note" x="0" y="${height + 6}">${escapeXml(stray)}</text>`)
    height += 24
    width = Math.max(width, pixelWidth(stray, 6))
  }
  return { body, width: width + 32, height }
}
