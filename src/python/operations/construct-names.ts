/** Determines which tables a SQLAlchemy statement uses. */
import { type Made, type Term, isOpen } from '../interpreter/values.ts'
import { classOf } from './columns.ts'
import {
  type DeclaredTable,
  declaredTable,
  isColumnOf,
  isTable,
  modelColumn,
  modelKey,
  modelTable,
} from './models.ts'
import { isCommonFunction } from './sql/named-columns.ts'

/** A statement's tables, and whether it writes rows or calls functions. */
export interface ConstructNames {
  /**
   * Tables that the statement may use, with their columns; null if some are unknown. For uses such as `t.c.id`, lists
   * only the named columns.
   */
  readonly tables: readonly DeclaredTable[] | null
  /** Number of INSERT, UPDATE and DELETE constructs. */
  readonly writes: number
  /** True if the statement contains SQL text or calls functions that some servers lack. */
  readonly calls: boolean
}

/** Returns a statement's tables, and whether it writes rows or calls functions. */
export function namesOfConstruct(statement: Made): ConstructNames {
  const deleted = deletedModel(statement)
  const walk: Walk = { tables: new Map(), seen: new Set(), deleted, writes: 0, calls: false }
  const isKnown = visit(statement, walk)
  return { tables: isKnown ? [...walk.tables.values()] : null, writes: walk.writes, calls: walk.calls }
}

interface Walk {
  readonly tables: Map<string, DeclaredTable>
  readonly seen: Set<Term>
  /** The model whose rows are deleted; null for other statements. */
  readonly deleted: Term | null
  writes: number
  calls: boolean
}

/** Returns the model in `session.query(Model).filter(…).delete()` or `sa.delete(Model)`; null if there is none. */
function deletedModel(statement: Made): Term | null {
  if (statement.method !== 'delete' && classOf(statement) !== 'delete') return null
  let root: Term | undefined = statement.args[0]
  while (root?.kind === 'made' && root.method !== undefined) root = root.args[0]
  const [model, ...others] = root?.kind === 'made' && classOf(root) === 'query' ? root.args : [root]
  return model?.kind === 'class' && others.length === 0 ? model : null
}

/** Collects the tables that a term may use. Returns false if some are unknown. */
function visit(term: Term, walk: Walk): boolean {
  if (walk.seen.has(term)) return true
  walk.seen.add(term)
  const all = (terms: Iterable<Term>): boolean => [...terms].map((one) => visit(one, walk)).every(Boolean)
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
      return all(term.items) && !term.spoiled && !isOpen(term)
    case 'dict':
      return (
        all([...term.entries.values()].flatMap((one) => [one.key, one.value])) && !term.spoiled && !term.open
      )
    case 'class':
      return use(term === walk.deleted ? modelKey(term) : modelTable(term), walk)
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

/** A DELETE doesn't use any of the table's columns. */
function useRows(target: Term, walk: Walk): boolean {
  const table = declaredTable(target)
  return use(table && { ...table, columns: [] }, walk)
}

function visitMember({ owner, name }: Extract<Term, { kind: 'member' }>, walk: Walk): boolean {
  const named = namedColumn(owner, name)
  if (named !== undefined) return use(named, walk)
  const own = owner.kind === 'class' ? modelColumn(owner, name) : null
  if (own) return use(own, walk)
  if (owner.kind !== 'class') return (owner.kind === 'made' || owner.kind === 'member') && visit(owner, walk)
  return (isColumnOf(owner, name) || name === '__table__') && visit(owner, walk)
}

/**
 * Returns the table of `table.c.name` with only that column; null if it may have no such column. Undefined for other
 * attributes.
 */
function namedColumn(owner: Term, name: string): DeclaredTable | null | undefined {
  if (owner.kind !== 'member' || !/^(?:c|columns)$/.test(owner.name) || !isTable(owner.owner))
    return undefined
  const table = declaredTable(owner.owner)
  return table?.columns.includes(name) ? { ...table, columns: [name] } : null
}

/** SQLAlchemy functions that use only the tables in their arguments. */
const combines =
  /^(?:construct|expression|query|select|insert|update|delete|and_|or_|not_|null|true|false|case|exists|literal|bindparam|desc|asc|distinct|between|tuple_|alias|aliased|label|join|outerjoin|union|union_all|any_|all_|cast|type_coerce|values|load_only|noload|lazyload|raiseload|defer)$/
/** Methods that accept SQL text or object names. */
const takesText =
  /^(?:op|bool_op|collate|suffix_with|prefix_with|with_hint|with_statement_hint|from_statement|text|on_conflict_do_update)$/
/** Methods that accept column names as strings. */
const takesNames = /^(?:select|order_by|group_by|with_entities|add_columns|distinct)$/

function visitMade(term: Made, walk: Walk): boolean {
  if (isTable(term)) return use(declaredTable(term), walk)
  const kind = classOf(term) ?? ''
  const isFunction = /\.func\.\w+$/.test(term.path)
  const verb = kind === 'construct' ? (term.method ?? '') : isFunction ? '' : kind
  if (/^(?:insert|update|delete)$/.test(verb)) walk.writes += 1
  if (isFunction ? !isCommonFunction(kind) : /^(?:text|literal_column)$/.test(verb)) walk.calls = true
  const given = [...term.args, ...term.keywords.values(), ...(term.more ?? [])]
  const [target] = term.args
  const parts = given.map((one) =>
    one === target && kind === 'delete' && isTable(one) ? useRows(one, walk) : visit(one, walk),
  )
  const isText = (one: Term): boolean => (one.kind === 'str' && one.value !== '*') || one.kind === 'template'
  if (isFunction ? !isCommonFunction(kind) : !combines.test(kind) && !isPlainType(term.path)) return false
  if (takesText.test(verb)) return false
  if (takesNames.test(verb) && given.some(isText) && !sortsByColumns(term, verb)) return false
  if (verb === 'on_conflict_do_nothing' && term.args.length + term.keywords.size > 1) return false
  return parts.every(Boolean)
}

/** Whether the strings in `order_by('name')` or `group_by('name')` are all columns of the SELECT. */
function sortsByColumns({ args: [owner, ...names] }: Made, verb: string): boolean {
  const columns = owner && /^(?:order|group)_by$/.test(verb) ? columnsSelected(owner) : []
  return names.every((one) => one.kind !== 'template' && (one.kind !== 'str' || columns.includes(one.value)))
}

/** Returns the columns of a SELECT that selects whole tables. */
function columnsSelected(statement: Term): readonly string[] {
  if (statement.kind !== 'made') return []
  const isSelect = /^(?:select|query)$/.test(classOf(statement) ?? '') || statement.method === 'select'
  if (isSelect)
    return statement.args.flatMap((one) => (isTable(one) ? (declaredTable(one)?.columns ?? []) : []))
  const [owner] = statement.args
  const keeps = /^(?:where|filter|order_by|group_by|limit|offset)$/.test(statement.method ?? '')
  return owner && keeps ? columnsSelected(owner) : []
}

/** Whether the path names a built-in SQLAlchemy type. */
function isPlainType(path: string): boolean {
  return /^sqlalchemy\.(?:\w+\.)*(?:String|Text|Unicode|UnicodeText|Integer|BigInteger|SmallInteger|Boolean|Float|Numeric|DateTime|Date|Time|Interval|LargeBinary|JSON|JSONB|UUID|Uuid|TEXT|VARCHAR|CHAR|INTEGER|BIGINT|SMALLINT|BOOLEAN|FLOAT|NUMERIC|TIMESTAMP|DATE|BYTEA)$/.test(
    path,
  )
}
