/** Partitioned tables, partitions and child tables created by pending migrations. */
import type { ConstructNameCase } from './construct-name-cases.ts'
import type { ReplayCase } from './dry-run-cases.ts'

const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
const hashed = run('CREATE TABLE seats (hall text, id int) PARTITION BY HASH (hall)')
const part = (name: string, modulus: number, remainder: number): string =>
  run(`CREATE TABLE ${name} PARTITION OF seats FOR VALUES WITH (MODULUS ${modulus}, REMAINDER ${remainder})`)
const byOp = (key: string, by = 'HASH (hall)'): string =>
  `op.create_table('seats', sa.Column('hall', sa.Text()), sa.Column('id', sa.Integer()), sa.Column('data', postgresql.JSON()), sa.PrimaryKeyConstraint(${key}), postgresql_partition_by='${by}')`

/** Each case has a failing migration and one that the guard must check completely. */
export const partitionCases: readonly ConstructNameCase[] = [
  {
    name: 'a partition whose bound another one has',
    live: [],
    fails: [hashed, part('seats_0', 2, 0), part('seats_1', 2, 0)],
    error: /would overlap partition/,
    passes: [hashed, part('seats_0', 2, 0), part('seats_1', 2, 1)],
  },
  {
    name: 'a partition with a remainder that is too large',
    live: [],
    fails: [hashed, part('seats_0', 2, 2)],
    error: /remainder .* must be less than modulus/,
    passes: [hashed, part('seats_0', 1, 0)],
  },
  {
    name: 'a partition of a table that has no partitions',
    live: [],
    fails: [run('CREATE TABLE seats (hall text)'), part('seats_0', 1, 0)],
    error: /"seats" is not partitioned/,
    passes: [byOp("'hall', 'id'"), part('seats_0', 1, 0)],
  },
  {
    name: 'a key without the partition key',
    live: [],
    fails: [byOp("'id'")],
    error: /must include all partitioning columns/,
    passes: [byOp("'id', 'hall'")],
  },
  {
    name: 'a later key without the partition key',
    live: [],
    fails: [hashed, "op.create_unique_constraint('uq', 'seats', ['id'])"],
    error: /must include all partitioning columns/,
    passes: [hashed, "op.create_unique_constraint('uq', 'seats', ['id', 'hall'])"],
  },
  {
    name: 'a unique index without the partition key',
    live: [],
    fails: [hashed, "op.create_index('ix', 'seats', ['id'], unique=True)"],
    error: /must include all partitioning columns/,
    passes: [hashed, "op.create_index('ix', 'seats', ['id'])"],
  },
  {
    name: 'an index of a partition that the index of its parent requires',
    live: [],
    fails: [
      hashed,
      part('seats_0', 1, 0),
      "op.create_index('ix', 'seats', ['hall'])",
      run('DROP INDEX IF EXISTS seats_0_hall_idx'),
    ],
    error: /cannot drop index seats_0_hall_idx because index ix requires it/,
    passes: [
      hashed,
      part('seats_0', 1, 0),
      "op.create_index('ix', 'seats', ['hall'])",
      run('DROP INDEX IF EXISTS seats_0_ix'),
      run('DROP INDEX ix'),
    ],
  },
  {
    name: 'an index of a partition that gets another name',
    live: [],
    fails: [
      hashed,
      part('seats_0', 1, 0),
      "op.create_index('ix', 'seats', ['hall'])",
      run('ALTER INDEX seats_0_hall_idx RENAME TO own'),
      run('CREATE TABLE own (id int)'),
    ],
    error: /relation "own" already exists/,
    passes: [
      hashed,
      part('seats_0', 1, 0),
      "op.create_index('ix', 'seats', ['hall'])",
      run('CREATE TABLE own (id int)'),
    ],
  },
  {
    name: 'a partition that outlives its table',
    live: [],
    fails: [
      hashed,
      part('seats_0', 1, 0),
      run('ALTER TABLE seats DETACH PARTITION seats_0'),
      "op.drop_table('seats')",
      hashed,
      part('seats_0', 1, 0),
    ],
    error: /relation "seats_0" already exists/,
    passes: [
      hashed,
      part('seats_0', 1, 0),
      "op.drop_table('seats')",
      hashed,
      part('seats_0', 1, 0),
      run('DROP INDEX IF EXISTS gone'),
    ],
  },
  {
    name: 'a partition that another table references',
    live: [],
    fails: [
      byOp("'hall', 'id'"),
      part('seats_0', 1, 0),
      run(
        'CREATE TABLE tickets (hall text, seat int, FOREIGN KEY (hall, seat) REFERENCES seats_0 (hall, id))',
      ),
      "op.drop_table('seats')",
    ],
    error: /cannot drop .*seats.* because other objects depend on it/,
    passes: [
      byOp("'hall', 'id'"),
      part('seats_0', 1, 0),
      "op.create_table('tickets', sa.Column('id', sa.Integer()))",
      "op.drop_table('seats')",
    ],
  },
  {
    name: 'a partition key of a type without an operator class',
    live: [],
    fails: [byOp("'hall', 'id'", 'RANGE (data)')],
    error: /has no default operator class|must include all/,
    passes: [byOp("'hall', 'id'", 'RANGE (id, hall)')],
  },
]

/** Dropping a table also drops its partitions and children, whose names then become available. */
export const childTableCases: readonly ReplayCase[] = [
  {
    name: 'a partition whose name another partition has',
    code: 'AG301',
    live: 'SELECT 1',
    pending: [hashed, part('seats_0', 2, 0), part('seats_0', 2, 1)],
    passes: [
      { pending: [hashed, part('seats_0', 2, 0), part('seats_1', 2, 1)] },
      {
        pending: [
          hashed,
          part('seats_0', 1, 0),
          "op.create_index('ix_0', 'seats_0', ['id'])",
          "op.drop_table('seats')",
          hashed,
          part('seats_0', 1, 0),
          "op.create_index('ix_0', 'seats_0', ['id'])",
        ],
      },
      { pending: [hashed, part('seats_0', 2, 0), "op.drop_table('seats')", hashed, part('seats_0', 1, 0)] },
      {
        pending: [
          hashed,
          part('seats_0', 2, 0),
          run('DO $$ BEGIN IF EXISTS (SELECT 1) THEN DROP TABLE seats; END IF; END $$'),
          hashed,
          part('seats_0', 1, 0),
        ],
      },
      {
        live: 'CREATE TABLE seats (hall text, id int) PARTITION BY HASH (hall); CREATE TABLE seats_0 PARTITION OF seats FOR VALUES WITH (MODULUS 1, REMAINDER 0)',
        pending: ["op.drop_table('seats')", hashed, part('seats_0', 1, 0)],
      },
      {
        live: 'CREATE TABLE seats (id int); CREATE TABLE seats_0 (name text) INHERITS (seats)',
        pending: [run('DROP TABLE seats CASCADE'), run('CREATE TABLE seats_0 (id int)')],
      },
      {
        pending: [
          run('CREATE TABLE halls (id int)'),
          run('CREATE TABLE seats (name text) INHERITS (halls)'),
          run('DROP TABLE halls CASCADE'),
          run('CREATE TABLE seats (id int)'),
        ],
      },
    ],
  },
]
