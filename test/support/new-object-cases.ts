/** Migrations with sequences for new columns, validated constraints, or DO blocks that test for a role. */
import type { ConstructNameCase } from './construct-name-cases.ts'

const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
const create = (...columns: readonly string[]): string => `op.create_table('lines', ${columns.join(', ')})`
const id = "sa.Column('id', sa.Integer(), primary_key=True)"
const rename = run('ALTER SEQUENCE lines_id_seq RENAME TO rows_id_seq')
const missing = /relation "lines_id_seq" does not exist/
const live = ['CREATE TABLE halls (id int PRIMARY KEY)', 'CREATE TABLE seats (id int, hall int)']
const other = "sa.Column('part', sa.Integer(), primary_key=True)"
const counted = "sa.Column('id', sa.Integer(), primary_key=True, autoincrement=True)"

const withoutSequence: readonly (readonly [name: string, ...columns: string[]])[] = [
  ['without autoincrement', "sa.Column('id', sa.Integer(), primary_key=True, autoincrement=False)"],
  ['with a default in Python', "sa.Column('id', sa.Integer(), primary_key=True, default=1)"],
  ['with a server default', "sa.Column('id', sa.Integer(), primary_key=True, server_default='1')"],
  ['that is a foreign key', "sa.Column('id', sa.Integer(), sa.ForeignKey('halls.id'), primary_key=True)"],
  ['that a constraint makes a foreign key', id, "sa.ForeignKeyConstraint(['id'], ['halls.id'])"],
  ['of a key with two columns', id, other],
  [
    'whose key has another column with autoincrement',
    id,
    "sa.Column('part', sa.Integer(), primary_key=True, autoincrement=True)",
  ],
  ['outside the primary key', "sa.Column('id', sa.Integer())"],
]

/** Adds a constraint to `seats` without checking its rows. */
const key =
  "op.create_foreign_key('seats_hall', 'seats', 'halls', ['hall'], ['id'], postgresql_not_valid=True)"
const validate = run('ALTER TABLE seats VALIDATE CONSTRAINT seats_hall')
const odd = [...live, 'INSERT INTO seats VALUES (1, 5)']
const room = "op.add_column('seats', sa.Column('room', sa.Integer()))"
const roomKey =
  "op.create_foreign_key('seats_room', 'seats', 'halls', ['room'], ['id'], postgresql_not_valid=True)"
const validateRoom = run('ALTER TABLE seats VALIDATE CONSTRAINT seats_room')
const chairs = "op.create_table('chairs', sa.Column('id', sa.Integer()))"
const chairsCheck = "op.create_check_constraint('chairs_id', 'chairs', 'id > 0', postgresql_not_valid=True)"
const validateChairs = run('ALTER TABLE chairs VALIDATE CONSTRAINT chairs_id')

const block = (body: string): string => run(`DO $$ BEGIN ${body} END $$`)
const asks = (role: string, not = 'NOT '): string =>
  `IF ${not}EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = '${role}') THEN`
const skip = "RAISE NOTICE 'skipped'; RETURN; END IF;"
const grant = (role: string, schema = 'nowhere'): string => `GRANT USAGE ON SCHEMA ${schema} TO ${role};`
const defaults =
  "EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I '\n 'GRANT SELECT ON TABLES TO guard_absent', current_user);"
const ifOwner =
  "IF current_user <> 'postgres' AND pg_has_role(current_user, 'postgres', 'MEMBER') THEN ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO guard_absent; END IF;"

/** Cases for PostgreSQL. */
export const newObjectCases: readonly ConstructNameCase[] = [
  {
    name: 'a sequence that a new column owns',
    live,
    fails: [create(id), rename, rename],
    error: missing,
    passes: [create(id), rename, run('ALTER SEQUENCE rows_id_seq RENAME TO lines_id_seq'), rename],
  },
  {
    name: 'a sequence of a key with two columns',
    live,
    fails: [create(counted, other), rename, rename],
    error: missing,
    passes: [create(counted, other), rename, run('DROP SEQUENCE rows_id_seq CASCADE')],
  },
  {
    name: 'a sequence of a key that CASCADE drops',
    live,
    fails: [create(id), run('ALTER TABLE lines DROP COLUMN id CASCADE'), rename],
    error: missing,
    passes: [create(id), run('ALTER TABLE lines DROP CONSTRAINT lines_pkey CASCADE'), rename],
  },
  {
    name: 'a sequence beside one that CASCADE drops',
    live,
    fails: [create(id), run('DROP SEQUENCE lines_id_seq CASCADE'), rename],
    error: missing,
    passes: [
      create(id),
      `op.create_table('pages', ${id})`,
      run('DROP SEQUENCE pages_id_seq CASCADE'),
      rename,
    ],
  },
  ...withoutSequence.map(([name, ...columns]) => ({
    name: `the sequence of a column ${name}`,
    live,
    fails: [create(...columns), rename],
    error: missing,
    passes: [create("sa.Column('id', sa.BigInteger())", "sa.PrimaryKeyConstraint('id')"), rename],
  })),
  {
    name: 'a sequence that is dropped with its table',
    live,
    fails: [create(id), "op.drop_table('lines')", rename],
    error: missing,
    passes: [run('CREATE TABLE lines (id serial)'), "op.drop_table('seats')", rename],
  },
  {
    name: 'a sequence that is dropped with its column',
    live,
    fails: [create(id, "sa.Column('no', sa.Integer())"), "op.drop_column('lines', 'id')", rename],
    error: missing,
    passes: [create(id, "sa.Column('no', sa.Integer())"), "op.drop_column('lines', 'no')", rename],
  },
  {
    name: 'a sequence that is dropped with its renamed column',
    live,
    fails: [
      create(id),
      "op.alter_column('lines', 'id', new_column_name='no')",
      "op.drop_column('lines', 'no')",
      rename,
    ],
    error: missing,
    passes: [create(id), "op.alter_column('lines', 'id', new_column_name='no')", rename],
  },
  {
    name: 'a sequence that moves to another schema with its table',
    live: [...live, 'CREATE SCHEMA attic'],
    fails: [create(id), run('ALTER TABLE lines SET SCHEMA attic'), rename],
    error: missing,
    passes: [create(id), run('ALTER TABLE seats SET SCHEMA attic'), rename],
  },
  {
    name: 'a sequence whose name is taken',
    live: [...live, 'CREATE SEQUENCE lines_id_seq'],
    fails: [create(id), run('DROP SEQUENCE lines_id_seq'), rename],
    error: missing,
    passes: [create("sa.Column('id', sa.Text())"), rename],
  },
  {
    name: 'a constraint that is missing when its rows are checked',
    live,
    fails: [chairs, chairsCheck, run('ALTER TABLE chairs VALIDATE CONSTRAINT chairs_no')],
    error: /constraint "chairs_no" of relation "chairs" does not exist/,
    passes: [chairs, chairsCheck, validateChairs],
  },
  {
    name: 'a constraint of another kind whose rows are checked',
    live,
    fails: [
      create(id, "sa.UniqueConstraint('id', name='lines_key')"),
      run('ALTER TABLE lines VALIDATE CONSTRAINT lines_key'),
    ],
    error: /constraint "lines_key" of relation "lines" is not a foreign key/,
    passes: [chairs, chairsCheck, validateChairs],
  },
  {
    name: 'rows that violate a foreign key when they are checked',
    live: odd,
    fails: [key, validate],
    error: /violates foreign key constraint "seats_hall"/,
    passes: [room, roomKey, validateRoom],
  },
  {
    name: 'a new column that is filled before its foreign key is checked',
    live: odd,
    fails: [room, run('UPDATE seats SET room = 5'), roomKey, validateRoom],
    error: /violates foreign key constraint "seats_room"/,
    passes: [room, roomKey, validateRoom],
  },
  {
    name: 'a new table that is filled before its CHECK is checked',
    live,
    fails: [chairs, run('INSERT INTO chairs VALUES (0)'), chairsCheck, validateChairs],
    error: /check constraint "chairs_id".* is violated by some row/,
    passes: [chairs, chairsCheck, validateChairs],
  },
  {
    name: 'privileges for a role that exists',
    live,
    fails: [block(`${asks('pg_monitor')} ${skip} ${grant('pg_monitor')}`)],
    error: /schema "nowhere" does not exist/,
    passes: [block(`${asks('guard_absent')} ${skip} ${grant('guard_absent')} ${defaults} ${ifOwner}`)],
  },
  {
    name: 'privileges in a condition on a role that exists',
    live,
    fails: [block(`${asks('pg_monitor', '')} ${grant('pg_monitor')} END IF;`)],
    error: /schema "nowhere" does not exist/,
    passes: [block(`${asks('guard_absent', '')} ${grant('guard_absent')} ELSE NULL; END IF;`)],
  },
  {
    name: 'a role that an earlier block creates',
    live,
    fails: [
      block(`${asks('guard_made')} CREATE ROLE guard_made; END IF;`),
      block(`${asks('guard_made')} ${skip} ${grant('guard_made')}`),
    ],
    error: /schema "nowhere" does not exist/,
    passes: [
      block(`${asks('pg_monitor')} CREATE ROLE pg_monitor WITH NOLOGIN; END IF;`),
      block(`${asks('guard_made')} ${skip} ${grant('guard_made')}`),
    ],
  },
  {
    name: 'a condition on a role that never ends',
    live,
    fails: [block(`${asks('guard_absent')} RETURN; ${grant('guard_absent')}`)],
    error: /syntax error at end of input|syntax error at or near/,
    passes: [
      block(`${asks('guard_absent')} ${skip} GRANT ALL ON ALL TABLES IN SCHEMA public TO guard_absent;`),
    ],
  },
  {
    name: 'a notice without its value in a block that skips it',
    live,
    fails: [block(`${asks('guard_absent', '')} RAISE NOTICE 'no %'; ${grant('guard_absent')} END IF;`)],
    error: /too few parameters specified for RAISE/,
    passes: [block(`${asks('guard_absent', '')} RAISE NOTICE 'yes'; ${grant('guard_absent')} END IF;`)],
  },
  {
    name: 'a statement after a condition on a role',
    live,
    fails: [block(`${asks('guard_absent', '')} NULL; END IF; ${grant('pg_monitor')}`)],
    error: /schema "nowhere" does not exist/,
    passes: [block(`${asks('guard_absent', '')} ${grant('guard_absent')} END IF; NULL;`)],
  },
]
