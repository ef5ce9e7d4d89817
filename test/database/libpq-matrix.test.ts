/**
 * Tests every libpq parameter on every kind of server. The guard must connect exactly when psql does.
 * Exceptions are listed below.
 */
import { execFile, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseDatabaseUrl } from '../../src/adapters/database/database-url.ts'
import { startDeadline } from '../../src/adapters/files/deadline.ts'
import { connectPostgres } from '../../src/adapters/postgres/connect.ts'
import { planConnection } from '../../src/adapters/libpq/libpq.ts'
import { GuardError } from '../../src/errors.ts'
import { selfSigned } from '../support/certificates.ts'
import { missing, startOwnPostgres } from '../support/postgres.ts'
import { findBinaries } from '../support/postgres-local.ts'

/** Bypasses Debian's wrapper for psql, which is a slow Perl script. */
const psql =
  [join(findBinaries() ?? '', 'psql'), 'psql'].find((name) => spawnSync(name, ['--version']).status === 0) ??
  missing('psql', 'neither beside the server nor on the PATH')
const ours = selfSigned()
const home = mkdtempSync(join(tmpdir(), 'alembic-guard-libpq-'))

const file = (name: string, text: string, mode: number): string => {
  const path = join(home, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}
const right = file('right.pem', ours.certificate, 0o644)
const wrong = file('wrong.pem', selfSigned().certificate, 0o644)
const key = (name: string, mode: number): string => file(`key-${name}.pem`, ours.key, mode)
const folder = join(home, 'folder')
mkdirSync(folder)

const hba = [
  'local all all trust',
  'host all secret all scram-sha-256',
  'host all md5_secret all md5',
  'hostssl all only_tls all trust',
  'hostnossl all only_plain all trust',
  'host all postgres all trust',
]
const withTls = await startOwnPostgres({
  hba,
  settings: { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key' },
  files: { 'server.crt': ours.certificate, 'server.key': ours.key },
})
const withoutTls = await startOwnPostgres({ hba })

beforeAll(async () => {
  for (const server of [withTls, withoutTls]) {
    const database = await server?.createDatabase(
      `CREATE ROLE only_tls LOGIN; CREATE ROLE only_plain LOGIN; SET password_encryption = 'scram-sha-256';
      CREATE ROLE secret LOGIN PASSWORD 'x9Zq7'; SET password_encryption = md5; CREATE ROLE md5_secret LOGIN PASSWORD 'x9Zq7'`,
    )
    await database?.drop()
  }
})
afterAll(() => {
  withTls?.stop()
  withoutTls?.stop()
  rmSync(home, { recursive: true })
})

interface Kind {
  readonly name: string
  /** The URL without its query string. */
  readonly url: string
  readonly query: string
}

const kinds: readonly Kind[] = [
  {
    name: 'a socket',
    url: 'postgresql://postgres@/postgres',
    query: `host=${withTls?.socketFolder}&port=${withTls?.port}`,
  },
  { name: 'TLS or not', url: `postgresql://postgres@localhost:${withTls?.port}/postgres`, query: '' },
  { name: 'an address', url: `postgresql://postgres@127.0.0.1:${withTls?.port}/postgres`, query: '' },
  { name: 'TLS only', url: `postgresql://only_tls@localhost:${withTls?.port}/postgres`, query: '' },
  { name: 'plain only', url: `postgresql://only_plain@localhost:${withTls?.port}/postgres`, query: '' },
  { name: 'SCRAM', url: `postgresql://secret:x9Zq7@localhost:${withTls?.port}/postgres`, query: '' },
  { name: 'MD5', url: `postgresql://md5_secret:x9Zq7@localhost:${withTls?.port}/postgres`, query: '' },
  { name: 'no TLS', url: `postgresql://postgres@localhost:${withoutTls?.port}/postgres`, query: '' },
  {
    name: 'SCRAM, no TLS',
    url: `postgresql://secret:x9Zq7@localhost:${withoutTls?.port}/postgres`,
    query: '',
  },
]

const certificate = (name: string, mode: number): string =>
  `sslmode=require&sslcert=${right}&sslkey=${key(name, mode)}`

/** Query strings. */
const values: readonly string[] = [
  '',
  ...['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'REQUIRE', 'x'].map(
    (mode) => `sslmode=${mode}`,
  ),
  ...['prefer', 'require', 'verify-ca', 'verify-full'].flatMap((mode) =>
    [right, wrong, '/nowhere.pem'].map((path) => `sslmode=${mode}&sslrootcert=${path}`),
  ),
  ...['disable', 'prefer', 'require', 'x'].map((value) => `channel_binding=${value}`),
  ...['disable', 'prefer', 'require'].map((mode) => `channel_binding=require&sslmode=${mode}`),
  ...['disable', 'prefer', 'require', 'x'].map((value) => `gssencmode=${value}`),
  ...['postgres', userInfo().username, 'nobody'].map((value) => `requirepeer=${value}`),
  ...['127.0.0.1', '127.0.0.9', '127.0.0.1,127.0.0.1', 'localhost', '::1'].map(
    (value) => `hostaddr=${value}`,
  ),
  `hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=${right}`,
  'foo=bar',
  'sslmod=require',
  'Sslmode=require',
  'connect_timeout=5',
  'connect_timeout=x',
  'keepalives=0',
  'keepalives_idle=x',
  ...['TLSv1.2', 'TLSv1.3', 'tlsv1.3', 'x'].map(
    (value) => `sslmode=require&ssl_min_protocol_version=${value}`,
  ),
  ...['TLSv1.2', 'TLSv1.1', 'x'].map((value) => `sslmode=require&ssl_max_protocol_version=${value}`),
  ...['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby', 'x'].map(
    (value) => `target_session_attrs=${value}`,
  ),
  certificate('private', 0o600),
  certificate('group', 0o640),
  certificate('all', 0o644),
  certificate('all', 0o644).replace('require', 'prefer'),
  certificate('all', 0o644).replace('require', 'disable'),
  `sslmode=require&sslcert=${right}&sslkey=/nowhere.key`,
  `sslmode=require&sslcert=${right}&sslkey=${folder}`,
  `sslmode=require&sslcert=/nowhere.crt&sslkey=${key('lone', 0o644)}`,
  'service=nowhere',
]

/** Values of the `options` parameter. */
const serverOptions: readonly string[] = [
  '-csearch_path=app',
  '-c search_path=app',
  '--search_path=app',
  '--search-path=app',
  '-c Search-Path=app',

  '-c search_path=a\\ b',
  '-c search_path="A\\ b"',
  '-c search_path="A b"',
  "-c search_path='a b'",

  '\\-csearch_path=app',
  '-csearch_path=app\\',
  '-csearch_path=a\\\\b',
  '-c\tsearch_path=app',
  '-c\vsearch_path=app',

  '-csearch_path=a -csearch_path=b',
  '-csearch_path=',
  '-csearch_path==a',
  '-c search_path = a',
  '-c "search_path=a"',

  '-csearch_path=ä',
  '-csearch_path=a\u00a0b',
  '-csearch_path=app -- -x',
  '-ec search_path=app',
  '--c=search_path',

  '-c foo=1',
  '--foo=1',
  '-c foo.bar=1',
  '-c foo.bar',
  '-c',
  '-cfoo',
  '--search_path',
  '--',
  '-',
  'x',
  '-x',
  '-ts',
  ' ',

  '-F',
  '-fs',
  '-B 10',
  '-S 100',
  '-p 1',
  '-c port=5',
  '-c shared_buffers=1GB',
  '-c is_superuser=on',
  '-O',
  '-W 0',

  '-c work_mem=1MB',
  '-c work_mem=x',
  '-c role=none',
  '-c role=nobody',
  '-c session_authorization=nobody',

  '-c default_transaction_isolation=nonsense',
  '-c default_transaction_read_only=on',
  '-c standard_conforming_strings=off',

  '-c client_encoding=latin1',
  '-c bytea_output=escape',
  '-c row_security=off',
  '-c quote_all_identifiers=on',

  '-c session_preload_libraries=nowhere',
  '-c local_preload_libraries=nowhere',
  '-c log_min_messages=debug5',
]

/** Environment variables equivalent to connection parameters. */
const variables: Readonly<Record<string, string>> = {
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  channel_binding: 'PGCHANNELBINDING',
  gssencmode: 'PGGSSENCMODE',
  requirepeer: 'PGREQUIREPEER',
  hostaddr: 'PGHOSTADDR',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  ssl_min_protocol_version: 'PGSSLMINPROTOCOLVERSION',
  ssl_max_protocol_version: 'PGSSLMAXPROTOCOLVERSION',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
}

interface Cell {
  readonly title: string
  readonly url: string
  readonly env: Readonly<Record<string, string>>
}

const optionCells = kinds
  .filter(({ name }) => ['a socket', 'SCRAM'].includes(name))
  .flatMap(({ name, url, query }) =>
    serverOptions.flatMap((text): readonly Cell[] => {
      const inUrl = [query, `options=${encodeURIComponent(text)}`].filter(Boolean).join('&')
      return [
        { title: `${name}: options ${text}`, url: `${url}?${inUrl}`, env: {} },
        { title: `${name}: PGOPTIONS ${text}`, url: `${url}?${query}`, env: { PGOPTIONS: text } },
      ]
    }),
  )

const cells = kinds
  .flatMap((kind) =>
    values.flatMap((value): readonly Cell[] => {
      const pairs = value
        .split('&')
        .filter(Boolean)
        .map((pair) => pair.split('=', 2) as [string, string])
      const query = [kind.query, value].filter(Boolean).join('&')
      const inUrl = { title: `${kind.name}: ${value}`, url: `${kind.url}?${query}`, env: {} }
      if (pairs.length === 0 || !pairs.every(([name]) => name in variables)) return [inUrl]
      const env = Object.fromEntries(pairs.map(([name, text]) => [variables[name] ?? '', text]))
      // For two kinds of servers, also test environment variables.
      return ['a socket', 'TLS or not'].includes(kind.name)
        ? [inUrl, { title: `${kind.name}: ${value} in variables`, url: `${kind.url}?${kind.query}`, env }]
        : [inUrl]
    }),
  )
  .concat(optionCells)

/** The guard rejects requirepeer, because it can't see which user runs the server. */
const strict = /^a socket: requirepeer=/

/**
 * A query that returns whether the connection is encrypted, and the settings that show how the server parsed
 * `options`.
 */
const question = `SELECT CASE WHEN ssl THEN 't' ELSE 'f' END || ' ' || pg_catalog.array_to_string(ARRAY(SELECT pg_catalog.current_setting(name, true)
  FROM pg_catalog.unnest(ARRAY['search_path', 'work_mem', 'role', 'foo.bar', 'row_security', 'default_transaction_read_only']) name), ' ')
  FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()`

async function bySql({ url, env }: Cell): Promise<string> {
  const all = { PATH: process.env['PATH'], HOME: home, ...env }
  return new Promise((resolve) => {
    execFile(psql ?? '', ['-XAtwc', question, url], { env: all, timeout: 20_000 }, (error, stdout) =>
      resolve(error ? 'refused' : stdout.trim()),
    )
  })
}

async function byGuard({ url, env }: Cell): Promise<string> {
  try {
    const parsed = parseDatabaseUrl(url)
    if (parsed.dialect !== 'postgresql') throw new TypeError(url)
    const session = await connectPostgres(
      planConnection(parsed, { HOME: home, ...env }, home),
      startDeadline(20_000),
    )
    const [[[encrypted] = []] = []] = await session.query({ ownPath: question })
    await session.close()
    return encrypted ?? ''
  } catch (error) {
    if (!(error instanceof GuardError) || error.kind !== 'unavailable') throw error
    expect(error.message).not.toContain('x9Zq7')
    expect(error.message).toMatch(/\.$/)
    return 'refused'
  }
}

describe.skipIf(!psql || !withTls || !withoutTls)('the libpq matrix', () => {
  test('has enough cells', () => {
    expect(cells.length).toBeGreaterThan(900)
  })

  test.each([
    ['-c foo=s3cretZq', 'unrecognized configuration parameter "foo"'],
    ['-c work_mem=s3cretZq', 'invalid value for parameter "work_mem"'],
    ['-c port=5', 'parameter "port"'],
    ['-x s3cretZq', 'they are malformed'],
    ['-c s3cretZq', 'they are malformed'],
  ])('explains errors in the options %s without printing their values', async (options, told) => {
    const url = `postgresql://postgres@localhost:${withTls?.port}/postgres?options=${encodeURIComponent(options)}`
    const parsed = parseDatabaseUrl(url)
    if (parsed.dialect !== 'postgresql') throw new TypeError(url)
    const error = await connectPostgres(
      planConnection(parsed, { HOME: home }, home),
      startDeadline(20_000),
    ).catch((reason: unknown) => String(reason))
    expect(error).toContain(`rejected this connection's options (options in the URL, or PGOPTIONS): ${told}`)
    expect(error).not.toContain('s3cretZq')
  })

  test('gives the guard the same result as libpq', { timeout: 400_000 }, async () => {
    const different: string[] = []
    const outcomes = new Map<string, number>()
    const waiting = [...cells]
    const work = async (): Promise<void> => {
      for (let cell = waiting.shift(); cell; cell = waiting.shift()) {
        const [theirs, here] = [await bySql(cell), await byGuard(cell)]
        const kind = theirs.split(' ')[0] ?? ''
        outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1)
        if (theirs !== here && !(here === 'refused' && strict.test(cell.title)))
          different.push(`${cell.title}: psql ${theirs}, guard ${here}`)
      }
    }
    await Promise.all(Array.from({ length: 6 }, work))
    expect(different).toEqual([])
    // Each outcome (TLS, no TLS, refused) must occur often enough.
    for (const outcome of ['t', 'f', 'refused']) expect(outcomes.get(outcome)).toBeGreaterThan(100)
  })
})
