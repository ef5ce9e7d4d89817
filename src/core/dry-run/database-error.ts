/** How PostgreSQL and SQLite refuse a statement, in the words in which SQLAlchemy passes it on. Measured, not guessed. */
import type { PythonError } from '../history/migration-module.ts'
import type { FailedObject, Obstacle } from './failure-reason.ts'
import type { ObjectName } from '../schema/operation.ts'

/**
 * Why a statement can't succeed: what it makes is there, what it needs is not, an enum type was left behind, the
 * tables or their rows do not allow it, or the role may not.
 */
export type FailureKind = 'exists' | 'missing' | 'leftover-enum' | 'unfit' | 'privilege'

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

const interfaceErrors = new Set(['DependentObjectsStillExist'])
const integrityErrors = new Set(['NotNullViolation', 'UniqueViolation', 'ForeignKeyViolation'])

/** An error of PostgreSQL by psycopg2's name for it. */
export function postgresError(condition: string, text: string): PythonError {
  const type = interfaceErrors.has(condition)
    ? 'InternalError'
    : integrityErrors.has(condition)
      ? 'IntegrityError'
      : 'ProgrammingError'
  return { type, message: `(psycopg2.errors.${condition}) ${text}` }
}

/** An error of SQLite. */
export function sqliteError(text: string, type = 'OperationalError'): PythonError {
  return { type, message: `(sqlite3.${type}) ${text}` }
}

/** Puts a refusal together. */
export function failStatement(
  kind: FailureKind,
  object: FailedObject,
  obstacle: Obstacle,
  error: PythonError,
  messageUncertain = false,
): StatementFailure {
  return { kind, object, obstacle, error, messageUncertain }
}

/** `public.users` where a schema was given, else the name alone: how messages of PostgreSQL repeat it. */
export function quotedAsWritten({ schema, name }: ObjectName): string {
  return schema === null ? name : `${schema}.${name}`
}
