/** Signatures of PostgreSQL's built-in functions (13 and later). */

/**
 * A function's signature. An argument is a type or a special kind such as `unit`, `text` (any text type) or `any`
 * (any known type).
 */
export interface Signature {
  readonly args: readonly string[]
  readonly result: string
  /** False if the result may depend on settings or the time. Indexes don't accept such functions. */
  readonly immutable: boolean
  /** True if the function never fails. */
  readonly safe: boolean
}

const local = 'timestamp without time zone'
const zoned = 'timestamp with time zone'

function pure(result: string, ...args: readonly string[]): Signature {
  return { args, result, immutable: true, safe: true }
}

function risky(result: string, ...args: readonly string[]): Signature {
  return { args, result, immutable: true, safe: false }
}

function momentary(result: string, ...args: readonly string[]): Signature {
  return { args, result, immutable: false, safe: true }
}

/** Functions by name. Omits signatures that implicit conversions may make ambiguous. */
export const functions: Readonly<Record<string, readonly Signature[]>> = {
  lower: [pure('text', 'text')],
  upper: [pure('text', 'text')],
  initcap: [pure('text', 'text')],
  btrim: [pure('text', 'text'), pure('text', 'text', 'text')],
  ltrim: [pure('text', 'text'), pure('text', 'text', 'text')],
  rtrim: [pure('text', 'text'), pure('text', 'text', 'text')],
  length: [pure('integer', 'text'), pure('integer', 'bytea')],
  char_length: [pure('integer', 'text')],
  character_length: [pure('integer', 'text')],
  octet_length: [pure('integer', 'text'), pure('integer', 'bytea')],
  md5: [pure('text', 'text'), pure('text', 'bytea')],
  replace: [risky('text', 'text', 'text', 'text')],
  left: [pure('text', 'text', 'integer')],
  right: [pure('text', 'text', 'integer')],
  substr: [risky('text', 'text', 'integer'), risky('text', 'text', 'integer', 'integer')],
  substring: [risky('text', 'text', 'integer'), risky('text', 'text', 'integer', 'integer')],
  encode: [risky('text', 'bytea', 'text')],
  decode: [risky('bytea', 'text', 'text')],
  split_part: [risky('text', 'text', 'text', 'integer')],
  regexp_replace: [risky('text', 'text', 'text', 'text'), risky('text', 'text', 'text', 'text', 'text')],
  strpos: [pure('integer', 'text', 'text')],
  starts_with: [pure('boolean', 'text', 'text')],
  reverse: [pure('text', 'text')],
  json_typeof: [pure('text', 'json')],
  jsonb_typeof: [pure('text', 'jsonb')],
  json_array_length: [risky('integer', 'json')],
  jsonb_array_length: [risky('integer', 'jsonb')],
  // `to_jsonb` fails for objects that are too large for jsonb.
  to_jsonb: [{ args: ['any'], result: 'jsonb', immutable: false, safe: false }],
  to_json: [{ args: ['any'], result: 'json', immutable: false, safe: false }],
  to_tsvector: [risky('tsvector', 'regconfig', 'text'), momentary('tsvector', 'text')],
  date: [pure('date', local), { args: [zoned], result: 'date', immutable: false, safe: false }],
  date_trunc: [
    risky(local, 'unit', local),
    { args: ['unit', zoned], result: zoned, immutable: false, safe: false },
  ],
  timezone: [risky(zoned, 'zone', local), risky(local, 'zone', zoned)],
  now: [momentary(zoned)],
  transaction_timestamp: [momentary(zoned)],
  statement_timestamp: [momentary(zoned)],
  clock_timestamp: [momentary(zoned)],
  current_timestamp: [momentary(zoned)],
  localtimestamp: [momentary(local)],
  current_date: [momentary('date')],
  current_setting: [
    { args: ['text'], result: 'text', immutable: false, safe: false },
    { args: ['text', 'boolean'], result: 'text', immutable: false, safe: false },
  ],
  gen_random_uuid: [momentary('uuid')],
  random: [momentary('double precision')],
}

/** Functions that accept any number of arguments of any type. */
export const variadic: Readonly<Record<string, string>> = { num_nonnulls: 'integer', num_nulls: 'integer' }

const conditional = /^(?:coalesce|greatest|least|nullif|nextval)$/

/** Whether the guard knows a built-in function of that name. */
export function isBuiltIn(name: string): boolean {
  return Object.hasOwn(functions, name) || Object.hasOwn(variadic, name) || conditional.test(name)
}

/** Text search configurations, `date_trunc` units and time zones that PostgreSQL definitely accepts. */
const accepted: Readonly<Record<string, RegExp>> = {
  regconfig:
    /^(?:pg_catalog\.)?(?:simple|danish|dutch|english|finnish|french|german|hungarian|italian|norwegian|portuguese|romanian|russian|spanish|swedish|turkish)$/,
  unit: /^(?:microseconds|milliseconds|second|minute|hour|day|week|month|quarter|year|decade|century)$/,
  zone: /^utc$/i,
}

/**
 * Whether PostgreSQL definitely accepts a quoted constant as this kind of argument; null if `accepted` doesn't list
 * the kind.
 */
export function acceptsConstant(kind: string, value: string): boolean | null {
  const form = accepted[kind]
  return form === undefined ? null : form.test(value)
}
