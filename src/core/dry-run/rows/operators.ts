/** Infers the result types of arithmetic, text and JSON operators. */
import { type Value, accepts, commonType, familyOf, typed } from './value-types.ts'

const isFree = ({ kind }: Value): boolean => kind === 'null' || kind === 'parameter'

function family(value: Value | null): string | null {
  return value?.kind === 'typed' ? familyOf(value.type) : null
}

/** Whether the value converts to the type without a cast. */
function takes(value: Value, type: string): boolean {
  return accepts(value, type, 'implicit', () => null) === true
}

/** Returns the operator's result type; null unless PostgreSQL definitely has the operator. */
export function arithmetic(operator: string, left: Value, right: Value | null): Value | null {
  if (left.kind === 'unknown' || right?.kind === 'unknown') return null
  if (right === null)
    return /^[-+]$/.test(operator) && /^(?:number|interval)$/.test(family(left) ?? '') ? left : null
  switch (operator) {
    case '||':
      return joined(left, right)
    case '->':
    case '#>':
      return jsonPart(operator, left, right) ? left : null
    case '->>':
    case '#>>':
      return jsonPart(operator, left, right) ? typed('text') : null
    case '?':
      return isJsonb(left) && takes(right, 'text') ? typed('boolean') : null
    case '?|':
    case '?&':
      return isJsonb(left) && takes(right, 'text[]') ? typed('boolean') : null
    case '@>':
    case '<@':
      return contains(left, right) ? typed('boolean') : null
    case '#-':
      return isJsonb(left) && takes(right, 'text[]') ? left : null
    case '&&':
      return contains(left, right) && !isJsonb(left) ? typed('boolean') : null
    case '~':
    case '~*':
    case '!~':
    case '!~*':
      if (right.kind === 'constant' && !isPattern(right.text)) return null
      return arithmetic('like', left, right)
    case 'like':
    case '~~':
      return [left, right].every((one) => one.kind !== 'typed' || family(one) === 'text')
        ? typed('boolean')
        : null
    case 'at time zone':
      return zoned(left, right)
    case '[]':
      return element(left, right)
    default:
      return /^[-+*/%^]$/.test(operator) ? calculated(operator, left, right) : null
  }
}

/** Matches parts of a regular expression that PostgreSQL and JavaScript may read differently. */
const peculiar = /\(\?|\[[.:=]|\\(?![dswDSW.\\^$|()[\]{}*+?])|\{\d*,?\d{3}|^\*/

/** Whether PostgreSQL definitely accepts the text as a regular expression. False if the text is unknown. */
function isPattern(text: string | null): boolean {
  if (text === null || peculiar.test(text)) return false
  try {
    return new RegExp(text, 'u') instanceof RegExp
  } catch {
    return false
  }
}

function isJsonb(value: Value): boolean {
  return value.kind === 'typed' && value.type === 'jsonb'
}

function joined(left: Value, right: Value): Value | null {
  if (isJsonb(left) || isJsonb(right))
    return takes(left, 'jsonb') && takes(right, 'jsonb') ? typed('jsonb') : null
  const array = [left, right].find((one) => one.kind === 'typed' && one.type.endsWith('[]'))
  if (array?.kind === 'typed') {
    const item = array.type.slice(0, -2)
    const fits = [left, right].every(
      (one) => one.kind === 'typed' && (one.type === array.type || one.type === item),
    )
    return fits ? array : null
  }
  const isText = (one: Value): boolean => one.kind === 'constant' || family(one) === 'text'
  if ([left, right].every((one) => isText(one) || isFree(one))) return typed('text')
  // One operand must be text. PostgreSQL converts the other.
  const plain = [left, right].every(
    (one) => one.kind !== 'typed' || (family(one) !== null && one.type !== 'bytea'),
  )
  return plain && [left, right].some(isText) ? typed('text') : null
}

/** `->` takes a key or an index; `#>` takes a path. */
function jsonPart(operator: string, left: Value, right: Value): boolean {
  if (left.kind !== 'typed' || !/^jsonb?$/.test(left.type)) return false
  if (operator.startsWith('#')) return takes(right, 'text[]')
  return right.kind !== 'typed' || family(right) === 'text' || /^(?:smallint|integer)$/.test(right.type)
}

function contains(left: Value, right: Value): boolean {
  const of = [left, right].find(({ kind }) => kind === 'typed')
  if (of?.kind !== 'typed' || (of.type !== 'jsonb' && !of.type.endsWith('[]'))) return false
  return [left, right].every((one) => (one.kind === 'typed' ? one.type === of.type : takes(one, of.type)))
}

function zoned(left: Value, right: Value): Value | null {
  if (left.kind !== 'typed' || !(right.kind === 'constant' || family(right) === 'text')) return null
  if (right.kind === 'constant' && !/^utc$/i.test(right.text ?? '')) return null
  if (left.type === 'timestamp with time zone' || left.type === 'date')
    return typed('timestamp without time zone')
  return left.type === 'timestamp without time zone' ? typed('timestamp with time zone') : null
}

function element(left: Value, right: Value): Value | null {
  const isIndex = right.kind === 'typed' && /^(?:smallint|integer)$/.test(right.type)
  return left.kind === 'typed' && left.type.endsWith('[]') && isIndex ? typed(left.type.slice(0, -2)) : null
}

function calculated(operator: string, left: Value, right: Value): Value | null {
  if (operator === '-' && isJsonb(left)) {
    const isKey = right.kind === 'constant' || family(right) === 'text' || family(right) === 'text[]'
    return isKey || (right.kind === 'typed' && right.type === 'integer') ? left : null
  }
  const [one, other] = [family(left), family(right)]
  if (one === 'number' && other === 'number') {
    const common = commonType([left, right])
    if (operator === '^') return typed('double precision')
    // PostgreSQL has no `%` operator for floating-point numbers.
    if (common === null || (operator === '%' && /^(?:real|double precision)$/.test(common))) return null
    return typed(common)
  }
  if (one === 'number' && isFree(right)) return left
  if (other === 'number' && isFree(left)) return right
  return moved(operator, left, right)
}

/** Infers the result types of arithmetic on dates, times and intervals. */
function moved(operator: string, left: Value, right: Value): Value | null {
  if (left.kind !== 'typed' || right.kind !== 'typed') return null
  const [from, by] = [left.type, right.type]
  const isSum = operator === '+' || operator === '-'
  if (isSum && by === 'interval') {
    if (from === 'date') return typed('timestamp without time zone')
    return /^(?:timestamp|time|interval)\b/.test(from) ? left : null
  }
  if (operator === '+' && from === 'interval' && familyOf(by) === 'moment')
    return arithmetic('+', right, left)
  if (isSum && from === 'date' && by === 'integer') return left
  if (operator === '+' && from === 'date' && by === 'time without time zone')
    return typed('timestamp without time zone')
  if (operator === '-' && familyOf(from) === 'moment' && familyOf(by) === 'moment')
    return typed(from === 'date' && by === 'date' ? 'integer' : 'interval')
  const scales = operator === '*' || operator === '/'
  if (scales && from === 'interval' && familyOf(by) === 'number') return left
  return operator === '*' && familyOf(from) === 'number' && by === 'interval' ? right : null
}
