/** Determines which tables a SQLAlchemy statement uses, such as `sa.select(t.c.a).where(t.c.b == 1)`. */
import { type Made, type Term, isOpen, itemsOfTerm } from '../interpreter/values.ts'
import { classOf } from './columns.ts'
import { type DeclaredTable, declaredTable, isTable, modelTable } from './models.ts'
import { isCommonFunction } from './sql/named-columns.ts'
import type { PlainQuery } from './sql/plain-query.ts'

/** What a statement uses. */
export interface ConstructNames {
  /** Every table that the statement may use, with all its declared columns. */
  readonly tables: readonly DeclaredTable[]
  /** Tables that a SELECT certainly names after FROM. */
  readonly from: readonly DeclaredTable[]
  /** True if the statement only reads rows. */
  readonly readOnly: boolean
}

/** Returns the names that a statement or a part of one may use; null if it may use others. */
export function namesOfConstruct(statement: Made): ConstructNames | null {
  const walk: Walk = { tables: new Map(), seen: new Set(), writes: false, selects: 0 }
  if (!visit(statement, walk)) return null
  const query = selectOf(statement)
  const direct =
    query && !query.methods.some((name) => replaces.test(name)) ? query.columns.flatMap(ownTable) : []
  return { tables: [...walk.tables.values()], from: direct, readOnly: query !== null && !walk.writes }
}

/** Returns the query if it has no rows whenever its tables have none, or counts rows; null for any other. */
export function plainQueryOf(statement: Made): PlainQuery | null {
  const walk: Walk = { tables: new Map(), seen: new Set(), writes: false, selects: 0 }
  const query = selectOf(statement)
  if (!query || !visit(statement, walk) || walk.writes || walk.selects > 1 || walk.tables.size === 0)
    return null
  const counts = query.columns.length === 1 && query.columns.every(isCount)
  const keeps = counts ? /^(?:where|filter|filter_by|select_from|select)$/ : keepsRows
  if (!query.methods.every((name) => keeps.test(name))) return null
  if (!counts && !query.columns.every((column) => ownTable(column).length > 0)) return null
  return { relations: [...walk.tables.values()], counts }
}

/** Methods that return no rows if the query has none. */
const keepsRows =
  /^(?:select|where|filter|filter_by|order_by|join|outerjoin|select_from|limit|offset|distinct|group_by|options|with_for_update|execution_options|all|first|one|one_or_none|scalar|scalars|count)$/
/** Methods that replace the columns of a query. */
const replaces = /^(?:with_only_columns|with_entities)$/

interface Select {
  /** What the query selects: columns, tables and functions. */
  readonly columns: readonly Term[]
  /** The methods called on the query, outermost first. */
  readonly methods: readonly string[]
}

/** Returns the SELECT at the root of a chain of method calls; null for any other statement. */
function selectOf(statement: Made): Select | null {
  const methods: string[] = []
  for (let at: Term | undefined = statement; at?.kind === 'made'; at = at.args[0]) {
    const kind = classOf(at)
    if (kind === 'select' || kind === 'query') {
      const columns = at.args.flatMap((one) => (one.kind === 'items' ? (itemsOfTerm(one) ?? [one]) : [one]))
      return { columns, methods }
    }
    if (kind !== 'construct' || at.method === undefined) return null
    methods.push(at.method)
    const [owner] = at.args
    if (at.method === 'select' && owner && isTable(owner)) return { columns: [owner], methods }
  }
  return null
}

function isCount(term: Term): boolean {
  return term.kind === 'made' && term.path.endsWith('.func.count')
}

/** Returns the table of a column, or the table itself; empty for anything else. */
function ownTable(term: Term): readonly DeclaredTable[] {
  const owner = term.kind === 'member' ? term.owner : term
  const subject = owner.kind === 'member' && /^(?:c|columns)$/.test(owner.name) ? owner.owner : owner
  const table =
    subject.kind === 'class' ? modelTable(subject) : isTable(subject) ? declaredTable(subject) : null
  return table ? [table] : []
}

interface Walk {
  readonly tables: Map<string, DeclaredTable>
  readonly seen: Set<Term>
  /** True if a part of the statement changes rows. */
  writes: boolean
  selects: number
}

/** Collects the tables that a term may use. Returns false if it may use others. */
function visit(term: Term, walk: Walk): boolean {
  if (walk.seen.has(term)) return true
  walk.seen.add(term)
  const all = (terms: Iterable<Term>): boolean => [...terms].every((one) => visit(one, walk))
  switch (term.kind) {
    case 'none':
    case 'str':
    case 'bool':
    case 'int':
    case 'other':
    case 'template':
    case 'rows':
      return true
    case 'unknown':
      return term.plain === true
    case 'items':
      return !term.spoiled && !isOpen(term) && all(term.items)
    case 'dict':
      return (
        !term.spoiled && !term.open && [...term.entries.values()].every((one) => all([one.key, one.value]))
      )
    case 'class':
      return use(modelTable(term), walk)
    case 'member':
      return visitMember(term, walk)
    case 'imported':
      return isPlainType(term.path)
    case 'made':
      return visitMade(term, walk)
    default:
      return false
  }
}

function use(table: DeclaredTable | null, { tables }: Walk): boolean {
  if (table) tables.set(`${table.schema ?? ''}\0${table.name}\0${table.columns.join()}`, table)
  return table !== null
}

function visitMember({ owner, name }: Extract<Term, { kind: 'member' }>, walk: Walk): boolean {
  if (owner.kind !== 'class') return (owner.kind === 'made' || owner.kind === 'member') && visit(owner, walk)
  const isColumn = /^(?:Column|mapped_column)$/.test(classOf(owner.members.get(name) ?? owner) ?? '')
  return (isColumn || name === '__table__') && visit(owner, walk)
}

/** Functions of SQLAlchemy that combine their arguments. */
const combines =
  /^(?:construct|expression|query|select|insert|update|delete|and_|or_|not_|null|true|false|case|exists|literal|bindparam|desc|asc|distinct|between|tuple_|alias|aliased|label|join|outerjoin|union|union_all|any_|all_|cast|type_coerce|values|load_only|noload|lazyload|raiseload|defer)$/
/** Methods whose arguments may be SQL text or the names of other objects. */
const takesText =
  /^(?:op|bool_op|collate|suffix_with|prefix_with|with_hint|with_statement_hint|from_statement|text|on_conflict_do_update)$/
/** Methods whose strings name columns. */
const takesNames = /^(?:select|order_by|group_by|with_entities|add_columns|distinct)$/

function visitMade(term: Made, walk: Walk): boolean {
  if (isTable(term)) return use(declaredTable(term), walk)
  const kind = classOf(term)
  if (kind === null) return false
  const isFunction = /\.func\.\w+$/.test(term.path)
  if (isFunction ? !isCommonFunction(kind) : !combines.test(kind) && !isPlainType(term.path)) return false
  const verb = kind === 'construct' ? (term.method ?? '') : isFunction ? '' : kind
  if (takesText.test(verb)) return false
  if (verb === 'on_conflict_do_nothing' && term.args.length + term.keywords.size > 1) return false
  if (/^(?:insert|update|delete)$/.test(verb)) walk.writes = true
  if (/^(?:select|query|exists)$/.test(verb)) walk.selects += 1
  const given = [...term.args, ...term.keywords.values(), ...(term.more ?? [])]
  const isText = (one: Term): boolean => (one.kind === 'str' && one.value !== '*') || one.kind === 'template'
  if (takesNames.test(verb) && given.some(isText)) return false
  return given.every((one) => visit(one, walk))
}

/** Returns whether this is a type that exists in every database. */
function isPlainType(path: string): boolean {
  return /^sqlalchemy\.(?:\w+\.)*(?:String|Text|Unicode|UnicodeText|Integer|BigInteger|SmallInteger|Boolean|Float|Numeric|DateTime|Date|Time|Interval|LargeBinary|JSON|JSONB|UUID|Uuid|TEXT|VARCHAR|CHAR|INTEGER|BIGINT|SMALLINT|BOOLEAN|FLOAT|NUMERIC|TIMESTAMP|DATE|BYTEA)$/.test(
    path,
  )
}
