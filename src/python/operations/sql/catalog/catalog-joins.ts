/** Parses the FROM clause of catalog queries, including joins of `pg_constraint` with the columns of its keys. */
import { type Cursor, type SqlToken, accept, bracketed, peek, readObjectName } from '../tokens.ts'

/** A join of `pg_constraint` with the columns in the constraint's key. */
export interface KeyJoin {
  readonly alias: string
  /** The side whose columns are joined: the constraint's table or the referenced one. */
  readonly side: 'conrelid' | 'confrelid'
  /** True if only the key's first column is joined. */
  readonly onlyFirst: boolean
}

/** The queried catalog, and the columns joined to it. */
export interface CatalogSource {
  readonly name: string
  readonly keys: readonly KeyJoin[]
}

/** A catalog row, limited to columns with known values. `sure` is false if the role might not see the row. */
export interface CatalogRow {
  readonly columns: ReadonlyMap<string, string | boolean | null>
  readonly sure: boolean
  /** Columns on both sides of a key; null if unknown. */
  readonly keys?: Readonly<Record<KeyJoin['side'], readonly string[] | null>>
}

/** Pairs of catalogs that are treated as one, with their join columns. */
const pairs: Readonly<Record<string, readonly [columns: string, catalog: string]>> = {
  'pg_enum,pg_type': ['enumtypid,oid', 'pg_enum'],
  'pg_class,pg_namespace': ['oid,relnamespace', 'pg_class'],
  'pg_class,pg_constraint': ['conrelid,oid', 'pg_constraint'],
  'pg_constraint,pg_namespace': ['connamespace,oid', 'pg_constraint'],
  'pg_class,pg_index': ['indexrelid,oid', 'pg_index'],
  'pg_namespace,pg_type': ['oid,typnamespace', 'pg_type'],
}

interface NamedCatalog {
  readonly name: string
  readonly alias: string
}

/** Reads the catalogs in FROM; null if the join is unsupported. */
export function readSource(cursor: Cursor): CatalogSource | null {
  let base = catalogName(cursor)
  if (base !== null && startsJoin(cursor)) {
    const start = cursor.at
    startsJoinHere(cursor)
    const pair = pairWith(cursor, base)
    if (pair === null) cursor.at = start
    else base = pair
  }
  if (base === null) return null
  const keys: KeyJoin[] = []
  while (startsJoin(cursor)) {
    startsJoinHere(cursor)
    const key = base.name === 'pg_constraint' ? keyJoin(cursor, base.alias) : null
    if (key === null) return null
    keys.push(key)
  }
  return { name: base.name, keys }
}

function startsJoin(cursor: Cursor): boolean {
  return peek(cursor, 'join') || peek(cursor, 'inner')
}

function startsJoinHere(cursor: Cursor): void {
  accept(cursor, 'inner')
  accept(cursor, 'join')
}

/**
 * Parses the other catalog in a join and the join condition. Returns the catalog that represents the pair; null if
 * the pair isn't supported.
 */
function pairWith(cursor: Cursor, one: NamedCatalog): NamedCatalog | null {
  const other = catalogName(cursor)
  const on = other && conditionOf(cursor)
  const words = on?.map(({ word }) => word) ?? []
  if (!other || words.length !== 7) return null
  const columns = [words[2], words[6]].toSorted().join()
  if (words[1] !== '.' || words[3] !== '=' || words[5] !== '.') return null
  const [connecting, catalog] = pairs[[one.name, other.name].toSorted().join()] ?? []
  if (columns !== connecting) return null
  return [one, other].find(({ name }) => name === catalog) ?? null
}

/** Reads `pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)`. */
function keyJoin(cursor: Cursor, constraint: string): KeyJoin | null {
  const joined = catalogName(cursor)
  const on = joined && conditionOf(cursor)
  if (!joined || !on || joined.name !== 'pg_attribute') return null
  const { alias } = joined
  for (const side of ['conrelid', 'confrelid'] as const) {
    const key = `${constraint} . ${side.replace('relid', 'key')}`
    const start = `${alias} . attrelid = ${constraint} . ${side} and ${alias} . attnum =`
    const words = on.map(({ word }) => word).join(' ')
    if (words === `${start} any ( ${key} )`) return { alias, side, onlyFirst: false }
    if (words === `${start} ${key} [ 1 ]`) return { alias, side, onlyFirst: true }
  }
  return null
}

const clauses = new Set(['where', 'order', 'limit', 'join', 'inner', 'left', 'on', 'fetch', 'group'])

function conditionOf(cursor: Cursor): readonly SqlToken[] | null {
  if (!accept(cursor, 'on')) return null
  if (peek(cursor, '(')) return bracketed(cursor)
  const start = cursor.at
  while (cursor.at < cursor.tokens.length && !clauses.has(cursor.tokens[cursor.at]?.word ?? '')) cursor.at++
  return cursor.tokens.slice(start, cursor.at)
}

/** Reads a catalog's name, without the `pg_catalog` prefix, and its alias. */
function catalogName(cursor: Cursor): NamedCatalog | null {
  const name = readObjectName(cursor)
  if (name === null) return null
  accept(cursor, 'as')
  const next = cursor.tokens[cursor.at]
  const alias = next?.kind === 'word' && !clauses.has(next.word) ? next.word : name.name
  if (alias !== name.name) cursor.at++
  const { schema } = name
  if (schema === 'information_schema') return { name: `information_schema.${name.name}`, alias }
  return schema === null || schema === 'pg_catalog' || schema === 'main' ? { name: name.name, alias } : null
}

/** Joins a constraint's columns to its row. */
export function withKeyColumns(row: CatalogRow, joins: readonly KeyJoin[]): readonly CatalogRow[] {
  let rows: readonly CatalogRow[] = [row]
  for (const { alias, side, onlyFirst } of joins) {
    const names = row.keys?.[side] ?? null
    rows = rows.flatMap((one): readonly CatalogRow[] => {
      if (names === null) return [onlyFirst ? one : { ...one, sure: false }]
      // The columns may come in any order.
      if (onlyFirst && names.length > 1) return [one]
      return names.map((name) => ({ ...one, columns: new Map([...one.columns, [`${alias}.attname`, name]]) }))
    })
  }
  return rows
}
