/** Reads table sizes and activity from the catalog, without reading any rows. */
import type { LintLiveTable, LiveTables } from '../../core/lint/lint-facts.ts'
import type { TableActivity } from '../../core/lint/table-activity.ts'
import { fields, flag, listOf, number, orNull, parseAnswer, row, text } from './answer-shape.ts'
import type { PostgresSession } from './session.ts'

type Row = readonly [
  schema: string,
  name: string,
  visible: boolean,
  rows: number,
  bytes: number,
  empty: boolean,
  scans: number,
  rowWrites: number,
]

interface Statistics extends Pick<TableActivity, 'since' | 'seconds'> {
  readonly kept: boolean
}

const statisticsShape = fields<Statistics>({ kept: flag, since: orNull(text), seconds: orNull(number) })

/** Returns the sizes of all non-system tables, including partitions. Null if the server rejects the query. */
export async function readPostgresSizes(session: PostgresSession): Promise<LiveTables | null> {
  const { answers, error } = await session.tryQuery({ ownPath: question })
  if (error !== null) return null
  const all = parseAnswer(
    answers[0]?.[0]?.[0],
    listOf(row<Row>(text, text, flag, number, number, flag, number, number)),
  )
  const { kept, ...age } = parseAnswer(answers[0]?.[0]?.[1], statisticsShape)
  const tables = new Map<string, LintLiveTable>()
  for (const [schema, name, visible, rows, bytes, empty, scans, rowWrites] of all) {
    const activity = kept ? { activity: { scans, rowWrites, ...age } } : {}
    const table = { table: { schema, name }, rows, bytes, empty, ...activity }
    tables.set(`${schema}.${name}`, table)
    if (visible) tables.set(name, table)
  }
  return {
    sizeOf: ({ schema, name }) => tables.get(schema === null ? name : `${schema}.${name}`) ?? null,
  }
}

/**
 * If a table has no statistics, its row estimate is 0 in PostgreSQL 13 and earlier, and -1 in later versions. An
 * estimate of 0 therefore means that the table is empty only if it also has no pages.
 */
const question = `WITH RECURSIVE tree AS (
    SELECT c.oid AS root, c.oid AS leaf FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION SELECT tree.root, i.inhrelid FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.leaf),
  sizes AS (
    SELECT tree.root, c.reltuples, pg_catalog.pg_relation_size(c.oid) AS heap, pg_catalog.pg_total_relation_size(c.oid) AS bytes,
        pg_catalog.pg_stat_get_numscans(c.oid) + COALESCE((SELECT pg_catalog.sum(pg_catalog.pg_stat_get_numscans(i.indexrelid))
          FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid), 0) AS scans,
        pg_catalog.pg_stat_get_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_tuples_updated(c.oid)
          + pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS written
      FROM tree JOIN pg_catalog.pg_class c ON c.oid = tree.leaf AND c.relkind = 'r'),
  sums AS (
    SELECT root, pg_catalog.sum(CASE WHEN reltuples > 0 THEN reltuples ELSE 0 END)::bigint AS counted,
      pg_catalog.bool_or(reltuples <= 0 AND heap > 0) AS uncounted, pg_catalog.sum(heap) AS heap, pg_catalog.sum(bytes)::bigint AS bytes,
      pg_catalog.sum(scans)::bigint AS scans, pg_catalog.sum(written)::bigint AS written FROM sizes GROUP BY root)
  SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_array(n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid),
      CASE WHEN s.uncounted AND s.counted = 0 THEN -1 ELSE COALESCE(s.counted, 0) END, COALESCE(s.bytes, 0), COALESCE(s.heap, 0) = 0, COALESCE(s.scans, 0), COALESCE(s.written, 0))), '[]'::json),
      pg_catalog.json_build_object('kept', pg_catalog.current_setting('track_counts') = 'on', 'since', pg_catalog.to_char(
        pg_catalog.timezone('UTC', pg_catalog.max(a.since)), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'seconds', pg_catalog.round(pg_catalog.date_part('epoch', pg_catalog.max(pg_catalog.clock_timestamp() - a.since)))::bigint)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN sums s ON s.root = c.oid
    CROSS JOIN (SELECT pg_catalog.pg_stat_get_db_stat_reset_time(d.oid) AS since FROM pg_catalog.pg_database d
      WHERE d.datname = pg_catalog.current_database()) a
    WHERE c.oid IN (SELECT root FROM tree WHERE root = leaf)`
