/**
 * What the rehearsed command gets to know: its words and variables with production taken out and the scratch database
 * put in. Knows spellings of URLs; what a file of the project says is the project's own matter.
 */
import { type DatabaseUrl, parseDatabaseUrl } from '../../adapters/database/database-url.ts'
import { listed, shown } from '../../core/text/display.ts'
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
  /** Names of variables that now hold the scratch URL, and of those that were taken away. */
  readonly replaced: readonly string[]
  readonly removed: readonly string[]
}

/**
 * Makes the words and variables safe. `scratchUrl` gives the scratch URL in the scheme of the one it replaces.
 * @throws GuardError (usage) when a word of the command holds production in a way that can't be replaced.
 */
export function safeCommand(
  argv: readonly string[],
  env: Environment,
  production: Production,
  scratchUrl: (scheme: string | null) => string,
): SafeCommand {
  const secrets = secretsOf(production)
  const kept: Record<string, string> = {}
  const replaced = new Set<string>()
  const removed: string[] = []
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || name.startsWith('ALEMBIC_GUARD_')) continue
    if (production.variables.includes(name)) continue
    if (isSameDatabase(value, production)) {
      kept[name] = scratchUrl(schemeOf(value))
      replaced.add(name)
    } else if (
      /^PG[A-Z]+$/.test(name) ||
      secrets.some((secret) => secret(value)) ||
      holdsDatabaseUrl(value)
    ) {
      removed.push(name)
    } else kept[name] = value
  }
  for (const name of new Set(production.variables)) {
    kept[name] = scratchUrl(schemeOf(env[name] ?? production.url ?? ''))
    replaced.add(name)
  }
  return {
    argv: argv.map((word) => safeWord(word, production, secrets, scratchUrl)),
    env: kept,
    replaced: [...replaced].sort(),
    removed: removed.sort(),
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
      `The word "${shown(before === '' ? '...' : before)}..." of the command leads to a database, and it can't be told that it is the scratch one.`,
      'Leave it out of the rehearsal; the command gets the scratch URL in its environment.',
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
  { user, password, port, database }: { user: string; password: string; port: number; database: string },
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
export function environmentWords({ replaced, removed }: SafeCommand): string | null {
  const others = replaced.filter((name) => name !== 'DATABASE_URL')
  const parts = [
    ...(others.length > 0
      ? [`${listed(others)} ${others.length === 1 ? 'leads' : 'lead'} to the scratch database`]
      : []),
    ...(removed.length > 0 ? [`the command does not get ${listed(removed, 6)}`] : []),
  ]
  return parts.length === 0 ? null : parts.join('; ')
}
