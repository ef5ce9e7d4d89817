/**
 * Determines which databases a part of a migration may run on. Considers the project's databases and the conditions in
 * the surrounding code.
 */
import type { Dialect } from '../dialect/dialect.ts'
import { dialectNamed } from '../dialect/index.ts'
import type { LintProject } from './lint-facts.ts'
import type { CallFact, SourceFacts } from '../history/python-source.ts'

/** Returns whether the project may run on this kind of database. True if the project's databases are unknown. */
export function mayRunOn({ dialects }: LintProject, { name }: Dialect): boolean {
  return dialects.length === 0 || dialects.some((each) => each.name === name)
}

/**
 * Returns whether all of the project's databases lack a capability. A database that the guard doesn't know is assumed
 * to have the capability.
 */
export function neverHas({ dialects }: LintProject, capability: (dialect: Dialect) => boolean): boolean {
  const lacks = (dialect: Dialect | undefined): boolean => dialect !== undefined && !capability(dialect)
  return dialects.length > 0 && dialects.every(({ name }) => lacks(dialectNamed(name)))
}

const asks = /dialect|postgres|sqlite|mysql|maria|is_pg|\bengine\.name|\bdriver/i

/** Returns whether a condition around the call, or an earlier condition in the same function, checks the dialect. */
export function asksDialect(
  source: SourceFacts,
  call: Pick<CallFact, 'within' | 'function' | 'range'>,
): boolean {
  if (call.within.some((each) => each.kind === 'if' && asks.test(each.test))) return true
  return source.conditions.some(
    ({ test, range }) =>
      asks.test(test) &&
      range.start < call.range.start &&
      source.functions.some(
        (one) => one.name === call.function && one.range.start <= range.start && range.end <= one.range.end,
      ),
  )
}

/** Returns whether the call is in a branch that runs only on databases other than PostgreSQL. */
export function isNotForPostgres({ within }: Pick<CallFact, 'within'>): boolean {
  return within.some((each) => {
    if (each.kind !== 'if') return false
    const other = /['"](?:sqlite|mysql|mariadb|oracle|mssql)['"]/.test(each.test)
    const postgres = /['"]postgres/.test(each.test)
    const negated = /!=|\bnot\b/.test(each.test)
    if (other && !postgres) return (each.side === 'then') !== negated
    return postgres && !other && (each.side === 'else') !== negated
  })
}
