/** Determines which tables are read by a SELECT built with SQLAlchemy. */
import type { ObjectName } from '../../../core/history/operation.ts'
import { type Made, type Term, isOpen, itemsOfTerm } from '../../interpreter/values.ts'
import { classOf } from '../columns.ts'
import { isColumnOf, isTable, modelName, tableName } from '../models.ts'
import { type EmptyResult, isPerRow, resultWithoutRows } from '../sql/empty-result.ts'

/** The tables that a SELECT reads, and its result if they have no rows. */
export interface SelectSources {
  /** Tables that are always in the FROM clause. */
  readonly named: readonly ObjectName[]
  /** If any of these tables is empty, the query finds no rows. */
  readonly drawsOn: readonly ObjectName[]
  /** True if there may be an outer join. In that case, tables used only in conditions aren't added to FROM. */
  readonly outer: boolean
  /** True if the query returns model objects. The session saves any changes made to them. */
  readonly models: boolean
  /** The result if no rows are found; null if unknown. */
  readonly ifNone: EmptyResult | null
}

/** Returns a SELECT's sources; null for other statements. */
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

/** Returns the query's result if it follows from a table being empty; null otherwise. */
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

/** Methods that only filter or sort rows. */
const restricts = /^(?:where|filter|order_by)$/
/** Methods that add neither tables nor rows. */
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
  // LIMIT or OFFSET could remove an aggregate's only row.
  if (/^(?:limit|offset)$/.test(method))
    return { ...before, ifNone: before.ifNone === 'none' ? 'none' : null }
  if (method === 'group_by' && args.length > 0)
    return { ...before, ifNone: open || aggregates ? null : 'none' }
  if (method === 'select_from') return selectFrom(before, call)
  const isFull = keywords.has('full')
  if (method === 'join' && !isFull && !keywords.has('isouter')) return add(before, added)
  // A left outer join keeps all rows of its first table.
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

function selectFrom(before: SelectSources, { args, keywords }: MethodCall): SelectSources {
  const joined = keywords.size === 0 ? args.map(joinedTables) : [null]
  const known = joined.filter((tables) => tables !== null)
  if (known.length === joined.length) return add(before, known.flat())
  return { ...before, drawsOn: [], outer: true }
}

/** Returns the tables of an inner join, or a single table; null for other terms. */
function joinedTables(term: Term): readonly ObjectName[] | null {
  const own = sourceName(term)
  if (own) return [own]
  if (term.kind !== 'made' || term.method !== 'join' || term.keywords.size > 0) return null
  const [left, right] = term.args
  const tables = [left, right].map((side) => (side ? joinedTables(side) : null))
  const known = tables.filter((one) => one !== null)
  return term.args.length <= 3 && known.length === 2 ? known.flat() : null
}

/** Returns an aggregate function's value if there are no rows; null for other terms. */
function resultOfAggregate(term: Term): EmptyResult | null {
  const inner = term.kind === 'made' && term.method === 'label' ? term.args[0] : term
  const name = inner?.kind === 'made' ? /\.func\.(\w+)$/.exec(inner.path)?.[1] : undefined
  return name === undefined ? null : resultWithoutRows(name)
}

/** Tables and functions in a query's expressions. */
interface Parts {
  readonly tables: ObjectName[]
  /** True if an expression may use other tables or combine all rows into one. */
  open: boolean
  /** True if a function may be an aggregate. */
  aggregates: boolean
}

function partsOf(terms: readonly Term[]): Parts {
  const parts: Parts = { tables: [], open: false, aggregates: false }
  for (const term of terms) collect(term, parts)
  return parts
}

/** SQLAlchemy functions that aren't database functions. */
const constructs =
  /^(?:expression|literal|cast|type_coerce|distinct|case|null|true|false|desc|asc|and_|or_|not_|bindparam|nulls_?first|nulls_?last)$/
/** Column methods that return one value per row. */
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
  const [, called] = /\.func\.(\w+)$/.exec(term.path) ?? []
  const isFunction = called !== undefined
  const isKnown =
    kind === 'construct' ? ofColumns.test(term.method ?? '') : isFunction || constructs.test(kind)
  // An unknown construct may use other tables.
  if (!isKnown) parts.open ||= !isType(term)
  else for (const arg of [...term.args, ...term.keywords.values()]) collect(arg, parts)
  if (isFunction && !isPerRow(called)) parts.aggregates = true
}

function isType({ path }: Made): boolean {
  return /^sqlalchemy\.(?:\w+\.)*[A-Z]\w*$/.test(path)
}

/** Returns the table behind a table term, model or column; null for other terms. */
function sourceName(term: Term): ObjectName | null {
  if (term.kind === 'class') return modelName(term)
  if (term.kind === 'made') return isTable(term) ? tableName(term) : null
  if (term.kind !== 'member') return null
  const { owner, name } = term
  if (owner.kind === 'class') return isColumnOf(owner, name) || name === '__table__' ? modelName(owner) : null
  if (owner.kind === 'member' && /^(?:c|columns)$/.test(owner.name)) return sourceName(owner.owner)
  return null
}
