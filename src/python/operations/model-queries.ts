/**
 * Follows the queries that SQLAlchemy builds, `select(table.c.id).where(…)` and `session.query(Model).filter(…)`, as
 * far as the tables that they read. A query is represented by a call whose arguments are these tables.
 */
import type { Span } from '../../core/history/migration-module.ts'
import type { DataStep, ObjectName } from '../../core/history/operation.ts'
import { type SyntaxNode, childNodes } from '../syntax/syntax-tree.ts'
import { evaluate } from '../interpreter/expressions.ts'
import { type Call, type Run, sourceOf } from '../interpreter/run.ts'
import type { Scope } from '../interpreter/scope.ts'
import {
  type ClassTerm,
  type Made,
  type Term,
  bool,
  none,
  stringOf,
  textTerm,
  truthOf,
} from '../interpreter/values.ts'
import { classOf } from './columns.ts'
import type { EmptyResult } from './sql/empty-result.ts'

const paths = { select: 'sqlalchemy.select', query: 'sqlalchemy.orm.Query' } as const

/** What the parts of a query refer to. */
interface Parts {
  readonly tables: Made[]
  /** True if a part may refer to other tables. */
  open: boolean
  /** True if a function may turn all rows into one. */
  aggregates: boolean
  /** The only selected function, if it's an aggregate; null if there is none or anything else is selected. */
  alone: string | null
}

/** Returns the query that a call of `select(…)` or `query(…)` begins. */
export function startQuery(call: Call, way: keyof typeof paths, run: Run): Made {
  const parts = partsOf(call.node.args, call.scope, run)
  const [only] = call.node.args
  return {
    kind: 'made',
    path: paths[way],
    args: parts.tables,
    keywords: flags({
      open: parts.open,
      aggregates: parts.aggregates,
      alone: call.node.args.length === 1 && only?.nodeType === 'Call' ? parts.alone : null,
      outer: false,
    }),
    source: sourceOf(run, call.node),
  }
}

/** Returns the term if it's a query; null otherwise. */
export function queryOf(term: Term): Made | null {
  return term.kind === 'made' && (term.path === paths.select || term.path === paths.query) ? term : null
}

/** Methods that only restrict or order the rows that the query draws from its tables. */
const restricts = /^(?:where|filter|order_by)$/
/** Methods that change neither the tables nor the number of rows, except to reduce it. */
const keeps =
  /^(?:filter_by|limit|offset|distinct|options|with_for_update|execution_options|yield_per|populate_existing|enable_eagerloads|params|autoflush|correlate)$/

/** Evaluates a method that returns a query; null for any other method, and for queries that can't be followed. */
export function continueQuery(owner: Made, name: string, call: Call, run: Run): Made | null {
  const state = stateOf(owner)
  const { tables, open } = partsOf(call.node.args, call.scope, run)
  const isFull = call.keywords.has('full')
  const having = (more: Partial<State>, added: readonly Made[] = []): Made => ({
    ...owner,
    args: [...owner.args, ...(state.outer ? [] : added)],
    keywords: new Map([...owner.keywords, ...flags({ ...state, ...more })]),
  })
  if (restricts.test(name)) return having({ open: state.open || open || state.outer }, tables)
  if (keeps.test(name)) return having({ open: true })
  if (name === 'join' && !isFull && !call.keywords.has('isouter')) return having({ open: true }, tables)
  // The rows of the first table stay, whether the other table has rows or not.
  const keepsRows = owner.args.length === 1 && !isFull
  if ((name === 'outerjoin' || name === 'join') && keepsRows) return having({ open: true, outer: true })
  if (name === 'select_from' && owner.args.length === 0 && !open && tables.length === 1)
    return having({}, tables)
  if (name === 'group_by' && call.node.args.length > 0)
    return having({ open: true, aggregates: false, alone: null })
  return null
}

interface State {
  /** True if the query may also read other tables or columns, which at most restricts its rows. */
  readonly open: boolean
  readonly aggregates: boolean
  readonly alone: string | null
  /** True after an outer join. */
  readonly outer: boolean
}

function flags({ open, aggregates, alone, outer }: State): ReadonlyMap<string, Term> {
  return new Map<string, Term>([
    ['open', bool(open)],
    ['aggregates', bool(aggregates)],
    ['alone', alone === null ? none : textTerm(alone)],
    ['outer', bool(outer)],
  ])
}

function stateOf({ keywords }: Made): State {
  const isSet = (name: string): boolean => {
    const flag = keywords.get(name)
    return flag === undefined || truthOf(flag) !== false
  }
  const alone = stringOf(keywords.get('alone'))
  return { open: isSet('open'), aggregates: isSet('aggregates'), alone, outer: isSet('outer') }
}

/** Returns the query's result if it's certain from empty tables alone; null otherwise. */
export function resultOfQuery(query: Made, isEmpty: (name: ObjectName) => boolean): EmptyResult | null {
  const { aggregates, alone } = stateOf(query)
  const names = query.args.flatMap((table) => nameOf(table) ?? [])
  if (!names.some(isEmpty)) return null
  if (!aggregates) return 'none'
  if (alone === 'count') return 'zero'
  return alone !== null && /^(?:max|min|sum|avg)$/.test(alone) ? 'null' : null
}

/** Returns the step that executes the query. */
export function stepOfQuery(query: Made, span: Span): DataStep {
  const needs = query.args.flatMap((table) => nameOf(table) ?? [])
  const isWhole = !stateOf(query).open && query.args.length === needs.length && needs.length > 0
  const columns = isWhole ? query.args.map(declaredIn) : [null]
  const known = columns.filter((each) => each !== null)
  return {
    kind: 'data',
    readOnly: true,
    ...(needs.length > 0 && { needs }),
    ...(known.length === columns.length && { columns: known.flat() }),
    span,
  }
}

/** Returns the columns of `sa.table(…)` or `sa.Table(…)`; null if any of them is unknown. */
function declaredIn(table: Term): readonly string[] | null {
  if (
    table.kind !== 'made' ||
    table.keywords.has('**') ||
    /\b(?:autoload|extend_existing)/.test(table.source)
  )
    return null
  const columns = table.args
    .slice(1)
    .filter((part) => !/^(?:MetaData|\w*Constraint|Index)$/.test(classOf(part) ?? ''))
  const names = columns.map((part) => (part.kind === 'made' ? stringOf(part.args[0]) : null))
  const known = names.filter((name) => name !== null)
  return known.length === names.length && known.length > 0 ? known : null
}

/** Returns the name of a table; null if unknown. */
function nameOf(table: Term): ObjectName | null {
  if (table.kind !== 'made') return null
  const name = stringOf(table.args[0] ?? table.keywords.get('name'))
  const given = table.keywords.get('schema')
  const schema = given === undefined || given.kind === 'none' ? null : stringOf(given)
  return name === null || (schema === null && given !== undefined && given.kind !== 'none')
    ? null
    : { schema, name }
}

function partsOf(nodes: readonly SyntaxNode[], scope: Scope, run: Run): Parts {
  const parts: Parts = { tables: [], open: false, aggregates: false, alone: null }
  for (const node of nodes) collect(node, parts, scope, run)
  return parts
}

/** Functions of SQLAlchemy that are no functions of the database. */
const constructs =
  /^sqlalchemy\.(?:\w+\.)*(?:literal|cast|type_coerce|distinct|case|null|true|false|desc|asc|and_|or_|not_|bindparam|nulls_?first|nulls_?last)$/
/** Functions of the database that yield one row for each row that they get. */
const perRow = /\.func\.(?:coalesce|lower|upper|length|trim|now|replace|concat|substr|substring|date_trunc)$/

function collect(node: SyntaxNode, parts: Parts, scope: Scope, run: Run): void {
  switch (node.nodeType) {
    case 'Constant':
      return
    case 'Name':
    case 'Attribute':
      return collectName(node, parts, scope, run)
    case 'Call':
      return collectCall(node, parts, scope, run)
    case 'List':
    case 'Tuple':
    case 'Compare':
    case 'BinOp':
    case 'UnaryOp':
    case 'BoolOp':
      for (const child of childNodes(node)) collect(child, parts, scope, run)
      return
    default:
      // Operators and contexts are nodes without children.
      if (childNodes(node).length > 0) Object.assign(parts, { open: true, aggregates: true })
  }
}

function collectName(node: SyntaxNode, parts: Parts, scope: Scope, run: Run): void {
  let root = node
  while (root.nodeType === 'Attribute') root = root.value
  const held = root.nodeType === 'Name' ? evaluate(root, scope, run) : null
  const table = held && tableOf(held)
  if (table) {
    parts.tables.push(table)
    if (held.kind === 'class' && node.nodeType === 'Attribute' && !isColumn(held, node.attr))
      Object.assign(parts, { open: true, aggregates: true })
    return
  }
  const isValue = held !== null && /^(?:str|int|bool|none|other|template)$/.test(held.kind)
  if (!isValue) Object.assign(parts, { open: true, aggregates: true })
}

function collectCall(
  node: Extract<SyntaxNode, { nodeType: 'Call' }>,
  parts: Parts,
  scope: Scope,
  run: Run,
): void {
  const { func } = node
  const args = [...node.args, ...node.keywords.map(({ value }) => value)]
  let root: SyntaxNode = func
  while (root.nodeType === 'Attribute') root = root.value
  const called = root.nodeType === 'Name' ? evaluate(func, scope, run) : null
  const path = called?.kind === 'imported' ? called.path : null
  if (path !== null && (constructs.test(path) || /\.func\.\w+$/.test(path))) {
    for (const arg of args) collect(arg, parts, scope, run)
    if (constructs.test(path) || perRow.test(path)) return
    parts.aggregates = true
    parts.alone = path.slice(path.lastIndexOf('.') + 1)
  } else if (func.nodeType === 'Attribute' && path === null) {
    // A method of a column, such as `label`, `in_` or `desc`.
    for (const arg of [func.value, ...args]) collect(arg, parts, scope, run)
    const isMethod =
      /^(?:label|cast|in_|not_in|notin_|is_|is_not|isnot|like|ilike|desc|asc|op|contains|between|startswith|endswith|astext|as_\w+|any_|distinct)$/
    if (!isMethod.test(func.attr)) Object.assign(parts, { open: true, aggregates: true })
  } else Object.assign(parts, { open: true, aggregates: true })
}

/** Returns whether the attribute is certainly a mapped column. */
function isColumn({ members }: ClassTerm, name: string): boolean {
  const held = members.get(name)
  return held?.kind === 'made' && /\.(?:Column|mapped_column)$/.test(held.path)
}

/** Returns the table that the term represents: `sa.table(…)`, or the table of a model in the same file. */
function tableOf(term: Term): Made | null {
  if (term.kind === 'made' && /^table$/i.test(classOf(term) ?? '')) return term
  if (term.kind !== 'class') return null
  const named = term.members.get('__tablename__')
  const placed = term.members.get('__table_args__')
  if (stringOf(named) === null || named === undefined) return null
  const options = placed?.kind === 'items' && !placed.spoiled ? placed.items.at(-1) : placed
  const schema =
    options?.kind === 'dict' && !options.spoiled ? options.entries.get('str:schema')?.value : undefined
  if (placed !== undefined && placed.kind !== 'items' && options?.kind !== 'dict') return null
  return {
    kind: 'made',
    path: 'model.table',
    args: [named],
    keywords: new Map(schema ? [['schema', schema]] : []),
    source: '',
  }
}
