/** Tests values that Python's drivers return. Expects Python's `repr()`, except for strings. */
import { expect, test } from 'vitest'
import {
  postgresVersionRow,
  pythonBytes,
  pythonFloat,
  sqliteVersionRow,
} from '../../../../src/adapters/database/driver-values.ts'

test.each([
  ['varchar', 'ab12', null, { kind: 'text', value: 'ab12' }],
  ['bpchar', 'ab12    ', null, { kind: 'text', value: 'ab12    ' }],
  ['text', null, null, { kind: 'null' }],
  ['int4', '1001', null, { kind: 'not-text', repr: '1001' }],
  ['bool', 't', null, { kind: 'not-text', repr: 'True' }],
  ['numeric', '1.50', null, { kind: 'not-text', repr: "Decimal('1.50')" }],
  ['float8', '1001', null, { kind: 'not-text', repr: '1001.0' }],
  ['uuid', 'u', null, { kind: 'text', value: 'u' }],
  ['uuid', 'u', 'psycopg2', { kind: 'text', value: 'u' }],
  ['uuid', 'u', 'psycopg', { kind: 'not-text', repr: "UUID('u')" }],
  ['bytea', '\\x6127', 'asyncpg', { kind: 'not-text', repr: `b"a'"` }],
  ['bytea', '\\x61', null, { kind: 'not-text', repr: '<memory at 0x…>' }],
])('PostgreSQL %s %j with driver %s', (type, value, driver, expected) => {
  expect(postgresVersionRow(type, value, driver)).toEqual(expected)
})

test.each([
  ['integer', '1001', { kind: 'not-text', repr: '1001' }],
  ['real', '1.5', { kind: 'not-text', repr: '1.5' }],
  ['blob', '6161', { kind: 'not-text', repr: "b'aa'" }],
  ['text', 'aa', { kind: 'text', value: 'aa' }],
  ['null', null, { kind: 'null' }],
])('SQLite %s %j', (storage, value, expected) => {
  expect(sqliteVersionRow(storage, value)).toEqual(expected)
})

test.each([
  [1, '1.0'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
  [1.5e300, '1.5e+300'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [-0, '-0.0'],
  [0.1 + 0.2, '0.30000000000000004'],
])('Python prints %d as %s', (value, expected) => {
  expect(pythonFloat(value)).toBe(expected)
})

test.each([
  ["a'b", `b"a'b"`],
  [`a'"`, `b'a\\'"'`],
  ['\t\n\r\\\0\u007f', String.raw`b'\t\n\r\\\x00\x7f'`],
])('Python prints the bytes of %j as %s', (value, expected) => {
  expect(pythonBytes(Buffer.from(value))).toBe(expected)
})
