/** Conversions between PostgreSQL's built-in types: which ones exist, and which can fail. */
import { elementOf, isEnum, isNumber, isText, isWider } from './types.ts'

export interface Cast {
  /** False if PostgreSQL rejects the conversion for every value. */
  readonly allowed: boolean
  /** True if the result depends only on the value. */
  readonly immutable: boolean
  /** True if the conversion never fails. */
  readonly safe: boolean
}

const yes = (immutable: boolean, safe: boolean): Cast => ({ allowed: true, immutable, safe })
const no: Cast = { allowed: false, immutable: true, safe: true }

/** Types whose conversion to text is immutable in PostgreSQL. */
const plainOutput = /^(?:smallint|integer|bigint|numeric|boolean|uuid|jsonb?|inet|cidr|macaddr|bytea)$/
const plainInput = /^(?:smallint|integer|bigint|numeric|boolean|uuid|jsonb?|inet|cidr|macaddr)$/
const output =
  /^(?:real|double precision|date|time(?:stamp)? with(?:out)? time zone|interval|tsvector|enum .*)$/
const input =
  /^(?:real|double precision|date|time(?:stamp)? with(?:out)? time zone|interval|bytea|tsvector|enum .*)$/
const day = 'date'
const local = 'timestamp without time zone'
const zoned = 'timestamp with time zone'

/** Conversions between dates and timestamps. */
const moments: Readonly<Record<string, Cast>> = {
  [`${day} ${local}`]: yes(true, false),
  [`${day} ${zoned}`]: yes(false, false),
  [`${local} ${day}`]: yes(true, true),
  [`${local} ${zoned}`]: yes(false, false),
  [`${zoned} ${day}`]: yes(false, false),
  [`${zoned} ${local}`]: yes(false, false),
}

/** PostgreSQL can't convert between these types, except as listed in `moments`. */
const apart = /^(?:uuid|boolean|date|timestamp with(?:out)? time zone|enum .*)$/

/** Returns PostgreSQL's conversion for `value::type`; null if unknown. Type names must not include sizes. */
export function explicitCast(from: string, to: string): Cast | null {
  if (from === to) return yes(true, true)
  if (isText(from) && isText(to)) return yes(true, true)
  if (isNumber(from) && isNumber(to)) return yes(true, isWider(from, to))
  if (isText(to)) {
    if (plainOutput.test(from)) return yes(true, true)
    if (output.test(from) || elementOf(from) !== null) return yes(false, true)
    return null
  }
  if (isText(from)) {
    if (plainInput.test(to)) return yes(true, false)
    return input.test(to) || elementOf(to) !== null ? yes(false, false) : null
  }
  const moment = moments[`${from} ${to}`]
  if (moment) return moment
  if (from === 'jsonb' && to === 'json') return yes(true, true)
  if (from === 'json' && to === 'jsonb') return yes(true, false)
  if (from === 'cidr' && to === 'inet') return yes(true, true)
  if (from === 'integer' && to === 'boolean') return yes(true, true)
  if (from === 'boolean' && to === 'integer') return yes(true, true)
  const [one, other] = [elementOf(from), elementOf(to)]
  if (one !== null && other !== null) return isText(one) && isText(other) ? yes(true, true) : null
  if (apart.test(from) && apart.test(to)) return no
  return (isEnum(from) && isNumber(to)) || (isNumber(from) && isEnum(to)) ? no : null
}

/**
 * Returns how PostgreSQL converts a value for storage in a column; null if unknown. Fewer conversions exist than for
 * `value::type`.
 */
export function assignmentCast(from: string, to: string): Cast | null {
  const cast = explicitCast(from, to)
  if (cast === null || from === to) return cast
  if (isText(from) && !isText(to)) return no
  if ((from === 'integer' && to === 'boolean') || (from === 'boolean' && to === 'integer')) return no
  return cast
}
