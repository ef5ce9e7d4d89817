/** Tests invalid and damaged SQLite files. The error must name the file and suggest a solution. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { folderWith, guard, madeBy, threeMigrations } from '../support/guard.ts'
import { randomFrom } from '../support/incidents.ts'
import { seed } from '../support/seed.ts'

const pageSize = 4096
const random = randomFrom(seed)
/** Random bytes that can't be the start of a page, file header or journal. */
const noise = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_nothing, index) => (index === 0 ? 0xa5 : Math.floor(random() * 256))))

/** Returns a database with the version table on page 2 and its index on page 3. */
function sound(): Buffer {
  const database = new Sqlite(':memory:')
  database.exec(`CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('add_email_002'); ${madeBy(2)};
    CREATE TABLE large (content); INSERT INTO large VALUES (zeroblob(200000))`)
  const pages = database.prepare('SELECT rootpage FROM sqlite_master LIMIT 2').pluck().all()
  expect([pages, database.pragma('page_size', { simple: true })]).toEqual([[2, 3], pageSize])
  return database.serialize()
}

const whole = sound()

/** Returns the database file with these bytes overwritten. */
function patched(
  ...patches: readonly (readonly [offset: number, bytes: Uint8Array | readonly number[]])[]
): Buffer {
  const bytes = Buffer.from(whole)
  for (const [offset, put] of patches) bytes.set(put, offset)
  return bytes
}

/** Modifies the database's schema table directly. */
function rewritten(sql: string): (path: string) => void {
  return (path) => {
    writeFileSync(path, whole)
    // `unsafeMode` allows changes to the schema table.
    const database = new Sqlite(path).unsafeMode()
    database.pragma('writable_schema = on')
    database.exec(sql)
    database.close()
  }
}

/** Executes statements and then kills the process, so that SQLite's temporary files remain. */
function abandoned(sql: string): (path: string) => void {
  const script = `const database = require('better-sqlite3')(process.argv[1])
database.exec(process.argv[2])
process.kill(process.pid, 'SIGKILL')`
  return (path) => {
    writeFileSync(path, whole)
    expect(spawnSync(process.execPath, ['-e', script, path, sql]).signal).toBe('SIGKILL')
  }
}

const inWalMode: readonly [number, readonly number[]] = [18, [2, 2]]
const sparse = (bytes: Uint8Array) => (path: string) => {
  writeFileSync(path, bytes)
  truncateSync(path, 8 * 1024 ** 3)
}
const withBeside =
  (bytes: Uint8Array, beside: Readonly<Record<string, Uint8Array>>) =>
  (path: string): void => {
    writeFileSync(path, bytes)
    for (const [end, content] of Object.entries(beside)) writeFileSync(path + end, content)
  }
const pipe = (path: string): void => void execFileSync('mkfifo', [path])

const notADatabase = [
  "The file db/app.db isn't a SQLite database, or is encrypted.",
  'hint: Check that the URL points to the right file',
] as const
const damaged = ['The SQLite file db/app.db is corrupt', 'Restore a backup'] as const
const notAFile = [
  "The SQLite path db/app.db isn't a file.",
  'hint: Use the path of the database file.',
] as const
const interrupted = [
  "db/app.db can't be read: a write was interrupted",
  'hint: Open the database once with the application or the sqlite3 command',
] as const
const undrinkable = (end: string) =>
  [`SQLite would open db/app.db${end}, which isn't a file.`, 'Remove it.'] as const

interface Refused {
  readonly arrange: Uint8Array | ((path: string) => void)
  readonly says: readonly [sentence: string, hint: string]
}

const refused: Readonly<Record<string, Refused>> = {
  'random bytes, like an encrypted file': { arrange: noise(20_000), says: notADatabase },
  text: { arrange: Buffer.from('no database at all\n'.repeat(1000)), says: notADatabase },
  'a word of text': { arrange: Buffer.from('hello'.repeat(30)), says: notADatabase },
  'a header, then noise': {
    arrange: Buffer.concat([whole.subarray(0, 100), noise(20_000)]),
    says: damaged,
  },
  'a header and nothing else': { arrange: whole.subarray(0, 100), says: damaged },
  'the beginning of a header, then noise': {
    arrange: Buffer.concat([whole.subarray(0, 16), Buffer.alloc(1), noise(20_000)]),
    says: notADatabase,
  },
  'truncated in the middle': { arrange: whole.subarray(0, whole.length / 2), says: damaged },
  'truncated within a page': { arrange: whole.subarray(0, pageSize + 1000), says: damaged },
  'noise in place of the schema': { arrange: patched([100, noise(pageSize - 100)]), says: damaged },
  'noise in place of the version table': { arrange: patched([pageSize, noise(pageSize)]), says: damaged },
  'zeros in place of the version table': {
    arrange: patched([pageSize, Buffer.alloc(pageSize)]),
    says: damaged,
  },
  "noise in place of the version table's index": {
    arrange: patched([2 * pageSize, noise(pageSize)]),
    says: damaged,
  },
  "an index without the version table's row": {
    // Zeroes the cell count in the index page's header.
    arrange: patched([2 * pageSize + 3, [0, 0]]),
    says: damaged,
  },
  'table and index swapped': {
    arrange: patched(
      [pageSize, whole.subarray(2 * pageSize, 3 * pageSize)],
      [2 * pageSize, whole.subarray(pageSize, 2 * pageSize)],
    ),
    says: damaged,
  },
  'a wrong page size': { arrange: patched([16, [2, 0]]), says: damaged },
  'an invalid page size': { arrange: patched([16, [3, 232]]), says: notADatabase },
  'a wrong text encoding': { arrange: patched([56, [0, 0, 0, 2]]), says: damaged },
  'a future format': { arrange: patched([18, [7, 7]]), says: notADatabase },
  'a future schema format': {
    arrange: patched([44, [0, 0, 0, 9]]),
    says: [
      "Can't read the SQLite file db/app.db: unsupported file format",
      'hint: Open the file with the sqlite3',
    ],
  },
  'a truncated schema statement': {
    arrange: rewritten("UPDATE sqlite_master SET sql = 'CREATE TABLE large (x' WHERE name = 'large'"),
    says: [
      'db/app.db is corrupt (malformed database schema (large) - incomplete input).',
      'Restore a backup',
    ],
  },
  'a duplicate table': {
    arrange: rewritten("INSERT INTO sqlite_master SELECT * FROM sqlite_master WHERE name = 'large'"),
    says: ['db/app.db is corrupt (malformed database schema (large)', 'Restore a backup'],
  },
  'a table on a missing page': {
    arrange: rewritten("UPDATE sqlite_master SET rootpage = 99999 WHERE name = 'large'"),
    says: ['db/app.db is corrupt (malformed database schema (large)', 'Restore a backup'],
  },
  'a hostile name in a broken schema': {
    arrange: rewritten(
      "UPDATE sqlite_master SET name = 'x' || char(27) || '[2J' || char(10) || 'SUCCESS: y', sql = 'z' WHERE name = 'large'",
    ),
    says: ['db/app.db is corrupt (malformed database schema (x\\x1b[2J', 'Restore a backup'],
  },
  'an endless view as the version table': {
    arrange: rewritten(
      'DROP TABLE alembic_version; CREATE VIEW alembic_version AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS version_num FROM n WHERE i < 0',
    ),
    says: [
      'alembic_version in the SQLite file db/app.db is a view',
      'set version_table in env.py to the underlying table',
    ],
  },
  'eight gigabytes of zeros': { arrange: sparse(Buffer.alloc(0)), says: notADatabase },
  'eight gigabytes in WAL mode': {
    arrange: sparse(patched(inWalMode)),
    // Newer versions of Node include SQLite, which could read the file instead.
    says: ['The SQLite file db/app.db is in WAL mode', 'hint: Use Node 22.15 or later'],
  },
  'an unfinished write': {
    arrange: abandoned(
      "PRAGMA cache_size = 1; BEGIN; UPDATE alembic_version SET version_num = 'reservations_003'; UPDATE large SET content = randomblob(200000); INSERT INTO large SELECT randomblob(100000) FROM large",
    ),
    says: interrupted,
  },
  'an unfinished write in WAL mode': {
    arrange: withBeside(patched(inWalMode), { '-journal': Buffer.from('d9d505f920a163d7', 'hex') }),
    says: interrupted,
  },
  'a journal full of noise': {
    arrange: withBeside(whole, { '-journal': noise(5000) }),
    says: interrupted,
  },
  'a journal that is a pipe': {
    arrange: (path) => (writeFileSync(path, whole), pipe(`${path}-journal`)),
    says: undrinkable('-journal'),
  },
  'a WAL that is a pipe': {
    arrange: (path) => (writeFileSync(path, patched(inWalMode)), pipe(`${path}-wal`)),
    says: undrinkable('-wal'),
  },
  'a folder': { arrange: (path) => mkdirSync(path), says: notAFile },
  'a pipe': { arrange: pipe, says: notAFile },
  'a device': { arrange: (path) => symlinkSync('/dev/zero', path), says: notAFile },
  'a symlink cycle': {
    arrange: (path) => symlinkSync('app.db', path),
    says: ['The SQLite path db/app.db is a circular symlink.', 'hint: Use the path of the database file.'],
  },
  'a symlink into a missing folder': {
    arrange: (path) => symlinkSync('../no/such.db', path),
    says: [
      "The folder for the SQLite file db/app.db doesn't exist.",
      'If the path is a symlink, check its target.',
    ],
  },
}

const stamped = 'stamp add_email_002'
const empty = 'stamp none (new database)'
const read: Readonly<Record<string, readonly [arrange: Refused['arrange'], words: string]>> = {
  'an empty file': [Buffer.alloc(0), empty],
  'noise in an unused table': [patched([6 * pageSize, noise(pageSize)]), stamped],
  'eight gigabytes after the last page': [sparse(whole), stamped],
  'WAL mode without a WAL': [patched(inWalMode), stamped],
  'WAL mode and a WAL full of noise': [withBeside(patched(inWalMode), { '-wal': noise(50_000) }), stamped],
  'WAL mode, a WAL and an index full of noise': [
    withBeside(patched(inWalMode), { '-wal': noise(50_000), '-shm': noise(32_768) }),
    stamped,
  ],
  'WAL mode and an index without a WAL': [withBeside(patched(inWalMode), { '-shm': noise(32_768) }), stamped],
  'WAL mode and the files of a killed writer': [
    abandoned(
      "PRAGMA journal_mode = wal; UPDATE alembic_version SET version_num = 'base_001'; DROP TABLE add_email_002",
    ),
    'stamp base_001',
  ],
  'an empty journal': [withBeside(whole, { '-journal': Buffer.alloc(0) }), stamped],
  'a finished journal': [withBeside(whole, { '-journal': Buffer.alloc(5000) }), stamped],
  'a format that SQLite can only read': [
    patched([18, [7, 1]]),
    'SQLite can read this version of the file format but not write it',
  ],
}

/** Returns everything observable about a folder. */
function traces(folder: string): unknown {
  return readdirSync(folder)
    .toSorted()
    .map((name) => {
      const stat = lstatSync(join(folder, name))
      const { size, mtimeMs, mode, ino } = stat
      const content = stat.isFile() && size < 1e8 ? readFileSync(join(folder, name)) : ''
      return [name, size, mtimeMs, mode, ino, createHash('sha256').update(content).digest('hex')]
    })
}

function look(
  arrange: Refused['arrange'],
  name = 'app.db',
  url = `sqlite:///db/${name}`,
): { status: number | null; words: string; errors: number } {
  const project = folderWith(threeMigrations)
  const folder = join(project, 'db')
  mkdirSync(folder)
  if (typeof arrange === 'function') arrange(join(folder, name))
  else writeFileSync(join(folder, name), arrange)
  const before = traces(folder)
  const { status, stdout, stderr } = guard(project, ['check', '--timeout', '5'], { DATABASE_URL: url })
  expect(traces(folder)).toEqual(before)
  expect(stdout + stderr).not.toMatch(/\n\s+at .*:\d+:\d+|TypeError|undefined|\u001b|\nSUCCESS: y/)
  return { status, words: stdout.replaceAll(/\s+/g, ' '), errors: stdout.match(/^ERROR:/gm)?.length ?? 0 }
}

describe('an unreadable database exits with 3 and two sentences', () => {
  test.each(Object.entries(refused))('%s', (_what, { arrange, says: [sentence, hint] }) => {
    const seen = look(arrange)
    expect(seen).toEqual({ status: 3, words: expect.stringContaining(sentence), errors: 1 })
    expect(seen.words).toContain(hint)
  })
})

describe('a damaged but readable database is read', () => {
  test.each(Object.entries(read))('%s', (_what, [arrange, words]) => {
    const seen = look(arrange)
    expect(seen.words).toContain(words)
    expect(seen.status).toBe(words.startsWith('SQLite can') ? 1 : 0)
  })
})

describe('file names with special characters', () => {
  test.each(['h#x.db', 'a&b=c.db', 'p%zz.db', 'p%20x.db', "quo'te.db", 'ü ü.db', '-x.db', 'a;b.db'])(
    '%s',
    (name) => {
      expect(look(whole, name)).toMatchObject({ status: 0, words: expect.stringContaining(stamped) })
    },
  )
  test('the path ends at a ?, as in SQLAlchemy', () => {
    expect(look(whole, 'q?x.db').words).toContain(empty)
  })
  test('a SQLite file: URI escapes them', () => {
    expect(look(whole, 'q?x#y.db', 'sqlite:///file:db/q%3Fx%23y.db?uri=true').words).toContain(stamped)
    expect(look(whole, 'a b.db', 'sqlite:///file:db/a%20b.db?mode=ro&uri=true').words).toContain(stamped)
  })
  test('a symlink uses the WAL next to the real file', () => {
    const arrange = (path: string): void => {
      abandoned(
        "PRAGMA journal_mode = wal; UPDATE alembic_version SET version_num = 'base_001'; DROP TABLE add_email_002",
      )(`${path}.real`)
      symlinkSync('app.db.real', path)
    }
    expect(look(arrange).words).toContain('stamp base_001')
  })
})

test('docs/faults.md has the correct counts', () => {
  const page = readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ')
  const [kinds, others] = [Object.keys(refused).length, Object.keys(read).length]
  expect(page).toContain(`tested in ${kinds + others} invalid or unusual states`)
  expect(page).toContain(
    `In ${kinds} of them, the guard exits with 3 and prints two sentences; the other ${others} are readable`,
  )
})
