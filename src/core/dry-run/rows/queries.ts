/** Checks queries: their sources, conditions, groups and columns. */
import type { QueryBody, RowQuery, RowSource, SelectItem, SqlExpression } from '../../sql/row-statement.ts'
import { compare, requireBoolean, typeOf, unite } from './expressions.ts'
import { callColumns } from './functions.ts'
import { isGrouped, usesRows } from './grouping.ts'
import { type Findings, type Scope, type SourceInScope, doubt, newScope, sourceOfTable } from './scope.ts'
import { namedSources } from './statements.ts'
import { type Value, familyOf, isOfJson, typed, unknownValue } from './value-types.ts'

/** A column returned by a query. */
export interface ResultColumn {
  /** Null if PostgreSQL's name for the column is unknown. */
  readonly name: string | null
  readonly type: Value
}

/**
 * Checks a query in an expression, a CTE or a FROM clause. Returns its columns; null if unknown. Constants in its
 * columns become text.
 */
export function queryColumns(
  findings: Findings,
  outer: Scope | null,
  query: RowQuery,
): readonly ResultColumn[] | null {
  const columns = openColumns(findings, outer, query)
  return columns && columns.map(({ name, type }) => ({ name, type: resolved(type) }))
}

/** PostgreSQL gives untyped columns the type `text`. */
function resolved(type: Value): Value {
  return type.kind === 'constant' || type.kind === 'null' ? typed('text') : type
}

/** Checks a query. Its constants stay untyped if the enclosing INSERT or UNION can determine their types. */
export function openColumns(
  findings: Findings,
  outer: Scope | null,
  query: RowQuery,
): readonly ResultColumn[] | null {
  const named = namedSources(findings, outer?.named ?? new Map(), query)
  const limitScope = newScope(null, named)
  for (const limit of query.limits) {
    const type = typeOf(findings, limitScope, limit)
    const isNumber = type.kind !== 'typed' || /^(?:smallint|integer|bigint|numeric)$/.test(type.type)
    if (!isNumber || type.kind === 'constant' || limit.kind === 'operator') doubt(findings)
  }
  if (query.locks && !isLockable(query.body)) doubt(findings)
  return bodyColumns(findings, newScope(outer, named), query.body, query.orderBy)
}

function bodyColumns(
  findings: Findings,
  scope: Scope,
  body: QueryBody,
  orderBy: readonly SqlExpression[],
): readonly ResultColumn[] | null {
  if (body.kind === 'select') return selectColumns(findings, scope, body, orderBy)
  if (orderBy.some(({ kind }) => kind !== 'number')) doubt(findings)
  if (body.kind === 'values') {
    if (body.rows.flat().some(usesRows)) doubt(findings)
    const rows = body.rows.map((row) => row.map((value) => typeOf(findings, scope, value)))
    return columnwise(findings, rows)?.map((type, at) => ({ name: `column${at + 1}`, type })) ?? null
  }
  const [left, right] = [body.left, body.right].map((one) => openColumns(findings, scope, one))
  if (!left || !right) return null
  if (left.length === 0) doubt(findings)
  for (const { type } of left) requireEquality(findings, type)
  const types = columnwise(findings, [left.map(({ type }) => type), right.map(({ type }) => type)])
  return types && types.map((type, at) => ({ name: left[at]?.name ?? null, type: resolved(type) }))
}

/** Returns each column's common type; null if the rows have different lengths. */
function columnwise(findings: Findings, rows: readonly (readonly Value[])[]): readonly Value[] | null {
  const [first = []] = rows
  if (rows.some(({ length }) => length !== first.length)) {
    doubt(findings)
    return null
  }
  return first.map((_, at) =>
    unite(
      findings,
      rows.map((row) => row[at] ?? unknownValue),
    ),
  )
}

type Select = Extract<QueryBody, { kind: 'select' }>

function selectColumns(
  findings: Findings,
  scope: Scope,
  select: Select,
  orderBy: readonly SqlExpression[],
): readonly ResultColumn[] | null {
  addSources(findings, scope, select.from)
  for (const condition of [select.where, select.having])
    if (condition) requireBoolean(findings, typeOf(findings, scope, condition))
  const columns = itemColumns(findings, scope, select.items)
  const compared = [...select.groupBy, ...orderBy, ...select.distinctOn]
  for (const one of compared) {
    const item = columns?.find((column, at) => isItem(one, column, at))
    if (!item && /^(?:number|text)$/.test(one.kind)) doubt(findings)
    requireEquality(findings, item ? item.type : typeOf(findings, scope, one))
  }
  if (!isGrouped(scope, select, orderBy)) doubt(findings)
  if (!columns) return null
  const comparesAll = select.distinct && select.distinctOn.length === 0
  for (const { type } of columns) if (comparesAll) requireEquality(findings, type)
  // Sorted and grouped columns must have a type (`addTargetToSortList` and `addTargetToGroupList` in parse_clause.c).
  return columns.map((column, at) => {
    const isCompared = comparesAll || compared.some((one) => isItem(one, column, at))
    return isCompared ? { ...column, type: resolved(column.type) } : column
  })
}

/** FOR UPDATE locks the rows of tables, so each result row must come from one row of each table. */
function isLockable(body: QueryBody): boolean {
  if (body.kind !== 'select') return false
  const used = body.items.flatMap((item) => (item.kind === 'value' ? [item.value] : []))
  return !body.distinct && body.groupBy.length === 0 && !body.having && !used.some(usesRows)
}

/** PostgreSQL can't sort or group by json. */
export function requireEquality(findings: Findings, value: Value): void {
  if (value.kind === 'unknown') doubt(findings)
  else if (value.kind === 'typed' && (familyOf(value.type) === 'json' || isOfJson(value.type)))
    doubt(findings)
}

/** Whether an expression refers to the result column, as in `ORDER BY 1` or `ORDER BY alias`. */
function isItem(one: SqlExpression, { name }: ResultColumn, at: number): boolean {
  if (one.kind === 'number') return one.text === String(at + 1)
  return one.kind === 'column' && one.qualifier === null && name === one.name
}

/** Returns the columns in a select list or RETURNING clause; null if unknown. */
export function itemColumns(
  findings: Findings,
  scope: Scope,
  items: readonly SelectItem[],
): readonly ResultColumn[] | null {
  const columns = items.map((item): readonly ResultColumn[] | null => {
    if (item.kind === 'value')
      return [{ name: item.alias ?? nameOf(item.value), type: typeOf(findings, scope, item.value) }]
    const sources = scope.sources.filter(
      ({ name }) => item.qualifier === null || name === item.qualifier.name,
    )
    if (sources.length === 0) doubt(findings)
    const isOpen = sources.some(({ open, perhaps }) => open || perhaps)
    if (sources.length === 0 || isOpen || scope.merged.size > 0) return null
    return sources.flatMap((one) => [...one.columns].map(([name, type]) => ({ name, type })))
  })
  return columns.every((one) => one !== null) ? columns.flat() : null
}

/** Returns PostgreSQL's name for a column without an alias; null if unknown. */
function nameOf(value: SqlExpression): string | null {
  if (value.kind === 'column' || value.kind === 'call') return value.name
  if (value.kind === 'cast' && (value.of.kind === 'column' || value.of.kind === 'call')) return value.of.name
  if (value.kind === 'exists' || value.kind === 'case') return value.kind
  return null
}

/** Adds a FROM clause's sources to the scope. */
export function addSources(findings: Findings, scope: Scope, from: readonly RowSource[]): void {
  for (const source of from) addSource(findings, scope, source)
  const names = scope.sources.map(({ name }) => name)
  if (new Set(names).size < names.length) doubt(findings)
}

function addSource(findings: Findings, scope: Scope, source: RowSource): void {
  switch (source.kind) {
    case 'table': {
      const found = sourceOfTable(findings, source.name, source.alias, scope.named)
      scope.sources.push(source.columns.length > 0 ? renamed(findings, found, source.columns) : found)
      return
    }
    case 'query': {
      const visible = source.lateral ? scope : scope.outer
      const inner = visible ? { ...visible, named: scope.named } : newScope(null, scope.named)
      const columns = queryColumns(findings, inner, source.query)
      const found = sourceOfColumns(source.alias, columns)
      // PostgreSQL 15 and earlier require an alias.
      if (source.alias === null) doubt(findings)
      scope.sources.push(source.columns.length > 0 ? renamed(findings, found, source.columns) : found)
      return
    }
    case 'call':
      scope.sources.push(sourceOfCall(findings, scope, source))
      return
    default:
      joinSources(findings, scope, source)
  }
}

function joinSources(
  findings: Findings,
  scope: Scope,
  { left, right, on, using, full }: Extract<RowSource, { kind: 'join' }>,
): void {
  addSource(findings, scope, left)
  const before = [...scope.sources]
  addSource(findings, scope, right)
  if (on) requireCondition(findings, scope, on)
  // PostgreSQL can only compute a FULL JOIN on equal columns.
  if (full && !(on?.kind === 'operator' && on.operator === '=') && using.length === 0) doubt(findings)
  const added = scope.sources.slice(before.length)
  for (const name of using) {
    const sides = [before, added].map((sources) => sources.filter(({ columns }) => columns.has(name)))
    const [one, other] = sides.map(([first]) => first?.columns.get(name))
    const isDoubtful = sides.flat().some(({ perhaps }) => perhaps?.has(name))
    if (!one || !other || isDoubtful || sides.some(({ length }) => length !== 1)) doubt(findings)
    else compare(findings, one, other)
    scope.merged.add(name)
  }
}

/** Checks a WHERE or ON condition, which can't contain aggregates or window functions. */
export function requireCondition(findings: Findings, scope: Scope, condition: SqlExpression): void {
  requireBoolean(findings, typeOf(findings, scope, condition))
  if (usesRows(condition)) doubt(findings)
}

/** Returns a source with the given columns. */
export function sourceOfColumns(name: string | null, columns: readonly ResultColumn[] | null): SourceInScope {
  const known = columns?.flatMap((one) => (one.name === null ? [] : [[one.name, one.type] as const])) ?? []
  const isWhole = columns !== null && new Map(known).size === columns.length
  return { name, columns: new Map(known), open: !isWhole, table: null }
}

/** `t (a, b)` renames the source's first columns. */
function renamed(findings: Findings, source: SourceInScope, names: readonly string[]): SourceInScope {
  if (source.open || source.table !== null || names.length > source.columns.size) {
    doubt(findings)
    return { ...source, open: true }
  }
  const columns = [...source.columns].map(([name, type], at) => [names[at] ?? name, type] as const)
  return { ...source, columns: new Map(columns) }
}

function sourceOfCall(
  findings: Findings,
  scope: Scope,
  { call, alias, columns: names, ordinality }: Extract<RowSource, { kind: 'call' }>,
): SourceInScope {
  const args = call.args === 'star' ? [] : call.args.map((one) => typeOf(findings, scope, one))
  const found = callColumns(call.name, args)
  if (!found || call.over || call.more.length > 0 || found.some(({ type }) => type.kind === 'unknown')) {
    doubt(findings)
    return { name: alias ?? call.name, columns: new Map(), open: true, table: null }
  }
  const listed = found.map(({ name, type }) => ({ name: name ?? alias ?? call.name, type }))
  const all = ordinality ? [...listed, { name: 'ordinality', type: typed('bigint') }] : listed
  const source = sourceOfColumns(alias ?? call.name, all)
  const [only] = found
  const whole = found.length === 1 && !ordinality && only ? { ...source, single: only.type } : source
  return names.length > 0 ? renamed(findings, whole, names) : whole
}
