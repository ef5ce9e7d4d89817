/** Builds the command once, before the tests that run it. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Called by vitest. */
export function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: 'inherit',
  })
}
