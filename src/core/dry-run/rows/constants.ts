/** Decides whether PostgreSQL accepts a quoted constant as a value of a type. */

const number = /^\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?\s*$/i
const day = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`
const time = String.raw`(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?`
const moment = new RegExp(String.raw`^(?:now|today|epoch|-?infinity|${day}(?:[ T]${time})?)$`, 'i')
const zoned = new RegExp(String.raw`^${day}[ T]${time}(?:Z|[-+](?:0\d|1[0-2])(?::?[0-5]\d)?)$`)
const unit = '(?:microsecond|millisecond|second|minute|hour|day|week|month|year|sec|min|hr)s?'
const interval = new RegExp(String.raw`^\s*(?:[-+]?\d+(?:\.\d+)?\s*${unit}\s*)+$|^\s*\d+\s*$|^${time}$`, 'i')

const ranges: Readonly<Record<string, number>> = { smallint: 32_767, integer: 2_147_483_647 }

/**
 * Whether the constant fits the type; null if unknown. `text` is null if part of the constant is known only at run
 * time.
 */
export function constantFits(
  text: string | null,
  type: string,
  labels: ReadonlySet<string> | null,
): boolean | null {
  if (/^(?:text|character varying|character|name)$/.test(type)) return true
  // Assume that any part known only at run time, such as a parameter, fits.
  if (text === null) return true
  if (type.startsWith('enum:')) return labels && labels.has(text)
  switch (type) {
    case 'smallint':
    case 'integer':
    case 'bigint': {
      if (!/^\s*[-+]?\d+\s*$/.test(text)) return /[\dxob_]/i.test(text) ? null : false
      return Math.abs(Number(text)) <= (ranges[type] ?? Number.MAX_SAFE_INTEGER) || null
    }
    case 'numeric':
    case 'real':
    case 'double precision':
      return number.test(text) || (/[\da-z]/i.test(text) ? null : false)
    case 'boolean':
      return /^\s*(?:t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|on|of|off|1|0)\s*$/i.test(text)
    case 'uuid':
      if (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)) return true
      return /[^-{}\da-f]/i.test(text) ? false : null
    case 'json':
    case 'jsonb':
      return isJson(text) || null
    case 'interval':
      return interval.test(text) || null
    case 'bytea':
      return /^\\x(?:[\da-f]{2})*$/i.test(text) || !text.includes('\\') || null
    case 'time without time zone':
      return new RegExp(`^${time}$`).test(text) || null
    default:
      if (/^(?:date|timestamp)\b/.test(type) && !type.endsWith('[]'))
        return ((moment.test(text) || zoned.test(text)) && isDate(text)) || null
      if (type.endsWith('[]')) return arrayFits(text, type.slice(0, -2), labels)
      return null
  }
}

function arrayFits(text: string, type: string, labels: ReadonlySet<string> | null): boolean | null {
  const inner = /^\{([^{}"\\]*)\}$/.exec(text)?.[1]
  if (inner === undefined) return null
  const items = inner === '' ? [] : inner.split(',').map((item) => item.trim())
  return items.every((item) => item !== '' && constantFits(item, type, labels) === true) || null
}

/** Whether the day exists, unlike `2021-02-29`. */
function isDate(text: string): boolean {
  const found = /^(\d{4})-(\d\d)-(\d\d)/.exec(text)
  if (found === null) return true
  const [year = 0, month = 0, date = 0] = found.slice(1).map(Number)
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const last = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
  return year > 0 && date <= last
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    // jsonb rejects the character U+0000.
    return !text.includes(String.raw`\u0000`)
  } catch {
    return false
  }
}
