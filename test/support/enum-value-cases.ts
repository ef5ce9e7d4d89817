/** Migrations that add an enum value and use it in the same or a later transaction. */
import type { ReplayCase } from './dry-run-cases.ts'

const add = `op.execute("ALTER TYPE state ADD VALUE IF NOT EXISTS 'paid'")`
const update = `op.execute("UPDATE seats SET state = 'paid' WHERE id = 1")`
const type = `CREATE TYPE state AS ENUM ('open')`
const live = `${type}; CREATE TABLE seats (id int, state state, note text)`
const inBlock = ['with op.get_context().autocommit_block():', `    ${add}`]

/** Cases for PostgreSQL 12 and later. */
export const enumValueCases: readonly ReplayCase[] = [
  {
    name: 'an UPDATE to an enum value that the same transaction adds',
    code: 'AG306',
    live,
    pending: [add, update],
    passes: [
      { pending: [...inBlock, update] },
      { pending: [add, ...inBlock, update] },
      { live: live.replace(`'open'`, `'open', 'paid'`) },
      { pending: [add, `op.execute("UPDATE seats SET state = 'open' WHERE note = 'paid'")`] },
      { pending: [add, `op.execute("UPDATE seats SET note = 'paid'")`] },
      { pending: [add, `op.execute("SELECT id FROM seats WHERE state::text = 'paid'")`] },
      { pending: [`op.execute("ALTER TYPE state RENAME VALUE 'open' TO 'paid'")`, update] },
      { pending: [`op.execute('COMMIT')`, add, `op.get_bind().execute(sa.text('COMMIT'))`, update] },
      {
        pending: [
          add,
          `op.add_column('seats', sa.Column('was', sa.Enum('open', 'paid', name='state'), server_default='open'))`,
        ],
      },
    ],
  },
  {
    name: 'rows inserted with an enum value that the same transaction adds',
    code: 'AG306',
    live,
    pending: [
      add,
      `op.execute("INSERT INTO seats (id, note, state) VALUES (1, 'a', 'open'), (2, 'b', 'paid')")`,
    ],
    passes: [
      { pending: [add, `op.execute("INSERT INTO seats (id, note, state) VALUES (1, 'paid', 'open')")`] },
    ],
  },
  {
    name: 'rows deleted by an enum value that the same transaction adds',
    code: 'AG306',
    live,
    pending: [add, `op.execute("DELETE FROM seats WHERE state IN ('open', 'paid')")`],
    passes: [{ pending: [...inBlock, `op.execute("DELETE FROM seats WHERE state IN ('open', 'paid')")`] }],
  },
  {
    name: 'a cast to an enum value that the same transaction adds',
    code: 'AG306',
    live,
    pending: [
      add,
      `op.execute("UPDATE seats SET note = 'x' WHERE id IN (SELECT 1 WHERE 'paid'::state = 'open')")`,
    ],
    passes: [{ pending: [add, `op.execute("UPDATE seats SET note = 'paid'::text")`] }],
  },
  {
    name: 'a default that is an enum value of the same transaction',
    code: 'AG306',
    live,
    pending: [add, `op.alter_column('seats', 'state', server_default='paid')`],
    passes: [{ pending: [...inBlock, `op.alter_column('seats', 'state', server_default='paid')`] }],
  },
  {
    name: 'a column whose default is an enum value of the same transaction',
    code: 'AG306',
    live,
    pending: [
      add,
      `op.add_column('seats', sa.Column('was', sa.Enum('open', 'paid', name='state'), server_default='paid'))`,
    ],
    passes: [
      {
        pending: [
          ...inBlock,
          `op.add_column('seats', sa.Column('was', sa.Enum('open', 'paid', name='state'), server_default='paid'))`,
        ],
      },
    ],
  },
  {
    name: 'a table whose default is an enum value of the same transaction',
    code: 'AG306',
    live,
    pending: [
      add,
      `op.create_table('chairs', sa.Column('id', sa.Integer()), sa.Column('state', postgresql.ENUM('open', 'paid', name='state', create_type=False), server_default='paid'))`,
    ],
    passes: [{ pending: [add, `op.execute("CREATE TABLE chairs (id int, state text DEFAULT 'paid')")`] }],
  },
  {
    name: 'an enum value that the type lacks is renamed',
    code: 'AG302',
    live,
    pending: [`op.execute("ALTER TYPE state RENAME VALUE 'OPEN' TO 'opened'")`],
    passes: [
      { pending: [`op.execute("ALTER TYPE state RENAME VALUE 'open' TO 'opened'")`] },
      { pending: [...inBlock, `op.execute("ALTER TYPE state RENAME VALUE 'paid' TO 'opened'")`] },
      { pending: [add, `op.execute("ALTER TYPE state RENAME VALUE 'paid' TO 'opened'")`] },
    ],
  },
]
