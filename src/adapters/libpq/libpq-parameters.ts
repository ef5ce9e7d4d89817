/**
 * Checks libpq's connection parameters. If the guard ignored one, it might connect to a different server than the
 * upgrade does.
 */
import { statSync } from 'node:fs'
import { isIP } from 'node:net'
import { GuardError } from '../../errors.ts'

/** Returns the value of a parameter or of its environment variable; null if neither is set. */
export type Given = (name: string, variable: string) => string | null

/** All parameters of libpq 9.6 to 18, plus those of SQLAlchemy and psycopg. */
const known = new Set(
  `application_name authtype channel_binding client_encoding connect_timeout dbname fallback_application_name gssdelegation
  gssencmode gsslib host hostaddr keepalives keepalives_count keepalives_idle keepalives_interval krbsrvname
  load_balance_hosts max_protocol_version min_protocol_version oauth_client_id oauth_client_secret oauth_issuer oauth_scope
  options passfile password port replication require_auth requirepeer requiressl scram_client_key scram_server_key service
  servicefile sslcert sslcertmode sslcompression sslcrl sslcrldir sslkey sslkeylogfile sslmode sslnegotiation sslpassword
  sslrootcert sslsni ssl_max_protocol_version ssl_min_protocol_version target_session_attrs tcp_user_timeout tty user
  autocommit plugin prepare_threshold ssl`.split(/\s+/),
)

/** Parameters that the guard doesn't support. Values in `harmless` are accepted, because they have no effect. */
const notHonoured: readonly (readonly [name: string, variable: string, harmless: readonly string[]])[] = [
  ['require_auth', 'PGREQUIREAUTH', []],
  ['sslcrldir', 'PGSSLCRLDIR', []],
  ['sslcertmode', 'PGSSLCERTMODE', ['allow']],
  ['sslnegotiation', 'PGSSLNEGOTIATION', ['postgres']],
  ['scram_client_key', 'PGSCRAMCLIENTKEY', []],
  ['replication', 'PGREPLICATION', ['false', 'off', 'no', '0']],
]

const tlsVersions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const

/** TLS version as Node spells it. */
export type TlsVersion = (typeof tlsVersions)[number]

/** Requirements that libpq parameters place on a connection. */
export interface ConnectionDemands {
  /** IP address of each host, in order; null to look up the host name. Empty if no addresses are given. */
  readonly addresses: readonly (string | null)[]
  readonly channelBinding: 'disable' | 'prefer' | 'require'
  /** Required owner of the server process behind a Unix socket (`requirepeer`). */
  readonly requirePeer: string | null
  readonly minVersion: TlsVersion | null
  readonly maxVersion: TlsVersion | null
}

/**
 * Reads the parameters.
 * @throws GuardError (unavailable) for values that libpq rejects or the guard doesn't support.
 */
export function readDemands(parameters: ReadonlyMap<string, string>, given: Given): ConnectionDemands {
  for (const name of parameters.keys()) {
    if (!known.has(name)) {
      const called = /^[a-z_]{1,40}$/.test(name) ? `"${name}"` : 'a parameter'
      throw unavailable(
        `The database URL has the parameter ${called}, which libpq doesn't recognize, so the upgrade wouldn't be able to connect either.`,
        'Remove the parameter from the URL, or fix the typo.',
      )
    }
  }
  requireNumber('connect_timeout', given('connect_timeout', 'PGCONNECT_TIMEOUT'))
  for (const [name, variable, harmless] of notHonoured) {
    const value = given(name, variable)
    if (value !== null && !harmless.includes(value))
      throw unavailable(
        `The connection uses ${name} (${variable}), which the guard doesn't support.`,
        'For the guard, use a URL without this setting.',
      )
  }
  const gss = oneOf('gssencmode', given('gssencmode', 'PGGSSENCMODE'), ['disable', 'prefer', 'require'])
  if (gss === 'require')
    throw unavailable(
      "The connection uses gssencmode=require, but the guard doesn't support GSSAPI encryption.",
      'For the guard, use a URL with sslmode=require.',
    )
  const minVersion = tlsVersion(
    'ssl_min_protocol_version',
    given('ssl_min_protocol_version', 'PGSSLMINPROTOCOLVERSION'),
  )
  const maxVersion = tlsVersion(
    'ssl_max_protocol_version',
    given('ssl_max_protocol_version', 'PGSSLMAXPROTOCOLVERSION'),
  )
  const least = minVersion ?? 'TLSv1.2'
  if (maxVersion !== null && tlsVersions.indexOf(maxVersion) < tlsVersions.indexOf(least))
    throw unavailable(
      "The connection's ssl_max_protocol_version is lower than its ssl_min_protocol_version.",
      null,
    )
  return {
    addresses: addressesIn(given('hostaddr', 'PGHOSTADDR')),
    channelBinding:
      oneOf('channel_binding', given('channel_binding', 'PGCHANNELBINDING'), [
        'disable',
        'prefer',
        'require',
      ]) ?? 'prefer',
    requirePeer: given('requirepeer', 'PGREQUIREPEER'),
    minVersion,
    maxVersion,
  }
}

/**
 * Validates the keepalive parameters, which libpq reads only for TCP connections.
 * @throws GuardError (unavailable) if a value isn't a number.
 */
export function checkKeepalives(parameters: ReadonlyMap<string, string>): void {
  for (const name of [
    'keepalives',
    'keepalives_idle',
    'keepalives_interval',
    'keepalives_count',
    'tcp_user_timeout',
  ])
    requireNumber(name, parameters.get(name) ?? null)
}

function requireNumber(name: string, text: string | null): void {
  if (text !== null && !/^\s*[-+]?\d+\s*$/.test(text))
    throw unavailable(`The connection's ${name} isn't a whole number, so libpq rejects it.`, null)
}

function oneOf<Value extends string>(
  name: string,
  text: string | null,
  values: readonly Value[],
): Value | null {
  if (text === null) return null
  const value = values.find((one) => one === text)
  if (value !== undefined) return value
  throw unavailable(
    `libpq doesn't recognize the connection's ${name} value.`,
    `Use one of ${values.join(', ')}.`,
  )
}

function tlsVersion(name: string, text: string | null): TlsVersion | null {
  if (text === null) return null
  const value = tlsVersions.find((one) => one.toLowerCase() === text.toLowerCase())
  if (value !== undefined) return value
  throw unavailable(
    `libpq doesn't recognize the connection's ${name} value.`,
    `Use one of ${tlsVersions.join(', ')}.`,
  )
}

function addressesIn(text: string | null): readonly (string | null)[] {
  return (text === null ? [] : text.split(',')).map((address) => {
    if (address === '') return null
    if (isIP(address) !== 0) return address
    throw unavailable(
      "The connection's hostaddr (PGHOSTADDR) isn't an IP address, so libpq rejects it.",
      'To specify a host name, use host instead.',
    )
  })
}

/**
 * Returns an error if libpq would reject the private key; null otherwise. The key must not be readable by other
 * users. If root owns it, its group may read it.
 */
export function keyProblem(path: string): GuardError | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat)
    return unavailable(
      'The connection has a client certificate, but its private key is missing.',
      'Specify it with sslkey=.',
    )
  if (!stat.isFile()) return unavailable("The connection's private key (sslkey) isn't a regular file.", null)
  if ((stat.mode & (stat.uid === 0 ? 0o037 : 0o077)) === 0) return null
  return unavailable(
    "Other users can read the connection's private key (sslkey), so libpq rejects it.",
    "Change the file's mode to 0600 (chmod 600).",
  )
}

function unavailable(message: string, hint: string | null): GuardError {
  return new GuardError('unavailable', message, hint)
}
