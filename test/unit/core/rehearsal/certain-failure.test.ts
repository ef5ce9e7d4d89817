/** Tests which failures on an empty copy are certain to happen in production too. */
import { describe, expect, test } from 'vitest'
import {
  type UncertainRead,
  firstUncertainRead,
  isCertainRefusal,
} from '../../../../src/core/rehearsal/certain-failure.ts'
import type { LoggedStatement, ServerError, TableLock } from '../../../../src/core/rehearsal/statement-log.ts'
import { answerSource, namesGiven } from '../../../../src/python/operations/sql/answer-source.ts'

function ran(
  text: string,
  locks: readonly TableLock[] = [],
  more: Partial<LoggedStatement> = {},
): LoggedStatement {
  return { text, startedAt: 0, endedAt: 1, locks, inTransaction: true, error: null, ...more }
}
const read: TableLock = { table: 'guests', mode: 'AccessShareLock' }
const refusedBy = (error: Partial<ServerError>, text = 'ALTER TABLE guests ADD a int'): LoggedStatement =>
  ran(text, [], { error: { code: '42701', message: '', ...error } })

const copied = {
  names: new Set(['guests', 'rooms', 'guest_names', 'rooms_id_seq']),
  versionTable: 'alembic_version',
  alike: true,
}
const rowsRead = (...statements: readonly LoggedStatement[]): UncertainRead | null =>
  firstUncertainRead(statements, copied, {
    answerSource,
    namesGiven,
    isNewError: (_text, { message }) => message === 'only newer versions say so',
  })

describe('rows are queried', () => {
  test.each([
    'SELECT * FROM guests',
    '/* why */ select 1 from "guests"',
    'WITH g AS (SELECT 1 FROM guests) SELECT 2',
    'DO $$ BEGIN PERFORM 1 FROM guests; END $$',
    'CREATE TABLE copy AS SELECT * FROM guests',
    'ALTER TABLE rooms ADD a int; UPDATE guests SET name = 1',
  ])('%s', (text) => expect(rowsRead(ran(text, [read]))).toEqual({ kind: 'rows', table: 'guests' }))

  test('also under a lock that an earlier statement took', () => {
    expect(
      rowsRead(
        ran('CREATE VIEW v AS SELECT * FROM guests', [read]),
        ran('SELECT count(*) FROM guests', [read]),
      ),
    ).toEqual({ kind: 'rows', table: 'guests' })
    const key = { table: 'guests', mode: 'ShareRowExclusiveLock' }
    expect(rowsRead(ran('CREATE VIEW v AS SELECT 1', [key]), ran('SELECT * FROM v', [key, read]))).toEqual({
      kind: 'rows',
      table: 'guests',
    })
    expect(
      rowsRead(ran('ALTER TABLE rooms RENAME TO flats', [read]), ran('SELECT * FROM flats', [read])),
    ).toEqual({ kind: 'rows', table: 'guests' })
  })

  test.each([
    ['a view', ran('CREATE VIEW v AS SELECT * FROM guests', [read])],
    ['the catalog', ran("SELECT relname FROM pg_catalog.pg_class WHERE relname = 'guests'", [read])],
    ['nothing', ran('SELECT 1', [read])],
    [
      'the version table',
      ran("UPDATE alembic_version SET version_num='b' WHERE alembic_version.version_num = 'a'", [read]),
    ],
    ['constants', ran("INSERT INTO guests (name) VALUES ('a')", [read])],
    ['a new table', ran('SELECT * FROM guests', [])],
  ])('not by %s', (_what, statement) => expect(rowsRead(statement)).toBeNull())

  test('where no lock is seen, a statement that names a table may have', () => {
    expect(rowsRead(ran('SELECT * FROM guests', [], { inTransaction: false }))).toEqual({
      kind: 'rows',
      table: null,
    })
    expect(rowsRead(ran('SELECT * FROM guests', [], { locksUnknown: true }))).toEqual({
      kind: 'rows',
      table: null,
    })
  })

  test('an error that was caught is another way, unless production has it too', () => {
    expect(rowsRead(refusedBy({ code: '42701' }), refusedBy({}))).toBeNull()
    expect(rowsRead(refusedBy({ code: '23503' }), refusedBy({}))).toEqual({ kind: 'failure' })
    expect(rowsRead(refusedBy({ message: 'only newer versions say so' }), refusedBy({}))).toEqual({
      kind: 'failure',
    })
    expect(rowsRead(refusedBy({}), ran('ROLLBACK', [], { error: { code: '25P02', message: '' } }))).toBeNull()
  })
})

describe('a refusal', () => {
  const certain = (error: Partial<ServerError>, text?: string, alike = true): boolean => {
    const one = refusedBy(error, text)
    return isCertainRefusal(one, { alike, source: answerSource(one.text, (name) => copied.names.has(name)) })
  }
  test.each(['42701', '42P01', '2BP01', '3F000', '25001', '55P04'])('%s is certain', (code) => {
    expect(certain({ code })).toBe(true)
    expect(certain({ code }, undefined, false)).toBe(true)
  })
  test.each(['23505', '23502', '22012', 'P0001', '40P01', '57014', '42501', '42P04'])(
    '%s depends on rows, chance or the server',
    (code) => expect(certain({ code })).toBe(false),
  )
  test('a statement that reads rows is refused for certain only before it reads', () => {
    expect(certain({ code: '42703', atParse: true }, 'UPDATE guests SET age = 1')).toBe(true)
    expect(certain({ code: '42P01' }, 'SELECT max(name)::regclass FROM guests')).toBe(false)
    expect(certain({ code: '42P01', inFunction: true })).toBe(false)
  })
  test.each([
    ['42704', 'collation "de_DE" for encoding "UTF8" does not exist'],
    ['42704', 'tablespace "fast" does not exist'],
    ['42704', 'role "app" does not exist'],
    ['42710', 'role "app" already exists'],
  ])('%s %s belongs to a server', (code, message) => expect(certain({ code, message })).toBe(false))
  test.each([
    ['42601', 'syntax error', undefined],
    ['42883', 'function f() does not exist', undefined],
    ['42710', 'constraint "guests_name_not_null" for relation "guests" already exists', undefined],
    ['42703', 'column "consrc" does not exist', 'SELECT consrc FROM pg_constraint'],
  ])('%s %s may be a matter of the version', (code, message, text) => {
    expect(certain({ code, message, atParse: true }, text, false)).toBe(false)
    expect(certain({ code, message, atParse: true }, text, true)).toBe(true)
  })
})
