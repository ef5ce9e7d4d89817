/** How the port of Alembic's look-ups stops: an exception that Alembic would raise, or a place where nobody can say. */
import type { PythonError } from './migration-module.ts'

/** What the exception is about, for whoever turns it into a cause. */
export type FailureSubject =
  | { readonly kind: 'not-found'; readonly argument: string; readonly candidates: readonly string[] }
  | { readonly kind: 'several-heads'; readonly heads: readonly string[]; readonly argument: string }
  | { readonly kind: 'overlap'; readonly revision: string; readonly others: readonly string[] }
  | { readonly kind: 'relative' }
  | { readonly kind: 'assertion' }
  | { readonly kind: 'not-text' }

/** An exception of Alembic's, in the words that `alembic upgrade` shows. */
export class AlembicFailure extends Error {
  readonly error: PythonError
  readonly subject: FailureSubject
  /** Alembic joins a set, so it may word it otherwise: as one of `otherMessages`, or in too many ways to list. */
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

/** Why what Alembic would do can't be told. */
export type Unpredictable =
  /** `label@-1`: labels that are inherited come in no particular order. */
  | { readonly kind: 'inheritedLabels'; readonly identifier: string }
  /** Alembic walks in a circle that it does not notice. */
  | { readonly kind: 'endless'; readonly ids: readonly string[] }
  /** The version table is none, and may take the statement all the same. */
  | { readonly kind: 'relation'; readonly table: string; readonly view: boolean; readonly statement: string }
  /** Policies on the version table decide what may be written. */
  | { readonly kind: 'rowSecurity'; readonly table: string }
  /** The id ends the string that it stands in. */
  | { readonly kind: 'idInSql'; readonly id: string }
  | { readonly kind: 'columnType'; readonly type: string; readonly id: string }
  /** A required column that SQLite may fill by itself. */
  | { readonly kind: 'filledColumn'; readonly table: string; readonly column: string }

/** What Alembic would do here can't be told, or it would do it for ever. */
export class NotPredictable extends Error {
  readonly reason: Unpredictable

  constructor(reason: Unpredictable) {
    super(reason.kind)
    this.name = 'NotPredictable'
    this.reason = reason
  }
}

/** A `ResolutionError`, which the commands word in one way whatever its reason. */
export function cannotLocate(argument: string, candidates: readonly string[] = []): AlembicFailure {
  const message = `Can't locate revision identified by '${argument}'`
  return new AlembicFailure({ type: 'CommandError', message }, { kind: 'not-found', argument, candidates })
}

/** A `RevisionError` about a target that counts steps. */
export function relativeFailure(message: string): AlembicFailure {
  return new AlembicFailure({ type: 'CommandError', message }, { kind: 'relative' })
}

/** An `assert` of Alembic's; a bare one has no message. */
export function assertionFailure(message = ''): AlembicFailure {
  return new AlembicFailure({ type: 'AssertionError', message }, { kind: 'assertion' })
}

/**
 * `MultipleHeads` as `ScriptDirectory._catch_revision_errors` words it. `upgrade` puts its own target there,
 * also when it was a row that said `head`.
 */
export function severalHeads(heads: readonly string[], argument: string, target: string): AlembicFailure {
  const shown = target === '' ? argument : target
  const message =
    `Multiple head revisions are present for given argument '${shown}'; please specify a specific target ` +
    `revision, '<branchname>@${shown}' to narrow to a specific head, or 'heads' for all heads`
  return new AlembicFailure({ type: 'CommandError', message }, { kind: 'several-heads', heads, argument })
}
