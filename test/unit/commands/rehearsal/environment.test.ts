/** A rehearsal must remove production's URLs and credentials from arguments and environment variables. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type EnvironmentWish,
  type Production,
  type ScratchAddress,
  proxyUrl,
  safeCommand,
} from '../../../../src/commands/rehearsal/environment.ts'

const url = 'postgresql://shop:s3cret-word@db.example.com:5432/shop?sslmode=require&application_name=shop'
const production: Production = { url, variables: ['DATABASE_URL'], passwords: [] }
const scratch: ScratchAddress = {
  urlFor: (scheme) => `${scheme ?? 'postgresql'}://scratch`,
  parts: { host: 'h', port: '1', user: 'u', password: 'p', database: 'd' },
}
const libpq = {
  PGHOST: 'h',
  PGPORT: '1',
  PGUSER: 'u',
  PGPASSWORD: 'p',
  PGDATABASE: 'd',
  PGSSLMODE: 'disable',
}
/** Variables that are set for every command. */
const always = new Set([
  'HOME',
  'PGPASSFILE',
  'PGSERVICEFILE',
  'PGSYSCONFDIR',
  'PGSSLCERT',
  'PGSSLKEY',
  'PGGSSENCMODE',
  'KRB5CCNAME',
])

function safe(
  env: Readonly<Record<string, string>>,
  argv: readonly string[] = ['alembic', 'upgrade', 'head'],
  wish: Partial<EnvironmentWish> = {},
) {
  const made = safeCommand(argv, env, production, scratch, {
    reads: [],
    pass: [],
    home: '/home',
    offline: false,
    ...wish,
  })
  return { ...made, env: Object.fromEntries(Object.entries(made.env).filter(([name]) => !always.has(name))) }
}

test('any spelling of the same database is replaced by the scratch database, in its own scheme', () => {
  const { env, removed } = safe({
    DATABASE_URL: url,
    A: url,
    B: 'postgres://shop:s3cret-word@db.example.com/shop',
    C: 'postgresql+asyncpg://other@db.example.com:5432/shop',
  })
  expect(env).toEqual({
    DATABASE_URL: 'postgresql://scratch',
    A: 'postgresql://scratch',
    B: 'postgres://scratch',
    C: 'postgresql+asyncpg://scratch',
    ...libpq,
  })
  expect(removed).toEqual([])
})

test('variables with the password, the host or another database, and those of libpq and the guard, are removed', () => {
  const { env, removed } = safe({
    PASSWORD: 's3cret-word',
    SETTINGS: 'x=1 password=s3cret-word',
    HOST: 'db.example.com',
    REPLICA: 'postgres://replica.example/shop',
    WAREHOUSE: 'mysql+pymysql://u:p@elsewhere/x',
    PGPASSWORD: 'x',
    PGHOST: 'x',
    ALEMBIC_GUARD_DATABASE_URL: url,
    PGROUP_NOT: 'x',
    PATH: '/bin',
    REDIS_URL: 'redis://127.0.0.1',
  })
  expect(env).toEqual({ DATABASE_URL: 'postgresql://scratch', PATH: '/bin', ...libpq })
  expect(removed).toEqual([
    'HOST',
    'PASSWORD',
    'PGHOST',
    'PGPASSWORD',
    'PGROUP_NOT',
    'REDIS_URL',
    'REPLICA',
    'SETTINGS',
    'WAREHOUSE',
  ])
})

test('connection parts are set for the project, also if nothing set them', () => {
  const names = [
    'DB_HOST',
    'DB_PORT',
    'DB_USER',
    'DB_PASSWORD',
    'DB_NAME',
    'DB_POOL_SIZE',
    'SECRET_KEY',
    'REDIS_HOST',
  ]
  const reads = names.map((name) => ({ name, role: null }))
  const given = { DB_HOST: 'localhost', DB_USER: 'app', DB_POOL_SIZE: '5', SECRET_KEY: 'x', REDIS_HOST: 'r' }
  const { env, removed } = safe(given, [], { reads: [...reads, { name: 'PLACE', role: 'host' }] })
  expect(env).toEqual({
    DATABASE_URL: 'postgresql://scratch',
    ...libpq,
    DB_HOST: 'h',
    DB_PORT: '1',
    DB_USER: 'u',
    DB_PASSWORD: 'p',
    DB_NAME: 'd',
    DB_POOL_SIZE: '5',
    PLACE: 'h',
  })
  expect(removed).toEqual(['REDIS_HOST', 'SECRET_KEY'])
})

test('--pass-env passes a variable on, but never access to production', () => {
  const given = { SECRET_KEY: 'x', OTHER: 's3cret-word', ELSEWHERE: 'postgres://replica.example/shop' }
  const { env, removed } = safe(given, [], { pass: ['SECRET_KEY', 'OTHER', 'ELSEWHERE'] })
  expect(env).toEqual({ DATABASE_URL: 'postgresql://scratch', SECRET_KEY: 'x', ...libpq })
  expect(removed).toEqual(['ELSEWHERE', 'OTHER'])
})

test('arguments that lead to production are replaced, those that lead elsewhere are refused', () => {
  expect(safe({}, ['alembic', '-x', `url=${url}`, 'upgrade', 'head']).argv).toEqual([
    'alembic',
    '-x',
    'url=postgresql://scratch',
    'upgrade',
    'head',
  ])
  for (const word of ['url=postgres://elsewhere/shop', 'password=s3cret-word', '--host=db.example.com']) {
    expect(() => safe({}, ['alembic', '-x', word])).toThrow('might point to a database')
    expect(() => safe({}, ['alembic', '-x', word])).not.toThrow(/s3cret|elsewhere|db\.example/)
  }
})

test('whatever surrounds them, neither the password nor the URL gets through', () => {
  const around = fc.string()
  fc.assert(
    fc.property(
      around,
      around,
      fc.constantFrom(url, 's3cret-word', ':s3cret-word@', 'db.example.com'),
      (before, after, secret) => {
        const { env } = safe({ X: before + secret + after })
        expect(Object.values(env).join('\n')).not.toMatch(/s3cret-word|db\.example\.com/)
      },
    ),
  )
})

test("the proxy's URL keeps the client's parameters and drops the server's", () => {
  expect(proxyUrl(url, 'postgresql+psycopg2', { user: 'a b', password: 'p', port: '5', database: 'd' })).toBe(
    'postgresql+psycopg2://a%20b:p@127.0.0.1:5/d?application_name=shop',
  )
  expect(proxyUrl(null, null, { user: 'u', password: 'p', port: '5', database: 'd' })).toBe(
    'postgresql://u:p@127.0.0.1:5/d',
  )
})
