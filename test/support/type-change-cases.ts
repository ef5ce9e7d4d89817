/** Column type changes, some with implicit casts and some with casts that need USING. */
import type { ReplayCase } from './dry-run-cases.ts'

const change = (to: string, more: string): string =>
  `op.alter_column('seats', 'state', type_=${to}${more === '' ? '' : `, ${more}`})`
const toEnum = change(`sa.Enum('a', 'b', name='mood')`, `postgresql_using='state::text::mood'`)
const noDefault = `op.alter_column('seats', 'state', server_default=None)`
const mood = `CREATE TYPE mood AS ENUM ('a', 'b')`
const table = (column: string): string => `${mood}; CREATE TABLE seats (id int, state ${column})`

const anew = (between: readonly string[]): readonly string[] => [
  `op.execute('ALTER TYPE mood RENAME TO mood_old')`,
  `op.execute("CREATE TYPE mood AS ENUM ('a', 'b', 'c')")`,
  ...between,
  `op.execute('ALTER TABLE seats ALTER COLUMN state TYPE mood USING state::text::mood')`,
  `op.execute('DROP TYPE mood_old')`,
]

/** Cases for PostgreSQL. */
export const typeChangeCases: readonly ReplayCase[] = [
  {
    name: 'a text default when the type becomes an enum',
    code: 'AG306',
    live: table(`varchar(20) DEFAULT 'a'`),
    pending: [toEnum],
    passes: [
      { live: table('varchar(20)') },
      { pending: [noDefault, toEnum] },
      { pending: [`op.execute('ALTER TABLE seats ALTER state DROP DEFAULT')`, toEnum] },
      { live: `${table(`text DEFAULT 'a'`)}; CREATE CAST (text AS mood) WITH INOUT AS ASSIGNMENT` },
      {
        live: table(`text DEFAULT 'a'`),
        pending: [`op.execute('CREATE CAST (text AS mood) WITH INOUT AS ASSIGNMENT')`, toEnum],
      },
      { pending: [change('sa.Text()', '')] },
      { pending: [noDefault, toEnum, `op.alter_column('seats', 'state', server_default='b')`] },
    ],
  },
  {
    name: 'a default that the same call drops too late',
    code: 'AG306',
    live: table(`varchar(36) DEFAULT ''`),
    pending: [change('postgresql.UUID()', `server_default=None, postgresql_using='state::uuid'`)],
    passes: [{ pending: [noDefault, change('postgresql.UUID()', `postgresql_using='state::uuid'`)] }],
  },
  {
    name: 'a default of zero when the type becomes boolean',
    code: 'AG306',
    live: table('integer DEFAULT 0'),
    pending: [change('sa.Boolean()', `postgresql_using='state::boolean'`)],
    passes: [
      { pending: [change('sa.BigInteger()', '')] },
      { pending: [change('sa.Text()', `postgresql_using='state::text'`)] },
      {
        pending: [
          `op.execute('ALTER TABLE seats ALTER state TYPE boolean USING state::boolean, ALTER state DROP DEFAULT')`,
        ],
      },
      { live: table('timestamp DEFAULT now()'), pending: [change('sa.Date()', '')] },
      {
        live: table('integer GENERATED ALWAYS AS (id + 1) STORED'),
        pending: [change('sa.BigInteger()', '')],
      },
    ],
  },
  {
    name: 'a default of a different enum type',
    code: 'AG306',
    live: `${table(`mood DEFAULT 'a'`)}; CREATE TYPE state AS ENUM ('a', 'b')`,
    pending: [change(`sa.Enum('a', 'b', name='state')`, `postgresql_using='state::text::state'`)],
    passes: [
      { pending: [change('sa.String(20)', '')] },
      { pending: [change(`sa.Enum('a', 'b', name='mood')`, '')] },
    ],
  },
  {
    name: 'an enum recreated while a default uses the old type',
    code: 'AG306',
    live: table(`mood DEFAULT 'a'`),
    pending: anew([]),
    passes: [
      { live: table('mood') },
      { pending: anew([`op.execute('ALTER TABLE seats ALTER state DROP DEFAULT')`]) },
    ],
  },
  {
    name: 'text becomes an enum without USING',
    code: 'AG306',
    live: table('text'),
    pending: [change(`sa.Enum('a', 'b', name='mood')`, '')],
    passes: [
      { live: table('mood') },
      { live: `${mood}; CREATE DOMAIN feeling AS mood; CREATE TABLE seats (id int, state feeling)` },
    ],
  },
  {
    name: 'a text default when the type becomes json',
    code: 'AG306',
    live: table(`text DEFAULT '{}'`),
    pending: [change('postgresql.JSONB()', `postgresql_using='state::jsonb'`)],
    passes: [{ live: table(`json DEFAULT '{}'`) }],
  },
]
