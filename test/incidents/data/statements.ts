/** Pending migrations containing statements that the database rejects. */
import type { Files, Incident } from '../incident.ts'

const shop: Files = {
  users_1: ': table users email',
  phone_2: 'users_1: column users.phone',
  orders_3: 'phone_2: table orders',
}
const appRole = `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'incident_app') THEN CREATE ROLE incident_app LOGIN; END IF; END $$`

export const refusedStatements: readonly Incident[] = [
  {
    name: 'a required column in a batch, and rows',
    thread: 'https://github.com/DashAISoftware/dashAI/pull/824',
    on: ['sqlite'],
    steps: [
      {
        commit: {
          ...shop,
          latest_4: `orders_3: with op.batch_alter_table('users') as batch: batch.add_column(sa.Column('latest', sa.String(), nullable=False))`,
        },
      },
      { upgrade: ['orders_3'] },
      { sql: [`INSERT INTO users (id, email) VALUES (1, 'a')`] },
    ],
    alembic: /NOT NULL/,
    verdict: 'blocked',
    code: 'AG306',
    says: /latest/,
    hint: /server_default|default/,
    cure: [
      {
        commit: {
          latest_4: `orders_3: with op.batch_alter_table('users') as batch: batch.add_column(sa.Column('latest', sa.String(), nullable=False, server_default=''))`,
        },
      },
    ],
  },
  {
    name: 'a required column without a default, and no rows',
    thread: 'https://github.com/privacera/paig/issues/227',
    steps: [{ commit: { ...shop, key_4: 'orders_3: required users.key' } }, { upgrade: ['orders_3'] }],
    alembic: 'succeeds',
    verdict: 'pass',
  },
  {
    name: 'a table is dropped that create_all() no longer makes',
    thread: 'https://github.com/Observal/Observal/issues/1555',
    steps: [
      { commit: { ...shop, teams_4: `orders_3: op.drop_table('agent_team_access')` } },
      { upgrade: ['orders_3'] },
    ],
    alembic: /does not exist|no such table/,
    verdict: 'blocked',
    code: 'AG302',
    says: /agent_team_access/,
    hint: /agent_team_access|--to teams_4/,
    cure: [{ commit: { teams_4: 'orders_3: ' } }],
  },
  {
    name: 'the first migration changes tables that it expects',
    thread: 'https://github.com/c2siorg/dataloom/issues/141',
    steps: [{ commit: { uuids_1: ': column checkpoints.key; table logs' } }],
    alembic: /does not exist|no such table/,
    verdict: 'blocked',
    code: 'AG302',
    says: /checkpoints/,
    never: /stamp|placeholder/,
    cure: [{ commit: { uuids_1: ': table checkpoints; column checkpoints.key; table logs' } }],
  },
  {
    name: 'a foreign key to a table that lost its primary key',
    thread: 'https://github.com/moonklabs/sprintable/pull/816',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          story_4: `orders_3: op.add_column('users', sa.Column('order_id', sa.Integer(), sa.ForeignKey('orders.id')))`,
        },
      },
      { upgrade: ['orders_3'] },
      { sql: ['ALTER TABLE orders DROP CONSTRAINT orders_pkey'] },
    ],
    alembic: /no unique constraint matching/,
    verdict: 'blocked',
    code: 'AG306|AG302|AG303',
    says: /primary key|unique/,
    cure: [{ sql: ['ALTER TABLE orders ADD PRIMARY KEY (id)'] }],
  },
  {
    name: 'a foreign key that was made by hand',
    thread: 'https://github.com/fedora-infra/koschei/issues/38',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          last_4: `orders_3: op.add_column('users', sa.Column('last_order', sa.Integer()))`,
          fkey_5: `last_4: op.create_foreign_key('fkey_users_last_order', 'users', 'orders', ['last_order'], ['id'])`,
        },
      },
      { upgrade: ['last_4'] },
      {
        sql: [
          'ALTER TABLE users ADD CONSTRAINT fkey_users_last_order FOREIGN KEY (last_order) REFERENCES orders (id)',
        ],
      },
    ],
    alembic: /already exists/,
    verdict: 'blocked',
    code: 'AG301',
    says: /fkey_users_last_order/,
    hint: /restamp --from last_4 --to fkey_5/,
  },
  {
    name: 'a unique constraint has another name in this database',
    thread: 'https://github.com/apache/superset/issues/5728',
    on: ['postgresql'],
    flask: true,
    steps: [
      {
        commit: {
          ...shop,
          unique_4: `orders_3: op.create_unique_constraint('uq_users_email', 'users', ['email'])`,
          again_5: `unique_4: op.drop_constraint('uq_users_email', 'users', type_='unique')`,
        },
      },
      { upgrade: ['unique_4'] },
      { sql: ['ALTER TABLE users RENAME CONSTRAINT uq_users_email TO users_email_key'] },
    ],
    alembic: /does not exist/,
    verdict: 'blocked',
    code: 'AG302|AG303',
    says: /uq_users_email/,
    never: /stamp.* again_5/,
    cure: [{ sql: ['ALTER TABLE users RENAME CONSTRAINT users_email_key TO uq_users_email'] }],
  },
  {
    name: 'one constraint name for two tables',
    thread: 'https://github.com/OWASP/OpenCRE/issues/994',
    on: ['postgresql'],
    flask: true,
    steps: [
      {
        commit: {
          ...shop,
          pair_4: `orders_3: op.create_unique_constraint('uq_pair', 'users', ['email', 'phone']); op.create_unique_constraint('uq_pair', 'orders', ['id'])`,
        },
      },
      { upgrade: ['orders_3'] },
    ],
    alembic: /already exists/,
    verdict: 'blocked',
    code: 'AG301',
    says: /uq_pair/,
    never: /stamp/,
    cure: [
      {
        commit: {
          pair_4: `orders_3: op.create_unique_constraint('uq_pair', 'users', ['email', 'phone']); op.create_unique_constraint('uq_order', 'orders', ['id'])`,
        },
      },
    ],
  },
  {
    name: 'the tables belong to another role',
    thread: 'https://github.com/apache/superset/issues/24494',
    on: ['postgresql'],
    role: 'incident_app',
    steps: [
      { sql: [appRole, 'GRANT CREATE ON SCHEMA public TO incident_app'] },
      { commit: { ...shop, value_4: 'orders_3: column users.value' } },
      { upgrade: ['orders_3'] },
      { sql: ['ALTER TABLE users OWNER TO postgres'] },
    ],
    alembic: /must be owner of table users/,
    verdict: 'blocked',
    code: 'AG210|AG306',
    says: /users/,
    hint: /own/i,
    cure: [{ sql: ['ALTER TABLE users OWNER TO incident_app'] }],
  },
  {
    name: 'a backport made a column that a later migration makes',
    thread: 'https://github.com/galaxyproject/galaxy/issues/21699',
    steps: [
      {
        commit: {
          ...shop,
          cleanup_4: 'orders_3: table cleanups',
          tool_5: 'cleanup_4: column users.tool; column users.version',
          last_6: 'tool_5: table lasts',
        },
      },
      { upgrade: ['orders_3'] },
      { sql: ['ALTER TABLE users ADD COLUMN tool VARCHAR(40)'] },
    ],
    alembic: /already exists|duplicate column/,
    verdict: 'blocked',
    code: 'AG301',
    says: /tool/,
    never: /stamp/,
    cure: [{ sql: ['ALTER TABLE users DROP COLUMN tool'] }],
  },
  {
    name: 'ALTER COLUMN on SQLite, outside of a batch',
    thread: 'https://github.com/miguelgrinberg/Flask-Migrate/issues/306',
    on: ['sqlite'],
    flask: true,
    steps: [
      { commit: { ...shop, password_4: `orders_3: op.alter_column('users', 'email', nullable=False)` } },
      { upgrade: ['orders_3'] },
    ],
    alembic: /near "ALTER"/,
    verdict: 'blocked',
    code: 'AG306',
    says: /batch/,
    hint: /batch_alter_table/,
    cure: [
      {
        commit: {
          password_4: `orders_3: with op.batch_alter_table('users') as batch: batch.alter_column('email', nullable=False)`,
        },
      },
    ],
  },
  {
    name: 'a constraint behind a new table on SQLite',
    thread: 'https://github.com/ShaerWare/AI_Secretary_System/pull/750',
    on: ['sqlite'],
    steps: [
      {
        commit: {
          ...shop,
          feeds_4: `orders_3: table feeds guid; op.create_unique_constraint('uq_feeds', 'feeds', ['guid'])`,
        },
      },
      { upgrade: ['orders_3'] },
    ],
    alembic: /No support for ALTER of constraints/,
    verdict: 'blocked',
    code: 'AG306',
    says: /uq_feeds/,
    hint: /batch_alter_table|create_table/,
    never: /stamp/,
    cure: [
      {
        commit: {
          feeds_4: `orders_3: op.create_table('feeds', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('guid', sa.String(40)), sa.UniqueConstraint('guid', name='uq_feeds'))`,
        },
      },
    ],
  },
  {
    name: 'RENAME of a column without the word COLUMN',
    thread: 'https://github.com/tjcsl/cslbot/issues/1297',
    steps: [
      {
        commit: {
          ...shop,
          accepted_4: `orders_3: op.execute('ALTER TABLE users RENAME email TO mail')`,
        },
      },
      { upgrade: ['orders_3'] },
    ],
    alembic: 'succeeds',
    verdict: 'pass',
  },
  {
    name: 'text that PostgreSQL does not cast to integer',
    thread: 'https://github.com/morpheus65535/bazarr/issues/2664',
    on: ['postgresql'],
    flask: true,
    steps: [
      {
        commit: {
          ...shop,
          format_4: `orders_3: op.alter_column('users', 'email', type_=sa.Integer())`,
        },
      },
      { upgrade: ['orders_3'] },
    ],
    alembic: /cannot be cast automatically/,
    verdict: 'blocked',
    code: 'AG306',
    says: /email/,
    hint: /postgresql_using/,
    cure: [
      {
        commit: {
          format_4: `orders_3: op.alter_column('users', 'email', type_=sa.Integer(), postgresql_using='email::integer')`,
        },
      },
    ],
  },
]
