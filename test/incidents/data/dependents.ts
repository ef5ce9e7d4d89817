/** Incidents involving dependent or missing objects. */
import type { Files, Incident } from '../incident.ts'

const shop: Files = {
  users_1: ': table users email',
  phone_2: 'users_1: column users.phone',
  orders_3: 'phone_2: table orders',
}
const tickets = 'orders_3: enum tickets.state state'
const buyers = `op.create_table('buyers', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('user_id', sa.Integer(), sa.ForeignKey('users.id')))`
const wallets = `op.create_table('wallets', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('user_id', sa.Integer()))`
const foreign = `op.create_foreign_key('fk_wallets_user', 'wallets', 'users', ['user_id'], ['id'])`
const uppercase = `op.execute("ALTER TYPE state RENAME VALUE 'open' TO 'OPEN'")`
const dropType = `op.execute('DROP TYPE state')`

export const dependents: readonly Incident[] = [
  {
    name: 'a table is dropped before the one that refers to it',
    thread: 'https://github.com/thoth-station/storages/issues/2008',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          buyers_4: `orders_3: ${buyers}`,
          less_5: `buyers_4: op.drop_table('users'); op.drop_table('buyers')`,
        },
      },
      { upgrade: ['buyers_4'] },
    ],
    alembic: /cannot drop table users because other objects depend on it/,
    verdict: 'blocked',
    code: 'AG306',
    says: /buyers/,
    hint: /drop/i,
    never: /stamp/,
    cure: [{ commit: { less_5: `buyers_4: op.drop_table('buyers'); op.drop_table('users')` } }],
  },
  {
    name: 'an enum type is dropped before its table',
    thread: 'https://github.com/ida-arbeitszeit/workers-control/pull/464',
    on: ['postgresql'],
    flask: true,
    steps: [
      {
        commit: {
          ...shop,
          tickets_4: tickets,
          less_5: `tickets_4: ${dropType}; op.drop_table('tickets')`,
        },
      },
      { upgrade: ['tickets_4'] },
    ],
    alembic: /cannot drop type state because other objects depend on it/,
    verdict: 'blocked',
    code: 'AG306',
    says: /tickets/,
    never: /stamp/,
    cure: [{ commit: { less_5: `tickets_4: op.drop_table('tickets'); ${dropType}` } }],
  },
  {
    name: 'an enum type is dropped after its table',
    thread: 'https://github.com/ida-arbeitszeit/workers-control/pull/464',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          tickets_4: tickets,
          less_5: `tickets_4: op.drop_table('tickets'); ${dropType}`,
        },
      },
      { upgrade: ['tickets_4'] },
    ],
    alembic: 'succeeds',
    verdict: 'pass',
  },
  {
    name: 'autogenerate drops a table that belongs to an extension',
    thread: 'https://github.com/hotosm/tasking-manager/issues/6370',
    on: ['postgresql'],
    flask: true,
    steps: [
      { commit: { ...shop, less_4: `orders_3: op.drop_table('place')` } },
      { upgrade: ['orders_3'] },
      {
        sql: [
          'CREATE EXTENSION pageinspect',
          'CREATE TABLE place (id INTEGER)',
          'ALTER EXTENSION pageinspect ADD TABLE place',
        ],
      },
    ],
    alembic: /cannot drop table place because extension pageinspect requires it/,
    verdict: 'blocked',
    code: 'AG306',
    says: /pageinspect/,
    never: /stamp|DROP TABLE|CASCADE/,
    cure: [{ commit: { less_4: 'orders_3:' } }],
  },
  {
    name: 'a column is dropped that a policy of another table reads',
    thread: 'https://github.com/Morelitea/initiative/pull/1045',
    on: ['postgresql'],
    steps: [
      { commit: { ...shop, less_4: `orders_3: op.drop_column('users', 'phone')` } },
      { upgrade: ['orders_3'] },
      {
        sql: [
          'CREATE POLICY seen ON orders FOR SELECT USING (EXISTS (SELECT 1 FROM users WHERE users.id = orders.id AND users.phone IS NOT NULL))',
        ],
      },
    ],
    alembic: /cannot drop column phone of table users because other objects depend on it/,
    verdict: 'blocked',
    code: 'AG306',
    says: /seen/,
    hint: /polic/i,
    never: /stamp/,
    cure: [
      {
        commit: {
          less_4: `orders_3: op.execute('DROP POLICY IF EXISTS seen ON orders'); op.drop_column('users', 'phone')`,
        },
      },
    ],
  },
  {
    name: 'an enum value is renamed that has the new name already',
    thread: 'https://github.com/scaleapi/scale-agentex/pull/213',
    on: ['postgresql'],
    steps: [
      { commit: { ...shop, tickets_4: tickets, upper_5: `tickets_4: ${uppercase}` } },
      { upgrade: ['tickets_4'] },
      { sql: [`ALTER TYPE state RENAME VALUE 'open' TO 'OPEN'`] },
    ],
    alembic: /"open" is not an existing enum label/,
    verdict: 'blocked',
    code: 'AG302|AG306',
    says: /open/,
    cure: [{ sql: [`ALTER TYPE state RENAME VALUE 'OPEN' TO 'open'`] }],
  },
  {
    name: 'a column of the primary key is to become nullable',
    thread: 'https://github.com/thoth-station/storages/pull/1125',
    on: ['postgresql'],
    steps: [
      {
        commit: { ...shop, null_4: `orders_3: op.alter_column('orders', 'id', nullable=True)` },
      },
      { upgrade: ['orders_3'] },
    ],
    alembic: /column "id" is in a primary key/,
    verdict: 'blocked',
    code: 'AG306',
    says: /primary key/,
    never: /stamp/,
    cure: [{ commit: { null_4: 'orders_3:' } }],
  },
  {
    name: 'a foreign key is added, and rows refer to nothing',
    thread: 'https://github.com/aprin-labs/archimedes/pull/1438',
    on: ['postgresql'],
    steps: [
      { commit: { ...shop, wallets_4: `orders_3: ${wallets}`, foreign_5: `wallets_4: ${foreign}` } },
      { upgrade: ['wallets_4'] },
      { sql: ['INSERT INTO wallets (user_id) VALUES (7)'] },
    ],
    alembic: /violates foreign key constraint "fk_wallets_user"/,
    verdict: 'blocked',
    code: 'AG306',
    says: /wallets/,
    never: /stamp/,
    cure: [{ sql: ['DELETE FROM wallets'] }],
  },
  {
    name: 'a foreign key is added NOT VALID, and rows refer to nothing',
    thread: 'https://github.com/aprin-labs/archimedes/pull/1438',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          wallets_4: `orders_3: ${wallets}`,
          foreign_5: `wallets_4: ${foreign.replace(/\)$/, ', postgresql_not_valid=True)')}`,
        },
      },
      { upgrade: ['wallets_4'] },
      { sql: ['INSERT INTO wallets (user_id) VALUES (7)'] },
    ],
    alembic: 'succeeds',
    verdict: 'pass',
  },
  {
    name: 'an index of the first migration was dropped by hand, and is to be replaced',
    thread: 'https://github.com/sseshachala/conductai/pull/1961',
    steps: [
      {
        commit: {
          ...shop,
          limits_4: 'orders_3: index users.email',
          spend_5: `limits_4: op.drop_index('ix_users_email', table_name='users'); column users.cap; index users.cap`,
        },
      },
      { upgrade: ['limits_4'] },
      { sql: ['DROP INDEX ix_users_email'] },
    ],
    alembic: /does not exist|no such index/,
    verdict: 'blocked',
    code: 'AG302|AG303',
    says: /ix_users_email/,
    never: /stamp.* spend_5/,
    cure: [{ sql: ['CREATE INDEX ix_users_email ON users (email)'] }],
  },
  {
    name: 'a primary key is dropped that this database lacks',
    thread: 'https://github.com/lablup/backend.ai/pull/1963',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          keyless_4: `orders_3: op.drop_constraint('orders_pkey', 'orders', type_='primary')`,
        },
      },
      { upgrade: ['orders_3'] },
      { sql: ['ALTER TABLE orders DROP CONSTRAINT orders_pkey'] },
    ],
    alembic: /constraint "orders_pkey" of relation "orders" does not exist/,
    verdict: 'blocked',
    code: 'AG302|AG303',
    says: /orders_pkey/,
    cure: [{ sql: ['ALTER TABLE orders ADD PRIMARY KEY (id)'] }],
  },
]
