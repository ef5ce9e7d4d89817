/** Converts `op` and batch directives to operations. Returns null if a relevant argument is unknown. */
import type { DialectName } from '../../core/dialect/dialect-name.ts'
import type { Span } from '../../core/history/migration-module.ts'
import type {
  Constant,
  AlterColumn,
  Column,
  ColumnType,
  Constraint,
  Index,
  ObjectName,
  Opaque,
  Operation,
  Partitioning,
  RowsWritten,
} from '../../core/history/operation.ts'
import {
  type ColumnFacts,
  columnOf,
  conditionOf,
  constraintOf,
  defaultOf,
  givenName,
  classOf,
  type IndexPart,
  indexColumns,
  indexParts,
  isOmitted,
  keyOptions,
} from './columns.ts'
import { declaredTable, isTable, tableName } from './models.ts'
import { flattened, typeFacts, type EnumType } from './column-types.ts'
import { spatialIndexName } from './libraries/library-types.ts'
import { quoteIdentifier } from '../../core/text/sql-quoting.ts'
import { partitioningOf } from './sql/partitions.ts'
import {
  flagOf,
  type Made,
  stringOf,
  stringsOf,
  type Term,
  itemsOfTerm,
  none,
} from '../interpreter/values.ts'

/** A call to an Alembic directive. */
export interface DirectiveCall {
  readonly name: string
  readonly args: readonly Term[]
  readonly keywords: ReadonlyMap<string, Term>
  /** The enclosing batch; null outside a batch. Its table is null if unknown. */
  readonly batch: { readonly table: ObjectName | null; readonly way: 'auto' | 'always' | 'other' } | null
  readonly dialect: DialectName | null
  /** Returns SQLAlchemy's major version; null or undefined if unknown. */
  readonly sqlalchemyMajor?: () => 1 | 2 | null
  readonly span: Span
}

/**
 * Positional parameters of each directive. Batches omit those in `batchDrops`. Names from before Alembic 1.0 follow a
 * `|`.
 */
const parameters: Readonly<Record<string, readonly string[]>> = {
  create_table: ['table_name'],
  drop_table: ['table_name'],
  rename_table: ['old_table_name', 'new_table_name'],
  add_column: ['table_name', 'column'],
  drop_column: ['table_name', 'column_name'],
  alter_column: ['table_name', 'column_name'],
  create_index: ['index_name|name', 'table_name|tablename', 'columns'],
  drop_index: ['index_name|name', 'table_name|tablename'],
  create_unique_constraint: ['constraint_name|name', 'table_name|source', 'columns|local_cols'],
  create_primary_key: ['constraint_name|name', 'table_name', 'columns|cols'],
  create_check_constraint: ['constraint_name|name', 'table_name|source', 'condition'],
  create_exclude_constraint: ['constraint_name', 'table_name'],
  create_foreign_key: [
    'constraint_name|name',
    'source_table|source',
    'referent_table|referent',
    'local_cols',
    'remote_cols',
  ],
  create_table_comment: ['table_name'],
  drop_table_comment: ['table_name'],
  drop_constraint: ['constraint_name|name', 'table_name|tablename', 'type_|type'],
}

const batchDrops = new Set(['table_name', 'table_name|tablename', 'table_name|source', 'source_table|source'])

/** Directives that affect neither rows nor table structure. */
const asides = new Set(['create_table_comment', 'drop_table_comment'])

/** Whether the directive has an effect. Some, such as `f` and `get_bind`, just return a value. */
export function isDirective(name: string): boolean {
  return directives.has(name)
}

const directives: ReadonlySet<string> = new Set([...Object.keys(parameters), ...asides, 'bulk_insert'])

type Given = (name: string) => Term | undefined

/** Each directive's parameters, with their aliases. */
const aliases: Readonly<Record<string, readonly (readonly string[])[]>> = Object.fromEntries(
  Object.entries(parameters).map(([name, each]) => [name, each.map((one) => one.split('|'))]),
)
const aliasesInBatch: typeof aliases = Object.fromEntries(
  Object.entries(parameters).map(([name, each]) => [
    name,
    each.filter((one) => !batchDrops.has(one)).map((one) => one.split('|')),
  ]),
)

/** Returns the steps of a directive call; null if unknown. */
export function operationsOfDirective(call: DirectiveCall): readonly Operation[] | null {
  const { name, span } = call
  if (asides.has(name)) {
    const commented = call.keywords.has('**') ? null : tableOfCall(call)
    return [{ kind: 'unrelated', what: 'comment', ...(commented && { needs: [commented] }), span }]
  }
  if (name === 'bulk_insert') {
    const writes = rowsInserted(call)
    if (writes === null) {
      const rows = call.args[1] ?? call.keywords.get('rows')
      if (rows && itemsOfTerm(rows)?.length === 0) return []
      const into = insertedInto(call)
      const declared = declaredTable(call.args[0] ?? call.keywords.get('table') ?? none)
      return [
        {
          kind: 'data',
          ...(declared && { mentions: [declared], columns: [] }),
          ...(into && { fills: [into] }),
          span,
        },
      ]
    }
    const rows = constantRows(call.args[1] ?? call.keywords.get('rows'), writes.columns)
    return [
      { kind: 'data', writes, columns: writes.columns, fills: [writes.table], ...(rows && { rows }), span },
    ]
  }
  const names = (call.batch === null ? aliases : aliasesInBatch)[name]
  if (names === undefined || call.keywords.has('**')) return null
  const given: Given = (key) => {
    const index = names.findIndex((each) => each.includes(key))
    const positional = index === -1 ? undefined : call.args[index]
    if (positional !== undefined || call.keywords.size === 0) return positional
    for (const alias of names[index] ?? [key]) {
      const term = call.keywords.get(alias)
      if (term !== undefined) return term
    }
    return undefined
  }
  const rest = call.args.slice(names.length)
  const schema = schemaOf(call.keywords.get('schema') ?? call.keywords.get('source_schema'))
  const table =
    call.batch === null ? tableOf(given('table_name') ?? given('source_table'), schema) : call.batch.table
  const steps = readDirective(call, given, rest, schema, table)
  const { batch } = call
  return batch === null || steps === null ? steps : steps.map((step) => ({ inBatch: batch.way, ...step }))
}

/**
 * Returns how a directive could change its unknown table (see `Opaque.alters`). Null if it could also drop or rename
 * tables.
 */
export function alteredBy({
  name,
  args,
  keywords,
  batch,
}: DirectiveCall): NonNullable<Opaque['alters']> | null {
  // A batch may copy its table, so any part of the table may change.
  if (keywords.has('**') || (batch !== null && batch.way !== 'auto')) return null
  switch (name) {
    case 'alter_column': {
      const type = keywords.get('type_')
      // SQLAlchemy may add CHECK constraints for Boolean and Enum columns.
      const plain =
        type === undefined || (type.kind === 'made' && !/^(?:Boolean|Enum)$/i.test(classOf(type) ?? 'Enum'))
      return plain && !keywords.has('new_column_name') && args.length <= 2 ? 'types' : 'tables'
    }
    case 'add_column':
    case 'drop_column':
      return 'tables'
    case 'create_table':
      return 'nothing'
    default:
      return /^(?:create|drop)_(?!table)/.test(name) ? 'constraints' : null
  }
}

/** Returns the directive's table, or the batch's; null if unknown. */
export function tableOfCall(call: DirectiveCall): ObjectName | null {
  if (call.batch !== null) return call.batch.table
  const index = parameters[call.name]?.findIndex((each) =>
    /^(?:table_name|source_table|old_table)/.test(each),
  )
  if (index === undefined || index === -1) return null
  const named = ['table_name', 'source_table', 'tablename', 'source', 'old_table_name']
  const keyword = named.map((name) => call.keywords.get(name)).find((term) => term !== undefined)
  return tableOf(call.args[index] ?? keyword, schemaOf(call.keywords.get('schema')))
}

/** Returns the table and columns of a `bulk_insert`; null if there are no rows to insert. */
function rowsInserted(call: DirectiveCall): RowsWritten | null {
  const { args, keywords } = call
  const into = args[0] ?? keywords.get('table')
  const rows = args[1] ?? keywords.get('rows')
  const [first] = rows === undefined ? [] : (itemsOfTerm(rows) ?? [])
  const table = insertedInto(call)
  if (into?.kind !== 'made' || table === null || first?.kind !== 'dict') return null
  const declared = into.args.flatMap((part) => (part.kind === 'made' ? (stringOf(part.args[0]) ?? []) : []))
  const columns = declared.filter((column) => first.entries.has(`str:${column}`))
  return { statement: 'insert', table, columns: first.spoiled ? [] : columns }
}

/** Returns the target table of a `bulk_insert`; null if unknown. */
function insertedInto({ args, keywords }: DirectiveCall): ObjectName | null {
  const into = args[0] ?? keywords.get('table')
  return into?.kind === 'made' && isTable(into) ? tableName(into) : null
}

/**
 * Returns the constants in each row of a `bulk_insert`, keyed by column; null if any row is unknown. Omits unknown
 * values.
 */
function constantRows(
  rows: Term | undefined,
  columns: readonly string[],
): readonly Readonly<Record<string, Constant>>[] | null {
  const items = rows === undefined ? null : itemsOfTerm(rows)
  const found = (items ?? []).flatMap((row) => {
    if (row.kind !== 'dict' || row.spoiled) return []
    const constants = columns.flatMap((column) => {
      const value = constantOf(row.entries.get(`str:${column}`)?.value)
      return value === undefined ? [] : [[column, value] as const]
    })
    return [Object.fromEntries(constants)]
  })
  return items !== null && found.length === items.length ? found : null
}

function constantOf(term: Term | undefined): Constant | undefined {
  if (term?.kind === 'none') return null
  if (term?.kind === 'bool') return term.value
  if (term?.kind === 'int') return Number(term.value)
  return term === undefined ? undefined : (stringOf(term) ?? undefined)
}

/** Returns the schema argument; undefined if its value is unknown. */
function schemaOf(term: Term | undefined): string | null | undefined {
  if (term === undefined || term.kind === 'none') return null
  return stringOf(term) ?? undefined
}

function tableOf(term: Term | undefined, schema: string | null | undefined): ObjectName | null {
  const name = stringOf(term)
  return name === null || schema === undefined ? null : { schema, name }
}

function readDirective(
  call: DirectiveCall,
  given: Given,
  rest: readonly Term[],
  schema: string | null | undefined,
  table: ObjectName | null,
): readonly Operation[] | null {
  const { span, keywords } = call
  if (call.name === 'rename_table') {
    const from = stringOf(given('old_table_name'))
    const to = stringOf(given('new_table_name'))
    if (from === null || to === null || schema === undefined) return null
    const renamed = { schema, name: to }
    return [{ kind: 'renameTable', table: { schema, name: from }, to: renamed, ifExists: false, span }]
  }
  if (call.name === 'drop_index') return dropIndex(call, given, schema, table)
  if (table === null) return null
  switch (call.name) {
    case 'create_table':
      return createTable(call, rest, table)
    case 'drop_table': {
      const present = flagOf(keywords.get('if_exists'), false)
      // `drop_table` with columns may also drop the columns' enum types, so give up.
      if (present === null || rest.length > 0) return null
      return [{ kind: 'dropTable', table, ifExists: present, cascade: false, span }]
    }
    case 'add_column':
      return addColumn(call, given('column'), table)
    case 'drop_column': {
      const column = columnName(given('column_name'))
      const present = flagOf(keywords.get('if_exists'), false)
      if (column === null || present === null) return null
      return [{ kind: 'dropColumn', table, column, ifExists: present, span }]
    }
    case 'alter_column':
      return alterColumn(call, given('column_name'), rest, table)
    case 'create_index':
      return createIndex(call, given, table)
    case 'drop_constraint': {
      const named = givenName(given('constraint_name'))
      const present = flagOf(keywords.get('if_exists'), false)
      const type = constraintTypes[stringOf(given('type_')) ?? ''] ?? null
      if (named === null || named.name === null || present === null) return null
      const { name, exact } = named
      return [{ kind: 'dropConstraint', table, name, exact, type, ifExists: present, span }]
    }
    default: {
      const constraint = addedConstraint(call, given)
      return constraint === null ? null : [{ kind: 'addConstraint', table, constraint, span }]
    }
  }
}

const constraintTypes: Readonly<Record<string, Constraint['kind']>> = {
  foreignkey: 'foreignKey',
  primary: 'primaryKey',
  unique: 'unique',
  check: 'check',
}

function columnName(term: Term | undefined): string | null {
  if (term?.kind === 'made' && classOf(term) === 'Column') return stringOf(term.args[0])
  return stringOf(term)
}

function createEnum(type: EnumType, span: Span): readonly Operation[] {
  if (type.created === null) {
    const reason = 'an enum type that only some SQLAlchemy versions create'
    return [{ kind: 'opaque', reason, source: type.enum.name, touches: [], types: [type.enum], span }]
  }
  if (!type.created) return []
  return [
    { kind: 'createEnum', enum: type.enum, values: type.values, ifNotExists: true, implied: true, span },
  ]
}

function createTable(
  call: DirectiveCall,
  rest: readonly Term[],
  table: ObjectName,
): readonly Operation[] | null {
  const missingOnly = flagOf(call.keywords.get('if_not_exists'), false)
  const prefixes = call.keywords.has('prefixes')
  // Another table's columns become part of this table.
  const isChild = call.keywords.has('postgresql_inherits') && call.dialect !== 'sqlite'
  if (missingOnly === null || prefixes || isChild) return null
  const steps: Operation[] = []
  const columns = []
  const counting = new Set<string>()
  const requested = new Set<string>()
  const constraints: Constraint[] = []
  const indexes = []
  for (const part of flattened(rest)) {
    if (part.kind !== 'made') return null
    const kind = classOf(part)
    // Alembic ignores a MetaData argument.
    if (kind === 'MetaData') continue
    if (kind === 'Column') {
      const facts = columnOf(part)
      if (facts === null) return null
      const types = facts.enum === null ? [] : createEnum(facts.enum, call.span)
      steps.push(...types)
      columns.push(facts.column)
      if (facts.counts) counting.add(facts.column.name)
      if (flagOf(part.keywords.get('autoincrement'), false) !== false) requested.add(facts.column.name)
      constraints.push(...facts.constraints)
      indexes.push(...facts.indexes, ...spatialIndex(call, facts, table))
    } else if (kind === 'Index') {
      const named = givenName(part.args[0])
      const unique = flagOf(part.keywords.get('unique'), false)
      const [, ...expressions] = part.args
      const listed = indexColumns({ kind: 'items', type: 'list', items: expressions, spoiled: false })
      if (named === null || unique === null || listed === null) return null
      indexes.push({ columns: listed, unique, concurrently: false, ...named })
    } else {
      const constraint = constraintOf(part)
      const omitted = isOmitted(part, call.dialect)
      if (constraint === null || omitted === null) return null
      if (!omitted) constraints.push(constraint)
    }
  }
  const keys = constraints.flatMap((each) => (each.kind === 'primaryKey' ? [each] : []))
  const key = [...new Set(keys.flatMap((each) => each.columns))]
  const [first] = keys
  const others = constraints.filter((each) => each.kind !== 'primaryKey')
  // In a composite key, only `autoincrement=True` makes a column SERIAL.
  const asked = key.length === 1 ? key : key.filter((column) => requested.has(column))
  const serial = asked.length === 1 && !others.some(isForeignKeyOf(key)) ? asked : []
  const named = keys.find((each) => each.name !== null) ?? first
  const merged = named === undefined ? others : [{ ...named, columns: key }, ...others]
  steps.push({
    kind: 'createTable',
    table,
    columns: columns
      .map(numbered(key, new Set(serial.filter((column) => counting.has(column)))))
      .map((column) =>
        // SQLite honors an explicit `nullable=True` on a key column, but PostgreSQL doesn't.
        key.includes(column.name) && !column.primaryKey
          ? { ...column, primaryKey: true, nullable: column.nullable === true ? null : column.nullable }
          : column,
      ),
    constraints: merged,
    indexes,
    ifNotExists: missingOnly,
    ...partitionedBy(call),
    ...(hasOptions(call) && { hasOptions: true as const }),
    span: call.span,
  })
  return steps
}

/** Returns the GiST index that GeoAlchemy adds to a spatial column (geoalchemy2/admin). */
function spatialIndex(
  { dialect }: DirectiveCall,
  { spatialIndex: isAdded, column: { name } }: ColumnFacts,
  table: ObjectName,
): readonly Index[] {
  // On SQLite, SpatiaLite's functions create it.
  if (!isAdded || dialect === 'sqlite') return []
  return [
    {
      name: spatialIndexName(table.name, name),
      exact: false,
      columns: [name],
      elements: [quoteIdentifier(name)],
      unique: false,
      concurrently: false,
      method: 'gist',
    },
  ]
}

function partitionedBy({ keywords, dialect }: DirectiveCall): { readonly partitioned?: Partitioning } {
  const given = keywords.get('postgresql_partition_by')
  if (given === undefined || given.kind === 'none' || dialect !== 'postgresql') return {}
  return { partitioned: given.kind === 'str' ? partitioningOf(given.value) : { by: '', columns: null } }
}

/** Whether PostgreSQL may reject the table's options, such as a missing tablespace. */
function hasOptions({ keywords, dialect }: DirectiveCall): boolean {
  const own = [...keywords.keys()].filter((key) => key.startsWith('postgresql_'))
  return dialect !== 'sqlite' && own.some((key) => key !== 'postgresql_partition_by')
}

/** Whether a constraint is a foreign key on a primary key column. */
function isForeignKeyOf(key: readonly string[]): (constraint: Constraint) => boolean {
  return (one) => one.kind === 'foreignKey' && one.columns.some((column) => key.includes(column))
}

/**
 * SQLAlchemy renders most integer primary keys as SERIAL on PostgreSQL. `counting` lists the columns that definitely
 * become SERIAL.
 */
function numbered(
  key: readonly string[],
  counting: ReadonlySet<string> = new Set(),
): (column: Column) => Column {
  return (column) => {
    const integer = /^(?:small|big)?int/.test(column.type.postgres ?? 'integer')
    const open = key.includes(column.name) && integer && column.serverDefault.kind === 'none'
    const serial = counting.has(column.name) && { serial: true as const }
    return open ? { ...column, serverDefault: { kind: 'unknown' }, ...serial } : column
  }
}

function addColumn(
  call: DirectiveCall,
  term: Term | undefined,
  table: ObjectName,
): readonly Operation[] | null {
  const { batch, keywords } = call
  const missingOnly = flagOf(keywords.get('if_not_exists'), false)
  if (missingOnly === null || term?.kind !== 'made' || classOf(term) !== 'Column') return null
  const facts = columnOf(term)
  if (facts === null) return null
  // Alembic rejects a position unless the batch copies the table.
  const isPlaced = keywords.has('insert_before') || keywords.has('insert_after')
  if (isPlaced && batch !== null && batch.way !== 'always') return null
  const needsCopy = batch === null ? null : hasExpressionAsDefault(term, facts.column)
  // Alembic omits the primary key unless `inline_primary_key` is set (alembic/operations/toimpl.py).
  const inline = flagOf(keywords.get('inline_primary_key'), false) === true
  // Before 0.11, GeoAlchemy added no index to columns of existing tables. SQLAlchemy 2 requires a later release.
  const isOpen = facts.spatialIndex && call.sqlalchemyMajor?.() === 1
  const indexes = [...facts.indexes, ...(isOpen ? [] : spatialIndex(call, facts, table))]
  const { primaryKey } = facts.column
  const defaulted = numbered([primaryKey ? facts.column.name : ''])(facts.column)
  const type = isOpen ? { ...defaulted.type, mayIndex: true as const } : defaulted.type
  const column = { ...defaulted, type, primaryKey: primaryKey && inline }
  const constraints = facts.constraints.filter((each) => inline || each.kind !== 'primaryKey')
  return [
    {
      kind: 'addColumn',
      table,
      column,
      constraints,
      indexes,
      ifNotExists: missingOnly,
      ...(needsCopy !== null && { needsCopy }),
      span: call.span,
    },
  ]
}

/**
 * Whether a batch copies the table to add the column (alembic/ddl/sqlite.py, `requires_recreate_in_batch`). Null if
 * unknown.
 */
function hasExpressionAsDefault({ keywords }: Made, { generated, serverDefault }: Column): boolean | null {
  const given = keywords.get('server_default')
  if (generated) return generated === 'unknown' ? null : generated === 'stored'
  if (given?.kind === 'made') return /\.(?:text|true|false|func\.\w+)$/.test(given.path) ? true : null
  return given?.kind === 'str' || serverDefault.kind === 'none' ? false : null
}

function typeOf(term: Term | undefined): ColumnType | null {
  if (term === undefined || term.kind === 'none') return null
  return typeFacts(term, term.kind === 'made' ? term.source : '').type
}

function alterColumn(
  call: DirectiveCall,
  named: Term | undefined,
  rest: readonly Term[],
  table: ObjectName,
): readonly Operation[] | null {
  const { keywords, span, batch, dialect } = call
  const column = stringOf(named)
  if (rest.length > 0) return null
  // On PostgreSQL, a call without changes executes no SQL, so the column's name doesn't matter.
  const isPlain = dialect === 'postgresql' && (batch === null || batch.way === 'auto')
  if (isPlain && named && keywords.size === 0)
    return [{ kind: 'unrelated', what: 'comment', needs: [], span }]
  if (column === null) return null
  const renamed = keywords.get('new_column_name') ?? keywords.get('name')
  const newName = renamed === undefined || renamed.kind === 'none' ? null : stringOf(renamed)
  if (newName === null && renamed !== undefined && renamed.kind !== 'none') return null
  const typeTerm = keywords.get('type_')
  const type = typeOf(typeTerm)
  const existingType = typeOf(keywords.get('existing_type'))
  const given = keywords.get('nullable')
  const nullable = given === undefined || given.kind === 'none' ? null : (flagOf(given, true) ?? 'unknown')
  const fallback = keywords.get('server_default')
  // To Alembic, `False` means "leave the default unchanged".
  const kept = fallback === undefined || (fallback.kind === 'bool' && !fallback.value)
  const step: AlterColumn = {
    kind: 'alterColumn',
    table,
    column,
    newName,
    type,
    nullable,
    serverDefault: kept ? null : defaultOf(fallback),
    ...(existingType === null ? {} : { existingType }),
    ...usingOf(keywords.get('postgresql_using')),
    span,
  }
  // On PostgreSQL, Alembic rejects `postgresql_using` without a type.
  if (step.using && type === null && dialect !== 'sqlite') return null
  const nothing = newName === null && type === null && nullable === null && step.serverDefault === null
  if (!nothing) return [step]
  // At most, the operation sets a comment.
  const needs = keywords.has('comment') ? [{ ...table, columns: [column] }] : []
  return [{ kind: 'unrelated', what: 'comment', needs, span }]
}

function usingOf(term: Term | undefined): Pick<AlterColumn, 'using' | 'conversion'> {
  if (term === undefined) return {}
  const conversion = stringOf(term)
  return { using: true, ...(conversion !== null && { conversion }) }
}

function createIndex(call: DirectiveCall, given: Given, table: ObjectName): readonly Operation[] | null {
  const named = givenName(given('index_name'))
  const parts = indexParts(given('columns'))
  const unique = flagOf(call.keywords.get('unique'), false)
  const missingOnly = flagOf(call.keywords.get('if_not_exists'), false)
  const concurrently = flagOf(call.keywords.get('postgresql_concurrently'), false)
  if (named === null || parts === null || unique === null || missingOnly === null) return null
  const index = {
    columns: parts.map(({ column }) => column),
    unique,
    concurrently: concurrently === true,
    ...named,
    ...conditionOfIndex(call),
    ...accessOf(call, parts),
    ...storageOf(call),
    ...(isPlainIndex(call, given('columns')) && { plain: true as const }),
  }
  return [{ kind: 'createIndex', table, index, ifNotExists: missingOnly, span: call.span }]
}

/** Keyword arguments that don't change how an index orders or stores its entries. */
const neutral = /^(?:index_name|table_name|columns|unique|schema|if_not_exists|postgresql_concurrently)$/

function isPlainIndex({ keywords }: DirectiveCall, columns: Term | undefined): boolean {
  const items = columns && itemsOfTerm(columns)
  return (
    items?.every(({ kind }) => kind === 'str') === true &&
    [...keywords.keys()].every((key) => neutral.test(key))
  )
}

function conditionOfIndex({ keywords, dialect }: DirectiveCall): Pick<Index, 'partial' | 'condition'> {
  const some = ['postgresql_where', 'sqlite_where'].some((key) => keywords.has(key))
  if (!some) return {}
  const term = keywords.get('postgresql_where')
  if (dialect === 'postgresql' && (term === undefined || term.kind === 'none')) return {}
  const condition = conditionOf(term)
  return { partial: true, ...(condition !== null && { condition }) }
}

/** Returns an index's access method, operator classes and elements. */
function accessOf(
  { keywords }: DirectiveCall,
  parts: readonly IndexPart[],
): Pick<Index, 'method' | 'hasClasses' | 'elements'> {
  const method = keywords.get('postgresql_using')
  const given = keywords.get('postgresql_ops')
  // Most indexes have no options, and computing the rest takes a while.
  if (!method && !given && parts.every(({ column }) => column !== null)) return {}
  const plain = method === undefined || method.kind === 'none'
  const named = plain ? 'btree' : (stringOf(method)?.toLowerCase() ?? null)
  const classes = given === undefined || given.kind === 'none' ? new Map<string, string>() : classesOf(given)
  const texts = parts.flatMap(({ column, text }) => {
    const operatorClass = column === null ? undefined : classes?.get(column)
    return text === null ? [] : [operatorClass === undefined ? text : `${text} ${operatorClass}`]
  })
  const columns = new Set(parts.map(({ column }) => column))
  const isKnown = classes !== null && [...classes.keys()].every((column) => columns.has(column))
  const isPlain = classes?.size === 0 && !columns.has(null) && named === 'btree'
  return {
    ...(named !== 'btree' && { method: named }),
    ...(classes?.size !== 0 && { hasClasses: true as const }),
    ...(!isPlain && isKnown && texts.length === parts.length && { elements: texts }),
  }
}

function classesOf(term: Term): ReadonlyMap<string, string> | null {
  if (term.kind !== 'dict' || term.spoiled) return null
  const found = [...term.entries].flatMap(([key, { value }]) => {
    const operatorClass = stringOf(value)
    return key.startsWith('str:') && operatorClass !== null ? [[key.slice(4), operatorClass] as const] : []
  })
  return found.length === term.entries.size ? new Map(found) : null
}

function storageOf({ keywords }: DirectiveCall): Partial<Pick<Index, 'included' | 'storage'>> {
  const included = stringsOf(keywords.get('postgresql_include'))
  const given = keywords.get('postgresql_with')
  const isGiven = given !== undefined || keywords.has('postgresql_tablespace')
  const storage = isGiven && (keywords.has('postgresql_tablespace') ? 'unknown' : numbersIn(given))
  return { ...(included && { included }), ...(storage && { storage }) }
}

/** Returns a dictionary's numbers, such as `{'m': 16}`; `unknown` if it has other values. */
function numbersIn(term: Term | undefined): Readonly<Record<string, number>> | 'unknown' {
  if (term?.kind !== 'dict' || term.spoiled) return 'unknown'
  const entries = [...term.entries].flatMap(([key, { value }]) => {
    const text = value.kind === 'int' ? String(value.value) : stringOf(value)
    return key.startsWith('str:') && /^\d{1,9}$/.test(text ?? '')
      ? [[key.slice(4), Number(text)] as const]
      : []
  })
  return entries.length === term.entries.size ? Object.fromEntries(entries) : 'unknown'
}

function dropIndex(
  call: DirectiveCall,
  given: Given,
  schema: string | null | undefined,
  table: ObjectName | null,
): readonly Operation[] | null {
  const named = givenName(given('index_name'))
  const present = flagOf(call.keywords.get('if_exists'), false)
  const concurrently = flagOf(call.keywords.get('postgresql_concurrently'), false)
  if (named === null || named.name === null || present === null || schema === undefined) return null
  return [
    {
      kind: 'dropIndex',
      index: { schema: table?.schema ?? schema, name: named.name },
      table,
      ifExists: present,
      concurrently: concurrently === true,
      exact: named.exact,
      span: call.span,
    },
  ]
}

function unchecked({ keywords }: DirectiveCall): { readonly notValid?: true } {
  return flagOf(keywords.get('postgresql_not_valid'), false) !== false ? { notValid: true } : {}
}

function addedConstraint(call: DirectiveCall, given: Given): Constraint | null {
  const named = givenName(given('constraint_name'))
  if (named === null) return null
  switch (call.name) {
    case 'create_unique_constraint':
    case 'create_primary_key': {
      const columns = stringsOf(given('columns'))
      const kind = call.name === 'create_primary_key' ? 'primaryKey' : 'unique'
      return columns === null ? null : { kind, columns, ...named, ...keyOptions(call.keywords) }
    }
    case 'create_foreign_key': {
      const target = stringOf(given('referent_table'))
      const columns = stringsOf(given('local_cols'))
      const targetColumns = stringsOf(given('remote_cols'))
      const schema = schemaOf(call.keywords.get('referent_schema'))
      if (target === null || columns === null || targetColumns === null || schema === undefined) return null
      const referred = { target: { schema, name: target }, targetColumns }
      return { kind: 'foreignKey', columns, ...referred, ...named, ...unchecked(call) }
    }
    case 'create_check_constraint':
      return { kind: 'check', text: conditionOf(given('condition')), ...unchecked(call), ...named }
    case 'create_exclude_constraint':
      return { kind: 'exclude', ...named }
    default:
      return null
  }
}
