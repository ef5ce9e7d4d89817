/**
 * Tests databases whose users plant functions, operators and types for other sessions. No command may run
 * them, and every command must be read-only.
 */
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commands as allCommands } from '../../src/commands/index.ts'
import { statementsOf, tokensOfSql } from '../../src/python/operations/sql/tokens.ts'
import { type Run, folderWith, guard } from '../support/guard.ts'
import { hostileObjects, hostileType } from '../support/hostile-database.ts'
import { type TestDatabase, startOwnPostgres } from '../support/postgres.ts'
import { hotel } from '../support/rehearse.ts'
import { systemOperators, systemTypes } from '../support/sql-texts.ts'

const logged = {
  log_statement: 'all',
  logging_collector: 'on',
  log_destination: 'jsonlog',
  log_directory: 'log',
}
const server = await startOwnPostgres({ settings: logged })
const folder = server && mkdtempSync(join(server.folder, 'ran-'))
const ran = join(folder ?? '', 'ran')

/** Makes the guard run all its queries. */
const project = {
  ...hotel,
  // A fake Alembic that runs no queries, so that the server logs only the guard's queries.
  'bin/alembic': '#!/bin/sh\nexit 0\n',
  'migrations/versions/keys_004.py': `revision = 'keys_004'
down_revision = 'email_003'
from alembic import op
import sqlalchemy as sa


def upgrade():
    op.create_unique_constraint('guests_name', 'guests', ['name'])
    op.alter_column('guests', 'name', nullable=False)
    op.create_foreign_key('guests_host', 'guests', 'hosts', ['host'], ['id'])
    op.create_unique_constraint('guests_mark_key', 'guests', ['mark'])
    op.create_foreign_key('guests_mark_host', 'guests', 'hosts', ['mark'], ['mark'])
`,
}

const tables = (mark: string, version: string): string => `
  CREATE TABLE public.hosts (id pg_catalog.int4 PRIMARY KEY, mark ${mark} UNIQUE);
  CREATE TABLE public.guests (id pg_catalog.int4 PRIMARY KEY, name pg_catalog.varchar(50), host pg_catalog.int4, mark ${mark});
  INSERT INTO public.hosts VALUES (1, 'base_001');
  INSERT INTO public.guests VALUES (1, 'Ann', 1, 'base_001'), (2, 'Ben', 1, 'rooms_002');
  CREATE TABLE public.alembic_version (version_num ${version} NOT NULL);
  CREATE SCHEMA tenant_a; CREATE TABLE tenant_a.alembic_version (version_num ${version} NOT NULL);`

const paths = { 'public first': 'public, pg_catalog', 'the default': '"$user", public' }

beforeAll(() => {
  if (folder) chmodSync(folder, 0o777)
})
afterAll(() => {
  server?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

type Kind = 'harmless' | 'objects' | 'type'

const databases = new Map<string, Promise<TestDatabase>>()

/** Returns the shared database of this kind, after setting its version row. */
async function databaseOf(kind: Kind, path: string, row: string): Promise<TestDatabase> {
  const key = `${kind} ${path}`
  const made = databases.get(key) ?? makeDatabase(kind, path)
  databases.set(key, made)
  const database = await made
  await database.execute(
    `TRUNCATE public.alembic_version, tenant_a.alembic_version; INSERT INTO public.alembic_version VALUES ('${row}');
      INSERT INTO tenant_a.alembic_version VALUES ('base_001')`,
  )
  rmSync(ran, { force: true })
  return database
}

async function makeDatabase(kind: Kind, path: string): Promise<TestDatabase> {
  if (!server) throw new Error('no server')
  const [mark, version] =
    kind === 'type'
      ? ['public.harmful', 'public.harmful']
      : ['pg_catalog.varchar(40)', 'pg_catalog.varchar(32)']
  const database = await server.createDatabase(
    (kind === 'type' ? hostileType(ran) : '') + tables(mark, version),
  )
  if (kind === 'objects') await database.execute(hostileObjects(ran))
  await database.execute(`ALTER DATABASE ${database.name} SET search_path = ${path}`)
  return database
}

/** Every command that queries the database, with version rows that cause the most queries. */
const commands: readonly (readonly [name: string, row: string, argv: readonly string[]])[] = [
  ['check', 'base_001', ['check', '--format', 'json']],
  ['check, where rows decide', 'email_003', ['check', '--format', 'json']],
  ['check of an unknown row', 'lost_00', ['check', '--format', 'json']],
  ['check --schemas', 'base_001', ['check', '--schemas', 'tenant_*', '--format', 'json']],
  ['check of a primary', 'base_001', ['check', '--format', 'json']],
  ['preflight', 'base_001', ['preflight', '--format', 'json']],
  ['run', 'base_001', ['run', '--no-verify', '--', 'true']],
  ['run with a comparison', 'base_001', ['run', '--', 'true']],
  ['graph', 'base_001', ['graph', '--format', 'json']],
  ['placeholder', 'lost_00', ['placeholder', '--with-ddl', '--format', 'json']],
  ['explain', 'lost_00', ['explain', 'lost_00', '--format', 'json']],
  ['restore', 'lost_00', ['restore', 'lost_00', '--format', 'json']],
  ['lint', 'base_001', ['lint', '--all', '--pending', '--format', 'json']],
  ['restamp', 'rooms_002', ['restamp', '--from', 'rooms_002', '--to', 'base_001', '--force']],
  ['restamp --yes', 'rooms_002', ['restamp', '--from', 'rooms_002', '--to', 'base_001', '--force', '--yes']],
  [
    'rehearse',
    'base_001',
    ['rehearse', '--cycle', '--format', 'json', '--', 'bin/alembic', 'upgrade', 'head'],
  ],
]

/** Runs an unqualified query, which must trigger the planted objects. */
async function asked(url: string, sql: string): Promise<void> {
  const client = new Client(url)
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

function urlOf(database: TestDatabase, name: string): string {
  return name === 'check of a primary' ? `${database.url}&target_session_attrs=primary` : database.url
}

function look(database: TestDatabase, name: string, argv: readonly string[]): Run {
  const words =
    name === 'rehearse' ? ['rehearse', '--scratch-server', server?.adminUrl ?? '', ...argv.slice(1)] : argv
  const cwd = folderWith(project)
  chmodSync(join(cwd, 'bin/alembic'), 0o755)
  return guard(cwd, words, { DATABASE_URL: urlOf(database, name), TMPDIR: server?.folder ?? '' })
}

/** Returns the output without the parts that differ between runs. */
function told({ status, stdout, stderr }: Run, database: TestDatabase): string {
  const text = `${status}\n${stdout}\n${stderr}`.replaceAll(database.name, 'DATABASE')
  return text
    .replaceAll(/alembic-guard-\w+/g, 'FOLDER')
    .replaceAll(/"(?:durationMs|checkedAt|startedAt|generatedAt|at)": ?[^,\n}]+/g, '"time"')
    .replaceAll(/\d+(?:\.\d+)? (?:ms|s)\b/g, 'TIME')
}

interface Baseline {
  readonly told: string
  readonly status: number | null
  /** Statements sent by the guard and by the pg_dump process that it starts. */
  readonly sent: readonly Logged[]
}

const baselines = new Map<string, Baseline>()

/** Runs a command on a database without planted objects. Caches the result. */
async function baselineOf([name, row, argv]: (typeof commands)[number], path: string): Promise<Baseline> {
  const key = `${name} ${path}`
  const known = baselines.get(key)
  if (known) return known
  const database = await databaseOf('harmless', path, row)
  const before = statements().length
  const run = look(database, name, argv)
  const sent = statements()
    .slice(before)
    .filter((one) => one.database === database.name && /^(?:alembic-guard|pg_dump)/.test(one.application))
  const baseline = { told: told(run, database), status: run.status, sent }
  baselines.set(key, baseline)
  return baseline
}

describe.skipIf(!server)("other users' objects", () => {
  test('harm an unguarded client', async () => {
    const database = await databaseOf('objects', paths['the default'], 'base_001')
    await database
      .execute("SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_'")
      .catch(() => undefined)
    expect(existsSync(ran)).toBe(true)
  })

  describe.each(Object.entries(paths))('with %s on the search path', (_title, path) => {
    test.each(commands)('%s runs none of them and prints the same as without', async (name, row, argv) => {
      const before = await baselineOf([name, row, argv], path)
      const database = await databaseOf('objects', path, row)
      const run = look(database, name, argv)
      expect(existsSync(ran), `${run.stdout}${run.stderr}`).toBe(false)
      // The schema now contains the hostile domains and functions.
      if (!['rehearse'].includes(name)) expect(told(run, database)).toBe(before.told)
      else expect(run.status).toBe(before.status)
      expect(run.status).not.toBe(4)
    })
  })

  test.each(commands.filter(([, row]) => row !== 'lost_00'))(
    '%s reads rows of a type with its own casts, operators and operator class',
    async (name, row, argv) => {
      const database = await databaseOf('type', paths['public first'], row)
      const run = look(database, name, argv)
      expect(existsSync(ran), `${run.stdout}${run.stderr}`).toBe(false)
      expect(run.status, `${run.stdout}${run.stderr}`).not.toBe(4)
    },
  )

  test.each([
    [
      'a view that calls a function',
      'SELECT v::pg_catalog.text AS version_num FROM public.harm_text() v',
      true,
    ],
    ['a view of that view', 'SELECT * FROM public.below', true],
    [
      'a view that executes SQL from a string on the server',
      `SELECT x::pg_catalog.text AS version_num FROM pg_catalog.query_to_xml('SELECT public.harm_text()', true, true, '') x`,
      true,
    ],
    ['a view that calls nothing', 'SELECT version_num FROM public.stamp', false],
  ])('%s as the version table', async (_title, query, refused) => {
    const database = await databaseOf('type', paths['public first'], 'base_001')
    await database.execute(`DROP VIEW IF EXISTS tenant_b.alembic_version, public.below; DROP TABLE IF EXISTS public.stamp;
      CREATE SCHEMA IF NOT EXISTS tenant_b; CREATE TABLE public.stamp (version_num pg_catalog.varchar(32));
      INSERT INTO public.stamp VALUES ('keys_004');
      CREATE OR REPLACE FUNCTION public.harm_text() RETURNS pg_catalog.text LANGUAGE plpgsql AS $f$ BEGIN
        EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch ${ran} && cat > /dev/null'''; RETURN 'keys_004'; END $f$;
      CREATE VIEW public.below AS SELECT v::pg_catalog.text AS version_num FROM public.harm_text() v;
      CREATE VIEW tenant_b.alembic_version AS ${query}`)
    for (const args of [
      ['--version-table-schema', 'tenant_b'],
      ['--schemas', 'tenant_b'],
    ]) {
      const run = look(database, 'check', ['check', ...args])
      expect(existsSync(ran)).toBe(false)
      expect(run.status === 3, run.stdout).toBe(refused)
      const text = run.stdout.replaceAll(/\s+/g, ' ')
      if (refused) expect(text).toContain('is a view that calls functions')
    }
  })

  test.each([
    ['a policy that calls a function', 'public.harm_text() = version_num'],
    [
      'a policy that executes SQL from a string on the server',
      "pg_catalog.query_to_xml('SELECT public.harm_text()', true, true, '') IS NOT NULL",
    ],
    ['a policy with a view that calls a function', 'EXISTS (SELECT 1 FROM public.below)'],
    ['a policy that allows all rows through a call', "public.harm_text() <> ''"],
  ])('%s on the version table runs nothing', async (_title, condition) => {
    const database = await databaseOf('type', paths['public first'], 'base_001')
    const role = `policed_${process.pid}`
    // This role may run programs, so calling the hostile function would have an effect.
    await database.execute(`CREATE ROLE ${role} LOGIN; GRANT pg_execute_server_program TO ${role};
      DROP VIEW IF EXISTS tenant_b.alembic_version, public.below; CREATE SCHEMA IF NOT EXISTS tenant_b;
      CREATE OR REPLACE FUNCTION public.harm_text() RETURNS pg_catalog.text LANGUAGE plpgsql AS $f$ BEGIN
        EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch ${ran} && cat > /dev/null'''; RETURN 'keys_004'; END $f$;
      CREATE VIEW public.below AS SELECT public.harm_text() AS v;
      CREATE TABLE tenant_b.alembic_version (version_num pg_catalog.varchar(32));
      INSERT INTO tenant_b.alembic_version VALUES ('keys_004');
      ALTER TABLE tenant_b.alembic_version ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON tenant_b.alembic_version USING (${condition});
      GRANT USAGE ON SCHEMA public, tenant_b TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA public, tenant_b TO ${role}`)
    try {
      const asRole = { ...database, url: database.url.replace(/\/\/(?:[^@/]*@)?/, `//${role}@`) }
      for (const args of [[], ['--version-table-schema', 'tenant_b'], ['--schemas', 'tenant_b']]) {
        const run = look(asRole, 'check', ['check', ...args])
        expect(existsSync(ran), run.stdout).toBe(false)
        if (args.length > 0) {
          expect(run.status, run.stdout).toBe(3)
          expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain('Row-level security may hide rows')
        }
      }
      await asked(asRole.url, 'SELECT * FROM tenant_b.alembic_version')
      expect(existsSync(ran)).toBe(true)
    } finally {
      await database.execute(`DROP TABLE tenant_b.alembic_version; DROP OWNED BY ${role}; DROP ROLE ${role}`)
      rmSync(ran, { force: true })
    }
  })

  test('operators and types in our SQL are from pg_catalog', async () => {
    const database = await databaseOf('harmless', paths['the default'], 'base_001')
    const rows = await database.execute(
      `SELECT DISTINCT oprname AS name FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace
        AND oprname IN (${systemOperators.map((name) => `'${name}'`).join(', ')})`,
    )
    expect(rows.map(({ name }) => name).toSorted()).toEqual(systemOperators.toSorted())
    for (const type of systemTypes)
      await database.execute(`SET search_path = pg_catalog; SELECT NULL::${type}`)
  })
})

interface Logged {
  readonly session: string
  readonly database: string
  readonly application: string
  readonly text: string
}

/** Returns all statements in the server's log. */
function statements(): readonly Logged[] {
  const log = join(server?.folder ?? '', 'data/log')
  const lines = readdirSync(log)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .flatMap((name) => readFileSync(join(log, name), 'utf8').split('\n'))
  return lines.flatMap((line) => {
    if (line === '') return []
    const entry: Record<string, string> = JSON.parse(line)
    const text = /^(?:statement|execute [^:]*): ([^]*)$/.exec(entry['message'] ?? '')?.[1]
    return text === undefined
      ? []
      : [
          {
            session: entry['session_id'] ?? '',
            database: entry['dbname'] ?? '',
            application: entry['application_name'] ?? '',
            text,
          },
        ]
  })
}

/** Returns the statements that ran outside read-only transactions. */
function writable(sent: readonly Logged[]): readonly string[] {
  let readOnly = false
  const found: string[] = []
  for (const { text } of sent) {
    for (const statement of statementsOf(tokensOfSql(text) ?? [])) {
      const words = statement.map(({ word }) => word)
      const all = words.join(' ')
      if (words[0] === 'begin') readOnly = all.endsWith('read only')
      else if (/^set transaction .*read only$/.test(all)) readOnly = true
      else if (['commit', 'rollback'].includes(words[0] ?? '') && words.length === 1) readOnly = false
      else if (!readOnly) found.push(all)
    }
  }
  return found
}

describe.skipIf(!server || server.major < 15)("the server's log", () => {
  test('covers every command that connects to a database', async () => {
    const opening: string[] = []
    for (const entry of allCommands)
      if ((await entry.load()).options.includes('database-url')) opening.push(entry.name)
    const tried = new Set(commands.map(([, , [name]]) => name))
    expect(opening.toSorted()).toEqual([...tried].toSorted())
  })

  test.each(commands)('%s sends nothing outside read-only transactions', async (...command) => {
    const { sent } = await baselineOf(command, paths['the default'])
    const sessions = [...new Set(sent.map(({ session }) => session))]
    expect(sessions.length).toBeGreaterThan(0)
    const outside = sessions.flatMap((session) => writable(sent.filter((one) => one.session === session)))
    // Before its transaction, pg_dump runs SET statements and queries settings.
    const rest = outside.filter((text) => command[0] !== 'rehearse' || !/^(?:set|select) /.test(text))
    if (command[0] !== 'restamp --yes') return expect(rest).toEqual([])
    expect(
      rest.filter((text) => !/^(?:select pg_catalog|set local search_path to pg_catalog)/.test(text)),
    ).toEqual([
      expect.stringMatching(/^lock table public/),
      expect.stringMatching(/^select version_num from public/),
      expect.stringMatching(/^update public/),
      expect.stringMatching(/^select version_num from public/),
    ])
  })
})
