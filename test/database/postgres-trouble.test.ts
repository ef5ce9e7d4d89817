/**
 * Tests servers that don't answer, send garbage, hang up or aren't ready. The guard must report an error in
 * time.
 */
import { type Server, type Socket, createServer } from 'node:net'
import * as fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { startDeadline } from '../../src/adapters/files/deadline.ts'
import { type PostgresPlan, planConnection } from '../../src/adapters/libpq/libpq.ts'
import { explainConnectionFailure, explainQueryFailure } from '../../src/adapters/postgres/errors.ts'
import type { DatabaseState } from '../../src/core/history/database-state.ts'
import { GuardError } from '../../src/errors.ts'
import { findPostgres } from '../support/postgres.ts'
import { runAdapters } from '../support/run-adapters.ts'
import { readDatabaseState } from '../../src/adapters/open-database.ts'

const postgres = await findPostgres()
const env = { HOME: '/nonexistent' }

const servers: Server[] = []
const sockets = new Set<Socket>()
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

/** Starts a server that calls `behave` for every connection. Returns the port. */
async function serve(behave: (socket: Socket, count: number) => void): Promise<number> {
  let count = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    behave(socket, ++count)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return address.port
}

function look(url: string, more: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<DatabaseState> {
  return readDatabaseState(url, {
    versionTable: 'alembic_version',
    versionTableSchema: null,
    env,
    cwd: '/',
    timeoutMs: 5000,
    ...more,
  })
}

async function problem(work: Promise<unknown>): Promise<GuardError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof GuardError && error.kind === 'unavailable') return error
  throw new Error(`no GuardError, but ${String(error)}`)
}

const to = (port: number, query = ''): string => `postgresql://someZq7:secretZq7@127.0.0.1:${port}/db${query}`

/** Returns an ErrorResponse message. */
function errorResponse(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`)
  const head = Buffer.from('E\0\0\0\0')
  head.writeUInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}

/** Rejects TLS, then calls `behave` after the startup message. */
function afterStartup(
  behave: (socket: Socket, count: number) => void,
): (socket: Socket, count: number) => void {
  return (socket, count) => {
    socket.on('data', (chunk: Buffer) => {
      if (chunk.length === 8) socket.write('N')
      else behave(socket, count)
    })
  }
}

describe('a server that never answers', () => {
  test.each(['', '?sslmode=disable', '?sslmode=require'])(
    'is abandoned after the timeout (%s)',
    async (query) => {
      const port = await serve(() => undefined)
      const started = performance.now()
      const error = await problem(look(to(port, query), { timeoutMs: 700 }))
      expect(error.message).toBe(`Connecting to the server 127.0.0.1:${port} took longer than 0.7 s.`)
      expect(performance.now() - started).toBeLessThan(3000)
    },
  )

  test('is abandoned after startup as well', async () => {
    const port = await serve(afterStartup(() => undefined))
    expect((await problem(look(to(port), { timeoutMs: 500 }))).message).toContain('took longer than 0.5 s')
  })

  test('is abandoned when the caller aborts', async () => {
    const port = await serve(() => undefined)
    expect((await problem(look(to(port), { signal: AbortSignal.timeout(200) }))).message).toContain(
      'was interrupted',
    )
    expect((await problem(look(to(port), { signal: AbortSignal.abort() }))).message).toContain(
      'was interrupted',
    )
  })

  test('is abandoned after connect_timeout, and the next host is tried', async () => {
    const port = await serve(() => undefined)
    const error = await problem(look(`postgresql://u@127.0.0.1:${port}/db?connect_timeout=1`))
    expect(error.message).toContain('within connect_timeout')
  })
})

describe("a server that isn't PostgreSQL", () => {
  test.each([
    ['an HTTP server', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', '?sslmode=disable'],
    ['an HTTP server', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', ''],
    ['an HTTP server', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', '?sslmode=require'],
    ['an SSH server', 'SSH-2.0-OpenSSH_9.2\r\n', ''],
    ['a MySQL server', 'J\0\0\0\n8.0.33\0', '?sslmode=disable'],
    ['one that sends R with an invalid length', 'R\xff\xff\xff\xff', '?sslmode=disable'],
  ])('%s is recognized: %j%s', async (_what, greeting, query) => {
    const port = await serve((socket) => void socket.write(Buffer.from(greeting, 'latin1')))
    expect((await problem(look(to(port, query), { timeoutMs: 2000 }))).message).toContain(
      "isn't a PostgreSQL server",
    )
  })

  test.each([
    ['a row with more columns than bytes', 'D\0\0\0\x06\x03\xe8'],
    ['a column that is longer than its row', 'T\0\0\0\x07\xff\xffx'],
    ['half a login message', 'R\0\0\0\x05\0'],
    ['a message of unknown type', '\x07\0\0\0\x04'],
  ])('one that sends %s is reported, and the process survives', async (_what, message) => {
    const port = await serve(afterStartup((socket) => void socket.write(Buffer.from(message, 'latin1'))))
    const error = await problem(look(to(port), { timeoutMs: 3000 }))
    expect(error.message).toMatch(/couldn't be parsed|isn't a PostgreSQL server|failed/)
    expect(error.message).not.toContain('took longer')
  })

  test('one that hangs up immediately', async () => {
    const port = await serve((socket) => void socket.end())
    expect((await problem(look(to(port, '?sslmode=disable')))).message).toContain('closed the connection')
    expect((await problem(look(to(port)))).message).toContain('127.0.0.1')
  })

  test('one that resets the connection', async () => {
    const port = await serve((socket) => void socket.resetAndDestroy())
    expect((await problem(look(to(port)))).message).toContain(`127.0.0.1:${port} `)
  })

  test('a closed port', async () => {
    const port = await serve(() => undefined)
    servers.pop()!.close()
    const error = await problem(look(to(port)))
    expect(error.message).toBe(`Connection refused by the server 127.0.0.1:${port}.`)
    expect((await problem(look(`postgresql:///db?host=/nonexistent&user=u`))).message).toContain('no socket')
  })

  test('an unknown host name', async () => {
    expect((await problem(look('postgresql://u@no-such-host.invalid/db'))).message).toContain(
      "can't be resolved",
    )
  })
})

describe('a server that is not ready', () => {
  test.each([
    ['57P03', 'the database system is starting up'],
    ['53300', 'sorry, too many clients already'],
    ['08P01', 'no more connections allowed (max_client_conn)'],
  ])('with %s is retried up to three times', async (code, message) => {
    let asked = 0
    const port = await serve(
      afterStartup((socket, count) => {
        asked = count
        socket.end(errorResponse(code, message))
      }),
    )
    const error = await problem(look(to(port, '?sslmode=disable')))
    expect(error.message).toMatch(/starting up or shutting down|no connections left/)
    expect(asked).toBe(3)
  })

  test.skipIf(!postgres)('is read once it is ready', async () => {
    const database = await postgres!.createDatabase(
      "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('a')",
    )
    const target = new URL(database.url)
    const { connect } = await import('node:net')
    const port = await serve((socket, count) => {
      if (count < 3)
        return afterStartup(
          (early) => void early.end(errorResponse('57P03', 'the database system is starting up')),
        )(socket, count)
      const upstream = connect(Number(target.port), target.hostname)
      sockets.add(upstream)
      upstream.on('error', () => undefined)
      socket.pipe(upstream).pipe(socket)
    })
    const state = await look(database.url.replace(/@[^/]*/, `@127.0.0.1:${port}`))
    expect(state.versions).toEqual([{ kind: 'text', value: 'a' }])
    await database.drop()
  })

  test("isn't retried after the timeout", async () => {
    const port = await serve(afterStartup((socket) => void socket.end(errorResponse('57P03', 'starting up'))))
    const started = performance.now()
    await problem(look(to(port), { timeoutMs: 600 }))
    expect(performance.now() - started).toBeLessThan(1500)
  })
})

describe("the server's own messages", () => {
  test.each([
    [
      '28000',
      'no pg_hba.conf entry for host "10.0.0.1", user "someZq7", database "db", no encryption',
      'rejects unencrypted connections',
    ],
    ['28000', 'role "someZq7" is not permitted to log in', 'rejected the password'],
    ['28P01', 'password authentication failed for user "someZq7"', 'rejected the password'],
    ['3D000', 'database "db" does not exist', 'There is no database "db"'],
    ['08P01', 'no such user: someZq7', 'rejected the password'],
    ['08P01', 'no such database: db', 'There is no database "db"'],
    ['42501', 'permission denied for database "db"', 'permission to connect'],
    ['XX000', 'something about someZq7 and secretZq7', '(XX000)'],
    ['XX000', 'out of coffee', 'out of coffee (XX000)'],
  ])('%s %s are reported without user and password', async (code, message, words) => {
    const port = await serve(afterStartup((socket) => void socket.end(errorResponse(code, message))))
    const error = await problem(look(to(port)))
    expect(error.message).toContain(words)
    expect(`${error.message}${JSON.stringify(error.hint)}${error.stack}${String(error.cause)}`).not.toContain(
      'Zq7',
    )
  })
})

describe('the process', () => {
  const ask = (url: string, timeoutMs: number): string =>
    `readDatabaseState(${JSON.stringify(url)}, { versionTable: 'alembic_version', versionTableSchema: null, env: {}, cwd: '/', timeoutMs: ${timeoutMs} })
      .then((state) => console.log(state.versions.length), (error) => console.log(error.name, error.message))`

  test('exits after a failure, long before the timeout', async () => {
    const port = await serve((socket) => void socket.end())
    const ended = await runAdapters(ask(to(port), 20_000))
    expect(ended).toMatchObject({ code: 0, errors: '', output: expect.stringContaining('GuardError') })
    expect(ended.seconds).toBeLessThan(10)
  })

  test('exits after a timeout', async () => {
    const port = await serve(() => undefined)
    const ended = await runAdapters(ask(to(port), 500))
    expect(ended).toMatchObject({ code: 0, errors: '', output: expect.stringContaining('took longer') })
    expect(ended.seconds).toBeLessThan(10)
  })

  test.skipIf(!postgres)('exits after a result', async () => {
    const database = await postgres!.createDatabase()
    const ended = await runAdapters(ask(database.url, 20_000))
    expect(ended).toMatchObject({ code: 0, errors: '', output: '0\n' })
    expect(ended.seconds).toBeLessThan(10)
    await database.drop()
  })
})

test('errors contain neither user nor password, whatever the server says', async () => {
  const secret = fc.stringMatching(/^[ -~]{0,2}  Zq7[ -~]{0,5}$/)
  const code = fc.constantFrom('28000', '28P01', '3D000', '08P01', '42501', 'XX000', '57P03', '0LP01')
  const words = fc.constantFrom(
    'role "U" has P',
    'no pg_hba.conf entry for user "U", no encryption',
    'U',
    'SSL required for P',
    'no such user: U',
  )
  const plan = (user: string, password: string): PostgresPlan =>
    planConnection(
      {
        dialect: 'postgresql',
        kind: 'server',
        driver: null,
        user,
        password,
        hosts: [{ host: 'h', port: 1 }],
        database: 'd',
        parameters: new Map(),
      },
      env,
      '/',
    )
  const deadline = startDeadline(60_000)
  fc.assert(
    fc.property(secret, secret, code, words, (user, password, sqlState, pattern) => {
      const message = pattern.replace('U', () => user).replace('P', () => password)
      const failure = Object.assign(new Error(message), { code: sqlState, severity: 'FATAL' })
      const context = { plan: plan(user, password), target: { host: 'h', port: 1 }, deadline }
      for (const error of [
        explainConnectionFailure(failure, context),
        explainQueryFailure(failure, 'Reading', context),
      ])
        expect(
          `${error.message}${JSON.stringify(error.hint)}${error.stack}${String(error.cause)}${JSON.stringify(error)}`,
        ).not.toContain('Zq7')
    }),
    { numRuns: 1000 },
  )
})
