/** Compares the guard's URL parsing with that of SQLAlchemy 1.4 and 2.1. */
import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { type DatabaseUrl, parseDatabaseUrl } from '../../../../src/adapters/database/database-url.ts'
import { GuardError } from '../../../../src/errors.ts'

/** Formats a URL as `user|password|host:port,host:port|database`, with `-` for null. */
function shape(url: string): string {
  const parsed = parseDatabaseUrl(url)
  if (parsed.dialect === 'sqlite') return `sqlite ${parsed.path}`
  const hosts = parsed.hosts.map(({ host, port }) => `${host ?? '-'}:${port ?? '-'}`).join(',')
  return [parsed.user ?? '-', parsed.password ?? '-', hosts, parsed.database ?? '-'].join('|')
}

/** Returns the error for a URL; null if the URL is valid. */
function errorOf(text: string): GuardError | null {
  try {
    parseDatabaseUrl(text)
    return null
  } catch (error) {
    if (error instanceof GuardError) return error
    throw error
  }
}

function refusal(text: string): GuardError {
  const error = errorOf(text)
  if (!error) throw new Error('no error')
  return error
}

describe('a PostgreSQL URL', () => {
  test.each(
    'postgres postgresql postgresql+psycopg2 postgresql+psycopg postgresql+psycopg_async postgresql+asyncpg postgresql+pg8000 postgres+asyncpg'.split(
      ' ',
    ),
  )('can begin with %s://', (scheme) => {
    expect(shape(`${scheme}://u:p@db.example:5433/app`)).toBe('u|p|db.example:5433|app')
  })

  test.each([
    ['postgresql://u:p#a?b/c@host:5/db', 'u|p#a?b/c|host:5|db'],
    ['postgresql://u@x:p@host/db', 'u@x|p|host:-|db'],
    ['postgresql://host/db?application_name=a@b', '-|-|host:-|db'],
    ['postgresql://u:p%40%2F+x@h/db', 'u|p@/+x|h:-|db'],
    ['postgresql://u:p@[::1]:5432/db', 'u|p|::1:5432|db'],
    ['postgresql://@/db', '-|-||db'],
    ['postgresql://u:@h/db', 'u|-|h:-|db'],
    ['postgresql://h', '-|-|h:-|-'],
    ['postgresql://u:p@h/db#x', 'u|p|h:-|db#x'],
    // Before 2.1, SQLAlchemy leaves the database name percent-encoded, and libpq decodes it.
    ['postgresql://u:p@h/d%20b', 'u|p|h:-|d b'],
  ])('%s is read as SQLAlchemy does', (url, expected) => {
    expect(shape(url)).toBe(expected)
  })

  test('splits at the last @ before the host, where SQLAlchemy would use a host name with an @', () => {
    expect(shape('postgresql://u:p@ss@host/db')).toBe('u|p@ss|host:-|db')
  })

  test.each([
    ['postgresql:///db?host=/var/run/postgresql', '-|-|/var/run/postgresql:-|db'],
    ['postgresql:///db?host=/tmp&port=6000', '-|-|/tmp:6000|db'],
    ['postgresql://u:p@%2Fvar%2Frun%2Fpostgresql/db', 'u|p|/var/run/postgresql:-|db'],
    ['postgresql://u@h/db?user=v&password=w&dbname=x', 'v|w|h:-|x'],
  ])('%s sets the socket or overrides parts by its query', (url, expected) => {
    expect(shape(url)).toBe(expected)
  })

  test.each([
    ['postgresql://u@h1:1,h2:2/db', 'h1:1,h2:2'],
    ['postgresql://u@[::1]:1,h2/db', '::1:1,h2:-'],
    ['postgresql://u@/db?host=h1:1&host=h2:2', 'h1:1,h2:2'],
    ['postgresql://u@/db?host=h1,h2&port=1,2', 'h1:1,h2:2'],
    ['postgresql://u@/db?host=h1,h2&port=7', 'h1:7,h2:7'],
  ])('%s contains several hosts', (url, expected) => {
    expect(shape(url).split('|')[2]).toBe(expected)
  })

  test("keeps parameters that it doesn't use itself, and the last of a repeated one", () => {
    const parsed = parseDatabaseUrl(
      'postgresql://h/db?sslmode=a&options=-csearch_path%3Da+b&x=&sslmode=require',
    )
    expect(parsed.dialect === 'postgresql' && [...parsed.parameters]).toEqual([
      ['sslmode', 'require'],
      ['options', '-csearch_path=a b'],
    ])
  })
})

describe('a SQLite URL', () => {
  const sqlite = (url: string): DatabaseUrl => parseDatabaseUrl(url)
  test.each([
    ['sqlite:///app.db', 'app.db'],
    ['sqlite:////srv/app.db', '/srv/app.db'],
    ['sqlite+pysqlite:///app.db', 'app.db'],
    ['sqlite+aiosqlite:///./data/app.db', './data/app.db'],
    ['sqlite:///app.db?check_same_thread=false', 'app.db'],
    ['sqlite:///file:app.db?mode=ro&uri=true', 'app.db'],
    ['sqlite:///file:///srv/a%20b.db?uri=true', '/srv/a b.db'],
    // Without uri=true, `file:app.db` is a plain file name.
    ['sqlite:///file:app.db?mode=ro', 'file:app.db'],
  ])('%s refers to the file %s', (url, path) => {
    expect(sqlite(url)).toMatchObject({ dialect: 'sqlite', path })
  })

  test('also keeps an encoded name, because SQLAlchemy 2.1 decodes it', () => {
    expect(sqlite('sqlite:///a%20b.db')).toMatchObject({ path: 'a%20b.db', decodedPath: 'a b.db' })
  })

  test.each(['sqlite://', 'sqlite:///', 'sqlite:///:memory:', 'sqlite:///file:x?mode=memory&uri=true'])(
    '%s is in memory, so there is nothing to check',
    (url) => {
      expect(refusal(url).message).toContain('in-memory')
    },
  )

  test('with two slashes is rejected, with the correct forms', () => {
    expect(refusal('sqlite://app.db').hint).toContain('sqlite:///relative/path.db')
  })
})

describe('an invalid URL', () => {
  test.each([
    ['', 'empty'],
    ['  \n', 'empty'],
    ['"postgresql://u:hunter2@h/db"', 'quotation marks'],
    ["'postgresql://u:hunter2@h/db'", 'quotation marks'],
    ['DATABASE_URL=postgresql://u:hunter2@h/db', 'starts with a variable name'],
    ['export DATABASE_URL=postgresql://u:hunter2@h/db', 'starts with a variable name'],
    [' postgresql://u:hunter2@h/db', 'whitespace'],
    ['postgresql://u:hunter2@h/db\n', 'whitespace'],
    ['host=h user=u password=hunter2', "isn't a valid URL"],
    ['hunter2', "isn't a valid URL"],
    ['mysql+pymysql://u:hunter2@h/db', 'the dialect mysql'],
    ['mssql+pyodbc://u:hunter2@h/db', 'the dialect mssql'],
    ['oracle+cx_oracle://u:hunter2@h/db', 'the dialect oracle'],
    ['hunter2://u@h/db', 'an unknown dialect'],
    ['postgresql://u:hunter2', 'port'],
    ['postgresql://h:70000/db', 'port'],
    ['postgresql://h:/db', 'port'],
    ['postgresql://u/hunter2@h/db', 'path in the database URL'],
    ['postgresql://u:x@[::1/db', 'host'],
    ['sqlite+pysqlcipher://:hunter2@/app.db', 'encrypted'],
  ])('%j yields an error message about %s', (text, words) => {
    const error = refusal(text)
    expect(error.kind).toBe('unavailable')
    expect(error.message).toContain(words)
    expect(`${error.message} ${JSON.stringify(error.hint)}`).not.toContain('hunter2')
  })

  test('with another dialect yields the supported ones', () => {
    expect(refusal('mysql://h/db').hint).toMatch(/PostgreSQL.*SQLite/)
  })
})

test('never puts any part of a user or password into an error', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9@:/?#%[\]+=&! -]{0,6}Zq7[A-Za-z0-9@:/?#%[\]+=&! -]{0,6}$/)
  fc.assert(
    fc.property(
      fc.constantFrom('postgres', 'postgresql+asyncpg', 'mysql', 'sqlite', 'Zq7'),
      secret,
      secret,
      fc.constantFrom('h', 'h:1', '[::1', 'h:x', '', 'h1:1,h2:2'),
      fc.constantFrom('/db', '', '/d@b', '?x=1'),
      (scheme, user, password, host, rest) => {
        const error = errorOf(`${scheme}://${user}:${password}@${host}${rest}`)
        expect(`${error?.message} ${JSON.stringify(error?.hint)} ${error?.stack}`).not.toContain('Zq7')
      },
    ),
    { numRuns: 2000 },
  )
})

test('percent-encoding round-trips', () => {
  const text = fc.string({ minLength: 1, maxLength: 20 }).filter((value) => !value.includes('\0'))
  fc.assert(
    fc.property(text, text, text, (user, password, database) => {
      const url = `postgresql://${[user, password].map(encodeURIComponent).join(':')}@h/${encodeURIComponent(database)}`
      expect(parseDatabaseUrl(url)).toMatchObject({ user, password, database })
    }),
  )
})
