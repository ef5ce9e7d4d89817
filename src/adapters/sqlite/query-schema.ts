/**
 * Reads a SQLite schema from `sqlite_master` and pragmas. Pragmas are used as table-valued functions, so that one
 * query covers all tables.
 */
import { quoteIdentifier, quoteText } from '../../core/text/sql-quoting.ts'
import type {
  ColumnSnapshot,
  ConstraintSnapshot,
  IndexSnapshot,
  RelationSnapshot,
  SchemaSnapshot,
  TableSnapshot,
  WriteCounters,
} from '../../core/schema/schema-snapshot.ts'
import type { SqliteConnection } from './connect.ts'
import type { RowQuestion } from '../../core/dry-run/simulated-schema.ts'

/**
 * Reads the schema, excluding SQLite's internal tables. If `names` is given, reads only the tables and indexes with
 * these names, batch mode's temporary tables for them, and all views. If `lists` is true, also reads the names of
 * all tables.
 */
export function readSqliteSchema(
  connection: SqliteConnection,
  names: readonly string[] | null = null,
  lists = false,
): SchemaSnapshot {
  const owners = names && `(SELECT value FROM ${jsonTable(ownersOf(connection, names))})`
  const among = owners === null ? '1' : `(m.type IN ('view', 'trigger') OR m.tbl_name IN ${owners})`
  const tables = new Map<string, TableSnapshot & { columns: ColumnSnapshot[]; indexes: IndexSnapshot[] }>()
  const master = connection.all(
    `SELECT type, name, tbl_name AS owner, sql FROM main.sqlite_master m
     WHERE type IN ('table', 'index', 'view', 'trigger') AND ${among} ORDER BY type DESC, rowid`,
  )
  const indexed = indexColumns(connection, among)
  const relations: RelationSnapshot[] = []
  /** Tables with generated columns or (probably) CHECK constraints. */
  const computing = new Set<string>()
  for (const { type, name, owner, sql } of master) {
    if (type === 'view') relations.push({ kind: 'view', schema: null, name: String(name), table: null })
    else if (type === 'table' && !String(name).startsWith('sqlite_')) {
      const constraints = constraintsIn(String(sql ?? ''))
      if (/\bcheck\s*\(/i.test(String(sql))) computing.add(String(name))
      tables.set(String(name), {
        schema: null,
        name: String(name),
        visible: true,
        columns: [],
        indexes: [],
        constraints,
        ...(/\bon\s+conflict\b/i.test(String(sql)) && { runsCode: true as const }),
      })
    } else if (type === 'index' && sql !== null) {
      const unique = /^\s*create\s+unique/i.test(String(sql))
      tables.get(String(owner))?.indexes.push({
        name: String(name),
        unique,
        definition: String(sql),
        ...indexed.columns.get(String(name)),
      })
    }
  }
  const columns = connection.all(
    `SELECT m.name AS owner, c.name AS name, c.type AS type, c."notnull" AS required, c.dflt_value AS fallback,
       c.pk AS key, c.hidden AS hidden
     FROM main.sqlite_master m, pragma_table_xinfo(m.name, 'main') c
     WHERE m.type = 'table' AND ${among} AND m.sql NOT LIKE 'create virtual%' ORDER BY m.rowid, c.cid`,
  )
  for (const { owner, hidden } of columns) if (hidden !== 0) computing.add(String(owner))
  for (const { owner, name, type, required, fallback, key, hidden } of columns) {
    const unsure = computing.has(String(owner)) ? 'unsure' : undefined
    const held = key === 0 ? (indexed.held.get(`${String(owner)}\0${String(name)}`) ?? unsure) : 'PRIMARY KEY'
    tables.get(String(owner))?.columns.push({
      name: String(name),
      type: String(type),
      nullable: required === 0,
      serverDefault: fallback === null || fallback === undefined ? null : String(fallback),
      // 2 and 3 mark generated columns (sqlite.org/pragma.html#pragma_table_xinfo).
      ...(hidden !== 0 && { generated: true as const }),
      ...(held && { blockedBy: held }),
    })
  }
  for (const name of computing) {
    const table = tables.get(name)
    if (table) tables.set(name, { ...table, hasExpressions: true })
  }
  for (const [name, targets] of targetsOf(connection, among)) {
    const table = tables.get(name)
    if (table) tables.set(name, { ...table, targets })
  }
  for (const [name, missingTargets] of missingTargetsOf(connection, among)) {
    const table = tables.get(name)
    if (table) tables.set(name, { ...table, missingTargets })
  }
  const programs = master.some(({ type }) => type === 'view' || type === 'trigger')
  return {
    dialect: 'sqlite',
    defaultSchema: null,
    schemas: [],
    tables: [...tables.values()],
    enums: [],
    ...(lists && { listed: { tables: tableNames(connection), schemas: [] } }),
    surroundings: { relations, types: [], access: [], createSchemas: true, pathSetting: [], programs },
  }
}

/**
 * Returns the existing tables that `names` refer to, including the tables that indexes belong to and batch mode's
 * temporary tables. Usually only a few of the names exist, and compiling thousands of them into every query would be
 * slow.
 */
function ownersOf(connection: SqliteConnection, names: readonly string[]): readonly string[] {
  const wanted = [...names, ...names.map((name) => `_alembic_tmp_${name}`)]
  const found = connection.all(
    `WITH wanted AS (SELECT lower(value) FROM ${jsonTable(wanted)})
     SELECT DISTINCT tbl_name AS owner FROM main.sqlite_master
     WHERE lower(name) IN wanted OR lower(tbl_name) IN wanted`,
  )
  return found.map(({ owner }) => String(owner))
}

/**
 * Returns SQL for a table of strings, passed as a single literal. Ten thousand literals would take a second to
 * compile.
 */
function jsonTable(texts: readonly string[]): string {
  return `json_each(${quoteText(JSON.stringify(texts))})`
}

/** Returns the tables that each table's foreign keys reference. */
function targetsOf(connection: SqliteConnection, among: string): ReadonlyMap<string, readonly string[]> {
  const found = connection.all(
    `SELECT DISTINCT m.name AS owner, f."table" AS target
     FROM main.sqlite_master m, pragma_foreign_key_list(m.name, 'main') f
     WHERE m.type = 'table' AND m.sql LIKE '%references%' AND ${among}`,
  )
  const targets = new Map<string, string[]>()
  for (const { owner, target } of found) {
    const list = targets.get(String(owner)) ?? []
    list.push(String(target))
    targets.set(String(owner), list)
  }
  return targets
}

/** Returns the missing tables that each table references, directly or indirectly. */
function missingTargetsOf(
  connection: SqliteConnection,
  among: string,
): ReadonlyMap<string, readonly { owner: string; target: string }[]> {
  const found = connection.all(
    `WITH RECURSIVE reached(start, owner) AS (
       SELECT m.name, m.name FROM main.sqlite_master m
       WHERE m.type = 'table' AND m.sql LIKE '%references%' AND ${among}
       UNION SELECT r.start, f."table" FROM reached r, pragma_foreign_key_list(r.owner, 'main') f)
     SELECT DISTINCT r.start AS start, r.owner AS owner, f."table" AS target
     FROM reached r, pragma_foreign_key_list(r.owner, 'main') f
     WHERE NOT EXISTS (SELECT 1 FROM main.sqlite_master t WHERE lower(t.name) = lower(f."table") AND t.type IN ('table', 'view'))`,
  )
  const missing = new Map<string, { owner: string; target: string }[]>()
  for (const { start, owner, target } of found) {
    const list = missing.get(String(start)) ?? []
    list.push({ owner: String(owner), target: String(target) })
    missing.set(String(start), list)
  }
  return missing
}

function tableNames(connection: SqliteConnection): readonly { schema: null; name: string }[] {
  return connection
    .all(`SELECT name FROM main.sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'`)
    .map(({ name }) => ({ schema: null, name: String(name) }))
}

/**
 * Reads the schema cookie, which counts schema changes, and lists the tables that are older than the version table.
 */
export function readSqliteWriteCounters(
  connection: SqliteConnection,
  versionTable: string,
): WriteCounters | null {
  const count = connection.all('PRAGMA main.schema_version')[0]?.['schema_version']
  const name = quoteText(versionTable)
  const older = connection.all(
    `SELECT name FROM main.sqlite_master WHERE type = 'table'
     AND rowid < (SELECT rowid FROM main.sqlite_master WHERE type = 'table' AND lower(name) = lower(${name}))`,
  )
  return typeof count === 'number'
    ? {
        kind: 'schemaChanges',
        versionTable,
        count,
        older: older.map((table) => ({ schema: null, name: String(table.name) })),
      }
    : null
}

/**
 * Returns the columns of each index created by CREATE INDEX, except partial indexes. For each UNIQUE column, `held`
 * tells whether the constraint belongs to the column or to the table.
 */
function indexColumns(connection: SqliteConnection, among: string) {
  const columns = new Map<string, { columns: (string | null)[] }>()
  const held = new Map<string, 'UNIQUE' | 'table'>()
  // Origin `c` means CREATE INDEX. The slow expressions are only needed for indexes of other origins.
  const found = connection.all(
    `SELECT m.name AS owner, CASE l.origin WHEN 'c' THEN NULL ELSE m.sql END AS sql, l.name AS name,
       l.origin AS origin, i.name AS column,
       CASE l.origin WHEN 'c' THEN NULL ELSE (SELECT count(*) FROM pragma_index_info(l.name, 'main')) END AS width
     FROM main.sqlite_master m, pragma_index_list(m.name, 'main') l, pragma_index_info(l.name, 'main') i
     WHERE m.type = 'table' AND ${among} AND m.sql NOT LIKE 'create virtual%' AND l.partial = 0 AND l.origin <> 'pk'
     ORDER BY m.rowid, l.seq, i.seqno`,
  )
  for (const { owner, sql, name, origin, column, width } of found) {
    const text = typeof column === 'string' ? column : null
    if (origin === 'c') {
      const known = columns.get(String(name))
      if (known) known.columns.push(text)
      else columns.set(String(name), { columns: [text] })
    } else if (text !== null) {
      // Only the CREATE TABLE statement distinguishes column constraints from table constraints.
      const lists = [...String(sql).matchAll(/\bunique\s*\(([^)]*)\)/gi)].map(([, list = '']) =>
        list.toLowerCase(),
      )
      const ofTable = width !== 1 || lists.some((list) => list.includes(text.toLowerCase()))
      held.set(`${String(owner)}\0${text}`, ofTable ? 'table' : 'UNIQUE')
    }
  }
  return { columns, held }
}

/** Maximum number of rows to check for NULLs or duplicates. */
const maxRows = 20_000

/** Answers questions about existing rows. An answer is null if it can't be determined. */
export function askSqliteRows(
  connection: SqliteConnection,
  questions: readonly RowQuestion[],
): readonly (boolean | null)[] {
  return questions.map((question) => {
    // SQLite can't add a foreign key or CHECK constraint to an existing table.
    if (question.kind === 'orphans' || question.kind === 'violates') return null
    if (question.kind === 'duplicates' && question.condition) return null
    const table = `main.${quoteIdentifier(question.table.name)}`
    const columns = question.kind === 'rows' ? [] : question.columns.map((column) => quoteIdentifier(column))
    const complete = columns.map((column) => `${column} IS NOT NULL`).join(' AND ')
    const list = columns.join(', ')
    const inner = {
      rows: `SELECT 1 FROM ${table}`,
      nulls: `SELECT 1 FROM (SELECT ${list} AS c FROM ${table} LIMIT ${maxRows}) WHERE c IS NULL`,
      duplicates: `SELECT 1 FROM (SELECT ${list} FROM ${table} WHERE ${complete} LIMIT ${maxRows}) GROUP BY ${list} HAVING count(*) > 1`,
    }[question.kind]
    try {
      return connection.all(`SELECT EXISTS (${inner}) AS yes`)[0]?.['yes'] === 1
    } catch {
      return null
    }
  })
}

const kinds: readonly (readonly [RegExp, ConstraintSnapshot['kind']])[] = [
  [/^primary/i, 'primaryKey'],
  [/^unique/i, 'unique'],
  [/^(?:foreign|references)/i, 'foreignKey'],
  [/^check/i, 'check'],
]

/** Parses the CREATE statement, because SQLite stores constraint names nowhere else. */
function constraintsIn(sql: string): ConstraintSnapshot[] {
  const pattern = /\bconstraint\s+(?:"((?:[^"]|"")+)"|`([^`]+)`|\[([^\]]+)\]|'([^']+)'|(\w+))\s+(\w+)/gi
  return [...sql.replace(/'(?:[^']|'')*'/g, (text) => (/\s/.test(text) ? "''" : text)).matchAll(pattern)].map(
    ([, quoted, ticked, bracketed, single, bare, word = '']) => ({
      name: quoted?.replaceAll('""', '"') ?? ticked ?? bracketed ?? single ?? bare ?? '',
      kind: kinds.find(([head]) => head.test(word))?.[1] ?? 'other',
      definition: null,
    }),
  )
}
