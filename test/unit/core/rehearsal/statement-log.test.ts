/**
 * Tests how statements are assigned to migrations, locks are named, catalogs are compared and tracebacks are parsed.
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CatalogObject,
  compareCatalogs,
  isGrownEnum,
  migrationOf,
} from '../../../../src/core/schema/catalog-diff.ts'
import {
  type LoggedStatement,
  aboutVersions,
  blockingLocks,
  splitByRevision,
} from '../../../../src/core/rehearsal/statement-log.ts'
import { parseModelsCheck } from '../../../../src/core/rehearsal/models-check.ts'
import { parseFailure } from '../../../../src/core/rehearsal/traceback.ts'

let clock = 0
function seen(text: string, more: Partial<LoggedStatement> = {}): LoggedStatement {
  clock += 10
  return { text, startedAt: clock - 4, endedAt: clock, locks: [], inTransaction: true, error: null, ...more }
}

const look = 'SELECT alembic_version.version_num \nFROM alembic_version'
const insert = (id: string): string => `INSERT INTO alembic_version (version_num) VALUES ('${id}')`
const update = (from: string, to: string): string =>
  `UPDATE alembic_version SET version_num='${to}' WHERE alembic_version.version_num = '${from}'`
const remove = (id: string): string =>
  `DELETE FROM alembic_version WHERE alembic_version.version_num = '${id}'`
const guests = { table: 'guests', mode: 'AccessExclusiveLock' }

describe('courseOf', () => {
  test('statements before the version table query belong to no migration', () => {
    const { done, rest } = splitByRevision(
      ['select version()', look, 'CREATE TABLE a ()', insert('a1')].map((text) => seen(text)),
      'alembic_version',
      'upgrade',
    )
    expect(done).toMatchObject([{ revision: 'a1', statements: 1, ms: 20 }])
    expect(rest).toEqual([])
  })

  test('a migration without statements is still a migration', () => {
    const texts = [look, update('a', 'b'), update('b', 'c')]
    const { done } = splitByRevision(
      texts.map((text) => seen(text)),
      'alembic_version',
      'upgrade',
    )
    expect(done.map(({ revision, statements }) => [revision, statements])).toEqual([
      ['b', 0],
      ['c', 0],
    ])
  })

  test('a merge deletes rows before writing its own; its downgrade inserts them first', () => {
    const merge = splitByRevision(
      [look, 'X', remove('a'), update('b', 'm')].map((text) => seen(text)),
      'alembic_version',
      'upgrade',
    )
    expect(merge.done).toMatchObject([{ revision: 'm', statements: 1 }])
    const back = splitByRevision(
      [look, 'Y', insert('a'), update('m', 'b')].map((text) => seen(text)),
      'alembic_version',
      'downgrade',
    )
    expect(back.done).toMatchObject([{ revision: 'm', statements: 1 }])
  })

  test('a downgrade to base ends with a DELETE', () => {
    const { done } = splitByRevision(
      [look, 'DROP TABLE a', remove('a1')].map((text) => seen(text)),
      'alembic_version',
      'downgrade',
    )
    expect(done).toMatchObject([{ revision: 'a1', direction: 'downgrade', statements: 1 }])
  })

  test('a lock counts for the migration that takes it first, and again after the transaction ends', () => {
    const locks = [guests]
    const { done } = splitByRevision(
      [
        seen(look),
        seen('ALTER TABLE guests ADD a int', { locks }),
        seen(update('a', 'b'), { locks }),
        seen('ALTER TABLE guests ADD b int', { locks }),
        seen(update('b', 'c'), { locks }),
        seen('COMMIT', { inTransaction: false }),
        seen('BEGIN'),
        seen('ALTER TABLE guests ADD c int', { locks }),
        seen(update('c', 'd'), { locks }),
      ],
      'alembic_version',
      'upgrade',
    )
    expect(done.map((one) => one.locks)).toEqual([
      // A lock is held from the start of the statement that takes it to the end of COMMIT.
      [{ ...guests, statement: 'ALTER TABLE guests ADD a int', heldMs: 44 }],
      [],
      [{ ...guests, statement: 'ALTER TABLE guests ADD c int', heldMs: 14 }],
    ])
    expect(done.map(({ outside }) => outside)).toEqual([false, false, false])
  })

  test('outside a transaction, a lock is held for its statement, and the longest time is kept', () => {
    const alone = { locks: [guests], inTransaction: false }
    const { done } = splitByRevision(
      [
        seen(look),
        seen('A', alone),
        seen('B', { ...alone, startedAt: clock - 40 }),
        seen('CREATE INDEX CONCURRENTLY i ON guests (a)', { inTransaction: false, locksUnknown: true }),
        seen(update('a', 'b')),
      ],
      'alembic_version',
      'upgrade',
    )
    expect(done[0]).toMatchObject({
      outside: true,
      locks: [{ ...guests, statement: 'B', heldMs: 50 }],
      unmeasured: ['CREATE INDEX CONCURRENTLY i ON guests (a)'],
    })
  })

  test("a lock ends with a rollback to a savepoint, but not with another connection's transaction", () => {
    const locks = [guests]
    const { done } = splitByRevision(
      [
        seen(look, { session: 1 }),
        seen('A', { locks, session: 1 }),
        seen('X', { inTransaction: false, session: 2 }),
        seen('B', { locks, session: 1 }),
        seen('ROLLBACK TO SAVEPOINT s', { session: 1 }),
        seen(update('a', 'b'), { session: 1 }),
      ],
      'alembic_version',
      'upgrade',
    )
    expect(done[0]?.locks).toEqual([{ ...guests, statement: 'A', heldMs: 34 }])
  })

  test('failed statements, and those after the last completed migration, are left over', () => {
    const error = { code: '42P01', message: 'relation "x" does not exist' }
    const texts = [
      seen(look),
      seen('A'),
      seen(update('a', 'b')),
      seen('B'),
      seen('BAD', { error }),
      seen('ROLLBACK'),
    ]
    const { done, rest } = splitByRevision(texts, 'alembic_version', 'upgrade')
    expect(done).toHaveLength(1)
    expect(rest.map(({ text }) => text)).toEqual(['B', 'BAD'])
    const refused = splitByRevision([seen(look), seen(insert('a'), { error })], 'alembic_version', 'upgrade')
    expect(refused.done).toEqual([])
  })

  test('any row and any table name can be parsed back', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((id) => !id.includes('\n')),
        fc.constantFrom('alembic_version', 'shop_version', 'odd.name', 'a+b'),
        fc.constantFrom('', 'app.', '"my app".'),
        (id, table, schema) => {
          const literal = id.replaceAll("'", "''")
          const name = `${schema}${table}`
          expect(aboutVersions(`INSERT INTO ${name} (version_num) VALUES ('${literal}')`, table)).toEqual({
            kind: 'write',
            from: null,
            to: id,
          })
          expect(
            aboutVersions(`DELETE FROM ${name} WHERE ${name}.version_num = '${literal}'`, table),
          ).toEqual({
            kind: 'write',
            from: id,
            to: null,
          })
          expect(aboutVersions(`CREATE TABLE other (id int)`, table)).toBeNull()
        },
      ),
    )
  })
})

test('only the strongest lock on a table is reported, and only if it blocks others', () => {
  const modes = (...names: string[]) => names.map((mode) => ({ table: 'guests', mode }))
  expect(blockingLocks(modes('AccessShareLock', 'RowExclusiveLock', 'ShareUpdateExclusiveLock'))).toEqual([])
  expect(blockingLocks(modes('AccessExclusiveLock', 'ShareLock', 'RowShareLock'))).toEqual([guests])
})

describe('catalogs', () => {
  const object = (
    kind: string,
    name: string,
    owner: string | null = null,
    definition = '',
  ): CatalogObject => ({
    kind,
    name,
    owner,
    definition,
  })
  const table = object('table', 'rooms')
  const column = object('column', 'rooms.id', 'rooms', 'integer')

  test("dependents of a reported table aren't reported again", () => {
    expect(compareCatalogs([], [table, column]).map(({ object: { name } }) => name)).toEqual(['rooms'])
    expect(compareCatalogs([table], [table, column]).map(({ object: { name } }) => name)).toEqual([
      'rooms.id',
    ])
  })

  test('a comparison distinguishes leftover, lost and changed objects', () => {
    const wider = { ...column, definition: 'bigint' }
    const found = compareCatalogs([table, column], [table, wider, object('enum', 'status')])
    expect(found.map(({ change, object: { name } }) => `${change} ${name}`)).toEqual([
      'changed rooms.id',
      'left status',
    ])
    expect(compareCatalogs([table], [])).toMatchObject([{ change: 'lost', object: table }])
  })

  test('a leftover is attributed to the migration after which it first existed', () => {
    const status = object('enum', 'status')
    const course = [
      { revision: 'a', catalog: [table] },
      { revision: 'b', catalog: [table, status] },
      { revision: 'c', catalog: [status] },
    ]
    expect(migrationOf({ change: 'left', object: status, before: null }, [], course)).toBe('b')
    expect(migrationOf({ change: 'lost', object: table, before: null }, [table], course)).toBe('c')
    expect(migrationOf({ change: 'left', object: column, before: null }, [], course)).toBeNull()
  })

  test("equal catalogs don't differ, in any order", () => {
    const objects = fc.uniqueArray(
      fc.record({
        kind: fc.constantFrom('table', 'column', 'enum'),
        name: fc.string(),
        owner: fc.constant(null),
        definition: fc.string(),
      }),
      { selector: ({ kind, name }) => `${kind} ${name}` },
    )
    fc.assert(
      fc.property(objects, (list) => {
        expect(compareCatalogs(list, list.toReversed())).toEqual([])
        expect(compareCatalogs([], list).every(({ change }) => change === 'left')).toBe(true)
      }),
    )
  })
})

test.each([
  [0, 'No new upgrade operations detected.\n', 'same'],
  [
    2,
    "alembic: error: argument {branches,current}: invalid choice: 'check' (choose from 'branches')\n",
    'unavailable',
  ],
  [2, "Usage: flask db [OPTIONS] COMMAND\nError: No such command 'check'.\n", 'unavailable'],
  [255, "FAILED: New upgrade operations detected: [('add_column', None, 'guests', ...)]\n", 'differ'],
  [
    255,
    "FAILED: Can't proceed with --autogenerate option; environment script does not provide a MetaData\n",
    'failed',
  ],
  [1, 'Traceback (most recent call last):\n  File "x", line 1, in y\nImportError: no models\n', 'failed'],
] as const)('alembic check with exit code %i: %j', (status, output, outcome) => {
  expect(parseModelsCheck(status, output).outcome).toBe(outcome)
})

describe('parseFailure', () => {
  test('returns the last of several chained exceptions, with all its frames', () => {
    const output = `Traceback (most recent call last):
  File "/usr/lib/sqlalchemy/engine.py", line 9, in execute
    cursor.execute(statement)
psycopg2.errors.UndefinedTable: relation "x" does not exist

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/migrations/versions/b.py", line 12, in upgrade
    op.execute('x')
  File "/usr/lib/sqlalchemy/engine.py", line 9, in execute
sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedTable) relation "x" does not exist
LINE 1: x
        ^
[SQL: x]
`
    expect(parseFailure(output)).toEqual({
      error: 'sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedTable) relation "x" does not exist',
      frames: [
        { path: '/app/migrations/versions/b.py', line: 12 },
        { path: '/usr/lib/sqlalchemy/engine.py', line: 9 },
      ],
    })
  })

  test("returns Alembic's and Flask-Migrate's own messages, or nothing", () => {
    expect(parseFailure("INFO x\n  FAILED: Can't locate revision\n").error).toBe("Can't locate revision")
    expect(parseFailure('ERROR [flask_migrate] Error: No such thing\n').error).toBe('No such thing')
    expect(parseFailure('AssertionError\n').error).toBeNull()
    expect(
      parseFailure(`Traceback (most recent call last):\n  File "a", line 1, in x\nAssertionError\n`).error,
    ).toBe('AssertionError')
  })
})

test('an enum that only has additional values has grown', () => {
  const one = (definition: string): CatalogObject => ({ kind: 'enum', name: 'kind', owner: null, definition })
  const grown = (before: string, after: string): boolean =>
    compareCatalogs([one(before)], [one(after)]).every(isGrownEnum)
  expect(grown(`'a', 'b'`, `'a', 'it''s', 'b'`)).toBe(true)
  expect(grown(`'a', 'b'`, `'a', 'c'`)).toBe(false)
  expect(grown(`'a', 'b'`, `'a'`)).toBe(false)
})
