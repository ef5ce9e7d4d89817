/** Collects the results of the incident tests and prints the summary. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type Played, tableOf } from './table.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder for the results, one file per incident. */
    incidents: string
  }
}

/** Called by vitest. The returned function runs after the last test. */
export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-incidents-'))
  project.provide('incidents', folder)
  return () => {
    const played = readdirSync(folder)
      .sort()
      .map((file): Played => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Played)
    rmSync(folder, { recursive: true })
    if (played.length > 0) console.log(`\n${tableOf(played)}`)
  }
}
