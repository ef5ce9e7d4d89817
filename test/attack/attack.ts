/** Counts the attacks of an area, and compares the count with the table in SECURITY.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, inject, test } from 'vitest'
import type { Area } from './areas.ts'
import { readResult } from './table.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder for each area's result, and whether SECURITY.md will be updated from them. */
    readonly attacks: { readonly folder: string; readonly writing: boolean }
  }
}

/** Reported by a running attack. */
export interface Attack {
  /** Counts another attempt within the same test; call it before trying. */
  readonly another: () => void
}

/** Declares tests of one area. Every test counts as one attack, which is held if it passes. */
export type AttackTest = (
  name: string,
  run: (attack: Attack) => void | Promise<void>,
  timeout?: number,
) => void

/** Starts the test file of an area. */
export function attacksOn(area: Area): AttackTest {
  const result = { tried: 0, held: 0 }
  let declared = 0
  let ran = 0
  afterAll(() => {
    // A selection of tests (`-t`) doesn't represent the whole area.
    if (ran < declared) return
    const { folder, writing } = inject('attacks')
    writeFileSync(join(folder, area), JSON.stringify(result))
    if (writing) return
    const security = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8')
    // The system calls of a command vary slightly between Node versions.
    const promised = readResult(security, area)
    expect(promised, `SECURITY.md has no row for ${area}; npm run test:attack writes it`).not.toBeNull()
    expect(promised?.tried, 'SECURITY.md says that more was tried').toBeLessThanOrEqual(result.tried)
    expect(promised?.held).toBe(promised?.tried)
  })
  return (name, run, timeout) => {
    declared += 1
    test(
      name,
      async () => {
        ran += 1
        let here = 1
        result.tried += 1
        await run({
          another: () => {
            here += 1
            result.tried += 1
          },
        })
        result.held += here
      },
      timeout,
    )
  }
}
