/**
 * Parses simple CHECK conditions: comparisons with constants, IN, IS NULL, lengths, AND, OR and NOT. Accepts
 * hand-written SQL and the output of pg_get_constraintdef.
 */
import type { Constant } from '../history/operation.ts'
import { quoteIdentifier, quotePostgresText, quoteText } from '../text/sql-quoting.ts'

/** A condition, or part of one. */
export type Condition =
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: Constant }
  /** Length of a string, in characters. `trimmed`: without trailing spaces. */
  | { readonly kind: 'length'; readonly of: Condition; readonly trimmed?: true }
  | { readonly kind: 'isNull'; readonly of: Condition }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'in'; readonly of: Condition; readonly values: readonly Constant[] }
  | {
      readonly kind: 'compare'
      readonly operator: Operator
      readonly left: Condition
      readonly right: Condition
    }

type Operator = '=' | '<>' | '<' | '<=' | '>' | '>='

interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'mark'
  readonly text: string
}

const tokenForm =
  /\s+|(?<word>[a-z_][\w$]*)|"(?<name>(?:[^"]|"")+)"|'(?<text>(?:[^'\\]|'')*)'|(?<number>\d+(?:\.\d+)?)|(?<mark>::|<=|>=|<>|!=|[=<>(),[\]-])/iy

function tokensOf(text: string): readonly Token[] | null {
  const tokens: Token[] = []
  tokenForm.lastIndex = 0
  while (tokenForm.lastIndex < text.length) {
    const groups = tokenForm.exec(text)?.groups
    if (!groups) return null
    const { word, name, text: constant, number, mark } = groups
    if (word !== undefined) tokens.push({ kind: 'word', text: word.toLowerCase() })
    else if (name !== undefined) tokens.push({ kind: 'name', text: name.replaceAll('""', '"') })
    else if (constant !== undefined) tokens.push({ kind: 'text', text: constant.replaceAll("''", "'") })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark === '!=' ? '<>' : mark })
  }
  return tokens
}

/** Thrown for conditions that aren't supported. Never leaves this file. */
class OtherForm extends Error {}

/** Parses a condition, with or without `CHECK (…)`. Returns null if it isn't supported. */
export function parseCondition(text: string): Condition | null {
  const tokens = tokensOf(text)
  if (tokens === null || tokens.length > 500) return null
  try {
    const parser = new Parser(tokens)
    parser.accept('check')
    const condition = parser.or()
    while (['no', 'inherit', 'not', 'valid'].some((word) => parser.accept(word)));
    return parser.atEnd && isBoolean(condition) ? condition : null
  } catch (error) {
    if (error instanceof OtherForm) return null
    throw error
  }
}

function isBoolean({ kind }: Condition): boolean {
  return kind !== 'length' && kind !== 'constant'
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  accept(text: string): boolean {
    const token = this.#tokens[this.#at]
    if (token?.text !== text || (token.kind !== 'word' && token.kind !== 'mark')) return false
    this.#at += 1
    return true
  }

  or(): Condition {
    const parts = [this.#and()]
    while (this.accept('or')) parts.push(this.#and())
    return only(parts) ?? { kind: 'or', parts }
  }

  #and(): Condition {
    const parts = [this.#not()]
    while (this.accept('and')) parts.push(this.#not())
    return only(parts) ?? { kind: 'and', parts }
  }

  #not(): Condition {
    return this.accept('not') ? { kind: 'not', of: this.#not() } : this.#comparison()
  }

  #comparison(): Condition {
    const left = this.#operand()
    if (this.accept('is')) {
      const negated = this.accept('not')
      this.#expect('null')
      return negate({ kind: 'isNull', of: left }, negated)
    }
    // Accept NOT only before IN and BETWEEN. Elsewhere, it may be the start of NOT VALID.
    const negated = /^(?:in|between)$/.test(this.#tokens[this.#at + 1]?.text ?? '') && this.accept('not')
    if (this.accept('in')) return negate({ kind: 'in', of: left, values: this.#list('(', ')') }, negated)
    if (this.accept('between')) {
      const from = this.#operand()
      this.#expect('and')
      const parts: readonly Condition[] = [
        { kind: 'compare', operator: '>=', left, right: from },
        { kind: 'compare', operator: '<=', left, right: this.#operand() },
      ]
      return negate({ kind: 'and', parts }, negated)
    }
    if (negated) throw new OtherForm()
    const operator = operators.find((each) => this.accept(each))
    if (operator === undefined) return left
    if (operator === '=' && this.accept('any')) return { kind: 'in', of: left, values: this.#array() }
    if (operator === '<>' && this.accept('all'))
      return negate({ kind: 'in', of: left, values: this.#array() }, true)
    return { kind: 'compare', operator, left, right: this.#operand() }
  }

  /** Parses an array such as `((ARRAY['a'::text, 'b'::text])::text[])`. */
  #array(): readonly Constant[] {
    if (this.accept('(')) {
      const values = this.#array()
      this.#expect(')')
      this.#casts()
      return values
    }
    this.#expect('array')
    return this.#list('[', ']')
  }

  #list(open: string, close: string): readonly Constant[] {
    this.#expect(open)
    const values: Constant[] = []
    do {
      const value = this.#operand()
      if (value.kind !== 'constant') throw new OtherForm()
      values.push(value.value)
    } while (this.accept(','))
    this.#expect(close)
    return values
  }

  #operand(): Condition {
    const operand = this.#plainOperand()
    this.#casts()
    return operand
  }

  #plainOperand(): Condition {
    if (this.accept('(')) {
      const inner = this.or()
      this.#expect(')')
      return inner
    }
    const negative = this.accept('-')
    const token = this.#tokens[this.#at]
    this.#at += 1
    if (token?.kind === 'number') return { kind: 'constant', value: Number(token.text) * (negative ? -1 : 1) }
    if (negative || token === undefined || token.kind === 'mark') throw new OtherForm()
    if (token.kind === 'text') return { kind: 'constant', value: token.text }
    if (token.kind === 'word' && Object.hasOwn(constants, token.text))
      return { kind: 'constant', value: constants[token.text] ?? null }
    if (!this.accept('(')) return { kind: 'column', name: token.text }
    if (!/^(?:char_length|character_length|length)$/.test(token.text)) throw new OtherForm()
    const of = this.#operand()
    this.#expect(')')
    return { kind: 'length', of }
  }

  /** Skips casts that don't affect comparisons. */
  #casts(): void {
    while (this.accept('::')) {
      const plain = ['text', 'varchar', 'numeric', 'integer', 'bigint'].some((type) => this.accept(type))
      if (!plain) {
        this.#expect('character')
        this.#expect('varying')
      }
      if (this.accept('[')) this.#expect(']')
    }
  }

  #expect(text: string): void {
    if (!this.accept(text)) throw new OtherForm()
  }
}

const operators: readonly Operator[] = ['=', '<>', '<=', '>=', '<', '>']
const constants: Readonly<Record<string, Constant>> = { null: null, true: true, false: false }

function only(parts: readonly Condition[]): Condition | null {
  return parts.length === 1 ? (parts[0] ?? null) : null
}

function negate(condition: Condition, negated: boolean): Condition {
  return negated ? { kind: 'not', of: condition } : condition
}

/** Names of the columns in the condition. */
export function columnsOf(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'column':
      return [condition.name]
    case 'constant':
      return []
    case 'and':
    case 'or':
      return condition.parts.flatMap(columnsOf)
    case 'compare':
      return [...columnsOf(condition.left), ...columnsOf(condition.right)]
    default:
      return columnsOf(condition.of)
  }
}

/** Returns a column's value; undefined if unknown. */
export type RowValues = (column: string) => Constant | undefined

/**
 * Evaluates the condition with SQL's three-valued logic; undefined if unknown. A CHECK rejects only rows for which
 * its condition is false.
 */
export function evaluate(condition: Condition, row: RowValues): Constant | undefined {
  switch (condition.kind) {
    case 'column':
      return row(condition.name)
    case 'constant':
      return condition.value
    case 'length': {
      const value = evaluate(condition.of, row)
      if (typeof value !== 'string') return value === null ? null : undefined
      return [...(condition.trimmed ? value.replace(/ +$/, '') : value)].length
    }
    case 'isNull': {
      const value = evaluate(condition.of, row)
      return value === undefined ? undefined : value === null
    }
    case 'not': {
      const value = evaluate(condition.of, row)
      return typeof value === 'boolean' ? !value : value === null ? null : undefined
    }
    case 'and':
    case 'or': {
      const decides = condition.kind === 'or'
      const values = condition.parts.map((part) => evaluate(part, row))
      if (values.includes(decides)) return decides
      if (values.some((value) => value !== null && typeof value !== 'boolean')) return undefined
      return values.includes(null) ? null : !decides
    }
    case 'in': {
      const value = evaluate(condition.of, row)
      if (value === undefined || value === null) return value
      const results = condition.values.map((other) => compared('=', value, other))
      if (results.includes(true)) return true
      return results.includes(undefined) ? undefined : results.includes(null) ? null : false
    }
    default: {
      const [left, right] = [evaluate(condition.left, row), evaluate(condition.right, row)]
      return left === undefined || right === undefined ? undefined : compared(condition.operator, left, right)
    }
  }
}

/** Compares two constants. The order of strings depends on the collation, so it's unknown. */
function compared(operator: Operator, left: Constant, right: Constant): boolean | null | undefined {
  if (left === null || right === null) return null
  if (typeof left !== typeof right) return undefined
  if (operator === '=' || operator === '<>') return (left === right) === (operator === '=')
  if (typeof left !== 'number' || typeof right !== 'number') return undefined
  if (operator === '<') return left < right
  if (operator === '<=') return left <= right
  return operator === '>' ? left > right : left >= right
}

/** Formats the condition as SQL for PostgreSQL and SQLite. */
export function conditionSql(condition: Condition): string {
  switch (condition.kind) {
    case 'column':
      return quoteIdentifier(condition.name)
    case 'constant':
      return constantSql(condition.value)
    case 'length':
      return condition.trimmed
        ? `length(rtrim(${conditionSql(condition.of)}))`
        : `length(${conditionSql(condition.of)})`
    case 'isNull':
      return `(${conditionSql(condition.of)} IS NULL)`
    case 'not':
      return `(NOT ${conditionSql(condition.of)})`
    case 'and':
    case 'or':
      return `(${condition.parts.map(conditionSql).join(condition.kind === 'and' ? ' AND ' : ' OR ')})`
    case 'in':
      return `(${conditionSql(condition.of)} IN (${condition.values.map(constantSql).join(', ')}))`
    default:
      return `(${conditionSql(condition.left)} ${condition.operator} ${conditionSql(condition.right)})`
  }
}

function constantSql(value: Constant): string {
  if (typeof value !== 'string') return String(value)
  return value.includes('\\') ? quotePostgresText(value) : quoteText(value)
}
