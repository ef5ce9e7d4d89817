/** Connects to PostgreSQL the way libpq does. Only this file imports `pg`. */
import { quotePostgresText } from '../../core/text/sql-quoting.ts'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Client, Query, QueryArrayConfig } from 'pg'
import type { Deadline } from '../files/deadline.ts'
import type { PostgresPlan, PostgresTarget, SessionAttribute, TlsOptions } from '../libpq/libpq.ts'
import { connectionOf, endOnNoise, ignoreEnvironment, looksLikePostgres } from './client.ts'
import {
  callsForOtherHost,
  callsForOtherTls,
  codeOf,
  explainConnectionFailure,
  lacksTls,
  mayPass,
  ownFailure,
  saidByServer,
} from './errors.ts'
import { keepPath, readOnlyMessage } from './safe-path.ts'
import { type PostgresSession, type ResultRows, type Wire, openSession } from './session.ts'

/** Time in milliseconds to wait before the second and third attempts. */
const retryPauses = [250, 1000]

/** Maximum time in milliseconds that a query waits for a lock. */
const lockTimeoutMs = 3000

/**
 * Connects to the first available server in the plan.
 * @throws GuardError (unavailable)
 */
export async function connectPostgres(plan: PostgresPlan, deadline: Deadline): Promise<PostgresSession> {
  return openSession(wireOf(await connect(plan, deadline)), () => opening(deadline), deadline)
}

/**
 * A long-lived connection that stays outside a transaction between queries. Transactions must be short, because a
 * long one would block VACUUM's cleanup and every `CREATE INDEX CONCURRENTLY`.
 */
export interface HeldConnection {
  readonly target: Pick<PostgresTarget, 'host' | 'port'>
  /** Backend process id announced at login. If a pooler announced it, the server has no such process. */
  readonly announcedPid: number | null
  /** Runs a query in its own read-only transaction, in one round trip, with the safe search path. */
  read(query: string): Promise<ResultRows>
  /** Resolves when the connection ends for any reason. */
  readonly gone: Promise<void>
  close(): Promise<void>
}

/** A connection that can write to the database. */
export interface WritingConnection extends HeldConnection {
  /** Sends a statement as is over the simple query protocol, using the session's search path. */
  ask(statement: string): Promise<ResultRows>
}

/**
 * Connects like {@link connectPostgres}, but the deadline applies only to the connection attempt.
 * @throws GuardError (unavailable)
 */
export async function holdPostgres(plan: PostgresPlan, deadline: Deadline): Promise<HeldConnection> {
  const connection = await writePostgres(plan, deadline)
  const { target, announcedPid, gone } = connection
  return {
    target,
    announcedPid,
    gone,
    read: async (query) => connection.read(query),
    close: async () => connection.close(),
  }
}

/**
 * Connects like {@link holdPostgres}, but allows writes. Used for scratch servers and for `restamp`.
 * @throws GuardError (unavailable)
 */
export async function writePostgres(plan: PostgresPlan, deadline: Deadline): Promise<WritingConnection> {
  const { client, socket, target } = await connect(plan, deadline)
  // Some networks drop idle connections.
  socket.setKeepAlive(true, 30_000)
  const announced: unknown = Reflect.get(client, 'processID')
  const ask = async (text: string): Promise<ResultRows> => (await answersOf(client, text)).at(-1) ?? []
  return {
    target,
    announcedPid: typeof announced === 'number' ? announced : null,
    ask,
    read: async (query) => readAlone(client, query),
    gone: new Promise((resolve) => socket.once('close', () => resolve())),
    close: async () => {
      if (!socket.destroyed) await Promise.race([client.end().catch(() => undefined), pause(1000)])
      socket.destroy()
    },
  }
}

/** Returns each statement's result rows. */
async function answersOf(client: Client, text: string): Promise<readonly ResultRows[]> {
  const answer = await client.query<(string | null)[]>({ text, rowMode: 'array' })
  // For several statements, pg returns an array, which its types don't mention.
  return [answer].flat().map(({ rows }) => rows)
}

/** Implements {@link HeldConnection.read}. */
async function readAlone(client: Client, query: string): Promise<ResultRows> {
  try {
    return (await answersOf(client, readOnlyMessage(query))).at(-2) ?? []
  } catch (error) {
    if (!endsConnection(error)) await answersOf(client, 'ROLLBACK')
    throw error
  }
}

/** A logged-in connection that only relays bytes. */
export interface PostgresRelay {
  readonly stream: Duplex
  /** Parameters that the server announced at login, such as `server_version`. */
  readonly announced: ReadonlyMap<string, string>
  readonly pid: number
  readonly secretKey: number
}

/**
 * Logs in with a client's startup parameters, but with the plan's user and database. Then takes the raw stream from
 * pg.
 * @throws GuardError (unavailable)
 */
export async function relayPostgres(
  plan: PostgresPlan,
  startup: Readonly<Record<string, string>>,
  deadline: Deadline,
): Promise<PostgresRelay> {
  const { client, announced, socket } = await connect({ ...plan, startup }, deadline)
  socket.setNoDelay(true)
  const stream = connectionOf(client).stream
  stream.removeAllListeners('data')
  return {
    stream,
    announced,
    pid: Number(Reflect.get(client, 'processID')),
    secretKey: Number(Reflect.get(client, 'secretKey')),
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms).unref())
}

async function connect(plan: PostgresPlan, deadline: Deadline): Promise<Connected> {
  for (let round = 0; ; round++) {
    const outcome = await tryServers(plan, deadline)
    if ('client' in outcome) return outcome
    const rest = retryPauses[round]
    const again = rest !== undefined && mayPass(outcome.error) && deadline.remainingMs() > rest
    if (!again) throw explainConnectionFailure(outcome.error, { plan, target: outcome.target, deadline })
    await deadline.pause(rest)
  }
}

interface Connected {
  readonly client: Client
  readonly socket: Socket
  readonly target: PostgresTarget
  readonly announced: ReadonlyMap<string, string>
  readonly Query: typeof Query
}

interface Failed {
  readonly error: unknown
  readonly target: PostgresTarget
}

async function tryServers(plan: PostgresPlan, deadline: Deadline): Promise<Connected | Failed> {
  let failed: Failed | null = null
  for (const attribute of plan.attributes) {
    for (const target of plan.targets) {
      const outcome = await tryServer(plan, target, attribute, deadline)
      if ('client' in outcome || !callsForOtherHost(outcome.error) || deadline.signal.aborted) return outcome
      // If several servers fail, report a temporary failure rather than a permanent one.
      if (failed === null || !mayPass(failed.error)) failed = outcome
    }
  }
  if (failed === null) throw new TypeError('the connection plan lists no server')
  return failed
}

/** Tries the plan's TLS options in order. */
async function tryServer(
  plan: PostgresPlan,
  target: PostgresTarget,
  attribute: SessionAttribute,
  deadline: Deadline,
): Promise<Connected | Failed> {
  let first: unknown = null
  for (const tls of target.tls) {
    try {
      return await attempt(plan, target, tls, attribute, deadline)
    } catch (error) {
      if (callsForOtherTls(error) && tls !== target.tls.at(-1)) {
        first ??= error
        continue
      }
      // The error from the attempt with TLS is more helpful than "no pg_hba.conf entry" from the attempt without it.
      const second = first !== null && codeOf(error) === '28000' && !lacksTls(first)
      return { error: second ? first : error, target }
    }
  }
  return { error: first, target }
}

async function attempt(
  plan: PostgresPlan,
  target: PostgresTarget,
  tls: false | TlsOptions,
  attribute: SessionAttribute,
  deadline: Deadline,
): Promise<Connected> {
  const { default: pg } = await import('pg')
  const socket = new Socket()
  let offered: readonly string[] = []
  const bindingFails = (): boolean =>
    plan.channelBinding === 'require' && (tls === false || !offered.includes('SCRAM-SHA-256-PLUS'))
  const client = new pg.Client({
    host: target.address ?? target.host,
    port: target.port,
    user: plan.user,
    database: plan.database,
    // Called only if the server asks for a password. Throws if none is known, so that pg doesn't look for one.
    password: () => {
      if (bindingFails()) throw ownFailure('noChannelBinding')
      if (target.password === null) throw ownFailure('noPassword')
      return target.password
    },
    // pg modifies the object to hide its key.
    ssl: tls === false ? false : { ...tls },
    sslnegotiation: 'postgres',
    enableChannelBinding: plan.channelBinding === 'require',
    stream: () => socket,
    application_name: plan.applicationName,
    types: { getTypeParser: () => (value: string) => value },
  })
  ignoreEnvironment(client, plan.options)
  endOnNoise(client)
  const { startup } = plan
  if (startup) {
    Reflect.set(client, 'getStartupConf', () => ({ ...startup, user: plan.user, database: plan.database }))
  }
  const announced = new Map<string, string>()
  connectionOf(client).on('parameterStatus', (told: { parameterName: string; parameterValue: string }) =>
    announced.set(told.parameterName, told.parameterValue),
  )
  connectionOf(client).on('authenticationSASL', ({ mechanisms }: { mechanisms: readonly string[] }) => {
    offered = mechanisms
  })
  // Without a listener, an error between queries would crash the process. The next query reports the error anyway.
  client.on('error', () => undefined)
  let impostor = false
  if (tls === false)
    socket.once('data', (chunk: Buffer) => {
      impostor = !looksLikePostgres(chunk)
      if (impostor) socket.destroy()
    })
  const hostLimit = plan.connectTimeoutMs === null ? null : AbortSignal.timeout(plan.connectTimeoutMs)
  const stop = (): void => void socket.destroy(ownFailure('hostTimeout'))
  deadline.signal.addEventListener('abort', stop)
  hostLimit?.addEventListener('abort', stop)
  try {
    deadline.signal.throwIfAborted()
    await client.connect()
    if (bindingFails()) throw ownFailure('noChannelBinding')
    if (attribute !== 'any' && !(await hasAttribute(client, attribute))) throw ownFailure('wrongKind')
    return { client, socket, target, announced, Query: pg.Query }
  } catch (error) {
    socket.destroy()
    throw impostor ? ownFailure('notPostgres') : error
  } finally {
    deadline.signal.removeEventListener('abort', stop)
    hostLimit?.removeEventListener('abort', stop)
  }
}

async function hasAttribute(client: Client, attribute: SessionAttribute): Promise<boolean> {
  const [row = []] = await readAlone(
    client,
    "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('default_transaction_read_only')",
  )
  const [recovering, readOnly] = row.map((value) => value === 't' || value === 'on')
  if (attribute === 'primary') return !recovering
  if (attribute === 'standby') return recovering === true
  return (attribute === 'read-only') === (recovering || readOnly)
}

/**
 * Returns the statements that open the transaction. The settings must be local to the transaction, because poolers
 * share sessions and may reject startup parameters.
 */
function opening(deadline: Deadline): string[] {
  return ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', transactionSettings(deadline), ...keepPath]
}

/** Returns the statement that sets the transaction's time limits. */
export function transactionSettings(deadline: Deadline): string {
  // Slightly shorter than the guard's own limit, so that no query outlives the guard.
  const statementTimeout = Math.max(50, deadline.remainingMs() - 200)
  const ours = {
    statement_timeout: String(statementTimeout),
    lock_timeout: String(Math.max(25, Math.min(lockTimeoutMs, Math.floor(statementTimeout / 2)))),
    idle_in_transaction_session_timeout: String(deadline.remainingMs() + 1000),
    bytea_output: 'hex',
  }
  const calls = Object.entries(ours).map(
    ([name, value]) => `pg_catalog.set_config(${quotePostgresText(name)}, ${quotePostgresText(value)}, true)`,
  )
  return `SELECT ${calls.join(', ')}`
}

function wireOf({ client, socket, target, Query }: Connected): Wire {
  // After the socket is destroyed, pg never completes a pending query.
  const gone = new Promise<never>((_resolve, reject) => {
    socket.once('close', () => reject(new Error('Connection terminated unexpectedly')))
  })
  gone.catch(() => undefined)
  return {
    target,
    ask: async (text) => {
      if (socket.destroyed) return gone
      const question: QueryArrayConfig = { text, rowMode: 'array' }
      const query = new Query(question)
      const answered = new Promise<unknown>((resolve) => {
        query.once('end', () => resolve(null))
        query.on('error', resolve)
      })
      client.query(query)
      const error = await Promise.race([answered, gone])
      if (error !== null && endsConnection(error)) throw error
      return { answers: completed(query), error }
    },
    gone: () => socket.destroyed,
    end: () => client.end(),
    destroy: () => void socket.destroy(),
  }
}

/** Whether the error makes the connection unusable. Only server errors with severity ERROR leave it usable. */
function endsConnection(error: unknown): boolean {
  return !saidByServer(error) || (error instanceof Error && Reflect.get(error, 'severity') !== 'ERROR')
}

/** Returns the results of completed statements. After an error, only pg's query object still has them. */
function completed(query: object): ResultRows[] {
  const results: unknown = Reflect.get(query, '_results')
  return [results].flat().flatMap((result) => {
    if (typeof result !== 'object' || result === null || !Reflect.get(result, 'command')) return []
    const rows: ResultRows = Reflect.get(result, 'rows')
    return [rows]
  })
}
