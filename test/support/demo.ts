/** Copies the demo project, with a SQLite database. */
import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderWith } from './guard.ts'

const project = fileURLToPath(new URL('../../scripts/demo-project', import.meta.url))
const makeDatabase = fileURLToPath(new URL('../../scripts/demo-database.mjs', import.meta.url))

/**
 * Creates the project with the schema as of `guest_phone_009`. If the stamp is the lost revision, the schema
 * includes that revision's changes.
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
