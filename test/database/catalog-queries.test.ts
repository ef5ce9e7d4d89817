/**
 * Compares the guard's answers to random catalog queries with the server's. `ALEMBIC_GUARD_STATES` sets the
 * number of states.
 */
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/adapters/open-database.ts'
import { dryRunUpgrade } from '../../src/core/dry-run/dry-run.ts'
import { pendingNames } from '../../src/core/dry-run/referenced-names.ts'
import type { LiveCatalog } from '../../src/core/history/live-catalog.ts'
import type { Operations } from '../../src/core/history/operation.ts'
import type { Term } from '../../src/python/interpreter/values.ts'
import { answerQuery, namesAsked } from '../../src/python/operations/sql/catalog/answer-query.ts'
import { readCatalogQuery } from '../../src/python/operations/sql/catalog/catalog-query.ts'
import { operationsOfSql } from '../../src/python/operations/sql/statements.ts'
import { randomFrom } from '../support/incidents.ts'
import { findPostgres } from '../support/postgres.ts'
import { seed } from '../support/seed.ts'

const server = await findPostgres()
const rounds = Math.ceil(Number(process.env['ALEMBIC_GUARD_STATES'] ?? 500) / 50)
const queriesEach = 40

const live = `CREATE SCHEMA attic;
  CREATE TYPE mood AS ENUM ('calm', 'wild');
  CREATE TABLE halls (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE seats (id int, hall int REFERENCES halls (id), mood mood, CONSTRAINT uq_seats UNIQUE (id));
  CREATE INDEX ix_seats_hall ON seats (hall);
  CREATE TABLE attic.seats (id int, old int);
  CREATE TABLE "Rows" (id int CHECK (id > 0));
  CREATE TABLE doors (id int CONSTRAINT ck_id CHECK (id > 0));
  CREATE DOMAIN attic.small AS int CONSTRAINT ck_small CHECK (VALUE > 0);
  CREATE VIEW guests AS SELECT 1 AS id`

/** Schema changes to combine at random. Each succeeds after most of the others. */
const changes = [
  'CREATE TABLE rows (id int, name text)',
  'ALTER TABLE seats ADD COLUMN name text NOT NULL',
  'ALTER TABLE seats DROP COLUMN hall',
  'ALTER TABLE seats RENAME COLUMN mood TO name',
  'ALTER TABLE seats RENAME TO rows',
  'DROP TABLE attic.seats',
  'DROP TABLE seats',
  'CREATE INDEX ix_name ON halls (name)',
  'DROP INDEX ix_seats_hall',
  'ALTER TABLE seats DROP CONSTRAINT uq_seats',
  'ALTER TABLE halls ADD CONSTRAINT uq_halls UNIQUE (name)',
  `ALTER TYPE mood ADD VALUE 'sad'`,
  `CREATE TYPE kind AS ENUM ('one')`,
  'DROP TYPE mood',
  'ALTER TABLE halls ALTER COLUMN name DROP NOT NULL',
  'ALTER TABLE attic.seats ADD CONSTRAINT ck_id CHECK (id > 0)',
  'ALTER TABLE halls ADD CONSTRAINT ck_id CHECK (id > 0) NOT VALID',
  'ALTER TABLE seats RENAME CONSTRAINT uq_seats TO uq_halls',
  'CREATE DOMAIN large AS int CONSTRAINT uq_halls CHECK (VALUE > 9)',
]

const tables = ['halls', 'seats', 'rows', 'Rows', 'guests', 'nothing']
const columns = ['id', 'hall', 'name', 'old', 'mood']
const schemas = [`'public'`, `'attic'`, 'current_schema()', `'nothing'`]
const names = ['ix_seats_hall', 'ix_name', 'uq_seats', 'uq_halls', 'halls_pkey', 'seats_hall_fkey', 'ck_id', 'ck_small', 'Rows_id_check'] // prettier-ignore

type Pick = <T>(all: readonly T[]) => T

function randomQuery(pick: Pick): string {
  const quoted = (all: readonly string[]): string => `'${pick(all)}'`
  const maybe = (text: string): string => pick(['', ` AND ${text}`])
  const one = (all: readonly string[]): string =>
    pick([`= ${quoted(all)}`, `IN (${quoted(all)}, ${quoted(all)})`])
  const schema = pick(schemas)
  const forms: readonly (readonly [columns: readonly string[], from: string])[] = [
    [
      ['column_name', 'table_schema', 'is_nullable'],
      `information_schema.columns c WHERE c.table_name ${one(tables)}${maybe(`column_name ${one(columns)}`)}${maybe(`table_schema = ${schema}`)}${maybe(`is_nullable = 'NO'`)}`,
    ],
    [
      ['table_name', 'table_type'],
      `information_schema.tables WHERE table_name ${one(tables)}${maybe(`table_schema = ${schema}`)}${maybe(`table_type = 'BASE TABLE'`)}`,
    ],
    [
      ['constraint_name', 'constraint_type'],
      `information_schema.table_constraints WHERE table_name ${one(tables)}${maybe(`constraint_name ${one(names)}`)}${maybe(`constraint_type = ${pick([`'UNIQUE'`, `'FOREIGN KEY'`, `'CHECK'`])}`)}`,
    ],
    [
      ['indexname', 'tablename'],
      `pg_indexes WHERE ${pick([`indexname ${one(names)}`, `tablename ${one(tables)}`])}${maybe(`schemaname = ${schema}`)}`,
    ],
    [['tablename'], `pg_catalog.pg_tables WHERE tablename ${one(tables)}${maybe(`schemaname = ${schema}`)}`],
    [['relname'], `pg_class WHERE relname ${one([...tables, ...names])}`],
    [
      ['conname', 'contype'],
      `pg_constraint WHERE conrelid = to_regclass(${quoted(tables)})${maybe(`conname ${one(names)}`)}${maybe(`contype = 'u'`)}`,
    ],
    [
      ['conname', 'contype'],
      `pg_constraint WHERE conname ${one(names)}${maybe(`contype = ${pick([`'u'`, `'c'`])}`)}`,
    ],
    [
      ['constraint_name', 'table_name'],
      `information_schema.table_constraints WHERE constraint_name ${one(names)}${maybe(`table_schema = ${schema}`)}`,
    ],
    [
      ['conname', 'nspname'],
      `pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE k.conname ${one(names)} AND n.nspname = ${schema}`,
    ],
    [
      ['indisvalid', 'relname'],
      `pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname ${one([...names, ...tables])}${maybe(`relnamespace = 'attic'::regnamespace`)}`,
    ],
    [
      ['typname'],
      `pg_type WHERE typname ${one(['mood', 'kind', 'halls', 'nothing'])}${maybe(`typnamespace = 'attic'::regnamespace`)}`,
    ],
    [
      ['typname', 'nspname'],
      `pg_type t JOIN pg_namespace n ON t.typnamespace = n.oid WHERE t.typname ${one(['mood', 'kind', 'seats', 'nothing'])} AND n.nspname = ${schema}${maybe(`t.typtype = 'e'`)}`,
    ],
    [
      ['enumlabel'],
      `pg_enum e JOIN pg_type t ON t.oid = e.enumtypid WHERE t.typname = ${quoted(['mood', 'kind', 'nothing'])}${maybe(`enumlabel ${one(['sad', 'calm'])}`)}`,
    ],
    [['nspname'], `pg_namespace WHERE nspname ${one(['public', 'attic', 'nothing'])}`],
  ]
  const [given, from] = pick(forms)
  if (pick([false, false, false, false, true]))
    return `SELECT to_regclass(${quoted([...tables, ...names])}) IS NOT NULL AS x`
  return pick([
    `SELECT ${pick(given)} AS x FROM ${from}`,
    `SELECT 1 AS x FROM ${from}`,
    `SELECT count(*) AS x FROM ${from}`,
    `SELECT EXISTS (SELECT 1 FROM ${from}) AS x`,
  ])
}

/** Returns a term's value as text; null if unknown. */
function valueOf(term: Term | undefined): string | null {
  if (term?.kind === 'str') return term.value
  if (term?.kind === 'int' || term?.kind === 'bool') return String(term.value)
  return null
}

describe.skipIf(server === null)(`random catalog queries (seed ${seed})`, () => {
  test('get the same answers as from the server', async () => {
    const random = randomFrom(seed)
    const pick: Pick = (all) => {
      const one = all[Math.floor(random() * all.length)]
      if (one === undefined) throw new RangeError('nothing to pick from')
      return one
    }
    const figures = { asked: 0, answered: 0, rows: 0 }
    for (let round = 0; round < rounds; round++) {
      const database = await server!.createDatabase(live)
      const queries = Array.from({ length: queriesEach }, () => randomQuery(pick))
      const wanted: string[] = []
      const scratch = await database.connect()
      await scratch.query('BEGIN')
      for (let change = 0; change < 3; change++) {
        const sql = pick(changes)
        await scratch.query('SAVEPOINT one')
        try {
          await scratch.query(sql)
          wanted.push(sql)
        } catch {
          await scratch.query('ROLLBACK TO SAVEPOINT one')
        }
      }
      await scratch.query('ROLLBACK')
      await scratch.end()

      let catalog: LiveCatalog | null = null
      const steps = operationsOfSql(wanted.join(';\n'), { path: 'a.py', line: 1, column: 1 })
      const asked = queries.flatMap((sql) => {
        const query = readCatalogQuery(sql, new Map())
        return (query && namesAsked(query)) ?? []
      })
      const done: Operations = { kind: 'operations', operations: steps }
      const operations = new Map<string, Operations>([
        [
          'r1',
          {
            ...done,
            inquiry: {
              names: asked,
              lists: true,
              possible: [],
              answered: (after) => {
                catalog = after(steps)
                return done
              },
            },
          },
        ],
      ])
      const fetched = pendingNames(['r1'], operations)
      const opened = await openDatabase(database.url, { env: {}, cwd: '/' })
      const state = await opened.readState({ versionTable: 'alembic_version', versionTableSchema: null })
      const { schema } = await opened.look({ objects: fetched, last: true })
      await opened.close()
      if (!schema) throw new TypeError('nothing was seen')
      const { searchPath } = state
      const tried = dryRunUpgrade(['r1'], operations, { schema, searchPath, newVersionTable: null, fetched })
      expect(tried.failure, wanted.join('; ')).toBeNull()
      if (catalog === null) throw new TypeError('nobody asked')

      for (const sql of wanted) await database.execute(sql)
      for (const sql of queries) {
        const query = readCatalogQuery(sql, new Map())
        expect(query, sql).not.toBeNull()
        const answer = query && answerQuery(query, catalog)
        figures.asked += 1
        if (!answer || answer.items.perhaps) continue
        const ours = answer.items.items.map((row) => (row.kind === 'items' ? valueOf(row.items[0]) : null))
        const theirs = (await database.execute(sql)).map((row) => String(row['x']))
        const story = `${sql}\nafter ${wanted.join('; ')}`
        expect(ours.length, story).toBe(theirs.length)
        figures.rows += theirs.length
        if (ours.includes(null)) continue
        expect(ours.toSorted(), story).toEqual(theirs.toSorted())
        figures.answered += 1
      }
      await database.drop()
    }
    console.log(`${figures.asked} asked, ${figures.answered} answered, ${figures.rows} rows, seed ${seed}`)
    expect(figures.answered * 2).toBeGreaterThan(figures.asked)
  }, 600_000)
})
