/** Describes a change to the version rows and its outcome. */
import type { GuardError } from '../../errors.ts'
import type { VersionScript } from '../../core/restamp/version-sql.ts'

/**
 * A change to the version rows. `before` and `after` contain the rows expected before and after the change, in any
 * order.
 */
export interface VersionWrite {
  readonly script: VersionScript
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/**
 * Outcome of a change. Only `written` means that the database has definitely changed; `unknown` means that it may have
 * changed.
 */
export type WriteOutcome =
  | { readonly kind: 'written' }
  /** The rows differ from those that the plan is based on; null represents a NULL row. */
  | { readonly kind: 'changed meanwhile'; readonly rows: readonly (string | null)[] }
  /** The statements ran but produced different rows, because of a trigger, a rule or a policy. */
  | { readonly kind: 'other rows'; readonly rows: readonly (string | null)[] }
  /** The change failed before its commit or was rejected; nothing has changed. */
  | { readonly kind: 'failed'; readonly message: string; readonly hint: GuardError['hint'] }
  /** The commit was sent but never confirmed. `look`: statements that show the outcome. */
  | { readonly kind: 'unknown'; readonly message: string; readonly look: readonly string[] }

/** Returns whether both lists contain the same rows, including duplicates, in any order. */
export function sameRows(a: readonly (string | null)[], b: readonly string[]): boolean {
  return a.length === b.length && JSON.stringify([...a].toSorted()) === JSON.stringify([...b].toSorted())
}
