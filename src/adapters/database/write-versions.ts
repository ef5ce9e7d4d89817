/**
 * Opens a database for writing, for one transaction that changes version rows; nothing else of the guard does. Knows
 * what a lost connection means at each point; what is to be changed is handed in.
 */
import type { VersionScript } from '../../core/restamp/version-sql.ts'
import type { OpenOptions } from './database.ts'
import { parseDatabaseUrl } from './database-url.ts'

/** One change, with the rows that there have to be before and after it, in any order. */
export interface VersionWrite {
  readonly script: VersionScript
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** What came of it. Only `written` changed anything, and `unknown` may have. */
export type WriteOutcome =
  | { readonly kind: 'written' }
  /** The rows were not those that the plan was made for; null: one that is NULL. */
  | { readonly kind: 'changed meanwhile'; readonly rows: readonly (string | null)[] }
  /** The statements ran and left other rows than they should: a trigger, a rule, a policy. */
  | { readonly kind: 'other rows'; readonly rows: readonly (string | null)[] }
  /** It broke before the commit was asked for, or was refused; all is as before. */
  | { readonly kind: 'failed'; readonly message: string; readonly hint: string | null }
  /** The commit was asked for and never answered. `look`: statements that tell. */
  | { readonly kind: 'unknown'; readonly message: string; readonly look: readonly string[] }

/**
 * Makes the change in one transaction: lock, compare, change, compare, commit.
 * @throws GuardError (unavailable) when there is no connection; nothing is changed then.
 */
export async function writeVersions(
  url: string,
  write: VersionWrite,
  options: OpenOptions,
): Promise<WriteOutcome> {
  const parsed = parseDatabaseUrl(url)
  if (parsed.dialect === 'sqlite') {
    const { writeSqliteVersions } = await import('../sqlite/write-versions.ts')
    return writeSqliteVersions(parsed, write, options)
  }
  const { writePostgresVersions } = await import('../postgres/write-versions.ts')
  return writePostgresVersions(parsed, write, options)
}

/** The same rows, each as often, whatever their order. */
export function sameRows(a: readonly (string | null)[], b: readonly string[]): boolean {
  return a.length === b.length && JSON.stringify([...a].toSorted()) === JSON.stringify([...b].toSorted())
}
