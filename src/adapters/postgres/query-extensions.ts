/**
 * Finds out which extensions exist, whether our role may install them, and which functions could conflict with new
 * functions.
 */
import type { ExtensionSnapshot, RoutineSnapshot, SchemaSnapshot } from '../../core/schema/schema-snapshot.ts'
import { fields, flag, listOf as list, orNull, row, text } from './answer-shape.ts'
import { firstUserOid } from './query-schema.ts'

/**
 * Result of the extension query. `plainRules` is true if PostgreSQL's standard rules decide who can install
 * extensions.
 */
export interface ExtensionAnswer {
  readonly found: readonly (readonly [
    name: string,
    installed: boolean,
    available: boolean,
    superuserOnly: boolean,
    trusted: boolean,
  ])[]
  readonly plainRules: boolean
}

export const extensionShape = fields<ExtensionAnswer>({
  found: list(row(text, flag, flag, flag, flag)),
  plainRules: flag,
})

/** Returns the extensions from a query result. */
export function extensionsFrom({
  found,
  plainRules,
}: ExtensionAnswer): NonNullable<SchemaSnapshot['extensions']> {
  return {
    found: found.map(([name, installed, available, superuserOnly, trusted]): ExtensionSnapshot => ({
      name,
      installed,
      available,
      superuserOnly,
      trusted,
    })),
    plainRules,
  }
}

/**
 * Some hosting providers hide extensions, or let certain roles install more of them. Their servers are recognized by
 * role names or module settings.
 */
const providerRoles =
  '^(aiven|alloydb|avnadmin|azure|cloudsql|cloud_admin|crunchy|databricks|doadmin|heroku|neon|rds|scaleway|supabase|tsdb|ybdb|yugabyte|yb_)'
const plainSettings = '^(plpgsql|pg_stat_statements|auto_explain|pg_trgm)[.]'

/**
 * Returns SQL for the named extensions as a JSON object. `names` is an SQL array. PostgreSQL 12 and earlier have no
 * trusted extensions.
 */
export function extensionsOf(names: string): string {
  return `(SELECT pg_catalog.json_build_object('found', pg_catalog.json_agg(pg_catalog.json_build_array(
      w.name, e.oid IS NOT NULL, a.name IS NOT NULL, COALESCE(v.superuser, true),
      COALESCE(pg_catalog.jsonb_extract_path_text(pg_catalog.to_jsonb(v), 'trusted') = 'true', false))),
    'plainRules', NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles r WHERE r.rolname ~ '${providerRoles}')
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_settings s
        WHERE s.name LIKE '%.%' AND s.name !~ '${plainSettings}'))
    FROM pg_catalog.unnest(${names}) w(name)
    LEFT JOIN pg_catalog.pg_extension e ON e.extname = w.name
    LEFT JOIN pg_catalog.pg_available_extensions() a ON a.name = w.name
    LEFT JOIN pg_catalog.pg_available_extension_versions() v ON v.name = w.name AND v.version = a.default_version)`
}

export const routineShape = fields<RoutineSnapshot>({
  taken: list(text),
  own: flag,
  plpgsql: flag,
  sql: flag,
})

const ofNoExtension = (catalog: string): string =>
  `x.oid >= ${firstUserOid} AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
    WHERE d.classid = '${catalog}'::regclass AND d.objid = x.oid AND d.deptype = 'e')`

const uses = (language: string): string => `EXISTS (SELECT 1 FROM pg_catalog.pg_language l
      WHERE l.lanname = '${language}' AND pg_catalog.has_language_privilege(l.oid, 'USAGE'))`

/**
 * Returns SQL that checks whether each named role exists. It yields NULL if our role can't use PL/pgSQL, because
 * migrations test for roles only in PL/pgSQL. `names` is an SQL array.
 */
export function rolesOf(names: string): string {
  return `(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(w.name,
      EXISTS (SELECT 1 FROM pg_catalog.pg_roles r WHERE r.rolname = w.name)))
    FROM pg_catalog.unnest(${names}) w(name) WHERE ${uses('plpgsql')})`
}

export const functionShape = row(
  text,
  list(row(text, text, list(text), text, flag, flag, flag, orNull(text))),
)

/** All functions with a given name. */
export type FunctionAnswer = readonly [
  name: string,
  found: readonly (readonly [
    schema: string,
    name: string,
    parameters: readonly string[],
    result: string,
    plain: boolean,
    immutable: boolean,
    executable: boolean,
    extension: string | null,
  ])[],
]

/** Returns the functions from a query result. */
export function functionsFrom(answers: readonly FunctionAnswer[]): NonNullable<SchemaSnapshot['functions']> {
  return answers.map(([called, found]) => [
    called,
    found.map(([schema, name, parameters, result, plain, immutable, executable, extension]) => ({
      schema,
      name,
      parameters,
      result,
      plain,
      immutable,
      executable,
      extension,
    })),
  ])
}

/**
 * Returns an SQL expression for all functions with these names, in any schema. `names` is an SQL array. PostgreSQL
 * 10 has no `prokind`, so no function is marked as plain there.
 */
export function functionsOf(names: string): string {
  return `(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(w.name, (
      SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_array(n.nspname, p.proname,
        (SELECT COALESCE(pg_catalog.json_agg(pg_catalog.format_type(a.type, NULL) ORDER BY a.place), '[]'::json)
          FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY a(type, place)),
        pg_catalog.format_type(p.prorettype, NULL),
        COALESCE(pg_catalog.jsonb_extract_path_text(pg_catalog.to_jsonb(p), 'prokind'), '') = 'f' AND NOT p.proretset AND p.pronargdefaults = 0 AND p.provariadic = 0,
        p.provolatile = 'i',
        pg_catalog.has_function_privilege(p.oid, 'EXECUTE') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
        (SELECT e.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
          WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
            AND d.refclassid = 'pg_catalog.pg_extension'::regclass))), '[]'::json)
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
      WHERE p.proname = w.name)))
    FROM pg_catalog.unnest(${names}) w(name))`
}

/** Returns an SQL expression that yields a {@link RoutineSnapshot} as a JSON object. `names` is an SQL array. */
export function routinesOf(names: string): string {
  return `(SELECT pg_catalog.json_build_object(
    'taken', (SELECT COALESCE(pg_catalog.json_agg(DISTINCT w.name), '[]'::json)
      FROM pg_catalog.unnest(${names}) w(name) JOIN pg_catalog.pg_proc p ON p.proname = w.name),
    'own', EXISTS (SELECT 1 FROM pg_catalog.pg_proc x WHERE ${ofNoExtension('pg_catalog.pg_proc')})
      OR EXISTS (SELECT 1 FROM pg_catalog.pg_operator x WHERE ${ofNoExtension('pg_catalog.pg_operator')}),
    'plpgsql', ${uses('plpgsql')}, 'sql', ${uses('sql')}))`
}
