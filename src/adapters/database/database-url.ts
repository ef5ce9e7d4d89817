/**
 * Parses database URLs the way SQLAlchemy does (`sqlalchemy/engine/url.py`). Error messages never quote text that may
 * be secret.
 */
import { GuardError } from '../../errors.ts'

/** Host and port of a server. Each is null if the URL doesn't specify it. */
export interface HostAndPort {
  /** Host name, IP address or Unix socket directory. */
  readonly host: string | null
  readonly port: number | null
}

/** URL of a PostgreSQL database. */
export interface PostgresUrl {
  readonly dialect: 'postgresql'
  readonly kind: 'server'
  /** Driver name, such as `psycopg2`; null if the URL doesn't specify a driver. */
  readonly driver: string | null
  readonly user: string | null
  readonly password: string | null
  readonly hosts: readonly HostAndPort[]
  readonly database: string | null
  /** Remaining query parameters. If a parameter is repeated, the last value wins. */
  readonly parameters: ReadonlyMap<string, string>
}

/** URL of a SQLite database file. */
export interface SqliteUrl {
  readonly dialect: 'sqlite'
  readonly kind: 'file'
  /** The path exactly as written in the URL or `file:` URI. Used by SQLAlchemy before 2.1. */
  readonly path: string
  /** The percent-decoded path. Used by SQLAlchemy 2.1. */
  readonly decodedPath: string
  /** The `mode` parameter of a `file:` URI; null if absent. Only `rwc` creates a missing file. */
  readonly mode: 'ro' | 'rw' | 'rwc' | null
}

/** URL of a supported database. */
export type DatabaseUrl = PostgresUrl | SqliteUrl

const readable = 'alembic-guard supports PostgreSQL (postgresql://…) and SQLite (sqlite:///…).'

/** SQLAlchemy's URL pattern (1.4 to 2.1). Also accepts multiple hosts, as libpq does, and `@` in passwords. */
const urlPattern =
  /^(?<scheme>[\w+]+):\/\/(?:(?<user>[^:/]*)(?::(?<password>[^@]*(?:@[^@/?]*)*))?@)?(?<hosts>[^/?]*)(?:\/(?<database>[^?]*))?(?:\?(?<query>[^]*))?$/

/**
 * SQLAlchemy dialects that the guard recognizes but doesn't support. Error messages name only these, because an
 * unknown scheme could be a secret.
 */
const foreignDialects = new Set(
  'mysql mariadb mssql oracle cockroachdb redshift snowflake bigquery databricks duckdb clickhouse firebird sybase access db2 ibm_db_sa hana teradata trino presto hive spanner crate awsathena'.split(
    ' ',
  ),
)

/**
 * Parses a database URL.
 * @throws GuardError (unavailable) for an invalid URL, an unsupported dialect or an in-memory database.
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  rejectWrapping(text)
  const groups = urlPattern.exec(text)?.groups
  if (!groups) throw unavailable("The database URL isn't a valid URL.", notUrlHint(text))
  const [dialect = '', driver = null] = groups['scheme']?.split(/\+(.*)/s, 2) ?? []
  const read = readers.get(dialect)
  if (read) return read(driver, groups)
  const named = foreignDialects.has(dialect) ? `the dialect ${dialect}` : 'an unknown dialect'
  throw unavailable(`The database URL specifies ${named}, which isn't supported.`, readable)
}

const readers = new Map<string, (driver: string | null, groups: Groups) => DatabaseUrl>([
  ['postgresql', postgresUrl],
  ['postgres', postgresUrl],
  ['sqlite', sqliteUrl],
])

/** Rejects common mistakes in environment variables, such as quotes or a leading `NAME=`. */
function rejectWrapping(text: string): void {
  if (text.trim() === '')
    throw unavailable('The database URL is empty.', 'Set DATABASE_URL, or pass --database-url.')
  if (text.includes('\0')) throw unavailable('The database URL contains a NUL character.', null)
  if (/^\s*["'`]|["'`]\s*$/.test(text) && /^\s*(["'`])[^]*\1\s*$/.test(text))
    throw unavailable(
      'The database URL is enclosed in quotation marks.',
      'Remove the quotes around the value.',
    )
  const variable = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=/.exec(text)
  if (variable)
    throw unavailable(
      'The database URL starts with a variable name and "=".',
      'Keep only the part after the "=".',
    )
  if (text !== text.trim())
    throw unavailable(
      'The database URL starts or ends with whitespace.',
      'Remove the whitespace: SQLAlchemy would treat it as part of the URL.',
    )
}

function notUrlHint(text: string): string {
  if (/\b(host|dbname|user)\s*=/.test(text))
    return 'The URL looks like "host=… dbname=…"; write it as postgresql://user:password@host:5432/database.'
  return 'The URL should look like postgresql://user:password@host:5432/database or sqlite:///path/to/file.db.'
}

type Groups = Record<string, string | undefined>

function postgresUrl(driver: string | null, groups: Groups): PostgresUrl {
  if (groups['database']?.includes('@'))
    throw unavailable(
      'The path in the database URL contains an "@".',
      'In a user name, password or database name, write "@" as %40 and "/" as %2F.',
    )
  const parameters = parseQuery(groups['query'] ?? '')
  const take = (name: string): string | null => {
    const value = parameters.get(name)?.at(-1) ?? null
    parameters.delete(name)
    return value
  }
  const listed = parameters.get('host') ?? []
  parameters.delete('host')
  const ports = take('port')
  const inAuthority = splitHosts(groups['hosts'] ?? '')
  const hosts = queryHosts(listed, ports) ?? inAuthority
  // Query parameters override the rest of the URL, as in SQLAlchemy (`opts.update(url.query)`).
  const user = take('user') ?? nonEmpty(unquote(groups['user'] ?? ''))
  const password = take('password') ?? nonEmpty(unquote(groups['password'] ?? ''))
  const database = take('dbname') ?? nonEmpty(unquote(groups['database'] ?? ''))
  return {
    dialect: 'postgresql',
    kind: 'server',
    driver,
    user,
    password,
    hosts,
    database,
    parameters: new Map([...parameters].map(([name, values]) => [name, values.at(-1) ?? ''])),
  }
}

/** Parses `h1:1,[::1]:2`. */
function splitHosts(text: string): HostAndPort[] {
  if (text === '') return []
  return text.split(',').map((part) => {
    const match = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]*))(?::(?<port>.*))?$/s.exec(part)
    if (!match?.groups) throw unavailable('The host in the database URL is malformed.', ipv6Hint)
    const host = unquote(match.groups['v6'] ?? match.groups['name'] ?? '')
    const port = match.groups['port']
    return { host: checkedHost(host), port: port === undefined ? null : parsePort(port) }
  })
}

const ipv6Hint = 'Put an IPv6 address in brackets: postgresql://user@[::1]:5432/database.'

/** Parses `?host=h1,h2&port=1,2` and `?host=h1:1&host=h2:2`. Returns null if there is no `host` parameter. */
function queryHosts(listed: readonly string[], ports: string | null): HostAndPort[] | null {
  if (listed.length > 1 && ports === null) return listed.flatMap(splitHosts)
  const single = listed.at(-1)
  if (single === undefined) return null
  const portList = ports === null ? [] : ports.split(',')
  const names = single.split(',')
  return names.map((name, index) => {
    if (!name.startsWith('/') && ports === null && /^[^:]+:\d+$/.test(name)) return splitHosts(name)[0]!
    const port = portList.length === 1 ? portList[0] : portList[index]
    return { host: checkedHost(name), port: port ? parsePort(port) : null }
  })
}

/**
 * Validates a host name; returns null if it's empty. The error doesn't quote the text, which could be part of a
 * password.
 */
function checkedHost(host: string): string | null {
  if (host === '') return null
  if (/^[/@]/.test(host) || /^[\w.:%-]+$/.test(host)) return host
  throw unavailable(
    "The host in the database URL contains characters that aren't allowed in a host name.",
    'In a user name or password, write @ / : ? # as %40 %2F %3A %3F %23.',
  )
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port >= 1 && port <= 65_535) return port
  throw unavailable(
    "The port in the database URL isn't a number from 1 to 65535.",
    'If this text is actually the password, add "@" and the host after it, and write any "@" in the password as %40 and any "/" as %2F.',
  )
}

function sqliteUrl(driver: string | null, groups: Groups): SqliteUrl {
  if (driver !== null && !['pysqlite', 'aiosqlite', 'pysqlite_numeric', 'pysqlite_dollar'].includes(driver))
    throw unavailable(
      "The database URL is for an encrypted or remote SQLite database, which isn't supported.",
      readable,
    )
  if (groups['hosts'] || groups['user'] || groups['password'])
    throw unavailable(
      'The SQLite URL has text between its second and third slashes.',
      'Write sqlite:///relative/path.db or sqlite:////absolute/path.db.',
    )
  const query = parseQuery(groups['query'] ?? '')
  const raw = groups['database'] ?? ''
  const uri = /^(?:1|t|true|y|yes|on)$/i.test(query.get('uri')?.at(-1) ?? '') && raw.startsWith('file:')
  const path = uri ? fileUriPath(raw) : raw
  const mode = uri ? (query.get('mode')?.at(-1) ?? null) : null
  if (path === '' || path === ':memory:' || mode === 'memory')
    throw unavailable(
      "The database URL is for an in-memory SQLite database, which can't be checked.",
      'Use the URL of a file: sqlite:///path/to/file.db.',
    )
  return {
    dialect: 'sqlite',
    kind: 'file',
    path,
    decodedPath: uri ? path : unquote(path),
    mode: mode === 'ro' || mode === 'rw' || mode === 'rwc' ? mode : null,
  }
}

/** Returns the path of a `file:` URI. Supports `file:rel`, `file:/abs`, `file:///abs` and `file://localhost/abs`. */
function fileUriPath(uri: string): string {
  const path = uri.slice('file:'.length).replace(/#.*$/s, '')
  const authority = /^\/\/(?<host>[^/]*)(?<rest>.*)$/s.exec(path)?.groups
  if (!authority) return unquote(path)
  if (authority['host'] !== '' && authority['host'] !== 'localhost')
    throw unavailable("The file: URI in the SQLite URL has a host, which SQLite doesn't support.", null)
  return unquote(authority['rest'] ?? '')
}

/** Parses a query string the way Python's `urllib.parse.parse_qsl` does. */
function parseQuery(query: string): Map<string, string[]> {
  const parameters = new Map<string, string[]>()
  for (const pair of query.split('&')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s, 2).map((part) => unquote(part.replaceAll('+', ' ')))
    if (value !== '') parameters.set(name, [...(parameters.get(name) ?? []), value])
  }
  return parameters
}

/** Decodes percent escapes like Python's `urllib.parse.unquote`. Keeps invalid escapes. */
function unquote(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  )
}

function nonEmpty(text: string): string | null {
  return text === '' ? null : text
}

function unavailable(message: string, hint: string | null): GuardError {
  return new GuardError('unavailable', message, hint)
}
