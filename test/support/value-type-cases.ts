/** Cases with values that PostgreSQL can't store or compare, and with new columns that are NULL in every row. */
import type { ReplayCase } from './dry-run-cases.ts'

const live = 'CREATE TABLE seats (id int, free boolean, note text, code varchar(9), taken date)'
const refused = (name: string, pending: string, passes: string): ReplayCase => ({
  name,
  code: 'AG306',
  live,
  pending: [pending],
  passes: [{ pending: [passes] }],
})

export const valueTypeCases: readonly ReplayCase[] = [
  refused('a boolean set to a number', `op.execute('UPDATE seats SET free = 1')`, `op.execute('UPDATE seats SET free = true')`), // prettier-ignore
  refused('a boolean inserted as a number', `op.execute('INSERT INTO seats (free) VALUES (0)')`, `op.execute("INSERT INTO seats (free) VALUES ('0')")`), // prettier-ignore
  refused('a number set to a boolean', `op.execute('UPDATE seats SET id = true')`, `op.execute('UPDATE seats SET note = true')`), // prettier-ignore
  refused('a number set to text', `op.execute('UPDATE seats SET id = note')`, `op.execute('UPDATE seats SET note = id')`), // prettier-ignore
  refused('a number set to the result of a text function', `op.execute('UPDATE seats SET id = lower(note)')`, `op.execute('UPDATE seats SET id = length(lower(note))')`), // prettier-ignore
  refused('a date set to text', `op.execute('UPDATE seats SET taken = code WHERE id = 1')`, `op.execute('UPDATE seats SET taken = code::date')`), // prettier-ignore
  refused('a boolean compared with a number', `op.execute('DELETE FROM seats WHERE free = 1')`, `op.execute('DELETE FROM seats WHERE id = 1 AND free')`), // prettier-ignore
  refused('a boolean without a type in sa.table', `op.execute(sa.table('seats', sa.column('free')).update().values(free=0))`, `op.execute(sa.table('seats', sa.column('free', sa.Boolean)).update().values(free=0))`), // prettier-ignore
  {
    name: 'a new column that is required before any row has a value',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int); INSERT INTO seats VALUES (1)',
    pending: [
      `op.add_column('seats', sa.Column('n', sa.Integer()))`,
      `op.alter_column('seats', 'n', nullable=False)`,
    ],
    passes: [
      {
        pending: [
          `op.add_column('seats', sa.Column('n', sa.Integer()))`,
          `op.execute('UPDATE seats SET n = 1')`,
          `op.alter_column('seats', 'n', nullable=False)`,
        ],
      },
      {
        pending: [
          `op.add_column('seats', sa.Column('n', sa.Integer(), server_default='1'))`,
          `op.alter_column('seats', 'n', nullable=False)`,
        ],
      },
      { live: 'CREATE TABLE seats (id int)' },
    ],
  },
]
