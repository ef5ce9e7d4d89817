/** Every format must treat messages, ids, labels, paths and rows as plain text. */
import { expect, test } from 'vitest'
import { drawDot } from '../../../src/drawing/dot.ts'
import { drawHtml } from '../../../src/drawing/html.ts'
import { drawMermaid } from '../../../src/drawing/mermaid.ts'
import { drawSvg } from '../../../src/drawing/svg.ts'
import { drawText } from '../../../src/drawing/text.ts'
import { galleryNames, markedOf, pageFacts, pictureOf } from '../../support/gallery.ts'
import { hostileGraph, hostileTexts } from '../../support/hostile.ts'

const graph = hostileGraph()
/** Characters that no drawing may contain. */
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|\p{Cs}/u

test.each([
  ['text', drawText(graph)],
  ['Unicode text', drawText(graph, {}, { unicode: true })],
  ['mermaid', drawMermaid(graph)],
  ['dot', drawDot(graph)],
  ['SVG', drawSvg(graph)],
  ['HTML', drawHtml(graph, {}, pageFacts)],
])('%s contains no control characters, no overrides and no lone surrogates', (_, drawing) => {
  expect(drawing).not.toMatch(unsafe)
})

test('text: one line per revision, and no injected line', () => {
  const lines = drawText(graph).split('\n')
  expect(lines.filter((line) => line.startsWith('::'))).toEqual([])
  for (const line of lines) expect(line.length).toBeLessThan(700)
})

test('colored text contains only its own escape codes', () => {
  const colored = drawText(graph, {}, { unicode: true, color: true })
  expect(colored.replaceAll(/\u001b\[[\d;]*m/g, '')).not.toMatch(unsafe)
  expect(colored).not.toContain('\u001b]')
})

/** Matches a flowchart line from `drawMermaid`. Stricter than mermaid itself. */
const statement =
  /^(?:flowchart BT| {2}n\d+(?:\["[^"]*"\]|\(\["[^"]*"\]\)|\{\{"[^"]*"\}\}):::[a-z]+| {2}n\d+ (?:-->|-\. depends \.->) n\d+| {2}classDef [a-z]+ [a-z0-9#:, -]+)$/
const label = /^(?:[\p{L}\p{N} _.,:/()-]|#\d+;|<br\/>)*$/u

test.each([...galleryNames.map((name) => [name, pictureOf(name)] as const), ['hostile', graph] as const])(
  'mermaid: %s follows a strict grammar, and every id is defined once',
  (_, marked) => {
    const text = drawMermaid(marked)
    const defined: string[] = []
    const used: string[] = []
    expect(text.endsWith('\n')).toBe(true)
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(statement)
      const quoted = /"([^"]*)"/.exec(line)
      if (quoted) {
        expect(quoted[1]).toMatch(label)
        defined.push(/n\d+/.exec(line)?.[0] ?? '')
      } else if (/^ {2}n/.test(line)) used.push(...(line.match(/n\d+/g) ?? []))
    }
    expect(new Set(defined).size).toBe(defined.length)
    expect(used.filter((id) => !defined.includes(id))).toEqual([])
  },
)

test('dot: quoted labels end at the right character', () => {
  for (const line of drawDot(graph).trimEnd().split('\n').slice(1, -1)) {
    const rest = line.replaceAll(/"(?:[^"\\]|\\["\\n])*"/g, '""')
    expect(rest).toMatch(
      /^ {2}(?:rankdir=BT|bgcolor=""|(?:node|edge) \[[a-z=", 0-9.#]*\]|n\d+ \[[a-z=", 0-9.#]*\]|n\d+ -> n\d+(?: \[[a-z=", 0-9.#]*\])?)$/,
    )
  }
})

test.each([
  ['SVG', drawSvg(graph)],
  ['embedded SVG', drawSvg(graph, {}, { embedded: true })],
])('%s contains only its own elements and attributes', (_, picture) => {
  const tags = [...picture.matchAll(/<\/?([^\s>/]+)/g)].map(([, tag]) => tag)
  const known = 'xml svg title style rect g path circle text'.split(' ')
  expect([...new Set(tags)].filter((tag) => !known.includes((tag ?? '').replace('?', '')))).toEqual([])
  const outside = picture.replaceAll(/"[^"<]*"/g, '""').replaceAll(/>[^<]*</g, '><')
  expect(outside).not.toMatch(/\son\w+=|href|javascript/)
  expect(picture).not.toContain(']]>')
})

test('HTML: no external text is markup, and the data can be parsed back', () => {
  const page = drawHtml(graph, {}, { ...pageFacts, database: hostileTexts.join(' ') })
  expect(page.match(/<script/g)).toHaveLength(2)
  expect(page.match(/<\/script>/g)).toHaveLength(2)
  expect(page).not.toContain('<img')
  const data = /<script type="application\/json" id="data">(.*)<\/script>/.exec(page)?.[1] ?? ''
  expect(data).not.toMatch(/[<>&]/)
  const { rows } = JSON.parse(data) as { rows: { message: string }[] }
  expect(rows.some(({ message }) => message.startsWith('<script>'))).toBe(true)
})

test('HTML needs no network: no address, no link, no import', () => {
  const page = drawHtml(pictureOf('linear'), {}, pageFacts)
  expect(page).toContain(`default-src 'none'`)
  const addresses = [...page.matchAll(/\b(?:https?:)?\/\/[a-z0-9.]+/g)].map(([address]) => address)
  expect([...new Set(addresses)].filter((address) => address !== 'http://www.w3.org')).toEqual([])
  expect(page).not.toMatch(/<link|@import|url\(|src=/)
})

test('an id that is a JavaScript keyword is a normal revision', () => {
  const marked = markedOf({ constructor: [], toString: ['constructor'], __proto__x: ['toString'] }, [
    'toString',
  ])
  expect(drawText(marked)).toContain('@ toString (database)\n* constructor')
})
