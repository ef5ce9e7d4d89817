/**
 * Determines from which tables a SELECT built by SQLAlchemy draws its rows, such as
 * `sa.select(t.c.a).where(t.c.b == u.c.b)` and `session.query(Model).filter(…)`.
 */
import type { ObjectName } from '../../core/history/operation.ts'
import { type Made, type Term, isOpen, itemsOfTerm } from '../interpreter/values.ts'
import { classOf } from './columns.ts'
import { isTable, modelName, tableName } from './models.ts'
import type { EmptyResult } from './sql/empty-result.ts'

/** Where a SELECT gets its rows. */
export interface SelectSources {
  /** Tables that certainly appear after FROM. */
  readonly named: readonly ObjectName[]
  /** Tables of which each must have rows for the query to draw any. */
  readonly drawsOn: readonly ObjectName[]
  /** True if an outer join may follow these tables, so that tables in conditions aren't added to FROM. */
  readonly outer: boolean
  /** True if the query selects models, whose objects a session writes back after changes. */
  readonly models: boolean
  /** What the query yields if no rows are drawn; null if unknown. */
  readonly ifNone: EmptyResult | null
}

/** Returns the sources of a SELECT; null for any other statement. */
export function sourcesOf(statement: Made): SelectSources | null {
  const kind = classOf(statement)
  if (kind === 'select' || kind === 'query') return started(statement)
  const [owner, ...args] = statement.args
  const { method, keywords } = statement
  if (kind !== 'construct' || method === undefined || owner?.kind !== 'made') return null
  if (isTable(owner)) return method === 'select' ? started({ ...statement, args: [owner] }) : null
  const before = sourcesOf(owner)
  return before && continued(before, { method, args, keywords })
}

/** Returns the result of the query if it's certain from empty tables alone; null otherwise. */
export function resultOfSelect(
  { drawsOn, ifNone }: SelectSources,
  isEmpty: (name: ObjectName) => boolean,
): EmptyResult | null {
  return drawsOn.some(isEmpty) ? ifNone : null
}

function started({ args, keywords }: Made): SelectSources {
  const columns = args.flatMap((one) => (one.kind === 'items' ? (itemsOfTerm(one) ?? [one]) : [one]))
  const { tables, open, aggregates } = partsOf(columns)
  const [only] = columns
  const alone = columns.length === 1 && only ? resultOfAggregate(only) : null
  return {
    named: tables,
    drawsOn: keywords.size === 0 ? tables : [],
    outer: false,
    models: columns.some(({ kind }) => kind === 'class'),
    ifNone: !open ? (aggregates ? alone : 'none') : null,
  }
}

interface MethodCall extends Pick<Made, 'args' | 'keywords'> {
  readonly method: string
}

/** Methods that only restrict or order the rows that the query draws from its tables. */
const restricts = /^(?:where|filter|order_by)$/
/** Methods that change neither the tables nor the number of rows, except to reduce it. */
const keeps =
  /^(?:filter_by|distinct|options|with_for_update|execution_options|yield_per|populate_existing|enable_eagerloads|params|autoflush|correlate)$/

function continued(before: SelectSources, call: MethodCall): SelectSources {
  const { method, args, keywords } = call
  if (keeps.test(method)) return before
  const { tables, open, aggregates } = partsOf(args)
  const added = before.outer ? [] : tables
  if (restricts.test(method)) {
    const { ifNone } = before
    return { ...add(before, added), ifNone: method === 'order_by' && aggregates ? null : ifNone }
  }
  // A single row that the query yields without rows of its tables could be cut off.
  if (/^(?:limit|offset)$/.test(method))
    return { ...before, ifNone: before.ifNone === 'none' ? 'none' : null }
  if (method === 'group_by' && args.length > 0)
    return { ...before, ifNone: open || aggregates ? null : 'none' }
  if (method === 'select_from') return selectFrom(before, call)
  const isFull = keywords.has('full')
  if (method === 'join' && !isFull && !keywords.has('isouter')) return add(before, added)
  // The rows of the first table stay, whether the other table has rows or not.
  const keepsRows = before.named.length === 1 && !isFull
  if ((method === 'outerjoin' || method === 'join') && keepsRows) return { ...before, outer: true }
  const named = /^(?:with_only_columns|with_entities|from_statement)$/.test(method) ? [] : before.named
  return { ...before, named, drawsOn: [], ifNone: null }
}

function add(before: SelectSources, tables: readonly ObjectName[]): SelectSources {
  const isNew = ({ schema, name }: ObjectName): boolean =>
    !before.named.some((one) => one.schema === schema && one.name === name)
  const named = [...before.named, ...tables.filter(isNew)]
  return { ...before, named, drawsOn: [...before.drawsOn, ...tables] }
}

/** Evaluates `select_from(table)` and `select_from(table.join(other, …))`. */
function selectFrom(before: SelectSources, { args, keywords }: MethodCall): SelectSources {
  const joined = keywords.size === 0 ? args.map(joinedTables) : [null]
  const known = joined.filter((tables) => tables !== null)
  if (known.length === joined.length) return add(before, known.flat())
  return { ...before, drawsOn: [], outer: true }
}

/** Returns the tables of an inner join, or a single table; null if it's anything else. */
function joinedTables(term: Term): readonly ObjectName[] | null {
  const own = sourceName(term)
  if (own) return [own]
  if (term.kind !== 'made' || term.method !== 'join' || term.keywords.size > 0) return null
  const [left, right] = term.args
  const tables = [left, right].map((side) => (side ? joinedTables(side) : null))
  const known = tables.filter((one) => one !== null)
  return term.args.length <= 3 && known.length === 2 ? known.flat() : null
}

/** Returns what `count(…)` or `max(…)` yields for no rows; null for anything else. */
function resultOfAggregate(term: Term): EmptyResult | null {
  const inner = term.kind === 'made' && term.method === 'label' ? term.args[0] : term
  const name = inner?.kind === 'made' ? /\.func\.(\w+)$/.exec(inner.path)?.[1] : undefined
  if (name === 'count') return 'zero'
  return name !== undefined && /^(?:max|min|sum|avg)$/.test(name) ? 'null' : null
}

/** What the parts of a query refer to. */
interface Parts {
  readonly tables: ObjectName[]
  /** True if a part may refer to other tables, or turn all rows into one. */
  open: boolean
  /** True if a function may turn all rows into one. */
  aggregates: boolean
}

function partsOf(terms: readonly Term[]): Parts {
  const parts: Parts = { tables: [], open: false, aggregates: false }
  for (const term of terms) collect(term, parts)
  return parts
}

/** Functions of SQLAlchemy that are no functions of the database. */
const constructs =
  /^(?:expression|literal|cast|type_coerce|distinct|case|null|true|false|desc|asc|and_|or_|not_|bindparam|nulls_?first|nulls_?last)$/
/** Functions of the database that yield one row for each row that they get. */
const perRow = /\.func\.(?:coalesce|lower|upper|length|trim|now|replace|concat|substr|substring|date_trunc)$/
/** Methods of columns that yield one value for each row. */
const ofColumns =
  /^(?:label|cast|in_|not_in|notin_|is_|is_not|isnot|like|ilike|desc|asc|op|contains|between|startswith|endswith|as_\w+|any_|distinct|nulls_?first|nulls_?last)$/

function collect(term: Term, parts: Parts): void {
  const own = sourceName(term)
  if (own) parts.tables.push(own)
  else if (/^(?:none|str|int|bool|other|template)$/.test(term.kind)) return
  else if (term.kind === 'unknown' && term.plain) return
  else if (term.kind === 'items' && !term.spoiled && !isOpen(term))
    for (const item of term.items) collect(item, parts)
  else if (term.kind === 'made') collectMade(term, parts)
  else parts.open = true
}

function collectMade(term: Made, parts: Parts): void {
  const kind = classOf(term) ?? ''
  const isFunction = /\.func\.\w+$/.test(term.path)
  const isKnown =
    kind === 'construct' ? ofColumns.test(term.method ?? '') : isFunction || constructs.test(kind)
  // The columns of a subquery belong to other tables.
  if (!isKnown) parts.open ||= !isType(term)
  else for (const arg of [...term.args, ...term.keywords.values()]) collect(arg, parts)
  if (isFunction && !perRow.test(term.path)) parts.aggregates = true
}

/** Returns whether the term is a type, as in `sa.cast(column, sa.Integer())`. */
function isType({ path }: Made): boolean {
  return /^sqlalchemy\.(?:\w+\.)*[A-Z]\w*$/.test(path)
}

/** Returns the table that the term is, or whose column it is; null for anything else. */
function sourceName(term: Term): ObjectName | null {
  if (term.kind === 'class') return modelName(term)
  if (term.kind === 'made') return isTable(term) ? tableName(term) : null
  if (term.kind !== 'member') return null
  const { owner, name } = term
  if (owner.kind === 'class') {
    const isColumn = /^(?:Column|mapped_column)$/.test(classOf(owner.members.get(name) ?? owner) ?? '')
    return isColumn || name === '__table__' ? modelName(owner) : null
  }
  if (owner.kind === 'member' && /^(?:c|columns)$/.test(owner.name)) return sourceName(owner.owner)
  return null
}
