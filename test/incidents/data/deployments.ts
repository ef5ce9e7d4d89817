/** Deployments that fail because of the release command, a transaction or env.py. */
import type { Files, Incident } from '../incident.ts'

const shop: Files = {
  users_1: ': table users email',
  phone_2: 'users_1: column users.phone',
  orders_3: 'phone_2: table orders',
}
const long = '20260820_add_backup_verification_runs'
const buyers = `op.create_table('buyers', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('user_id', sa.Integer(), sa.ForeignKey('users.id')))`
const widen = `op.alter_column('alembic_version', 'version_num', existing_type=sa.String(32), type_=sa.String(255))`
const concurrently = `op.create_index('ix_users_phone', 'users', ['phone'], postgresql_concurrently=True)`
const since = `sa.Column('since', sa.DateTime(), server_default=sa.text('CURRENT_TIMESTAMP'))`
const copied = `with op.batch_alter_table('users', recreate='always') as batch: batch.add_column(sa.Column('hash', sa.String(40)))`

/** An env.py that creates its engine and executes statements before `context.configure`. */
const env = (...before: readonly string[]): string => `import os

from alembic import context
from sqlalchemy import create_engine, pool, text

given = context.config.attributes.get('engine')
url = given.url if given is not None else os.environ['DATABASE_URL']
engine = create_engine(url, poolclass=pool.NullPool, future=True)
with engine.connect() as connection:
${before.map((line) => `    ${line}\n`).join('')}    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`

export const deployments: readonly Incident[] = [
  {
    name: 'the image of the release before, after a failed upgrade to the next',
    thread: 'https://github.com/langgenius/dify/issues/15220',
    flask: true,
    steps: [
      {
        commit: {
          ...shop,
          plugins_4: 'orders_3: table plugins; column users.plugin',
          installs_5: 'plugins_4: table installs',
        },
      },
      { upgrade: ['head'] },
      { change: { plugins_4: null, installs_5: null } },
      { image: true },
    ],
    alembic: /Can't locate revision identified by 'installs_5'/,
    verdict: 'blocked',
    code: 'AG201',
    says: /installs_5/,
    hint: /rollback.*newer release/,
    never: /git (restore|merge)/,
    cure: [
      {
        change: {
          plugins_4: 'orders_3: table plugins; column users.plugin',
          installs_5: 'plugins_4: table installs',
        },
      },
    ],
  },
  {
    name: 'the startup code adds a column that a branch of a merge adds',
    thread: 'https://github.com/greeves89/AI-Employee/issues/825',
    steps: [
      {
        commit: {
          ...shop,
          callback_4: 'orders_3: column users.callback',
          policy_4: 'orders_3: table policies',
          merged_5: 'callback_4 policy_4:',
          access_6: 'merged_5: column policies.access',
        },
      },
      { upgrade: ['orders_3'] },
      { sql: ['ALTER TABLE users ADD COLUMN callback VARCHAR(40)'] },
    ],
    alembic: /already exists|duplicate column/,
    verdict: 'blocked',
    code: 'AG301',
    says: /callback/,
    hint: /--from orders_3 --to callback_4|stamp callback_4/,
    never: /stamp.* (merged_5|access_6|policy_4)/,
  },
  {
    name: 'postgresql_concurrently inside the transaction of a migration',
    thread: 'https://github.com/METR/hawk/pull/285',
    on: ['postgresql'],
    configure: 'transaction_per_migration=True',
    steps: [{ commit: { ...shop, fast_4: `orders_3: ${concurrently}` } }, { upgrade: ['orders_3'] }],
    alembic: /CREATE INDEX CONCURRENTLY cannot run inside a transaction block/,
    verdict: 'blocked',
    code: 'AG306',
    says: /ix_users_phone|CONCURRENTLY/,
    hint: /autocommit_block/,
    never: /stamp/,
    cure: [{ commit: { fast_4: `orders_3: with op.get_context().autocommit_block(): ${concurrently}` } }],
  },
  {
    name: 'postgresql_concurrently in an autocommit_block',
    thread: 'https://github.com/METR/hawk/pull/285',
    on: ['postgresql'],
    configure: 'transaction_per_migration=True',
    steps: [
      {
        commit: {
          ...shop,
          fast_4: `orders_3: with op.get_context().autocommit_block(): ${concurrently}`,
        },
      },
      { upgrade: ['orders_3'] },
    ],
    alembic: 'succeeds',
    verdict: 'pass',
  },
  {
    name: 'a pending migration widens the version column before a long id',
    thread: 'https://github.com/KR8MER/eas-station/pull/217',
    on: ['postgresql'],
    steps: [
      {
        commit: { ...shop, wide_4: `orders_3: ${widen}`, [long]: 'wide_4: table outcomes' },
      },
      { upgrade: ['orders_3'] },
    ],
    alembic: 'succeeds',
    verdict: 'pass',
  },
  {
    name: 'a pending migration widens the version column after a long id',
    thread: 'https://github.com/KR8MER/eas-station/pull/2435',
    on: ['postgresql'],
    steps: [
      {
        commit: { ...shop, [long]: 'orders_3: table outcomes', wide_5: `${long}: ${widen}` },
      },
      { upgrade: ['orders_3'] },
    ],
    alembic: /value too long for type character varying\(32\)/,
    verdict: 'blocked',
    code: 'AG205',
    says: /20260820_add_backup/,
    hint: /32|shorter|widen/i,
    never: /stamp/,
    cure: [
      {
        commit: { wide_5: null, [long]: 'wide_4: table outcomes', wide_4: `orders_3: ${widen}` },
      },
    ],
  },
  {
    name: 'a column whose default is CURRENT_TIMESTAMP, and rows',
    thread: 'https://github.com/sqlalchemy/alembic/issues/883',
    on: ['sqlite'],
    steps: [
      { commit: { ...shop, since_4: `orders_3: op.add_column('users', ${since})` } },
      { upgrade: ['orders_3'] },
      { sql: [`INSERT INTO users (id, email) VALUES (1, 'a')`] },
    ],
    alembic: /Cannot add a column with non-constant default/,
    verdict: 'blocked',
    code: 'AG306',
    says: /since/,
    hint: /batch/,
    never: /stamp/,
    cure: [
      {
        commit: {
          since_4: `orders_3: with op.batch_alter_table('users') as batch: batch.add_column(${since})`,
        },
      },
    ],
  },
  {
    name: 'a column whose default is CURRENT_TIMESTAMP, and rows, in a batch',
    thread: 'https://github.com/sqlalchemy/alembic/issues/883',
    on: ['sqlite'],
    steps: [
      {
        commit: {
          ...shop,
          since_4: `orders_3: with op.batch_alter_table('users') as batch: batch.add_column(${since})`,
        },
      },
      { upgrade: ['orders_3'] },
      { sql: [`INSERT INTO users (id, email) VALUES (1, 'a')`] },
    ],
    alembic: 'succeeds',
    verdict: 'pass',
  },
  {
    name: 'env.py runs a query and never commits, so the upgrade is rolled back',
    thread: 'https://github.com/dividor/evidencelab/pull/115',
    steps: [
      { commit: shop },
      { upgrade: ['phone_2'] },
      { commit: { 'migrations/env.py': env(`connection.execute(text('SELECT 1'))`) } },
    ],
    alembic: 'wrong',
    verdict: 'blocked',
    code: 'AG100',
    says: /doesn't commit/,
    hint: /connection\.commit\(\)/,
    never: /stamp/,
    cure: [
      {
        commit: {
          'migrations/env.py': env(`connection.execute(text('SELECT 1'))`, 'connection.commit()'),
        },
      },
    ],
  },
  {
    name: 'env.py runs a query and commits',
    thread: 'https://github.com/dividor/evidencelab/pull/115',
    steps: [
      { commit: shop },
      { upgrade: ['phone_2'] },
      {
        commit: {
          'migrations/env.py': env(`connection.execute(text('SELECT 1'))`, 'connection.commit()'),
        },
      },
    ],
    alembic: 'succeeds',
    verdict: 'pass',
  },
  {
    name: 'a batch copies a table that rows refer to, and foreign keys are off by default',
    thread: 'https://github.com/miguelgrinberg/Flask-Migrate/issues/291',
    on: ['sqlite'],
    steps: [
      { commit: { ...shop, buyers_4: `orders_3: ${buyers}`, hash_5: `buyers_4: ${copied}` } },
      { upgrade: ['buyers_4'] },
      {
        sql: [
          `INSERT INTO users (id, email) VALUES (1, 'a')`,
          'INSERT INTO buyers (id, user_id) VALUES (1, 1)',
        ],
      },
    ],
    alembic: 'succeeds',
    verdict: 'pass',
  },
]
