/** Looks up the version table in the system catalog. */
import type { Relation } from './relation-shape.ts'
import type { PostgresSession } from './session.ts'
import type { PostgresPlan } from '../libpq/libpq.ts'
import type { Deadline } from '../files/deadline.ts'
import type { VersionTable, Privileges } from '../../core/history/database-state.ts'
import { explainQueryFailure } from './errors.ts'
import type { VersionTableQuestion } from '../database/database.ts'
import { GuardError } from '../../errors.ts'
import { firstUserOid } from './query-schema.ts'

/** A connection, with the context needed to explain its failures. */
export interface QueryContext {
  readonly session: PostgresSession
  readonly plan: PostgresPlan
  readonly deadline: Deadline
  readonly driver: string | null
}

/** Runs a query. If it fails, throws an error that explains the failure. */
export async function runQuery<T>(
  asked: QueryContext,
  doing: string,
  question: () => Promise<T>,
): Promise<T> {
  try {
    return await question()
  } catch (error) {
    throw explainQueryFailure(error, doing, {
      plan: asked.plan,
      target: asked.session.target,
      deadline: asked.deadline,
    })
  }
}

export function versionTableOf(
  question: VersionTableQuestion,
  found: Relation | undefined,
  searchPath: readonly string[],
): VersionTable {
  if (!found)
    return {
      schema: question.versionTableSchema ?? searchPath[0] ?? null,
      name: question.versionTable,
      exists: false,
      relation: null,
      width: null,
      columns: [],
      unique: false,
    }
  const version = found.columns.find((column) => column.name === 'version_num')
  return {
    schema: found.schema,
    name: found.name,
    exists: true,
    relation: relationOf(found),
    width: version?.width ?? null,
    columns: found.columns.map(({ name, type, nullable, hasDefault }) => ({
      name,
      type,
      nullable,
      hasDefault,
    })),
    unique: found.unique,
    ...(found.rowSecurity === 'writes' && { rowSecurity: true }),
  }
}

function relationOf({ kind }: Relation): 'table' | 'view' | 'other' {
  if (kind === 'r' || kind === 'p') return 'table'
  return kind === 'v' ? 'view' : 'other'
}

/** SQL that tests whether `version_num` of the relation `c` is unique. */
export const versionUniquenessSql = `EXISTS (
  SELECT 1 FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
  WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1
    AND i.indpred IS NULL AND i.indexprs IS NULL AND a.attname = 'version_num')`

/**
 * SQL for the columns of the relation `c`. The type modifiers of 1042 (`bpchar`) and 1043 (`varchar`) are the width
 * plus 4.
 */
export const versionColumnsSql = `COALESCE((
  SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
    'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
    'nullable', NOT (a.attnotnull OR t.typnotnull),
    'hasDefault', a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
    'base', b.typname,
    'width', CASE WHEN b.oid IN (1042, 1043) AND m.modifier > 4 THEN m.modifier - 4 END
  ) ORDER BY a.attnum)
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_type b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
  CROSS JOIN LATERAL (SELECT CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END AS modifier) m
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]'::json)`

export function versionRowsOf({
  mayInsert,
  mayUpdate,
  mayDelete,
}: Relation): NonNullable<Privileges['versionRows']> {
  return { insert: mayInsert, update: mayUpdate, delete: mayDelete }
}

/** Returns the error if the rows can't be read; null otherwise. */
export function refusalToRead(relation: Relation): GuardError | null {
  const { schema, name, runsCode: runs, rowSecurity: security } = relation
  if (runs)
    return new GuardError(
      'unavailable',
      `The version table ${schema}.${name} is a view that calls functions. The guard never runs such functions with your role's privileges.`,
      'Replace the view with a plain table.',
    )
  if (security !== 'hides') return null
  return new GuardError(
    'unavailable',
    `Row-level security may hide rows of the version table ${schema}.${name} from this role, so the guard can't predict what Alembic will read.`,
    "Connect as the table's owner or a role with BYPASSRLS, or disable row-level security on this table.",
  )
}

/** Arguments for `json_build_object` that report the role's privileges on rows of the relation `c`. */
export const rowPrivileges = `'mayInsert', pg_catalog.has_table_privilege(c.oid, 'INSERT'),
        'mayUpdate', pg_catalog.has_any_column_privilege(c.oid, 'UPDATE'),
        'mayDelete', pg_catalog.has_table_privilege(c.oid, 'DELETE')`

const ofUsers = `d.refclassid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass,
  'pg_catalog.pg_type'::regclass) AND d.refobjid::bigint >= ${firstUserOid}`

/** SQL for a view and everything it reads. */
const belowView = `below AS (
      SELECT c.oid AS oid UNION SELECT d.refobjid FROM below b JOIN pg_catalog.pg_rewrite r ON r.ev_class = b.oid
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
          AND d.refclassid = 'pg_catalog.pg_class'::regclass)`

/**
 * SQL that tests whether reading the relation `c` could run code. Views could, through functions or through operators
 * and types that aren't built in. Built-in functions count, because some run SQL (`query_to_xml`). The catalog
 * doesn't record dependencies on built-in objects, so this searches the query tree for function calls.
 */
export const runsCode = `CASE WHEN c.relkind = 'v' THEN EXISTS (
    WITH RECURSIVE ${belowView}
    SELECT 1 FROM below b JOIN pg_catalog.pg_rewrite r ON r.ev_class = b.oid
      WHERE pg_catalog.strpos(r.ev_action::text, 'FUNCEXPR') > 0 OR EXISTS (
        SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
          AND ${ofUsers}))
  ELSE false END`

/** SQL for the policies on the relation `c` that apply to our role. */
const policies = `pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND EXISTS (
      SELECT 1 FROM pg_catalog.unnest(p.polroles) AS member
      WHERE CASE WHEN member = 0 THEN true ELSE pg_catalog.pg_has_role(member, 'USAGE') END)`

const allows = (expression: string): string => `pg_catalog.pg_get_expr(${expression}, p.polrelid) = 'true'`

/**
 * SQL that determines how row-level security affects the relation `c`: `hides` if it may hide rows, `writes` if it
 * may reject Alembic's writes. Only a policy that is literally `true` is harmless. For a view, any row-level security
 * below it counts as `hides`, because it applies to a different role.
 */
export const rowSecurity = `CASE
    WHEN c.relkind = 'v' THEN CASE WHEN EXISTS (WITH RECURSIVE ${belowView}
      SELECT 1 FROM below b JOIN pg_catalog.pg_class k ON k.oid = b.oid WHERE k.relrowsecurity) THEN 'hides' END
    WHEN c.relkind = 'f' OR NOT pg_catalog.row_security_active(c.oid) THEN NULL
    WHEN NOT EXISTS (SELECT 1 FROM ${policies} AND p.polpermissive AND p.polcmd IN ('r', '*'))
      OR EXISTS (SELECT 1 FROM ${policies} AND p.polcmd IN ('r', '*') AND NOT ${allows('p.polqual')}) THEN 'hides'
    WHEN NOT EXISTS (SELECT 1 FROM ${policies} AND p.polpermissive AND p.polcmd = '*')
      OR EXISTS (SELECT 1 FROM ${policies} AND NOT COALESCE(
        COALESCE(${allows('p.polqual')}, true) AND COALESCE(${allows('p.polwithcheck')}, true), false)) THEN 'writes'
    END`
