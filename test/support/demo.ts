/** The demo project with an SQLite database that has the given stamp, in its own folder. */
import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderWith } from './guard.ts'

const project = fileURLToPath(new URL('../../scripts/demo-project', import.meta.url))
const makeDatabase = fileURLToPath(new URL('../../scripts/demo-database.mjs', import.meta.url))

/**
 * Removed after the test. The tables are those of `guest_phone_009`, plus, for its stamp, those of the lost revision.
 */
export function stampedDemo(stamp: string): {
  readonly folder: string
  readonly env: { DATABASE_URL: string }
} {
  const folder = folderWith({})
  cpSync(project, folder, { recursive: true })
  execFileSync(process.execPath, [makeDatabase, join(folder, 'app.db'), stamp])
  return { folder, env: { DATABASE_URL: 'sqlite:///app.db' } }
}
