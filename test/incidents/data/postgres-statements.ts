/** Pending migrations with statements that only PostgreSQL rejects. */
import type { Files, Incident } from '../incident.ts'

const shop: Files = {
  users_1: ': table users email',
  phone_2: 'users_1: column users.phone',
  orders_3: 'phone_2: table orders',
}
const addPaid = `op.execute("ALTER TYPE state ADD VALUE IF NOT EXISTS 'paid'")`
const inBlock = `with op.get_context().autocommit_block(): ${addPaid}`
const usePaid = `op.execute("UPDATE tickets SET state = 'paid' WHERE state = 'closed'")`
const tickets = 'orders_3: enum tickets.state state'
const appRole = `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'incident_app') THEN CREATE ROLE incident_app LOGIN; END IF; END $$`
const longer = `op.execute("UPDATE pg_attribute SET atttypmod = 516 WHERE attrelid = 'users'::regclass AND attname = 'email'")`
const toUuid = (...more: readonly string[]): string =>
  `op.alter_column('users', 'email', ${['type_=sa.dialects.postgresql.UUID()', ...more].join(', ')})`

const seed = `op.execute("INSERT INTO users (email) VALUES ('per_zone')")`
const widen = `op.drop_constraint('users_plan', 'users'); op.create_check_constraint('users_plan', 'users', "email IN ('flat', 'hourly', 'per_zone')")`
const taken = (columns: string): string =>
  `op.execute('CREATE OR REPLACE VIEW taken AS SELECT ${columns} FROM users')`

export const postgresStatements: readonly Incident[] = [
  {
    name: 'an enum value is used in the transaction that adds it',
    thread: 'https://github.com/gpustack/gpustack/issues/5676',
    on: ['postgresql'],
    steps: [
      { commit: { ...shop, tickets_4: tickets, paid_5: `tickets_4: ${addPaid}; ${usePaid}` } },
      { upgrade: ['tickets_4'] },
    ],
    alembic: /unsafe use of new value "paid" of enum type state/,
    verdict: 'blocked',
    code: 'AG306',
    says: /paid/,
    hint: /autocommit_block/,
    never: /stamp/,
    cure: [{ commit: { paid_5: `tickets_4: ${inBlock}; ${usePaid}` } }],
  },
  {
    name: 'an enum value is used in the next migration of one transaction',
    thread: 'https://github.com/gpustack/gpustack/issues/5676',
    on: ['postgresql'],
    flask: true,
    steps: [
      {
        commit: { ...shop, tickets_4: tickets, paid_5: `tickets_4: ${addPaid}`, use_6: `paid_5: ${usePaid}` },
      },
      { upgrade: ['tickets_4'] },
    ],
    alembic: /unsafe use of new value "paid" of enum type state/,
    verdict: 'blocked',
    code: 'AG306',
    says: /paid/,
    hint: /autocommit_block/,
    cure: [{ commit: { paid_5: `tickets_4: ${inBlock}` } }],
  },
  {
    name: 'an enum value is used in the next migration, each in its own transaction',
    thread: 'https://github.com/gpustack/gpustack/issues/5676',
    on: ['postgresql'],
    configure: 'transaction_per_migration=True',
    steps: [
      {
        commit: { ...shop, tickets_4: tickets, paid_5: `tickets_4: ${addPaid}`, use_6: `paid_5: ${usePaid}` },
      },
      { upgrade: ['tickets_4'] },
    ],
    alembic: 'succeeds',
    verdict: 'pass',
  },
  {
    name: 'a default that is dropped in the call that changes the type',
    thread: 'https://github.com/sqlalchemy/alembic/issues/1652',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          uuid_4: `orders_3: ${toUuid('server_default=None', `postgresql_using='email::uuid'`)}`,
        },
      },
      { upgrade: ['orders_3'] },
      { sql: [`ALTER TABLE users ALTER email SET DEFAULT ''`] },
    ],
    alembic: /default for column "email" cannot be cast automatically to type uuid/,
    verdict: 'blocked',
    code: 'AG306',
    says: /default/,
    hint: /server_default=None/,
    never: /stamp/,
    cure: [
      {
        commit: {
          uuid_4: `orders_3: op.alter_column('users', 'email', server_default=None); ${toUuid(`postgresql_using='email::uuid'`)}`,
        },
      },
    ],
  },
  {
    name: 'a system catalog is written by a role that is no superuser',
    thread: 'https://github.com/PnX-SI/GeoNature/issues/3894',
    on: ['postgresql'],
    role: 'incident_app',
    steps: [
      { sql: [appRole, 'GRANT CREATE ON SCHEMA public TO incident_app'] },
      { commit: { ...shop, longer_4: `orders_3: ${longer}` } },
      { upgrade: ['orders_3'] },
    ],
    alembic: /permission denied for table pg_attribute/,
    verdict: 'blocked',
    code: 'AG210',
    says: /pg_attribute/,
    hint: /alter_column/,
    never: /stamp|GRANT/,
    cure: [{ commit: { longer_4: `orders_3: op.alter_column('users', 'email', type_=sa.String(512))` } }],
  },
  {
    name: 'a system catalog is written by a superuser',
    thread: 'https://github.com/PnX-SI/GeoNature/issues/3894',
    on: ['postgresql'],
    steps: [{ commit: { ...shop, longer_4: `orders_3: ${longer}` } }, { upgrade: ['orders_3'] }],
    alembic: 'succeeds',
    verdict: 'pass',
  },
  {
    name: 'a view is replaced with its columns in another order',
    thread: 'https://github.com/rommapp/romm/issues/2938',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          view_4: `orders_3: op.execute('CREATE VIEW taken AS SELECT id, email FROM users')`,
          wide_5: `view_4: ${taken('id, phone, email')}`,
        },
      },
      { upgrade: ['view_4'] },
    ],
    alembic: /cannot change name of view column "email" to "phone"/,
    verdict: 'blocked',
    code: 'AG306',
    says: /phone in place of column email/,
    hint: /DROP VIEW/,
    never: /stamp/,
    cure: [{ commit: { wide_5: `view_4: op.execute('DROP VIEW taken'); ${taken('id, phone, email')}` } }],
  },
  {
    name: 'a view is replaced with one more column at its end',
    thread: 'https://github.com/rommapp/romm/issues/2938',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          view_4: `orders_3: op.execute('CREATE VIEW taken AS SELECT id, email FROM users')`,
          wide_5: `view_4: ${taken('id, email, phone')}`,
        },
      },
      { upgrade: ['view_4'] },
    ],
    alembic: 'succeeds',
    verdict: 'pass',
  },
  {
    name: 'an extension that only a superuser may install',
    thread: 'https://github.com/evoila/meho/issues/558',
    on: ['postgresql'],
    role: 'incident_app',
    steps: [
      { sql: [appRole, 'GRANT CREATE ON SCHEMA public TO incident_app'] },
      {
        commit: {
          ...shop,
          inspect_4: `orders_3: op.execute('CREATE EXTENSION IF NOT EXISTS pageinspect')`,
        },
      },
      { upgrade: ['orders_3'] },
    ],
    alembic: /permission denied to create extension "pageinspect"/,
    verdict: 'blocked',
    code: 'AG210',
    says: /superuser/,
    hint: /CREATE EXTENSION "?pageinspect/,
    never: /stamp|GRANT/,
    cure: [{ sql: ['CREATE EXTENSION pageinspect'] }],
  },
  {
    name: 'an extension that the server lacks',
    thread: 'https://github.com/evoila/meho/issues/558',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          vector_4: `orders_3: op.execute('CREATE EXTENSION IF NOT EXISTS a_vector_store')`,
        },
      },
      { upgrade: ['orders_3'] },
    ],
    alembic: /extension "a_vector_store" is not available/,
    verdict: 'blocked',
    code: 'AG306',
    says: /doesn't have its files/,
    hint: /package/,
    never: /stamp/,
    cure: 'none',
  },
  {
    name: 'a CHECK is added that old rows violate',
    thread: 'https://github.com/czpython/druks/issues/490',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          one_4: `orders_3: op.create_check_constraint('users_one', 'users', '(email IS NULL) <> (phone IS NULL)')`,
        },
      },
      { upgrade: ['orders_3'] },
      { sql: ['INSERT INTO users DEFAULT VALUES'] },
    ],
    alembic: /check constraint "users_one" of relation "users" is violated by some row/,
    verdict: 'blocked',
    code: 'AG306',
    says: /some rows of users violate the new constraint/,
    hint: /UPDATE/,
    never: /stamp/,
    cure: [{ sql: ['DELETE FROM users'] }],
  },
  {
    name: 'a seed that a CHECK of the live table rejects',
    thread: 'https://github.com/kirillDR01/Grins_irrigation_platform/issues/179',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          model_4: `orders_3: op.create_check_constraint('users_plan', 'users', "email IN ('flat', 'hourly')")`,
          seed_5: `model_4: ${seed}`,
          widen_6: `seed_5: ${widen}`,
        },
      },
      { upgrade: ['model_4'] },
    ],
    alembic: /new row for relation "users" violates check constraint "users_plan"/,
    verdict: 'blocked',
    code: 'AG306',
    says: /users_plan rejects a row/,
    hint: /replace the constraint/,
    never: /stamp/,
    cure: [{ commit: { seed_5: `model_4: ${widen}; ${seed}`, widen_6: 'seed_5:' } }],
  },
  {
    name: 'a trigger changes a row before a CHECK sees it',
    thread: 'https://github.com/kirillDR01/Grins_irrigation_platform/issues/179',
    on: ['postgresql'],
    steps: [
      {
        commit: {
          ...shop,
          model_4: `orders_3: op.create_check_constraint('users_plan', 'users', "email IN ('flat', 'hourly')")`,
          seed_5: `model_4: ${seed}`,
        },
      },
      { upgrade: ['model_4'] },
      {
        sql: [
          `CREATE FUNCTION plan() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.email = ''flat''; RETURN NEW; END'`,
          'CREATE TRIGGER plan BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION plan()',
        ],
      },
    ],
    alembic: 'succeeds',
    verdict: 'pass',
  },
]
