/** Estimates how many rows a statement changes. */
import type { DataStep } from '../history/operation.ts'
import type { LintFacts } from './lint-rule.ts'
import { type SqlStatement, includesWords, indexOfWords } from './sql-statement.ts'

/** `all`: no condition. `many`: only joins, or conditions without constants. `few`: anything else, or unknown. */
type Reach = 'all' | 'many' | 'few'

/** Whether an UPDATE or DELETE has no condition, or only one that matches many rows, such as `IS NULL`. */
export function changesManyRows(facts: LintFacts, step: DataStep): boolean {
  return reachOf(facts, step) !== 'few'
}

/** Whether an UPDATE or DELETE has no condition. */
export function changesAllRows(facts: LintFacts, step: DataStep): boolean {
  return reachOf(facts, step) === 'all'
}

function reachOf({ migration }: LintFacts, { writes, span }: DataStep): Reach {
  if (writes?.statement !== 'update' && writes?.statement !== 'delete') return 'few'
  const isHere = (at: { readonly line: number; readonly column: number; readonly path: string }): boolean =>
    at.line === span.line && at.column === span.column && at.path === span.path
  const statements = migration.sql.upgrade.filter((one) => isHere(one.span))
  if (statements.length > 0) {
    const own = statements.find(
      ({ tokens }) =>
        tokens[0]?.word === writes.statement && tokens.some(({ word }) => word === writes.table.name),
    )
    return own === undefined ? 'few' : reachOfSql(own)
  }
  // SQLAlchemy conditions are chained calls such as `.where(…)`.
  const [call] = migration.source.calls
    .filter(({ range }) => isHere(range))
    .toSorted((a, b) => b.range.end - a.range.end)
  const [statement] = call?.args ?? []
  if (call === undefined || statement?.kind !== 'call') return 'few'
  const chosen = migration.source.calls.some(
    ({ written, range }) =>
      call.range.start <= range.start &&
      range.end <= call.range.end &&
      /\.(?:where|filter|filter_by)$/.test(written),
  )
  const positional = statement.call?.args.length ?? 0
  return chosen || (/\.(?:update|delete)$/.test(statement.call?.written ?? '') && positional > 0)
    ? 'few'
    : 'all'
}

function reachOfSql(statement: SqlStatement): Reach {
  if (statement.tokens.some(({ kind }) => kind === 'hole')) return 'few'
  const where = indexOfWords(statement, 'where')
  // USING or a subquery in FROM may limit which rows change.
  if (where === -1)
    return includesWords(statement, 'using') || includesWords(statement, 'from', '(') ? 'many' : 'all'
  const condition = statement.tokens.slice(where + 1)
  const picks = condition.some(
    ({ kind }, index) =>
      (kind === 'string' ||
        kind === 'number' ||
        condition[index]?.word === ':' ||
        condition[index]?.word === '%') &&
      /^(?:=|\(|,|like|ilike|in|~|:)$/.test(condition[index - 1]?.word ?? ''),
  )
  return picks || includesWords(statement, 'limit') ? 'few' : 'many'
}
