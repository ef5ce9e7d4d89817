/** Collects the results of the attack tests and prints them as a table. Updates SECURITY.md on request. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type Area, areas } from './areas.ts'
import { type Result, withTable } from './table.ts'

const security = new URL('../../SECURITY.md', import.meta.url)

/** Called by vitest. The returned function runs after the last test. */
export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-attacks-'))
  const writing = process.env['ALEMBIC_GUARD_WRITE_TABLE'] === '1'
  project.provide('attacks', { folder, writing })
  return () => {
    const results = new Map<Area, Result>()
    for (const area of Object.keys(areas) as Area[]) {
      const file = join(folder, area)
      if (existsSync(file)) results.set(area, JSON.parse(readFileSync(file, 'utf8')) as Result)
    }
    rmSync(folder, { recursive: true })
    for (const [area, { tried, held }] of results) {
      console.log(`${String(tried).padStart(6)} tried ${String(held).padStart(6)} held   ${areas[area]}`)
    }
    const whole = results.size === Object.keys(areas).length
    const held = [...results.values()].every((result) => result.tried === result.held)
    if (!writing || !whole || !held) return
    writeFileSync(security, withTable(readFileSync(security, 'utf8'), results))
  }
}
