/** Random SQL expressions, some of which PostgreSQL rejects. */

/** Column types, each with edge-case values. */
export const columnTypes: Readonly<Record<string, readonly [type: string, values: readonly string[]]>> = {
  small: ['smallint', ['-32768', '32767', '0']],
  n: ['integer', ['-2147483648', '2147483647', '0']],
  big: ['bigint', ['-9223372036854775808', '9223372036854775807', '0']],
  price: ['numeric(12,2)', ['-9999999999.99', "'NaN'", '0']],
  ratio: ['real', ["'Infinity'", '-3e38', "'NaN'"]],
  weight: ['double precision', ["'-Infinity'", '1e308', "'NaN'"]],
  body: ['text', ["'%'", "''", "E'a\\\\'"]],
  word: ['character varying(20)', ["'a'", "'2030-01-01'", "'[1'"]],
  code: ['character(3)', ["'a'", "'  '", "'1'"]],
  flag: ['boolean', ['true', 'false', 'NULL']],
  day: ['date', ["'infinity'", "'4713-01-01 BC'", "'5874897-12-31'"]],
  at: ['timestamp without time zone', ["'infinity'", "'-infinity'", "'294276-12-31 23:59:59'"]],
  seen: ['timestamp with time zone', ["'infinity'", "'-infinity'", "'294276-12-31 23:59:59+00'"]],
  clock: ['time without time zone', ["'24:00'", "'00:00'", 'NULL']],
  span: ['interval', ["'178000000 years'", "'-178000000 years'", "'1 day'"]],
  id: ['uuid', ["'00000000-0000-0000-0000-000000000000'", 'NULL', 'NULL']],
  loose: ['json', ['\'[1, "\\u0000"]\'', "'{}'", "'null'"]],
  data: ['jsonb', ["'[1]'", '\'{"a": {"b": 1}}\'', "'null'"]],
  raw: ['bytea', ["''", "'\\x00'", 'NULL']],
  host: ['inet', ["'::1'", "'10.0.0.1/8'", 'NULL']],
  tags: ['text[]', ["'{}'", "'{a,NULL}'", "'{{a},{b}}'"]],
  marks: ['integer[]', ["'{}'", "'{1,NULL}'", 'NULL']],
  words: ['tsvector', ["''", "'a:1 b:2'", 'NULL']],
  mood: ['mood', ["'sad'", "'glad'", 'NULL']],
  other: ['other', ["'sad'", 'NULL', 'NULL']],
}

const constants = [
  "''", "'a'", "'1'", "'sad'", "'nope'", "'{}'", "'{a}'", "'[]'", "'true'", "'2030-01-01'", "'1 day'", "'utc'", "'day'",
  "'english'", "'00000000-0000-0000-0000-000000000000'", '0', '1', '70000', '3000000000', '1.5', 'true', 'false', 'NULL',
] // prettier-ignore
const operators = [
  '=', '<>', '<', '>=', '=', '=', '||', '||', '+', '-', '*', '/', '%', '->', '->>', '#>>', '@>', '<@', '?', '~', '~*',
  'IS DISTINCT FROM', 'LIKE', 'NOT ILIKE',
] // prettier-ignore
const named = [
  'lower', 'upper', 'btrim', 'length', 'octet_length', 'md5', 'replace', 'left', 'substr', 'split_part', 'strpos',
  'starts_with', 'reverse', 'jsonb_typeof', 'jsonb_array_length', 'to_tsvector', 'date', 'date_trunc', 'timezone',
  'coalesce', 'coalesce', 'greatest', 'nullif', 'num_nonnulls', 'now', 'current_date', 'gen_random_uuid', 'nextval',
] // prettier-ignore
const casts = [
  'text', 'varchar', 'varchar(2)', 'char(1)', 'integer', 'bigint', 'smallint', 'numeric', 'numeric(5,2)', 'real',
  'double precision', 'boolean', 'date', 'timestamp', 'timestamptz', 'timestamp with time zone', 'uuid', 'json',
  'jsonb', 'bytea', 'inet', 'text[]', 'varchar[]', 'interval', 'time', 'mood', 'other', 'tsvector', 'regclass',
] // prettier-ignore

/** Returns a random expression. `next` returns a number less than its argument. */
export function randomExpression(next: (below: number) => number, depth = 3): string {
  const pick = (from: readonly string[]): string => from[next(from.length)] ?? ''
  const part = (): string => randomExpression(next, depth - 1)
  const several = (): string => Array.from({ length: 1 + next(3) }, part).join(', ')
  if (depth === 0 || next(6) === 0) return next(3) === 0 ? pick(constants) : pick(Object.keys(columnTypes))
  switch (next(13)) {
    case 0:
      return `(${part()} AND ${part()})`
    case 1:
      return `(${part()} OR NOT ${part()})`
    case 2:
      return `(${part()} IS ${pick(['NULL', 'NOT NULL', 'TRUE', 'NOT FALSE', 'UNKNOWN'])})`
    case 3:
      return `(${part()} ${pick(['IN', 'NOT IN'])} (${several()}))`
    case 4:
      return `(${part()} ${pick(['=', '<>', '<'])} ${pick(['ANY', 'ALL'])} (ARRAY[${several()}]))`
    case 5:
      return `CASE WHEN ${part()} THEN ${part()} ELSE ${part()} END`
    case 6:
    case 7:
      return `(${part()})::${pick(casts)}`
    case 8: {
      const name = pick(named)
      return name.startsWith('current') ? name : `${name}(${name === 'now' ? '' : several()})`
    }
    case 9:
      return `(${part()} BETWEEN ${part()} AND ${part()})`
    case 10:
      return `(${part()} AT TIME ZONE ${part()})`
    default:
      return `(${part()} ${pick(operators)} ${part()})`
  }
}
