/** Upgrades from public projects: views, sequences, batch operations, squashed and duplicate files. */
import type { Files, Incident } from '../incident.ts'

const shop: Files = {
  users_1: ': table users email',
  phone_2: 'users_1: column users.phone',
  orders_3: 'phone_2: table orders',
}
const longer = `op.alter_column('users', 'email', type_=sa.Text())`
const people = (columns: string): string => `CREATE VIEW people AS SELECT ${columns} FROM users`
const inMigration = (sql: string): string => `op.execute("${sql}")`
const buyers = `op.create_table('buyers', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('user_id', sa.Integer(), sa.ForeignKey('users.id')))`
const copies = `with op.batch_alter_table('users', recreate='always') as batch: batch.add_column(sa.Column('hash', sa.String(40)))`

export const upgrades: readonly Incident[] = [
  {
    name: 'a column that a view shows gets another type',
    thread: 'https://github.com/olirice/alembic_utils/issues/89',
    on: ['postgresql'],
    steps: [
      { commit: { ...shop, longer_4: `orders_3: ${longer}` } },
      { upgrade: ['orders_3'] },
      { sql: [people('id, email')] },
    ],
    alembic: /cannot alter type of a column used by a view or rule/,
    verdict: 'blocked',
    code: 'AG306',
    says: /people/,
    hint: /drop/i,
    never: /stamp/,
    cure: [
      {
        commit: {
          longer_4: `orders_3: ${inMigration('DROP VIEW IF EXISTS people')}; ${longer}; ${inMigration(people('id, email'))}`,
        },
      },
    ],
  },
  {
    name: 'a batch copies a table that others refer to',
    thread: 'https://github.com/spiral-project/ihatemoney/issues/577',
    on: ['postgresql'],
    steps: [
      { commit: { ...shop, buyers_4: `orders_3: ${buyers}`, hash_5: `buyers_4: ${copies}` } },
      { upgrade: ['buyers_4'] },
    ],
    alembic: /cannot drop table users|other objects depend|cannot drop sequence/,
    verdict: 'blocked',
    code: 'AG306',
    says: /users/,
    never: /stamp/,
    cure: [{ commit: { hash_5: 'buyers_4: column users.hash' } }],
  },
  {
    name: 'a sequence that is there already',
    thread: 'https://github.com/privacyidea/privacyidea/issues/3447',
    on: ['postgresql'],
    steps: [
      { commit: { ...shop, sequence_4: `orders_3: ${inMigration('CREATE SEQUENCE attribute_seq')}` } },
      { upgrade: ['orders_3'] },
      { sql: ['CREATE SEQUENCE attribute_seq'] },
    ],
    alembic: /"attribute_seq" already exists/,
    verdict: 'blocked',
    code: 'AG301',
    says: /attribute_seq/,
    cure: [{ sql: ['DROP SEQUENCE attribute_seq'] }],
  },
  {
    name: 'a regenerated project over tables of its former life',
    thread: 'https://github.com/lbedner/aegis-stack/issues/863',
    steps: [
      { commit: { finance_1: ': table invoices', jobs_2: 'finance_1: table jobs' } },
      { sql: ['CREATE TABLE jobs (id INTEGER PRIMARY KEY)'] },
    ],
    alembic: /already exists/,
    verdict: 'blocked',
    code: 'AG206|AG301',
    says: /jobs/,
    never: /stamp.* jobs_2|--to jobs_2/,
    cure: [{ sql: ['DROP TABLE jobs'] }],
  },
  {
    name: 'a migration that ran was folded into the first one, with more',
    thread: 'https://github.com/microsoft/PyRIT/pull/1726',
    steps: [
      { commit: { first_1: ': table results', labels_2: 'first_1: column results.labels' } },
      { upgrade: ['head'] },
      { commit: { labels_2: null, first_1: ': table results labels error' } },
    ],
    alembic: /Can't locate revision identified by 'labels_2'/,
    verdict: 'blocked',
    code: 'AG201',
    says: /labels_2/,
    never: /restamp.*--to first_1/,
    cure: [
      {
        commit: {
          first_1: ': table results',
          labels_2: 'first_1: column results.labels',
          error_3: 'labels_2: column results.error',
        },
      },
    ],
  },
  {
    name: 'a backported migration was put in front of one that ran, without git',
    thread: 'https://github.com/apache/superset/pull/26160',
    flask: true,
    steps: [
      { commit: { ...shop, report_4: 'orders_3: column users.report' } },
      { upgrade: ['head'] },
      {
        commit: { catalog_x: 'orders_3: column orders.catalog', report_4: 'catalog_x: column users.report' },
      },
      { image: true },
    ],
    alembic: 'wrong',
    verdict: 'either',
    code: 'AG303',
    says: /catalog/,
    never: /stamp/,
  },
  {
    name: 'two files with one number, and the database is past both',
    thread: 'https://github.com/Fergana-Labs/stash/pull/1076',
    steps: [
      { commit: { ...shop, n_4: 'orders_3: table skills', n_5: 'n_4: table pages' } },
      { upgrade: ['head'] },
      { commit: { 'n_4@titles': 'orders_3: column orders.title' } },
    ],
    alembic: /./,
    verdict: 'blocked',
    code: 'AG102',
    says: /n_4_titles/,
    cure: [{ commit: { 'n_4@titles': null, titles_6: 'n_5: column orders.title' } }],
  },
  {
    name: 'the stamp was moved over a migration that never ran',
    thread: 'https://github.com/Fergana-Labs/stash/pull/354',
    steps: [
      {
        commit: {
          ...shop,
          trash_4: 'orders_3: column users.deleted; column orders.deleted',
          files_5: 'trash_4: table files',
        },
      },
      { upgrade: ['orders_3'] },
      { rows: ['trash_4'] },
      { upgrade: ['head'] },
    ],
    alembic: 'wrong',
    verdict: 'either',
    code: 'AG303',
    says: /deleted/,
    hint: /migration after the head/,
  },
  {
    name: 'create_all() made the tables, and the first migration adds a column of them',
    thread: 'https://github.com/incidentbot/incidentbot/issues/452',
    steps: [
      { commit: { security_1: ': column incidents.security' } },
      { sql: ['CREATE TABLE incidents (id INTEGER PRIMARY KEY, security VARCHAR(40))'] },
    ],
    alembic: /already exists|duplicate column/,
    verdict: 'blocked',
    code: 'AG206|AG301',
    says: /security/,
    hint: /stamp/,
    cure: 'none',
  },
  {
    name: 'a batch adds a column and a constraint over it',
    thread: 'https://github.com/sqlalchemy/alembic/issues/896',
    on: ['sqlite'],
    steps: [
      {
        commit: {
          ...shop,
          slug_4:
            `orders_3: with op.batch_alter_table('users') as batch: batch.add_column(sa.Column('slug', sa.String(20))); batch.create_unique_constraint('uq_slug', ['slug', 'email'])`.replace(
              '; batch',
              ', batch',
            ),
        },
      },
      { upgrade: ['orders_3'] },
    ],
    alembic: 'succeeds',
    verdict: 'pass',
  },
  {
    name: 'an enum by way of a temporary type, and a default',
    thread: 'https://github.com/imankulov/alembic-enums/issues/2',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          tickets_4: 'orders_3: enum tickets.state state',
          enum_5: `tickets_4: ${inMigration(`CREATE TYPE state_tmp AS ENUM ('open', 'done')`)}; ${inMigration('ALTER TABLE tickets ALTER COLUMN state TYPE state_tmp USING state::text::state_tmp')}`,
        },
      },
      { upgrade: ['tickets_4'] },
      { sql: [`ALTER TABLE tickets ALTER state SET DEFAULT 'open'`] },
    ],
    alembic: /default for column "state" cannot be cast automatically/,
    verdict: 'blocked',
    code: 'AG306',
    says: /default/,
    hint: /server_default=None|DROP DEFAULT/i,
    cure: [{ sql: ['ALTER TABLE tickets ALTER state DROP DEFAULT'] }],
  },
]
