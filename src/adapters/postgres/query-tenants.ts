/** Reads the version tables of many schemas, with one query for the catalog and one round trip for all rows. */
import { quoteIdentifier, quotePostgresText } from '../../core/text/sql-quoting.ts'
import type { DatabaseState, VersionRow } from '../../core/history/database-state.ts'
import { listed } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import type { SchemaStates, SchemasQuestion } from '../database/database.ts'
import { postgresVersionRow } from '../database/driver-values.ts'
import {
  type QueryContext,
  runQuery,
  versionColumnsSql,
  refusalToRead,
  rowPrivileges,
  rowSecurity,
  runsCode,
  versionUniquenessSql,
  versionRowsOf,
  versionTableOf,
} from './version-table-query.ts'
import { type Relation, lockShape, relationShape } from './relation-shape.ts'
import { fields, flag, listOf, number, orNull, parseAnswer, text } from './answer-shape.ts'

/**
 * Reading a table takes two locks until the transaction ends: one on the table and one on its index. By default, a
 * server has room for 6,400 locks (max_locks_per_transaction).
 */
const tablesPerStatement = 500

/** Maximum number of version rows. A table with more rows can't be a version table. */
const rowLimit = 1000

interface SchemaFacts {
  readonly schema: string
  readonly mayUse: boolean
  readonly mayCreate: boolean
  /** Oid of the version table, if any. */
  readonly table: string | null
  readonly relation: Relation | null
}

/** Other sessions' locks on one table. */
interface TableLocks {
  readonly table: string
  /** Process id of a session whose lock blocks even reads, if any. */
  readonly exclusive: number | null
  readonly held: Relation['locks']
}

interface Server {
  readonly server: string
  readonly database: string
  readonly readOnly: string | null
  readonly searchPath: readonly string[]
}

interface CatalogAnswer {
  readonly server: Server
  readonly locks: readonly TableLocks[]
  readonly schemas: readonly SchemaFacts[]
}

const answerShape = fields<CatalogAnswer>({
  server: fields<Server>({ server: text, database: text, readOnly: orNull(text), searchPath: listOf(text) }),
  schemas: listOf(
    fields<SchemaFacts>({
      schema: text,
      mayUse: flag,
      mayCreate: flag,
      table: orNull(text),
      relation: orNull(relationShape),
    }),
  ),
  locks: listOf(fields<TableLocks>({ table: text, exclusive: orNull(number), held: listOf(lockShape) })),
})

interface LockedSchema extends Omit<SchemaFacts, 'table'> {
  readonly lockedBy: number | null
}

/**
 * Returns the matching schemas, sorted by name and grouped by state. If a schema can't be read, the others aren't
 * affected.
 * @throws GuardError (unavailable) if the database can't be queried, or (usage) if no schema matches.
 */
export async function readSchemaStates(
  asked: QueryContext,
  question: SchemasQuestion,
): Promise<readonly SchemaStates[]> {
  const {
    server,
    locks,
    schemas: found,
  } = await runQuery(asked, 'Reading the catalog', async () => {
    const [answer] = await asked.session.query({ ownPath: catalogQuestion(question) })
    return parseAnswer(answer?.[0]?.[0], answerShape)
  })
  const schemas = withLocks(found, locks)
  if (schemas.length === 0) {
    throw new GuardError(
      'usage',
      `No schema matches ${listed(question.patterns)}.`,
      'A pattern is a schema name in which * matches any number of characters and ? matches exactly one.',
    )
  }
  const rows = await readAllRows(asked, schemas)
  const groups = new Map<string, { schemas: string[]; state: SchemaStates['state'] }>()
  for (const facts of schemas) {
    const read = rows.get(facts.schema) ?? []
    const key = keyOf(facts, read, server.searchPath[0] === facts.schema)
    const group = groups.get(key)
    if (group) group.schemas.push(facts.schema)
    else {
      const state = read instanceof GuardError ? read : stateOf(asked, question, server, facts, read)
      groups.set(key, { schemas: [facts.schema], state })
    }
  }
  return [...groups.values()]
}

/** Matches locks to tables in memory. In SQL, the planner would loop over all locks for every table. */
function withLocks(schemas: readonly SchemaFacts[], locks: readonly TableLocks[]): readonly LockedSchema[] {
  const byTable = new Map(locks.map((one) => [one.table, one]))
  return schemas.map(({ table, relation, ...rest }) => {
    const { exclusive, held } = byTable.get(table ?? '') ?? { exclusive: null, held: [] }
    return { ...rest, lockedBy: exclusive, relation: relation && { ...relation, locks: held } }
  })
}

/**
 * Returns the key by which schemas are grouped. Only one schema per key is checked. `current` is true for the schema
 * in which new objects are created by default.
 */
function keyOf(
  { schema, relation, ...rest }: LockedSchema,
  rows: readonly VersionRow[] | GuardError,
  current: boolean,
): string {
  const told = rows instanceof GuardError ? rows.message.replaceAll(schema, '') : rows
  return JSON.stringify([
    current && !rest.mayCreate,
    { ...rest, schema: '' },
    relation && { ...relation, schema: '' },
    told,
  ])
}

function stateOf(
  { session, plan }: QueryContext,
  { versionTable }: SchemasQuestion,
  { server, database, readOnly, searchPath }: Server,
  { schema, relation, mayCreate }: LockedSchema,
  versions: readonly VersionRow[],
): DatabaseState {
  const found = relation ?? undefined
  return {
    dialect: 'postgresql',
    server,
    host: session.target.host,
    name: database || plan.database,
    readOnly,
    searchPath,
    versionTable: versionTableOf({ versionTable, versionTableSchema: schema }, found, searchPath),
    versions,
    otherVersionTables: [],
    locks: found?.locks ?? [],
    transactionalDdl: true,
    privileges: {
      writeVersions: found ? found.writable : mayCreate,
      createTables: mayCreate,
      ...(found && { versionRows: versionRowsOf(found) }),
    },
  }
}

/** Returns the rows of each schema, or the error from reading them. */
async function readAllRows(
  asked: QueryContext,
  schemas: readonly LockedSchema[],
): Promise<ReadonlyMap<string, readonly VersionRow[] | GuardError>> {
  const rows = new Map<string, VersionRow[] | GuardError>()
  const byType = new Map<string, Relation[]>()
  for (const { schema, mayUse, lockedBy, relation } of schemas) {
    const version = relation?.columns.find(({ name }) => name === 'version_num')
    if (!relation || !version) continue
    const table = `${schema}.${relation.name}`
    const refusal = refusalToRead(relation)
    if (refusal) {
      rows.set(schema, refusal)
    } else if (!mayUse || !relation.readable) {
      rows.set(schema, unavailable(`The role doesn't have permission to read the version table ${table}.`))
    } else if (lockedBy !== null) {
      rows.set(
        schema,
        unavailable(`The version table ${table} is locked by process ${lockedBy}, so it can't even be read.`),
      )
    } else {
      rows.set(schema, [])
      const same = byType.get(version.base) ?? []
      byType.set(version.base, same)
      same.push(relation)
    }
  }
  // UNION would convert values to a common type, so each type gets its own statement.
  const batches = [...byType].flatMap(([base, relations]) =>
    batchesOf(relations).map((some) => ({ base, relations: some })),
  )
  if (batches.length === 0) return rows
  const keep = (base: string, relations: readonly Relation[], answer: Answer): void => {
    for (const [index, value] of answer) {
      const relation = relations[Number(index)]
      const kept = relation && rows.get(relation.schema)
      if (Array.isArray(kept)) kept.push(postgresVersionRow(base, value ?? null, asked.driver))
    }
  }
  try {
    const answers = await asked.session.queryApartLast(...batches.map(({ relations }) => rowsOf(relations)))
    for (const [index, { base, relations }] of batches.entries()) keep(base, relations, answers[index] ?? [])
  } catch {
    // A table was dropped or locked after the catalog was read. Smaller batches reveal which table.
    for (const { relations } of batches) for (const { schema } of relations) rows.set(schema, [])
    asked.session.restart()
    for (const { base, relations } of batches) {
      await readParts(asked, relations, (some, answer) => keep(base, some, answer), rows)
    }
  }
  return rows
}

type Answer = readonly (readonly (string | null)[])[]

async function readParts(
  asked: QueryContext,
  relations: readonly Relation[],
  keep: (relations: readonly Relation[], answer: Answer) => void,
  rows: Map<string, VersionRow[] | GuardError>,
): Promise<void> {
  const [relation] = relations
  if (!relation) return
  try {
    const doing = `Reading the version table ${relation.schema}.${relation.name}`
    const [answer] = await runQuery(asked, doing, () => asked.session.queryApart(rowsOf(relations)))
    keep(relations, answer ?? [])
  } catch (error) {
    if (!(error instanceof GuardError) || asked.deadline.signal.aborted) throw error
    asked.session.restart()
    if (relations.length === 1) {
      rows.set(relation.schema, error)
      return
    }
    const half = Math.ceil(relations.length / 2)
    await readParts(asked, relations.slice(0, half), keep, rows)
    await readParts(asked, relations.slice(half), keep, rows)
  }
}

function batchesOf(relations: readonly Relation[]): readonly (readonly Relation[])[] {
  const count = Math.ceil(relations.length / tablesPerStatement)
  return Array.from({ length: count }, (_nothing, index) =>
    relations.slice(index * tablesPerStatement, (index + 1) * tablesPerStatement),
  )
}

/** Returns a query for the rows of all relations. Each row starts with its relation's index. */
function rowsOf(relations: readonly Relation[]): string {
  return relations
    .map(
      ({ schema, name }, index) =>
        `(SELECT ${index}, version_num FROM ${quoteIdentifier(schema)}.${quoteIdentifier(name)} LIMIT ${rowLimit})`,
    )
    .join(' UNION ALL ')
}

function unavailable(message: string): GuardError {
  return new GuardError('unavailable', message)
}

/** Converts a pattern such as `tenant_*` to a PostgreSQL regular expression. */
function expressionOf(pattern: string): string {
  const escaped = pattern.replaceAll(/[.\\+^$()[\]{}|]/g, '\\$&')
  return `^(?:${escaped.replaceAll('*', '.*').replaceAll('?', '.')})$`
}

/**
 * Returns a query whose result is one JSON value. OFFSET 0 forces one index lookup per schema. Without it, a planner
 * that has no statistics would scan all tables with this name once per schema.
 */
function catalogQuestion({ patterns, versionTable }: SchemasQuestion): string {
  const matching = patterns
    .map((pattern) => `n.nspname ~ ${quotePostgresText(expressionOf(pattern))}`)
    .join(' OR ')
  return `WITH locks AS MATERIALIZED (
    SELECT l.relation::text AS table, pg_catalog.min(l.pid) FILTER (WHERE l.mode = 'AccessExclusiveLock') AS exclusive,
      pg_catalog.json_agg(pg_catalog.json_build_object(
        'pid', COALESCE(l.pid, 0), 'mode', l.mode, 'state', s.state,
        'application', NULLIF(s.application_name, ''),
        'transactionAge', pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - s.xact_start),
        'blocksWrites', l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
      ) ORDER BY l.pid, l.mode) AS held
    FROM pg_catalog.pg_locks l
    CROSS JOIN LATERAL (SELECT c.relname FROM pg_catalog.pg_class c WHERE c.oid = l.relation OFFSET 0) c
    LEFT JOIN pg_catalog.pg_stat_activity s ON s.pid = l.pid
    WHERE c.relname = ${quotePostgresText(versionTable)} AND l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    GROUP BY l.relation
  )
  SELECT pg_catalog.json_build_object(
    'server', pg_catalog.json_build_object(
      'server', pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1),
      'database', pg_catalog.current_database(),
      'readOnly', CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'a standby server'
        WHEN pg_catalog.current_setting('default_transaction_read_only') = 'on'
        THEN 'default_transaction_read_only is on' END,
      'searchPath', pg_catalog.current_schemas(false)),
    'locks', COALESCE((SELECT pg_catalog.json_agg(l) FROM locks l), '[]'::json),
    'schemas', COALESCE((
      SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'schema', n.nspname, 'mayUse', u.may, 'mayCreate', u.may AND pg_catalog.has_schema_privilege(n.oid, 'CREATE'),
        'table', c.oid::text,
        'relation', CASE WHEN c.oid IS NOT NULL THEN pg_catalog.json_build_object(
          'schema', n.nspname, 'name', c.relname, 'kind', c.relkind, 'visible', false,
          'readable', u.may AND pg_catalog.has_table_privilege(c.oid, 'SELECT'),
          'writable', u.may AND pg_catalog.has_table_privilege(c.oid, 'INSERT')
            AND pg_catalog.has_table_privilege(c.oid, 'UPDATE') AND pg_catalog.has_table_privilege(c.oid, 'DELETE'),
          ${rowPrivileges},
          'unique', ${versionUniquenessSql}, 'runsCode', ${runsCode}, 'rowSecurity', ${rowSecurity}, 'columns', ${versionColumnsSql}, 'locks', '[]'::json) END
      ) ORDER BY n.nspname)
      FROM pg_catalog.pg_namespace n
      CROSS JOIN LATERAL (SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS may) u
      LEFT JOIN LATERAL (
        SELECT c.oid, c.relname, c.relkind FROM pg_catalog.pg_class c
        WHERE c.relnamespace = n.oid AND c.relname = ${quotePostgresText(versionTable)}
          AND c.relkind IN ('r', 'p', 'v', 'm', 'f') OFFSET 0
      ) c ON true
      WHERE (${matching}) AND n.nspname !~ '^pg_(temp|toast)'
    ), '[]'::json))`
}
