/** Queries for all objects in a scratch database. */
import { quotePostgresText } from '../../core/text/sql-quoting.ts'
import type { CatalogObject } from '../../core/schema/catalog-diff.ts'

const ours = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`
const named = (name: string): string =>
  `CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END || ${name}`
// The condition on `classid` lets PostgreSQL use an index of pg_depend.
const ofNoExtension = (catalog: 'pg_class' | 'pg_type' | 'pg_proc', oid: string): string =>
  `NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
    WHERE e.classid = 'pg_catalog.${catalog}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`

/**
 * Returns the query for each object's kind, name, owning table and definition. Excludes members of extensions. Also
 * excludes the version table, because no downgrade drops it.
 */
export function postgresCatalogQuestion(versionTable: string): string {
  const version = quotePostgresText(versionTable)
  const tables = `pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    AND c.relkind IN ('r', 'p', 'f') AND ${ours} AND c.relname <> ${version} AND ${ofNoExtension('pg_class', 'c.oid')}`
  return `SELECT 'schema', n.nspname::text, NULL::text, '' FROM pg_catalog.pg_namespace n WHERE ${ours} AND n.nspname <> 'public'
  UNION ALL SELECT 'extension', x.extname, NULL, '' FROM pg_catalog.pg_extension x WHERE x.extname <> 'plpgsql'
  UNION ALL SELECT 'table', ${named('c.relname')}, NULL, c.relkind::text || c.relrowsecurity::text FROM ${tables}
  UNION ALL SELECT 'column', ${named("c.relname || '.' || a.attname")}, ${named('c.relname')},
    pg_catalog.format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
    || COALESCE(' DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '')
    FROM ${tables} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  UNION ALL SELECT 'constraint', ${named("c.relname || '.' || k.conname")}, ${named('c.relname')},
    pg_catalog.pg_get_constraintdef(k.oid) FROM ${tables} JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype <> 'n'
  UNION ALL SELECT 'index', ${named('x.relname')}, ${named('c.relname')}, pg_catalog.pg_get_indexdef(i.indexrelid)
    FROM ${tables} JOIN pg_catalog.pg_index i ON i.indrelid = c.oid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = c.oid)
  UNION ALL SELECT 'trigger', ${named("c.relname || '.' || t.tgname")}, ${named('c.relname')}, pg_catalog.pg_get_triggerdef(t.oid)
    FROM ${tables} JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
  UNION ALL SELECT 'policy', ${named("c.relname || '.' || p.polname")}, ${named('c.relname')},
    p.polcmd::text || COALESCE(pg_catalog.pg_get_expr(p.polqual, c.oid), '') FROM ${tables} JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid
  UNION ALL SELECT CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'type' END,
    ${named('c.relname')},
    (SELECT ${named('o.relname').replaceAll('n.', 'm.')} FROM pg_catalog.pg_depend e JOIN pg_catalog.pg_class o ON o.oid = e.refobjid
      JOIN pg_catalog.pg_namespace m ON m.oid = o.relnamespace
      WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.refclassid = 'pg_catalog.pg_class'::regclass
        AND e.deptype IN ('a', 'i') AND c.relkind = 'S' LIMIT 1),
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) ELSE '' END
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('S', 'v', 'm', 'c') AND ${ours} AND ${ofNoExtension('pg_class', 'c.oid')}
  UNION ALL SELECT CASE y.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' ELSE 'range type' END, ${named('y.typname')}, NULL,
    COALESCE((SELECT pg_catalog.string_agg(pg_catalog.quote_literal(v.enumlabel), ', ' ORDER BY v.enumsortorder)
      FROM pg_catalog.pg_enum v WHERE v.enumtypid = y.oid), '')
    FROM pg_catalog.pg_type y JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace
    WHERE y.typtype IN ('e', 'd', 'r') AND ${ours} AND ${ofNoExtension('pg_type', 'y.oid')}
  UNION ALL SELECT 'function', ${named("f.proname || '(' || pg_catalog.pg_get_function_identity_arguments(f.oid) || ')'")}, NULL, f.prosrc
    FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace WHERE ${ours} AND ${ofNoExtension('pg_proc', 'f.oid')}
  ORDER BY 1, 2`
}

/**
 * Returns a statement that turns off JIT, because compiling the catalog query takes longer than running it. The
 * statement is harmless on servers without JIT (PostgreSQL 10).
 */
export function withoutJit(until: 'transaction' | 'session'): string {
  const local = String(until === 'transaction')
  return `SELECT pg_catalog.set_config(s.name, 'off', ${local}) FROM pg_catalog.pg_settings s WHERE s.name = 'jit'`
}

/** Parses the rows returned by {@link postgresCatalogQuestion}. */
export function parseCatalog(rows: readonly (readonly (string | null)[])[]): readonly CatalogObject[] {
  return rows.map(([kind, name, owner, definition]) => ({
    kind: kind ?? '',
    name: name ?? '',
    owner: owner ?? null,
    definition: definition ?? '',
  }))
}
