/** Tests the HTML report in a real browser. The report must run no scripts and load nothing. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { html } from '../../src/report/formats/html.ts'
import { emptyReportContext } from '../../src/report/model/context.ts'
import { startChromium } from '../support/chromium.ts'
import { stampedDemo } from '../support/demo.ts'
import { folderWith, guard } from '../support/guard.ts'
import { finding, hostileReport, hostileToReports, report, unavailable } from '../support/report.ts'

const browser = await startChromium()
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
afterAll(() => browser?.close())

/** Opens the page and collects its errors and requests. */
async function open(
  text: string,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  if (!browser) throw new Error('no browser')
  const folder = folderWith({})
  const file = join(folder, 'report.html')
  writeFileSync(file, text)
  const page = await browser.newPage({ colorScheme, viewport: { width: 1000, height: 800 } })
  onTestFinished(() => page.close())
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`))
  page.on('request', (request) => {
    if (request.url() !== `file://${file}` && request.url() !== 'data:,')
      complaints.push(`asked for ${request.url()}`)
  })
  await page.goto(`file://${file}`)
  return { page, complaints }
}

describe.skipIf(!browser)('in Chromium', () => {
  test("a blocked release: verdict first, cause and fix, the surrounding graph, what wasn't checked", async () => {
    const { folder, env } = stampedDemo('guest_lockout_001')
    const { status } = guard(folder, ['check', '--report', 'html=report.html', '--output', 'log'], env)
    expect(status).toBe(1)
    const run = guard(folder, ['check', '--format', 'html'], env)
    const { page, complaints } = await open(run.stdout)
    expect(await page.title()).toBe('alembic-guard check: blocked')
    expect(await page.locator('main > :first-child h1').textContent()).toBe('Blocked')
    const told = page.locator('article.finding')
    expect(await told.count()).toBe(1)
    expect(await told.textContent()).toContain('stamped with guest_lockout_001')
    expect(await told.locator('pre').allTextContents()).toContain(
      'alembic-guard placeholder guest_lockout_001 --write',
    )
    const graph = page.locator('figure svg')
    expect(await graph.isVisible()).toBe(true)
    const drawn = (await graph.textContent()) ?? ''
    for (const id of ['guest_lockout_001', 'guest_phone_009', 'reservations_010']) expect(drawn).toContain(id)
    const headings = await page.locator('h2').allTextContents()
    expect(headings).toContain('Not checked')
    expect(complaints).toEqual([])
  })

  test('a link leads to the revision on the graph page', async () => {
    const { folder, env } = stampedDemo('guest_lockout_001')
    guard(folder, ['graph', '--format', 'html', '--output', 'graph.html'], env)
    guard(folder, ['check', '--graph-url', 'graph.html', '--report', 'html=report.html'], env)
    if (!browser) throw new Error('no browser')
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    await page.goto(pathToFileURL(join(folder, 'report.html')).href)
    await page.click('article.finding a:has-text("guest_lockout_001")')
    expect(page.url()).toMatch(/graph\.html#rev=guest_lockout_001$/)
    expect(await page.textContent('#about h2')).toBe('guest_lockout_001')
  })

  test('begins with the cause; errors, warnings and notes by rule, each with a filter', async () => {
    const location = { path: 'a.py', line: 1, column: 1 }
    const mild = { remedies: [], blocks: false, location }
    const text = html(
      report({
        findings: [
          finding({ code: 'AG408', name: 'unguarded', severity: 'note', message: 'Mild.', ...mild }),
          finding({ code: 'AG420', name: 'locks', severity: 'warning', message: 'One.', ...mild }),
          finding({ code: 'AG420', name: 'locks', severity: 'warning', message: 'Two.', ...mild }),
          finding({ message: 'It is broken.' }),
        ],
      }),
      emptyReportContext,
    )
    const { page, complaints } = await open(text)
    expect(await page.locator('.verdict .cause').textContent()).toBe('It is broken. AG101')
    expect(await page.locator('.verdict .way').textContent()).toBe('What to do: Mend the file.')
    expect(await page.locator('section h2').allTextContents()).toEqual(['1 error', '2 warnings', '1 note'])
    expect(await page.locator('.kind-warning summary').textContent()).toBe('AG420 locks: 2 warnings')
    await page.uncheck('text=Warnings')
    expect(await page.isVisible('text=Two.')).toBe(false)
    expect(await page.isVisible('article:has-text("It is broken.")')).toBe(true)
    await page.click('.verdict a')
    expect(page.url()).toMatch(/#rule-AG101$/)
    expect(complaints).toEqual([])
  })

  test.each(['light', 'dark'] as const)('axe-core reports no violations: %s', async (scheme) => {
    const { folder, env } = stampedDemo('guest_lockout_001')
    const { page } = await open(guard(folder, ['check', '--format', 'html'], env).stdout, scheme)
    expect(
      await page.evaluate(`${axe}
        axe.run(document).then(({ violations }) =>
          violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target.join(' '))))`),
    ).toEqual([])
  })

  test('light and dark mode differ, and both are readable', async () => {
    const colours = async (scheme: 'light' | 'dark'): Promise<readonly number[]> => {
      const { page } = await open(html(report(), emptyReportContext), scheme)
      const styles = await page.locator('body').evaluate((body) => {
        const { color, backgroundColor } = body.ownerDocument.defaultView.getComputedStyle(body)
        return [color, backgroundColor]
      })
      return styles.map(luminance)
    }
    const [lightText = 0, lightBack = 0] = await colours('light')
    const [darkText = 0, darkBack = 0] = await colours('dark')
    expect(contrast(lightText, lightBack)).toBeGreaterThan(7)
    expect(contrast(darkText, darkBack)).toBeGreaterThan(7)
    expect(lightBack).toBeGreaterThan(darkBack)
  })

  test('print cuts nothing off', async () => {
    const { folder, env } = stampedDemo('guest_lockout_001')
    const { page } = await open(guard(folder, ['check', '--format', 'html'], env).stdout)
    await page.emulateMedia({ media: 'print' })
    await page.setViewportSize({ width: 700, height: 1000 })
    const [inside, outside] = await page
      .locator('html')
      .evaluate((root) => [root.clientWidth, root.scrollWidth])
    expect(outside).toBeLessThanOrEqual(inside ?? 0)
    expect((await page.pdf({ format: 'A4' })).byteLength).toBeGreaterThan(1000)
  })

  test('a failed check says so and shows no green', async () => {
    const { page } = await open(html(unavailable, emptyReportContext))
    expect(await page.locator('h1').textContent()).toBe('Undetermined')
    expect(await page.locator('.verdict').textContent()).toContain('$DATABASE_URL is not set')
    expect(await page.locator('.pass').count()).toBe(0)
  })

  test('text runs no script and creates no element', async () => {
    for (const text of hostileToReports) {
      const { page, complaints } = await open(html(hostileReport(text), emptyReportContext))
      const name = JSON.stringify(text.slice(0, 40))
      expect(await page.title(), name).toBe('alembic-guard check: blocked')
      const strange = page.locator(
        'script, img, iframe, object, embed, form, a:not([href^="#rule-"]), owned, body svg',
      )
      expect(await strange.count(), name).toBe(0)
      expect(complaints, name).toEqual([])
      const seen = await page.locator('article.finding p').first().textContent()
      expect(seen, name).toContain(text.replace(/[^ -~][^]*$/, '').slice(0, 100))
      await page.close()
    }
  })

  test("hostile revisions have no effect in a real project's graph", async () => {
    const hostile = `<script>document.title='owned'</script>]]>"><img src=x onerror=alert(1)>`
    const { folder, env } = stampedDemo(hostile)
    const { page, complaints } = await open(guard(folder, ['check', '--format', 'html'], env).stdout)
    expect(await page.title()).toBe('alembic-guard check: blocked')
    expect(await page.locator('script, img').count()).toBe(0)
    expect(await page.locator('figure svg').count()).toBe(1)
    expect(complaints).toEqual([])
  })
})

/** Returns a color's relative luminance, as defined by WCAG. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
    const value = Number(part) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(a: number, b: number): number {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}
