/** The version table as the catalog describes it: the SQL, and what its answer means. */
import type { Relation } from './relation-shape.ts'
import type { PostgresSession } from './session.ts'
import type { PostgresPlan } from '../libpq/libpq.ts'
import type { Deadline } from '../files/deadline.ts'
import type { VersionTable, Privileges } from '../../core/history/database-state.ts'
import { explainQueryFailure } from './errors.ts'
import type { VersionTableQuestion } from '../database/database.ts'
import { GuardError } from '../../errors.ts'
import { firstUserOid } from './query-schema.ts'

/** A connection and what failures are explained with. */
export interface QueryContext {
  readonly session: PostgresSession
  readonly plan: PostgresPlan
  readonly deadline: Deadline
  readonly driver: string | null
}

/** Runs a question and turns a failure into a sentence. */
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
  }
}

function relationOf({ kind }: Relation): 'table' | 'view' | 'other' {
  if (kind === 'r' || kind === 'p') return 'table'
  return kind === 'v' ? 'view' : 'other'
}

/** Whether `version_num` of the relation `c` is unique. */
export const versionUniquenessSql = `EXISTS (
  SELECT 1 FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
  WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1
    AND i.indpred IS NULL AND i.indexprs IS NULL AND a.attname = 'version_num')`

/** The columns of the relation `c`. 1042 and 1043 are `bpchar` and `varchar`, whose modifier is the width and four bytes. */
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

/** Why the rows are not read; null: they are. */
export function refusalToRead({ schema, name, kind, runsCode: runs }: Relation): GuardError | null {
  if (!runs) return null
  const by = kind === 'v' ? 'a view that calls' : 'a table with policies that call'
  return new GuardError(
    'unavailable',
    `The version table ${schema}.${name} is ${by} functions of the database, and the guard runs none with your role's rights.`,
    'Make it a plain table, or give a role to which no policy applies.',
  )
}

/** What the role may do with the rows of the relation `c`. */
export const rowPrivileges = `'mayInsert', pg_catalog.has_table_privilege(c.oid, 'INSERT'),
        'mayUpdate', pg_catalog.has_any_column_privilege(c.oid, 'UPDATE'),
        'mayDelete', pg_catalog.has_table_privilege(c.oid, 'DELETE')`

const ofUsers = `d.refclassid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass,
  'pg_catalog.pg_type'::regclass) AND d.refobjid::bigint >= ${firstUserOid}`

/**
 * Whether reading the relation `c` runs a function, an operator or a type that is not the server's own: one of a view, or of
 * the views below it, or of a policy that holds for our role. The catalog notes no dependence on what initdb made.
 */
export const runsCode = `CASE WHEN c.relkind = 'f' THEN false
  WHEN c.relkind = 'v' OR pg_catalog.row_security_active(c.oid) THEN EXISTS (
    WITH RECURSIVE below AS (
      SELECT c.oid AS oid UNION SELECT d.refobjid FROM below b JOIN pg_catalog.pg_rewrite r ON r.ev_class = b.oid
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
          AND d.refclassid = 'pg_catalog.pg_class'::regclass)
    SELECT 1 FROM below b JOIN pg_catalog.pg_rewrite r ON r.ev_class = b.oid
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid AND ${ofUsers}
    UNION ALL SELECT 1 FROM below b JOIN pg_catalog.pg_policy p ON p.polrelid = b.oid
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_policy'::regclass AND d.objid = p.oid AND ${ofUsers})
  ELSE false END`
