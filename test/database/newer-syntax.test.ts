/** Tests the table of newer syntax. Each server must reject exactly the syntax that is too new for it. */
import { PGlite } from '@electric-sql/pglite'
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newerSyntax } from '../../src/core/rehearsal/newer-syntax.ts'
import { versionNotes } from '../../src/commands/rehearsal/version-notes.ts'
import { examples, objects, plainStatements } from '../support/newer-syntax-cases.ts'
import { type PostgresServer, type TestDatabase, findPostgres } from '../support/postgres.ts'

/** Returns `accepted`, or the error's SQLSTATE. */
async function resultOf(running: Promise<unknown>): Promise<string> {
  return running.then(
    () => 'accepted',
    (error: unknown) => String((error as { readonly code?: string }).code),
  )
}

const forms = newerSyntax.map(({ name, since }) => [name, since] as const)

/** Returns the syntax that is too new for PostgreSQL `major`; null if there is none. */
function foundIn(sql: string, major: number): string | null {
  const repository = { modules: [] }
  const [note] = versionNotes({
    migrations: [{ revision: 'r', texts: [sql] }],
    major,
    repository,
    cwd: '/',
    objects: [],
  })
  return note === undefined ? null : (/uses (.+), which was introduced/.exec(note)?.[1] ?? note)
}

test.each(forms)('%s (%i) has an example', (name, since) => {
  const sql = examples[name] ?? ''
  expect(foundIn(sql, since - 1)).toBe(name)
  expect(foundIn(sql, since)).toBeNull()
})

test.each(plainStatements)('%s uses nothing new', (sql) => {
  expect(foundIn(sql, 11)).toBeNull()
})

/** SQLSTATEs of errors in statements that the server could parse but not run. */
const understood = new Set(['58P01', '42704', '55000', '0A000', '25001', '42P16', '42501', '42830'])

const server = await findPostgres()

describe.skipIf(server === null)('the test server', () => {
  const { createDatabase, major } = server as PostgresServer
  let database: TestDatabase
  beforeAll(async () => {
    database = await createDatabase(objects)
  })
  afterAll(() => database.drop())

  test.each(forms)('%s (%i)', async (name, since) => {
    const code = await resultOf(database.execute(`BEGIN; ${examples[name] ?? ''}; ROLLBACK`))
    if (since > major) expect(code).toMatch(/^(?:42|0A000|22023)/)
    else if (code !== 'accepted') expect(understood).toContain(code)
  })

  test.each(plainStatements)('accepts %s', async (sql) => {
    await database.execute(`BEGIN; ${sql}; ROLLBACK`)
  })
})

describe('the embedded PostgreSQL 18', () => {
  let pglite: PGlite
  beforeAll(async () => {
    pglite = await PGlite.create({ extensions: { btree_gist } })
    await pglite.exec(objects)
  }, 60_000)
  afterAll(() => pglite.close())

  test.each(forms)('%s (%i)', async (name) => {
    const code = await resultOf(pglite.exec(`BEGIN; ${examples[name] ?? ''}`))
    await pglite.exec('ROLLBACK')
    if (code !== 'accepted') expect(understood).toContain(code)
  })
})
