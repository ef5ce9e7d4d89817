/** Writes the graph as a Mermaid flowchart. External text appears only in escaped, quoted labels. */
import { textInPixels } from './clipped-text.ts'
import { condensed } from './condense.ts'
import { layoutOf } from './layout.ts'
import type { MarkedGraph } from './marks.ts'
import { type Excerpt, type Item, type View, excerptOf } from './view.ts'
import { type StateSign, foldWords, nameOf, signOf, signWords, tagsOf } from './words.ts'

/** Mermaid's defaults are 500 links (`maxEdges`) and 50,000 characters (`maxTextSize`). */
const max = { links: 400, text: 45_000 }

/** Larger flowcharts are unreadable. */
const maxItems = 200

/** Maximum length of a label line. Longer lines make boxes too wide. */
const maxLineLength = 44

/** All three colors are set, so boxes are readable on both light and dark pages. */
const styles: Readonly<Record<StateSign, string>> = {
  plain: 'fill:#eef2f7,stroke:#64748b,color:#0f172a',
  applied: 'fill:#dcfce7,stroke:#15803d,color:#052e16',
  row: 'fill:#86efac,stroke:#14532d,color:#052e16,stroke-width:3px',
  pending: 'fill:#fef9c3,stroke:#a16207,color:#422006,stroke-dasharray:6 3',
  outside: 'fill:#f1f5f9,stroke:#94a3b8,color:#334155,stroke-dasharray:2 3',
  unknown: 'fill:#f1f5f9,stroke:#64748b,color:#334155,stroke-dasharray:2 3',
  missing: 'fill:#fee2e2,stroke:#b91c1c,color:#450a0a,stroke-dasharray:4 4,stroke-width:2px',
  broken: 'fill:#fee2e2,stroke:#b91c1c,color:#450a0a,stroke-width:2px',
  fold: 'fill:none,stroke:none,color:#64748b',
}

/** Label prefixes that say what the colors mean, so that color isn't needed. */
const prefixes: Partial<Readonly<Record<StateSign, string>>> = {
  pending: 'pending',
  outside: 'not needed',
  unknown: 'unknown',
}

/**
 * Draws arrows from parent to child. Dashed arrows represent dependencies. A large graph shows only important
 * revisions.
 */
export function drawMermaid(marked: MarkedGraph, view: View = {}): string {
  const excerpt = condensed(
    excerptOf(marked, view),
    maxItems,
    (small) => small.links.length <= max.links && flowchartOf(small).length <= max.text,
  )
  return flowchartOf(excerpt)
}

function flowchartOf(excerpt: Excerpt): string {
  const rows = layoutOf(excerpt).rows.map(({ item }) => item)
  const names = new Map(rows.map((item, row) => [item, `n${row}`]))
  const used = new Set(excerpt.items.map(signOf))
  const lines = ['flowchart BT']
  for (const item of rows) {
    const what = excerpt.items[item]
    if (what) lines.push(`  ${names.get(item)}${boxOf(what)}`)
  }
  for (const { from, to, kind } of excerpt.links) {
    const arrow = kind === 'dependency' ? '-. depends .->' : '-->'
    lines.push(`  ${names.get(to)} ${arrow} ${names.get(from)}`)
  }
  for (const sign of Object.keys(signWords) as StateSign[]) {
    if (used.has(sign)) lines.push(`  classDef ${sign} ${styles[sign]}`)
  }
  return `${lines.join('\n')}\n`
}

/**
 * Draws a missing revision as a hexagon, a revision with a version row as a stadium, and everything else as a box.
 */
function boxOf(item: Item): string {
  const sign = signOf(item)
  const [open, close] = sign === 'missing' ? ['{{', '}}'] : sign === 'row' ? ['([', '])'] : ['[', ']']
  return `${open}"${labelOf(item, sign)}"${close}:::${sign}`
}

function labelOf(item: Item, sign: StateSign): string {
  if (item.kind === 'fold') return escaped(`... ${foldWords(item)} ...`)
  const { revision } = item
  const tags = [...(prefixes[sign] ? [prefixes[sign]] : []), ...tagsOf(revision).map(({ text }) => text)]
  const lines = [nameOf(revision), revision.message, tags.join(', ')].filter((line) => line !== '')
  return lines.map((line) => escaped(textInPixels(line, maxLineLength))).join('<br/>')
}

/**
 * Escapes characters as entity codes (`#35;`). Mermaid interprets `\n` and `$$` even when escaped, so a zero-width
 * space splits them.
 */
function escaped(text: string): string {
  return text
    .replaceAll(/\\(?=n)|\$(?=\$)/g, '$&\u200b')
    .replace(/[^\p{L}\p{N} _.,:/()-]/gu, (character) => `#${character.codePointAt(0) ?? 63};`)
}
