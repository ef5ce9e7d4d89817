/** Tests the documentation site's links and accessibility in a real browser. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { type Server, createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startChromium } from '../support/chromium.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const browser: Browser | null = await startChromium()
const site = mkdtempSync(join(tmpdir(), 'alembic-guard-site-'))
afterAll(() => rmSync(site, { recursive: true }))
const bin = join(root, 'node_modules/.bin/eleventy')
execFileSync(bin, ['--config=site/eleventy.config.mjs', '--quiet', `--output=${site}`], { cwd: root })

const paths = readdirSync(site, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('index.html'))
  .map((path) => `/${path.slice(0, -'index.html'.length)}`)
  .sort()
const html = (path: string): string => readFileSync(join(site, path, 'index.html'), 'utf8')
const codes = paths.filter((path) => path.startsWith('/AG'))
/** One page of each kind. */
const distinct = [...paths.filter((path) => !path.startsWith('/AG')), '/AG201/', '/AG420/']

describe('links', () => {
  test.each(paths)('%s only links to existing pages and headings', (path) => {
    const dead = [...html(path).matchAll(/(?:href|src)="([^"]*)"/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^(?:https:|data:)/.test(link) && !leadsSomewhere(path, link))
    expect(dead).toEqual([])
  })

  test('the navigation contains exactly the existing pages', () => {
    const [, nav = ''] = /<nav[^]*?>([^]*)<\/nav>/.exec(html('/')) ?? []
    const listed = [...nav.matchAll(/href="([^"]+)"/g)].map(([, link]) => link)
    expect([...listed].sort()).toEqual(paths.filter((path) => !codes.includes(path)))
  })

  test('links into the repository point to existing files', () => {
    const files = paths.flatMap((path) =>
      [...html(path).matchAll(/\/blob\/main\/([^"#]+)/g)].map(([, file = '']) => file),
    )
    expect(files.length).toBeGreaterThan(0)
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })

  test('no page needs a script', () => {
    expect(paths.filter((path) => html(path).includes('<script'))).toEqual([])
  })
})

function leadsSomewhere(from: string, link: string): boolean {
  const { pathname, hash } = new URL(link, `http://site${from}`)
  const file = join(site, pathname.endsWith('/') ? `${pathname}index.html` : pathname)
  if (!existsSync(file)) return false
  return hash === '' || readFileSync(file, 'utf8').includes(`id="${decodeURIComponent(hash.slice(1))}"`)
}

describe.skipIf(!browser)('in Chromium', () => {
  let server: Server
  let address: string
  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = join(site, request.url?.endsWith('/') ? `${request.url}index.html` : (request.url ?? ''))
      response.setHeader('content-type', extname(path) === '.css' ? 'text/css' : 'text/html')
      response.end(existsSync(path) ? readFileSync(path) : '')
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    server?.close()
    await browser?.close()
  })

  async function open(path: string, options: Parameters<Browser['newPage']>[0]): Promise<Page> {
    if (!browser) throw new Error('there is no browser')
    const page = await browser.newPage(options)
    await page.goto(address + path)
    return page
  }

  test.each(distinct)('%s passes axe in light and dark mode', async (path) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open(path, { colorScheme })
      await page.evaluate(axe)
      const violations = await page.evaluate(
        'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))',
      )
      expect(violations, colorScheme).toEqual([])
      await page.close()
    }
  })

  test.each(distinct)('%s fits a phone and works without scripts', async (path) => {
    const page = await open(path, { viewport: { width: 360, height: 740 }, javaScriptEnabled: false })
    const [seen, whole] = await Promise.all([
      page.locator('body').boundingBox(),
      page.locator('main').boundingBox(),
    ])
    expect(seen?.width).toBeLessThanOrEqual(360)
    expect(whole?.width).toBeLessThanOrEqual(360)
    expect(await page.locator('main h1').count()).toBe(1)
    await page.close()
  })
})
