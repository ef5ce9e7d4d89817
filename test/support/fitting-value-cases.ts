/** Changes of a column's type, with a value that fits the new type or doesn't. */

import type { Said } from './pending-migration.ts'

/** The old type, a value as SQL, the new type, Alembic's error or null, and what the guard says. */
export type FittingValueCase = readonly [
  from: string,
  value: string,
  to: string,
  error: RegExp | null,
  said: Said,
]

const tooLong = /value too long for type character varying\(3\)/
const small = /smallint out of range/
const overflow = /numeric field overflow/

export const fittingValueCases: readonly FittingValueCase[] = [
  ['text', "'abcd'", 'sa.String(3)', tooLong, 'predicted'],
  ['text', "'abc'", 'sa.String(3)', null, 'passes'],
  ['varchar(9)', "'ab       '", 'sa.String(3)', null, 'passes'],
  ['varchar(9)', 'NULL', 'sa.String(3)', null, 'passes'],
  ['varchar(3)', "'abc'", 'sa.Text()', null, 'passes'],
  ['text', "'abcd'", 'sa.CHAR(3)', /value too long for type character\(3\)/, 'listed'],
  ['varchar(9)[]', "ARRAY['abcd']", 'postgresql.ARRAY(sa.String(3))', tooLong, 'listed'],
  ['integer', '12345', 'sa.String(3)', tooLong, 'listed'],
  ['integer', '-2147483648', 'sa.String(11)', null, 'passes'],
  ['boolean', 'false', 'sa.String(5)', null, 'passes'],
  ['uuid', 'gen_random_uuid()', 'sa.String(36)', null, 'passes'],
  ['date', 'now()', 'sa.String(3)', tooLong, 'listed'],
  ['mood', "'calm'", 'sa.String(3)', tooLong, 'listed'],
  ['bigint', '2147483648', 'sa.Integer()', /integer out of range/, 'predicted'],
  ['bigint', '-2147483648', 'sa.Integer()', null, 'passes'],
  ['integer', '32768', 'sa.SmallInteger()', small, 'predicted'],
  ['integer', '32767', 'sa.SmallInteger()', null, 'passes'],
  ['integer', '-32769', 'sa.SmallInteger()', small, 'predicted'],
  ['integer', '1', 'sa.BigInteger()', null, 'passes'],
  ['numeric(10,2)', '32767.50', 'sa.SmallInteger()', small, 'predicted'],
  ['numeric(10,2)', '32767.49', 'sa.SmallInteger()', null, 'passes'],
  ['numeric(10,2)', '-32768.50', 'sa.SmallInteger()', small, 'predicted'],
  ['numeric(10,2)', '-32768.49', 'sa.SmallInteger()', null, 'passes'],
  ['numeric(4,0)', '9999', 'sa.SmallInteger()', null, 'passes'],
  ['numeric(5,0)', '99999', 'sa.SmallInteger()', small, 'predicted'],
  ['numeric', '12345678901234567890', 'sa.BigInteger()', /bigint out of range/, 'listed'],
  ['float8', '-32768.5', 'sa.SmallInteger()', null, 'passes'],
  ['float8', '32767.5', 'sa.SmallInteger()', small, 'predicted'],
  ['float8', "'NaN'", 'sa.SmallInteger()', small, 'predicted'],
  ['numeric(10,2)', '1000.00', 'sa.Numeric(5, 2)', overflow, 'predicted'],
  ['numeric(10,3)', '999.994', 'sa.Numeric(5, 2)', null, 'passes'],
  ['numeric(10,3)', '999.995', 'sa.Numeric(5, 2)', overflow, 'predicted'],
  ['numeric(3,2)', '9.95', 'sa.Numeric(2, 1)', overflow, 'predicted'],
  ['numeric(3,2)', '9.94', 'sa.Numeric(2, 1)', null, 'passes'],
  ['numeric(5,2)', '999.99', 'sa.Numeric(7, 4)', null, 'passes'],
  ['numeric', "'NaN'", 'sa.Numeric(5, 2)', null, 'passes'],
  ['bigint', '1000', 'sa.Numeric(5, 2)', overflow, 'predicted'],
  ['smallint', '32767', 'sa.Numeric(7, 2)', null, 'passes'],
  ['float8', '1000', 'sa.Numeric(5, 2)', overflow, 'predicted'],
  ['float8', '999.9949999999999', 'sa.Numeric(5, 2)', overflow, 'listed'],
  ['real', '999.995', 'sa.Numeric(5, 2)', overflow, 'listed'],
  ['float8', '1e300', 'sa.REAL()', /value out of range: overflow/, 'listed'],
  ['numeric(10,2)', '1.5', 'sa.REAL()', null, 'passes'],
  ['integer', '1', 'sa.Float()', null, 'passes'],
  ['json', `'{"a": "\\u0000"}'`, 'postgresql.JSONB()', /unsupported Unicode escape/, 'listed'],
]
