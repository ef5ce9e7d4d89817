/** Compares how the guard and psql connect. Also tests passwords, sockets and multiple hosts. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseDatabaseUrl } from '../../src/adapters/database/database-url.ts'
import { startDeadline } from '../../src/adapters/files/deadline.ts'
import { planConnection } from '../../src/adapters/libpq/libpq.ts'
import { connectPostgres } from '../../src/adapters/postgres/connect.ts'
import { GuardError } from '../../src/errors.ts'
import { selfSigned } from '../support/certificates.ts'
import { missing, startOwnPostgres } from '../support/postgres.ts'
import { readDatabaseState } from '../../src/adapters/open-database.ts'

const home = mkdtempSync(join(tmpdir(), 'alembic-guard-tls-'))
const ours = selfSigned()
writeFileSync(join(home, 'right.pem'), ours.certificate)
writeFileSync(join(home, 'wrong.pem'), selfSigned().certificate)

const hba = [
  'local all secret_user scram-sha-256',
  'local all all trust',
  'host all secret_user all scram-sha-256',
  'hostssl all only_ssl all trust',
  'hostnossl all only_plain all trust',
  'hostssl all only_ssl_secret all scram-sha-256',
  'host all md5_user all md5',
  'host all cleartext_user all password',
  'host all postgres all trust',
]
const withTls = await startOwnPostgres({
  hba,
  settings: { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key' },
  files: { 'server.crt': ours.certificate, 'server.key': ours.key },
})
const withoutTls = await startOwnPostgres({ hba })
const psql = spawnSync('psql', ['--version']).status === 0 || missing('psql', 'not on the PATH')
const ready = withTls !== null && withoutTls !== null

beforeAll(async () => {
  for (const server of [withTls, withoutTls]) {
    const database =
      await server?.createDatabase(`SET password_encryption = 'scram-sha-256'; CREATE ROLE only_ssl LOGIN; CREATE ROLE only_plain LOGIN; CREATE ROLE only_ssl_secret LOGIN PASSWORD 'x9Zq7';
      CREATE ROLE secret_user LOGIN PASSWORD 'p@ss/w:rd#?%'; SET password_encryption = md5; CREATE ROLE md5_user LOGIN PASSWORD 'm'; CREATE ROLE cleartext_user LOGIN PASSWORD 'c'`)
    await database?.drop()
  }
})
afterAll(() => {
  withTls?.stop()
  withoutTls?.stop()
  rmSync(home, { recursive: true })
})

const env = { HOME: home }
const isEncrypted = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'

/** Connects as the guard does. Returns `tls`, `plain` or `refused`. */
async function guardSays(url: string): Promise<string> {
  try {
    const parsed = parseDatabaseUrl(url)
    if (parsed.dialect !== 'postgresql') throw new TypeError(url)
    const session = await connectPostgres(planConnection(parsed, env, home), startDeadline(5000))
    const [answer] = await session.query(isEncrypted)
    await session.close()
    return answer?.[0]?.[0] === 't' ? 'tls' : 'plain'
  } catch (error) {
    if (error instanceof GuardError) return 'refused'
    throw error
  }
}

async function psqlSays(url: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      'psql',
      ['-XAtc', isEncrypted, url],
      { cwd: home, env: { ...env, PATH: process.env['PATH'], PGCONNECT_TIMEOUT: '5' } },
      (error, output) => {
        resolve(error ? 'refused' : output.trim() === 't' ? 'tls' : 'plain')
      },
    )
  })
}

async function problem(url: string, more: Record<string, string> = {}): Promise<GuardError> {
  const options = {
    versionTable: 'alembic_version',
    versionTableSchema: null,
    env: { ...env, ...more },
    cwd: home,
    timeoutMs: 5000,
  }
  const error: unknown = await readDatabaseState(url, options).then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof GuardError && error.kind === 'unavailable') return error
  throw new Error(`no GuardError, but ${String(error)}`)
}

const modes = ['', 'disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']
const roots = ['', 'right.pem', 'wrong.pem', 'missing.pem']

/**
 * Results of connecting with psql 15: with TLS by host name, with TLS by IP address, and to a server without TLS.
 */
const recorded: Record<string, string> = {
  '': 'tls tls plain',
  disable: 'plain plain plain',
  allow: 'plain plain plain',
  prefer: 'tls tls plain',
  require: 'tls tls refused',
  'verify-ca': 'refused refused refused',
  'verify-full': 'refused refused refused',
  'no-verify': 'refused refused refused',
  ' right.pem': 'tls tls plain',
  'require right.pem': 'tls tls refused',
  'verify-ca right.pem': 'tls tls refused',
  'verify-full right.pem': 'tls refused refused',
  'require wrong.pem': 'refused refused refused',
  'prefer wrong.pem': 'plain plain plain',
}

describe.skipIf(!ready)('sslmode', () => {
  test.each(Object.entries(recorded))(
    '%j gives on three servers what psql gave: %s',
    async (key, expected) => {
      const [mode = '', root = ''] = key.split(' ')
      const query = new URLSearchParams({
        ...(mode && { sslmode: mode }),
        ...(root && { sslrootcert: root }),
      })
      const places = [
        `localhost:${withTls!.port}`,
        `127.0.0.1:${withTls!.port}`,
        `localhost:${withoutTls!.port}`,
      ]
      const outcomes = await Promise.all(
        places.map((place) => guardSays(`postgresql://postgres@${place}/postgres?${query.toString()}`)),
      )
      expect(outcomes.join(' ')).toBe(expected)
    },
  )

  test.skipIf(!psql).each(modes)(
    '%j: same outcome as psql for every server, user, certificate and host name',
    async (mode) => {
      const cases = [withTls!, withoutTls!].flatMap((server) =>
        ['postgres', 'only_ssl', 'only_plain'].flatMap((user) =>
          roots.flatMap((root) =>
            ['localhost', '127.0.0.1'].map((host) => {
              const query = new URLSearchParams({
                ...(mode && { sslmode: mode }),
                ...(root && { sslrootcert: root }),
              })
              return `postgresql://${user}@${host}:${server.port}/postgres?${query.toString()}`
            }),
          ),
        ),
      )
      const differences: string[] = []
      for (const url of cases) {
        const [mine, theirs] = await Promise.all([guardSays(url), psqlSays(url)])
        if (mine !== theirs) differences.push(`${url}: ${mine}, psql ${theirs}`)
      }
      expect(differences).toEqual([])
      expect(cases).toHaveLength(48)
    },
  )

  test.each([
    ['sslmode=verify-full', 'needs a root certificate'],
    ['sslmode=verify-full&sslrootcert=wrong.pem', "can't be verified"],
    ['sslmode=no-verify', "libpq doesn't recognize"],
  ])('a rejection by %s is explained', async (query, words) => {
    expect(
      (await problem(`postgresql://postgres@localhost:${withTls!.port}/postgres?${query}`)).message,
    ).toContain(words)
  })

  test('each kind of rejection has its own message', async () => {
    const to = (user: string, port: number, host: string, query: string) =>
      problem(`postgresql://${user}@${host}:${port}/postgres?${query}`)
    expect(
      (await to('postgres', withTls!.port, '127.0.0.1', 'sslmode=verify-full&sslrootcert=right.pem')).message,
    ).toContain('issued for a different host name')
    expect((await to('postgres', withoutTls!.port, 'localhost', 'sslmode=require')).message).toContain(
      "doesn't support TLS",
    )
    expect((await to('only_ssl', withTls!.port, 'localhost', 'sslmode=disable')).message).toContain(
      'rejects unencrypted connections for this user',
    )
    expect((await to('only_plain', withTls!.port, 'localhost', 'sslmode=require')).message).toContain(
      'no entry that accepts this user',
    )
    expect(
      (await to('only_ssl', withTls!.port, 'localhost', 'sslmode=prefer&sslrootcert=wrong.pem')).message,
    ).toContain("can't be verified")
  })

  test('a root certificate in ~/.postgresql is used as in libpq', async () => {
    const url = `postgresql://postgres@localhost:${withTls!.port}/postgres?sslmode=require`
    mkdirSync(join(home, '.postgresql'))
    writeFileSync(join(home, '.postgresql/root.crt'), selfSigned().certificate)
    expect(await guardSays(url)).toBe('refused')
    writeFileSync(join(home, '.postgresql/root.crt'), ours.certificate)
    expect(await guardSays(url.replace('require', 'verify-full'))).toBe('tls')
    rmSync(join(home, '.postgresql'), { recursive: true })
  })
})

describe.skipIf(!ready)('the password', () => {
  const secret = 'p@ss/w:rd#?%'
  const encoded = encodeURIComponent(secret)
  const place = (): string => `localhost:${withTls!.port}/postgres`

  test('is taken from the URL, PGPASSWORD or the password file', async () => {
    expect(await guardSays(`postgresql://secret_user:${encoded}@${place()}`)).toBe('tls')
    expect(await guardSays(`postgresql://md5_user:m@${place()}`)).toBe('tls')
    expect(await guardSays(`postgresql://cleartext_user:c@${place()}`)).toBe('tls')
    expect(await guardSays(`postgresql://secret_user@${place()}?password=${encoded}`)).toBe('tls')
    writeFileSync(
      join(home, '.pgpass'),
      `localhost:*:*:secret_user:${secret.replaceAll(/[:\\]/g, '\\$&')}\n`,
      { mode: 0o600 },
    )
    expect(await guardSays(`postgresql://secret_user@${place()}`)).toBe('tls')
    rmSync(join(home, '.pgpass'))
  })

  test.each(['secret_user', 'md5_user', 'cleartext_user'])(
    'is reported as missing for %s, without the user name',
    async (user) => {
      const { message, hint } = await problem(`postgresql://${user}@${place()}`)
      expect(message).toContain('requires a password, but none was given')
      expect(`${message}${JSON.stringify(hint)}`).not.toContain(user)
    },
  )

  test.each(['secret_user', 'md5_user', 'cleartext_user', 'nobody_knows'])(
    'is reported as wrong for %s, without printing it',
    async (user) => {
      const { message, hint, stack, cause } = await problem(`postgresql://${user}:wrongZq7@${place()}`)
      expect(message).toMatch(
        /rejected the password or doesn't recognize the user|no entry that accepts this user/,
      )
      expect(`${message}${JSON.stringify(hint)}${stack}${String(cause)}`).not.toMatch(
        /Zq7|nobody_knows|secret_user|md5_user/,
      )
    },
  )

  test("isn't tried again without TLS if it is wrong", async () => {
    expect((await problem(`postgresql://only_ssl_secret:wrong@${place()}`)).message).toContain(
      'rejected the password',
    )
  })
})

describe.skipIf(!ready)('the connection', () => {
  test.each([
    'postgresql:///postgres?host=FOLDER&port=PORT',
    'postgresql://postgres@ESCAPED:PORT/postgres',
    'postgresql+psycopg2://@/postgres?host=FOLDER&port=PORT&user=postgres&sslmode=require',
  ])('uses a Unix socket: %s', async (pattern) => {
    const { socketFolder, port } = withoutTls!
    const url = pattern
      .replace('FOLDER', socketFolder)
      .replace('ESCAPED', encodeURIComponent(socketFolder))
      .replace('PORT', String(port))
    const state = await readDatabaseState(url, {
      versionTable: 'a',
      versionTableSchema: null,
      env: { ...env, PGUSER: 'postgres' },
      cwd: home,
    })
    expect(state).toMatchObject({ host: socketFolder, name: 'postgres' })
  })

  test('can be configured by environment variables alone', async () => {
    const settings = {
      PGHOST: 'localhost',
      PGPORT: String(withoutTls!.port),
      PGUSER: 'postgres',
      PGDATABASE: 'template1',
    }
    const state = await readDatabaseState('postgresql://', {
      versionTable: 'a',
      versionTableSchema: null,
      env: { ...env, ...settings },
      cwd: home,
    })
    expect(state).toMatchObject({ host: 'localhost', name: 'template1' })
  })

  test("tries the next host if one doesn't answer, but not after a rejection", async () => {
    const state = await readDatabaseState(
      `postgresql://postgres@localhost:1,nowhere.invalid,localhost:${withoutTls!.port}/postgres?target_session_attrs=read-write`,
      {
        versionTable: 'a',
        versionTableSchema: null,
        env,
        cwd: home,
      },
    )
    expect(state.host).toBe('localhost')
    const refused = await problem(
      `postgresql://md5_user:wrong@localhost:${withTls!.port},localhost:${withoutTls!.port}/postgres`,
    )
    expect(refused.message).toContain(`localhost:${withTls!.port} rejected the password`)
  })

  test.each([['standby'], ['read-only']])('target_session_attrs=%s rejects a primary', async (attribute) => {
    expect(
      (
        await problem(
          `postgresql://postgres@localhost:${withoutTls!.port}/postgres?target_session_attrs=${attribute}`,
        )
      ).message,
    ).toContain(`target_session_attrs (${attribute})`)
  })

  test('target_session_attrs=prefer-standby accepts a primary if there is no standby', async () => {
    expect(
      await guardSays(
        `postgresql://postgres@localhost:${withoutTls!.port}/postgres?target_session_attrs=prefer-standby`,
      ),
    ).toBe('plain')
  })

  test('sends none of PGOPTIONS, PGREPLICATION and PGSSLNEGOTIATION', async () => {
    process.env['PGOPTIONS'] = '-c default_transaction_isolation=nonsense'
    process.env['PGREPLICATION'] = 'database'
    process.env['PGSSLNEGOTIATION'] = 'direct'
    try {
      expect(await guardSays(`postgresql://postgres@localhost:${withoutTls!.port}/postgres`)).toBe('plain')
    } finally {
      for (const name of ['PGOPTIONS', 'PGREPLICATION', 'PGSSLNEGOTIATION']) delete process.env[name]
    }
  })
})
