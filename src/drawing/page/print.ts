/** Prints the graph as shown on screen, followed by the findings. */
import type { PageData } from '../page-data.ts'
import { findingElement } from './details.ts'
import { element, svgElement } from './elements.ts'
import { type Slots, lanesPicture, size, slotElement, textEdges, textLeft } from './picture.ts'

/** Number of lines kept together on one page. */
const together = 8

/** Names are aligned only on lines with at most this many lanes. */
const aligned = 4

/** Fills `target` with the graph, folded as on screen, followed by all findings. */
export function printPicture(data: PageData, slots: Slots, target: HTMLElement): void {
  const pieces: HTMLElement[] = []
  for (let from = 0; from < slots.list.length; from += together) {
    const to = Math.min(slots.list.length, from + together) - 1
    const height = (to - from + 1) * size.row
    const top = from * size.row
    const width = textLeft(data.lanes)
    const picture = svgElement('svg', {
      class: 'ag-svg',
      width,
      height,
      viewBox: `0 ${top} ${width} ${height}`,
    })
    picture.append(...lanesPicture(data, slots, { from, to }, null))
    const words = textEdges(data, slots, { from, to }, aligned).map((left, line) =>
      slotElement(data, slots, from + line, { left, top: line * size.row }, null),
    )
    const piece = element('div', 'piece', [picture, ...words])
    piece.style.height = `${height}px`
    pieces.push(piece)
  }
  const findings = data.findings.map((finding) => findingElement(finding, '', 'h3'))
  const heading = findings.length > 0 ? [element('h2', '', 'Findings')] : []
  target.replaceChildren(...pieces, ...heading, ...findings)
}
