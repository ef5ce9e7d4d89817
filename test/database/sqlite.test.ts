/** Reads SQLite files in every state. Reading must not create files. */
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { unopenedSource } from '../../src/adapters/sqlite/choose-source.ts'
import { loadSqliteDrivers } from '../../src/adapters/sqlite/connect.ts'
import type { DatabaseState } from '../../src/core/history/database-state.ts'
import { GuardError } from '../../src/errors.ts'
import { readDatabaseState } from '../../src/adapters/open-database.ts'

const root = mkdtempSync(join(tmpdir(), 'alembic-guard-sqlite-'))
let folder = root
let count = 0
beforeEach(() => {
  folder = join(root, String(count++))
  mkdirSync(folder)
})
afterAll(() => {
  execFileSync('chmod', ['-R', 'u+rwx', root])
  rmSync(root, { recursive: true })
})

const versionTable =
  'CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT p PRIMARY KEY (version_num));'

function make(sql: string, name = 'app.db'): Sqlite.Database {
  const database = new Sqlite(join(folder, name))
  database.exec(sql)
  return database
}

function look(
  url = 'sqlite:///app.db',
  more: { timeoutMs?: number; signal?: AbortSignal; table?: string; schema?: string } = {},
): Promise<DatabaseState> {
  const { table = 'alembic_version', schema = null, ...rest } = more
  return readDatabaseState(url, {
    versionTable: table,
    versionTableSchema: schema,
    env: {},
    cwd: folder,
    ...rest,
  })
}

/** Returns the name, metadata and contents of every file in the folder. */
function traces(): unknown {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const { size, mtimeMs, mode } = statSync(join(folder, name))
      return [name, size, mtimeMs, mode, readFileSync(join(folder, name)).toString('base64')]
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

describe('the version table', () => {
  test('is read with a row', async () => {
    make(`${versionTable} INSERT INTO alembic_version VALUES ('b'), ('a')`).close()
    const before = traces()
    expect(await look()).toEqual({
      dialect: 'sqlite',
      server: expect.stringMatching(/^3\.\d+\.\d+$/),
      host: null,
      name: 'app.db',
      readOnly: null,
      searchPath: [],
      versionTable: {
        schema: null,
        name: 'alembic_version',
        exists: true,
        relation: 'table',
        width: null,
        columns: [{ name: 'version_num', type: 'VARCHAR(32)', nullable: false, hasDefault: false }],
        unique: true,
      },
      versions: [
        { kind: 'text', value: 'b' },
        { kind: 'text', value: 'a' },
      ],
      otherVersionTables: [],
      locks: [],
      transactionalDdl: false,
    })
    expect(traces()).toEqual(before)
  })

  test('returns every type of value as in Python', async () => {
    make(
      "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('a'), (NULL), (1001), (1.5), (x'6162'), (9007199254740993), ('a'), ('')",
    ).close()
    const state = await look()
    expect(state.versions).toEqual([
      { kind: 'text', value: 'a' },
      { kind: 'null' },
      { kind: 'not-text', repr: '1001' },
      { kind: 'not-text', repr: '1.5' },
      { kind: 'not-text', repr: "b'ab'" },
      { kind: 'not-text', repr: '9007199254740993' },
      { kind: 'text', value: 'a' },
      { kind: 'text', value: '' },
    ])
    expect(state.versionTable).toMatchObject({ unique: false, columns: [{ nullable: true, type: '' }] })
  })

  test.each([
    ['CREATE TABLE Alembic_Version (VERSION_NUM TEXT UNIQUE)', 'table', true],
    [
      'CREATE TABLE alembic_version (version_num TEXT, x); CREATE UNIQUE INDEX i ON alembic_version (version_num, x)',
      'table',
      false,
    ],
    [
      'CREATE TABLE alembic_version (version_num TEXT); CREATE UNIQUE INDEX i ON alembic_version (version_num)',
      'table',
      true,
    ],
    [
      "CREATE TABLE alembic_version (version_num TEXT); CREATE UNIQUE INDEX i ON alembic_version (version_num) WHERE version_num > ''",
      'table',
      false,
    ],
    ['CREATE TABLE alembic_version (version_num TEXT PRIMARY KEY) WITHOUT ROWID', 'table', true],
    ['CREATE VIRTUAL TABLE alembic_version USING fts5(version_num)', 'other', false],
  ])('created by %s is a %s, unique: %s', async (sql, relation, unique) => {
    make(sql).close()
    expect((await look()).versionTable).toMatchObject({ exists: true, relation, unique })
  })

  test("isn't queried if it is a view of several tables, because that might never end", async () => {
    make("CREATE VIEW alembic_version AS SELECT 'a' AS version_num").close()
    expect((await problem(look())).message).toContain('alembic_version in the SQLite file app.db is a view')
  })

  test('without version_num has no rows', async () => {
    make('CREATE TABLE alembic_version (revision TEXT); INSERT INTO alembic_version VALUES (1)').close()
    expect(await look()).toMatchObject({
      versions: [],
      versionTable: { exists: true, columns: [{ name: 'revision' }] },
    })
  })

  test('may have a hostile name', async () => {
    const name = `a"b'; DROP TABLE x; --`
    make(
      `CREATE TABLE x (y); CREATE TABLE "a""b'; DROP TABLE x; --" (version_num TEXT); INSERT INTO "a""b'; DROP TABLE x; --" VALUES ('r')`,
    ).close()
    expect((await look(undefined, { table: name })).versions).toEqual([{ kind: 'text', value: 'r' }])
  })

  test("in a schema other than main isn't in this file", async () => {
    make(versionTable).close()
    expect((await look(undefined, { schema: 'main' })).versionTable.exists).toBe(true)
    expect((await problem(look(undefined, { schema: 'other' }))).message).toContain('"other"')
  })

  test('with an implausible number of rows is rejected', async () => {
    make(
      `${versionTable} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001) INSERT INTO alembic_version SELECT i FROM n`,
    ).close()
    expect((await problem(look())).message).toContain('more than 10000 rows')
  })
})

describe('the file', () => {
  test('is an empty database if it is missing, and is not created', async () => {
    const state = await look()
    expect(state).toMatchObject({
      versions: [],
      name: 'app.db',
      versionTable: { exists: false, name: 'alembic_version' },
    })
    expect(readdirSync(folder)).toEqual([])
  })

  test('is an error if it is missing and mode=ro or the folder prevents creating it', async () => {
    expect((await problem(look('sqlite:///file:app.db?mode=ro&uri=true'))).message).toContain('mode=ro')
    expect((await problem(look('sqlite:///no/such/folder/app.db'))).message).toContain('folder')
    expect(readdirSync(folder)).toEqual([])
  })

  test('is an empty database if it has 0 bytes', async () => {
    writeFileSync(join(folder, 'app.db'), '')
    expect((await look()).versionTable.exists).toBe(false)
  })

  test.each([
    [
      'text',
      "isn't a SQLite database",
      () => writeFileSync(join(folder, 'app.db'), 'hello, this is no database at all'.repeat(100)),
    ],
    [
      'noise',
      "isn't a SQLite database",
      () => writeFileSync(join(folder, 'app.db'), Buffer.alloc(8192, 0xa5)),
    ],
    ['a folder', "isn't a file", () => mkdirSync(join(folder, 'app.db'))],
    [
      'a truncated copy',
      'corrupt',
      () => {
        make(`${versionTable} CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(20000))`).close()
        writeFileSync(
          join(folder, 'app.db'),
          Buffer.concat([readFileSync(join(folder, 'app.db')).subarray(0, 100), Buffer.alloc(8000, 0xff)]),
        )
      },
    ],
  ])('yields an error message if it is %s: %s', async (_what, words, arrange) => {
    arrange()
    expect((await problem(look())).message).toContain(words)
  })

  test('can be given as a relative path, an absolute path or a URI, and with spaces', async () => {
    make(`${versionTable} INSERT INTO alembic_version VALUES ('a')`, 'my app.db').close()
    for (const url of [
      'sqlite:///my app.db',
      'sqlite:///my%20app.db',
      `sqlite:///${folder}/my app.db`,
      'sqlite+aiosqlite:///./my app.db',
      'sqlite:///file:my%20app.db?mode=rw&uri=true',
    ])
      expect((await look(url)).versions).toHaveLength(1)
  })

  test('is reported as read-only with mode=ro', async () => {
    make(versionTable).close()
    expect((await look('sqlite:///file:app.db?mode=ro&uri=true')).readOnly).toContain('mode=ro')
  })
})

describe('a file in WAL mode', () => {
  const wal = (sql: string): Sqlite.Database => {
    const database = new Sqlite(join(folder, 'app.db'))
    database.pragma('journal_mode = wal')
    database.exec(sql)
    return database
  }
  const row = `${versionTable} INSERT INTO alembic_version VALUES ('a')`

  test('is read without a trace after a clean close', async () => {
    wal(row).close()
    const before = traces()
    expect((await look()).versions).toEqual([{ kind: 'text', value: 'a' }])
    expect(traces()).toEqual(before)
    expect(readdirSync(folder)).toEqual(['app.db'])
  })

  test('is read with the WAL of a live writer', async () => {
    const writer = wal(row)
    writer.pragma('wal_checkpoint(TRUNCATE)')
    writer.exec("UPDATE alembic_version SET version_num = 'b'")
    writer.exec("BEGIN; UPDATE alembic_version SET version_num = 'uncommitted'")
    expect((await look()).versions).toEqual([{ kind: 'text', value: 'b' }])
    writer.exec('COMMIT')
    writer.close()
    expect(readdirSync(folder)).toEqual(['app.db'])
  })

  test('is read without a trace with its WAL if it was copied while in use', async () => {
    const writer = wal(row)
    writer.exec("UPDATE alembic_version SET version_num = 'b'")
    mkdirSync(join(folder, 'copy'))
    for (const end of ['', '-wal'])
      copyFileSync(join(folder, `app.db${end}`), join(folder, `copy/app.db${end}`))
    writer.close()
    folder = join(folder, 'copy')
    const before = traces()
    expect((await look()).versions).toEqual([{ kind: 'text', value: 'b' }])
    expect(traces()).toEqual(before)
  })

  test("is left alone if it is too large for memory and can't be read without a trace otherwise", async () => {
    wal(row).close()
    const path = join(folder, 'app.db')
    truncateSync(path, 65 * 1024 * 1024)
    const [better] = await loadSqliteDrivers(undefined, null)
    expect(() => unopenedSource(path, 'app.db', [better!])).toThrow('would leave files next to it')
    expect(unopenedSource(path, 'app.db', [better!, { name: 'node:sqlite', open: () => null }]).kind).toBe(
      'immutable',
    )
  })
})

describe('a locked file', () => {
  test('is waited for until the timeout', async () => {
    const holder = make(versionTable)
    holder.exec('BEGIN EXCLUSIVE')
    const started = performance.now()
    expect((await problem(look(undefined, { timeoutMs: 400 }))).message).toContain(
      'locked by another process',
    )
    expect(performance.now() - started).toBeGreaterThan(350)
    holder.close()
  })

  test('is read as soon as the lock is released', async () => {
    const holder = make(versionTable)
    holder.exec('BEGIN EXCLUSIVE')
    const answer = look()
    setTimeout(() => holder.close(), 200)
    expect((await answer).versionTable.exists).toBe(true)
  })

  test('is abandoned when the caller aborts', async () => {
    const holder = make(versionTable)
    holder.exec('BEGIN EXCLUSIVE')
    const started = performance.now()
    await problem(look(undefined, { signal: AbortSignal.timeout(200) }))
    expect(performance.now() - started).toBeLessThan(3000)
    holder.close()
  })
})

test("isn't repaired after an interrupted write, and that is reported", async () => {
  const writer = make(`PRAGMA cache_size = 1; ${versionTable} CREATE TABLE t (x)`)
  writer.exec(
    'BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT hex(randomblob(200)) FROM n',
  )
  expect(existsSync(join(folder, 'app.db-journal'))).toBe(true)
  mkdirSync(join(folder, 'copy'))
  for (const end of ['', '-journal'])
    copyFileSync(join(folder, `app.db${end}`), join(folder, `copy/app.db${end}`))
  writer.close()
  folder = join(folder, 'copy')
  const before = traces()
  expect((await problem(look())).message).toContain("can't be read: a write was interrupted")
  expect(traces()).toEqual(before)
})

describe('without better-sqlite3', () => {
  const fails = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }))

  test.each([
    ['ERR_MODULE_NOT_FOUND', "isn't installed"],
    ['ERR_DLOPEN_FAILED', 'built for a different Node version'],
    ['', 'was not built'],
  ])('(%s) and without node:sqlite, the error contains the fix: %s', async (code, words) => {
    const error = await problem(loadSqliteDrivers(fails(code), null))
    expect(error.message).toContain(words)
    expect(error.hint).toContain('npm install better-sqlite3')
  })
})
