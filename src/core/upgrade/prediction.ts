/** What `alembic upgrade` would do, as data. */
import type { Unpredictable } from '../history/alembic-failure.ts'
import type { AlembicVersion } from '../history/alembic-version.ts'
import type { Span, PythonError } from '../history/migration-module.ts'
import type { UnreadableReason } from '../history/revision.ts'

/** One revision whose `upgrade()` runs or begins. `from` stands before the arrow of Alembic's log line. */
export interface UpgradeStep {
  readonly revision: string
  readonly from: readonly string[]
}

/** Why Alembic would fail; rules key on `kind`. */
export type FailureCause =
  | { readonly kind: 'range-target'; readonly target: string }
  | { readonly kind: 'unknown-target'; readonly target: string; readonly candidates: readonly string[] }
  /** `+2` with too few revisions or a fork ahead, `rev-9`, an empty target. */
  | { readonly kind: 'impossible-target'; readonly target: string }
  | { readonly kind: 'overlapping-targets'; readonly revision: string; readonly others: readonly string[] }
  /** `row` when it was a row that said `head`. */
  | { readonly kind: 'multiple-heads'; readonly heads: readonly string[]; readonly row: string | null }
  | { readonly kind: 'listing' }
  /** There is no env.py. */
  | { readonly kind: 'no-env' }
  | { readonly kind: 'file'; readonly path: string; readonly span: Span }
  | { readonly kind: 'illegal-id'; readonly id: string; readonly path: string }
  | { readonly kind: 'cycle'; readonly ids: readonly string[] }
  | { readonly kind: 'label-collision'; readonly ids: readonly string[] }
  | { readonly kind: 'missing-dependency'; readonly ids: readonly string[] }
  | { readonly kind: 'missing-down-revision'; readonly ids: readonly string[] }
  /** Something that is no `str` stands in `down_revision`. */
  | { readonly kind: 'wrong-type'; readonly ids: readonly string[] }
  /** `candidates`: the ids that the row begins, when there are several. */
  | { readonly kind: 'unknown-row'; readonly row: string; readonly candidates: readonly string[] }
  /** The same, and there is no migration file at all. */
  | { readonly kind: 'no-files'; readonly row: string }
  | { readonly kind: 'empty-row' }
  | { readonly kind: 'row-not-text'; readonly repr: string }
  /** A row such as `-3` that leads past the base. */
  | { readonly kind: 'impossible-row'; readonly row: string }
  | { readonly kind: 'overlapping-rows'; readonly revision: string; readonly others: readonly string[] }
  | { readonly kind: 'no-upgrade-function'; readonly revision: string; readonly path: string }
  | { readonly kind: 'upgrade-arguments'; readonly revision: string; readonly path: string }
  /** The body of upgrade() begins with `raise`. */
  | { readonly kind: 'upgrade-raises'; readonly revision: string; readonly path: string }
  | { readonly kind: 'redundant-parent'; readonly revision: string; readonly parent: string }
  /** The version table lacks a row that a step replaces, for another reason. */
  | { readonly kind: 'key-error'; readonly revision: string; readonly parent: string | null }
  | { readonly kind: 'duplicate-rows'; readonly row: string; readonly found: number }
  | { readonly kind: 'id-too-long'; readonly id: string; readonly width: number; readonly statement: string }
  | { readonly kind: 'id-in-sql'; readonly id: string; readonly statement: string }
  /** An id that Alembic takes for a symbol when it is used: `base`, `head`. */
  | { readonly kind: 'reserved-id'; readonly id: string }
  | {
      readonly kind: 'version-table'
      readonly defect: 'missing-column' | 'required-column' | 'not-a-table'
      readonly statement: string
    }
  | { readonly kind: 'read-only'; readonly reason: string }
  /** The role may not write the version table, or not make it. */
  | { readonly kind: 'version-privilege'; readonly statement: string; readonly table: string }
  /** The schema of the version table doesn't exist. */
  | { readonly kind: 'version-schema'; readonly schema: string }
  /** A statement of a migration can't succeed on the live schema. */
  | { readonly kind: 'refused-statement'; readonly revision: string; readonly span: Span }

/** Why the outcome of an upgrade is unknown. */
export type UnknownReason =
  | Unpredictable
  /** Older than the oldest Alembic that works as this module does. */
  | { readonly kind: 'oldAlembic'; readonly version: AlembicVersion; readonly oldest: AlembicVersion }
  | { readonly kind: 'env'; readonly path: string; readonly expression: string }
  | { readonly kind: 'file'; readonly path: string; readonly reason: UnreadableReason }
  /** It depends on an order that is left to chance; `complete`: every one of them was tried. */
  | { readonly kind: 'order'; readonly complete: boolean }

/** What Alembic would do. */
export type Prediction = {
  /** Ids that the target stands for; empty for `base` and when that was not reached. */
  readonly targets: readonly string[]
  /** The steps are certain, their order is not: it depends on a set, or on the file system before 1.10. */
  readonly orderUncertain: boolean
} & (
  | {
      readonly outcome: 'succeeds'
      readonly steps: readonly UpgradeStep[]
      /** Rows afterwards; one that is NULL is left out. */
      readonly versionsAfter: readonly string[]
    }
  | {
      readonly outcome: 'fails'
      readonly error: PythonError
      readonly cause: FailureCause
      /** Steps whose `upgrade()` ran or began, as Alembic logs them. */
      readonly steps: readonly UpgradeStep[]
      /** Rows that stay: those from before, where all is one transaction. */
      readonly versionsAfter: readonly string[]
      /** That it fails is certain, the words are not. */
      readonly messageUncertain: boolean
      /** Other words that it may use, as far as they can be listed. */
      readonly otherMessages: readonly string[]
    }
  | {
      readonly outcome: 'unknown'
      readonly reason: UnknownReason
      readonly steps: readonly UpgradeStep[]
      readonly versionsAfter: readonly string[]
      /** What may happen, where that can be listed. */
      readonly variants: readonly SimulatedPath[]
      /** What happens is one of the variants; otherwise they are examples. */
      readonly variantsComplete: boolean
    }
)

/** A statement that is known to fail, in the migration that holds it. */
export interface RefusedStatement {
  readonly revision: string
  readonly span: Span
  readonly error: PythonError
  readonly messageUncertain: boolean
}

/** What happens if the orders are these. */
export type SimulatedPath = {
  readonly targets: readonly string[]
  readonly steps: readonly UpgradeStep[]
  readonly versionsAfter: readonly string[]
  /** Any other order would have the same outcome: no row is odd and no parent redundant. */
  readonly orderFree: boolean
} & (
  | { readonly outcome: 'succeeds' }
  /** It never ends, or ends in a way that can't be told. */
  | { readonly outcome: 'unknown'; readonly reason: Unpredictable }
  | {
      readonly outcome: 'fails'
      readonly error: PythonError
      readonly cause: FailureCause
      readonly messageUncertain: boolean
      readonly otherMessages: readonly string[]
    }
)
