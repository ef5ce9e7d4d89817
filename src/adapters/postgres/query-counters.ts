/** Counts the writes to a version table, using PostgreSQL's own records. */
import { quoteIdentifier, quotePostgresText } from '../../core/text/sql-quoting.ts'
import type { WriteCounters } from '../../core/schema/schema-snapshot.ts'
import { fields, listOf, number, orNull, parseAnswer, row, text } from './answer-shape.ts'

interface Answer {
  readonly places: number | null
  readonly inserted: number
  readonly updated: number
  readonly older: readonly (readonly [schema: string, name: string])[]
}

const answerShape = fields<Answer>({
  places: orNull(number),
  inserted: number,
  updated: number,
  older: listOf(row(text, text)),
})

/** Parses the counters; null if they are inconclusive. */
export function writeCountersFrom(json: string | null, versionTable: string): WriteCounters | null {
  if (json === null) return null
  const { places, inserted, updated, older } = parseAnswer(json, answerShape)
  const count = places ?? (inserted > 0 ? inserted + updated : null)
  return count === null
    ? null
    : {
        kind: 'stampWrites',
        versionTable,
        count,
        older: older.map(([schema, name]) => ({ schema, name })),
      }
}

/**
 * Returns the query that counts writes. Each new row version takes the next slot in its page (`ctid`), so the
 * highest slot number equals the number of writes, unless VACUUM freed slots (visible in `relpages`) or the table
 * was rewritten (visible in the file number). In these cases, the server's statistics are used if they count any
 * inserted rows.
 */
export function writeCountersQuery({ schema, name }: { schema: string; name: string }): string {
  const qualified = `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
  return `WITH v AS (SELECT c.oid, c.relpages, c.relfilenode FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ${quotePostgresText(schema)} AND c.relname = ${quotePostgresText(name)} AND c.relkind = 'r'),
    p AS (SELECT (ctid::text::point)[0]::int AS page, (ctid::text::point)[1]::int AS place FROM ${qualified})
  SELECT pg_catalog.json_build_object(
    'places', CASE WHEN v.relpages = 0 AND v.relfilenode = v.oid AND (SELECT pg_catalog.max(page) FROM p) = 0
      THEN (SELECT pg_catalog.max(place) FROM p) END,
    'inserted', pg_catalog.pg_stat_get_tuples_inserted(v.oid),
    'updated', pg_catalog.pg_stat_get_tuples_updated(v.oid),
    'older', COALESCE((SELECT pg_catalog.json_agg(pg_catalog.json_build_array(n.nspname, c.relname))
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.oid < v.oid),
      '[]'::json)) FROM v`
}
