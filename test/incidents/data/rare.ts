/** Rare cases, such as invalid ids, invalid labels and read-only databases. */
import type { Files, Incident } from '../incident.ts'

const shop: Files = {
  users_1: ': table users email',
  phone_2: 'users_1: column users.phone',
  orders_3: 'phone_2: table orders',
}

/** A root revision with a branch label. */
const labelled = (id: string, label: string): string =>
  `revision = '${id}'\ndown_revision = None\nbranch_labels = ('${label}',)\n\n\ndef upgrade():\n    pass\n`

const renamed = `with op.batch_alter_table('logs') as batch: batch.alter_column('user_id', new_column_name='owner_id')`

export const rareStates: readonly Incident[] = [
  {
    name: 'one branch label on two branches',
    thread: 'https://alembic.sqlalchemy.org/en/latest/branches.html#working-with-branch-labels',
    target: 'heads',
    steps: [
      { commit: shop },
      { upgrade: ['head'] },
      {
        commit: {
          'migrations/versions/plugin_x.py': labelled('plugin_1', 'extras'),
          'migrations/versions/addon_x.py': labelled('addon_1', 'extras'),
        },
      },
    ],
    alembic: /already used by revision/,
    verdict: 'blocked',
    code: 'AG106',
    says: /extras/,
    hint: /rename or remove/i,
    cure: [{ commit: { 'migrations/versions/addon_x.py': labelled('addon_1', 'addons') } }],
  },
  {
    name: 'an id with a character that Alembic keeps for itself',
    thread: 'https://github.com/sqlalchemy/alembic/issues/1540',
    steps: [
      { commit: shop },
      { upgrade: ['head'] },
      { commit: { 'notes-4': 'orders_3: column users.notes' } },
    ],
    alembic: /not allowed in revision identifier/,
    verdict: 'blocked',
    code: 'AG107',
    says: /notes-4/,
    hint: /^Change the id/,
    cure: [{ commit: { 'notes-4': null, notes_4: 'orders_3: column users.notes' } }],
  },
  {
    name: 'a second root beside the history, target heads',
    thread: 'https://alembic.sqlalchemy.org/en/latest/branches.html#working-with-multiple-bases',
    target: 'heads',
    steps: [{ commit: shop }, { upgrade: ['head'] }, { commit: { plugin_1: ': table plugins' } }],
    alembic: 'succeeds',
    verdict: 'either',
    code: 'AG111',
    says: /plugin_1/,
    cure: [{ commit: { plugin_1: 'orders_3: table plugins' } }],
  },
  {
    name: 'a role whose transactions are read-only',
    thread:
      'https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-DEFAULT-TRANSACTION-READ-ONLY',
    on: ['postgresql'],
    role: 'incident_reader',
    steps: [
      {
        sql: [
          `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'incident_reader') THEN CREATE ROLE incident_reader LOGIN; END IF; END $$`,
          'ALTER ROLE incident_reader RESET default_transaction_read_only',
          'GRANT CREATE ON SCHEMA public TO incident_reader',
        ],
      },
      { commit: shop },
      { upgrade: ['head'] },
      { sql: ['ALTER ROLE incident_reader SET default_transaction_read_only = on'] },
      { commit: { invoices_4: 'orders_3: table invoices' } },
    ],
    alembic: /read-only transaction/,
    verdict: 'blocked',
    code: 'AG211',
    says: /read_only/,
    cure: [{ sql: ['ALTER ROLE incident_reader RESET default_transaction_read_only'] }],
  },
  {
    name: 'the row was written by hand, and is right',
    thread: 'https://github.com/andela/mrm_api/pull/187',
    on: ['postgresql'],
    steps: [{ commit: shop }, { upgrade: ['head'] }, { rows: ['orders_3'] }],
    alembic: 'succeeds',
    verdict: 'pass',
    code: 'AG304',
  },
  {
    name: 'IF NOT EXISTS finds an index that is INVALID',
    thread: 'https://github.com/Soju06/codex-lb/pull/1732',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          fast_4: `orders_3: op.execute('CREATE UNIQUE INDEX IF NOT EXISTS ux_users_email ON users (email)')`,
        },
      },
      { upgrade: ['orders_3'] },
      { sql: [`INSERT INTO users (email) VALUES ('a'), ('a')`] },
      { sql: ['CREATE UNIQUE INDEX CONCURRENTLY ux_users_email ON users (email)'] },
      { sql: ['DELETE FROM users'] },
    ],
    alembic: 'succeeds',
    verdict: 'either',
    code: 'AG307',
    says: /INVALID/,
    hint: /DROP INDEX CONCURRENTLY ux_users_email/,
    never: /stamp/,
    cure: [{ sql: ['DROP INDEX ux_users_email'] }],
  },
  {
    name: 'a batch on a table whose foreign key references a table that is gone',
    thread: 'https://github.com/buildbot/buildbot/issues/5669',
    on: ['sqlite'],
    steps: [
      {
        commit: {
          ...shop,
          logs_4: `orders_3: op.create_table('logs', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('user_id', sa.Integer(), sa.ForeignKey('users.id')))`,
          long_5: `logs_4: ${renamed}`,
        },
      },
      { upgrade: ['logs_4'] },
      {
        sql: [
          'DROP TABLE logs',
          'CREATE TABLE logs (id INTEGER NOT NULL PRIMARY KEY, user_id INTEGER REFERENCES migration_tmp (id))',
        ],
      },
    ],
    alembic: /NoSuchTableError: migration_tmp/,
    verdict: 'blocked',
    code: 'AG306',
    says: /references table migration_tmp/,
    hint: /rebuild table logs/,
    never: /stamp/,
    cure: [
      {
        sql: [
          'DROP TABLE logs',
          'CREATE TABLE logs (id INTEGER NOT NULL, user_id INTEGER, PRIMARY KEY (id), FOREIGN KEY(user_id) REFERENCES users (id))',
        ],
      },
    ],
  },
]
