/** The guard must use the search path and role that env.py sets for the release. */
import { afterAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/adapters/open-database.ts'
import type { SessionSettings } from '../../src/adapters/database/database.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'

const server = await findPostgres()
const role = `session_${process.pid}`
const made: TestDatabase[] = []

afterAll(async () => {
  for (const database of made) {
    await database.execute(
      `DROP OWNED BY ${role}_login, ${role}_owner CASCADE; DROP ROLE ${role}_login, ${role}_owner`,
    )
    await database.drop()
  }
})

const setup = `CREATE ROLE ${role}_login LOGIN NOINHERIT; CREATE ROLE ${role}_owner;
  CREATE SCHEMA "App x";
  CREATE TABLE "App x".alembic_version (version_num varchar(64) PRIMARY KEY); INSERT INTO "App x".alembic_version VALUES ('b2');
  CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('a1');
  CREATE TABLE "App x".seats (id int); CREATE TABLE seats (other text);
  ALTER TABLE alembic_version OWNER TO ${role}_owner; ALTER TABLE "App x".alembic_version OWNER TO ${role}_owner;
  GRANT USAGE ON SCHEMA "App x" TO ${role}_owner;
  GRANT SELECT ON alembic_version TO ${role}_login`

async function prepared(): Promise<TestDatabase> {
  const [known] = made
  if (known) return known
  const fresh = await server!.createDatabase(setup)
  made.push(fresh)
  return fresh
}

async function look(settings: SessionSettings, login = 'postgres') {
  const { url } = await prepared()
  const opened = await openDatabase(url.replace(/\/\/(?:[^@/]*@)?/, `//${login}@`), {
    env: { HOME: '/nonexistent' },
    cwd: '/',
  })
  try {
    const state = await opened.readState({
      versionTable: 'alembic_version',
      versionTableSchema: null,
      session: settings,
    })
    const { schema } = await opened.look({ objects: { names: ['seats'], schemas: [] } })
    return { state, schema }
  } finally {
    await opened.close()
  }
}

describe.skipIf(server === null)('a session', () => {
  test('with a search path finds tables and rows on it, in every query', async () => {
    const { state, schema } = await look({ searchPath: ['App x', 'nowhere'] })
    expect(state).toMatchObject({
      searchPath: ['App x'],
      versionTable: { schema: 'App x', width: 64 },
      versions: [{ kind: 'text', value: 'b2' }],
    })
    expect(schema).toMatchObject({
      defaultSchema: 'App x',
      surroundings: { pathSetting: ['App x', 'nowhere'] },
    })
    expect(schema?.tables.find(({ visible }) => visible)?.schema).toBe('App x')
  })

  test('with quotes in its names runs no injected SQL', async () => {
    const { state } = await look({ searchPath: ['"; DROP TABLE seats; --', 'public'] })
    expect(state.searchPath).toEqual(['public'])
  })

  test("with a role has that role's privileges, and reads what only that role can read", async () => {
    const plain = await look({}, `${role}_login`)
    expect(plain.state.privileges).toMatchObject({ writeVersions: false })
    const refused = await look({ role: `${role}_owner`, searchPath: ['App x'] }, `${role}_login`)
    expect(refused.state).toMatchObject({ searchPath: [], rightsUnknown: expect.stringContaining('_owner') })
    await made[0]?.execute(`GRANT ${role}_owner TO ${role}_login`)
    const owned = await look({ role: `${role}_owner`, searchPath: ['App x'] }, `${role}_login`)
    expect(owned.state.privileges).toMatchObject({ writeVersions: true })
    expect(owned.state.versions).toEqual([{ kind: 'text', value: 'b2' }])
    expect(owned.state.rightsUnknown).toBeUndefined()
  })

  test.each([`${role}_nobody`, 'postgres'])(
    "that can't set the role %s reports its privileges as unknown",
    async (name) => {
      const { state } = await look({ role: name }, `${role}_login`)
      expect(state.rightsUnknown).toBe(`env.py sets the role ${name}, but this connection can't switch to it`)
      expect(state.privileges).toBeUndefined()
      expect(state.versions).toEqual([{ kind: 'text', value: 'a1' }])
    },
  )
})
