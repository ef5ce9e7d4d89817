/** Views replaced and extensions installed by a migration. */
import type { ReplayCase } from './dry-run-cases.ts'

const run = (...statements: readonly string[]): readonly string[] =>
  statements.map((sql) => `op.execute(${JSON.stringify(sql)})`)
const seats = 'CREATE TABLE seats (id int, label text, size int)'
const view = `${seats}; CREATE VIEW taken AS SELECT id, label FROM seats`

/** Cases for PostgreSQL. */
export const viewCases: readonly ReplayCase[] = [
  {
    name: 'a view replaced with another name for a column',
    code: 'AG306',
    live: view,
    pending: run('CREATE OR REPLACE VIEW taken AS SELECT id, label AS title FROM seats'),
    passes: [
      { pending: run('CREATE OR REPLACE VIEW taken AS SELECT id, label, size FROM seats') },
      { pending: run('CREATE OR REPLACE VIEW taken AS SELECT * FROM seats') },
      { pending: run('CREATE OR REPLACE VIEW taken AS SELECT s.id, upper(s.label) AS label FROM seats s') },
      { pending: run('CREATE OR REPLACE VIEW taken (id, label) AS SELECT id, label AS title FROM seats') },
      { pending: run('CREATE OR REPLACE VIEW taken AS SELECT id, label label FROM seats') },
      { pending: run('CREATE OR REPLACE VIEW taken AS SELECT DISTINCT ON (id) "id", label FROM seats') },
      { pending: run('DROP VIEW taken', 'CREATE OR REPLACE VIEW taken AS SELECT id, size FROM seats') },
      {
        pending: run(
          'ALTER VIEW taken RENAME COLUMN label TO title',
          'CREATE OR REPLACE VIEW taken AS SELECT id, label AS title FROM seats',
        ),
      },
      {
        pending: run(
          'DROP VIEW taken',
          'CREATE VIEW taken AS SELECT size FROM seats',
          'CREATE OR REPLACE VIEW taken AS SELECT size, id FROM seats',
        ),
      },
      {
        live: seats,
        pending: run('CREATE OR REPLACE VIEW taken AS SELECT id, label AS title FROM seats'),
      },
      {
        live: `CREATE SCHEMA old; ${seats}; CREATE VIEW old.taken AS SELECT label FROM seats`,
        pending: run('CREATE OR REPLACE VIEW taken AS SELECT id FROM seats'),
      },
    ],
  },
  {
    name: 'a view replaced with its columns in another order',
    code: 'AG306',
    live: view,
    pending: run('CREATE OR REPLACE VIEW taken AS SELECT size, id, label FROM seats'),
    passes: [{ pending: run('CREATE OR REPLACE VIEW taken AS SELECT id, label, size FROM seats') }],
  },
  {
    name: 'a view replaced without one of its columns',
    code: 'AG306',
    live: view,
    pending: run('CREATE OR REPLACE VIEW taken AS SELECT id FROM seats'),
    passes: [{ pending: run('CREATE OR REPLACE VIEW taken AS SELECT id, NULL AS label FROM seats') }],
  },
  {
    name: 'a view of the same release replaced with another name for a column',
    code: 'AG306',
    live: seats,
    pending: run(
      'CREATE VIEW taken AS SELECT id FROM seats',
      'CREATE OR REPLACE VIEW taken AS SELECT size FROM seats',
    ),
    passes: [
      {
        pending: run(
          'CREATE VIEW taken AS SELECT id FROM seats',
          'CREATE OR REPLACE VIEW taken AS SELECT id, size FROM seats',
          'CREATE OR REPLACE VIEW taken AS SELECT id, size, label FROM seats',
        ),
      },
    ],
  },
  {
    name: 'an extension that is installed',
    code: 'AG301',
    live: 'CREATE EXTENSION citext',
    pending: run('CREATE EXTENSION citext'),
    passes: [
      { live: 'SELECT 1' },
      { pending: run('CREATE EXTENSION IF NOT EXISTS citext') },
      { pending: run('DROP EXTENSION citext', 'CREATE EXTENSION citext') },
    ],
  },
]
