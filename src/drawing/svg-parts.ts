/** Building blocks for SVG pictures: text, tags and symbols. */
import { printable } from '../core/text/display.ts'
import { pixelWidth } from './clipped-text.ts'
import type { StateSign, Tag } from './words.ts'

/** An SVG body and its size. */
export interface Picture {
  readonly body: readonly string[]
  readonly width: number
  readonly height: number
}

/** Escapes text for XML. Characters that XML forbids become visible escapes. */
export function escapeXml(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll(/[\ufffe\uffff]/g, '\ufffd')
}

/** Draws a symbol centered at the origin. */
export function signPicture(sign: StateSign, radius: number): string {
  const r = radius
  const cross = `M${-r} ${-r}L${r} ${r}M${r} ${-r}L${-r} ${r}`
  const circle = `<circle r="${r}" class="ag-dot ag-${sign}"/>`
  switch (sign) {
    case 'row':
      return `<circle r="${r + 2.5}" class="ag-ring"/>${circle}`
    case 'missing':
      return `<circle r="${r}" class="ag-dot ag-missing"/><path class="ag-cross" d="${cross}"/>`
    case 'broken':
      return `<path class="ag-dot ag-broken" d="M0 ${-r - 1}L${r + 1.5} ${r}H${-r - 1.5}Z"/>`
    case 'unknown':
      return `${circle}<text class="ag-question" y="${r * 0.65}" text-anchor="middle">?</text>`
    case 'fold':
      return `<path class="ag-fold" d="M0 ${-r}V${r}"/>`
    default:
      return circle
  }
}

/** The width of a tag in pixels. */
export function tagWidth({ text }: Tag): number {
  return pixelWidth(text, 6.1) + 0.9 * (text.match(/[A-Z0-9_]/g)?.length ?? 0) + 13
}

/** Draws a tag as a 15-pixel-high pill; its left edge is at the origin. */
export function tagPicture(tag: Tag): string {
  const width = tagWidth(tag)
  return (
    `<rect class="ag-tag ag-tag-${tag.kind}" width="${width.toFixed(1)}" height="15" rx="7.5"/>` +
    `<text class="ag-tag-text ag-tag-${tag.kind}" x="${(width / 2).toFixed(1)}" y="11" text-anchor="middle">${escapeXml(tag.text)}</text>`
  )
}
