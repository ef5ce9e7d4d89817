/** Determines which databases part of a migration may run on. */
import type { Dialect } from '../dialect/dialect.ts'
import { dialectNamed } from '../dialect/index.ts'
import type { LintProject } from './lint-facts.ts'
import type { CallFact, SourceFacts } from '../history/python-source.ts'

/** Whether the project may run on this database. True if its databases are unknown. */
export function mayRunOn({ dialects }: LintProject, { name }: Dialect): boolean {
  return dialects.length === 0 || dialects.some((each) => each.name === name)
}

/** True if none of the project's databases has this capability. Unknown databases are assumed to have it. */
export function neverHas({ dialects }: LintProject, capability: (dialect: Dialect) => boolean): boolean {
  const lacks = (dialect: Dialect | undefined): boolean => dialect !== undefined && !capability(dialect)
  return dialects.length > 0 && dialects.every(({ name }) => lacks(dialectNamed(name)))
}

const asks = /dialect|postgres|sqlite|mysql|maria|is_pg|\bengine\.name|\bdriver/i

/** Whether the dialect is checked by a condition around the call or earlier in the function. */
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

/** Whether the call runs only on databases other than PostgreSQL. */
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
