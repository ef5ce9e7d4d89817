/** Examples for each kind of statement in `src/core/rehearsal/changed-behavior.ts`. */
import type { LooserName, StricterName } from '../../src/core/rehearsal/changed-behavior.ts'

/** A statement, and SQL that prepares the database. */
export interface ChangedCase {
  readonly before?: string
  readonly statement: string
}

const nondeterministic = `CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE TABLE names (name text COLLATE any_case PRIMARY KEY)`
const partitioned = `CREATE TABLE part (id int, CONSTRAINT positive CHECK (id > 0)) PARTITION BY RANGE (id);
  CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (1) TO (9)`

/** Statements that only older servers accept. */
export const stricterCases: Readonly<Record<StricterName, ChangedCase>> = {
  'foreign-key-collation': {
    before: nondeterministic,
    statement: 'CREATE TABLE o (name text REFERENCES names)',
  },
  'unlogged-partitions': { statement: 'CREATE UNLOGGED TABLE o (id int) PARTITION BY RANGE (id)' },
  'rule-privilege': { before: 'CREATE TABLE t (a int)', statement: 'GRANT RULE ON t TO PUBLIC' },
  'named-not-null': {
    statement: 'CREATE TABLE o (a int CONSTRAINT x NOT NULL, b int CONSTRAINT x NOT NULL)',
  },
  'inherited-not-null': {
    before: 'CREATE TABLE parent (a int); CREATE TABLE child () INHERITS (parent)',
    statement: 'ALTER TABLE ONLY parent ADD PRIMARY KEY (a)',
  },
  'maintenance-path': {
    before: `CREATE TABLE t (a int);
      CREATE FUNCTION rows() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM t); END'`,
    statement: 'CREATE MATERIALIZED VIEW m AS SELECT rows()',
  },
  'interval-ago': { statement: `SELECT interval '1 day ago 2 hours'` },
  'system-columns-17': { statement: 'SELECT w.buffers_backend FROM pg_stat_bgwriter w' },
  'removed-setting-17': { statement: 'SHOW old_snapshot_threshold' },
  'removed-setting-16': { statement: `SELECT current_setting('lc_collate')` },
  'null-primary-key': {
    before: 'CREATE TABLE t (a int NOT NULL); CREATE UNIQUE INDEX i ON t (a) NULLS NOT DISTINCT',
    statement: 'ALTER TABLE t ADD PRIMARY KEY USING INDEX i',
  },
  'generated-child': {
    before: 'CREATE TABLE t (a int, b int); CREATE TABLE c (a int, b int GENERATED ALWAYS AS (a) STORED)',
    statement: 'ALTER TABLE c INHERIT t',
  },
  'select-rule': {
    before: 'CREATE TABLE t (a int)',
    statement: 'CREATE RULE "_RETURN" AS ON SELECT TO t DO INSTEAD SELECT 1 AS a',
  },
  'public-schema': {
    before: 'CREATE ROLE case_clerk NOLOGIN; SET LOCAL ROLE case_clerk',
    statement: 'CREATE TABLE public.o (a int)',
  },
  'python-2': { statement: `CREATE FUNCTION f() RETURNS int LANGUAGE plpythonu AS 'return 1'` },
  'numeric-suffix': { statement: 'SELECT 123abc' },
  'view-collation': {
    before: 'CREATE VIEW v AS SELECT relname::text COLLATE "C" AS a FROM pg_class',
    statement: 'CREATE OR REPLACE VIEW v AS SELECT relname::text COLLATE "POSIX" AS a FROM pg_class',
  },
  'interval-text': {
    before: 'CREATE TABLE t (a interval)',
    statement: 'CREATE INDEX i ON t ((a::text))',
  },
  'backup-functions': { statement: `SELECT pg_start_backup('label')` },
  'reserved-setting': { before: `LOAD 'plpgsql'`, statement: `SET plpgsql.missing = 'a'` },
  'extract-type': {
    before: 'CREATE VIEW v AS SELECT 1.0::double precision AS a',
    statement: `CREATE OR REPLACE VIEW v AS SELECT EXTRACT(year FROM now()) AS a`,
  },
  'array-functions': {
    statement: `CREATE AGGREGATE all_of(anyelement) (sfunc = array_append, stype = anyarray, initcond = '{}')`,
  },
  'containment-operators': { statement: `SELECT '(0,0)'::point @ '((0,0),(1,1))'::box` },
  'factorial-operator': { statement: 'SELECT !! 5' },
  'quoted-language': { statement: `CREATE LANGUAGE 'plperl'` },
}

/** Statements that only newer servers accept. */
export const looserCases: Readonly<Record<LooserName, ChangedCase>> = {
  'not-valid-partitioned': {
    before: `${partitioned}; CREATE TABLE t (id int PRIMARY KEY)`,
    statement: 'ALTER TABLE part ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES t (id) NOT VALID',
  },
  'drop-only-partitioned': {
    before: partitioned,
    statement: 'ALTER TABLE ONLY part DROP CONSTRAINT positive',
  },
  'drop-not-null': {
    before: 'CREATE TABLE t (a int NOT NULL)',
    statement: 'ALTER TABLE t DROP CONSTRAINT t_a_not_null',
  },
  'copy-materialized-view': {
    before: 'CREATE MATERIALIZED VIEW m AS SELECT 1 AS a',
    statement: `COPY m TO '/nonexistent/folder'`,
  },
  'new-enum-value': {
    before: `CREATE TYPE mood AS ENUM ('calm')`,
    statement: `ALTER TYPE mood ADD VALUE 'glad'; CREATE TABLE o (m mood DEFAULT 'glad')`,
  },
  'exclude-partitioned': {
    statement: 'CREATE TABLE o (id int, EXCLUDE USING btree (id WITH =)) PARTITION BY RANGE (id)',
  },
  'truncate-in-time-zone': {
    before: 'CREATE TABLE t (a timestamptz)',
    statement: `CREATE INDEX i ON t (date_trunc('day', a, 'UTC'))`,
  },
}

/** A call to each function in `newerFunctions`. */
export const functionCalls: readonly string[] = [
  `array_reverse('{1}'::int[])`,
  `array_sort('{1}'::int[])`,
  `casefold('A')`,
  `crc32('a'::bytea)`,
  `crc32c('a'::bytea)`,
  'gamma(1)',
  'lgamma(1)',
  'uuidv4()',
  'uuidv7()',
  'to_bin(1)',
  'to_oct(1)',
  `to_regtypemod('int')`,
  `unicode_assigned('a')`,
  'unicode_version()',
  'uuid_extract_timestamp(gen_random_uuid())',
  'uuid_extract_version(gen_random_uuid())',
  `xmltext('a')`,
  'any_value(1)',
  `array_sample('{1}'::int[], 1)`,
  `array_shuffle('{1}'::int[])`,
  `date_add(now(), '1 day')`,
  `date_subtract(now(), '1 day')`,
  'erf(1)',
  'erfc(1)',
  'random_normal()',
]
