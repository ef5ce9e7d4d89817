/**
 * Lets several connections share the only session of an embedded PostgreSQL. A connection keeps the session until its
 * transaction ends. The next connection then gets its own settings and prepared statements back.
 */
import { quoteIdentifier, quotePostgresText } from '../../core/text/sql-quoting.ts'
import { tokensOfSql } from '../../python/operations/sql/tokens.ts'
import {
  type WireMessage,
  errorMessage,
  int32,
  message,
  messageReader,
  rowTexts,
  startupParameters,
  textAt,
  zeroEnded,
} from '../postgres/wire-protocol.ts'

/** Sends messages to the engine and returns its complete response. */
export type SessionEngine = (messages: Buffer) => Buffer

/** Sends data to a client and ends its connection. */
export interface SessionClient {
  write(bytes: Buffer): void
  end(): void
}

/** Handles the data from one client, and the end of its connection. */
export interface SessionConnection {
  receive(chunk: Buffer): void
  close(): void
}

/** Maximum time in milliseconds to wait for another connection's transaction. */
const maxWaitMs = 8000

/** Rehearsals look for this exact message in the command's output. */
export const oneSessionError =
  "the embedded PostgreSQL supports only one session, and another connection's open transaction is using it"

/** Rehearsals look for this exact message in the command's output. */
export const copyError = 'the embedded PostgreSQL supports COPY FROM STDIN only as a separate simple query'

interface Connection {
  readonly client: SessionClient
  readonly read: (chunk: Buffer) => Iterable<WireMessage>
  /** Messages that have been received but not yet executed. */
  queue: WireMessage[]
  started: boolean
  closed: boolean
  /** Settings that differ from the server's defaults. */
  settings: ReadonlyMap<string, string>
  role: string
  /** `Parse` messages by statement name; '' is the unnamed statement. */
  readonly statements: Map<string, Buffer>
  /** Transaction status: `I` (idle), `T` (in a transaction) or `E` (in a failed transaction). */
  status: string
  /** Whether the batch is still waiting for its Sync message. */
  midBatch: boolean
  /** Whether a COPY FROM STDIN is still waiting for data. */
  copying: boolean
  waiting: NodeJS.Timeout | null
}

const sync = message('S', Buffer.alloc(0))

/** Creates a shared session. Returns a function that accepts new clients. */
export function shareSession(engine: SessionEngine): (client: SessionClient) => SessionConnection {
  let owner: Connection | null = null
  const connections = new Set<Connection>()
  const run = engineFor(engine)

  const settingsNow = (): Pick<Connection, 'settings' | 'role'> => {
    const rows = run.ask(
      `SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session'
       UNION ALL SELECT 'role', pg_catalog.current_setting('role')`,
    )
    const settings = new Map(rows.map(([name, value]) => [name ?? '', value ?? '']))
    const role = settings.get('role') ?? 'none'
    settings.delete('role')
    return { settings, role }
  }
  const take = (next: Connection): void => {
    if (owner === next) return
    if (owner !== null && !owner.closed) Object.assign(owner, settingsNow())
    run.ask('RESET ROLE; RESET ALL; DEALLOCATE ALL')
    for (const [name, value] of next.settings)
      run.ask(`SELECT pg_catalog.set_config(${quotePostgresText(name)}, ${quotePostgresText(value)}, false)`)
    if (next.role !== 'none') run.ask(`SET ROLE ${quoteIdentifier(next.role)}`)
    for (const parse of next.statements.values()) run.send(Buffer.concat([parse, sync]))
    owner = next
  }
  const greet = (connection: Connection, startup: Readonly<Record<string, string>>): void => {
    connection.started = true
    const before = owner
    // Settings from ALTER DATABASE and ALTER ROLE come first, because the client's own settings override them.
    if (before !== null && !before.closed) Object.assign(before, settingsNow())
    owner = null
    run.ask('RESET ROLE; RESET ALL; DEALLOCATE ALL')
    const kept = run.ask(
      `SELECT pg_catalog.unnest(s.setconfig) FROM pg_catalog.pg_db_role_setting s
       WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
         AND s.setrole IN (0, (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user))
       ORDER BY s.setdatabase <> 0, s.setrole <> 0`,
    )
    const settings = new Map(kept.map(([text = '']) => pairOf(text ?? '')))
    for (const [name, value] of startupSettings(startup)) settings.set(name, value)
    connection.settings = settings
    take(connection)
    const told = run.ask(
      `SELECT n, pg_catalog.current_setting(n) FROM pg_catalog.unnest(ARRAY['server_version', 'server_encoding', 'client_encoding',
         'DateStyle', 'TimeZone', 'IntervalStyle', 'integer_datetimes', 'standard_conforming_strings', 'application_name',
         'default_transaction_read_only', 'in_hot_standby', 'is_superuser', 'session_authorization', 'search_path']) n`,
    )
    connection.client.write(
      Buffer.concat([
        message('R', int32(0)),
        ...told.map(([name, value]) => message('S', zeroEnded(name ?? '', value ?? ''))),
        message('K', Buffer.concat([int32(1), int32(1)])),
        message('Z', Buffer.from('I')),
      ]),
    )
  }
  /** Whether the connection that holds the session is in the middle of a transaction, batch or COPY. */
  const isBusy = (): boolean =>
    owner !== null && !owner.closed && (owner.status !== 'I' || owner.midBatch || owner.copying)
  const turn = (): void => {
    for (;;) {
      const next = isBusy() ? owner : [...connections].find((one) => one.queue.length > 0)
      if (!next || next.queue.length === 0 || !step(next)) break
    }
    for (const one of connections) {
      if (one.queue.length === 0 || one === owner) stopWaiting(one)
      else one.waiting ??= setTimeout(() => giveUp(one), maxWaitMs)
    }
  }
  const giveUp = (connection: Connection): void => {
    connection.waiting = null
    if (connection.queue.length > 0) refuse(connection, oneSessionError)
  }
  const refuse = (connection: Connection, reason: string): void => {
    connection.queue = []
    connection.client.write(errorMessage('0A000', reason))
    connection.client.end()
  }
  /**
   * Processes a connection's next messages, up to a query or Sync. Returns false if more messages must arrive first.
   */
  const step = (connection: Connection): boolean => {
    const first = connection.queue[0]
    if (first && !connection.started) {
      connection.queue.shift()
      begin(connection, first)
      return true
    }
    take(connection)
    if (first && !connection.midBatch && copyInOf(first) === 'alone') return copyIn(connection)
    // The engine would wait forever for this COPY's data.
    if (connection.queue.some((one) => copyInOf(one) === 'among')) {
      refuse(connection, copyError)
      return true
    }
    const end = connection.queue.findIndex(({ type }) => type === 'Q' || type === 'S' || type === 'F')
    const batch = connection.queue.splice(0, end < 0 ? connection.queue.length : end + 1)
    if (batch.some(({ type }) => type === 'X')) {
      connection.client.end()
      return true
    }
    for (const one of batch) remember(connection, one)
    const answer = run.send(Buffer.concat(batch.map(({ raw }) => raw)))
    connection.midBatch = end < 0
    passOn(connection, answer)
    return true
  }
  /** Forwards a response and records its transaction status. */
  const passOn = (connection: Connection, answer: Buffer): void => {
    for (const { type, body } of messageReader(() => true)(answer)) {
      if (type === 'Z') connection.status = body.toString('latin1', 0, 1)
      if (type === 'C' && /^(?:DEALLOCATE|DISCARD) ALL$/.test(textAt(body, 0).text))
        connection.statements.clear()
    }
    connection.client.write(answer)
  }
  const begin = (connection: Connection, { body, raw }: WireMessage): void => {
    const code = body.readUInt32BE(0)
    if (code >>> 16 === 3) greet(connection, startupParameters(body))
    // TLS and GSS encryption aren't supported. A cancel request always comes too late, because the query has finished
    // by then.
    else if (raw.length === 8) connection.client.write(Buffer.from('N'))
    else connection.client.end()
  }
  /**
   * Runs a COPY FROM STDIN once all data has arrived, because the engine can't wait for more. Returns false until
   * then.
   */
  const copyIn = (connection: Connection): boolean => {
    const data = connection.queue.findIndex(({ type }, index) => index > 0 && !/[dH]/.test(type))
    if (!connection.copying) {
      connection.copying = true
      connection.client.write(message('G', Buffer.from([0, 0, 0])))
    }
    if (data < 0) return false
    connection.copying = false
    const answer = run.send(Buffer.concat(connection.queue.splice(0, data + 1).map(({ raw }) => raw)))
    const parts = [...messageReader(() => true)(answer)].filter(({ type }) => type !== 'G')
    passOn(connection, Buffer.concat(parts.map(({ raw }) => raw)))
    return true
  }
  return (client) => {
    const connection: Connection = {
      client,
      read: messageReader(() => connection.started),
      queue: [],
      started: false,
      closed: false,
      settings: new Map(),
      role: 'none',
      statements: new Map(),
      status: 'I',
      midBatch: false,
      copying: false,
      waiting: null,
    }
    connections.add(connection)
    return {
      receive: (chunk) => {
        if (connection.closed) return
        for (const one of connection.read(chunk)) {
          connection.queue.push(one)
          // Handle the startup message first. Unlike later messages, it has no type byte.
          if (!connection.started) turn()
        }
        turn()
      },
      close: () => {
        connection.closed = true
        connections.delete(connection)
        stopWaiting(connection)
        if (owner === connection) leave(connection)
        turn()
      },
    }
  }

  /** Cleans up after a connection is closed. */
  function leave(connection: Connection): void {
    if (connection.midBatch) run.send(sync)
    if (connection.status !== 'I') run.ask('ROLLBACK')
    run.ask('RESET ROLE; CLOSE ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP')
    owner = null
  }
}

function stopWaiting(connection: Connection): void {
  if (connection.waiting !== null) clearTimeout(connection.waiting)
  connection.waiting = null
}

/**
 * How a message contains COPY FROM STDIN: `alone` if it's the entire query, `among` if there are other statements;
 * null if it contains none.
 */
function copyInOf({ type, body }: WireMessage): 'alone' | 'among' | null {
  if (type !== 'Q' && type !== 'P') return null
  const name = type === 'P' ? textAt(body, 0).next : 0
  const { text } = textAt(body, name)
  if (!/copy/i.test(text)) return null
  const tokens = tokensOfSql(text) ?? []
  const words = tokens.map(({ kind, word }) => (kind === 'word' || kind === 'mark' ? word : ''))
  const at = words.indexOf('copy')
  const asks = at >= 0 && words.some((word, index) => word === 'from' && words[index + 1] === 'stdin')
  if (!asks) return null
  const end = words.indexOf(';')
  return type === 'Q' && at === 0 && (end < 0 || end === words.length - 1) ? 'alone' : 'among'
}

/** Stores `Parse` messages, so that the statements can be prepared again later. */
function remember({ statements }: Connection, { type, body, raw }: WireMessage): void {
  if (type === 'P') statements.set(textAt(body, 0).text, raw)
  else if (type === 'Q') statements.delete('')
  else if (type === 'C' && body[0] === 'S'.charCodeAt(0)) statements.delete(textAt(body, 1).text)
}

/** Returns the settings in a startup message, including `-c name=value` options. */
function startupSettings(startup: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  const { user: _user, database: _database, options = '', replication: _replication, ...rest } = startup
  const given = [...options.matchAll(/(?:^|\s)(?:-c\s*|--)([\w.-]+)=((?:\\.|[^\s\\])*)/g)].map(
    ([, name = '', value = '']) => [name.replaceAll('-', '_'), value.replace(/\\(.)/g, '$1')] as const,
  )
  return [...Object.entries(rest).filter(([name]) => !name.startsWith('_pq_')), ...given]
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1)]
}

interface EngineCalls {
  send(messages: Buffer): Buffer
  /** Runs a simple query and returns the rows from all its statements. Ignores errors. */
  ask(sql: string): readonly (readonly (string | null)[])[]
}

function engineFor(engine: SessionEngine): EngineCalls {
  return {
    send: engine,
    ask: (sql) => {
      const answer = engine(message('Q', zeroEnded(sql)))
      return [...messageReader(() => true)(answer)].flatMap(({ type, body }) =>
        type === 'D' ? [rowTexts(body)] : [],
      )
    },
  }
}
