/**
 * Tests statements that fail only because the scratch database has no rows. They must not block the release, unlike
 * those that fail because of the schema.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Report } from '../../src/report/model/report.ts'
import { folderWith, scaffold } from '../support/guard.ts'
import { type PostgresServer, type TestDatabase, findPostgres } from '../support/postgres.ts'
import { migrationOf, scratchPlace } from '../support/rehearse.ts'
import { alembic, release } from '../support/release.ts'

const server = await findPostgres()
const place = scratchPlace()

/** ALTER TABLE rooms ADD COLUMN name text, which always fails. Encoded to hide it from static analysis. */
const doomed = `op.execute(__import__('codecs').decode('NYGRE GNOYR ebbzf NQQ PBYHZA anzr grkg', 'rot13'))`

const ask = (sql: string): string => `answer = bind.execute(sa.text("""${sql}""")).fetchone()`

/** Pairs of conditions for running `doomed`. In each pair, one depends on rows and the other on the schema. */
const shapes: Readonly<
  Record<string, { readonly rows: readonly string[]; readonly schema: readonly string[] }>
> = {
  'a count': {
    rows: [ask('SELECT count(*) FROM rooms'), `if answer[0] == 0:`],
    schema: [ask(`SELECT count(*) FROM pg_class WHERE relname = 'rooms'`), `if answer[0] == 1:`],
  },
  'a row that is there': {
    rows: [`if not bind.execute(sa.text('SELECT id FROM rooms')).scalars().all():`],
    schema: [`if sa.inspect(bind).get_columns('rooms'):`],
  },
  'a row that is not there': {
    rows: [
      `name = bind.execute(sa.text('SELECT name FROM rooms ORDER BY id')).fetchone()[0]`,
      `if name != 'Blue':`,
    ],
    schema: [
      `name = bind.execute(sa.text("SELECT relname FROM pg_class WHERE relname = 'rooms'")).fetchone()[0]`,
      `if name:`,
    ],
  },
  'a loop over rows': {
    rows: [
      `for (number,) in bind.execute(sa.text('SELECT id FROM rooms')).fetchall():`,
      `    op.execute('ALTER TABLE rooms ADD COLUMN c%d int' % number)`,
      `op.execute(__import__('codecs').decode('NYGRE GNOYR ebbzf QEBC PBYHZA p1', 'rot13'))`,
      `if False:`,
    ],
    schema: [
      `for (name,) in bind.execute(sa.text("SELECT relname FROM pg_class WHERE relname = 'rooms'")).fetchall():`,
      `    op.execute('ALTER TABLE %s ADD COLUMN c1 int' % name)`,
      `if True:`,
    ],
  },
  'rows behind a lock that is held already': {
    rows: [
      `op.execute('ALTER TABLE rooms ADD COLUMN floor int')`,
      `op.execute('CREATE VIEW names AS SELECT name FROM rooms')`,
      ask('SELECT 1 FROM rooms'),
      `if answer is None:`,
    ],
    schema: [
      `op.execute('ALTER TABLE rooms ADD COLUMN floor int')`,
      `op.execute('CREATE VIEW names AS SELECT name FROM rooms')`,
      ask(`SELECT 1 FROM pg_views WHERE viewname = 'names'`),
      `if answer is not None:`,
    ],
  },
  'rows behind a new view': {
    rows: [
      `op.execute('CREATE VIEW names AS SELECT name FROM rooms')`,
      ask('SELECT 1 FROM names'),
      `if answer is None:`,
    ],
    schema: [
      `op.execute('CREATE VIEW names AS SELECT name FROM rooms')`,
      ask(`SELECT to_regclass('names')`),
      `if answer[0]:`,
    ],
  },
  'how many rows changed': {
    rows: [`if bind.execute(sa.text('UPDATE rooms SET name = name')).rowcount == 0:`],
    schema: [`if bind.execute(sa.text("INSERT INTO rooms (name) VALUES ('Red')")).rowcount == 1:`],
  },
  'an IntegrityError that is caught': {
    rows: [
      `failed = False`,
      `try:`,
      `    with bind.begin_nested(): bind.execute(sa.text('INSERT INTO guests (room_id) VALUES (1)'))`,
      `except sa.exc.IntegrityError:`,
      `    failed = True`,
      `if failed:`,
    ],
    schema: [
      `failed = False`,
      `try:`,
      `    with bind.begin_nested(): bind.execute(sa.text('ALTER TABLE guests ADD COLUMN room_id int'))`,
      `except sa.exc.ProgrammingError:`,
      `    failed = True`,
      `if failed:`,
    ],
  },
  statistics: {
    rows: [ask(`SELECT reltuples FROM pg_class WHERE relname = 'rooms'`), `if answer[0] < 1:`],
    schema: [ask(`SELECT relkind FROM pg_class WHERE relname = 'rooms'`), `if answer[0] == 'r':`],
  },
  'a DO block': {
    rows: [
      `op.execute('DO $$ BEGIN IF NOT EXISTS (SELECT FROM rooms) THEN CREATE TABLE extra (id int); END IF; END $$')`,
      `op.execute(__import__('codecs').decode('PERNGR GNOYR rkgen (vq vag)', 'rot13'))`,
      `if False:`,
    ],
    schema: [
      `op.execute("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'm') THEN CREATE TYPE m AS ENUM ('a'); END IF; END $$")`,
      `if True:`,
    ],
  },
  'a function of the database': {
    rows: [
      `op.execute("CREATE FUNCTION any_room() RETURNS boolean LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM rooms)'")`,
      ask('SELECT any_room()'),
      `if not answer[0]:`,
    ],
    schema: [ask(`SELECT lower('A')`), `if answer[0] == 'a':`],
  },
  'rows outside of a transaction': {
    rows: [
      `with op.get_context().autocommit_block():`,
      `    ${ask('SELECT 1 FROM rooms')}`,
      `if answer is None:`,
    ],
    schema: [
      `with op.get_context().autocommit_block():`,
      `    op.execute('CREATE INDEX CONCURRENTLY by_name ON rooms (name)')`,
      `if True:`,
    ],
  },
  'a variable of the environment': {
    rows: [`import os`, `if os.environ.get('TIER') != 'live':`],
    schema: [`import os`, `if os.environ.get('LANG') == 'C':`],
  },
  'the name of the database': {
    rows: [ask('SELECT current_database()'), `import os`, `if not os.environ['PLACE'].endswith(answer[0]):`],
    schema: [ask('SELECT current_schema()'), `if answer[0] == 'public':`],
  },
  'a sequence': {
    rows: [ask(`SELECT nextval('rooms_id_seq')`), `if answer[0] < 3:`],
    schema: [ask(`SELECT pg_get_serial_sequence('rooms', 'id')`), `if answer[0]:`],
  },
}

function lateMigration(before: readonly string[]): Readonly<Record<string, string>> {
  return {
    ...scaffold,
    'migrations/versions/rooms_001.py': migrationOf('rooms_001', null, ['pass']),
    'migrations/versions/late_002.py': migrationOf('late_002', 'rooms_001', [
      `bind = op.get_bind()`,
      ...before,
      `    ${doomed}`,
    ]),
  }
}

describe.skipIf(server === null || alembic === null)(
  'a rehearsal blocks only what rows can not change:',
  () => {
    const { createDatabase } = server as PostgresServer
    let production: TestDatabase

    beforeEach(async () => {
      production =
        await createDatabase(`CREATE TABLE rooms (id serial PRIMARY KEY, name varchar(80) NOT NULL);
      INSERT INTO rooms (name) VALUES ('Blue'), ('Red');
      CREATE TABLE guests (id serial PRIMARY KEY, room_id integer REFERENCES rooms (id));
      CREATE TABLE alembic_version (version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY);
      INSERT INTO alembic_version VALUES ('rooms_001');`)
      await production.execute('ANALYZE rooms')
    })
    afterEach(async () => {
      await production.drop()
      expect(place.left()).toEqual([])
    })

    const scratch = process.env['TEST_SCRATCH_SERVER'] ?? 'embedded'
    const options = [
      'run',
      '--rehearse',
      'auto',
      '--scratch-server',
      scratch,
      '--format',
      'json',
      '--pass-env',
      'PLACE',
    ]

    async function run(
      before: readonly string[],
    ): Promise<{ status: number | null; said: string; report: Report }> {
      const folder = folderWith(lateMigration(before))
      const env = {
        ...place.env,
        DATABASE_URL: production.url,
        TIER: 'live',
        LANG: 'C',
        PLACE: new URL(production.url).pathname,
      }
      const { status, stdout, stderr } = await release(
        folder,
        [...options, '--', 'alembic', 'upgrade', 'head'],
        env,
      )
      const end = stdout.indexOf('\n}\n')
      return { status, said: stdout + stderr, report: JSON.parse(stdout.slice(0, end + 3)) as Report }
    }

    test.each(Object.entries(shapes))('%s', async (_name, { rows, schema }) => {
      const blocked = await run(schema)
      expect(blocked.status, blocked.said).toBe(1)
      expect(blocked.report.rehearsal?.failure, blocked.said).toMatchObject({
        certain: true,
        revision: 'late_002',
        sqlstate: '42701',
      })
      expect(await production.execute('SELECT version_num FROM alembic_version')).toEqual([
        { version_num: 'rooms_001' },
      ])
      const released = await run(rows)
      expect(released.said).toContain('late_002 failed in the rehearsal')
      expect(released.status, released.said).toBe(0)
      expect(await production.execute('SELECT version_num FROM alembic_version')).toEqual([
        { version_num: 'late_002' },
      ])
    })
  },
)
