/**
 * Renders flowcharts with mermaid, which is too large to be a dependency. `MERMAID_JS` is the path to
 * `mermaid.min.js`.
 */
import { existsSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { drawMermaid } from '../../src/drawing/mermaid.ts'
import type { MarkedGraph } from '../../src/drawing/marks.ts'
import { startChromium } from '../support/chromium.ts'
import { galleryNames, markedOf, pictureOf, told } from '../support/gallery.ts'
import { hostileGraph } from '../support/hostile.ts'

const script = process.env['MERMAID_JS'] ?? ''
if (!existsSync(script)) process.stderr.write('\n*** SKIPPED: mermaid ($MERMAID_JS names no file) ***\n')
const browser = existsSync(script) ? await startChromium() : null
afterAll(() => browser?.close())

const page = await browser?.newPage()
await page?.setContent('<!doctype html><div id="picture"></div>')
await page?.addScriptTag({ path: script })

/** Renders the text with mermaid. Returns all node labels and the number of links. */
async function drawn(text: string): Promise<{ labels: readonly string[]; links: number }> {
  if (!page) throw new Error('no browser')
  return page.evaluate(`(async () => {
    mermaid.initialize({ startOnLoad: false, securityLevel: 'strict' })
    const { svg } = await mermaid.render('chart', ${JSON.stringify(text)})
    const picture = document.querySelector('#picture')
    picture.innerHTML = svg
    for (const end of picture.querySelectorAll('br')) end.replaceWith('\\u240a')
    return {
      labels: [...picture.querySelectorAll('.node .nodeLabel')].map(({ textContent }) => textContent),
      links: picture.querySelectorAll('.edgePaths path').length,
    }
  })()`)
}

/** Returns the labels that a flowchart should show. */
function meant(text: string): readonly string[] {
  return [...text.matchAll(/^ {2}n\d+[[({]+"([^"]*)"/gm)].map(([, label = '']) =>
    label
      .replaceAll('<br/>', '\u240a')
      .replaceAll(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code))),
  )
}

/** HTML collapses trailing and repeated spaces. */
function inHtml(label: string): string {
  return label
    .replaceAll(/ +/g, ' ')
    .replaceAll(/ ?\u240a ?/g, '\u240a')
    .trim()
}

const odd = [
  'a\nb',
  String.raw`new\nline`,
  String.raw`C:\new\table`,
  '1. Add guests',
  '- add',
  '* add',
  '+ add',
  '# add',
  '> add',
  '`code`',
  '**bold** _it_ ~~no~~',
  '$$x^2$$',
  '[a](b)',
  'www.example.com https://example.com',
  'a:::b',
  '&lt;b&gt; &amp;',
  'end',
  'default',
  'subgraph x',
]

describe.skipIf(!browser)('in mermaid', () => {
  const graphs: readonly (readonly [string, MarkedGraph])[] = [
    ...galleryNames.map((name) => [name, pictureOf(name)] as const),
    ['hostile texts', hostileGraph()],
    ['odd ids', markedOf(Object.fromEntries(odd.map((id, index) => [`f${index}`, { id }])), odd)],
    ['odd messages', markedOf(Object.fromEntries(odd.map((text, index) => [`f${index}`, told(text)])))],
  ]

  test.each(graphs)('%s: every label has the original text', async (_, graph) => {
    const text = drawMermaid(graph)
    const { labels, links } = await drawn(text)
    expect(labels.map(inHtml).sort()).toEqual(meant(text).map(inHtml).sort())
    expect(links).toBe(text.match(/^ {2}n\d+ -/gm)?.length ?? 0)
  })

  test('draws three thousand revisions in which every second one is a merge', async () => {
    const lines = Object.fromEntries(
      Array.from({ length: 3000 }, (_, index) => [
        `r${index}`,
        index < 2 ? [] : index % 2 === 0 ? [`r${index - 2}`] : [`r${index - 2}`, `r${index - 1}`],
      ]),
    )
    const { labels } = await drawn(drawMermaid(markedOf(lines, ['r1400'], 'heads')))
    expect(labels.some((label) => label.startsWith('r1400'))).toBe(true)
    expect(labels.some((label) => /revisions left out/.test(label))).toBe(true)
  })
})
