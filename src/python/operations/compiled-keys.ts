/**
 * Determines how a file's `@compiles(sa.ForeignKeyConstraint)` changes the names of foreign keys. SQLAlchemy calls the
 * decorated function for every foreign key that Alembic creates (sqlalchemy/ext/compiler.py).
 */
import type { DialectName } from '../../core/dialect/dialect-name.ts'
import type { Constraint, Operation } from '../../core/history/operation.ts'

/** Which names created foreign keys get: the given names, names chosen by the database, or unknown names. */
export type ForeignKeyNames = 'given' | 'none' | 'unknown'

const compiles = /^@(?:[\w.]+\.)?compiles\(\s*(?:\w+\.)*ForeignKeyConstraint\b([^)]*)\)\s*\n/gm

/** Matches a function that removes the name and leaves the rest to SQLAlchemy. */
const removesName =
  /^def \w+\((\w+), (\w+), \*\*(\w+)\):\n\s+\1\.name = None\n\s+return \2\.visit_foreign_key_constraint\(\1, \*\*\3\)\n(?!(?:[ \t]*\n)*[ \t]+\S)/

/** Returns how the file's code changes foreign key names. */
export function foreignKeyNames(text: string, dialect: DialectName | null): ForeignKeyNames {
  let found: ForeignKeyNames = 'given'
  // Few files have such a decorator, and this test is faster than the regular expression.
  if (!text.includes('compiles(')) return found
  for (const match of text.matchAll(compiles)) {
    const [whole, given = ''] = match
    const dialects = [...given.matchAll(/["'](\w+)["']/g)].map(([, name]) => name)
    if (dialects.length > 0 && dialect !== null && !dialects.includes(dialect)) continue
    const isKnown = dialect !== null && removesName.test(text.slice(match.index + whole.length))
    if (!isKnown) return 'unknown'
    found = 'none'
  }
  return found
}

/** Returns a directive's operation with the names that its foreign keys have in the database. */
export function withKeyNames(step: Operation, names: ForeignKeyNames): Operation {
  if (names === 'given') return step
  const named = (one: Constraint): Constraint =>
    one.kind !== 'foreignKey'
      ? one
      : names === 'none'
        ? { ...one, name: null, exact: false }
        : { ...one, unknownConvention: true }
  switch (step.kind) {
    case 'createTable':
    case 'addColumn':
      return { ...step, constraints: step.constraints.map(named) }
    case 'addConstraint':
      return { ...step, constraint: named(step.constraint) }
    default:
      return step
  }
}

const kinds: Readonly<Record<string, Constraint['kind']>> = {
  UniqueConstraint: 'unique',
  CheckConstraint: 'check',
  PrimaryKeyConstraint: 'primaryKey',
}

/** Whether `@compiles(element)` may change the SQL of an operation. */
export function mayCompile(step: Operation, element: string): boolean {
  const kind = kinds[element]
  if (kind === undefined) return true
  if (step.kind === 'addConstraint') return step.constraint.kind === kind
  const isTable = step.kind === 'createTable' || step.kind === 'addColumn'
  return isTable && step.constraints.some((one) => one.kind === kind)
}
