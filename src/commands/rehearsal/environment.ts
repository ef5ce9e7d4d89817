/**
 * Builds the arguments and the environment for the rehearsed command. They point to the scratch database, never to
 * production. Doesn't check project files.
 */
import { type DatabaseUrl, parseDatabaseUrl } from '../../adapters/database/database-url.ts'
import { listed, shown } from '../../core/text/display.ts'
import {
  type VariableRole,
  isHarmlessName,
  isSettingName,
  roleOfName,
} from '../../core/rehearsal/command-variables.ts'
import { GuardError } from '../../errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Anything that could connect the command to production. */
export interface Production {
  /** Production's URL. Null if `--from-base` is given without a database. */
  readonly url: string | null
  /** Variables that contain production's URL: `DATABASE_URL`, and those from `--database-url-env` or env.py. */
  readonly variables: readonly string[]
  /** Passwords from sources other than the URL, such as `PGPASSWORD` or a password file. */
  readonly passwords: readonly string[]
}

/** A command that is safe to start. */
export interface SafeCommand {
  readonly argv: readonly string[]
  readonly env: Environment
  /** Variables that now refer to the scratch database. Variables in `removed` aren't passed on. */
  readonly replaced: readonly string[]
  readonly removed: readonly string[]
  /** Removed variables that the project reads, or that look like connection details. */
  readonly missed: readonly string[]
}

/** How the command connects to the scratch database. */
export interface ScratchAddress {
  /** Returns the scratch database's URL with the given scheme. */
  readonly urlFor: (scheme: string | null) => string
  /** Parts of the URL; null for a SQLite file. */
  readonly parts: Readonly<Record<Exclude<VariableRole, 'url'>, string>> | null
}

/** Requirements that the command's environment must meet. */
export interface EnvironmentWish {
  /** Variables that the project reads. */
  readonly reads: readonly { readonly name: string; readonly role: VariableRole | null }[]
  /** Variables from `--pass-env`. Each is passed on unless its value refers to production. */
  readonly pass: readonly string[]
  /** A new home folder without credentials. */
  readonly home: string
  /** If there is no network, package managers are told to work offline. */
  readonly offline: boolean
}

/**
 * Builds a command that is safe to start. Passes on only variables that are requested or harmless. Database variables
 * point to the scratch database.
 * @throws GuardError (usage) if an argument refers to production and can't be replaced.
 */
export function safeCommand(
  argv: readonly string[],
  env: Environment,
  production: Production,
  scratch: ScratchAddress,
  wish: EnvironmentWish,
): SafeCommand {
  const secrets = secretsOf(production)
  const { urlFor, parts } = scratch
  const kept: Record<string, string> = {}
  const replaced = new Set<string>()
  const removed: string[] = []
  const revealing = new Set<string>()
  const put = (name: string, value: string): void => {
    kept[name] = value
    replaced.add(name)
  }
  const reads = new Map(wish.reads.map(({ name, role }) => [name, role ?? roleOfName(name)]))
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || name.startsWith('ALEMBIC_GUARD_')) continue
    if (production.variables.includes(name)) continue
    const reveals = secrets.some((secret) => secret(value)) || holdsDatabaseUrl(value)
    if (reveals) revealing.add(name)
    const asked = wish.pass.includes(name) || isHarmlessName(name) || (reads.has(name) && isSettingName(name))
    if (isSameDatabase(value, production)) put(name, urlFor(schemeOf(value)))
    else if (asked && !reveals) kept[name] = value
    // Variables that contain the database's address are set below.
    else if ((reads.get(name) ?? null) === null && name !== 'HOME') removed.push(name)
  }
  for (const [name, role] of reads) {
    if (role === null || kept[name] !== undefined || production.variables.includes(name)) continue
    const old = env[name] ?? ''
    if (role === 'url') put(name, urlFor(schemeOf(old) ?? schemeOf(production.url ?? '')))
    else if (parts) put(name, parts[role])
    else if (env[name] !== undefined) removed.push(name)
  }
  for (const name of new Set(production.variables))
    put(name, urlFor(schemeOf(env[name] ?? production.url ?? '')))
  return {
    argv: argv.map((word) => safeWord(word, production, secrets, urlFor)),
    env: {
      ...kept,
      ...ofHome(wish.home),
      ...(wish.offline ? { UV_OFFLINE: '1' } : {}),
      ...(parts ? libpqVariables(parts) : {}),
    },
    replaced: [...replaced]
      .filter((name) => env[name] !== undefined || production.variables.includes(name))
      .sort(),
    removed: removed.sort(),
    missed: removed.filter((name) => reads.has(name) || revealing.has(name) || roleOfName(name) !== null),
  }
}

/** Hides the password file, service file, client certificate and Kerberos tickets in the user's home directory. */
function ofHome(home: string): Environment {
  const nowhere = `${home}/none`
  return {
    HOME: home,
    PGPASSFILE: `${home}/.pgpass`,
    PGSERVICEFILE: `${home}/.pg_service.conf`,
    PGSYSCONFDIR: home,
    PGSSLCERT: nowhere,
    PGSSLKEY: nowhere,
    PGGSSENCMODE: 'disable',
    KRB5CCNAME: `FILE:${nowhere}`,
  }
}

/** Sets connection details that the URL doesn't contain, for libpq and compatible drivers. */
function libpqVariables({
  host,
  port,
  user,
  password,
  database,
}: NonNullable<ScratchAddress['parts']>): Environment {
  return {
    PGHOST: host,
    PGPORT: port,
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    // Keeps asyncpg from looking for a certificate that doesn't exist.
    PGSSLMODE: 'disable',
  }
}

function safeWord(
  word: string,
  production: Production,
  secrets: readonly ((text: string) => boolean)[],
  scratchUrl: (scheme: string | null) => string,
): string {
  // Matches `url=postgresql://…`, `--url=postgresql://…` or just a URL.
  const [, before = '', value = ''] = /^((?:[^:=]*=)?)([^]*)$/.exec(word) ?? []
  if (isSameDatabase(value, production)) return before + scratchUrl(schemeOf(value))
  const left =
    production.url === null ? word : word.replaceAll(production.url, scratchUrl(schemeOf(production.url)))
  if (secrets.some((secret) => secret(left)) || (left === word && holdsDatabaseUrl(left))) {
    throw new GuardError(
      'usage',
      `The argument "${shown(before === '' ? '...' : before)}..." might point to a database other than the scratch database.`,
      'Remove the argument for the rehearsal; the command gets the scratch URL from its environment.',
    )
  }
  return left
}

/** Returns functions that detect production's passwords and host names in text. */
function secretsOf({ url, passwords }: Production): readonly ((text: string) => boolean)[] {
  const parsed = url === null ? null : parse(url)
  if (parsed?.kind !== 'server') return []
  const all = [parsed.password, ...passwords].filter((one) => one !== null && one !== '') as string[]
  const forms = all.flatMap((password) => [password, encodeURIComponent(password)])
  const hosts = parsed.hosts.flatMap(({ host }) => (host === null || isLocal(host) ? [] : [host]))
  return [
    // A short password would also match harmless words.
    (text) =>
      forms.some(
        (form) => text === form || text.includes(`:${form}@`) || (form.length >= 8 && text.includes(form)),
      ),
    (text) => hosts.some((host) => text.includes(host)),
  ]
}

function isLocal(host: string): boolean {
  return host.startsWith('/') || !host.includes('.') || host.startsWith('127.') || host === '::1'
}

/** Matches `postgres://` or `postgresql+asyncpg://`, even inside longer text. */
function holdsDatabaseUrl(text: string): boolean {
  return /\b(?:postgres|postgresql|mysql|mariadb|mssql|oracle|cockroachdb)(?:\+\w+)?:\/\//i.test(text)
}

/** Whether the text is a URL of the production database, in any spelling. */
function isSameDatabase(text: string, { url }: Production): boolean {
  if (url === null) return false
  if (text === url) return true
  const one = parse(text)
  const other = parse(url)
  if (one?.kind === 'file' && other?.kind === 'file') return one.path === other.path
  if (one?.kind !== 'server' || other?.kind !== 'server') return false
  const placeOf = ({ hosts, database }: typeof one): string =>
    JSON.stringify([hosts.map(({ host, port }) => [host, port ?? 5432]), database])
  return placeOf(one) === placeOf(other)
}

function parse(text: string): DatabaseUrl | null {
  if (!/^[\w+]+:\/\//.test(text)) return null
  try {
    return parseDatabaseUrl(text)
  } catch {
    return null
  }
}

/** Returns the scheme of a URL, such as `postgresql+psycopg2`; null if the text has none. */
function schemeOf(url: string): string | null {
  return /^([\w+]+):\/\//.exec(url)?.[1] ?? null
}

/** Matches URL parameters needed to reach the server and log in. All other parameters matter only to the client. */
const ofTheServer =
  /^(?:host|hostaddr|port|user|password|dbname|passfile|service|ssl.*|gss.*|krbsrvname|channel_binding|require_auth|target_session_attrs|load_balance_hosts|keepalives.*|tcp_user_timeout)$/

/** Returns the proxy's URL. Keeps the parameters in production's URL that matter only to the client. */
export function proxyUrl(
  production: string | null,
  scheme: string | null,
  { user, password, port, database }: { user: string; password: string; port: string; database: string },
): string {
  const parsed = production === null ? null : parse(production)
  const parameters = parsed?.kind === 'server' ? [...parsed.parameters] : []
  const kept = parameters
    .filter(([name]) => !ofTheServer.test(name))
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  const query = kept.length === 0 ? '' : `?${kept.join('&')}`
  return `${scheme ?? 'postgresql'}://${encodeURIComponent(user)}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}${query}`
}

/**
 * Describes which variables point to the scratch database and which weren't passed on; null if there are no such
 * variables.
 */
export function environmentWords({ replaced, missed }: SafeCommand): string | null {
  const others = replaced.filter((name) => name !== 'DATABASE_URL')
  const parts = [
    ...(others.length > 0
      ? [`${listed(others)} ${others.length === 1 ? 'points' : 'point'} to the scratch database`]
      : []),
    ...(missed.length > 0 ? [`not passed to the command: ${listed(missed, 6)}`] : []),
  ]
  return parts.length === 0 ? null : parts.join('; ')
}
