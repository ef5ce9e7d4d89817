/** Tests the graph page in a real browser. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type Finding, discovery } from '../../src/core/findings/finding.ts'
import type { Column, Operations } from '../../src/core/history/operation.ts'
import { drawHtml } from '../../src/drawing/html.ts'
import type { PageFacts } from '../../src/drawing/page-rows.ts'
import type { MarkedGraph } from '../../src/drawing/marks.ts'
import { drawSvg } from '../../src/drawing/svg.ts'
import { startChromium } from '../support/chromium.ts'
import { galleryNames, markedOf, pageFacts, pictureOf } from '../support/gallery.ts'
import { hostileGraph, hostileTexts } from '../support/hostile.ts'

const browser = await startChromium()
const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-page-'))
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The page's console errors and network requests; must be empty after every test. */
const complaints: string[] = []
beforeEach(() => {
  complaints.length = 0
  return () => expect(complaints).toEqual([])
})

interface Opening {
  readonly colorScheme?: 'light' | 'dark'
  readonly width?: number
  readonly hash?: string
  readonly forcedColors?: 'active'
  readonly javaScriptEnabled?: false
}

async function open(
  html: string,
  { colorScheme = 'light', width = 1200, hash = '', ...more }: Opening = {},
): Promise<Page> {
  if (!browser) throw new Error('no browser')
  const file = join(folder, 'page.html')
  writeFileSync(file, html)
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 700 }, ...more })
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) complaints.push(request.url())
  })
  await page.goto(pathToFileURL(file).href + hash)
  return page
}

function pageOf(marked: MarkedGraph, operations: ReadonlyMap<string, Operations> = new Map()): string {
  return drawHtml(marked, {}, { ...pageFacts, operations })
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const selected = '.row[aria-selected="true"]'

/** Returns 5,000 revisions: a branching part, a linear stretch, and another branching part. */
function manyRevisions(): MarkedGraph {
  const lines = Object.fromEntries(
    Array.from({ length: 5000 }, (_, index): [string, readonly string[]] => {
      const id = (at: number): string => `rev_${String(Math.max(0, at)).padStart(4, '0')}`
      if (index === 0) return [id(0), []]
      if (index > 2000 && index < 3000) return [id(index), [id(index - 1)]]
      const parents = [[index - 2], [index - 1, index - 2]][index % 7] ?? [index - 1]
      return [id(index), parents.map(id)]
    }),
  )
  return markedOf(lines, ['rev_2500'])
}

describe.skipIf(browser === null)('the graph page', () => {
  test('starts at the database position and contains every revision', async () => {
    const page = await open(pageOf(pictureOf('linear')))
    expect(await page.textContent(selected)).toContain('add_email_002')
    expect(await page.locator('.row').allTextContents()).toEqual([
      expect.stringContaining('payments_004'),
      expect.stringContaining('reservations_003'),
      expect.stringMatching(/^add_email_002.*database/),
      expect.stringContaining('base_001'),
    ])
    expect(await page.textContent('header p')).toBe(
      '4 revisions · 1 head · app on db.example at add_email_002 · 2 pending',
    )
    await page.close()
  })

  test("a click shows a revision's file, operations and findings, with working links", async () => {
    const span = { path: 'x.py', line: 9, column: 1 }
    const table = { schema: null, name: 'rooms' }
    const drop: Operations = {
      kind: 'operations',
      operations: [{ kind: 'dropTable', table, ifExists: false, cascade: false, span }],
    }
    const page = await open(pageOf(pictureOf('duplicate'), new Map([['c3', drop]])))
    expect(await page.isVisible('#panel')).toBe(false)
    await page.click('.row:has-text("c3")')
    const about = page.locator('#about')
    await about.waitFor()
    expect(await about.textContent()).toContain('migrations/versions/c3.py')
    expect(await about.locator('li').allTextContents()).toEqual(['drop table rooms'])
    await about.getByRole('button', { name: 'b2' }).click()
    expect(await about.locator('.finding h4').textContent()).toBe('error: duplicate revision (AG102)')
    await page.click('#close')
    expect(await page.isVisible('#panel')).toBe(false)
    await page.close()
  })

  test('search finds names and messages, steps through matches, and closes', async () => {
    const page = await open(pageOf(pictureOf('linear')))
    await page.keyboard.press('/')
    await page.keyboard.type('reserv')
    expect(await page.textContent('#count')).toBe('1 of 1')
    expect(await page.textContent(selected)).toContain('reservations_003')
    await page.keyboard.press('Enter')
    expect(await page.textContent('#about h2')).toBe('reservations_003')
    await page.fill('#search', 'guest')
    expect(await page.textContent('#count')).toBe('1 of 2')
    const first = await page.textContent(selected)
    await page.press('#search', 'Enter')
    expect(await page.textContent('#count')).toBe('2 of 2')
    expect(await page.textContent(selected)).not.toBe(first)
    expect(await page.locator('.row.match').count()).toBe(2)
    await page.fill('#search', 'nothing like it')
    expect(await page.textContent('#count')).toBe('0 of 0')
    await page.press('#search', 'Escape')
    expect(await page.locator('.row.match').count()).toBe(0)
    expect(await page.evaluate('document.activeElement.id')).toBe('stage')
    await page.close()
  })

  test('everything is accessible by keyboard', async () => {
    const page = await open(pageOf(pictureOf('linear')))
    await page.keyboard.press('ArrowDown')
    expect(await page.textContent(selected)).toContain('base_001')
    await page.keyboard.press('Home')
    expect(await page.textContent(selected)).toContain('payments_004')
    const named = await page.getAttribute('#stage', 'aria-activedescendant')
    expect(await page.textContent(`#${named}`)).toContain('payments_004')
    await page.keyboard.press('Enter')
    expect(await page.textContent('#about h2')).toBe('payments_004')
    await page.keyboard.press('ArrowDown')
    expect(await page.textContent('#about h2')).toBe('reservations_003')
    await page.keyboard.press('Escape')
    expect(await page.isVisible('#panel')).toBe(false)
    const before = await page.getAttribute('#world', 'style')
    await page.keyboard.press('+')
    await expect.poll(() => page.getAttribute('#world', 'style')).not.toBe(before)
    await page.keyboard.press('0')
    await expect.poll(() => page.getAttribute('#world', 'style')).toContain('scale(1)')
    await page.close()
  })

  test('the wheel pans, Ctrl+wheel zooms at the pointer, dragging moves', async () => {
    const page = await open(pageOf(manyRevisions()))
    const transform = (): Promise<Transform> =>
      page.evaluate(
        '(({ a, e, f }) => ({ a, e, f }))(new DOMMatrix(getComputedStyle(document.querySelector("#world")).transform))',
      )
    const start = await transform()
    await page.mouse.move(300, 400)
    await page.mouse.wheel(0, 120)
    await expect.poll(async () => (await transform()).f).toBeCloseTo(start.f - 120, 0)
    const box = await page.locator('.row').nth(40).boundingBox()
    await page.keyboard.down('Control')
    await page.mouse.move(box?.x ?? 0, 300)
    await page.mouse.wheel(0, -100)
    await page.keyboard.up('Control')
    await expect.poll(async () => (await transform()).a).toBeGreaterThan(1.2)
    const zoomed = await transform()
    const world = (matrix: Transform, y: number): number => (y - matrix.f) / matrix.a
    const top = (await page.locator('#stage').boundingBox())?.y ?? 0
    expect(world(zoomed, 300 - top)).toBeCloseTo(world({ ...start, f: start.f - 120 }, 300 - top), 0)
    await page.mouse.move(600, 300)
    await page.mouse.down()
    await page.mouse.move(640, 360, { steps: 4 })
    await page.mouse.up()
    await expect.poll(async () => (await transform()).f).toBeCloseTo(zoomed.f + 60, 0)
    expect((await transform()).e).toBeCloseTo(zoomed.e + 40, 0)
    expect(await page.isVisible('#panel'), 'dragging is no click').toBe(false)
    await page.close()
  })

  test('straight runs are collapsed, and expand on click, on Enter and when searching', async () => {
    const page = await open(pageOf(pictureOf('long chain')))
    const folds = page.locator('.row.folded')
    expect(await folds.allTextContents()).toEqual(['… 47 revisions …', '… 246 revisions …'])
    await folds.first().click()
    await expect.poll(() => folds.count()).toBe(1)
    await page.click('#fold')
    await expect.poll(() => folds.count()).toBe(0)
    await page.click('#fold')
    await expect.poll(() => folds.count()).toBe(2)
    await page.fill('#search', 'r123')
    expect(await page.textContent(selected)).toBe('r123')
    expect(await page.locator(`${selected} mark`).textContent()).toBe('r123')
    await page.click('#fold')
    await page.click('#fold')
    await page.locator('#stage').press('Home')
    for (let step = 0; step < 2; step += 1) await page.keyboard.press('ArrowDown')
    expect(await page.textContent(selected)).toContain('47 revisions')
    await page.keyboard.press('Enter')
    expect(await page.textContent(selected)).toBe('r298')
    await page.close()
  })

  test('dark mode follows the preference and the button', async () => {
    const background = (page: Page): Promise<string> =>
      page.evaluate('getComputedStyle(document.body).backgroundColor')
    const dark = await open(pageOf(pictureOf('linear')), { colorScheme: 'dark' })
    expect(await background(dark)).toBe('rgb(13, 17, 23)')
    await dark.click('#theme')
    expect(await background(dark)).toBe('rgb(255, 255, 255)')
    await dark.close()
    const light = await open(pageOf(pictureOf('linear')))
    expect(await background(light)).toBe('rgb(255, 255, 255)')
    await light.click('#theme')
    expect(await background(light)).toBe('rgb(13, 17, 23)')
    await light.emulateMedia({ media: 'print' })
    expect(await background(light), 'paper is white').toBe('rgb(255, 255, 255)')
    await light.close()
  })

  test('print: every row, no buttons, no page break inside a row', async () => {
    const page = await open(pageOf(pictureOf('long chain')))
    await page.click('#fold')
    await page.emulateMedia({ media: 'print' })
    const printed = page.locator('#print .row')
    await expect.poll(() => printed.count()).toBe(300)
    expect(await page.isVisible('#stage')).toBe(false)
    expect(await page.isVisible('.tools')).toBe(false)
    expect(await page.evaluate('getComputedStyle(document.querySelector("#print .piece")).breakInside')).toBe(
      'avoid',
    )
    const paper = (await page.pdf({ format: 'A4' })).toString('latin1')
    expect(paper.match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(5)
    await page.close()
  })

  test('hostile text is displayed and has no effect', async () => {
    const page = await open(drawHtml(hostileGraph(), {}, { ...pageFacts, database: hostileTexts.join(' ') }))
    const rows = await page.locator('.row').count()
    expect(rows).toBeGreaterThan(hostileTexts.length)
    await page.locator('#stage').press('Home')
    for (let row = 0; row < rows; row += 1) {
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
    }
    await page.fill('#search', '<script>')
    await page.emulateMedia({ media: 'print' })
    expect(await page.evaluate("'harmed' in window")).toBe(false)
    expect(await page.locator('script').count()).toBe(2)
    expect(await page.locator('img, iframe, a, link').count()).toBe(0)
    await expect
      .poll(() => page.locator('#print .message').allTextContents())
      .toContain('<script>window.harmed = 1</script>')
    await page.close()
  })

  test('the content security policy blocks every other script', async () => {
    const forged = pageOf(pictureOf('linear')).replace(
      '</footer>',
      '<script>window.harmed = 1</script></footer>',
    )
    const page = await open(forged)
    expect(await page.evaluate("'harmed' in window")).toBe(false)
    expect(complaints.splice(0).join()).toMatch(/Content Security Policy/)
    await page.close()
  })

  test('five thousand revisions: only the visible ones are drawn', async () => {
    const page = await open(pageOf(manyRevisions()))
    expect(await page.textContent('header p')).toContain('5,000 revisions')
    expect(await page.textContent(selected)).toContain('rev_2500')
    expect(await page.locator('.row').count()).toBeLessThan(150)
    expect(await page.locator('#lanes *').count()).toBeLessThan(250)
    expect(await page.locator('#map *').count()).toBeLessThan(20)
    await page.fill('#search', 'rev_4321')
    expect(await page.textContent(selected)).toContain('rev_4321')
    await page.locator('#stage').press('End')
    expect(await page.textContent(selected)).toContain('rev_0000')
    await page.close()
  })

  test('narrow window: the panel is below the graph, and nothing is wider than the window', async () => {
    const page = await open(pageOf(pictureOf('missing revision')), { width: 390 })
    await page.click('.row:has-text("d4")')
    const stage = await page.locator('#stage').boundingBox()
    const panel = await page.locator('#panel').boundingBox()
    expect(panel?.y ?? 0).toBeGreaterThanOrEqual((stage?.y ?? 0) + (stage?.height ?? 0) - 1)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    await page.close()
  })

  test('views: pending with risks, the path to the head, problems; the rest is collapsed', async () => {
    const risk: Finding = {
      ...discovery({ severity: 'warning', message: 'Others wait.', why: 'It locks.' }),
      revisions: ['payments_004'],
      code: 'AG420',
      name: 'index-not-concurrent',
      ignored: null,
    }
    const page = await open(drawHtml(pictureOf('linear'), {}, { ...pageFacts, risks: [risk] }))
    expect(await page.textContent('header p')).toContain('2 pending, 1 at risk')
    expect(await page.locator('#view option').allTextContents()).toEqual([
      'Everything',
      'Pending (2)',
      'Path from database to head (3)',
    ])
    const names = (): Promise<string[]> => page.locator('.row .name, .row.folded').allTextContents()
    await page.selectOption('#view', { label: 'Pending (2)' })
    await expect.poll(names).toEqual(['payments_004', 'reservations_003', '… 2 revisions …'])
    expect(await page.locator('.row .tag-risk').allTextContents()).toEqual(['locks'])
    await page.selectOption('#view', { label: 'Path from database to head (3)' })
    await expect.poll(names).toEqual(['payments_004', 'reservations_003', 'add_email_002', '… 1 revision …'])
    await page.click('.row:has-text("payments_004")')
    expect(await page.textContent('#about .finding h4')).toBe('warning: index not concurrent (AG420)')
    await page.selectOption('#view', '0')
    await expect.poll(names).toHaveLength(4)
    await page.close()
    const broken = await open(pageOf(pictureOf('duplicate')))
    await broken.selectOption('#view', { label: 'Problems (2)' })
    await expect.poll(() => broken.locator('.row .name').allTextContents()).toEqual(['b2', 'b2'])
    await broken.close()
  })

  test('search finds tables, columns, files and codes, and marks every match', async () => {
    const span = { path: 'x.py', line: 9, column: 1 }
    const column = { name: 'floor_plan', type: { source: 'sa.Text()' }, nullable: true } as Column
    const add: Operations = {
      kind: 'operations',
      operations: [
        {
          kind: 'addColumn',
          table: { schema: null, name: 'rooms' },
          column,
          constraints: [],
          indexes: [],
          ifNotExists: false,
          span,
        },
      ],
    }
    const page = await open(pageOf(pictureOf('duplicate'), new Map([['c3', add]])))
    await page.fill('#search', 'floor_plan')
    expect(await page.textContent('#count')).toBe('1 of 1')
    expect(await page.locator(`${selected} .hit mark`).textContent()).toBe('floor_plan')
    await page.press('#search', 'Enter')
    expect(await page.locator('#about li mark').textContent()).toBe('floor_plan')
    await page.fill('#search', 'versions/c3.py')
    expect(await page.textContent(`${selected} .hit`)).toContain('versions/c3.py')
    await page.fill('#search', 'ag102')
    expect(await page.locator('.row mark').allTextContents()).toEqual(['AG102', 'AG102'])
    expect(await page.locator('#map .map-hit').count()).toBe(1)
    await page.close()
  })

  test('#rev= selects a revision, also while the page is open; selecting one updates the URL', async () => {
    const page = await open(pageOf(pictureOf('linear')), { hash: '#rev=reservations_003' })
    expect(await page.textContent('#about h2')).toBe('reservations_003')
    expect(await page.textContent(selected)).toContain('reservations_003')
    await page.evaluate("location.hash = '#rev=base_001'")
    await expect.poll(() => page.textContent('#about h2')).toBe('base_001')
    await page.click('.row:has-text("payments_004")')
    expect(page.url()).toContain('#rev=payments_004')
    await page.click('#close')
    expect(page.url()).not.toContain('rev=')
    await page.close()
    const unknown = await open(pageOf(pictureOf('linear')), { hash: '#rev=%E0%A4%A' })
    expect(await unknown.isVisible('#panel')).toBe(false)
    await unknown.close()
  })

  test('columns for message, date and author; ids and commands can be copied', async () => {
    const origins: PageFacts['origins'] = new Map([
      ['migrations/versions/payments_004.py', { date: '2026-03-09', author: 'Ada Lovelace' }],
    ])
    const page = await open(drawHtml(pictureOf('linear'), {}, { ...pageFacts, origins }))
    expect(await page.locator('#columns > :visible').allTextContents()).toEqual([
      'Revision',
      'Message',
      'Tags',
      'Date',
      'Author',
    ])
    const row = page.locator('.row:has-text("payments_004")')
    expect(await row.locator('.date').textContent()).toBe('2026-03-09')
    expect(await row.locator('.author').textContent()).toBe('Ada Lovelace')
    const lefts = (cell: string): Promise<number[]> =>
      page
        .locator(`.row .${cell}, #columns .${cell}`)
        .evaluateAll((cells) => cells.map((one) => one.getBoundingClientRect().left))
    for (const cell of ['name', 'message', 'tags', 'date'])
      expect(new Set(await lefts(cell)).size, cell).toBe(1)
    await row.click()
    await page.evaluate('navigator.clipboard.writeText = async (text) => void (window.copied = text)')
    await page.click('text=Copy id')
    expect(await page.evaluate('window.copied')).toBe('payments_004')
    await page.click('text=Copy link')
    expect(await page.evaluate('window.copied')).toMatch(/^file:.*#rev=payments_004$/)
    await page.close()
  })

  test('the minimap shows the whole history and navigates on click; a jump resets the zoom to 100 %', async () => {
    const page = await open(pageOf(manyRevisions()))
    for (const kind of ['state', 'head', 'row'])
      expect(await page.locator(`#map .map-${kind}`).count()).toBeGreaterThan(0)
    const frame = async (): Promise<number> => Number(await page.locator('#map .map-view').getAttribute('y'))
    const before = await frame()
    const box = await page.locator('#map').boundingBox()
    await page.mouse.click((box?.x ?? 0) + 20, (box?.y ?? 0) + (box?.height ?? 0) - 30)
    await expect.poll(frame).toBeGreaterThan(before + 50)
    const zoom = (): Promise<string | null> => page.getAttribute('#world', 'style')
    for (let times = 0; times < 4; times += 1) await page.click('#zoom-out')
    await expect.poll(zoom).not.toContain('scale(1)')
    await page.click('.jump:has-text("Heads")')
    await expect.poll(zoom).toContain('scale(1)')
    await page.keyboard.press('+')
    await page.locator('#stage').press('1')
    await expect.poll(zoom).toContain('scale(1)')
    await page.close()
  })

  test('a lost row is connected to its position according to the live schema', async () => {
    const marked = pictureOf('missing revision')
    const [from, to] = ['lost_009', 'b2'].map((id) => marked.revisions.findIndex((one) => one.id === id))
    const page = await open(pageOf({ ...marked, places: [{ from: from ?? 0, to: to ?? 0 }] }))
    expect(await page.locator('#lanes .ag-place').count()).toBe(1)
    expect(await page.textContent('footer')).toContain('likely position of a lost revision')
    await page.click('.row:has-text("lost_009")')
    expect(await page.textContent('#about dl')).toContain('Likely position: afterb2')
    await page.close()
  })

  test('without scripts, the graph and the findings are readable', async () => {
    const page = await open(pageOf(pictureOf('missing revision')), { javaScriptEnabled: false })
    expect(await page.isVisible('noscript svg')).toBe(true)
    expect(await page.locator('noscript').textContent()).toContain('missing down revision (AG103)')
    expect(await page.isVisible('#stage')).toBe(false)
    expect(await page.isVisible('.tools')).toBe(false)
    await page.close()
  })

  test("on a phone, the toolbar takes one line, and an open card doesn't cover the graph", async () => {
    const page = await open(pageOf(pictureOf('long chain')), { width: 390 })
    const tools = await page.locator('.tools').boundingBox()
    expect(tools?.height ?? 99).toBeLessThan(40)
    await page.click('.row:has-text("r251")')
    const line = await page.locator(selected).boundingBox()
    const panel = await page.locator('#panel').boundingBox()
    expect((line?.y ?? 0) + (line?.height ?? 0)).toBeLessThanOrEqual(panel?.y ?? 0)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    await page.close()
  })

  test.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['forced colors', { forcedColors: 'active' }],
    ['on a phone', { width: 390 }],
  ] as const)('axe-core reports no violations: %s', async (_, opening) => {
    const page = await open(pageOf(pictureOf('missing revision')), opening)
    // The page's content security policy blocks added scripts, so use `evaluate`.
    const look = async (when: string): Promise<void> => {
      const found = await page.evaluate(`${axe}
        axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
          violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target.join(' '))))`)
      expect(found, when).toEqual([])
    }
    await look('at first')
    await page.fill('#search', 'b2')
    await page.press('#search', 'Enter')
    await page.click('.row:has-text("lost_009")')
    await page.hover('.row:has-text("a1")')
    await look('with a card and hits')
    for (let view = 1; view < (await page.locator('#view option').count()); view += 1) {
      await page.selectOption('#view', { index: view })
      await look(`view ${view}`)
    }
    await page.emulateMedia({ media: 'print' })
    await look('printed')
    await page.close()
  })

  test('names follow their lanes, and without a message the row says what the migration does', async () => {
    const span = { path: 'x.py', line: 9, column: 1 }
    const table = { schema: null, name: 'rooms' }
    const drop: Operations = {
      kind: 'operations',
      operations: [{ kind: 'dropTable', table, ifExists: false, cascade: false, span }],
    }
    const leaves = Array.from({ length: 20 }, (_, index) => `leaf_${index}`)
    const wide = Object.fromEntries([
      ['top', leaves],
      ...leaves.map((leaf): [string, string[]] => [leaf, []]),
    ]) as Record<string, readonly string[]>
    const page = await open(pageOf(markedOf(wide, ['top'], 'heads'), new Map([['leaf_3', drop]])), {
      width: 390,
    })
    const lefts = await page
      .locator('.row .name')
      .evaluateAll((names) => names.map((one) => one.getBoundingClientRect().left))
    expect(Math.max(...lefts) - Math.min(...lefts)).toBeGreaterThan(100)
    expect(await page.locator('.row .derived').allTextContents()).toContain('drop table rooms')
    await page.close()
  })

  test('every SVG is valid XML in a browser, and none runs scripts', async () => {
    const page = await open('<!doctype html><title>x</title>')
    for (const name of [...galleryNames, 'hostile']) {
      const picture = drawSvg(name === 'hostile' ? hostileGraph() : pictureOf(name))
      const problem = await page.evaluate(`(() => {
        const parsed = new DOMParser().parseFromString(${JSON.stringify(picture)}, 'image/svg+xml')
        const odd = [...parsed.querySelectorAll('*')].filter((one) =>
          [...one.attributes].some(({ name }) => name.startsWith('on') || name === 'href'))
        return parsed.querySelector('parsererror')?.textContent ?? odd.map(({ tagName }) => tagName).join()
      })()`)
      expect(problem, name).toBe('')
    }
    await page.close()
  })
})

/** The drawing's zoom and scroll position. */
interface Transform {
  readonly a: number
  readonly e: number
  readonly f: number
}
