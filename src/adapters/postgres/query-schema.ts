/** Queries the schema, and the objects created along with the version rows. */
import { quoteIdentifier, quotePostgresText } from '../../core/text/sql-quoting.ts'
import type {
  ColumnSnapshot,
  ConstraintSnapshot,
  IndexSnapshot,
  CreatedObject,
  OtherObject,
  SchemaSnapshot,
  TableSnapshot,
  TransactionEvidence,
} from '../../core/schema/schema-snapshot.ts'
import {
  fields,
  flag,
  listOf as list,
  number,
  oneOf,
  orNull,
  parseAnswer,
  row,
  text,
} from './answer-shape.ts'

/**
 * The query's result. Each row is an array, because named fields would take up ten times as much space. Columns,
 * indexes and constraints refer to their table by oid.
 */
interface Answer {
  readonly defaultSchema: string | null
  readonly schemas: readonly string[]
  readonly tables: readonly (readonly [
    oid: number,
    schema: string,
    name: string,
    visible: boolean,
    places: number,
  ])[]
  readonly columns: readonly (readonly [number, string, string, boolean, string | null])[]
  readonly indexes: readonly (readonly [number, string, unique: boolean, valid: boolean, string])[]
  readonly constraints: readonly (readonly [number, string, string, string])[]
  readonly enums: readonly (readonly [string, string, boolean, labels: readonly string[] | null])[]
  readonly others: readonly (readonly [OtherObject['kind'], string, string, boolean])[]
}

const answerShape = fields<Answer>({
  defaultSchema: orNull(text),
  schemas: list(text),
  tables: list(row(number, text, text, flag, number)),
  columns: list(row(number, text, text, flag, orNull(text))),
  indexes: list(row(number, text, flag, flag, text)),
  constraints: list(row(number, text, text, text)),
  enums: list(row(text, text, flag, orNull(list(text)))),
  others: list(row(oneOf('relation', 'index', 'type'), text, text, flag)),
})

/** Parses the result of `schemaQuery`. */
export function schemaFrom(json: string): SchemaSnapshot {
  const all = parseAnswer(json, answerShape)
  const tables = new Map<number, Growing>()
  for (const [oid, schema, name, visible, places] of all.tables) {
    tables.set(oid, {
      schema,
      name,
      visible,
      columns: [],
      indexes: [],
      constraints: [],
      droppedColumns: places,
    })
  }
  for (const [oid, name, type, nullable, serverDefault] of all.columns) {
    const table = tables.get(oid)
    if (!table) continue
    table.columns.push({ name, type, nullable, serverDefault })
    table.droppedColumns -= 1
  }
  for (const [oid, name, unique, valid, definition] of all.indexes) {
    tables.get(oid)?.indexes.push({ name, unique, definition, ...(!valid && { invalid: true as const }) })
  }
  for (const [oid, name, kind, definition] of all.constraints) {
    tables.get(oid)?.constraints.push({ name, kind: constraintKinds[kind] ?? 'other', definition })
  }
  return {
    dialect: 'postgresql',
    defaultSchema: all.defaultSchema,
    schemas: all.schemas,
    tables: [...tables.values()],
    enums: all.enums.map(([schema, name, visible, labels]) => ({
      schema,
      name,
      visible,
      values: labels ?? [],
    })),
    others: all.others.map(([kind, schema, name, visible]) => ({ kind, schema, name, visible })),
  }
}

type Growing = TableSnapshot & {
  droppedColumns: number
  readonly columns: ColumnSnapshot[]
  readonly indexes: IndexSnapshot[]
  readonly constraints: ConstraintSnapshot[]
}

/** PostgreSQL's codes for constraint types (`contype`). */
export const constraintKinds: Readonly<Record<string, ConstraintSnapshot['kind']>> = {
  p: 'primaryKey',
  u: 'unique',
  f: 'foreignKey',
  c: 'check',
  x: 'exclude',
}

/** The lowest oid that a user's object can have (FirstNormalObjectId). */
export const firstUserOid = 16384

/** SQL condition that excludes system schemas. */
export const ours = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`
const tablesOf = `pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  AND c.relkind IN ('r', 'p') AND ${ours}`
/** Returns SQL for a JSON array of arrays; `[]` if there are no rows. */
export const jsonArrayOf = (values: string, from: string): string =>
  `COALESCE((SELECT pg_catalog.json_agg(pg_catalog.json_build_array(${values})) FROM ${from}), '[]'::json)`

/** Query that returns the objects in all non-system schemas as one JSON value. */
export const schemaQuery = `SELECT pg_catalog.json_build_object(
  'defaultSchema', pg_catalog.current_schema(),
  'schemas', COALESCE((SELECT pg_catalog.json_agg(n.nspname) FROM pg_catalog.pg_namespace n WHERE ${ours}), '[]'::json),
  'tables', ${jsonArrayOf('c.oid::bigint, n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid), c.relnatts', tablesOf)},
  'columns', ${jsonArrayOf(
    `a.attrelid::bigint, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
     CASE WHEN a.atthasdef THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END`,
    `(SELECT a.* FROM pg_catalog.pg_attribute a JOIN ${tablesOf} ON c.oid = a.attrelid
      WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum) a
     LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum`,
  )},
  'indexes', ${jsonArrayOf(
    'i.indrelid::bigint, x.relname, i.indisunique, i.indisvalid, pg_catalog.pg_get_indexdef(i.indexrelid)',
    `pg_catalog.pg_index i JOIN ${tablesOf} ON c.oid = i.indrelid
     JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid`,
  )},
  'constraints', ${jsonArrayOf(
    'k.conrelid::bigint, k.conname, k.contype, pg_catalog.pg_get_constraintdef(k.oid)',
    `pg_catalog.pg_constraint k JOIN ${tablesOf} ON c.oid = k.conrelid WHERE k.contype <> 'n'`,
  )},
  'enums', ${jsonArrayOf(
    `n.nspname, t.typname, pg_catalog.pg_type_is_visible(t.oid),
     (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)`,
    `pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace AND t.typtype = 'e' AND ${ours}`,
  )},
  'others', ${jsonArrayOf(
    'o.kind, n.nspname, o.name, o.visible',
    `(SELECT CASE c.relkind WHEN 'i' THEN 'index' WHEN 'c' THEN 'type' ELSE 'relation' END AS kind, c.relname AS name,
        c.relnamespace AS place, pg_catalog.pg_table_is_visible(c.oid) AS visible
      FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
      LEFT JOIN pg_catalog.pg_class m ON m.oid = i.indrelid
      WHERE c.relkind IN ('v', 'm', 'f', 'S', 'c') OR m.relkind = 'm'
      UNION ALL SELECT 'type', t.typname, t.typnamespace, pg_catalog.pg_type_is_visible(t.oid) FROM pg_catalog.pg_type t
      WHERE t.typtype <> 'e' AND t.typrelid = 0
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid)) o
     JOIN pg_catalog.pg_namespace n ON n.oid = o.place AND ${ours}`,
  )})`

interface TransactionAnswer {
  /** Each version row with the id of the transaction that wrote it; null if the table is empty. */
  readonly versions: readonly (readonly [version: string | null, xid: string])[] | null
  /** Whether one statement created both the version table and its primary key, as Alembic does. */
  readonly whole: boolean | null
  readonly tables: number
  readonly tablesOfRows: number
  readonly made: readonly (readonly [
    xid: string,
    kind: CreatedObject['kind'],
    schema: string,
    name: string,
    table: string | null,
  ])[]
}

const transactionShape = fields<TransactionAnswer>({
  versions: orNull(list(row(orNull(text), text))),
  whole: orNull(flag),
  tables: number,
  tablesOfRows: number,
  made: list(
    row(
      text,
      oneOf('schema', 'table', 'column', 'droppedColumn', 'index', 'constraint', 'enum', 'sequence', 'view'),
      text,
      text,
      orNull(text),
    ),
  ),
})

/**
 * Returns the objects created in the same transactions as the version rows. `json` is the result of
 * `transactionQuery`; null if the server didn't respond. Alembic writes a version row in the same transaction as the
 * migration's DDL, and PostgreSQL stores the transaction's id in each row as `xmin`.
 */
export function transactionsFrom(json: string | null): TransactionEvidence {
  if (json === null) return { kind: 'unavailable', reason: "the server didn't respond" }
  const all = parseAnswer(json, transactionShape)
  if (all.whole !== true) {
    return {
      kind: 'unavailable',
      reason: 'the catalog was recreated by a dump and restore, or by a server upgrade',
    }
  }
  const rows = (all.versions ?? []).map(([version, xid]) => ({
    version: version ?? '',
    made: all.made
      .filter((object) => object[0] === xid)
      .map(([, kind, schema, name, owner]) => ({ kind, schema, name, table: owner })),
  }))
  if (all.tables > 0 && all.tablesOfRows === all.tables) {
    return {
      kind: 'unavailable',
      reason:
        "all tables were created in one transaction, so the last migration's objects can't be identified",
    }
  }
  return { kind: 'available', rows }
}

/**
 * Returns a query that describes the transactions as one JSON value. Uses `format`, because a cast could call a
 * user's function. A table's row in `pg_class` changes whenever a column is added, so its `xmin` is useless. The
 * catalog rows of system columns, such as `ctid` (number -1), never change, so their `xmin` is the transaction that
 * created the table.
 */
export function transactionQuery({ schema, name }: { schema: string; name: string }): string {
  const qualified = `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
  return `WITH v AS (SELECT CASE WHEN version_num IS NOT NULL THEN pg_catalog.format('%s', version_num) END AS version, xmin::text AS xid FROM ${qualified}),
  t AS (SELECT c.oid, n.nspname, c.relname, a.xmin::text AS xid FROM ${tablesOf}
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = -1),
  this AS (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ${quotePostgresText(schema)} AND c.relname = ${quotePostgresText(name)}),
  made AS (
    SELECT n.xmin::text AS xid, 'schema' AS kind, n.nspname AS schema, n.nspname AS name, NULL::name AS owner
      FROM pg_catalog.pg_namespace n WHERE ${ours}
    UNION ALL SELECT xid, 'table', nspname, relname, NULL FROM t WHERE oid NOT IN (SELECT oid FROM this)
    UNION ALL SELECT a.xmin::text, 'column', t.nspname, a.attname, t.relname FROM t
      JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE a.xmin::text <> t.xid
    UNION ALL SELECT a.xmin::text, 'droppedColumn', t.nspname, '', t.relname FROM t
      JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND a.attisdropped
      WHERE a.xmin::text <> t.xid
    UNION ALL SELECT i.xmin::text, 'index', t.nspname, x.relname, t.relname FROM t
      JOIN pg_catalog.pg_index i ON i.indrelid = t.oid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
      WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = t.oid)
    UNION ALL SELECT k.xmin::text, 'constraint', t.nspname, k.conname, t.relname FROM t
      JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid AND k.contype <> 'n' WHERE k.xmin::text <> t.xid
    UNION ALL SELECT y.xmin::text, 'enum', n.nspname, y.typname, NULL FROM pg_catalog.pg_type y
      JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace AND y.typtype = 'e' AND ${ours}
    UNION ALL SELECT c.xmin::text, CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'view' END, n.nspname, c.relname, NULL
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND ${ours}
      WHERE c.relkind IN ('S', 'v', 'm'))
  SELECT pg_catalog.json_build_object(
    'versions', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(version, xid)) FROM v),
    'whole', (SELECT pg_catalog.bool_or(a.xmin::text = k.xmin::text) FROM this
      JOIN pg_catalog.pg_attribute a ON a.attrelid = this.oid AND a.attnum = -1
      JOIN pg_catalog.pg_constraint k ON k.conrelid = this.oid AND k.contype = 'p'),
    'tables', (SELECT pg_catalog.count(*) FROM t WHERE oid NOT IN (SELECT oid FROM this)),
    'tablesOfRows', (SELECT pg_catalog.count(*) FROM t WHERE oid NOT IN (SELECT oid FROM this) AND xid IN (SELECT xid FROM v)),
    'made', COALESCE((SELECT pg_catalog.json_agg(pg_catalog.json_build_array(xid, kind, schema, name, owner))
      FROM made WHERE xid IN (SELECT xid FROM v)), '[]'::json))`
}

const lockObject = `pg_catalog.json_build_object(
      'pid', COALESCE(l.pid, 0), 'mode', l.mode,
      'state', CASE WHEN l.pid IS NULL THEN 'prepared transaction' ELSE s.state END,
      'application', NULLIF(s.application_name, ''),
      'transactionAge', pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - s.xact_start),
      'blocksWrites', l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    ) ORDER BY l.pid, l.mode`

const locksOfOthers = `pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity s ON s.pid = l.pid
    WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`

/**
 * Returns a query for the locks that other sessions hold on a relation, including those held by prepared
 * transactions.
 */
export function locksOf(oid: string): string {
  return `COALESCE((SELECT pg_catalog.json_agg(${lockObject})
    FROM ${locksOfOthers} AND l.relation = ${oid}), '[]'::json)`
}

/** Query for the locks on all relations. Reads the server's list of locks only once. */
export const locksOfAll = `SELECT l.relation, pg_catalog.json_agg(${lockObject}) AS held
    FROM ${locksOfOthers} GROUP BY l.relation`
