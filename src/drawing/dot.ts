/** Writes the graph in Graphviz's DOT language. External text appears only in escaped, quoted labels. */
import { printable } from '../core/text/display.ts'
import { textInPixels } from './clipped-text.ts'
import { layoutOf } from './layout.ts'
import type { MarkedGraph } from './marks.ts'
import { type Item, type View, excerptOf } from './view.ts'
import { type StateSign, foldWords, nameOf, signOf, signWords, tagsOf } from './words.ts'

const looks: Readonly<Record<StateSign, string>> = {
  plain: 'fillcolor="#eef2f7", color="#64748b"',
  applied: 'fillcolor="#dcfce7", color="#15803d"',
  row: 'fillcolor="#86efac", color="#14532d", penwidth=2.5',
  pending: 'fillcolor="#fef9c3", color="#a16207", style="filled,rounded,dashed"',
  outside: 'fillcolor="#f8fafc", color="#94a3b8", style="filled,rounded,dotted"',
  unknown: 'fillcolor="#f8fafc", color="#64748b", style="filled,rounded,dotted"',
  missing: 'fillcolor="#fee2e2", color="#b91c1c", style="filled,dashed", penwidth=2',
  broken: 'fillcolor="#fee2e2", color="#b91c1c", penwidth=2',
  fold: 'shape=plaintext, style="", fontcolor="#64748b"',
}

/** Maximum length of a label line, in characters. */
const maxLineLength = 60

/** Draws the graph from bottom to top. Dashed edges are dependencies. */
export function drawDot(marked: MarkedGraph, view: View = {}): string {
  const excerpt = excerptOf(marked, view)
  const rows = layoutOf(excerpt).rows.map(({ item }) => item)
  const names = new Map(rows.map((item, row) => [item, `n${row}`]))
  const lines = [
    'digraph revisions {',
    '  rankdir=BT',
    '  bgcolor="transparent"',
    '  node [shape=box, style="filled,rounded", fontname="monospace", fontsize=11]',
    '  edge [color="#64748b", arrowsize=0.7]',
  ]
  for (const item of rows) {
    const what = excerpt.items[item]
    if (what) lines.push(`  ${names.get(item)} [label="${labelOf(what)}", ${looks[signOf(what)]}]`)
  }
  for (const { from, to, kind } of excerpt.links) {
    const look = kind === 'dependency' ? ' [style=dashed, label="depends", fontsize=9]' : ''
    lines.push(`  ${names.get(to)} -> ${names.get(from)}${look}`)
  }
  return `${lines.join('\n')}\n}\n`
}

function labelOf(item: Item): string {
  if (item.kind === 'fold') return escaped(`... ${foldWords(item)} ...`)
  const { revision } = item
  const sign = signOf(item)
  const state = sign === 'pending' || sign === 'outside' || sign === 'unknown' ? [signWords[sign]] : []
  const tags = [...state, ...tagsOf(revision).map(({ text }) => text)]
  const lines = [nameOf(revision), revision.message, tags.join(', ')].filter((line) => line !== '')
  return lines.map((line) => escaped(textInPixels(line, maxLineLength))).join('\\n')
}

/** Escapes text for a label. Graphviz interprets character references such as `&lt;`, even in quotes. */
function escaped(text: string): string {
  return printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('&', '&amp;')
}
