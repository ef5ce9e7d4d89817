/** The version table as the catalog describes it: the SQL, and what its answer means. */
import type { Relation } from './relation-shape.ts'
import type { PostgresSession } from './session.ts'
import type { PostgresPlan } from './libpq.ts'
import type { Deadline } from '../files/deadline.ts'
import type { VersionTable } from '../../core/history/database-state.ts'
import { explainQueryFailure } from './errors.ts'
import type { VersionTableQuestion } from '../database/database.ts'

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
