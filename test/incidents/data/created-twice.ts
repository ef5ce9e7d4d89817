/** Two pending statements create the same object, so no database change can fix the failure. */
import type { Incident } from '../incident.ts'

const column = `sa.Column('id', sa.Integer(), primary_key=True)`
const kind = `sa.Enum('a', 'b', name='kind')`

export const createdTwice: readonly Incident[] = [
  {
    name: 'a pending migration adds a column that an earlier pending one created with the table',
    thread: 'https://github.com/dataforgoodfr/12_bloom/pull/169',
    steps: [
      {
        commit: {
          users_1: ': table users',
          vessels_2: 'users_1: table vessels details',
          details_3: 'vessels_2: column vessels.details',
        },
      },
      { upgrade: ['users_1'] },
    ],
    alembic: /column "details" of relation "vessels" already exists|duplicate column name: details/,
    verdict: 'blocked',
    code: 'AG301',
    says: /Two pending migrations create column vessels.details.*vessels_2, \S+vessels_2\S*\.py:\d+ creates it first/,
    hint: /Remove one of the two statements \(the first is at vessels_2, /,
    never: /stamp|drop or rename/,
    cure: [{ commit: { details_3: 'vessels_2: pass' } }],
  },
  {
    name: 'one name for a unique constraint of each of two tables',
    thread: 'https://github.com/OWASP/OpenCRE/issues/994',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          links_1: ': table links cre node; table node_links cre node',
          pairs_2: `links_1: op.create_unique_constraint('uq_pair', 'links', ['cre']); op.create_unique_constraint('uq_pair', 'node_links', ['cre'])`,
        },
      },
      { upgrade: ['links_1'] },
    ],
    alembic: /relation "uq_pair" already exists/,
    verdict: 'blocked',
    code: 'AG301',
    says: /pairs_2 creates .*uq_pair twice/,
    hint: /Remove one of the two statements/,
    never: /stamp|drop or rename/,
    cure: [
      {
        commit: {
          pairs_2: `links_1: op.create_unique_constraint('uq_pair', 'links', ['cre']); op.create_unique_constraint('uq_node_pair', 'node_links', ['cre'])`,
        },
      },
    ],
  },
  {
    name: 'an enum type that the migration creates before its table does',
    thread: 'https://github.com/Pogchamp-company/alembic-postgresql-enum/issues/14',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          users_1: ': table users',
          kinds_2: `users_1: ${kind}.create(op.get_bind()); op.create_table('kinds', ${column}, sa.Column('kind', ${kind}))`,
        },
      },
      { upgrade: ['users_1'] },
    ],
    alembic: /type "kind" already exists/,
    verdict: 'blocked',
    code: 'AG305',
    says: /kinds_2 creates type kind twice/,
    hint: /create_type=False/,
    never: /drop it/,
    cure: [
      { commit: { kinds_2: `users_1: op.create_table('kinds', ${column}, sa.Column('kind', ${kind}))` } },
    ],
  },
  {
    name: 'an enum type that two pending migrations create',
    thread: 'https://github.com/sqlalchemy/alembic/issues/1254',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          users_1: ': table users',
          first_2: `users_1: op.execute("CREATE TYPE kind AS ENUM ('a', 'b')")`,
          kinds_3: `first_2: op.create_table('kinds', ${column}, sa.Column('kind', ${kind}))`,
        },
      },
      { upgrade: ['users_1'] },
    ],
    alembic: /type "kind" already exists/,
    verdict: 'blocked',
    code: 'AG305',
    says: /Two pending migrations create type kind.*first_2/,
    hint: /the first is at first_2, .*create_type=False/,
    never: /drop it/,
    cure: [{ commit: { first_2: 'users_1: pass' } }],
  },
  {
    name: 'an existing table that one pending migration skips and the next one creates',
    thread: 'https://github.com/KR8MER/eas-station/pull/216',
    steps: [
      {
        commit: {
          users_1: ': table users',
          maybe_2: `users_1: op.execute('CREATE TABLE IF NOT EXISTS radios (id INTEGER)')`,
          radios_3: 'maybe_2: table radios',
        },
      },
      { upgrade: ['users_1'] },
      { sql: ['CREATE TABLE radios (id INTEGER)'] },
    ],
    alembic: /radios"? already exists/,
    verdict: 'blocked',
    code: 'AG301',
    says: /the database already has a table of that name/,
    hint: /drop or rename|stamp/,
    cure: 'none',
  },
]
