/** Reads the database state that `check` needs, with one query for the catalog and one for the rows. */
import { quoteIdentifier, quotePostgresText } from '../../core/text/sql-quoting.ts'
import type { DatabaseState, Privileges } from '../../core/history/database-state.ts'
import { GuardError } from '../../errors.ts'
import type { Database, OpenOptions, VersionTableQuestion } from '../database/database.ts'
import type { PostgresUrl } from '../database/database-url.ts'
import { defaultTimeoutMs, startDeadline } from '../files/deadline.ts'
import { postgresVersionRow } from '../database/driver-values.ts'
import { planConnection } from '../libpq/libpq.ts'
import { codeOf } from './errors.ts'
import { fields, flag, listOf, orNull, parseAnswer, text } from './answer-shape.ts'
import { runSnapshotBatch } from './query-batch.ts'
import { locksOf } from './query-schema.ts'
import { readPostgresSizes } from './query-sizes.ts'
import { type Relation, lockShape, relationShape } from './relation-shape.ts'
import {
  type QueryContext,
  runQuery,
  versionTableOf,
  versionUniquenessSql,
  versionColumnsSql,
  versionRowsOf,
  refusalToRead,
  rowPrivileges,
  rowSecurity,
  runsCode,
} from './version-table-query.ts'
import type { PostgresSession } from './session.ts'
import { connectPostgres } from './connect.ts'
import { keepOtherPath } from './safe-path.ts'

/** Maximum number of version rows. A table with more rows can't be a version table. */
const maxVersionRows = 10_000

/** Limits for reading the version table's namesakes in other schemas. */
const otherTableLimit = 20
const otherRowLimit = 20

/**
 * Connects to a PostgreSQL server.
 * @throws GuardError (unavailable)
 */
export async function openPostgresDatabase(url: PostgresUrl, options: OpenOptions): Promise<Database> {
  const deadline = startDeadline(options.timeoutMs ?? defaultTimeoutMs, options.signal)
  const plan = planConnection(url, options.env, options.cwd)
  const session = await connectPostgres(plan, deadline)
  const asked = { session, plan, deadline, driver: url.driver }
  return {
    readState: (question) => readPostgresState(asked, question),
    readStates: async (question) => {
      const { readSchemaStates } = await import('./query-tenants.ts')
      return readSchemaStates(asked, question)
    },
    readSchema: async () => {
      const { schema } = await runQuery(asked, 'Reading the schema', () =>
        runSnapshotBatch(session, { objects: 'all' }),
      )
      if (!schema) throw new TypeError('no schema')
      return schema
    },
    look: (wanted) => runQuery(asked, 'Reading the schema', () => runSnapshotBatch(session, wanted)),
    readTableSizes: () => readPostgresSizes(session),
    close: () => session.close(),
  }
}

interface Catalog {
  readonly server: string
  readonly database: string
  readonly inRecovery: boolean
  readonly defaultReadOnly: boolean
  readonly searchPath: readonly string[]
  readonly mayCreateHere: boolean | null
  readonly mayCreateVersionTable: boolean | null
  readonly relations: readonly Relation[]
}

const catalogShape = fields<Catalog>({
  server: text,
  database: text,
  inRecovery: flag,
  defaultReadOnly: flag,
  searchPath: listOf(text),
  mayCreateHere: orNull(flag),
  mayCreateVersionTable: orNull(flag),
  relations: listOf(relationShape),
})

async function readPostgresState(
  asked: QueryContext,
  question: VersionTableQuestion,
): Promise<DatabaseState> {
  const { session, plan } = asked
  if (`${question.versionTable}${question.versionTableSchema ?? ''}`.includes('\0'))
    throw new GuardError('usage', "The version table's name contains a NUL character.")
  const { catalog, refusedRole } = await readCatalog(asked, question)
  const found = catalog.relations.find((relation) =>
    question.versionTableSchema === null ? relation.visible : relation.schema === question.versionTableSchema,
  )
  const others = catalog.relations.filter((relation) => relation !== found)
  const { versions, otherVersionTables } = await readRows(asked, found, others)
  return {
    dialect: 'postgresql',
    server: catalog.server,
    host: session.target.host,
    name: catalog.database || plan.database,
    readOnly: readOnlyReason(catalog),
    searchPath: catalog.searchPath,
    versionTable: versionTableOf(question, found, catalog.searchPath),
    versions,
    otherVersionTables,
    locks: found?.locks ?? [],
    transactionalDdl: true,
    ...(refusedRole !== null
      ? { rightsUnknown: `env.py sets the role ${refusedRole}, but this connection can't switch to it` }
      : { privileges: privilegesOf(catalog, found) }),
  }
}

function privilegesOf(catalog: Catalog, found: Relation | undefined): Privileges {
  return {
    writeVersions: found ? found.writable : catalog.mayCreateVersionTable,
    createTables: catalog.mayCreateHere,
    ...(found && { versionRows: versionRowsOf(found) }),
  }
}

/** SQLSTATEs that SET ROLE reports if the role doesn't exist or isn't permitted. */
const roleRefused = new Set(['42501', '22023', '42704'])

/**
 * Queries the catalog with the release's search path and role. `refusedRole` is the name of that role if the server
 * refused it.
 */
async function readCatalog(
  asked: QueryContext,
  question: VersionTableQuestion,
): Promise<{ readonly catalog: Catalog; readonly refusedRole: string | null }> {
  const { session } = asked
  const { searchPath, role } = question.session ?? {}
  const path = searchPath ? [keepOtherPath(searchPath)] : []
  const query = async (): Promise<Catalog> => {
    const [answer] = await session.query({ ownPath: catalogQuestion(question) })
    return parseAnswer(answer?.[0]?.[0], catalogShape)
  }
  return runQuery(asked, 'Reading the catalog', async () => {
    session.adopt([...path, ...(role === undefined ? [] : [`SET LOCAL ROLE ${quoteIdentifier(role)}`])])
    try {
      return { catalog: await query(), refusedRole: null }
    } catch (error) {
      if (role === undefined || !roleRefused.has(codeOf(error) ?? '')) throw error
      session.restart()
      session.adopt(path)
      return { catalog: await query(), refusedRole: role }
    }
  })
}

function readOnlyReason(catalog: Catalog): string | null {
  if (catalog.inRecovery) return 'a standby server'
  return catalog.defaultReadOnly ? 'default_transaction_read_only is on' : null
}

/**
 * Reads the version rows without ORDER BY, so that they come in the same order as in Alembic. Also reads tables with
 * the same name in other schemas. These tables only serve as hints, so unreadable ones are skipped.
 */
async function readRows(
  asked: QueryContext,
  found: Relation | undefined,
  others: readonly Relation[],
): Promise<Pick<DatabaseState, 'versions' | 'otherVersionTables'>> {
  const version = found?.columns.find(({ name }) => name === 'version_num')
  const refusal = found && version ? refusalToRead(found) : null
  if (refusal) throw refusal
  const readable = others.filter(mayBeRead).slice(0, otherTableLimit)
  const own =
    found && version ? [`SELECT version_num FROM ${qualified(found)} LIMIT ${maxVersionRows + 1}`] : []
  const elsewhere = readable.map(
    (relation) =>
      `SELECT version_num FROM ${qualified(relation)} WHERE version_num IS NOT NULL LIMIT ${otherRowLimit}`,
  )
  const table = found ? `${found.schema}.${found.name}` : 'elsewhere'
  const answers = await runQuery(asked, `Reading the version table ${table}`, async () => {
    if (own.length + elsewhere.length === 0) return []
    const answered = await asked.session.tryQuery(...own, ...elsewhere)
    if (answered.answers.length >= own.length) return answered.answers
    throw found && codeOf(answered.error) === '55P03'
      ? await lockedError(asked.session, found)
      : answered.error
  })
  const [rows = []] = own.length > 0 ? answers : []
  if (rows.length > maxVersionRows)
    throw new GuardError(
      'unavailable',
      `${table} has more than ${maxVersionRows} rows, so it can't be a version table.`,
      'Check version_table and version_table_schema in env.py.',
    )
  return {
    versions: rows.map(([value]) => postgresVersionRow(version?.base ?? '', value ?? null, asked.driver)),
    otherVersionTables: others.map((relation) => ({
      schema: relation.schema,
      name: relation.name,
      visible: relation.visible,
      versions: readable.includes(relation)
        ? (answers[own.length + readable.indexOf(relation)] ?? []).map(([value]) => value ?? '')
        : [],
    })),
  }
}

function mayBeRead({
  kind,
  readable,
  runsCode: runs,
  rowSecurity: security,
  columns: all,
  locks,
}: Relation): boolean {
  return (
    (kind === 'r' || kind === 'p') &&
    readable &&
    !runs &&
    security !== 'hides' &&
    all.some(({ name }) => name === 'version_num') &&
    locks.every(({ mode }) => mode !== 'AccessExclusiveLock')
  )
}

/**
 * Returns the error for a locked version table. Identifies the session that holds the lock, if our role may see it.
 */
async function lockedError(session: PostgresSession, relation: Relation): Promise<GuardError> {
  session.restart()
  const [answer] = await session.query(
    `SELECT ${locksOf(`${quotePostgresText(qualified(relation))}::regclass`)}`,
  )
  const locks = parseAnswer(answer?.[0]?.[0], listOf(lockShape))
  const holder = locks.find((lock) => lock.mode === 'AccessExclusiveLock')
  const details = [
    holder?.state,
    holder?.application && `application ${JSON.stringify(holder.application)}`,
    typeof holder?.transactionAge === 'number' &&
      `transaction open for ${Math.round(holder.transactionAge)} s`,
  ].filter(Boolean)
  const who = holder
    ? `process ${holder.pid}${details.length > 0 ? ` (${details.join(', ')})` : ''}`
    : 'another session'
  return new GuardError(
    'unavailable',
    `The version table ${relation.schema}.${relation.name} is locked by ${who}, so it can't even be read.`,
    "Wait for that session's transaction to end, or terminate the session; alembic upgrade would wait for it too.",
  )
}

function qualified({ schema, name }: Relation): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
}

/**
 * Returns a query whose result is one JSON value. Finds the version table like SQLAlchemy's `has_table`: if no schema
 * is given, any table, view or foreign table on the search path counts. Qualifies all names, because the user
 * controls the search path.
 */
function catalogQuestion({ versionTable, versionTableSchema }: VersionTableQuestion): string {
  const here = 'pg_catalog.current_schema()'
  const mayCreateIn = (schema: string): string =>
    `(SELECT pg_catalog.has_schema_privilege(oid, 'USAGE') AND pg_catalog.has_schema_privilege(oid, 'CREATE')
      FROM pg_catalog.pg_namespace WHERE nspname = ${schema})`
  return `SELECT pg_catalog.json_build_object(
    'server', pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1),
    'database', pg_catalog.current_database(),
    'inRecovery', pg_catalog.pg_is_in_recovery(),
    'defaultReadOnly', pg_catalog.current_setting('default_transaction_read_only') = 'on',
    'searchPath', pg_catalog.current_schemas(false),
    'mayCreateHere', ${mayCreateIn(here)},
    'mayCreateVersionTable', ${mayCreateIn(versionTableSchema === null ? here : quotePostgresText(versionTableSchema))},
    'relations', COALESCE((
      SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'schema', n.nspname, 'name', c.relname, 'kind', c.relkind, 'visible', v.visible,
        'readable', pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'),
        'writable', pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'INSERT')
          AND pg_catalog.has_table_privilege(c.oid, 'UPDATE') AND pg_catalog.has_table_privilege(c.oid, 'DELETE'),
        ${rowPrivileges},
        'unique', ${versionUniquenessSql}, 'runsCode', ${runsCode}, 'rowSecurity', ${rowSecurity}, 'columns', ${versionColumnsSql}, 'locks', ${locksOf('c.oid')}
      ) ORDER BY v.visible DESC, n.nspname)
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL (SELECT pg_catalog.pg_table_is_visible(c.oid) AS visible) v
      WHERE c.relname = ${quotePostgresText(versionTable)} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND n.nspname !~ '^pg_(temp|toast)'
    ), '[]'::json))`
}
