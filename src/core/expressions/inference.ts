/** Infers types the way PostgreSQL's parser does (parse_expr.c, parse_coerce.c). */
import { explicitCast } from './casts.ts'
import { type Expression } from './expression.ts'
import { acceptsConstant, functions, isBuiltIn, type Signature, variadic } from './functions.ts'
import { Decided, type Names, type Value } from './judged.ts'
import {
  actsAsText,
  commonNumber,
  comparison,
  elementOf,
  isEnum,
  isIncomparable,
  isNumber,
  isOrdered,
  isText,
  limitOf,
  operatedNumber,
  takesText,
} from './types.ts'

/** Returns the value if it's a valid condition; otherwise throws `Decided`. */
export function truth(value: Value): Value {
  if (value.type === 'boolean') return value
  if (value.type === 'unknown' && value.constant === undefined) return value
  if (!isNumber(value.type) && !isText(value.type)) throw new Decided(null)
  throw new Decided({ kind: 'not boolean', type: value.type })
}

const pure = { immutable: true, safe: true, usesRow: false, collation: null } as const
const fixed: Value = { ...pure, type: 'boolean' }
const local = 'timestamp without time zone'
const zoned = 'timestamp with time zone'

/** Infers the type of each part of an expression. */
export class Inference {
  readonly #names: Names

  constructor(names: Names) {
    this.#names = names
  }

  value(expression: Expression): Value {
    const value = this.#value(expression)
    // PostgreSQL evaluates constants before it reads any row.
    if (value.immutable && !value.safe && !value.usesRow) throw new Decided(null)
    return value
  }

  #value(expression: Expression): Value {
    switch (expression.kind) {
      case 'column': {
        const { table, name } = expression
        const type = this.#names.column(table, name)
        if (type === null) throw new Decided(null)
        return { ...pure, type, usesRow: true, collation: actsAsText(type) ? name : null }
      }
      case 'text':
        return { ...pure, type: 'unknown', constant: expression.value }
      case 'number':
        return { ...pure, type: numberType(expression.text), digits: expression.text }
      case 'boolean':
        return { ...pure, type: 'boolean' }
      case 'null':
        return { ...pure, type: 'unknown', isNull: true }
      case 'call':
        return this.#call(expression)
      case 'cast':
        return this.#cast(this.value(expression.of), expression.type)
      case 'operator':
        return this.#operator(expression.operator, this.value(expression.left), this.value(expression.right))
      case 'negative': {
        const of = this.value(expression.of)
        if (!isNumber(of.type)) throw new Decided(null)
        return { ...of, safe: expression.of.kind === 'number' }
      }
      case 'and':
      case 'or':
        return foldable('boolean', ...expression.parts.map((part) => truth(this.value(part))))
      case 'not':
        return merged('boolean', truth(this.value(expression.of)))
      case 'isTruth':
        return foldable('boolean', fixed, truth(this.value(expression.of)))
      case 'isNull':
        return foldable('boolean', fixed, this.value(expression.of))
      case 'isDistinct':
        return foldable(
          'boolean',
          fixed,
          this.#compared(this.value(expression.left), this.value(expression.right)),
        )
      case 'in': {
        const given = this.value(expression.of)
        if (given.type === 'unknown') throw new Decided(null)
        const all = this.#common([given, ...expression.values.map((value) => this.value(value))])
        const [of = given, ...values] = all
        return merged('boolean', of, ...values.map((value) => this.#compared(of, value)))
      }
      case 'any': {
        const array = this.value(expression.array)
        const element = elementOf(array.type)
        if (element === null) throw new Decided(null)
        return this.#compared(this.value(expression.of), { ...array, type: element })
      }
      case 'array': {
        const items = this.#common(expression.items.map((item) => this.value(item)))
        const type = items[0]?.type ?? ''
        if (elementOf(type) !== null) throw new Decided(null)
        return merged(`${type}[]`, ...items)
      }
      case 'like': {
        const [of, pattern] = [this.value(expression.of), this.value(expression.pattern)]
        if (!actsAsText(of.type) || pattern.type !== 'unknown') throw new Decided(null)
        return { ...merged('boolean', of), safe: of.safe && !pattern.constant?.includes('\\') }
      }
      default: {
        const conditions = expression.conditions.map((condition) => truth(this.value(condition)))
        const results = this.#common(expression.results.map((result) => this.value(result)))
        const result = foldable(results[0]?.type ?? '', ...results)
        const tested = foldable('boolean', ...conditions)
        return {
          ...result,
          immutable: result.immutable && tested.immutable,
          safe: result.safe && tested.safe,
          usesRow: result.usesRow && tested.usesRow,
        }
      }
    }
  }

  resolved(value: Value, type: string): Value {
    const { constant } = value
    if (type === '?' || value.type !== 'unknown') throw new Decided(null)
    if (constant === undefined) return { ...pure, type, isNull: true }
    if (isEnum(type)) {
      const known = this.#names.hasLabel(type, constant)
      if (known === false) throw new Decided({ kind: 'no label', type, label: constant })
      if (known === null) throw new Decided(null)
    } else if (type === 'regclass' ? !this.#names.hasRelation(constant) : !takesText(type, constant))
      throw new Decided(null)
    return { ...pure, type }
  }

  #cast(of: Value, written: string): Value {
    const type = this.#names.typeOf(written)
    if (type === null || of.type === '?') throw new Decided(null)
    if (of.type === 'unknown') return this.#castConstant(of, type, written)
    const cast = explicitCast(of.type, type)
    if (cast === null) throw new Decided(null)
    if (!cast.allowed) throw new Decided({ kind: 'no cast', from: of.type, to: type })
    const fits = isText(type) || !written.includes('(')
    const isLabel = isEnum(of.type) && isText(type) && !written.includes('(')
    return {
      ...merged(type, of),
      immutable: of.immutable && cast.immutable,
      safe: of.safe && (cast.safe || this.#takesLabels(type, of)) && fits,
      ...(isLabel && { labelOf: of.type }),
      ...(isText(type) && limitOf(written) !== null && { width: limitOf(written) ?? 0 }),
    }
  }

  #castConstant(of: Value, type: string, written: string): Value {
    const { constant } = of
    if (type === 'regconfig' && constant !== undefined && acceptsConstant(type, constant))
      return { ...pure, type }
    const keeps = /^(?:ci)?text$/.test(type) && constant !== undefined
    const fits = constant !== undefined && /^(?:text|character varying)$/.test(type)
    return {
      ...this.resolved(of, type),
      safe: !written.includes('('),
      ...(keeps && { constant }),
      ...(fits && { width: [...constant].length }),
    }
  }

  /** Whether the enum `type` has every label of `labelOf`, the enum that the text was converted from. */
  #takesLabels(type: string, { labelOf }: Value): boolean {
    const labels = labelOf === undefined || !isEnum(type) ? null : this.#names.labelsOf(labelOf)
    return labels?.every((label) => this.#names.hasLabel(type, label) === true) ?? false
  }

  #compared(left: Value, right: Value): Value {
    const [one, other] = this.#pair(left, right)
    const kind = comparison(one.type, other.type)
    if (kind === null && isIncomparable(one.type, other.type))
      throw new Decided({ kind: 'no operator', left: one.type, right: other.type })
    if (kind === null) throw new Decided(null)
    const result = merged('boolean', one, other)
    // Comparing columns with different collations may fail at run time.
    const clashes = one.collation !== null && other.collation !== null && one.collation !== other.collation
    return {
      ...result,
      immutable: result.immutable && kind === 'immutable',
      safe: result.safe && !clashes,
      collation: null,
    }
  }

  /** Gives a quoted constant the other operand's type. */
  #pair(left: Value, right: Value): readonly [Value, Value] {
    if (left.type === 'unknown' && right.type === 'unknown')
      return [this.resolved(left, 'text'), this.resolved(right, 'text')]
    if (left.type === 'unknown') return [this.resolved(left, right.type), right]
    return right.type === 'unknown' ? [left, this.resolved(right, left.type)] : [left, right]
  }

  /** Converts the values to their common type (select_common_type). */
  #common(values: readonly Value[]): readonly Value[] {
    const known = values.filter(({ type }) => type !== 'unknown')
    let type = known[0]?.type ?? 'text'
    for (const { type: other } of known) {
      if (other === type) continue
      if (isNumber(type) && isNumber(other)) type = commonNumber(type, other)
      else if (isVarying(type) && isVarying(other)) type = 'text'
      else throw new Decided(null)
    }
    if (type === '?') throw new Decided(null)
    return values.map((value) => (value.type === 'unknown' ? this.resolved(value, type) : { ...value, type }))
  }

  #operator(operator: string, left: Value, right: Value): Value {
    if (/^(?:=|<>|<=?|>=?)$/.test(operator)) return this.#compared(left, right)
    if (/^!?~\*?$/.test(operator)) {
      if (!actsAsText(left.type) || right.constant === undefined) throw new Decided(null)
      return { ...merged('boolean', left), safe: false }
    }
    if (operator === '||') return this.#joined(left, right)
    if (/^(?:->>?|#>>?|@>|<@|\?)$/.test(operator)) return this.#inJson(operator, left, right)
    if (!/^[-+*/%]$/.test(operator)) throw new Decided(null)
    if (isNumber(left.type) && isNumber(right.type)) {
      const type = operatedNumber(left.type, right.type)
      if (operator === '%' && /^(?:real|double precision)$/.test(type)) throw new Decided(null)
      return { ...merged(type, left, right), safe: false }
    }
    const found = moments[`${left.type} ${operator} ${right.type}`]
    if (found === undefined) throw new Decided(null)
    const result = merged(found, left, right)
    return { ...result, immutable: result.immutable && found !== zoned, safe: false }
  }

  #joined(left: Value, right: Value): Value {
    if ([left, right].some(isTextual) && [left, right].some(({ type }) => appends(type)))
      // How a date or a float is converted to text depends on settings.
      return { ...merged('text', left, right), immutable: false }
    const sides = [left.type, right.type].filter((type) => type !== 'unknown')
    if (!sides.every((type) => isText(type) || /^(?:jsonb|tsvector)$/.test(type))) throw new Decided(null)
    const [one, other] = this.#pair(left, right)
    if (isText(one.type) && isText(other.type)) return merged('text', one, other)
    if (one.type === other.type && /^(?:jsonb|tsvector)$/.test(one.type))
      return { ...merged(one.type, one, other), safe: false }
    throw new Decided(null)
  }

  #inJson(operator: string, left: Value, right: Value): Value {
    const { type } = left
    const isKey = right.constant !== undefined || right.type === 'text' || right.type === 'integer'
    if (operator === '@>' || operator === '<@') {
      const [one, other] = this.#pair(left, right)
      const element = elementOf(one.type)
      const contains = one.type === 'jsonb' || (element !== null && isOrdered(element) === true)
      if (one.type !== other.type || !contains) throw new Decided(null)
      return merged('boolean', one, other)
    }
    if (type !== 'jsonb' && (type !== 'json' || operator === '?')) throw new Decided(null)
    if (operator.startsWith('#')) {
      if (right.constant === undefined || !takesText('text[]', right.constant)) throw new Decided(null)
    } else if (!isKey || (operator === '?' && right.type === 'integer')) throw new Decided(null)
    const found = merged(operator === '?' ? 'boolean' : operator.endsWith('>>') ? 'text' : type, left, right)
    // json stores unparsed text, so extracting a value may fail on an escape such as `\u0000`.
    return { ...found, safe: found.safe && type === 'jsonb' }
  }

  #call({ name, args, inCatalog }: Extract<Expression, { kind: 'call' }>): Value {
    const values = args.map((arg) => this.value(arg))
    if (/^(?:coalesce|greatest|least)$/.test(name)) {
      const common = this.#common(values)
      const type = common[0]?.type ?? ''
      if (name !== 'coalesce' && isOrdered(type) !== true) throw new Decided(null)
      return foldable(type, ...common)
    }
    if (name === 'nullif') {
      const [left, right, ...more] = values
      if (left === undefined || right === undefined || more.length > 0) throw new Decided(null)
      if (left.type === 'unknown' || (right.type !== 'unknown' && left.type !== right.type))
        throw new Decided(null)
      const compared = this.#compared(left, right)
      const type = left.type === 'character varying' ? 'text' : left.type
      return { ...foldable(type, fixed, compared), collation: left.collation }
    }
    if (name === 'nextval') {
      const [of] = values
      if (of === undefined || values.length > 1) throw new Decided(null)
      const sequence = of.type === 'regclass' ? of : this.resolved(of, 'regclass')
      return { ...sequence, type: 'bigint', immutable: false, safe: false }
    }
    const counted = Object.hasOwn(variadic, name) ? variadic[name] : undefined
    if (counted !== undefined && values.length > 0) return foldable(counted, fixed, ...values.map(uncollated))
    if (!isBuiltIn(name) && !inCatalog) return this.#ownCall(name, values)
    const known = Object.hasOwn(functions, name) ? (functions[name] ?? []) : []
    const found = known.find((signature) => takes(signature, values))
    if (!found) throw new Decided(null)
    const result = merged(found.result, ...values)
    const { immutable, safe } = result
    // The current time is in the range of every date and time type.
    const isNow = /^(?:date|date_trunc|timezone)$/.test(name) && !result.usesRow && !immutable
    return {
      ...result,
      immutable: immutable && found.immutable,
      safe: safe && (found.safe || isNow),
      collation: isText(found.result) ? result.collation : null,
    }
  }

  /** A call to a function that isn't built in. */
  #ownCall(name: string, values: readonly Value[]): Value {
    const types = values.map(({ type }) => type)
    const found = this.#names.calledFunction(name, types)
    if (found === 'missing') throw new Decided({ kind: 'no function', name, types })
    if (found === null) throw new Decided(null)
    // The function may return a value even for NULL arguments.
    const { isNull: _, ...value } = merged(found.result, ...values)
    return {
      ...value,
      usesRow: values.some(({ usesRow }) => usesRow),
      immutable: value.immutable && found.immutable,
      safe: value.safe && found.safe,
    }
  }
}

const moments: Readonly<Record<string, string>> = {
  [`${local} - ${local}`]: 'interval',
  [`${zoned} - ${zoned}`]: 'interval',
  'date - date': 'integer',
  'date + integer': 'date',
  'date - integer': 'date',
  [`${local} + interval`]: local,
  [`${local} - interval`]: local,
  [`${zoned} + interval`]: zoned,
  [`${zoned} - interval`]: zoned,
}

function takes({ args }: Signature, values: readonly Value[]): boolean {
  return (
    args.length === values.length &&
    values.every(({ type, constant }, index) => {
      const wanted = args[index] ?? ''
      const accepted = constant === undefined ? null : acceptsConstant(wanted, constant)
      if (accepted !== null) return accepted
      // PostgreSQL can't infer a type from quoted constants or NULL.
      if (wanted === 'any') return type !== 'unknown' && type !== '?'
      return wanted === 'text' ? actsAsText(type) || constant !== undefined : type === wanted
    })
  )
}

/** Returns whether the value is text, or a quoted constant. */
function isTextual({ type, constant }: Value): boolean {
  return isText(type) || constant !== undefined
}

/** Returns whether `||` converts values of the type to text if the other operand is text. */
function appends(type: string): boolean {
  return isNumber(type) || /^(?:boolean|uuid|date|interval|time(?:stamp)? with(?:out)? time zone)$/.test(type)
}

function uncollated(value: Value): Value {
  return { ...value, collation: null }
}

/** Derives the result's properties from the operands. */
function merged(type: string, ...values: readonly Value[]): Value {
  const collations = new Set(values.flatMap(({ collation }) => collation ?? []))
  // PostgreSQL can't choose between the collations of two columns.
  if (collations.size > 1 && type !== 'boolean') throw new Decided(null)
  const isNull = values.some((value) => value.isNull) && (true as const)
  return {
    type,
    immutable: values.every(({ immutable }) => immutable),
    safe: values.every(({ safe }) => safe),
    usesRow: values.some(({ usesRow }) => usesRow) && !isNull,
    collation: [...collations][0] ?? null,
    ...(isNull && { isNull }),
  }
}

function isVarying(type: string): boolean {
  return isText(type) && type !== 'character'
}

/**
 * Like `merged`, but `usesRow` is false if any operand is constant, because PostgreSQL may then evaluate the
 * operation early.
 */
function foldable(type: string, ...values: readonly Value[]): Value {
  const { isNull: _, ...value } = merged(type, ...values)
  return { ...value, usesRow: values.every(({ usesRow }) => usesRow) }
}

function numberType(text: string): string {
  if (text.includes('.')) return 'numeric'
  const number = BigInt(text)
  if (BigInt.asIntN(32, number) === number) return 'integer'
  return BigInt.asIntN(64, number) === number ? 'bigint' : 'numeric'
}
