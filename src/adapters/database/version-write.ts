/** A change of version rows, and how it ended. */
import type { GuardError } from '../../errors.ts'
import type { VersionScript } from '../../core/restamp/version-sql.ts'

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
  | { readonly kind: 'failed'; readonly message: string; readonly hint: GuardError['hint'] }
  /** The commit was asked for and never answered. `look`: statements that tell. */
  | { readonly kind: 'unknown'; readonly message: string; readonly look: readonly string[] }

/** The same rows, each as often, whatever their order. */
export function sameRows(a: readonly (string | null)[], b: readonly string[]): boolean {
  return a.length === b.length && JSON.stringify([...a].toSorted()) === JSON.stringify([...b].toSorted())
}
