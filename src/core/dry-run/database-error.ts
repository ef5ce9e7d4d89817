/** What trying a statement comes to, and how a refusal is put together. */
import type { PythonError } from '../history/migration-module.ts'
import type { FailedObject, Obstacle } from './failure-reason.ts'
import type { ObjectName } from '../history/operation.ts'

/**
 * Why a statement can't succeed: what it makes is there, what it needs is not, an enum type was left behind, the
 * tables or their rows do not allow it, the role may not, or the migration raises an exception of its own.
 */
export type FailureKind = 'exists' | 'missing' | 'leftover-enum' | 'unfit' | 'privilege' | 'raised'

/** A statement that can't succeed. */
export interface StatementFailure {
  readonly kind: FailureKind
  readonly object: FailedObject
  readonly obstacle: Obstacle
  readonly error: PythonError
  /** The first line may name something that only running would tell, such as a generated name. */
  readonly messageUncertain: boolean
}

/** What trying an operation came to; null: it succeeds, as far as names go. */
export type StatementOutcome = StatementFailure | 'unsure' | null

/** Puts a refusal together; nothing is refused in words that aren't known (`Dialect.errors`). */
export function failStatement(
  kind: FailureKind,
  object: FailedObject,
  obstacle: Obstacle,
  error: PythonError | undefined,
  messageUncertain = false,
): StatementFailure | 'unsure' {
  return error ? { kind, object, obstacle, error, messageUncertain } : 'unsure'
}

/** `public.users` where a schema was given, else the name alone: how messages repeat it. */
export function quotedAsWritten({ schema, name }: ObjectName): string {
  return schema === null ? name : `${schema}.${name}`
}
