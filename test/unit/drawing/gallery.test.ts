/**
 * Compares every named history in every format with test/fixtures/gallery. To update the files, run `npx
 * vitest run --project unit test/unit/drawing --update`.
 */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { drawDot } from '../../../src/drawing/dot.ts'
import { drawHtml } from '../../../src/drawing/html.ts'
import { drawMermaid } from '../../../src/drawing/mermaid.ts'
import { drawSvg } from '../../../src/drawing/svg.ts'
import { drawText } from '../../../src/drawing/text.ts'
import { excerptOf, troubleOf } from '../../../src/drawing/view.ts'
import { layoutOf } from '../../../src/drawing/layout.ts'
import { galleryNames, jsonOf, markedOf, pageFacts, pictureOf, told } from '../../support/gallery.ts'
import type { Line } from '../../support/history.ts'

function fixture(name: string, ending: string): string {
  return `../../fixtures/gallery/${name.replaceAll(' ', '-')}.${ending}`
}

describe.each(galleryNames)('%s', (name) => {
  const marked = pictureOf(name)

  test('as text', async () => {
    await expect(drawText(marked)).toMatchFileSnapshot(fixture(name, 'txt'))
    await expect(drawText(marked, {}, { unicode: true })).toMatchFileSnapshot(fixture(name, 'unicode.txt'))
  })

  test('as a flowchart', async () => {
    await expect(drawMermaid(marked)).toMatchFileSnapshot(fixture(name, 'mmd'))
  })

  test("in Graphviz's language", async () => {
    await expect(drawDot(marked)).toMatchFileSnapshot(fixture(name, 'dot'))
  })

  test('as an SVG', async () => {
    const picture = drawSvg(marked).replace(/<style>[^]*<\/style>/, '<style></style>')
    await expect(picture).toMatchFileSnapshot(fixture(name, 'svg.txt'))
  })

  test('as JSON', async () => {
    await expect(jsonOf(name)).toMatchFileSnapshot(fixture(name, 'json'))
  })

  test('as the data of the page', async () => {
    const page = drawHtml(marked, {}, pageFacts)
    const data = /<script type="application\/json" id="data">(.*)<\/script>/.exec(page)?.[1] ?? ''
    const { rows, ...rest } = JSON.parse(data) as { rows: unknown[] }
    const lines = [...rows, rest].map((one) => JSON.stringify(one)).join('\n')
    await expect(`${lines}\n`).toMatchFileSnapshot(fixture(name, 'page.jsonl'))
  })
})

test('colors only repeat what symbols and text say', () => {
  for (const name of galleryNames) {
    const colored = drawText(pictureOf(name), {}, { unicode: true, color: true })
    expect(colored).toContain('\u001b[')
    expect(colored.replaceAll(/\u001b\[[\d;]*m/g, '')).toBe(drawText(pictureOf(name), {}, { unicode: true }))
  }
})

test('plain text is ASCII', () => {
  for (const name of galleryNames) expect(drawText(pictureOf(name))).toMatch(/^[\n -~]*$/)
})

test('every symbol in the text has its own character', () => {
  const live = galleryNames.filter((name) => pictureOf(name).live)
  const texts = live.map((name) => drawText(pictureOf(name)).split('\n\n').at(-1) ?? '')
  const meanings = new Map<string, Set<string>>()
  for (const text of texts) {
    for (const part of text.trim().split('   ')) {
      const [sign = '', ...words] = part.split(' ')
      meanings.set(sign, (meanings.get(sign) ?? new Set()).add(words.join(' ')))
    }
  }
  for (const [sign, words] of meanings) if (sign.length === 1) expect([...words], sign).toHaveLength(1)
})

describe('views', () => {
  const chain = pictureOf('long chain')

  test('around a revision: its neighbors, and how many more there are', () => {
    expect(drawText(chain, { around: ['r100'], distance: 2 })).toBe(
      [
        '~ ... 198 revisions after ...',
        '* r102',
        '* r101',
        '* r100',
        '* r099',
        '* r098',
        '~ ... 97 revisions before ...',
        '',
        '* applied',
        '',
      ].join('\n'),
    )
  })

  test('since a revision: everything except its ancestors', () => {
    expect(drawText(chain, { since: 'r298' })).toBe(
      'o r300 (head)\no r299\no r298\n~ ... 297 revisions before ...\n\no pending\n',
    )
    const fork = markedOf({ a1: [], b2: ['a1'], c3: ['a1'], d4: ['b2'] })
    expect(drawText(fork, { since: 'b2' })).toContain('c3')
  })

  test('unknown names show everything', () => {
    expect(drawText(chain, { around: ['nix'] })).toBe(drawText(chain))
    expect(drawText(chain, { since: 'nix' })).toBe(drawText(chain))
  })

  test('a fold counts what it hides, so that the total stays the same', () => {
    for (const name of galleryNames) {
      const marked = pictureOf(name)
      const { items } = excerptOf(marked)
      const total = items.reduce((sum, item) => sum + (item.kind === 'fold' ? item.count : 1), 0)
      expect(total).toBe(marked.revisions.length)
    }
  })

  test('a change of state, a row and a head are never folded', () => {
    const text = drawText(chain)
    for (const id of ['r300', 'r251', 'r250', 'r249', 'r001']) expect(text).toContain(id)
  })

  test('problems are rows, missing revisions and errors; without any, the heads', () => {
    expect(troubleOf(pictureOf('missing revision'))).toEqual(expect.arrayContaining(['gone_003', 'lost_009']))
    expect(troubleOf(pictureOf('without a database'))).toEqual(['add_email_002'])
  })
})

test('the graph in docs/pictures.md is generated', () => {
  const page = readFileSync(new URL('../../../docs/pictures.md', import.meta.url), 'utf8')
  const old = Array.from({ length: 12 }, (_, index): [string, Line] => [
    `old_${index}`,
    { down: [index === 0 ? 'base_001' : `old_${index - 1}`] },
  ])
  const text = drawText(
    markedOf(
      {
        base_001: told('guests and rooms'),
        ...Object.fromEntries(old),
        room_types_014: told('every room has a type', 'old_11'),
        payments_015: told('payments', 'room_types_014'),
        staff_015: told('staff accounts', 'room_types_014'),
        merge_016: told('merge payments and staff', 'payments_015', 'staff_015'),
        rates_017: told('rates per room type', 'merge_016'),
      },
      ['payments_015', 'staff_015'],
    ),
  )
  expect(page).toContain(`\`\`\`text\n${text}\`\`\``)
})

test('a graph without revisions says so', () => {
  const empty = markedOf({})
  expect(drawText(empty)).toBe('No revisions.\n')
  expect(drawMermaid(empty)).toBe('flowchart BT\n')
  expect(drawSvg(empty)).toContain('</svg>')
  expect(drawHtml(empty, {}, pageFacts)).toContain('0 revisions')
  expect(layoutOf(excerptOf(empty))).toMatchObject({ rows: [], width: 0 })
})

/** Returns a history that forks every few revisions, so that nothing can be folded. */
function tangled(length: number): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Array.from({ length }, (_, index) => [
      `r${index}`,
      index < 2 ? [] : index % 2 === 0 ? [`r${index - 2}`] : [`r${index - 2}`, `r${index - 1}`],
    ]),
  )
}

test('mermaid gets no more links and text than it can draw; rows, heads and problems are always included', () => {
  const lines = { ...tangled(1500), fixed: ['gone_003'] }
  const text = drawMermaid(markedOf(lines, ['r1', 'r700', 'lost_009'], 'heads'))
  const links = text.split('\n').filter((line) => /^ {2}n\d+ -/.test(line))
  expect(links.length).toBeLessThanOrEqual(400)
  expect(links.length).toBeGreaterThan(100)
  expect(text.length).toBeLessThan(50_000)
  for (const id of ['r1', 'r700', 'lost_009', 'gone_003', 'fixed', 'r1499']) {
    expect(text).toMatch(new RegExp(`"${id}(?:<|")`))
  }
  expect(text).toMatch(/n\d+\["[.]{3} [\d,]+ revisions left out [.]{3}"\]:::fold/)
})

test("long labels don't exceed mermaid's text limit", () => {
  const lines = Object.fromEntries(
    Object.entries(tangled(180)).map(([id, down]) => [
      id,
      { ...told('"'.repeat(50), ...down), labels: ['<>'.repeat(50)] },
    ]),
  )
  const text = drawMermaid(markedOf(lines))
  expect(text.length).toBeLessThan(50_000)
  expect(text).toContain('left out')
})

test('a graph that is too large for cards is drawn as rows next to lanes', () => {
  const picture = drawSvg(markedOf(tangled(100)))
  expect(picture).not.toContain('ag-card"')
  expect(picture.match(/class="ag-id"/g)).toHaveLength(100)
})

test('the SVG of a long history stays scrollable and shows what matters', () => {
  const picture = drawSvg(markedOf(tangled(5000), ['r1', 'r2400'], 'heads'))
  expect(Number(/height="(\d+)"/.exec(picture)?.[1])).toBeLessThan(3200)
  for (const id of ['r1', 'r2400', 'r4999']) expect(picture).toContain(`>${id}</text>`)
  expect(picture).toContain('revisions left out')
})

test('a cycle of thousands is folded like any straight run; the finding contains all of it', () => {
  const ids = Array.from({ length: 3000 }, (_, index) => `r${index}`)
  const lines = Object.fromEntries(ids.map((id, index) => [id, [ids[index - 1] ?? 'r2999']]))
  const text = drawText(markedOf({ base: [], ...lines, r0: ['base', 'r2999'] }))
  expect(text).toMatch(/~ +\.\.\. 2,99\d revisions \.\.\./)
  expect(text.split('\n').length).toBeLessThan(20)
})

test.each(galleryNames)('the JSON of %s is valid against the published schema', (name) => {
  const file = new URL('../../../src/report/graph.schema.json', import.meta.url)
  const schema = JSON.parse(readFileSync(file, 'utf8')) as object
  const valid = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema)
  const graph = JSON.parse(jsonOf(name)) as Readonly<Record<string, unknown>>
  expect(valid(graph), JSON.stringify(valid.errors)).toBe(true)
  // The schema must define every printed property.
  expect(Object.keys(graph).toSorted()).toEqual(
    Object.keys((schema as { properties: object }).properties).toSorted(),
  )
})
