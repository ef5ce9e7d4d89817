/** Defines the possible outcomes of a simulated statement, and helpers that build failures. */
import type { PythonError } from '../history/migration-module.ts'
import type { FailedObject, Obstacle } from './failure-reason.ts'
import type { ObjectName } from '../history/operation.ts'

/**
 * Why a statement can't succeed. For example, the object already exists, a required object is missing, existing rows
 * violate a constraint, or the role lacks a privilege.
 */
export type FailureKind = 'exists' | 'missing' | 'leftover-enum' | 'unfit' | 'privilege' | 'raised'

/** A statement that can't succeed. */
export interface StatementFailure {
  readonly kind: FailureKind
  readonly object: FailedObject
  readonly obstacle: Obstacle
  readonly error: PythonError
  /** True if the first line of the actual error may differ, for example because it contains a generated name. */
  readonly messageUncertain: boolean
}

/** Outcome of simulating an operation. Null means that all names are valid and the role has all required privileges. */
export type StatementOutcome = StatementFailure | 'unsure' | null

/** Builds a failure, or returns `unsure` if the dialect doesn't define the error text (`Dialect.errors`). */
export function failStatement(
  kind: FailureKind,
  object: FailedObject,
  obstacle: Obstacle,
  error: PythonError | undefined,
  messageUncertain = false,
): StatementFailure | 'unsure' {
  return error ? { kind, object, obstacle, error, messageUncertain } : 'unsure'
}

/** Returns the name as error messages show it: `public.users` if a schema was given, otherwise just `users`. */
export function quotedAsWritten({ schema, name }: ObjectName): string {
  return schema === null ? name : `${schema}.${name}`
}
