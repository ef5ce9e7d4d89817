/**
 * PostgreSQL's built-in types, spelled as in the catalog, without sizes. `unknown` is the type of quoted constants
 * and NULL. An enum is `enum …`, where `…` identifies it.
 */

/** The standard name for each alias of a type. */
const spellings: Readonly<Record<string, string>> = {
  int: 'integer',
  int4: 'integer',
  int8: 'bigint',
  int2: 'smallint',
  varchar: 'character varying',
  char: 'character',
  bpchar: 'character',
  bool: 'boolean',
  float8: 'double precision',
  float: 'double precision',
  float4: 'real',
  decimal: 'numeric',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  timetz: 'time with time zone',
  time: 'time without time zone',
}

const plain = new Set([
  'smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'text', 'character varying', 'character',
  'boolean', 'date', 'timestamp without time zone', 'timestamp with time zone', 'time without time zone',
  'time with time zone', 'interval', 'uuid', 'json', 'jsonb', 'bytea', 'inet', 'cidr', 'macaddr', 'tsvector', 'xml',
  'point', 'regclass', 'regconfig',
]) // prettier-ignore

/** Returns the type for a name from SQL or the catalog; null if unknown. */
export function typeNamed(written: string): string | null {
  const bare = written
    .replace(/^pg_catalog\./, '')
    .replace(/\([\d,]*\)/, '')
    .replace(/\[\]$/, '')
  const name = Object.hasOwn(spellings, bare) ? spellings[bare] : bare
  if (name === undefined || !plain.has(name)) return null
  return written.endsWith('[]') ? `${name}[]` : name
}

/** Returns a type name's length limit; null if there is none. */
export function limitOf(written: string): number | null {
  const limit = /^(?:(?:var)?char|character(?: varying)?)\((\d+)\)$/.exec(written)?.[1]
  return limit === undefined ? null : Number(limit)
}

/** Whether PostgreSQL accepts the length, precision or scale of a built-in type. Accepts sizes of other types. */
export function acceptsSize(written: string): boolean {
  const [, name = '', first = '', second] = /^([a-z ]+)\((\d+)(?:,(-?\d+))?\)/.exec(written) ?? []
  const size = Number(first)
  if (name === '') return true
  // PostgreSQL 14 and earlier reject a scale that is negative or greater than the precision.
  if (name === 'numeric')
    return size >= 1 && size <= 1000 && Number(second ?? 0) >= 0 && Number(second ?? 0) <= size
  if (second !== undefined) return typeNamed(name) === null
  if (/^(?:character|bit)(?: varying)?$/.test(name)) return size >= 1 && size <= 10_485_760
  return /^(?:timestamp|time|interval)$/.test(name) || typeNamed(name) === null
}

/** Numeric types, in the order of PostgreSQL's implicit conversions. */
const numbers = ['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']

export function isNumber(type: string): boolean {
  return numbers.includes(type)
}

/** Whether every value of the numeric type `from` converts to `to` without an error. */
export function isWider(from: string, to: string): boolean {
  const [small, large] = [numbers.indexOf(from), numbers.indexOf(to)]
  // A large numeric may not fit in a float.
  return (
    small >= 0 && large >= small && (from !== 'numeric' || to === 'numeric') && from !== 'double precision'
  )
}

/** Returns the common type of two numeric types, for example for `coalesce`. */
export function commonNumber(left: string, right: string): string {
  return numbers[Math.max(numbers.indexOf(left), numbers.indexOf(right))] ?? left
}

/** Returns the result type of an arithmetic operator. */
export function operatedNumber(left: string, right: string): string {
  const common = commonNumber(left, right)
  return common === 'real' && left !== right ? 'double precision' : common
}

export function isText(type: string): boolean {
  return /^(?:text|character(?: varying)?)$/.test(type)
}

/** Whether functions and operators for text also accept the type. */
export function actsAsText(type: string): boolean {
  return isText(type) || type === 'citext'
}

export function isEnum(type: string): boolean {
  return type.startsWith('enum ')
}

export function elementOf(type: string): string | null {
  return type.endsWith('[]') ? type.slice(0, -2) : null
}

/** Types with a B-tree order. Numeric types, text types, enums and arrays aren't listed. */
const ordered =
  /^(?:boolean|date|timestamp with(?:out)? time zone|time with(?:out)? time zone|interval|uuid|jsonb|bytea|inet|cidr|macaddr|tsvector|citext|vector|halfvec|sparsevec|geometry|geography)$/

/** Whether the type has a default operator class for B-trees; null if unknown. */
export function isOrdered(type: string): boolean | null {
  const element = elementOf(type)
  if (element !== null) return isOrdered(element) === true ? true : null
  if (isNumber(type) || isText(type) || isEnum(type) || ordered.test(type)) return true
  return /^(?:json|xml|point)$/.test(type) ? false : null
}

/**
 * Whether comparing the two types is immutable, or only stable because it depends on the session's time zone. Null if
 * PostgreSQL may be unable to compare them.
 */
export function comparison(left: string, right: string): 'immutable' | 'stable' | null {
  if (isNumber(left) && isNumber(right)) return 'immutable'
  if (isText(left) && isText(right)) return 'immutable'
  if (left === right) return isOrdered(left) === true ? 'immutable' : null
  const sides = [left, right]
  if (sides.every((type) => /^(?:inet|cidr)$/.test(type))) return 'immutable'
  if (!sides.every((type) => /^(?:date|timestamp with(?:out)? time zone)$/.test(type))) return null
  return sides.includes('timestamp with time zone') ? 'stable' : 'immutable'
}

/** Whether a foreign key of type `from` can reference a key of type `to` (`ATAddForeignKeyConstraint` in tablecmds.c). */
export function comparesAsKey(from: string, to: string): boolean {
  if (from === to) return true
  if (isNumber(from) && isNumber(to)) {
    const [one, other] = [numbers.indexOf(from), numbers.indexOf(to)]
    const [integer, numeric] = [numbers.indexOf('bigint'), numbers.indexOf('numeric')]
    return other <= integer ? one <= integer : one <= numeric || other > numeric
  }
  if (isText(from) && isText(to)) return true
  const sides = [from, to]
  return [/^(?:date|timestamp with(?:out)? time zone)$/, /^(?:inet|cidr)$/].some((kind) =>
    sides.every((type) => kind.test(type)),
  )
}

/** Whether PostgreSQL definitely has no operator to compare the two types. */
export function isIncomparable(left: string, right: string): boolean {
  const kind = (type: string): string | null =>
    isNumber(type)
      ? 'number'
      : isText(type)
        ? 'text'
        : isEnum(type)
          ? type
          : /^(?:boolean|uuid|date|bytea|jsonb)$/.test(type)
            ? type
            : type.startsWith('timestamp')
              ? 'date'
              : null
  const [one, other] = [kind(left), kind(right)]
  return one !== null && other !== null && one !== other
}

/**
 * Whether PostgreSQL definitely accepts a quoted constant as a value of the type. False for enums, because their
 * labels aren't known here.
 */
export function takesText(type: string, value: string): boolean {
  if (actsAsText(type) || type === 'unknown') return true
  const trimmed = value.trim()
  const bits = { smallint: 16, integer: 32, bigint: 64 }[type]
  if (bits !== undefined) {
    if (!/^-?\d+$/.test(trimmed)) return false
    return BigInt.asIntN(bits, BigInt(trimmed)) === BigInt(trimmed)
  }
  if (isNumber(type)) return /^-?\d{1,30}(?:\.\d{1,30})?$/.test(trimmed)
  if (type === 'boolean') return /^(?:t|true|f|false|y|yes|n|no|on|off|1|0)$/i.test(trimmed)
  if (type === 'json' || type === 'jsonb') return isJson(value)
  if (type === 'uuid') return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)
  if (type === 'bytea') return /^[\w ./:-]*$/.test(value)
  if (type === 'interval') return /^\d{1,4}(?: (?:second|minute|hour|day|week|month|year)s?)?$/.test(value)
  const element = elementOf(type)
  if (element !== null) return takesItems(element, value)
  if (!/^(?:timestamp|date\b)/.test(type)) return false
  return /^(?:now|[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])(?: (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)?)$/.test(
    value,
  )
}

/** Whether PostgreSQL accepts the value as a plain array, such as `{}` or `{1,2}`. */
function takesItems(element: string, value: string): boolean {
  const items = /^\{([^{}"\\\s]*)\}$/.exec(value)?.[1]
  if (items === undefined) return false
  return items === '' || items.split(',').every((item) => item !== '' && takesText(element, item))
}

/** Whether PostgreSQL definitely accepts the value as JSON. jsonb rejects null characters and lone surrogates. */
function isJson(value: string): boolean {
  if (/\\u|[eE][-+]?\d{3}/.test(value) || value.length > 10_000) return false
  try {
    JSON.parse(value)
    return true
  } catch {
    return false
  }
}
