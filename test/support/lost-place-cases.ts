/** Linear histories of `a1`, `a2`… in which one migration was applied and then lost. */
export interface LostPlaceCase {
  readonly name: string
  /** Statements of each migration. */
  readonly history: readonly (readonly string[])[]
  /** Number of the lost migration; 3 for `a3`. */
  readonly lost: number
  /** Statements to run before the first migration. */
  readonly setup?: readonly string[]
  /** The placeholder's parent; null if several are possible, `none` if the schema contradicts each of them. */
  readonly parent: string | null
}

const sql = (statement: string): string => `op.execute("""${statement}""")`
const table = (name: string): string => `op.create_table('${name}', sa.Column('id', sa.Integer()))`
const column = (owner: string, name: string): string =>
  `op.add_column('${owner}', sa.Column('${name}', sa.Text()))`
const rows = [sql('INSERT INTO post VALUES (1)')]
const tables = [table('pear'), table('post')]
const end = [column('post', 'last')]
const view = sql('CREATE MATERIALIZED VIEW pears AS SELECT id FROM pear')
const index = sql('CREATE UNIQUE INDEX pears_id ON pears (id)')
const bothSchemas = [
  'CREATE SCHEMA app',
  'CREATE TABLE public.pear (id integer)',
  `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = app, public', current_database()); END $$`,
]
const foreign = [
  'CREATE FOREIGN DATA WRAPPER far',
  'CREATE SERVER shop FOREIGN DATA WRAPPER far',
  'CREATE FOREIGN TABLE plums (id integer) SERVER shop',
]

/** Objects that a snapshot doesn't describe. */
export const unreadObjectCases: readonly LostPlaceCase[] = [
  {
    name: 'index on a materialized view',
    history: [tables, [view, index], rows, end],
    lost: 3,
    parent: 'a2',
  },
  {
    name: 'index on an older materialized view',
    history: [[...tables, view], [index], rows, end],
    lost: 3,
    parent: 'a2',
  },
  {
    name: 'pending index on a materialized view',
    history: [[...tables, view], rows, [index], end],
    lost: 2,
    parent: null,
  },
  {
    name: 'index that a later column proves',
    history: [tables, [view, index], [column('post', 'ripe')], rows, end],
    lost: 4,
    parent: 'a3',
  },
  {
    name: 'index that went with its view',
    history: [tables, [view, index], [sql('DROP MATERIALIZED VIEW pears')], rows, end],
    lost: 4,
    parent: null,
  },
  {
    name: 'index whose view was replaced',
    history: [tables, [view, index], [sql('DROP MATERIALIZED VIEW pears'), view], rows, end],
    lost: 4,
    parent: null,
  },
  {
    name: 'index that a pending migration creates again',
    history: [
      [...tables, view, 'import os', "if not os.environ.get('NEVER'):", `    ${index}`],
      rows,
      [sql('DROP MATERIALIZED VIEW pears'), view, index],
      end,
    ],
    lost: 2,
    parent: null,
  },
  {
    name: 'index dropped with a table that a view uses',
    history: [
      [table('post'), table('pear')],
      [sql('CREATE MATERIALIZED VIEW pears AS SELECT id FROM pear'), index],
      [sql('DROP TABLE pear CASCADE')],
      rows,
      end,
    ],
    lost: 4,
    parent: 'a3',
  },
  {
    name: 'index on a temporary table',
    history: [
      tables,
      [sql('CREATE TEMP TABLE seeds AS SELECT id FROM pear'), sql('CREATE INDEX seeds_id ON seeds (id)')],
      rows,
      end,
    ],
    lost: 3,
    parent: null,
  },
  {
    name: 'column of a temporary table',
    history: [tables, [sql('CREATE TEMPORARY TABLE seeds (id integer)'), column('seeds', 'kind')], rows, end],
    lost: 3,
    parent: null,
  },
  {
    name: 'temporary table that is pending',
    history: [tables, rows, [sql('CREATE TEMP TABLE seeds (id integer)'), sql('DROP TABLE seeds')], end],
    lost: 2,
    parent: null,
  },
  {
    name: 'table in pg_temp',
    history: [
      tables,
      [sql('CREATE TABLE pg_temp.seeds (id integer)'), sql('CREATE INDEX seeds_id ON pg_temp.seeds (id)')],
      rows,
      end,
    ],
    lost: 3,
    parent: null,
  },
  {
    name: 'view renamed as a table',
    history: [
      [...tables, sql('CREATE VIEW ripe AS SELECT id FROM pear')],
      ["op.rename_table('ripe', 'eaten')"],
      rows,
      end,
    ],
    lost: 3,
    parent: null,
  },
  {
    name: 'column of a view',
    history: [
      [...tables, sql('CREATE VIEW ripe AS SELECT id FROM pear')],
      [sql('ALTER TABLE ripe RENAME COLUMN id TO number')],
      rows,
      end,
    ],
    lost: 3,
    parent: null,
  },
  {
    name: 'sequence renamed as a table',
    history: [
      [...tables, sql('CREATE SEQUENCE numbers')],
      ["op.rename_table('numbers', 'digits')"],
      rows,
      end,
    ],
    lost: 3,
    parent: null,
  },
  {
    name: 'column of a foreign table',
    setup: foreign,
    history: [tables, [column('plums', 'ripe')], rows, end],
    lost: 3,
    parent: null,
  },
  {
    name: 'constraint on a foreign table',
    setup: foreign,
    history: [tables, ["op.create_check_constraint('plums_id', 'plums', 'id > 0')"], rows, end],
    lost: 3,
    parent: null,
  },
  {
    name: 'pending drop of a column of a foreign table',
    setup: foreign,
    history: [tables, rows, ["op.drop_column('plums', 'id')"], end],
    lost: 2,
    parent: null,
  },
  {
    name: 'pending drop of a composite type',
    setup: ['CREATE TYPE pair AS (a integer, b integer)'],
    history: [tables, rows, [sql('DROP TYPE pair')], end],
    lost: 2,
    parent: null,
  },
  {
    name: 'domain renamed as a type',
    history: [
      [...tables, sql('CREATE DOMAIN size AS integer')],
      [sql('ALTER TYPE size RENAME TO weight')],
      rows,
      end,
    ],
    lost: 3,
    parent: null,
  },
  {
    name: 'column of a table further down the search path',
    setup: bothSchemas,
    history: [[table('post')], [column('pear', 'ripe')], rows, end],
    lost: 3,
    parent: null,
  },
  {
    name: 'index of a table further down the search path',
    setup: bothSchemas,
    history: [[table('post')], ["op.create_index('pear_id', 'pear', ['id'])"], rows, end],
    lost: 3,
    parent: null,
  },
]

/** Objects that a snapshot describes. */
export const readObjectCases: readonly LostPlaceCase[] = [
  {
    name: 'pending index on a table',
    history: [tables, rows, ["op.create_index('pear_id', 'pear', ['id'])"], end],
    lost: 2,
    parent: 'a1',
  },
  {
    name: 'index on a partition',
    history: [
      [
        table('post'),
        sql('CREATE TABLE crop (id integer) PARTITION BY RANGE (id)'),
        sql('CREATE TABLE crop_1 PARTITION OF crop FOR VALUES FROM (0) TO (9)'),
      ],
      [sql('CREATE INDEX crop_1_id ON crop_1 (id)')],
      rows,
      end,
    ],
    lost: 3,
    parent: 'a2',
  },
  {
    name: 'table beside a view of another name',
    history: [[...tables, view], [column('pear', 'ripe')], rows, end],
    lost: 3,
    parent: 'a2',
  },
  {
    name: 'pending enum beside a domain',
    history: [
      [...tables, sql('CREATE DOMAIN size AS integer')],
      rows,
      [sql("CREATE TYPE mood AS ENUM ('glad')")],
      end,
    ],
    lost: 2,
    parent: 'a1',
  },
]

/** Histories in which a migration next to the lost one leaves nothing that the guard compares. */
export const silentCases: readonly LostPlaceCase[] = [
  {
    name: 'a view',
    history: [tables, [sql('CREATE VIEW ripe AS SELECT id FROM pear')], rows, end],
    lost: 3,
    parent: null,
  },
  {
    name: 'a sequence',
    history: [tables, [sql('CREATE SEQUENCE numbers')], rows, end],
    lost: 3,
    parent: null,
  },
  {
    name: 'a trigger',
    history: [
      tables,
      [
        sql(
          'CREATE TRIGGER same BEFORE UPDATE ON pear FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
        ),
      ],
      rows,
      end,
    ],
    lost: 3,
    parent: null,
  },
  {
    name: 'a comment, which the pending upgrade may write again',
    history: [tables, rows, [sql("COMMENT ON TABLE pear IS 'fruit'")], end],
    lost: 2,
    parent: 'a1',
  },
]

/** Histories whose lost migration changed objects that other migrations create. */
export const changedObjectCases: readonly LostPlaceCase[] = [
  {
    name: 'it added a column that a pending migration adds too',
    history: [
      tables,
      [column('pear', 'ripe')],
      [column('pear', 'ripe'), column('post', 'b'), table('plum'), table('fig')],
      end,
    ],
    lost: 2,
    parent: 'none',
  },
  {
    name: 'a pending migration adds several columns besides',
    history: [
      tables,
      [column('pear', 'ripe')],
      [column('pear', 'ripe'), column('post', 'b'), column('post', 'c')],
    ],
    lost: 2,
    parent: 'none',
  },
  {
    name: 'it dropped a column and its index',
    history: [
      tables,
      [column('pear', 'ripe'), "op.create_index('pear_ripe', 'pear', ['ripe'])"],
      [column('post', 'b')],
      ["op.drop_column('pear', 'ripe')"],
      end,
    ],
    lost: 4,
    parent: 'a3',
  },
  {
    name: 'it dropped a table',
    history: [
      tables,
      [table('plum'), column('plum', 'ripe')],
      [column('post', 'b')],
      ["op.drop_table('plum')"],
      end,
    ],
    lost: 4,
    parent: 'a3',
  },
  {
    name: 'it dropped two columns',
    history: [
      tables,
      [column('pear', 'ripe'), column('pear', 'sweet')],
      [table('plum')],
      ["op.drop_column('pear', 'ripe')", "op.drop_column('pear', 'sweet')"],
      end,
    ],
    lost: 4,
    parent: 'a3',
  },
]
