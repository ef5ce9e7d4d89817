/** Production taken out of the words and variables of a command. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Production, proxyUrl, safeCommand } from '../../../../src/commands/rehearsal/environment.ts'

const url = 'postgresql://shop:s3cret-word@db.example.com:5432/shop?sslmode=require&application_name=shop'
const production: Production = { url, variables: ['DATABASE_URL'], passwords: [] }
const scratch = (scheme: string | null): string => `${scheme ?? 'postgresql'}://scratch`

function safe(
  env: Readonly<Record<string, string>>,
  argv: readonly string[] = ['alembic', 'upgrade', 'head'],
) {
  return safeCommand(argv, env, production, scratch)
}

test('the same database under any spelling leads to the scratch database, in its own scheme', () => {
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
  })
  expect(removed).toEqual([])
})

test("what holds the password, the host, another database or is libpq's or the guard's own is taken away", () => {
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
  expect(env).toEqual({
    DATABASE_URL: 'postgresql://scratch',
    PGROUP_NOT: 'x',
    PATH: '/bin',
    REDIS_URL: 'redis://127.0.0.1',
  })
  expect(removed).toEqual(['HOST', 'PASSWORD', 'PGHOST', 'PGPASSWORD', 'REPLICA', 'SETTINGS', 'WAREHOUSE'])
})

test('words of the command are replaced where they lead to production, and refused where they lead elsewhere', () => {
  expect(safe({}, ['alembic', '-x', `url=${url}`, 'upgrade', 'head']).argv).toEqual([
    'alembic',
    '-x',
    'url=postgresql://scratch',
    'upgrade',
    'head',
  ])
  for (const word of ['url=postgres://elsewhere/shop', 'password=s3cret-word', '--host=db.example.com']) {
    expect(() => safe({}, ['alembic', '-x', word])).toThrow('leads to a database')
    expect(() => safe({}, ['alembic', '-x', word])).not.toThrow(/s3cret|elsewhere|db\.example/)
  }
})

test('whatever surrounds it, neither the password nor the URL gets through', () => {
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

test("the proxy's URL keeps what belongs to the program and drops what belongs to the server", () => {
  expect(proxyUrl(url, 'postgresql+psycopg2', { user: 'a b', password: 'p', port: 5, database: 'd' })).toBe(
    'postgresql+psycopg2://a%20b:p@127.0.0.1:5/d?application_name=shop',
  )
  expect(proxyUrl(null, null, { user: 'u', password: 'p', port: 5, database: 'd' })).toBe(
    'postgresql://u:p@127.0.0.1:5/d',
  )
})
