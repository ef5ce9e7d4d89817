/**
 * Compares our shortened names with SQLAlchemy's results: `CreateIndex(...).compile(dialect=postgresql.dialect())`.
 */
import { expect, test } from 'vitest'
import { dialectOf } from '../../../../src/core/dialect/index.ts'
import type { Operation } from '../../../../src/core/history/operation.ts'
import { withStoredNames } from '../../../../src/core/names/stored-names.ts'

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
