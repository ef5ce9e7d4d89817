/** Draws one card per revision, with the newest at the top. dagre positions the cards. */
import { placed } from './dagre.ts'
import { textInPixels, pixelWidth } from './clipped-text.ts'
import { type Picture, escapeXml, signPicture, tagPicture, tagWidth } from './svg-parts.ts'
import { layoutOf } from './layout.ts'
import type { Excerpt, Item } from './view.ts'
import { type StateSign, type Tag, foldWords, nameOf, signOf, tagsOf } from './words.ts'

interface Card {
  readonly sign: StateSign
  readonly name: string
  readonly message: string
  readonly tags: readonly Tag[]
  readonly width: number
  readonly height: number
}

/** Maximum text lengths, in characters. */
const maxLength = { name: 36, message: 40, tag: 34 }

/** Draws the graph as cards. */
export function cardsOf(excerpt: Excerpt): Picture {
  const { rows, routes } = layoutOf(excerpt)
  // dagre preserves input order, so pass the cards in row order.
  const order = rows.map(({ item }) => item)
  const places = new Map(order.map((item, place) => [item, place]))
  const cards = order.flatMap((item) => {
    const what = excerpt.items[item]
    return what ? [cardOf(what)] : []
  })
  const links = routes.map(({ upper, lower, link, circular }) => ({
    from: places.get(upper) ?? 0,
    to: places.get(lower) ?? 0,
    kind: link.kind,
    circular,
  }))
  const { boxes, lines, width, height } = placed(cards, links)
  const body = [
    ...links.map(({ kind, circular }, index) => {
      const classes = `ag-link${kind === 'dependency' ? ' ag-dependency' : ''}${circular ? ' ag-circular' : ''}`
      return `<path class="${classes}" d="${curve(lines[index] ?? [])}"/>`
    }),
    ...cards.map((card, index) => {
      const { x = 0, y = 0 } = boxes[index] ?? {}
      return `<g transform="translate(${(x - card.width / 2).toFixed(1)} ${(y - card.height / 2).toFixed(1)})">${cardPicture(card)}</g>`
    }),
  ]
  return { body, width, height }
}

function cardOf(item: Item): Card {
  if (item.kind === 'fold') {
    const name = `… ${foldWords(item)} …`
    return { sign: 'fold', name, message: '', tags: [], width: pixelWidth(name, 6.2) + 20, height: 30 }
  }
  const { revision } = item
  const name = textInPixels(nameOf(revision), maxLength.name)
  const message = textInPixels(revision.message, maxLength.message)
  const tags = tagsOf(revision).map((tag) => ({ ...tag, text: textInPixels(tag.text, maxLength.tag) }))
  const tagsWidth = tags.reduce((sum, tag) => sum + tagWidth(tag) + 5, -5)
  const content = Math.max(pixelWidth(name, 7.4), pixelWidth(message, 6.3), tags.length > 0 ? tagsWidth : 0)
  const height = 26 + (message === '' ? 0 : 16) + (tags.length > 0 ? 20 : 0)
  return { sign: signOf(item), name, message, tags, width: Math.max(110, content + 44), height }
}

function cardPicture({ sign, name, message, tags, width, height }: Card): string {
  if (sign === 'fold') {
    return `<text class="ag-note" x="${(width / 2).toFixed(1)}" y="19" text-anchor="middle">${escapeXml(name)}</text>`
  }
  let x = 30
  const pills = tags.map((tag) => {
    const pill = `<g transform="translate(${x.toFixed(1)} ${height - 22})">${tagPicture(tag)}</g>`
    x += tagWidth(tag) + 5
    return pill
  })
  return [
    `<rect class="ag-card ag-card-${sign}" width="${width.toFixed(1)}" height="${height}" rx="8"/>`,
    `<g transform="translate(16 13)">${signPicture(sign, 5)}</g>`,
    `<text class="ag-id" x="30" y="17">${escapeXml(name)}</text>`,
    ...(message === '' ? [] : [`<text class="ag-message" x="30" y="33">${escapeXml(message)}</text>`]),
    ...pills,
  ].join('')
}

/** Draws a uniform B-spline from the first point to the last. */
function curve(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [first] = points
  const last = points.at(-1)
  if (!first || !last) return ''
  const at = (x: number, y: number): string => `${x.toFixed(1)} ${y.toFixed(1)}`
  const parts = [`M${at(first.x, first.y)}`]
  for (let index = 1; index < points.length - 1; index += 1) {
    const here = points[index] ?? last
    const next = points[index + 1] ?? last
    const end = index === points.length - 2 ? next : { x: (here.x + next.x) / 2, y: (here.y + next.y) / 2 }
    parts.push(`Q${at(here.x, here.y)} ${at(end.x, end.y)}`)
  }
  if (points.length === 2) parts.push(`L${at(last.x, last.y)}`)
  return parts.join('')
}
