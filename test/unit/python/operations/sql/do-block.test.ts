import { describe, expect, test } from 'vitest'
import { readDoBlock } from '../../../../../src/python/operations/sql/plpgsql/do-block.ts'
import { tokensOfSql } from '../../../../../src/python/operations/sql/tokens.ts'

function names(sql: string): readonly string[] | null {
  const found = readDoBlock(tokensOfSql(sql) ?? []).names
  return found && found.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`))
}

describe('a DO block touches the names in it', () => {
  test.each([
    [`DO $$ BEGIN ALTER TABLE a ADD b int; END $$`, ['a', 'b']],
    [
      `DO $x$ BEGIN CREATE INDEX ix ON app."Users" (lower(name)); END $x$ LANGUAGE plpgsql`,
      ['ix', 'app.Users'],
    ],
    [`DO LANGUAGE plpgsql $$ BEGIN CREATE INDEX ix ON app."Users" (name); END $$`, ['ix', 'app.Users']],
    [
      `DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('a'); END IF; END $$`,
      ['mood'],
    ],
    [
      `DO $$ BEGIN CREATE TYPE mood AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN null; END $$`,
      ['mood'],
    ],
    [`DO $$ BEGIN EXECUTE format('ALTER TABLE a DROP CONSTRAINT IF EXISTS %I', r.conname); END $$`, ['a']],
    [`DO $$ BEGIN EXECUTE format('CREATE USER %I', 'x'); ALTER TABLE a ADD b int; END $$`, ['a']],
    [`DO $$ BEGIN EXECUTE 'ALTER TABLE a ' 'ADD COLUMN b int'; END $$`, ['a', 'b']],
  ])('%s', (sql, expected) => {
    expect(names(sql)).toEqual(expect.arrayContaining(expected))
  })
})

describe('a DO block may touch more than the names in it', () => {
  test.each([
    `DO $$ BEGIN EXECUTE 'DROP TABLE a'; END $$`,
    `DO $$ BEGIN EXECUTE 'ALTER TABLE ' || name || ' ADD COLUMN b int'; END $$`,
    `DO $$ BEGIN EXECUTE format('ALTER TABLE %I DROP COLUMN b', name); END $$`,
    `DO $$ BEGIN EXECUTE format('ALTER TABLE a DROP COLUMN %I CASCADE', name); END $$`,
    `DO $$ BEGIN ALTER TABLE a RENAME TO \uFFFC; END $$`,
    `DO $$ BEGIN EXECUTE statement; END $$`,
    `DO $$ BEGIN PERFORM drop_all(); END $$`,
    `DO $$ DECLARE x int := drop_all(); BEGIN END $$`,
    `DO $$ DECLARE x int := app . "dropAll" (1); BEGIN END $$`,
    `DO $$ BEGIN DROP TABLE a CASCADE; END $$`,
    `DO $$ BEGIN CREATE EXTENSION postgis; END $$`,
    `DO $$ BEGIN SET LOCAL search_path TO other; END $$`,
    `DO LANGUAGE plpython3u $$ pass $$`,
    `DO $$ SELECT ' $$`,
    `DO 'a' 'b'`,
    `DO $$ BEGIN DROP TABLE \uFFFC; END $$`,
  ])('%s', (sql) => {
    expect(names(sql)).toBeNull()
  })
})

describe('a DO block may touch the constraints of any table', () => {
  const drops = `EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.name, r.key)`
  test.each([
    [`DO $$ BEGIN ${drops}; END $$`, 'constraints'],
    [`DO $$ BEGIN ${drops}; ALTER TABLE a ADD CONSTRAINT b CHECK (c > 0); END $$`, 'constraints'],
    [`DO $$ BEGIN ${drops}; ALTER TABLE a ALTER b TYPE int; END $$`, undefined],
    [`DO $$ BEGIN ${drops}; UPDATE a SET b = 1; END $$`, undefined],
    [`DO $$ BEGIN ${drops.replace('%I', '%I CASCADE')}; END $$`, undefined],
  ])('%s', (sql, alters) => {
    const found = readDoBlock(tokensOfSql(sql) ?? [])
    expect([found.names, found.alters]).toEqual([null, alters])
  })
})

describe('a DO block that only changes rows', () => {
  test.each([
    [`DO $$ BEGIN UPDATE a SET b = 1; END $$`, true],
    [
      `DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM a LIMIT (3) LOOP DELETE FROM b; END LOOP; END $$`,
      true,
    ],
    [`DO $$ BEGIN ALTER TABLE a ADD b int; END $$`, false],
    [`DO $$ BEGIN PERFORM drop_all(); END $$`, false],
    [`DO $$ BEGIN EXECUTE 'UPDATE a SET b = 1'; END $$`, false],
  ])('%s', (sql, expected) => {
    expect(readDoBlock(tokensOfSql(sql) ?? []).rowsOnly).toBe(expected)
  })
})
