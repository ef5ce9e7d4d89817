/** New objects that depend on the table `seats` or the type `mood`, and operations that they prevent. */

/** The setup also creates the table `apart`, on which nothing depends. */
export interface NewDependentCase {
  readonly name: string
  readonly creates: readonly string[]
  readonly drops: string
  readonly error: RegExp
  /** True if the object may depend on any table. */
  readonly usesAny?: true
}

const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
const stillUsed = /other objects depend on it/
const dropSeats = "op.drop_table('seats')"
const dropLabel = "op.drop_column('seats', 'label')"
const dropMood = run('DROP TYPE mood')

/** SQL that creates the tables and the type. */
export const dependentsSetup = [
  'CREATE TABLE seats (id int PRIMARY KEY, label text)',
  'CREATE TABLE guests (seat int)',
  'CREATE TABLE apart (id int PRIMARY KEY, label text)',
  "CREATE TYPE mood AS ENUM ('calm')",
].map(run)

export const newDependentCases: readonly NewDependentCase[] = [
  ...[
    ['a policy with a subquery', 'CREATE POLICY own ON guests USING (seat IN (SELECT id FROM seats WHERE label IS NULL))'], // prettier-ignore
    ['a rule', 'CREATE RULE own AS ON INSERT TO guests DO ALSO UPDATE seats SET label = NULL'],
    ['a materialized view', 'CREATE MATERIALIZED VIEW labels AS SELECT label FROM seats'],
    ['a view that uses a window', 'CREATE VIEW labels AS SELECT label, count(*) OVER (ORDER BY id GROUPS 1 PRECEDING) AS n FROM seats'], // prettier-ignore
    ['a function body', 'CREATE FUNCTION labels() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT max(label) FROM seats; END'], // prettier-ignore
    ['a publication', 'CREATE PUBLICATION own FOR TABLE seats (id, label)'],
  ].map(([name = '', sql = '']) => ({ name, creates: [run(sql)], drops: dropLabel, error: stillUsed })),
  ...[
    ['a parameter of a row type', "CREATE FUNCTION label(one seats) RETURNS int LANGUAGE sql AS 'SELECT 1'"],
    ['a column of a row type', 'CREATE TABLE pairs (one seats)'],
    ['a composite type', 'CREATE TYPE pair AS (one seats, two int)'],
    ['a child table', 'CREATE TABLE children () INHERITS (seats)'],
  ].map(([name = '', sql = '']) => ({ name, creates: [run(sql)], drops: dropSeats, error: stillUsed })),
  ...[
    ['a parameter', "CREATE FUNCTION feel(one mood) RETURNS int LANGUAGE sql AS 'SELECT 1'"],
    ['a domain', 'CREATE DOMAIN feeling AS mood'],
    ['a member of a composite type', 'CREATE TYPE pair AS (one mood, two int)'],
  ].map(([name = '', sql = '']) => ({ name, creates: [run(sql)], drops: dropMood, error: stillUsed })),
  {
    name: 'a changed policy',
    creates: [
      run('CREATE POLICY own ON guests USING (true)'),
      run('ALTER POLICY own ON guests USING (EXISTS (SELECT FROM seats))'),
    ],
    drops: dropSeats,
    error: stillUsed,
  },
  {
    name: 'a policy on a column that is renamed',
    creates: [
      run('CREATE POLICY own ON guests USING (EXISTS (SELECT label FROM seats))'),
      "op.alter_column('seats', 'label', new_column_name='name')",
    ],
    drops: "op.drop_column('seats', 'name')",
    error: stillUsed,
  },
  {
    name: 'a new type of a column that a policy uses',
    creates: [run("CREATE POLICY own ON guests USING (EXISTS (SELECT FROM seats WHERE label = 'a'))")],
    drops: "op.alter_column('seats', 'label', type_=sa.String(50))",
    error: /cannot alter type of a column used in a policy definition/,
  },
  {
    name: 'a primary key that a view groups by',
    creates: [run('CREATE VIEW labels AS SELECT id, label FROM seats GROUP BY id')],
    drops: "op.drop_constraint('seats_pkey', 'seats')",
    error: stillUsed,
  },
  {
    name: 'a default that uses the sequence of another table',
    creates: [
      run('ALTER TABLE seats ADD number serial'),
      run("ALTER TABLE guests ALTER seat SET DEFAULT nextval('seats_number_seq')"),
    ],
    drops: dropSeats,
    error: stillUsed,
  },
  {
    name: 'a default that uses a sequence that another table gets',
    creates: [
      run('CREATE SEQUENCE numbers'),
      run("ALTER TABLE guests ALTER seat SET DEFAULT nextval('numbers')"),
      run('ALTER SEQUENCE numbers OWNED BY seats.id'),
    ],
    drops: dropSeats,
    error: stillUsed,
  },
  {
    name: 'an object whose text is unknown',
    creates: [
      "name = op.get_bind().execute(sa.text(\"SELECT concat('se', 'ats')\")).scalar()",
      "op.execute(f'CREATE MATERIALIZED VIEW labels AS SELECT id FROM {name}')",
    ],
    drops: dropSeats,
    error: stillUsed,
    usesAny: true,
  },
]
