/** Outcomes of simulated statements, and helpers that build failures. */
import type { PythonError } from '../history/migration-module.ts'
import type { FailedObject, Obstacle } from './failure-reason.ts'
import type { ObjectName } from '../history/operation.ts'

/**
 * Why a statement fails: for example, an object is missing, rows violate a constraint, or the role lacks a privilege.
 */
export type FailureKind = 'exists' | 'missing' | 'leftover-enum' | 'unfit' | 'privilege' | 'raised'

/** A statement that can't succeed. */
export interface StatementFailure {
  readonly kind: FailureKind
  readonly object: FailedObject
  readonly obstacle: Obstacle
  readonly error: PythonError
  /**
   * True if the first line of the actual error may differ from this one, for example because it contains a generated
   * name.
   */
  readonly messageUncertain: boolean
}

/** Outcome of a simulated operation. Null if all names are valid and the role has all required privileges. */
export type StatementOutcome = StatementFailure | 'unsure' | null

/** Builds a failure. Returns `unsure` if `Dialect.errors` has no text for the error. */
export function failStatement(
  kind: FailureKind,
  object: FailedObject,
  obstacle: Obstacle,
  error: PythonError | undefined,
  messageUncertain = false,
): StatementFailure | 'unsure' {
  return error ? { kind, object, obstacle, error, messageUncertain } : 'unsure'
}

/** Returns the name as error messages show it: `public.users` if a schema was specified, otherwise `users`. */
export function quotedAsWritten({ schema, name }: ObjectName): string {
  return schema === null ? name : `${schema}.${name}`
}
