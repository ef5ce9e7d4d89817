/** A prediction of `alembic upgrade`, as data. */
import type { Unpredictable } from '../history/alembic-failure.ts'
import type { AlembicVersion } from '../history/alembic-version.ts'
import type { Span, PythonError } from '../history/migration-module.ts'
import type { UnreadableReason } from '../history/revision.ts'

/**
 * A revision whose `upgrade()` Alembic runs, successfully or not. `from` contains the ids before the arrow in Alembic's
 * log line.
 */
export interface UpgradeStep {
  readonly revision: string
  readonly from: readonly string[]
}

/** Why Alembic would fail. Rules select their findings by `kind`. */
export type FailureCause =
  | { readonly kind: 'range-target'; readonly target: string }
  | { readonly kind: 'unknown-target'; readonly target: string; readonly candidates: readonly string[] }
  /** A target that no path leads to: `+2` with too few revisions or across a fork, `rev-9`, or an empty target. */
  | { readonly kind: 'impossible-target'; readonly target: string }
  | { readonly kind: 'overlapping-targets'; readonly revision: string; readonly others: readonly string[] }
  /** `row` is the row that contains `head`; null if no row does. */
  | { readonly kind: 'multiple-heads'; readonly heads: readonly string[]; readonly row: string | null }
  | { readonly kind: 'listing' }
  /** env.py is missing. */
  | { readonly kind: 'no-env' }
  | { readonly kind: 'file'; readonly path: string; readonly span: Span }
  | { readonly kind: 'illegal-id'; readonly id: string; readonly path: string }
  | { readonly kind: 'cycle'; readonly ids: readonly string[] }
  | { readonly kind: 'label-collision'; readonly ids: readonly string[] }
  | { readonly kind: 'missing-dependency'; readonly ids: readonly string[] }
  | { readonly kind: 'missing-down-revision'; readonly ids: readonly string[] }
  /** `down_revision` contains a non-`str` value. */
  | { readonly kind: 'wrong-type'; readonly ids: readonly string[] }
  /** `candidates` lists the ids that start with the row's text, if there are several. */
  | { readonly kind: 'unknown-row'; readonly row: string; readonly candidates: readonly string[] }
  /** A row whose revision is missing, in a project without any migration files. */
  | { readonly kind: 'no-files'; readonly row: string }
  | { readonly kind: 'empty-row' }
  | { readonly kind: 'row-not-text'; readonly repr: string }
  /** A row such as `-3`, which points below the base. */
  | { readonly kind: 'impossible-row'; readonly row: string }
  | { readonly kind: 'overlapping-rows'; readonly revision: string; readonly others: readonly string[] }
  | { readonly kind: 'no-upgrade-function'; readonly revision: string; readonly path: string }
  | { readonly kind: 'upgrade-arguments'; readonly revision: string; readonly path: string }
  /** The body of upgrade() starts with `raise`. */
  | { readonly kind: 'upgrade-raises'; readonly revision: string; readonly path: string }
  | { readonly kind: 'redundant-parent'; readonly revision: string; readonly parent: string }
  /** The version table lacks a row that a step replaces, and the parent isn't redundant. */
  | { readonly kind: 'key-error'; readonly revision: string; readonly parent: string | null }
  | { readonly kind: 'duplicate-rows'; readonly row: string; readonly found: number }
  | { readonly kind: 'id-too-long'; readonly id: string; readonly width: number; readonly statement: string }
  | { readonly kind: 'id-in-sql'; readonly id: string; readonly statement: string }
  /** An id that Alembic reads as a symbolic name, such as `base` or `head`. */
  | { readonly kind: 'reserved-id'; readonly id: string }
  | {
      readonly kind: 'version-table'
      readonly defect: 'missing-column' | 'required-column' | 'not-a-table'
      readonly statement: string
    }
  | { readonly kind: 'read-only'; readonly reason: string }
  /** The role isn't allowed to create the version table or to write to it. */
  | { readonly kind: 'version-privilege'; readonly statement: string; readonly table: string }
  /** The version table's schema doesn't exist. */
  | { readonly kind: 'version-schema'; readonly schema: string }
  /** A migration contains a statement that can't succeed on the live schema. */
  | { readonly kind: 'refused-statement'; readonly revision: string; readonly span: Span }

/** Why the outcome of an upgrade can't be predicted. */
export type UnknownReason =
  | Unpredictable
  /** Alembic is older than the oldest predictable version. */
  | { readonly kind: 'oldAlembic'; readonly version: AlembicVersion; readonly oldest: AlembicVersion }
  | { readonly kind: 'env'; readonly path: string; readonly expression: string }
  | { readonly kind: 'file'; readonly path: string; readonly reason: UnreadableReason }
  /** The outcome depends on a nondeterministic order. `complete` is true if every order was tried. */
  | { readonly kind: 'order'; readonly complete: boolean }

/** What Alembic is predicted to do. */
export type Prediction = {
  /** Ids that the target resolves to; empty for `base`, or if the target wasn't resolved. */
  readonly targets: readonly string[]
  /** Whether the order of the steps depends on a Python set or, before Alembic 1.10, on the file system. */
  readonly orderUncertain: boolean
} & (
  | {
      readonly outcome: 'succeeds'
      readonly steps: readonly UpgradeStep[]
      /** Rows of the version table after the upgrade, without NULL rows. */
      readonly versionsAfter: readonly string[]
    }
  | {
      readonly outcome: 'fails'
      readonly error: PythonError
      readonly cause: FailureCause
      /** Steps whose `upgrade()` is called, whether it succeeds or fails. Alembic logs each of them. */
      readonly steps: readonly UpgradeStep[]
      /**
       * Rows in the version table after the failure. If everything runs in one transaction, the rows are the same as
       * before the upgrade.
       */
      readonly versionsAfter: readonly string[]
      /** Whether the error message may differ, even though the upgrade definitely fails. */
      readonly messageUncertain: boolean
      /** Known alternatives to the predicted error message. */
      readonly otherMessages: readonly string[]
    }
  | {
      readonly outcome: 'unknown'
      readonly reason: UnknownReason
      readonly steps: readonly UpgradeStep[]
      readonly versionsAfter: readonly string[]
      /** Known possible outcomes of the upgrade. */
      readonly variants: readonly SimulatedPath[]
      /** Whether `variants` contains every possible outcome. */
      readonly variantsComplete: boolean
    }
)

/** A statement that is known to fail, and the migration that contains it. */
export interface RefusedStatement {
  readonly revision: string
  readonly span: Span
  readonly error: PythonError
  readonly messageUncertain: boolean
}

/** Outcome of an upgrade for one possible iteration order of Python's sets. */
export type SimulatedPath = {
  readonly targets: readonly string[]
  readonly steps: readonly UpgradeStep[]
  readonly versionsAfter: readonly string[]
  /**
   * Whether the iteration order can't change the outcome, because all rows contain exact ids and no pending revision
   * has a redundant parent.
   */
  readonly orderFree: boolean
} & (
  | { readonly outcome: 'succeeds' }
  /** Alembic never terminates, or its result can't be predicted. */
  | { readonly outcome: 'unknown'; readonly reason: Unpredictable }
  | {
      readonly outcome: 'fails'
      readonly error: PythonError
      readonly cause: FailureCause
      readonly messageUncertain: boolean
      readonly otherMessages: readonly string[]
    }
)
