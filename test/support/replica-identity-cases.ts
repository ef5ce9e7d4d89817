/** Replica identity cases. The index must be valid and unique, without nullable columns. */
import type { ConstructNameCase } from './construct-name-cases.ts'

const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
const seats = run('CREATE TABLE seats (id int PRIMARY KEY, hall int NOT NULL, label text, UNIQUE (label))')
const index = (rest: string, more = ''): string => run(`CREATE ${more} INDEX ix ON ${rest}`)
const identity = (name = 'ix'): string => run(`ALTER TABLE seats REPLICA IDENTITY USING INDEX ${name}`)
const nullable = (column: string): string => `op.alter_column('seats', '${column}', nullable=True)`
export const replicaIdentityCases: readonly ConstructNameCase[] = [
  {
    name: 'a replica identity by a missing index',
    live: [],
    fails: [seats, identity()],
    error: /index "ix" for table "seats" does not exist/,
    passes: [seats, index('seats (hall, id)', 'UNIQUE'), identity()],
  },
  {
    name: 'a replica identity by an index that allows duplicates',
    live: [],
    fails: [seats, index('seats (hall)'), identity()],
    error: /cannot use non-unique index "ix"/,
    passes: [seats, index('seats (hall)', 'UNIQUE'), identity()],
  },
  {
    name: 'a replica identity by an index of a nullable column',
    live: [],
    fails: [seats, index('seats (label)', 'UNIQUE'), identity()],
    error: /column "label" is nullable/,
    passes: [
      seats,
      run('ALTER TABLE seats ALTER label SET NOT NULL'),
      index('seats (label)', 'UNIQUE'),
      identity(),
    ],
  },
  {
    name: 'a replica identity by a nullable key',
    live: [],
    fails: [seats, identity('seats_label_key')],
    error: /column "label" is nullable/,
    passes: [seats, identity('seats_pkey'), run('ALTER TABLE seats REPLICA IDENTITY DEFAULT')],
  },
  {
    name: 'a replica identity by a partial index',
    live: [],
    fails: [seats, index('seats (hall) WHERE hall > 1', 'UNIQUE'), identity()],
    error: /cannot use partial index "ix"/,
    passes: [seats, index('seats (hall)', 'UNIQUE'), identity()],
  },
  {
    name: 'a replica identity by an index of another table',
    live: [],
    fails: [seats, run('CREATE TABLE halls (id int NOT NULL)'), index('halls (id)', 'UNIQUE'), identity()],
    error: /"ix" is not an index for table "seats"/,
    passes: [seats, run('CREATE TABLE halls (id int NOT NULL)'), index('seats (id)', 'UNIQUE'), identity()],
  },
  {
    name: 'a column of the replica identity that becomes nullable',
    live: [],
    fails: [seats, index('seats (hall)', 'UNIQUE'), identity(), nullable('hall')],
    error: /column "hall" is in index used as replica identity/,
    passes: [seats, index('seats (hall)', 'UNIQUE'), identity(), nullable('label')],
  },
]
