/**
 * Exceptions thrown by the port of Alembic's revision lookup: an error that Alembic would raise, or unpredictable
 * behavior.
 */
import type { PythonError } from './migration-module.ts'

/** The object of the exception, from which a cause is derived. */
export type FailureSubject =
  | { readonly kind: 'not-found'; readonly argument: string; readonly candidates: readonly string[] }
  | { readonly kind: 'several-heads'; readonly heads: readonly string[]; readonly argument: string }
  | { readonly kind: 'overlap'; readonly revision: string; readonly others: readonly string[] }
  | { readonly kind: 'relative' }
  | { readonly kind: 'assertion' }
  | { readonly kind: 'not-text' }

/** An exception from Alembic, with the message that `alembic upgrade` prints. */
export class AlembicFailure extends Error {
  readonly error: PythonError
  readonly subject: FailureSubject
  /**
   * Alembic joins a set, so the message may vary: it is one of `otherMessages`, or there are too many variants to list.
   */
  readonly messageUncertain: boolean
  readonly otherMessages: readonly string[]

  constructor(
    error: PythonError,
    subject: FailureSubject,
    messageUncertain = false,
    otherMessages: readonly string[] = [],
  ) {
    super(error.message)
    this.name = 'AlembicFailure'
    this.error = error
    this.subject = subject
    this.messageUncertain = messageUncertain
    this.otherMessages = otherMessages
  }
}

/** Why Alembic's behavior can't be predicted. */
export type Unpredictable =
  /** `label@-1`: inherited labels are in no defined order. */
  | { readonly kind: 'inheritedLabels'; readonly identifier: string }
  /** Alembic loops forever on a cycle that it doesn't detect. */
  | { readonly kind: 'endless'; readonly ids: readonly string[] }
  /** The version table is a view or another relation, which may still accept Alembic's statements. */
  | { readonly kind: 'relation'; readonly table: string; readonly view: boolean; readonly statement: string }
  /** Row-level security policies on the version table determine which writes succeed. */
  | { readonly kind: 'rowSecurity'; readonly table: string }
  /** The id contains a quote that ends its string literal in SQL. */
  | { readonly kind: 'idInSql'; readonly id: string }
  | { readonly kind: 'columnType'; readonly type: string; readonly id: string }
  /** A required column that SQLite may fill in itself. */
  | { readonly kind: 'filledColumn'; readonly table: string; readonly column: string }

/** Thrown if Alembic's behavior can't be predicted, or if it would loop forever. */
export class NotPredictable extends Error {
  readonly reason: Unpredictable

  constructor(reason: Unpredictable) {
    super(reason.kind)
    this.name = 'NotPredictable'
    this.reason = reason
  }
}

/** Creates a `ResolutionError`, for which Alembic's commands print the same message regardless of the reason. */
export function cannotLocate(argument: string, candidates: readonly string[] = []): AlembicFailure {
  const message = `Can't locate revision identified by '${argument}'`
  return new AlembicFailure({ type: 'CommandError', message }, { kind: 'not-found', argument, candidates })
}

/** Creates a `RevisionError` about a relative target. */
export function relativeFailure(message: string): AlembicFailure {
  return new AlembicFailure({ type: 'CommandError', message }, { kind: 'relative' })
}

/** Creates the `AssertionError` of a failed `assert` in Alembic, by default without a message. */
export function assertionFailure(message = ''): AlembicFailure {
  return new AlembicFailure({ type: 'AssertionError', message }, { kind: 'assertion' })
}

/**
 * `MultipleHeads` with the message from `ScriptDirectory._catch_revision_errors`. `upgrade` inserts its own target,
 * even if a row contained `head`.
 */
export function severalHeads(heads: readonly string[], argument: string, target: string): AlembicFailure {
  const shown = target === '' ? argument : target
  const message =
    `Multiple head revisions are present for given argument '${shown}'; please specify a specific target ` +
    `revision, '<branchname>@${shown}' to narrow to a specific head, or 'heads' for all heads`
  return new AlembicFailure({ type: 'CommandError', message }, { kind: 'several-heads', heads, argument })
}
