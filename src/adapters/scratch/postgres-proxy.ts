/**
 * A proxy between the rehearsed command and the scratch server. Records each statement and its locks before it
 * forwards the response. The proxy logs in to the server itself, so the command never learns the server's address or
 * password.
 */
import { randomBytes } from 'node:crypto'
import { type Server, type Socket, createServer } from 'node:net'
import type { Duplex } from 'node:stream'
import type { LoggedStatement, ServerError, TableLock } from '../../core/rehearsal/statement-log.ts'
import { startDeadline } from '../files/deadline.ts'
import type { PostgresPlan } from '../libpq/libpq.ts'
import { type PostgresRelay, holdPostgres, relayPostgres } from '../postgres/connect.ts'
import { insideMessage, readOnlyMessage } from '../postgres/safe-path.ts'
import { askAfterQuery, askBeforeSync, lockSourceOf, locksQuestion } from './autocommit-locks.ts'
import {
  type WireMessage,
  errorFields,
  errorMessage,
  int32,
  message,
  messageReader,
  rowTexts,
  startupParameters,
  textAt,
  zeroEnded,
} from '../postgres/wire-protocol.ts'

/** A running proxy. */
export interface RehearsalProxy {
  /** Port on 127.0.0.1; 0 if the proxy listens on a Unix socket. */
  readonly port: number
  /** Password that prevents other users of this machine from connecting to the port. */
  readonly password: string
  /**
   * Returns the logged statements of all connections, in the order in which the statements ended, and clears the log.
   */
  take(): readonly LoggedStatement[]
  /** Records which tables exist. From then on, reports only locks on these tables. */
  lookAround(): Promise<void>
  /** Number of connections accepted so far. */
  connections(): number
  /** Whether a client gave up because TLS was refused. */
  wantedTls(): boolean
  close(): Promise<void>
}

/** A query that the proxy runs in the client's transaction after a statement, so that it sees uncommitted changes. */
export interface InnerQuestion {
  readonly after: (text: string) => boolean
  readonly sql: string
  readonly tell: (text: string, rows: readonly (readonly (string | null)[])[]) => void
}

/** Error sent to a client if the scratch server doesn't accept the connection. */
export const noAnswer = "the scratch server isn't responding"

const connectTimeoutMs = 15_000

/**
 * Starts the proxy. `plan` connects to the scratch database. If `socket` is set, the proxy listens on it and accepts
 * any password, because only the command can reach it.
 */
export async function startProxy(
  plan: PostgresPlan,
  inner: InnerQuestion | null,
  socket: string | null = null,
): Promise<RehearsalProxy> {
  const password = randomBytes(18).toString('hex')
  const side = await holdPostgres(plan, startDeadline(connectTimeoutMs))
  const clock = stoppableClock()
  let statements: LoggedStatement[] = []
  let connections = 0
  let refusedTls = 0
  let afterTls = 0
  const sockets = new Set<Socket>()
  const known: KnownTables = new Map()
  const lookAround = async (): Promise<void> => {
    known.clear()
    for (const [oid, name, file] of await side.read(tablesQuestion))
      known.set(oid ?? '', { name: name ?? '', file: file ?? null })
  }
  await lookAround()
  const server: Server = createServer((client) => {
    sockets.add(client)
    // Nagle's algorithm would delay small responses, which would inflate the measured time.
    client.setNoDelay(true)
    client.on('close', () => sockets.delete(client))
    client.on('error', () => undefined)
    void greet(client, socket === null ? password : null, {
      onTls: () => (refusedTls += 1),
      onStartup: (wasTls) => (afterTls += wasTls ? 1 : 0),
    })
      .then(async (login) => {
        if (login === null) return
        const relay = await relayPostgres(plan, login.startup, startDeadline(connectTimeoutMs)).catch(
          () => null,
        )
        if (relay === null) {
          client.end(errorMessage('08006', noAnswer))
          return
        }
        connections += 1
        const session = connections
        passOn(client, login, relay, {
          clock,
          inner,
          known,
          add: (one) => statements.push({ ...one, session }),
        })
      })
      .catch(() => client.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    if (socket === null) server.listen(0, '127.0.0.1', resolve)
    else server.listen(socket, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    password,
    take: () => {
      const taken = statements
      statements = []
      return taken
    },
    lookAround,
    connections: () => connections,
    wantedTls: () => refusedTls > afterTls,
    close: async () => {
      for (const client of sockets) client.destroy()
      await new Promise((resolve) => server.close(resolve))
      await side.close()
    },
  }
}

/** Tables and views that existed before the command was run, by oid. */
type KnownTables = Map<string, { readonly name: string; file: string | null }>

const tablesQuestion = `SELECT c.oid::text, CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END || c.relname,
    pg_catalog.pg_relation_filenode(c.oid)::text
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`

/** Adds table names to the rows of {@link locksQuestion}. A table with a new data file counts as rewritten. */
function namedLocks(known: KnownTables, rows: readonly (readonly (string | null)[])[]): readonly TableLock[] {
  const locks = rows.flatMap(([oid, mode, file]) => {
    const table = known.get(oid ?? '')
    if (!table) return []
    const rewritten = file !== null && file !== undefined && table.file !== null && file !== table.file
    const lock = { table: table.name, mode: mode ?? '', ...(rewritten && { rewritten: true as const }) }
    return [{ oid: oid ?? '', file: file ?? null, lock }]
  })
  for (const { oid, file } of locks) {
    const table = known.get(oid)
    if (table && file !== null) table.file = file
  }
  return locks
    .map(({ lock }) => lock)
    .sort((a, b) => (`${a.table} ${a.mode}` < `${b.table} ${b.mode}` ? -1 : 1))
}

interface Login {
  readonly startup: Readonly<Record<string, string>>
  readonly rest: (chunk: Buffer) => Iterable<WireMessage>
}

const codes = { cancel: 80877102, tls: 80877103, gss: 80877104 }

/** Handles a client's login. Returns null if the login fails. */
async function greet(
  socket: Socket,
  password: string | null,
  on: { onTls(): void; onStartup(wasTls: boolean): void },
): Promise<Login | null> {
  let started = false
  const read = messageReader(() => started)
  let startup: Record<string, string> | null = null
  let wasTls = false
  return new Promise((resolve) => {
    const end = (login: Login | null): void => {
      socket.off('data', hear)
      resolve(login)
    }
    const take = (chunk: Buffer): void => {
      for (const { type, body } of read(chunk)) {
        const code = started ? 0 : body.readUInt32BE(0)
        if (code === codes.tls || code === codes.gss) {
          if (code === codes.tls) {
            wasTls = true
            on.onTls()
          }
          socket.write('N')
        } else if (!started && code >>> 16 === 3) {
          started = true
          startup = startupParameters(body)
          on.onStartup(wasTls)
          if (password === null) return end({ startup, rest: read })
          socket.write(message('R', int32(3)))
        } else if (startup && type === 'p' && textAt(body, 0).text === password) {
          return end({ startup, rest: read })
        } else {
          socket.end(started ? errorMessage('28P01', 'this port is reserved for the rehearsed command') : '')
          return end(null)
        }
      }
    }
    const hear = orEnd(socket, take)
    socket.on('data', hear)
    socket.on('close', () => end(null))
  })
}

interface Watching {
  readonly clock: Clock
  readonly inner: InnerQuestion | null
  readonly known: KnownTables
  add(statement: Omit<LoggedStatement, 'session'>): void
}

/** A statement that the server hasn't answered yet. */
interface Pending {
  readonly text: string
  /** True for a simple query, which may contain several statements. */
  readonly simple: boolean
  /** Number of batches sent before this one. */
  readonly batch: number
  readonly startedAt: number
}

/** A lock query that the proxy added to a client's batch. */
interface AskedLocks {
  readonly rows: (string | null)[][]
  /** The server's CommandComplete message for the client, held back until the batch succeeds. */
  completion: Buffer | null
}

type Finished = Omit<LoggedStatement, 'locks' | 'inTransaction' | 'locksUnknown' | 'session'>

function passOn(client: Socket, { rest }: Login, relay: PostgresRelay, watching: Watching): void {
  const { stream } = relay
  const { clock, inner } = watching
  const textOf = statementReader()
  let pending: Pending[] = []
  let finished: Finished[] = []
  const batches = { sent: 0, answered: 0 }
  let idle = true
  /** The lock query in the current batch, if any. */
  let asked: AskedLocks | null = null
  /** Whether to append a lock query to the batch. Only batches with a single statement get one. */
  const mustAsk = ({ type }: WireMessage): boolean => {
    const [only] = pending
    const ends = type === 'Q' || (type === 'S' && last?.type === 'E' && wantsAllRows(last))
    const alone = ends && idle && pending.length === 1 && batches.sent === batches.answered
    return alone && only !== undefined && lockSourceOf(only.text) === 'ask'
  }
  let last: WireMessage | null = null
  const toServer = (chunk: Buffer): void => {
    const out: Buffer[] = []
    for (const one of rest(chunk)) {
      const text = textOf(one)
      const simple = one.type === 'Q'
      if (text !== null) pending.push({ text, simple, batch: batches.sent, startedAt: clock.now() })
      if (mustAsk(one)) {
        asked = { rows: [], completion: null }
        out.push(simple ? askAfterQuery(text ?? '') : Buffer.concat([askBeforeSync(), one.raw]))
      } else out.push(one.raw)
      last = one
      if (simple || one.type === 'S' || one.type === 'F') batches.sent += 1
    }
    if (out.length > 0) passChunk(Buffer.concat(out), client, stream)
  }
  /**
   * Handles the response to a batch that contains a lock query. Returns whether to withhold the message from the
   * client.
   */
  const takeAsked = (one: WireMessage, locks: AskedLocks): boolean => {
    if (one.type === 'E') {
      // The statement or the commit failed. The client sees only the error.
      const error = serverError(errorFields(one.body))
      const done = finished.at(-1)
      if (locks.completion && done) finished[finished.length - 1] = { ...done, error }
      else finish(error)
      asked = null
      return false
    }
    if (locks.completion === null) {
      if (one.type !== 'C' && one.type !== 'I') return false
      locks.completion = one.raw
      finish(null)
      return true
    }
    if (one.type === 'D') locks.rows.push(rowTexts(one.body))
    // Notices and changed settings are forwarded to the client.
    return !'NSA'.includes(one.type)
  }
  const finish = (error: ServerError | null): void => {
    const one = pending.shift()
    if (one) finished.push({ text: one.text, startedAt: one.startedAt, endedAt: clock.now(), error })
  }
  /** Receives the server's messages while one of the proxy's own queries is running. */
  let ours: ((one: WireMessage) => void) | null = null
  /** Called if the server disconnects while one of the proxy's queries is running. */
  let gone: (() => void) | null = null
  const ask = async (sql: string): Promise<(string | null)[][]> => {
    const rows: (string | null)[][] = []
    await new Promise<void>((resolve) => {
      ours = ({ type, body }) => {
        if (type === 'D') rows.push(rowTexts(body))
        if (type === 'Z') resolve()
      }
      gone = resolve
      stream.write(message('Q', zeroEnded(sql)))
    })
    ours = null
    gone = null
    return rows
  }
  /** Runs at the end of a batch, before the client can send more statements. */
  const look = async (status: string): Promise<void> => {
    if (pending[0]?.simple && pending[0].batch === batches.answered) finish(null)
    // After an error, the server skips the rest of the batch.
    pending = pending.filter(({ batch }) => batch > batches.answered)
    batches.answered += 1
    idle = status === 'I'
    const own = asked
    asked = null
    const resume = clock.stop()
    // With pipelining, the client may already have sent its next batch.
    const waits = batches.sent === batches.answered && finished.length > 0
    const rows = status === 'T' && waits ? await ask(insideMessage(locksQuestion)) : (own?.rows ?? [])
    const locks = namedLocks(watching.known, rows)
    for (const one of finished) {
      const unread = status === 'I' && !own && one.error === null && lockSourceOf(one.text) !== 'none'
      watching.add({
        ...one,
        locks,
        inTransaction: status !== 'I',
        ...((!waits || unread) && { locksUnknown: true as const }),
      })
      if (inner && waits && status !== 'E' && one.error === null && inner.after(one.text)) {
        const question = status === 'T' ? insideMessage(inner.sql) : readOnlyMessage(inner.sql)
        inner.tell(one.text, await ask(question))
      }
    }
    finished = []
    resume()
  }
  const waiting: WireMessage[] = []
  let looking = false
  const pass = (): void => {
    const out: Buffer[] = []
    while (!looking) {
      const one = waiting.shift()
      if (!one) break
      if (asked && one.type !== 'Z') {
        if (!takeAsked(one, asked)) out.push(one.raw)
        continue
      }
      if (asked?.completion) out.push(asked.completion)
      if (one.type === 'E') {
        finish(serverError(errorFields(one.body)))
      } else if ((one.type === 'C' || one.type === 'I') && pending[0]?.simple === false) finish(null)
      if (one.type !== 'Z') {
        out.push(one.raw)
        continue
      }
      looking = true
      void look(one.body.toString('latin1', 0, 1)).finally(() => {
        looking = false
        waiting.unshift({ ...one, type: '' })
        pass()
      })
    }
    if (out.length > 0) passChunk(Buffer.concat(out), stream, client)
  }
  const fromServer = messageReader(() => true)
  stream.on(
    'data',
    orEnd(stream, (chunk) => {
      for (const one of fromServer(chunk)) {
        if (ours) ours(one)
        else waiting.push(one)
      }
      pass()
    }),
  )
  const close = (): void => {
    client.destroy()
    stream.destroy()
  }
  stream.on('end', () => client.end())
  stream.on('close', () => {
    gone?.()
    client.end()
  })
  stream.on('error', close)
  client.on('close', close)
  client.on('data', orEnd(client, toServer))
  client.write(
    Buffer.concat([
      message('R', int32(0)),
      ...[...relay.announced].map((pair) => message('S', zeroEnded(...pair))),
      message('K', Buffer.concat([int32(relay.pid), int32(relay.secretKey)])),
      message('Z', Buffer.from('I')),
    ]),
  )
}

/** Whether an Execute message requests all rows. A partial request may leave the portal open. */
function wantsAllRows({ body }: WireMessage): boolean {
  return body.readInt32BE(textAt(body, 0).next) === 0
}

/** The fields are documented at https://www.postgresql.org/docs/current/protocol-error-fields.html */
function serverError(fields: ReadonlyMap<string, string>): ServerError {
  const inFunction = fields.has('W')
  return {
    code: fields.get('C') ?? '',
    message: fields.get('M') ?? '',
    ...(inFunction && { inFunction: true as const }),
    ...(!inFunction && fields.has('P') && { atParse: true as const }),
  }
}

/** Wraps a message handler, so that an invalid message closes only its own connection. */
function orEnd(from: Duplex, take: (chunk: Buffer) => void): (chunk: Buffer) => void {
  return (chunk) => {
    try {
      take(chunk)
    } catch {
      from.destroy()
    }
  }
}

/** Forwards a chunk. Pauses the sender while the receiver is busy. */
function passChunk(chunk: Buffer, from: Duplex, to: Duplex): void {
  if (!to.writable || to.write(chunk)) return
  from.pause()
  to.once('drain', () => from.resume())
}

/** Returns a function that extracts the statement from a client's message; null if there is none. */
function statementReader(): (one: WireMessage) => string | null {
  const prepared = new Map<string, string>()
  const portals = new Map<string, string>()
  return ({ type, body }) => {
    if (type === 'Q') return textAt(body, 0).text
    if (type === 'P') {
      const name = textAt(body, 0)
      prepared.set(name.text, textAt(body, name.next).text)
    } else if (type === 'B') {
      const portal = textAt(body, 0)
      portals.set(portal.text, prepared.get(textAt(body, portal.next).text) ?? '')
    } else if (type === 'E') return portals.get(textAt(body, 0).text) ?? ''
    return null
  }
}

interface Clock {
  now(): number
  /** Stops the clock. Returns a function that restarts it. */
  stop(): () => void
}

function stoppableClock(): Clock {
  let lost = 0
  return {
    now: () => performance.now() - lost,
    stop: () => {
      const begin = performance.now()
      return () => void (lost += performance.now() - begin)
    },
  }
}
