/** Tests whether a statement's result depends on the catalog, on rows or on the server. */
import { describe, expect, test } from 'vitest'
import { answerSource, namesGiven } from '../../../../../src/python/operations/sql/answer-source.ts'

const isUserName = (name: string): boolean => ['rooms', 'guests'].includes(name)

describe('the catalog alone', () => {
  test.each([
    'SELECT 1',
    'select pg_catalog.version()',
    'show standard_conforming_strings',
    'SHOW TRANSACTION ISOLATION LEVEL',
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1",
    "SELECT column_name FROM information_schema.columns WHERE table_name = 'rooms'",
    "SELECT EXISTS (SELECT 1 FROM pg_type t JOIN pg_namespace n ON (n.oid = t.typnamespace) WHERE t.typname IN ('a'))",
    "SELECT to_regclass('rooms') IS NOT NULL",
    'WITH RECURSIVE t(oid, ns) AS (SELECT ti.oid, 1 FROM pg_type AS ti WHERE ti.oid = any($1::oid[])) SELECT DISTINCT * FROM t',
    'SELECT a.attname, (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d) AS x FROM pg_attribute a',
    'SELECT pg_advisory_xact_lock(4711)',
    'CREATE VIEW v AS SELECT count(*) FROM rooms',
    'CREATE INDEX CONCURRENTLY i ON rooms (lower(name))',
    "ALTER TABLE rooms ADD COLUMN n text DEFAULT 'a'; COMMENT ON TABLE rooms IS 'b'",
    "INSERT INTO rooms (id, name) VALUES (1, 'select'), (2, lower('B'))",
    "DO $$ BEGIN CREATE TYPE mood AS ENUM ('ok'); EXCEPTION WHEN duplicate_object THEN null; END $$",
    "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('ok'); END IF; END $$",
    'COPY rooms (name) FROM STDIN',
  ])('%s', (text) => expect(answerSource(text, isUserName)).toBe('catalog'))
})

describe('rows of a table', () => {
  test.each([
    'SELECT 1 FROM rooms',
    '-- all\nselect * from public."rooms"',
    '(SELECT name FROM guests) UNION (SELECT 1)',
    'UPDATE rooms SET name = 1',
    'DELETE FROM rooms',
    "INSERT INTO rooms (name) VALUES ('a') ON CONFLICT DO NOTHING",
    'INSERT INTO new_rooms (name) SELECT name FROM rooms',
    'CREATE TEMP TABLE t AS SELECT * FROM rooms',
    'CREATE MATERIALIZED VIEW m AS SELECT * FROM rooms',
    'DO $$ BEGIN IF EXISTS (SELECT FROM rooms) THEN DROP TABLE guests; END IF; END $$',
    'COPY rooms TO STDOUT',
    'ALTER TABLE guests ADD a int; SELECT count(*) FROM rooms',
  ])('%s', (text) => expect(answerSource(text, isUserName)).toBe('rows'))
})

describe('the server, or nobody knows', () => {
  test.each([
    "SELECT reltuples FROM pg_class WHERE relname = 'rooms'",
    "SELECT pg_total_relation_size('rooms')",
    'SELECT n_live_tup FROM pg_stat_user_tables',
    "SELECT nextval('rooms_id_seq')",
    'SELECT last_value FROM rooms_id_seq',
    'SELECT count_rooms()',
    'SELECT "Odd"(1)',
    'SELECT current_user',
    'SELECT current_database()',
    "SELECT current_setting('app.tenant')",
    'SHOW app.tenant',
    "SELECT 1 FROM pg_roles WHERE rolname = 'app'",
    'SELECT * FROM pg_available_extensions',
    'SELECT collname FROM pg_collation',
    "SELECT query_to_xml('select * from rooms', true, true, '')",
    'CALL work()',
    'EXECUTE plan',
    'FETCH ALL FROM c',
    'EXPLAIN SELECT 1',
    "DO $$ DECLARE n int; BEGIN EXECUTE 'SELECT count(*) FROM rooms' INTO n; END $$",
    "SELECT 'unclosed",
  ])('%s', (text) => expect(answerSource(text, isUserName)).toBe('server'))
})

test('names that a statement gives', () => {
  expect(namesGiven('CREATE OR REPLACE VIEW shop.v AS SELECT 1')).toEqual(['shop', 'v'])
  expect(namesGiven('CREATE TABLE IF NOT EXISTS "T" (a int)')).toEqual(['T'])
  expect(namesGiven('ALTER TABLE rooms RENAME TO flats')).toEqual(['flats'])
  expect(namesGiven('DROP TABLE rooms')).toEqual([])
})
