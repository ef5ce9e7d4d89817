/**
 * Compares our shortened names with SQLAlchemy's results: `CreateIndex(...).compile(dialect=postgresql.dialect())`.
 */
import { expect, test } from 'vitest'
import { dialectOf } from '../../../../src/core/dialect/index.ts'
import type { Operation } from '../../../../src/core/history/operation.ts'
import { withClippedNames, withStoredNames } from '../../../../src/core/names/stored-names.ts'

test.each([
  ['ix_seats_row', 'ix_seats_row'],
  [
    'ix_reservations_of_the_summer_season_cancellation_reason_given_by_the_guest',
    'ix_reservations_of_the_summer_season_cancellation_reaso_af6c',
  ],
  [
    'ix_gäste_der_sommersaison_mit_einem_sehr_langen_namen_und_noch_mehr_zeichen',
    'ix_gäste_der_sommersaison_mit_einem_sehr_langen_namen_u_fe46',
  ],
])('op.f(%j) is stored as %j', (name, stored) => {
  const drop: Operation = {
    kind: 'dropIndex',
    index: { schema: null, name },
    table: null,
    ifExists: false,
    concurrently: false,
    exact: true,
    span: { path: 'a.py', line: 1, column: 1 },
  }
  const renamed = withStoredNames(drop, dialectOf({ dialect: 'postgresql' }), 'Alembic')
  expect(renamed).toMatchObject({ index: { name: stored } })
})

test('a step whose names fit is not copied', () => {
  const create: Operation = {
    kind: 'createIndex',
    table: { schema: null, name: 'seats' },
    index: { name: 'ix_seats_row', unique: false, columns: ['row'], exact: true, concurrently: false },
    ifNotExists: false,
    span: { path: 'a.py', line: 1, column: 1 },
  }
  expect(withStoredNames(create, dialectOf({ dialect: 'postgresql' }), 'Alembic')).toBe(create)
})

const long = 'x'.repeat(64)
const stored = long.slice(0, 63)
const seats = { schema: long, name: long }
const span = { path: 'a.py', line: 1, column: 1 }
const [postgres, sqlite] = [dialectOf({ dialect: 'postgresql' }), dialectOf({ dialect: 'sqlite' })]

test('PostgreSQL truncates all names but those of indexes and constraints', () => {
  const step: Operation = {
    kind: 'data',
    writes: { statement: 'insert', table: seats, columns: ['id', long] },
    rows: [{ id: long, [long]: 1 }],
    constants: [{ value: long, column: long, type: null }],
    span: { ...span, path: long },
  }
  expect(withClippedNames(step, postgres)).toEqual({
    kind: 'data',
    writes: { statement: 'insert', table: { schema: stored, name: stored }, columns: ['id', stored] },
    rows: [{ id: long, [stored]: 1 }],
    constants: [{ value: long, column: stored, type: null }],
    span: { ...span, path: long },
    overlong: expect.arrayContaining([long]),
  })
  expect(withClippedNames(step, sqlite)).toBe(step)
  const drop: Operation = {
    kind: 'dropIndex',
    index: { schema: null, name: long },
    table: seats,
    ifExists: false,
    concurrently: false,
    exact: false,
    span,
  }
  expect(withClippedNames(drop, postgres)).toMatchObject({ index: { name: long }, table: { name: stored } })
})

test.each([
  ['x'.repeat(63), 'x'.repeat(63)],
  ['ä'.repeat(32), 'ä'.repeat(31)],
  [`${'x'.repeat(60)}😀`, 'x'.repeat(60)],
  [`${'x'.repeat(59)}😀`, `${'x'.repeat(59)}😀`],
])('PostgreSQL stores the table %j as %j', (name, expected) => {
  const step: Operation = {
    kind: 'dropTable',
    table: { schema: null, name },
    ifExists: false,
    cascade: false,
    span,
  }
  expect(withClippedNames(step, postgres)).toMatchObject({ table: { name: expected } })
})
