/** The guard must treat sslmode, passfile, options and environment variables as libpq does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseDatabaseUrl } from '../../../../src/adapters/database/database-url.ts'
import {
  type PostgresPlan,
  lookUpPassword,
  parsePassfile,
  planConnection,
  tlsAttempts,
} from '../../../../src/adapters/libpq/libpq.ts'

const home = mkdtempSync(join(tmpdir(), 'alembic-guard-home-'))
afterAll(() => rmSync(home, { recursive: true }))

function plan(url: string, env: Record<string, string> = {}): PostgresPlan {
  const parsed = parseDatabaseUrl(url)
  if (parsed.dialect !== 'postgresql') throw new TypeError(url)
  return planConnection(parsed, { HOME: home, ...env }, home)
}

const none = { ca: null, cert: null, key: null, passphrase: null }

/**
 * Returns the connection attempts for an sslmode: `plain`, `any` (any certificate), `ca` (chain), `full`
 * (chain and host name), `system`.
 */
function attempts(sslmode: string, ca: string | null): string {
  return tlsAttempts(sslmode, { ...none, ca })
    .map((tls) => {
      if (tls === false) return 'plain'
      if (tls.rejectUnauthorized === false) return 'any'
      if (tls.ca === undefined) return 'system'
      return tls.checkServerIdentity ? 'ca' : 'full'
    })
    .join(' ')
}

function attemptsOrRefusal(sslmode: string): string {
  try {
    return attempts(sslmode, null)
  } catch (error) {
    return `refused: ${error instanceof Error ? error.message : ''}`
  }
}

describe('sslmode', () => {
  test.each([
    ['disable', 'plain', 'plain'],
    ['allow', 'plain any', 'plain ca'],
    ['prefer', 'any plain', 'ca plain'],
    ['require', 'any', 'ca'],
    ['verify-ca', 'refused: sslmode verify-ca needs a root certificate, but none was found.', 'ca'],
    ['verify-full', 'refused: sslmode verify-full needs a root certificate, but none was found.', 'full'],
  ])('%s tries %s without a root certificate and %s with one', (sslmode, without, withRoot) => {
    expect(attemptsOrRefusal(sslmode)).toBe(without)
    expect(attempts(sslmode, 'PEM')).toBe(withRoot)
  })

  test('sslrootcert=system requires verify-full', () => {
    expect(attempts('verify-full', 'system')).toBe('system')
    expect(() => attempts('require', 'system')).toThrow('too weak')
  })

  test('an unknown value is rejected, and not printed', () => {
    expect(() => attempts('no-verify', null)).toThrow("libpq doesn't recognize")
  })

  test('is prefer by default, and comes from the URL before PGSSLMODE', () => {
    expect(plan('postgresql://h/d').sslmode).toBe('prefer')
    expect(plan('postgresql://h/d', { PGSSLMODE: 'require' }).sslmode).toBe('require')
    expect(plan('postgresql://h/d?sslmode=disable', { PGSSLMODE: 'require' }).sslmode).toBe('disable')
    expect(plan('postgresql+asyncpg://h/d?ssl=require').sslmode).toBe('require')
  })

  test("doesn't apply to a Unix socket", () => {
    expect(plan('postgresql:///d?host=/tmp&sslmode=require').targets[0]?.tls).toEqual([false])
  })

  test("a root certificate in ~/.postgresql counts, an explicit one that is missing doesn't", () => {
    expect(() => plan('postgresql://h/d?sslmode=verify-ca&sslrootcert=nowhere.pem')).toThrow(
      'root certificate',
    )
    writeFileSync(join(home, 'root.pem'), 'PEM')
    expect(plan('postgresql://h/d?sslmode=verify-full&sslrootcert=root.pem').targets[0]?.tls).toEqual([
      { ca: 'PEM' },
    ])
  })
})

describe('the environment', () => {
  test('provides what the URL omits', () => {
    const env = {
      PGHOST: 'a,b',
      PGPORT: '1,2',
      PGUSER: 'u',
      PGPASSWORD: 's',
      PGDATABASE: 'd',
      PGAPPNAME: 'n',
    }
    const filled = plan('postgresql://', env)
    expect(filled.targets.map(({ host, port, password }) => [host, port, password])).toEqual([
      ['a', 1, 's'],
      ['b', 2, 's'],
    ])
    expect([filled.user, filled.database, filled.applicationName]).toEqual(['u', 'd', 'n'])
    expect(plan('postgresql://v@h:9/e', env)).toMatchObject({
      user: 'v',
      database: 'e',
      targets: [{ port: 9 }],
    })
  })

  test("the database defaults to the user's name", () => {
    expect(plan('postgresql://someone@h').database).toBe('someone')
  })

  test("a service is refused, because its file isn't read", () => {
    expect(() => plan('postgresql://h/d', { PGSERVICE: 'x' })).toThrow('PGSERVICE')
    expect(() => plan('postgresql:///?service=x')).toThrow('service')
  })

  test('connect_timeout is in seconds and at least two', () => {
    expect(plan('postgresql://h/d?connect_timeout=1').connectTimeoutMs).toBe(2000)
    expect(plan('postgresql://h/d?connect_timeout=0').connectTimeoutMs).toBeNull()
    expect(plan('postgresql://h/d', { PGCONNECT_TIMEOUT: '7' }).connectTimeoutMs).toBe(7000)
  })

  test('target_session_attrs', () => {
    expect(plan('postgresql://h/d?target_session_attrs=prefer-standby').attributes).toEqual([
      'standby',
      'any',
    ])
    expect(() => plan('postgresql://h/d?target_session_attrs=sky')).toThrow('target_session_attrs')
  })
})

describe('options', () => {
  test('are passed on unchanged, and those of the environment only by libpq', () => {
    const env = { PGOPTIONS: '-c a=\\ b' }
    expect(plan('postgresql://h/d', env).options).toBe('-c a=\\ b')
    expect(plan('postgresql://h/d?options=-cx%3Dy', env).options).toBe('-cx=y')
    expect(plan('postgresql+asyncpg://h/d', env).options).toBeNull()
    expect(plan('postgresql+asyncpg://h/d?options=-cx%3Dy', env).options).toBe('-cx=y')
  })
})

describe('the password file', () => {
  const lines = parsePassfile(
    [
      '# a comment',
      'h:5432:d:u:first',
      'h:*:*:u:se\\:co\\\\nd',
      'localhost:*:*:*:local',
      'too:short',
      '*:*:*:*:any',
    ].join('\n'),
  )
  test.each([
    ['h', 5432, 'd', 'u', 'first'],
    ['h', 6000, 'd', 'u', 'se:co\\nd'],
    ['/var/run/postgresql', 5432, 'd', 'u', 'local'],
    ['/elsewhere', 5432, 'd', 'u', 'any'],
  ])('for %s:%i/%s as %s holds %s', (host, port, database, user, password) => {
    expect(lookUpPassword(lines, { host, port, database, user })).toBe(password)
  })

  test('is used only if no other user can read it', () => {
    const file = join(home, 'pass')
    writeFileSync(file, 'h:*:*:*:secret\n', { mode: 0o600 })
    expect(plan('postgresql://u@h/d', { PGPASSFILE: file }).targets[0]?.password).toBe('secret')
    writeFileSync(join(home, 'open'), 'h:*:*:*:secret\n', { mode: 0o644 })
    expect(plan('postgresql://u@h/d', { PGPASSFILE: join(home, 'open') }).targets[0]?.password).toBeNull()
    expect(plan('postgresql://u:own@h/d', { PGPASSFILE: file }).targets[0]?.password).toBe('own')
  })
})
