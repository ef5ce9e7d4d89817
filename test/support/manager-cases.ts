/** Migrations with `with` blocks and functions decorated with `@contextmanager`. */
import type { ReplayCase } from './dry-run-cases.ts'

const without = (name: string, ...body: readonly string[]): readonly string[] => [
  'from contextlib import contextmanager',
  '@contextmanager',
  `def ${name}(table):`,
  ...body.map((line) => `    ${line}`),
]
const around = without(
  'rebuilt',
  'op.drop_table(table)',
  'yield table',
  "op.create_table(table, sa.Column('id', sa.Integer()))",
)
const create = (name: string): string => `op.create_table('${name}', sa.Column('id', sa.Integer()))`
const live = 'CREATE TABLE seats (id int)'

/** Cases for PostgreSQL and SQLite. */
export const managerCases: readonly ReplayCase[] = [
  {
    name: 'a table that a context manager drops and creates',
    code: 'AG301',
    live,
    pending: [...around, "with rebuilt('seats'):", '    pass', create('seats')],
    passes: [
      {
        pending: [...around, "with rebuilt('seats') as name:", "    op.rename_table('seats2', 'seats3')"],
        live: `${live}; CREATE TABLE seats2 (id int)`,
      },
      { pending: [...around, "with rebuilt('seats'):", '    pass', create('halls')] },
      { pending: [...around, "manager = rebuilt('seats')", create('halls')] },
    ],
  },
  {
    name: 'the block of a context manager',
    code: 'AG302',
    live,
    pending: [
      ...around,
      "with rebuilt('seats') as name:",
      "    op.add_column(name, sa.Column('label', sa.Integer()))",
    ],
    passes: [
      {
        live: 'CREATE TABLE seats (id int); CREATE TABLE halls (id int)',
        pending: [
          ...around,
          "with rebuilt('seats') as name:",
          "    op.add_column('halls', sa.Column('label', sa.Integer()))",
        ],
      },
    ],
  },
  {
    name: 'a context manager that cleans up at last',
    code: 'AG301',
    live,
    pending: [
      ...without(
        'cleaned',
        'try:',
        '    yield',
        'finally:',
        "    op.create_table(table, sa.Column('id', sa.Integer()))",
      ),
      'def work():',
      "    with cleaned('seats'):",
      '        return',
      'work()',
    ],
    passes: [
      {
        pending: [
          ...without(
            'cleaned',
            'try:',
            '    yield',
            'finally:',
            "    op.create_table(table, sa.Column('id', sa.Integer()))",
          ),
          'def work():',
          "    with cleaned('seats'):",
          "        op.drop_table('seats')",
          '        return',
          'work()',
        ],
      },
    ],
  },
  {
    name: 'context managers in one statement',
    code: 'AG301',
    live,
    pending: [
      ...without('dropped', 'op.drop_table(table)', 'yield'),
      ...without('created', 'yield', "op.create_table(table, sa.Column('id', sa.Integer()))"),
      "with created('seats'), dropped('seats'):",
      `    ${create('seats')}`,
    ],
    passes: [
      {
        pending: [
          ...without('dropped', 'op.drop_table(table)', 'yield'),
          ...without('created', 'yield', "op.create_table(table, sa.Column('id', sa.Integer()))"),
          "with created('seats'), dropped('seats'):",
          `    ${create('halls')}`,
        ],
      },
    ],
  },
]
