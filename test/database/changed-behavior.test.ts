/**
 * Tests the table of behavior changes between PostgreSQL versions. Each example must behave differently on servers
 * before and after the change.
 */
import { PGlite } from '@electric-sql/pglite'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stricterVersion, versionNotes } from '../../src/commands/rehearsal/version-notes.ts'
import {
  functionVersions,
  looserBehaviors,
  stricterBehaviors,
} from '../../src/core/rehearsal/changed-behavior.ts'
import type { ServerError } from '../../src/core/rehearsal/statement-log.ts'
import type { CatalogObject } from '../../src/core/schema/catalog-diff.ts'
import { functionCalls, looserCases, stricterCases } from '../support/changed-behavior-cases.ts'
import { type PostgresServer, type TestDatabase, findPostgres } from '../support/postgres.ts'

/** Returns the statement's error; null if it succeeds. */
type Try = (before: string, statement: string) => Promise<ServerError | null>

function tryWith(run: (sql: string) => Promise<unknown>): Try {
  return async (before, statement) => {
    await run(`BEGIN; ${before}`)
    const error = await run(statement).then(
      () => null,
      (reason: unknown) => {
        const { code, message, where } = reason as { code?: string; message: string; where?: string }
        const inFunction = where !== undefined && where !== ''
        return { code: code ?? '', message, ...(inFunction && { inFunction: true as const }) }
      },
    )
    await run('ROLLBACK')
    return error
  }
}

const server = await findPostgres()
const stricter = stricterBehaviors.map(({ name, since }) => [name, since] as const)
const looser = looserBehaviors.map(({ name, since }) => [name, since] as const)

/** The server may lack a library, file or ICU locale. */
const elsewhere = /^(?:58P01|42501|XX000)$/

/** Checks the examples on one server. */
function behaveLike(major: number, tried: () => Try): void {
  test.each(stricter)('%s (%i)', async (name, since) => {
    const { before = '', statement } = stricterCases[name]
    const error = await tried()(before, statement)
    if (since > major) {
      expect(error).toBeNull()
      return
    }
    expect(error).not.toBeNull()
    if (error === null) return
    expect(stricterVersion(statement, error, since - 1)).toContain(`as of version ${since}`)
    expect(stricterVersion(statement, error, since)).toBeNull()
  })

  test.each(looser)('%s (%i)', async (name, since) => {
    const { before = '', statement } = looserCases[name]
    const error = await tried()(before, statement)
    if (since > major) expect(error).not.toBeNull()
    else if (error !== null) expect(error.code).toMatch(elsewhere)
  })

  test.each(functionCalls)('%s', async (call) => {
    const since = functionVersions.get(/^\w+/.exec(call)?.[0] ?? '') ?? 0
    const error = await tried()('', `SELECT ${call}`)
    // PGlite is built without libxml.
    if (since <= major && error?.code !== '0A000') expect(error).toBeNull()
    else if (since > major) expect(error?.code).toBe('42883')
  })
}

describe.skipIf(server === null)('the test server', () => {
  const { createDatabase, major } = server as PostgresServer
  let database: TestDatabase
  let client: Client
  beforeAll(async () => {
    database = await createDatabase('')
    client = await database.connect()
  })
  afterAll(async () => {
    await client.end()
    await database.drop()
  })
  behaveLike(major, () => tryWith((sql) => client.query(sql)))
})

describe('the embedded PostgreSQL 18', () => {
  let pglite: PGlite
  beforeAll(async () => {
    pglite = await PGlite.create()
  }, 60_000)
  afterAll(() => pglite.close())
  behaveLike(18, () => tryWith((sql) => pglite.exec(sql)))
})

test('every function has an example', () => {
  expect(functionCalls.map((call) => /^\w+/.exec(call)?.[0])).toEqual(
    [...functionVersions.keys()].toSorted(byVersion),
  )
})

function byVersion(a: string, b: string): number {
  const [one, other] = [functionVersions.get(a) ?? 0, functionVersions.get(b) ?? 0]
  return one === other ? 0 : other - one
}

const objects: readonly CatalogObject[] = [
  { kind: 'table', name: 'part', owner: null, definition: 'pfalse' },
  { kind: 'table', name: 'plain', owner: null, definition: 'rfalse' },
  { kind: 'materialized view', name: 'm', owner: null, definition: '' },
  { kind: 'constraint', name: 'plain.plain_a_not_null', owner: 'plain', definition: '' },
  { kind: 'function', name: 'uuidv7()', owner: null, definition: '' },
]

function notesOf(texts: readonly string[], major: number, known: typeof objects | null = objects) {
  const repository = { modules: [] }
  return versionNotes({
    migrations: [{ revision: 'r', texts }],
    major,
    repository,
    cwd: '/',
    objects: known,
  })
}

test.each(looser)('%s (%i) is a note', (name, since) => {
  const { before = '', statement } = looserCases[name]
  const [note, ...more] = notesOf([before, statement], since - 1)
  expect(note).toContain(`since version ${since}`)
  expect(more).toEqual([])
  expect(notesOf([statement], since)).toEqual([])
})

test.each([
  ['a table without partitions', 'ALTER TABLE plain ADD FOREIGN KEY (a) REFERENCES t NOT VALID'],
  ['a constraint that exists', 'ALTER TABLE plain DROP CONSTRAINT plain_a_not_null'],
  ['an enum that existed before', `ALTER TYPE state ADD VALUE 'x'`],
  ["a table's COPY", `COPY plain TO STDOUT`],
  ["the application's own function", 'SELECT uuidv7()'],
  ["another schema's function", 'SELECT app.array_sort(a) FROM plain'],
  ['date_trunc without a time zone', `CREATE INDEX i ON plain (date_trunc('day', a))`],
])('%s is no note', (_what, statement) => {
  expect(notesOf([statement], 15)).toEqual([])
})

test('a new function is a note, unless a migration defines it or the objects are unknown', () => {
  expect(notesOf(['ALTER TABLE plain ALTER a SET DEFAULT uuidv4()'], 17)).toEqual([
    'r uses the function uuidv4(), which was introduced in PostgreSQL 18, so production (PostgreSQL 17) will reject it',
  ])
  expect(notesOf(['SELECT uuidv4()'], 18)).toEqual([])
  expect(notesOf(['SELECT uuidv4()'], 17, null)).toEqual([])
  const own = `CREATE FUNCTION uuidv4() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'`
  expect(notesOf([own, 'SELECT uuidv4()'], 17)).toEqual([])
  expect(notesOf([`DO $$ BEGIN ${own}; END $$`, 'SELECT uuidv4()'], 17)).toEqual([])
  expect(notesOf([own.replace(' uuidv4', ' app."uuidv4"'), 'SELECT uuidv4()'], 17)).toEqual([])
  expect(notesOf(['-- the new FUNCTION uuidv4\nSELECT uuidv4()'], 17)).toHaveLength(1)
  expect(notesOf([`SELECT uuidv4(), 'FUNCTION uuidv4'`], 17)).toHaveLength(1)
})
