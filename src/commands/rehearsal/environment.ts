/**
 * What the rehearsed command gets to know: its words and variables with production taken out and the scratch database
 * put in. Knows spellings of URLs; what a file of the project says is the project's own matter.
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

/** Production as the command could know it. */
export interface Production {
  /** Null: there is none (`--from-base` without a database). */
  readonly url: string | null
  /** Variables that hold its URL by agreement: `DATABASE_URL`, the one of `--database-url-env`, the one of env.py. */
  readonly variables: readonly string[]
  /** Passwords found elsewhere than in the URL (`PGPASSWORD`, a password file). */
  readonly passwords: readonly string[]
}

/** What is started. */
export interface SafeCommand {
  readonly argv: readonly string[]
  readonly env: Environment
  /** Names of variables that now lead to the scratch database, and of those that were taken away. */
  readonly replaced: readonly string[]
  readonly removed: readonly string[]
  /** Of those, the ones that the project reads, or that hold a way to a database. */
  readonly missed: readonly string[]
}

/** How the command finds the scratch database. */
export interface ScratchAddress {
  /** Its URL, in the scheme of the one that it replaces. */
  readonly urlFor: (scheme: string | null) => string
  /** The parts of that URL; null: a file, which has none. */
  readonly parts: Readonly<Record<Exclude<VariableRole, 'url'>, string>> | null
}

/** What the command gets besides. */
export interface EnvironmentWish {
  /** Variables that the project reads. */
  readonly reads: readonly { readonly name: string; readonly role: VariableRole | null }[]
  /** `--pass-env`: passed on, unless they hold a way to production. */
  readonly pass: readonly string[]
  /** A fresh folder that becomes the home, without anybody's passwords. */
  readonly home: string
  /** There is no network: tools that would look for packages are told so. */
  readonly offline: boolean
}

/**
 * Makes the words and variables safe. Only variables that are known to lead nowhere, or were asked for, get through;
 * all that say where the database is say the scratch database.
 * @throws GuardError (usage) when a word of the command holds production in a way that can't be replaced.
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
    // What the project reads to find its database is set below.
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

/** No password file, no service file, no client certificate and no ticket of anybody's. */
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

/** What libpq and its kin take where a URL says nothing. */
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
    // asyncpg would read the certificate that isn't there.
    PGSSLMODE: 'disable',
  }
}

function safeWord(
  word: string,
  production: Production,
  secrets: readonly ((text: string) => boolean)[],
  scratchUrl: (scheme: string | null) => string,
): string {
  // `url=postgresql://…`, `--url=postgresql://…`, and the URL alone.
  const [, before = '', value = ''] = /^((?:[^:=]*=)?)([^]*)$/.exec(word) ?? []
  if (isSameDatabase(value, production)) return before + scratchUrl(schemeOf(value))
  const left =
    production.url === null ? word : word.replaceAll(production.url, scratchUrl(schemeOf(production.url)))
  if (secrets.some((secret) => secret(left)) || (left === word && holdsDatabaseUrl(left))) {
    throw new GuardError(
      'usage',
      `The word "${shown(before === '' ? '...' : before)}..." of the command names a database that may not be the scratch one.`,
      'Remove it for the rehearsal; the command gets the scratch URL in its environment.',
    )
  }
  return left
}

/** Tests whether a text gives production away. */
function secretsOf({ url, passwords }: Production): readonly ((text: string) => boolean)[] {
  const parsed = url === null ? null : parse(url)
  if (parsed?.kind !== 'server') return []
  const all = [parsed.password, ...passwords].filter((one) => one !== null && one !== '') as string[]
  const forms = all.flatMap((password) => [password, encodeURIComponent(password)])
  const hosts = parsed.hosts.flatMap(({ host }) => (host === null || isLocal(host) ? [] : [host]))
  return [
    // A short one would be found in innocent words.
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

/** `postgres://`, `postgresql+asyncpg://`, also in the middle of a longer text. */
function holdsDatabaseUrl(text: string): boolean {
  return /\b(?:postgres|postgresql|mysql|mariadb|mssql|oracle|cockroachdb)(?:\+\w+)?:\/\//i.test(text)
}

/** Whether a text is a URL of the same database, however it is spelt. */
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

/** `postgresql+psycopg2`; null where there is none. */
function schemeOf(url: string): string | null {
  return /^([\w+]+):\/\//.exec(url)?.[1] ?? null
}

/** Parameters of a URL that say how to reach or enter a server; the others belong to the program. */
const ofTheServer =
  /^(?:host|hostaddr|port|user|password|dbname|passfile|service|ssl.*|gss.*|krbsrvname|channel_binding|require_auth|target_session_attrs|load_balance_hosts|keepalives.*|tcp_user_timeout)$/

/** The URL of the proxy, with those parameters of production's URL that are the program's own. */
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

/** What was done to variables besides the one that everybody expects, as a sentence; null: nothing. */
export function environmentWords({ replaced, missed }: SafeCommand): string | null {
  const others = replaced.filter((name) => name !== 'DATABASE_URL')
  const parts = [
    ...(others.length > 0
      ? [`${listed(others)} ${others.length === 1 ? 'leads' : 'lead'} to the scratch database`]
      : []),
    ...(missed.length > 0 ? [`the command does not get ${listed(missed, 6)}`] : []),
  ]
  return parts.length === 0 ? null : parts.join('; ')
}
