/** Tests pages in an installed Chromium or Chrome. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { missing } from './postgres.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** Starts the browser. If none is installed, returns null, or throws in CI. */
export async function startChromium(): Promise<Browser | null> {
  const executablePath = onPath(names)
  if (executablePath === null) return missing('browser', `none of ${names.join(', ')} is on the PATH`)
  // Chromium's sandbox can't be used when running as root. The pages are our own, so disabling it is safe.
  const args = ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
  return chromium.launch({ executablePath, args })
}

/** Returns the first of these programs found on the PATH. */
export function onPath(programs: readonly string[]): string | null {
  for (const program of programs) {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      const path = join(folder, program)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {
        // Not in this folder; try the next one.
      }
    }
  }
  return null
}
