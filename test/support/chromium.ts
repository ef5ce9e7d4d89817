/** A real browser for pages, from the machine: Chromium or Chrome on the PATH, driven by playwright-core. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { missing } from './postgres.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** Starts it; null, said loudly, where there is none (under CI that is a failure). */
export async function startChromium(): Promise<Browser | null> {
  const executablePath = onPath(names)
  if (executablePath === null) return missing('browser', `none of ${names.join(', ')} is on the PATH`)
  // As root, as in most containers, it starts only without its sandbox; the pages are our own.
  const args = ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
  return chromium.launch({ executablePath, args })
}

/** The first of these programs that the PATH has. */
export function onPath(programs: readonly string[]): string | null {
  for (const program of programs) {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      const path = join(folder, program)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {
        // Not there; the next one may be.
      }
    }
  }
  return null
}
