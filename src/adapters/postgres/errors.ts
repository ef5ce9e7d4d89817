/**
 * Explains PostgreSQL connection failures, and decides whether to retry. Follows libpq's rules and PgBouncer's wording.
 * Never quotes user names, passwords or server text that may contain them.
 */
import { GuardError } from '../../errors.ts'
import type { Deadline } from '../files/deadline.ts'
import type { PostgresPlan, PostgresTarget } from '../libpq/libpq.ts'

/** Error codes for failures that the guard detects itself. */
export const ownFailures = {
  noPassword: 'GUARD_NO_PASSWORD',
  notPostgres: 'GUARD_NOT_POSTGRES',
  wrongKind: 'GUARD_WRONG_KIND',
  hostTimeout: 'GUARD_HOST_TIMEOUT',
  noise: 'GUARD_NOISE',
  noChannelBinding: 'GUARD_NO_CHANNEL_BINDING',
} as const

/** Creates an Error with a code from `ownFailures`. */
export function ownFailure(kind: keyof typeof ownFailures): Error {
  return Object.assign(new Error(kind), { code: ownFailures[kind] })
}

/**
 * Returns the error's code: an SQLSTATE, or a code from the operating system, TLS or `ownFailures`. Empty if there is
 * none.
 */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return typeof code === 'string' ? code : ''
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Whether the error comes from the server. */
export function saidByServer(error: unknown): boolean {
  return /^[0-9A-Z]{5}$/.test(codeOf(error)) && error instanceof Error && 'severity' in error
}

const noTlsOffered = /does not support SSL/
const noTlsAnswer = /error establishing an SSL connection/

/** Whether the error means that the server doesn't support TLS at all. A failed handshake doesn't count. */
export function lacksTls(error: unknown): boolean {
  return noTlsOffered.test(textOf(error)) || noTlsAnswer.test(textOf(error))
}

function isTlsFailure(error: unknown): boolean {
  const code = codeOf(error)
  return (
    lacksTls(error) ||
    /^(?:ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_OSSL)/.test(
      code,
    ) ||
    /socket disconnected before secure TLS connection/.test(textOf(error))
  )
}

/**
 * Whether to retry with TLS after an attempt without it, or vice versa. Like libpq, retries if TLS fails or
 * pg_hba.conf has no matching entry.
 */
export function callsForOtherTls(error: unknown): boolean {
  return isTlsFailure(error) || codeOf(error) === '28000' || /SSL required/i.test(textOf(error))
}

/** Whether the error may be temporary. */
export function mayPass(error: unknown): boolean {
  const code = codeOf(error)
  return (
    code === 'ECONNREFUSED' ||
    code === '57P03' ||
    code === '53300' ||
    (code === '08P01' &&
      /too many|no more connections|query_wait_timeout|server_login_retry/i.test(textOf(error)))
  )
}

/**
 * Whether to try the next host. Like libpq, the guard does so if this host is unavailable, but not if this host
 * rejects the connection.
 */
export function callsForOtherHost(error: unknown): boolean {
  return !saidByServer(error) ? codeOf(error) !== ownFailures.noPassword : mayPass(error)
}

/** Facts needed to explain a failed connection or query. */
export interface FailureContext {
  readonly plan: PostgresPlan
  readonly target: Pick<PostgresTarget, 'host' | 'port'>
  readonly deadline: Deadline
}

/** Explains a failed connection. */
export function explainConnectionFailure(error: unknown, context: FailureContext): GuardError {
  const { plan, target, deadline } = context
  if (error instanceof GuardError) return error
  const where = addressOf(target)
  if (deadline.signal.aborted) return deadline.expired(`Connecting to ${where}`)
  const code = codeOf(error)
  const known = connectionProblems(where, plan)[code] ?? fromServerText(where, plan, error)
  if (known) return unavailable(...known)
  if (isTlsFailure(error)) return explainTls(error, where, plan)
  if (/Connection terminated/.test(textOf(error)))
    return unavailable(
      `${capital(where)} closed the connection without answering.`,
      'Check that a PostgreSQL server is listening at that address, and check its log.',
    )
  return explainUnknown(error, `Connecting to ${where} failed`, plan)
}

/** Explains a failed query. */
export function explainQueryFailure(error: unknown, doing: string, context: FailureContext): GuardError {
  if (error instanceof GuardError) return error
  if (context.deadline.signal.aborted) return context.deadline.expired(doing)
  const code = codeOf(error)
  if (code === '57014')
    return unavailable(`${doing} took too long, so the server canceled it.`, 'Raise --timeout, or try again.')
  if (code === '42501')
    return unavailable(
      `${doing} failed: the connection's role lacks permission.`,
      'Grant it USAGE on the schema and SELECT on the table, or use the URL that the migration uses.',
    )
  if (code === '08P01' && /query_wait_timeout/.test(textOf(error)))
    return unavailable(
      `${doing} failed: the pooler has no free server connection.`,
      "Use the server's direct URL, or release again when the load is lower.",
    )
  if (/^57P0|^08/.test(code) || /Connection terminated|ECONNRESET|EPIPE/.test(`${code} ${textOf(error)}`))
    return unavailable(
      `${doing} failed: the server closed the connection.`,
      'Try again; the server may be restarting or failing over.',
    )
  if (code === ownFailures.noise || (code === '' && /received invalid response/.test(textOf(error))))
    return unavailable(`${doing} failed: the server's response couldn't be parsed.`, noiseHint)
  return explainUnknown(error, `${doing} failed`, context.plan)
}

type Sentence = readonly [message: string, hint: string | null]

function connectionProblems(where: string, plan: PostgresPlan): Record<string, Sentence> {
  const unknownHost: Sentence = [
    `The host name of ${where} can't be resolved.`,
    "Check the database URL's host name for typos, and check that DNS works on this network.",
  ]
  const notReachable: Sentence = [`${capital(where)} can't be reached from this network.`, null]
  return {
    ENOTFOUND: unknownHost,
    EAI_AGAIN: unknownHost,
    ECONNREFUSED: [
      `Connection refused by ${where}.`,
      'Check that the server is running and that the port is right.',
    ],
    ENOENT: [`There is no socket for ${where}.`, 'Check that the server is running on this machine.'],
    EACCES: [`This user doesn't have permission to open the socket for ${where}.`, null],
    ECONNRESET: [`${capital(where)} closed the connection unexpectedly.`, "Check the server's log."],
    EHOSTUNREACH: notReachable,
    ENETUNREACH: notReachable,
    ETIMEDOUT: [`${capital(where)} didn't respond.`, 'Check whether a firewall is blocking this machine.'],
    [ownFailures.hostTimeout]: [`${capital(where)} didn't respond within connect_timeout.`, null],
    [ownFailures.noPassword]: [
      `${capital(where)} requires a password, but none was given.`,
      'Put the password in the database URL, PGPASSWORD or ~/.pgpass (which must have mode 0600).',
    ],
    [ownFailures.noChannelBinding]: [
      `${capital(where)} doesn't support channel binding, but the connection uses channel_binding=require.`,
      'Channel binding needs TLS and a password stored as scram-sha-256.',
    ],
    [ownFailures.notPostgres]: [
      `${capital(where)} isn't a PostgreSQL server.`,
      'Check the port in the database URL.',
    ],
    [ownFailures.noise]: [`The response from ${where} couldn't be parsed.`, noiseHint],
    [ownFailures.wrongKind]: [
      `${capital(where)} doesn't match target_session_attrs (${plan.attributes[0]}).`,
      null,
    ],
    '28P01': [`${capital(where)} rejected the password or doesn't recognize the user.`, credentialsHint],
    '3D000': [`There is no database "${plan.database}" on ${where}.`, null],
    '57P03': [`${capital(where)} is starting up or shutting down.`, 'Try again in a moment.'],
    '53300': [
      `${capital(where)} has no connections left for this role or database.`,
      'Close unused connections, or release again when the load is lower.',
    ],
    '42501': [
      `The role doesn't have permission to connect to the database "${plan.database}" on ${where}.`,
      null,
    ],
  }
}

const noiseHint = 'Try again, and check for proxies between this machine and the server.'

const credentialsHint =
  "The credentials may have been rotated: compare them with the platform's current ones."

/**
 * Explains an error based on the server's message, because the code isn't enough: SQLSTATE 28000 has several
 * meanings, and PgBouncer uses 08P01 for almost everything.
 */
function fromServerText(where: string, plan: PostgresPlan, error: unknown): Sentence | null {
  const text = textOf(error)
  if (!saidByServer(error)) return null
  if (/pg_hba\.conf|SSL required|encryption|SSL off/i.test(text))
    return plan.sslmode === 'disable' || /no encryption|SSL off|SSL required/i.test(text)
      ? [
          `${capital(where)} rejects unencrypted connections for this user from this address.`,
          "Try sslmode=require in the database URL. If that doesn't help, allow this address in the server's pg_hba.conf.",
        ]
      : [`The pg_hba.conf of ${where} has no entry that accepts this user from this address.`, null]
  if (codeOf(error) === '28000' || /auth|password|no such user/i.test(text))
    return [`${capital(where)} rejected the password or doesn't recognize the user.`, credentialsHint]
  if (/unsupported startup parameter(?: in options)?: /.test(text))
    return [
      `The pooler at ${where} rejected ${plan.options === null ? 'a parameter' : 'the options'} sent by this connection, and would reject the upgrade's connection too.`,
      "Remove the options parameter from the URL and unset PGOPTIONS, or add options to the pooler's ignore_startup_parameters.",
    ]
  if (plan.options !== null && refusedOptions.test(text))
    return [
      `${capital(where)} rejected this connection's options (options in the URL, or PGOPTIONS): ${shownRefusal(text)}.`,
      "Correct the options; the upgrade's connection would be rejected too.",
    ]
  if (/no such database/i.test(text)) return [`There is no database "${plan.database}" on ${where}.`, null]
  if (mayPass(error)) return connectionProblems(where, plan)['53300'] ?? null
  return null
}

/** Matches server messages about rejected startup options. */
const refusedOptions =
  /^(?:unrecognized configuration parameter|invalid value for parameter|parameter ".*" (?:cannot|can't) be|invalid command-line argument|\S+ \S*\s?requires a value|permission denied to set parameter|invalid configuration parameter name)/

/** Names the rejected setting, but never reveals its value. */
function shownRefusal(text: string): string {
  const match =
    /^(unrecognized configuration parameter|invalid value for parameter|parameter) "([\w.]{1,60})"/.exec(text)
  return match ? `${match[1]} "${match[2]}"` : 'they are malformed'
}

function explainTls(error: unknown, where: string, plan: PostgresPlan): GuardError {
  const code = codeOf(error)
  if (noTlsOffered.test(textOf(error)))
    return unavailable(
      `${capital(where)} doesn't support TLS, which sslmode ${plan.sslmode} requires.`,
      'If the network is trusted, use sslmode=prefer.',
    )
  if (noTlsAnswer.test(textOf(error)))
    return unavailable(`${capital(where)} isn't a PostgreSQL server, or isn't working properly.`, null)
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return unavailable(
      `The certificate for ${where} was issued for a different host name.`,
      "Connect with the certificate's host name, or use sslmode=verify-ca.",
    )
  if (code === 'CERT_HAS_EXPIRED') return unavailable(`The certificate for ${where} has expired.`, null)
  if (/^(?:DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_)/.test(code))
    return unavailable(
      `The certificate for ${where} can't be verified (${code}).`,
      "Specify the right root certificate with sslrootcert=. If you don't have one, use sslmode=require, which encrypts the connection without verifying the server.",
    )
  return unavailable(`The TLS handshake with ${where} failed (${code || 'connection lost'}).`, null)
}

/** Quotes the server's message, unless it contains the user name or password. */
function explainUnknown(error: unknown, what: string, plan: PostgresPlan): GuardError {
  const code = codeOf(error) || 'no code'
  const text = textOf(error)
  const secrets = [plan.user, ...plan.targets.map((target) => target.password ?? '')]
  const tells = !saidByServer(error) || secrets.some((secret) => secret !== '' && text.includes(secret))
  const words = text.replace(/\s+/g, ' ').slice(0, 300)
  return unavailable(tells ? `${what} (${code}).` : `${what}: ${words} (${code}).`, null)
}

/** Describes a server, such as `the server db.example:5432` or `the server in /var/run/postgresql (port 5432)`. */
function addressOf(target: { readonly host: string; readonly port: number }): string {
  if (/^[/@]/.test(target.host)) return `the server in ${target.host} (port ${target.port})`
  const host = target.host.includes(':') ? `[${target.host}]` : target.host
  return `the server ${host}:${target.port}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function unavailable(message: string, hint: string | null): GuardError {
  return new GuardError('unavailable', message, hint)
}
