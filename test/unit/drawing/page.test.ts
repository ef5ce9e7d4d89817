/** The graph page's generated parts must be up to date, and its script must type-check. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { pageScript, pageScriptHash, pageStyle, pageStyleHash } from '../../../src/drawing/page-assets.ts'

const cwd = fileURLToPath(new URL('../../..', import.meta.url))

test('page-assets.ts is up to date with src/drawing/page', () => {
  expect(() => execFileSync(process.execPath, ['scripts/write-page.mjs', '--check'], { cwd })).not.toThrow()
})

test("the page's script has no type errors", () => {
  const compiler = ['node_modules/typescript/bin/tsc', '-p', 'src/drawing/page']
  expect(() => execFileSync(process.execPath, compiler, { cwd, encoding: 'utf8' })).not.toThrow()
})

test.each([
  [pageScript, pageScriptHash],
  [pageStyle, pageStyleHash],
])("the content security policy covers the page's contents", (content, hash) => {
  expect(`sha256-${createHash('sha256').update(content).digest('base64')}`).toBe(hash)
})

test('no text becomes markup: the script never writes HTML', () => {
  expect(pageScript).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function/)
})
