/** Decides whether PostgreSQL accepts a column's default, for the forms that most migrations use. */

const number = /^[-+]?\d+(?:\.\d+)?$/
const whole = /^\s*[-+]?\d+\s*$/
const integers = /^(?:smallint|integer|bigint)$/
const numbers = /^(?:smallint|integer|bigint|numeric|real|double precision)\b/
const texts = /^(?:text|character)\b/
const moments = /^(?:timestamp|date)\b/
const span = /^\d+ (?:second|minute|hour|day|week|month|year)s?$/
const clock = /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/
/** Expressions for the current time. PostgreSQL converts them to any date, timestamp or text. */
const now =
  /^(?:(?:now|clock_timestamp|statement_timestamp|transaction_timestamp)\(\)|current_timestamp|localtimestamp|timezone\('utc'(?:::text)?, ?(?:now\(\)|current_timestamp)\)|\(?(?:now\(\)|current_timestamp) at time zone '?utc'?(?:::text)?\)?)$/i

/**
 * Returns whether the default certainly fits the type. `type` is the type as spelled in the catalog. `text` is the SQL
 * after DEFAULT.
 */
export function isPlainDefault(type: string, text: string): boolean {
  const bare = /^\((.*)\)$/.exec(text)?.[1] ?? text
  if (/^null$/i.test(bare)) return true
  const literal = /^'((?:[^']|'')*)'$/.exec(bare)?.[1]
  if (literal !== undefined) return fits(type, literal.replaceAll("''", "'"))
  if (number.test(bare)) return numbers.test(type) || texts.test(type)
  if (/^(?:true|false)$/i.test(bare)) return type === 'boolean' || texts.test(type)
  if (now.test(text)) return moments.test(type) || texts.test(type)
  return /^gen_random_uuid\(\)$/i.test(bare) && (type === 'uuid' || texts.test(type))
}

/** Returns whether the default is an empty array, with or without a cast. */
export function isEmptyArray(text: string): boolean {
  return /^'\{\}'(?:::[\w ."[\]]+)?$/.test(text)
}

/** Returns whether the type certainly accepts the string. */
function fits(type: string, value: string): boolean {
  if (type.endsWith('[]')) return fitsArray(type.slice(0, -2), value)
  if (texts.test(type)) return value.length <= Number(/\((\d+)\)$/.exec(type)?.[1] ?? Infinity)
  if (integers.test(type)) return whole.test(value)
  if (numbers.test(type)) return number.test(value.trim())
  if (type === 'boolean') return /^(?:t|true|f|false|y|yes|n|no|on|off|1|0)$/i.test(value.trim())
  if (/^jsonb?$/.test(type)) return isJson(value)
  if (type === 'uuid') return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)
  if (/^time\b(?!stamp)/.test(type)) return clock.test(value)
  if (/^interval\b/.test(type)) return span.test(value) || clock.test(value)
  if (type === 'bytea') return !value.includes('\\')
  if (type === 'citext') return true
  return (
    moments.test(type) && /^(?:now|\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8]))(?: 00:00:00)?$/.test(value)
  )
}

/** Returns whether an array of the type certainly accepts the string. Supports only items without quotes. */
function fitsArray(type: string, value: string): boolean {
  const items = /^\{([\w .,:-]*)\}$/.exec(value)?.[1]
  if (items === undefined || type.endsWith('[]')) return false
  return items === '' || items.split(',').every((item) => item.trim() !== '' && fits(type, item))
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value)
    return true
  } catch {
    return false
  }
}
