/** Checks a query against PostgreSQL's rules for GROUP BY, aggregates and DISTINCT. */
import type { QueryBody, SqlExpression } from '../../sql/row-statement.ts'
import { isOfClass } from './functions.ts'
import type { Scope } from './scope.ts'

type Select = Extract<QueryBody, { kind: 'select' }>

/** Whether a query definitely obeys PostgreSQL's rules for GROUP BY, aggregates and DISTINCT. */
export function isGrouped(scope: Scope, select: Select, orderBy: readonly SqlExpression[]): boolean {
  const values = select.items.flatMap((item) => (item.kind === 'value' ? [item.value] : []))
  const used = [...values, ...orderBy, ...(select.having ? [select.having] : [])]
  if ([...(select.where ? [select.where] : []), ...select.groupBy].some(usesRows)) return false
  if (select.distinct && !sortsDistinct(scope, select, orderBy)) return false
  if (select.groupBy.length === 0 && !select.having && !used.some(hasAggregate)) return true
  if (values.length < select.items.length) return false
  const groups = new Set<string>()
  for (const one of select.groupBy) {
    const item = one.kind === 'number' ? values[Number(one.text) - 1] : undefined
    const aliased =
      one.kind === 'column' &&
      one.qualifier === null &&
      !scope.sources.some(({ columns }) => columns.has(one.name))
        ? select.items.find((part) => part.kind === 'value' && part.alias === one.name)
        : undefined
    groups.add(keyOf(scope, item ?? (aliased?.kind === 'value' ? aliased.value : one)))
  }
  const isAllowed = (one: SqlExpression): boolean => {
    if (groups.has(keyOf(scope, one))) return true
    if (one.kind === 'call' && !one.over && isOfClass(one.name, 'aggregate'))
      return !partsOf(one).some(hasAggregate)
    if (one.kind === 'column' || one.kind === 'query' || one.kind === 'exists') return false
    return partsOf(one).every(isAllowed)
  }
  const isItem = (one: SqlExpression): boolean =>
    one.kind === 'number' ||
    (one.kind === 'column' && select.items.some((item) => item.kind === 'value' && item.alias === one.name))
  return used.every((one) => isAllowed(one) || (orderBy.includes(one) && isItem(one)))
}

/**
 * Whether PostgreSQL accepts the ORDER BY of a query with DISTINCT.
 *
 * The query can only sort by selected expressions. With DISTINCT ON, ORDER BY must start with the DISTINCT ON
 * expressions.
 */
function sortsDistinct(
  scope: Scope,
  { items, distinctOn }: Select,
  orderBy: readonly SqlExpression[],
): boolean {
  if (distinctOn.length > 0) {
    const first = orderBy.slice(0, distinctOn.length).map((one) => keyOf(scope, one))
    const keys = distinctOn.map((one) => keyOf(scope, one))
    return orderBy.length === 0 || (first.length === keys.length && first.every((key) => keys.includes(key)))
  }
  const keys = items.flatMap((item) => (item.kind === 'value' ? [keyOf(scope, item.value)] : []))
  return orderBy.every((one) => one.kind === 'number' || keys.includes(keyOf(scope, one)))
}

/** Key of an expression. Expressions that PostgreSQL considers equal have equal keys. */
function keyOf({ sources }: Scope, expression: SqlExpression): string {
  return JSON.stringify(expression, (_, part: unknown) => {
    if (!isColumn(part) || part.qualifier !== null) return part
    const owner = sources.find(({ columns }) => columns.has(part.name))
    return owner?.name == null ? part : { ...part, qualifier: { schema: null, name: owner.name } }
  })
}

function isColumn(part: unknown): part is Extract<SqlExpression, { kind: 'column' }> {
  return typeof part === 'object' && part !== null && 'kind' in part && part.kind === 'column'
}

/** Whether the expression contains an aggregate or window function, which PostgreSQL allows only in some clauses. */
export function usesRows(expression: SqlExpression): boolean {
  if (hasAggregate(expression)) return true
  return (expression.kind === 'call' && expression.over !== undefined) || partsOf(expression).some(usesRows)
}

function hasAggregate(expression: SqlExpression): boolean {
  if (expression.kind === 'call' && !expression.over && isOfClass(expression.name, 'aggregate')) return true
  if (expression.kind === 'call' && expression.args === 'star') return !expression.over
  return partsOf(expression).some(hasAggregate)
}

/** Direct operands of an expression, excluding those in subqueries. */
function partsOf(expression: SqlExpression): readonly SqlExpression[] {
  switch (expression.kind) {
    case 'cast':
    case 'is':
      return [expression.of]
    case 'call':
      return [
        ...(expression.args === 'star' ? [] : expression.args),
        ...expression.more,
        ...(expression.over ?? []),
      ]
    case 'operator':
      return expression.operands
    case 'in':
      return [expression.of, ...('kind' in expression.values ? [] : expression.values)]
    case 'case':
      return [
        ...(expression.of ? [expression.of] : []),
        ...expression.branches.flatMap(({ when, result }) => [when, result]),
        ...(expression.otherwise ? [expression.otherwise] : []),
      ]
    case 'array':
      return 'kind' in expression.of ? [] : expression.of
    case 'quantified':
      return [expression.of, expression.array]
    case 'row':
      return expression.of
    default:
      return []
  }
}
