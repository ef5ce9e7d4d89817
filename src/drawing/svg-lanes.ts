import { layoutOf, widthOf } from './layout.ts'
import type { Route } from './layout.ts'
import { textInPixels, pixelWidth } from './clipped-text.ts'
import { type Picture, escapeXml, signPicture, tagPicture, tagWidth } from './svg-parts.ts'
import type { Excerpt } from './view.ts'
import { foldWords, nameOf, signOf, tagsOf } from './words.ts'

/** Row height, lane width and margin, in pixels. */
const step = { row: 24, lane: 16, margin: 20 }

/** Names are aligned on lines with at most this many lanes. */
const aligned = 4

/** Draws the graph as rows next to lanes, for graphs that are too large for cards. */
export function svgLanes(excerpt: Excerpt): Picture {
  const { rows, rowOf, routes, width: lanes } = layoutOf(excerpt)
  const x = (lane: number): number => step.margin + lane * step.lane
  const y = (row: number): number => step.margin + row * step.row
  const path = ({ upper, lower, lane }: Route): string => {
    const [from, to] = [rowOf[upper] ?? 0, rowOf[lower] ?? 0]
    const [start, end] = [x(rows[from]?.column ?? 0), x(rows[to]?.column ?? 0)]
    const middle = x(lane)
    const [top, bottom] = [y(from), y(to)]
    if (to === from + 1 && middle !== start && middle !== end) {
      const half = (top + bottom) / 2
      return `M${start} ${top}Q${middle} ${top} ${middle} ${half}Q${middle} ${bottom} ${end} ${bottom}`
    }
    const leave =
      middle === start ? '' : `C${start} ${top + 14} ${middle} ${top + 8} ${middle} ${top + step.row}`
    const arrive =
      middle === end
        ? ''
        : `V${bottom - step.row}C${middle} ${bottom - 8} ${end} ${bottom - 14} ${end} ${bottom}`
    if (to === from + 1) return `M${start} ${top}C${start} ${top + 14} ${end} ${bottom - 14} ${end} ${bottom}`
    return `M${start} ${top}${leave}${arrive === '' ? `V${bottom}` : arrive}`
  }
  let widest = 0
  const body = routes.map((route) => {
    const { link, circular } = route
    const classes = `ag-link${link.kind === 'dependency' ? ' ag-dependency' : ''}${circular ? ' ag-circular' : ''}`
    return `<path class="${classes}" d="${path(route)}"/>`
  })
  rows.forEach((one, row) => {
    const { item, column } = one
    const textAt = x(Math.max(widthOf(one), Math.min(aligned, lanes))) + 4
    const what = excerpt.items[item]
    if (!what) return
    body.push(`<g transform="translate(${x(column)} ${y(row)})">${signPicture(signOf(what), 5)}</g>`)
    if (what.kind === 'fold') {
      const words = `… ${foldWords(what)} …`
      body.push(`<text class="ag-note" x="${textAt}" y="${y(row) + 4}">${escapeXml(words)}</text>`)
      widest = Math.max(widest, textAt + pixelWidth(words, 6.2))
      return
    }
    const name = textInPixels(nameOf(what.revision), 40)
    const message = textInPixels(what.revision.message, 60)
    let at = textAt + pixelWidth(name, 7.4) + 8
    body.push(`<text class="ag-id" x="${textAt}" y="${y(row) + 4}">${escapeXml(name)}</text>`)
    for (const tag of tagsOf(what.revision)) {
      const short = { ...tag, text: textInPixels(tag.text, 40) }
      body.push(`<g transform="translate(${at.toFixed(1)} ${y(row) - 7.5})">${tagPicture(short)}</g>`)
      at += tagWidth(short) + 5
    }
    if (message !== '') {
      body.push(
        `<text class="ag-message" x="${at.toFixed(1)}" y="${y(row) + 4}">${escapeXml(message)}</text>`,
      )
      at += pixelWidth(message, 6.3)
    }
    widest = Math.max(widest, at)
  })
  return {
    body,
    width: widest + step.margin,
    height: 2 * step.margin + Math.max(0, rows.length - 1) * step.row,
  }
}
