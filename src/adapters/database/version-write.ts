/** A change to the version rows, and its outcome. */
import type { GuardError } from '../../errors.ts'
import type { VersionScript } from '../../core/restamp/version-sql.ts'

/** A change to the version rows, with the rows expected before and after. */
export interface VersionWrite {
  readonly script: VersionScript
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** Outcome of a change. After `unknown`, the rows may or may not have changed. */
export type WriteOutcome =
  | { readonly kind: 'written' }
  /** Another session changed the rows first. A null stands for a NULL value. */
  | { readonly kind: 'changed meanwhile'; readonly rows: readonly (string | null)[] }
  /** A trigger, rule or policy left unexpected rows. */
  | { readonly kind: 'other rows'; readonly rows: readonly (string | null)[] }
  /** Nothing was changed. */
  | { readonly kind: 'failed'; readonly message: string; readonly hint: GuardError['hint'] }
  /** The server never confirmed the commit. `look` contains statements that reveal the outcome. */
  | { readonly kind: 'unknown'; readonly message: string; readonly look: readonly string[] }

/** Compares two lists of rows, ignoring their order but not duplicates. */
export function sameRows(a: readonly (string | null)[], b: readonly string[]): boolean {
  return a.length === b.length && JSON.stringify([...a].toSorted()) === JSON.stringify([...b].toSorted())
}
