/** Models SQLAlchemy's Inspector and `dialect.has_table`. Gives an answer only if SQLAlchemy 1.4 and 2 agree on it. */
import type { CatalogConstraint, CatalogTable, Listed, LiveCatalog } from '../../core/history/live-catalog.ts'
import type { ObjectName } from '../../core/history/operation.ts'
import { type Call, spanOf } from '../interpreter/run.ts'
import { isSame } from '../interpreter/scope.ts'
import {
  type Dict,
  type Inspector,
  type Items,
  type Term,
  bool,
  list,
  none,
  stringOf,
  textTerm,
  unknown,
} from '../interpreter/values.ts'
import { type RecordingContext, catalogNow } from './recording.ts'

/** Evaluates `sa.inspect(bind)`. Unknown if `bind` may use another database or transaction. */
export function inspectorOf(subject: Term | undefined): Term {
  if (!isOwnConnection(subject)) return unknown
  return { kind: 'inspector', answers: new Map() }
}

/** Whether this connection sees the migration's own changes. */
export function isOwnConnection(term: Term | undefined): boolean {
  return term?.kind === 'bind' && !term.other && !term.apart
}

/** A question about one table, or about the whole schema if the table's name is empty. */
interface Question {
  readonly method: string
  readonly table: ObjectName
}

const aboutTables = new Set(['has_table', 'get_columns', 'get_indexes', 'get_foreign_keys', 'get_unique_constraints', 'get_pk_constraint', 'get_check_constraints', 'has_index']) // prettier-ignore
/** Whether this `dialect` method asks about a single table, as `has_table` does. */
export function asksAboutTable(name: string): boolean {
  return aboutTables.has(name)
}

const aboutSchemas = new Set(['get_table_names', 'has_schema', 'get_schema_names'])

/** Calls an Inspector method. Answers are cached, except for `has_table` in SQLAlchemy 1.4. */
export function askInspector(
  call: Call,
  inspector: Inspector,
  name: string,
  context: RecordingContext,
): Term {
  if (name === 'clear_cache') {
    inspector.answers.clear()
    return none
  }
  const question = questionOf(call, name)
  if (question === null) return unknown
  const answer = ask(question, call, context)
  const key = JSON.stringify([name, question.table.schema, question.table.name, stringOf(call.args[1])])
  const kept = inspector.answers.get(key)
  if (kept === undefined) {
    inspector.answers.set(key, { answer, certain: context.run.under === null })
    return answer
  }
  if (isAlike(kept.answer, answer)) return answer
  return kept.certain && name !== 'has_table' ? kept.answer : unknown
}

/** Evaluates `dialect.has_table(bind, 'name')` and similar calls. Their answers aren't cached. */
export function askDialect(call: Call, name: string, context: RecordingContext): Term {
  const [bind, ...args] = call.args
  if (!isOwnConnection(bind)) return unknown
  const question = questionOf({ ...call, args }, name)
  return question === null ? unknown : ask(question, call, context)
}

/** Returns the Inspector method's result for the table in the call. */
export function answerAbout(method: string, call: Call, context: RecordingContext): Term {
  const question = questionOf(call, method)
  return question ? ask(question, call, context) : unknown
}

/** Returns the table named in the call; null if its columns are unknown. */
export function tableAbout(call: Call, context: RecordingContext): CatalogTable | null {
  const question = questionOf(call, 'get_columns')
  if (question === null || ask(question, call, context).kind !== 'items') return null
  const found = catalogNow(context)?.resolve(question.table, 'table')
  return found && found !== 'absent' ? found.table : null
}

function questionOf({ args, keywords }: Call, method: string): Question | null {
  if (keywords.has('**')) return null
  if (aboutSchemas.has(method)) {
    const given = args[0] ?? keywords.get('schema') ?? keywords.get('schema_name') ?? none
    if (given.kind !== 'none' && given.kind !== 'str') return null
    return { method, table: { schema: stringOf(given), name: '' } }
  }
  if (!aboutTables.has(method)) return null
  const table = stringOf(args[0] ?? keywords.get('table_name'))
  const place = (method === 'has_index' ? args[2] : args[1]) ?? keywords.get('schema') ?? none
  if (table === null || (place.kind !== 'none' && place.kind !== 'str')) return null
  return { method, table: { schema: stringOf(place), name: table } }
}

function ask({ method, table }: Question, call: Call, context: RecordingContext): Term {
  const { asked } = context
  if (aboutSchemas.has(method)) asked.lists = true
  else asked.names.push(table)
  const catalog = catalogNow(context)
  if (catalog === null) return unknown
  switch (method) {
    case 'get_table_names':
      return namesOf(catalog.tableNames(table.schema))
    case 'get_schema_names':
      return catalog.schemaNames === null ? unknown : list(catalog.schemaNames.map(textTerm))
    case 'has_schema': {
      const known = table.schema === null ? null : catalog.hasSchema(table.schema)
      return known === null ? unknown : bool(known)
    }
    default:
      return askTable(method, table, catalog, call, context)
  }
}

function askTable(
  method: string,
  name: ObjectName,
  catalog: LiveCatalog,
  call: Call,
  context: RecordingContext,
): Term {
  const found = catalog.resolve(name, 'table')
  if (found === null) return unknown
  if (method === 'has_table') {
    if (found === 'absent') return bool(false)
    // In old SQLAlchemy releases, `has_table` also finds other kinds of relations.
    return found.kind === 'table' || found.kind === 'view' ? bool(true) : unknown
  }
  if (found === 'absent') return method === 'has_index' ? unknown : missing(name, catalog, call, context)
  return found.table ? partsOf(method, found.table, catalog, call) : unknown
}

/**
 * Answers a query about a missing table. SQLAlchemy normally raises an error, but some releases return an empty list
 * on SQLite.
 */
function missing(
  table: ObjectName,
  { dialect }: LiveCatalog,
  call: Call,
  { run, asked }: RecordingContext,
): Term {
  if (dialect === 'postgresql' && run.under === null && !run.silent && run.raised === null) {
    const message = table.schema === null ? table.name : `${table.schema}.${table.name}`
    run.raised = { error: { type: 'NoSuchTableError', message }, span: spanOf(run, call.node) }
    asked.missing = table
  }
  return unknown
}

function partsOf(method: string, table: CatalogTable, { dialect }: LiveCatalog, call: Call): Term {
  const { columns, indexes, constraints } = table
  // SQLite doesn't assign names to unnamed keys.
  const listed: Listed<CatalogConstraint> =
    dialect === 'postgresql' ? constraints : { known: constraints.known, perhaps: 'any' }
  switch (method) {
    case 'get_columns':
      if (columns === null) return unknown
      return list(
        columns.map(({ name, nullable }) =>
          record({ name: textTerm(name), nullable: nullable === null ? unknown : bool(nullable) }),
        ),
      )
    case 'get_indexes': {
      const keys = constraints.known.filter(({ kind }) => kind === 'primaryKey').map(({ name }) => name)
      const perhapsKeys = constraints.perhaps !== 'any' || dialect === 'sqlite' ? constraints.perhaps : 'any'
      const own = indexes.known.filter(({ name }) => !keys.includes(name))
      // Some SQLAlchemy releases omit indexes on expressions.
      const isPlain = own.every(({ columns: held }) => held !== null && !held.includes(null))
      const certain = own.filter(({ name }) => perhapsKeys !== 'any' || !/_pkey$|^pk_/i.test(name))
      const complete = isPlain && indexes.perhaps !== 'any' && certain.length === own.length
      return openList(
        certain
          .filter(({ columns: held }) => held !== null && !held.includes(null))
          .map(({ name, columns: held }) =>
            record({ name: textTerm(name), column_names: namesInOrder(held) }),
          ),
        complete ? [] : 'any',
      )
    }
    case 'has_index': {
      const name = stringOf(call.args[1] ?? call.keywords.get('index_name'))
      const held = indexes.known.find((one) => one.name === name)
      if (held)
        return held.columns?.includes(null) === false && !isKey(table, held.name) ? bool(true) : unknown
      return indexes.perhaps === 'any' || name === null ? unknown : bool(false)
    }
    case 'get_pk_constraint': {
      const keys = listed.known.filter(({ kind }) => kind === 'primaryKey')
      const [key] = keys
      if (key) return record({ name: textTerm(key.name), constrained_columns: namesOnly(key.columns) })
      return unknown
    }
    default:
      return constraintsOf(method, listed)
  }
}

function isKey({ constraints }: CatalogTable, index: string): boolean {
  return constraints.known.some(({ name, kind }) => kind === 'primaryKey' && name === index)
}

const kindsOf: Readonly<Record<string, readonly [kind: string, columns: string]>> = {
  get_foreign_keys: ['foreignKey', 'constrained_columns'],
  get_unique_constraints: ['unique', 'column_names'],
  get_check_constraints: ['check', ''],
}

function constraintsOf(method: string, { known, perhaps }: Listed<CatalogConstraint>): Term {
  const [kind, key] = kindsOf[method] ?? ['', '']
  const one = ({ name, columns, target, targetColumns }: CatalogConstraint): Dict =>
    record({
      name: textTerm(name),
      ...(key !== '' && { [key]: namesOnly(columns) }),
      ...(target !== undefined && { referred_table: textTerm(target) }),
      ...(targetColumns && { referred_columns: namesOnly(targetColumns) }),
    })
  const ofKind = (all: readonly CatalogConstraint[]): readonly CatalogConstraint[] =>
    all.filter((each) => each.kind === kind)
  return openList(ofKind(known).map(one), perhaps === 'any' ? 'any' : ofKind(perhaps).map(one))
}

/** Returns a dictionary that may contain other keys too. */
function record(parts: Readonly<Record<string, Term>>): Dict {
  const entries = new Map(
    Object.entries(parts).map(([name, value]) => [`str:${name}`, { key: textTerm(name), value }] as const),
  )
  return { kind: 'dict', entries, spoiled: false, open: true }
}

function openList(items: readonly Term[], perhaps: Items['perhaps']): Items {
  return { ...list(items), ...(perhaps && perhaps.length > 0 && { perhaps }) }
}

function namesInOrder(columns: readonly (string | null)[] | null): Term {
  return columns === null
    ? unknown
    : list(columns.map((column) => (column === null ? none : textTerm(column))))
}

/** Returns the names as a collection whose order is unknown. */
function namesOnly(columns: readonly string[] | null): Term {
  if (columns === null) return unknown
  return columns.length < 2 ? namesInOrder(columns) : { ...list(columns.map(textTerm), 'view') }
}

function namesOf(names: Listed<string> | null): Term {
  if (names === null) return unknown
  const { known, perhaps } = names
  return openList(known.map(textTerm), perhaps === 'any' ? 'any' : perhaps.map(textTerm))
}

/** Whether two answers are equal. A list or dictionary with uncertain contents equals only itself. */
function isAlike(one: Term, other: Term): boolean {
  if (one === other) return true
  if (one.kind === 'items' && other.kind === 'items') {
    if (one.spoiled || other.spoiled || one.perhaps || other.perhaps) return false
    return (
      one.items.length === other.items.length &&
      one.items.every((item, index) => isAlike(item, other.items[index] ?? unknown))
    )
  }
  if (one.kind === 'dict' && other.kind === 'dict') {
    if (one.spoiled || other.spoiled || one.entries.size !== other.entries.size) return false
    return [...one.entries].every(([key, { value }]) => isAlike(value, other.entries.get(key)?.value ?? none))
  }
  return isSame(one, other)
}
