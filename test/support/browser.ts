/** A real Chromium for pages that the guard writes; a missing one is said loudly, and fails in CI. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { afterAll } from 'vitest'
import { missing } from './postgres.ts'

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Starts the browser, closed after the tests of the file; null when there is none. */
export async function findBrowser(): Promise<Browser | null> {
  const executablePath = candidates.find((path) => existsSync(path))
  if (executablePath === undefined) return missing('Chromium', `none of ${candidates.join(', ')}`)
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  afterAll(() => browser.close())
  return browser
}
