/** Answers catalog queries from the known schema. */
import { isKeyword } from '../../../../core/expressions/parse-expression.ts'
import type {
  CatalogConstraint,
  CatalogRelation,
  CatalogTable,
  Listed,
  LiveCatalog,
  ObjectName,
} from '../../../../core/history/live-catalog.ts'
import {
  type Items,
  type Rows,
  type Term,
  bool,
  int,
  list,
  none,
  textTerm,
  unknown,
} from '../../../interpreter/values.ts'
import { type CatalogRow, withKeyColumns } from './catalog-joins.ts'
import type {
  CatalogQuery,
  QueryCondition,
  QueryItem,
  QueryValue,
  RelationQuery,
  SchemaQuery,
} from './catalog-query.ts'
import { cursorOf, atEnd, readObjectName, tokensOfSql } from '../tokens.ts'

/** Maps each catalog table or view to its lookup columns. */
const keys: Readonly<Record<string, readonly string[]>> = {
  'information_schema.tables': ['table_name'],
  'information_schema.columns': ['table_name'],
  'information_schema.table_constraints': ['table_name', 'constraint_name'],
  'information_schema.schemata': ['schema_name'],
  pg_indexes: ['indexname', 'tablename'],
  pg_index: ['indexrelid', 'relname'],
  pg_tables: ['tablename'],
  pg_views: ['viewname'],
  pg_class: ['relname'],
  pg_constraint: ['conrelid', 'relname', 'confrelid', 'conname'],
  pg_type: ['typname'],
  pg_enum: ['typname', 'enumtypid'],
  pg_namespace: ['nspname'],
  sqlite_master: ['name', 'tbl_name'],
  sqlite_schema: ['name', 'tbl_name'],
  pragma_table_info: ['table_name'],
}

/** Returns the names that the query looks up; null if unsupported. */
export function namesAsked(query: CatalogQuery | RelationQuery | SchemaQuery): readonly ObjectName[] | null {
  if (query.gives === 'schema') return []
  if (!('where' in query)) return [namedBy(query.name)].filter((name) => name !== null)
  const columns = keys[query.from]
  if (columns === undefined) return null
  return query.where.flatMap(({ column, values }) =>
    columns.includes(column ?? '') ? values.flatMap((value) => nameOf(value) ?? []) : [],
  )
}

function nameOf(value: QueryValue): ObjectName | null {
  if (value.kind === 'text') return { schema: null, name: value.text }
  return value.kind === 'named' ? namedBy(value.name) : null
}

/** Returns the name in a cast such as `'public."Users"'::regclass`. */
function namedBy(written: string): ObjectName | null {
  const cursor = cursorOf(tokensOfSql(written) ?? [], written)
  const name = readObjectName(cursor)
  return name !== null && atEnd(cursor) ? name : null
}

/** Returns the query's result; null if unknown. */
export function answerQuery(
  query: CatalogQuery | RelationQuery | SchemaQuery,
  catalog: LiveCatalog,
): Rows | null {
  if (query.gives === 'schema') return answerSchema(query, catalog)
  if (!('where' in query)) return answerRelation(query, catalog)
  const found = rowsOf(query, catalog)
  if (found === null) return null
  const known: CatalogRow[] = []
  let isOpen = found.perhaps === 'any' || found.perhaps.length > 0
  for (const row of found.known.flatMap((one) => withKeyColumns(one, query.keys))) {
    const fits = query.where.map((one) => holds(one, row, catalog))
    if (fits.includes(false)) continue
    if (fits.includes(null) || !row.sure) isOpen = true
    else known.push(row)
  }
  const many = known.length > 0
  if (query.gives === 'exists') {
    return result([[many ? bool(true) : isOpen ? unknown : bool(false)]], [query.label], false)
  }
  if (query.gives === 'count') {
    const counted: Term = isOpen ? { ...unknown, ...(many && { truth: true }) } : int(known.length)
    return result([[counted]], [query.label], false)
  }
  const { items } = query
  const labels =
    items === '*' ? Object.keys(Object.fromEntries(known[0]?.columns ?? [])) : items.map(({ label }) => label)
  const rows = known.map((row) =>
    items === '*' ? labels.map((column) => valueIn(row, column)) : items.map((item) => itemIn(row, item)),
  )
  return result(rows, labels, isOpen || (query.limited && rows.length > 1), items === '*')
}

function answerRelation({ name, gives, label }: RelationQuery, catalog: LiveCatalog): Rows | null {
  const named = namedBy(name)
  const found = named && catalog.resolve(named, 'index')
  if (found === null) return null
  const isThere = found !== 'absent'
  const value: Term =
    gives === 'present'
      ? bool(isThere)
      : gives === 'absent'
        ? bool(!isThere)
        : isThere
          ? { ...unknown, truth: true }
          : none
  return result([[value]], [label ?? 'to_regclass'], false)
}

function answerSchema({ label }: SchemaQuery, { defaultSchema, dialect }: LiveCatalog): Rows | null {
  if (defaultSchema === undefined || dialect !== 'postgresql') return null
  const schema = defaultSchema === null ? none : textTerm(defaultSchema)
  return result([[schema]], [label ?? 'current_schema'], false)
}

function result(
  rows: readonly (readonly Term[])[],
  names: readonly (string | null)[],
  open: boolean,
  loose = false,
): Rows {
  const items: Items = {
    ...list(
      rows.map((row): Items => ({ ...list(row, 'tuple'), names, ...(loose && { perhaps: 'any' as const }) })),
      'list',
    ),
    ...(open && { perhaps: 'any' as const }),
  }
  return { kind: 'rows', items }
}

function valueIn({ columns }: CatalogRow, column: string | null): Term {
  const value = columns.get(column ?? '')
  if (typeof value === 'boolean') return bool(value)
  return value === undefined || value === null ? unknown : textTerm(value)
}

function itemIn(row: CatalogRow, item: QueryItem): Term {
  if (item.kind === 'number') return int(item.value)
  return item.kind === 'column' ? valueIn(row, item.column) : unknown
}

/** Whether a catalog row satisfies the condition; null if unknown. */
function holds(
  { column, values }: QueryCondition,
  { columns }: CatalogRow,
  catalog: LiveCatalog,
): boolean | null {
  const held = column === null ? null : columns.get(column)
  if (typeof held !== 'string') return null
  const equal = values.map((value) => {
    switch (value.kind) {
      case 'text':
        return catalog.dialect === 'sqlite' && column === 'table_name'
          ? value.text.toLowerCase() === held.toLowerCase()
          : value.text === held
      case 'currentSchema':
        return catalog.defaultSchema === undefined ? null : catalog.defaultSchema === held
      case 'named': {
        const name = namedBy(value.name)
        if (name === null || (name.schema !== null && name.schema !== columns.get('table_schema')))
          return null
        return name.name === held
      }
      default:
        return null
    }
  })
  return equal.includes(true) ? true : equal.includes(null) ? null : false
}

/** Returns the catalog rows for the names in the query. */
function rowsOf({ from, where }: CatalogQuery, catalog: LiveCatalog): Listed<CatalogRow> | null {
  const columns = keys[from]
  const isSqlite = from.startsWith('sqlite_') || from.startsWith('pragma_')
  if (columns === undefined || isSqlite !== (catalog.dialect === 'sqlite')) return null
  const key = columns.find((column) =>
    where.some(
      (one) => one.column === column && one.values.length > 0 && one.values.every((value) => nameOf(value)),
    ),
  )
  const condition = where.find(({ column }) => column === key)
  if (key === undefined || condition === undefined) return null
  const values = new Map(condition.values.map((value) => [nameOf(value)?.name ?? '', value]))
  const all = [...values].map(([name, value]) => rowsNamed(from, key, name, value, catalog))
  if (all.includes(null)) return null
  const lists = all.filter((one) => one !== null)
  const isOpen = lists.some(({ perhaps }) => perhaps.length > 0) || isBeyond(from, where)
  return { known: lists.flatMap((one) => one.known), perhaps: isOpen ? 'any' : [] }
}

/** Whether the query asks for rows that snapshots don't contain, such as the rows for SQLite triggers. */
function isBeyond(from: string, where: readonly QueryCondition[]): boolean {
  const texts = (column: string): readonly string[] =>
    where.flatMap((one) =>
      one.column === column ? one.values.map((value) => (value.kind === 'text' ? value.text : '')) : [],
    )
  if (from === 'sqlite_master' || from === 'sqlite_schema') {
    const types = texts('type')
    return types.length === 0 || types.some((type) => !['table', 'index', 'view'].includes(type))
  }
  if (from !== 'information_schema.table_constraints') return false
  const types = texts('constraint_type')
  return (
    texts('constraint_name').length === 0 &&
    (types.length === 0 || types.some((type) => !/^[PUF]/.test(type)))
  )
}

const constraintTypes: Readonly<Record<string, readonly [letter: string, words: string]>> = {
  primaryKey: ['p', 'PRIMARY KEY'],
  unique: ['u', 'UNIQUE'],
  foreignKey: ['f', 'FOREIGN KEY'],
  check: ['c', 'CHECK'],
  exclude: ['x', ''],
}

type CatalogColumns = Readonly<Record<string, string | boolean | null>>

function rowsNamed(
  from: string,
  key: string,
  name: string,
  value: QueryValue,
  catalog: LiveCatalog,
): Listed<CatalogRow> | null {
  const row = (columns: CatalogColumns, sure = true): CatalogRow => ({
    columns: new Map(Object.entries(columns)),
    sure,
  })
  const mapped = (found: Listed<CatalogRelation>, each: (one: CatalogRelation) => readonly CatalogRow[]) => ({
    known: found.known.flatMap(each),
    perhaps: found.perhaps === 'any' ? ('any' as const) : [],
  })
  const tables = (): Listed<CatalogRelation> => catalog.named(name, 'table')
  const real = ({ kind }: CatalogRelation): boolean => kind === 'table' || kind === 'view'
  const seen = ({ owned }: CatalogRelation): boolean => owned === true
  switch (from) {
    case 'information_schema.tables':
      return mapped(tables(), (one) =>
        real(one)
          ? [
              row(
                {
                  table_schema: one.schema,
                  table_name: one.name,
                  table_type: one.kind === 'table' ? 'BASE TABLE' : 'VIEW',
                },
                seen(one),
              ),
            ]
          : [],
      )
    case 'pg_tables':
      return mapped(tables(), (one) =>
        one.kind === 'table' ? [row({ schemaname: one.schema, tablename: one.name })] : [],
      )
    case 'pg_views':
      return null
    case 'pg_class': {
      const found = catalog.named(name, 'index')
      const others = tables()
      const rows = [...found.known, ...others.known].map((one) =>
        row({ relname: one.name, nspname: one.schema }),
      )
      return { known: rows, perhaps: found.perhaps === 'any' || others.perhaps === 'any' ? 'any' : [] }
    }
    case 'information_schema.columns':
    case 'pragma_table_info':
      return parts(tables(), (one, table) =>
        table.columns === null
          ? null
          : {
              known: table.columns.map((column) =>
                row(
                  {
                    table_schema: one.schema,
                    table_name: one.name,
                    column_name: column.name,
                    name: column.name,
                    is_nullable: column.nullable === null ? null : column.nullable ? 'YES' : 'NO',
                  },
                  from === 'pragma_table_info' || seen(one),
                ),
              ),
              perhaps: [],
            },
      )
    case 'information_schema.table_constraints':
    case 'pg_constraint': {
      if (key === 'conname' || key === 'constraint_name') {
        const found = catalog.constraintsNamed(name)
        const known = found.known.map(({ table, owned, constraint }) =>
          constraintRow(from, table, owned, constraint, catalog),
        )
        return { known, perhaps: found.perhaps === 'any' ? 'any' : [] }
      }
      if (key === 'confrelid') return value.kind === 'named' ? rowsReferringTo(value, catalog) : null
      const named = value.kind === 'named' ? resolved(value, catalog, 'table') : tables()
      return (
        named &&
        parts(named, (one, { constraints: { known, perhaps } }) => ({
          known: known.map((own) => constraintRow(from, one, one.owned, own, catalog)),
          perhaps: perhaps === 'any' || perhaps.length > 0 ? 'any' : [],
        }))
      )
    }
    case 'pg_indexes': {
      const index = (schemaname: string | null, tablename: string | null, indexname: string): CatalogRow =>
        row({ schemaname, tablename, indexname })
      if (key === 'indexname') {
        return mapped(catalog.named(name, 'index'), (one) => [index(one.schema, one.owner, one.name)])
      }
      return parts(tables(), (one, { indexes: { known, perhaps } }) => ({
        known: known.map((each) => index(one.schema, one.name, each.name)),
        perhaps: perhaps === 'any' ? 'any' : [],
      }))
    }
    case 'pg_index': {
      const found =
        key === 'relname'
          ? catalog.named(name, 'index')
          : value.kind === 'named'
            ? resolved(value, catalog, 'index')
            : null
      return (
        found &&
        mapped(found, (one) =>
          one.kind === 'index'
            ? [
                row({
                  table_schema: one.schema,
                  nspname: one.schema,
                  indexrelid: one.name,
                  relname: one.name,
                  indisvalid: !one.invalid,
                }),
              ]
            : [],
        )
      )
    }
    case 'sqlite_master':
    case 'sqlite_schema': {
      if (key !== 'name') return null
      const found = catalog.named(name, 'index')
      const others = tables()
      // Strings in catalog queries are case-sensitive.
      const rows = [...found.known, ...others.known].map((one) =>
        row({ name: one.name, type: one.kind, tbl_name: one.kind === 'index' ? one.owner : one.name }),
      )
      return { known: rows, perhaps: found.perhaps === 'any' || others.perhaps === 'any' ? 'any' : [] }
    }
    case 'pg_type': {
      const types = catalog.typesNamed(name)
      const others = tables()
      if (types === null || others.perhaps === 'any') return null
      const ofTables = others.known.filter(real)
      return {
        known: [...types, ...ofTables].map((one) =>
          row({
            typname: one.name,
            nspname: one.schema,
            typtype: 'labels' in one ? (one.labels ? 'e' : null) : 'c',
          }),
        ),
        perhaps: [],
      }
    }
    case 'pg_enum': {
      const types = catalog.typesNamed(name)
      const [type, ...more] = types ?? []
      if (types === null || more.length > 0 || (type && type.labels === null)) return null
      const known = (type?.labels ?? []).map((enumlabel) =>
        row({ typname: name, enumtypid: name, enumlabel }),
      )
      return { known, perhaps: [] }
    }
    case 'information_schema.schemata':
    case 'pg_namespace': {
      const there = catalog.hasSchema(name)
      if (there === null) return null
      const sure = from === 'pg_namespace'
      return { known: there ? [row({ nspname: name, schema_name: name }, sure)] : [], perhaps: [] }
    }
    default:
      return null
  }
}

function constraintRow(
  from: string,
  table: ObjectName,
  owned: boolean | null,
  own: CatalogConstraint,
  catalog: LiveCatalog,
): CatalogRow {
  const [letter, words] = constraintTypes[own.kind] ?? [null, null]
  const columns: CatalogColumns = {
    table_schema: table.schema,
    nspname: table.schema,
    table_name: table.name,
    conrelid: table.name,
    'conrelid::regclass': printed(table, catalog),
    relname: table.name,
    constraint_name: own.name,
    conname: own.name,
    contype: letter,
    constraint_type: words,
    cardinality: own.columns && String(own.columns.length),
  }
  const sure = from === 'pg_constraint' || owned === true
  return { columns: new Map(Object.entries(columns)), sure, keys: keysOf(own) }
}

/** Returns the `pg_constraint` rows of foreign keys that reference the table. */
function rowsReferringTo(
  value: Extract<QueryValue, { kind: 'named' }>,
  catalog: LiveCatalog,
): Listed<CatalogRow> | null {
  const found = resolved(value, catalog, 'table')
  const [target] = found?.known ?? []
  if (!found || !target) return found && { known: [], perhaps: [] }
  const { known, perhaps } = catalog.keysTo(target)
  const rows = known.map(({ table, key }) => ({
    columns: new Map(
      Object.entries({
        // Schema of the referenced table.
        table_schema: target.schema,
        confrelid: target.name,
        'confrelid::regclass': printed(target, catalog),
        'conrelid::regclass': printed(table, catalog),
        conname: key.name,
        contype: 'f',
        cardinality: key.columns && String(key.columns.length),
      }),
    ),
    sure: true,
    keys: keysOf(key),
  }))
  return { known: rows, perhaps: perhaps === 'any' || perhaps.length > 0 ? 'any' : [] }
}

function keysOf({ kind, columns, targetColumns }: CatalogConstraint): NonNullable<CatalogRow['keys']> {
  return { conrelid: columns, confrelid: kind === 'foreignKey' ? (targetColumns ?? null) : [] }
}

/** Returns the name as `oid::regclass::text` prints it; null if unknown. */
function printed({ schema, name }: ObjectName, { defaultSchema }: LiveCatalog): string | null {
  const isPlain = /^[a-z_][a-z0-9_]*$/.test(name) && !isKeyword(name)
  return isPlain && schema !== null && schema === defaultSchema ? name : null
}

/**
 * Resolves `'t'::regclass` or `to_regclass('t')`. For a missing relation, the cast fails but `to_regclass` returns
 * NULL.
 */
function resolved(
  { name: written, lenient }: Extract<QueryValue, { kind: 'named' }>,
  catalog: LiveCatalog,
  kind: 'table' | 'index',
): Listed<CatalogRelation> | null {
  const name = namedBy(written)
  const found = name && catalog.resolve(name, kind)
  if (found === 'absent') return lenient ? { known: [], perhaps: [] } : null
  return found && { known: [found], perhaps: [] }
}

function parts(
  found: Listed<CatalogRelation>,
  each: (one: CatalogRelation, table: CatalogTable) => Listed<CatalogRow> | null,
): Listed<CatalogRow> {
  const lists = found.known.map((one) => (one.table ? each(one, one.table) : null))
  const isOpen = found.perhaps === 'any' || lists.some((one) => one === null || one.perhaps.length > 0)
  return { known: lists.flatMap((one) => one?.known ?? []), perhaps: isOpen ? 'any' : [] }
}
