/** Failures on a copy without rows that are certain to happen in production. */
import { describe, expect, test } from 'vitest'
import { firstRowsRead, isCertainRefusal } from '../../../../src/core/rehearsal/certain-failure.ts'
import type { LoggedStatement, TableLock } from '../../../../src/core/rehearsal/statement-log.ts'

function ran(
  text: string,
  locks: readonly TableLock[] = [],
  more: Partial<LoggedStatement> = {},
): LoggedStatement {
  return { text, startedAt: 0, endedAt: 1, locks, inTransaction: true, error: null, ...more }
}
const read: TableLock = { table: 'guests', mode: 'AccessShareLock' }
const refused = (code: string, text = 'ALTER TABLE guests ADD a int'): LoggedStatement =>
  ran(text, [], { error: { code, message: '' } })

describe('rows are queried', () => {
  test.each([
    'SELECT * FROM guests',
    'WITH g AS (SELECT 1 FROM guests) SELECT 2',
    'DO $$ BEGIN PERFORM 1 FROM guests; END $$',
    'CREATE TABLE copy AS SELECT * FROM guests',
  ])('%s', (text) => expect(firstRowsRead([ran(text, [read])], 'alembic_version')).toBe('guests'))

  test.each([
    ['a view', ran('CREATE VIEW v AS SELECT * FROM guests', [read])],
    ['the catalog', ran('SELECT relname FROM pg_catalog.pg_class')],
    ['the version table', ran('SELECT 1', [{ table: 'shop.alembic_version', mode: 'AccessShareLock' }])],
    [
      'a schema change',
      ran('ALTER TABLE guests ADD a int', [{ table: 'guests', mode: 'AccessExclusiveLock' }]),
    ],
  ])('not by %s', (_what, statement) => expect(firstRowsRead([statement], 'alembic_version')).toBeNull())

  test("a lock from an earlier statement isn't another query", () => {
    const statements = [ran('CREATE VIEW v AS SELECT * FROM guests', [read]), ran('SELECT 1', [read])]
    expect(firstRowsRead(statements, 'alembic_version')).toBeNull()
  })

  test('outside a transaction no lock is visible, so any SELECT may have queried rows', () => {
    const one = ran('SELECT 1', [], { inTransaction: false })
    expect(firstRowsRead([one], 'alembic_version')).toBe('a table')
  })
})

describe('a rejection', () => {
  test.each(['42701', '42P01', '2BP01', '3F000', '25001', '55P04'])('%s is certain', (code) =>
    expect(isCertainRefusal(refused(code), null, true)).toBe(true),
  )
  test.each(['23505', '23502', '22012', 'P0001', '40P01', '57014'])('%s depends on rows or chance', (code) =>
    expect(isCertainRefusal(refused(code), null, true)).toBe(false),
  )
  test('nothing is certain after querying rows, or without a rejection', () => {
    expect(isCertainRefusal(refused('42701'), 'guests', true)).toBe(false)
    expect(isCertainRefusal(null, null, true)).toBe(false)
  })
  test('syntax errors may depend on the version, and server-side code may query rows', () => {
    expect(isCertainRefusal(refused('42601'), null, false)).toBe(false)
    expect(isCertainRefusal(refused('42P01', 'DO $$ BEGIN END $$'), null, true)).toBe(false)
  })
})
