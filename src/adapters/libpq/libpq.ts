/** Plans a connection the way libpq would, from the URL, PG* variables and libpq's files. Never connects. */
import { existsSync, statSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { isIP } from 'node:net'
import { isAbsolute, join, resolve } from 'node:path'
import { GuardError } from '../../errors.ts'
import type { HostAndPort, PostgresUrl } from '../database/database-url.ts'
import { readRegularFile } from '../files/regular-file.ts'
import {
  type ConnectionDemands,
  type TlsVersion,
  checkKeepalives,
  keyProblem,
  readDemands,
} from './libpq-parameters.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Node's TLS options, based on sslmode. */
export interface TlsOptions {
  readonly rejectUnauthorized?: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
  readonly crl?: string
  readonly minVersion?: TlsVersion
  readonly maxVersion?: TlsVersion
  /** Host name to expect in the certificate, if `hostaddr` sets the address. */
  readonly host?: string
  readonly servername?: string
  /** Accepts any host name. Set only if libpq doesn't verify the name. */
  readonly checkServerIdentity?: () => undefined
}

/** A server to connect to. */
export interface PostgresTarget {
  /** Host name, IP address or Unix socket directory. */
  readonly host: string
  /** IP address to connect to (`hostaddr`); null to resolve the host name. */
  readonly address: string | null
  readonly port: number
  readonly password: string | null
  /** TLS options to try, in order; `false` means no TLS. */
  readonly tls: readonly (false | TlsOptions)[]
}

/** Required kind of server (`target_session_attrs`). */
export type SessionAttribute = 'any' | 'read-write' | 'read-only' | 'primary' | 'standby'

/** Everything needed to connect. */
export interface PostgresPlan {
  readonly targets: readonly PostgresTarget[]
  readonly user: string
  readonly database: string
  readonly applicationName: string
  /** Options for libpq's startup message (`options=-c…`). A pooler may reject them. */
  readonly options: string | null
  /** Acceptable kinds of server, in order of preference. Each kind is tried on all targets before the next kind. */
  readonly attributes: readonly SessionAttribute[]
  /** Time limit per host in milliseconds; null if only the overall limit applies. */
  readonly connectTimeoutMs: number | null
  readonly sslmode: string
  readonly channelBinding: ConnectionDemands['channelBinding']
  /** Startup parameters that replace the guard's own. */
  readonly startup?: Readonly<Record<string, string>>
}

const sslmodes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']

/** libpq's default socket folders: Debian's, then upstream's. */
const socketFolders = ['/var/run/postgresql', '/tmp']

/** Drivers that don't use libpq, so its rules don't apply to them. */
const withoutLibpq = new Set(['asyncpg', 'pg8000'])

const noDemands: ConnectionDemands = {
  addresses: [],
  channelBinding: 'prefer',
  requirePeer: null,
  minVersion: null,
  maxVersion: null,
}

/**
 * Plans the connection. Reads certificates and password files.
 * @throws GuardError (unavailable) for a service name, a missing certificate, or a parameter that libpq rejects or
 * the guard doesn't support.
 */
export function planConnection(url: PostgresUrl, env: Environment, cwd: string): PostgresPlan {
  const given = (name: string, variable: string): string | null =>
    url.parameters.get(name) ?? (env[variable] || null)
  if (given('service', 'PGSERVICE') !== null)
    throw unavailable(
      "The connection uses a service (PGSERVICE or service=), but the guard doesn't read service files.",
      'Specify host, port, user and database in the URL.',
    )
  const usesLibpq = !withoutLibpq.has(url.driver ?? '')
  const demands = usesLibpq ? readDemands(url.parameters, given) : noDemands
  const home = env['HOME'] || homedir()
  const user = url.user ?? (env['PGUSER'] || userInfo().username)
  const database = url.database ?? (env['PGDATABASE'] || user)
  const password = url.password ?? (env['PGPASSWORD'] || null)
  // `ssl` is asyncpg's name for sslmode.
  const sslmode = url.parameters.get('sslmode') ?? url.parameters.get('ssl') ?? (env['PGSSLMODE'] || 'prefer')
  requireSslmode(sslmode)
  const pathOf = (name: string, variable: string, standard: string): string => {
    const path = given(name, variable)
    return path === null ? join(home, '.postgresql', standard) : atPath(path, cwd, home)
  }
  // libpq never uses TLS over Unix sockets.
  const tls = (): readonly (false | TlsOptions)[] => {
    const cert = readIfThere(pathOf('sslcert', 'PGSSLCERT', 'postgresql.crt'))
    const key = pathOf('sslkey', 'PGSSLKEY', 'postgresql.key')
    const rootCert = given('sslrootcert', 'PGSSLROOTCERT')
    const attempts = tlsAttempts(sslmode, {
      ca: rootCert === 'system' ? rootCert : readIfThere(pathOf('sslrootcert', 'PGSSLROOTCERT', 'root.crt')),
      crl: readIfThere(pathOf('sslcrl', 'PGSSLCRL', 'root.crl')),
      cert,
      key: cert === null ? null : readIfThere(key),
      keyProblem: cert === null || sslmode === 'disable' ? null : keyProblem(key),
      passphrase: url.parameters.get('sslpassword') ?? null,
    })
    const { minVersion, maxVersion } = demands
    const versions = { ...(minVersion && { minVersion }), ...(maxVersion && { maxVersion }) }
    return attempts.map((one) => (one === false ? one : { ...one, ...versions }))
  }
  const passfile = password === null ? readPassfile(given('passfile', 'PGPASSFILE'), cwd, home) : []
  const hosts = hostsOf(url, env, demands.addresses)
  const targets = hosts.map(({ host, port, address }): PostgresTarget => {
    const local = address === null && isSocket(host)
    if (local && demands.requirePeer !== null)
      throw unavailable(
        "The connection uses requirepeer, but the guard can't determine which user runs the server behind a socket.",
        'For the guard, use a URL without this setting.',
      )
    if (!local && usesLibpq) checkKeepalives(url.parameters)
    const name =
      address === null || isSocket(host) ? {} : { host, ...(isIP(host) === 0 && { servername: host }) }
    return {
      host,
      address,
      port,
      password: password ?? lookUpPassword(passfile, { host, port, database, user }),
      tls: local ? [false as const] : tls().map((one) => (one === false ? one : { ...one, ...name })),
    }
  })
  return {
    targets,
    user,
    database,
    applicationName: given('application_name', 'PGAPPNAME') ?? 'alembic-guard',
    options: usesLibpq ? given('options', 'PGOPTIONS') : (url.parameters.get('options') ?? null),
    attributes: sessionAttributes(given('target_session_attrs', 'PGTARGETSESSIONATTRS') ?? 'any'),
    connectTimeoutMs: connectTimeout(given('connect_timeout', 'PGCONNECT_TIMEOUT')),
    sslmode,
    channelBinding: demands.channelBinding,
  }
}

function requireSslmode(sslmode: string): void {
  if (!sslmodes.includes(sslmode))
    throw unavailable(
      "libpq doesn't recognize the connection's sslmode value.",
      `Use one of ${sslmodes.join(', ')}.`,
    )
}

function isSocket(host: string): boolean {
  return host.startsWith('/') || host.startsWith('@')
}

interface Host {
  readonly host: string
  readonly port: number
  readonly address: string | null
}

function hostsOf(
  url: PostgresUrl,
  env: Environment,
  addresses: ConnectionDemands['addresses'],
): readonly Host[] {
  const ports = (env['PGPORT'] ?? '').split(',').map(Number)
  const standardPort = (index: number): number => (ports.length > 1 ? ports[index] : ports[0]) || 5432
  const fromEnvironment = (env['PGHOST'] ?? '')
    .split(',')
    .filter((host) => host !== '')
    .map((host): HostAndPort => ({ host, port: null }))
  const named = url.hosts.length > 0 ? url.hosts : fromEnvironment
  // If the URL contains only ports, it specifies no host.
  const names = named.some(({ host }) => host !== null) ? named : []
  if (names.length > 0 && addresses.length > 0 && names.length !== addresses.length)
    throw unavailable(
      `The connection specifies ${names.length} hosts but ${addresses.length} addresses (hostaddr, PGHOSTADDR), so libpq rejects it.`,
      'Specify one address per host.',
    )
  const blank: HostAndPort = { host: null, port: named[0]?.port ?? null }
  const unnamed = addresses.length > 0 ? addresses.map(() => blank) : named.length > 0 ? named : [blank]
  return (names.length > 0 ? names : unnamed).map(({ host, port }, index) => {
    const where = port ?? standardPort(index)
    const address = addresses[index] ?? null
    return {
      host: host ?? address ?? fromEnvironment[0]?.host ?? localServer(where),
      port: where,
      address,
    }
  })
}

/** Returns libpq's default socket directory, or `localhost` if there is none. */
function localServer(port: number): string {
  return socketFolders.find((folder) => existsSync(join(folder, `.s.PGSQL.${port}`))) ?? 'localhost'
}

interface TlsFiles {
  readonly ca: string | null
  readonly crl?: string | null
  readonly cert: string | null
  readonly key: string | null
  /** Error if libpq would reject the private key; null or undefined otherwise. */
  readonly keyProblem?: GuardError | null
  readonly passphrase: string | null
}

/**
 * Returns the TLS options to try for an sslmode, in order. Verified against psql, with and without TLS. If there is a
 * root certificate, all modes verify the chain, but only `verify-full` verifies the host name.
 * @throws GuardError (unavailable) for an unknown sslmode or a missing root certificate.
 */
export function tlsAttempts(sslmode: string, files: TlsFiles): readonly (false | TlsOptions)[] {
  requireSslmode(sslmode)
  if (sslmode === 'disable') return [false]
  if (files.keyProblem) {
    if (sslmode === 'allow' || sslmode === 'prefer') return [false]
    throw files.keyProblem
  }
  const client = {
    ...(files.cert !== null && files.key !== null ? { cert: files.cert, key: files.key } : {}),
    ...(files.passphrase !== null ? { passphrase: files.passphrase } : {}),
    ...(files.crl && files.ca !== null ? { crl: files.crl } : {}),
  }
  if (files.ca === 'system') {
    if (sslmode === 'verify-full') return [client]
    throw unavailable(
      `sslmode ${sslmode} is too weak for sslrootcert=system, so libpq rejects it.`,
      'Use verify-full.',
    )
  }
  const encrypted: TlsOptions =
    files.ca === null
      ? { ...client, rejectUnauthorized: false }
      : { ...client, ca: files.ca, checkServerIdentity: () => undefined }
  if (sslmode === 'allow') return [false, encrypted]
  if (sslmode === 'prefer') return [encrypted, false]
  if (sslmode === 'require') return [encrypted]
  if (files.ca === null)
    throw unavailable(
      `sslmode ${sslmode} needs a root certificate, but none was found.`,
      'Specify the certificate with sslrootcert=, or save it as ~/.postgresql/root.crt. Or use sslmode=require, which encrypts the connection without verifying the server.',
    )
  return sslmode === 'verify-ca' ? [encrypted] : [{ ...client, ca: files.ca }]
}

function sessionAttributes(text: string): readonly SessionAttribute[] {
  if (text === 'prefer-standby') return ['standby', 'any']
  const known: readonly SessionAttribute[] = ['any', 'read-write', 'read-only', 'primary', 'standby']
  const attribute = known.find((name) => name === text)
  if (attribute) return [attribute]
  throw unavailable("libpq doesn't recognize the connection's target_session_attrs value.", null)
}

/** Converts seconds to milliseconds. Like libpq, waits at least two seconds and treats 0 as no limit. */
function connectTimeout(text: string | null): number | null {
  const seconds = Number(text ?? 0)
  return Number.isFinite(seconds) && seconds > 0 ? Math.max(2, seconds) * 1000 : null
}

type PassfileLine = readonly [host: string, port: string, database: string, user: string, password: string]

/** Reads a password file. Like libpq, ignores a file that others can read. */
function readPassfile(path: string | null, cwd: string, home: string): PassfileLine[] {
  const file = path === null ? join(home, '.pgpass') : atPath(path, cwd, home)
  if (readableByOthers(file)) return []
  return parsePassfile(readIfThere(file) ?? '')
}

/** Whether other users can read the file. Also true if it is missing or inaccessible. */
function readableByOthers(path: string): boolean {
  try {
    return (statSync(path).mode & 0o077) !== 0
  } catch {
    return true
  }
}

/** Parses lines such as `host:port:database:user:password`. `\:` and `\\` are escapes; `#` starts a comment. */
export function parsePassfile(text: string): PassfileLine[] {
  return text.split(/\r?\n/).flatMap((line) => {
    if (line.startsWith('#')) return []
    const fields = line.match(/(?:^|:)((?:\\[^]|[^:\\])*)/g)?.map((field, index) => field.slice(index && 1))
    if (!fields || fields.length < 5) return []
    const [host = '', port = '', database = '', user = '', password = ''] = fields.map((field) =>
      field.replace(/\\([^])/g, '$1'),
    )
    return [[host, port, database, user, password] as const]
  })
}

/** Returns the password from the first matching line. For a default socket folder, looks up `localhost`. */
export function lookUpPassword(
  lines: readonly PassfileLine[],
  wanted: { host: string; port: number; database: string; user: string },
): string | null {
  const host = socketFolders.includes(wanted.host) ? 'localhost' : wanted.host
  const values = [host, String(wanted.port), wanted.database, wanted.user]
  const line = lines.find((fields) =>
    values.every((value, index) => fields[index] === '*' || fields[index] === value),
  )
  return line?.[4] || null
}

function atPath(path: string, cwd: string, home: string): string {
  if (path.startsWith('~/')) return join(home, path.slice(2))
  return isAbsolute(path) ? path : resolve(cwd, path)
}

function readIfThere(path: string): string | null {
  try {
    return readRegularFile(path)?.toString() ?? null
  } catch {
    // Like libpq, ignores an unreadable file. If it contains a required password, connecting fails later.
    return null
  }
}

function unavailable(message: string, hint: string | null): GuardError {
  return new GuardError('unavailable', message, hint)
}
