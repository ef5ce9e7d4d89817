/** Which databases a piece of a migration may run on: what the project uses, and what conditions around it ask. */
import type { LintProject } from './lint-facts.ts'
import type { CallFact, SourceFacts } from '../history/python-source.ts'

/** May the project run on it? Also where nothing says which databases it uses. */
export function mayRunOn({ dialects }: LintProject, name: string): boolean {
  return dialects.length === 0 || dialects.some((each) => each.name === name)
}

/** Is the project known to run on it? */
export function runsOn({ dialects }: LintProject, name: string): boolean {
  return dialects.some((each) => each.name === name)
}

const asks = /dialect|postgres|sqlite|mysql|maria|is_pg|\bengine\.name|\bdriver/i

/** Does a condition around the call, or one earlier in the same function, ask for the database? */
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

/** Is the call in a branch that only SQLite, or only another database than PostgreSQL, takes? */
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
