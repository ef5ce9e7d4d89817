/** Tests that `restamp`'s SQL quotes names and rows correctly and has no side effects. */
import Sqlite from 'better-sqlite3'
import { type IAsyncProperty, assert, asyncProperty, string } from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { DatabaseState } from '../../src/core/history/database-state.ts'
import { versionScript } from '../../src/core/restamp/version-sql.ts'
import { startOwnPostgres } from '../support/postgres.ts'

const server = await startOwnPostgres({})
afterAll(() => server?.stop())

const text = string({ unit: 'grapheme', minLength: 1, maxLength: 10 }).filter(
  (value) => !value.includes('\0'),
)

/** `run` executes a statement and returns the first column. */
function survives(
  dialect: DatabaseState['dialect'],
  run: (sql: string) => Promise<readonly unknown[]>,
): IAsyncProperty<[string, string, string]> {
  return asyncProperty(text, text, text, async (name, from, to) => {
    const table = `"${name.replaceAll('"', '""')}"`
    if (/^sqlite_/i.test(name) || Buffer.byteLength(name) > 60 || [from, to].includes('bystander')) return
    await run(`CREATE TABLE ${table} (version_num TEXT)`)
    const { script, back } = {
      script: versionScript(
        dialect,
        { schema: null, name },
        { changed: [{ from, to }], removed: [], added: [] },
      ),
      back: versionScript(
        dialect,
        { schema: null, name },
        { changed: [], removed: [to], added: [from, 'bystander'] },
      ),
    }
    try {
      for (const statement of back.changes) await run(statement)
      for (const statement of script.changes) await run(statement)
      expect([...(await run(script.read))].toSorted()).toEqual([to, 'bystander'].toSorted())
    } finally {
      await run(`DROP TABLE ${table}`)
    }
  })
}

const examples: [string, string, string][] = [
  ["it's", "' OR 1=1 --", '\\'],
  ['a"; DROP TABLE x; --', '\n', "''"],
  ['x', "\\' OR TRUE --", "E'\\\\"],
]

test('on SQLite', async () => {
  const sqlite = new Sqlite(':memory:')
  const run = async (sql: string): Promise<readonly unknown[]> => {
    const statement = sqlite.prepare(sql)
    if (statement.reader) return statement.pluck().all()
    statement.run()
    return []
  }
  await assert(survives('sqlite', run), { numRuns: 200, examples })
})

describe.skipIf(server === null)('on PostgreSQL', () => {
  test.each(['on', 'off'])('with standard_conforming_strings %s', async (setting) => {
    if (!server) return
    const database = await server.createDatabase()
    const client = await database.connect()
    await client.query(`SET standard_conforming_strings = ${setting}`)
    const run = async (sql: string): Promise<readonly unknown[]> =>
      (await client.query<{ version_num?: string }>(sql)).rows.map((row) => row.version_num)
    await assert(survives('postgresql', run), { numRuns: 60, examples })
    await client.end()
    await database.drop()
  })
})
