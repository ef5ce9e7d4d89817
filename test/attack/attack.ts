/** Counts the attacks on an area and compares the total with the one in SECURITY.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, inject, test } from 'vitest'
import type { Area } from './areas.ts'
import { readResult } from './table.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** `folder` is the output folder. `writing` is true if SECURITY.md should be updated. */
    readonly attacks: { readonly folder: string; readonly writing: boolean }
  }
}

/** Counts the attempts within a test. */
export interface Attack {
  /** Counts another attempt. Call it before each attempt except the first. */
  readonly another: () => void
}

/** Declares a test that counts as one attack. */
export type AttackTest = (
  name: string,
  run: (attack: Attack) => void | Promise<void>,
  timeout?: number,
) => void

/** Sets up an area's test file. Returns the function that declares its tests. */
export function attacksOn(area: Area): AttackTest {
  const result = { tried: 0, held: 0 }
  let declared = 0
  let ran = 0
  afterAll(() => {
    // With `-t`, only some tests run, so the count is incomplete.
    if (ran < declared) return
    const { folder, writing } = inject('attacks')
    writeFileSync(join(folder, area), JSON.stringify(result))
    if (writing) return
    const security = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8')
    // The number of system calls varies between Node versions, so allow more attacks than SECURITY.md states.
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
