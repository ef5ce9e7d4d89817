/** Exceptions thrown by the reimplementation of Alembic's revision lookup. */
import type { PythonError } from './migration-module.ts'

/** What an error is about. Rules use it to determine the cause. */
export type FailureSubject =
  | { readonly kind: 'not-found'; readonly argument: string; readonly candidates: readonly string[] }
  | { readonly kind: 'several-heads'; readonly heads: readonly string[]; readonly argument: string }
  | { readonly kind: 'overlap'; readonly revision: string; readonly others: readonly string[] }
  | { readonly kind: 'relative' }
  | { readonly kind: 'assertion' }
  | { readonly kind: 'not-text' }

/** An error that Alembic would raise, with the message that `alembic upgrade` would print. */
export class AlembicFailure extends Error {
  readonly error: PythonError
  readonly subject: FailureSubject
  /**
   * Whether the message may vary, because Alembic builds it from an unordered set. `otherMessages` lists the
   * alternatives, unless there are too many.
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
  /** `label@-1` depends on the order of inherited labels, which is undefined. */
  | { readonly kind: 'inheritedLabels'; readonly identifier: string }
  /** Alembic loops forever on a cycle that it doesn't detect. */
  | { readonly kind: 'endless'; readonly ids: readonly string[] }
  /** The version table is a view or another kind of relation, which may still accept Alembic's statements. */
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

/** Returns the error that Alembic's commands print for every `ResolutionError`. */
export function cannotLocate(argument: string, candidates: readonly string[] = []): AlembicFailure {
  const message = `Can't locate revision identified by '${argument}'`
  return new AlembicFailure({ type: 'CommandError', message }, { kind: 'not-found', argument, candidates })
}

/** Returns a `RevisionError` about a relative revision identifier. */
export function relativeFailure(message: string): AlembicFailure {
  return new AlembicFailure({ type: 'CommandError', message }, { kind: 'relative' })
}

/** Returns the `AssertionError` raised by a failed `assert` in Alembic. */
export function assertionFailure(message = ''): AlembicFailure {
  return new AlembicFailure({ type: 'AssertionError', message }, { kind: 'assertion' })
}

/**
 * Returns a `MultipleHeads` error with the message from `ScriptDirectory._catch_revision_errors`. `alembic upgrade`
 * names its own target, even if `head` came from the version table.
 */
export function severalHeads(heads: readonly string[], argument: string, target: string): AlembicFailure {
  const shown = target === '' ? argument : target
  const message =
    `Multiple head revisions are present for given argument '${shown}'; please specify a specific target ` +
    `revision, '<branchname>@${shown}' to narrow to a specific head, or 'heads' for all heads`
  return new AlembicFailure({ type: 'CommandError', message }, { kind: 'several-heads', heads, argument })
}
