/**
 * Parses SQL expressions using PostgreSQL's operator precedence (gram.y). Supports the syntax commonly used in
 * conditions, index expressions and defaults.
 */
import type { Expression } from './expression.ts'
import { type Token, tokensOf } from './tokens.ts'

/** Thrown for unsupported syntax. Never leaves this file. */
class OtherForm extends Error {}

/** Parses an expression. Returns null if its syntax isn't supported. */
export function parseExpression(text: string): Expression | null {
  return parsed(text, (parser) => parser.whole())
}

/** An indexed column or expression. */
export interface IndexElement {
  readonly expression: Expression
  /** Null for the default operator class. */
  readonly operatorClass: string | null
  /** Whether a sort order is given (ASC, DESC or NULLS). */
  readonly isSorted: boolean
}

/**
 * Parses an element of CREATE INDEX, such as `lower(name) text_pattern_ops DESC`. Returns null if its syntax isn't
 * supported.
 */
export function parseIndexElement(text: string): IndexElement | null {
  return parsed(text, (parser) => parser.indexElement())
}

function parsed<T>(text: string, parse: (parser: Parser) => T): T | null {
  const tokens = tokensOf(text)
  if (tokens === null || tokens.length > 500) return null
  try {
    const parser = new Parser(tokens)
    const result = parse(parser)
    return parser.atEnd ? result : null
  } catch (error) {
    if (error instanceof OtherForm) return null
    throw error
  }
}

/** Keywords that can't be used as unquoted column names (PostgreSQL 13 to 18). */
const reserved = new Set(
  `all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
  current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc distinct
  do else end except false fetch for foreign from grant group having in initially intersect into lateral leading limit
  localtime localtimestamp not null offset on only or order placing primary references returning select session_user
  some symmetric system_user table then to trailing true union unique user using variadic when where window with
  authorization binary collation concurrently cross current_schema freeze full ilike inner is isnull join left like
  natural notnull outer overlaps right similar tablesample verbose`.split(/\s+/),
)
/** Whether the name needs no quotes in SQL. */
export function isPlainName(name: string): boolean {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name)
}

/** Keywords that can precede a parenthesis but aren't ordinary function names. */
const special = new Set(
  `between bit cast dec exists extract float grouping interval national nchar none normalize numeric decimal overlay
  position precision real row setof substring time timestamp treat trim values varchar char character boolean int
  integer bigint smallint xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
  xmlserialize xmltable json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
  json_serialize json_table json_value merge_action out inout`.split(/\s+/),
)
/** Whether a call with this unquoted name may be special syntax in some PostgreSQL version. */
export function isKeyword(name: string): boolean {
  return reserved.has(name) || special.has(name) || /^(?:json|xml)/.test(name)
}

const momentary = /^(?:current_timestamp|localtimestamp|current_date)$/
const comparisons = ['=', '<>', '<=', '>=', '<', '>']
const others = ['||', '->>', '->', '#>>', '#>', '@>', '<@', '?|', '?&', '?', '&&', '~*', '~', '!~*', '!~']

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  #peek(...texts: readonly string[]): boolean {
    return texts.every((text, index) => {
      const token = this.#tokens[this.#at + index]
      return token?.text === text && (token.kind === 'word' || token.kind === 'mark')
    })
  }

  #accept(...texts: readonly string[]): boolean {
    if (!this.#peek(...texts)) return false
    this.#at += texts.length
    return true
  }

  #acceptOne(texts: readonly string[]): string | null {
    return texts.find((text) => this.#accept(text)) ?? null
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw new OtherForm()
  }

  whole(): Expression {
    const parts = [this.#and()]
    while (this.#accept('or')) parts.push(this.#and())
    return only(parts) ?? { kind: 'or', parts }
  }

  indexElement(): IndexElement {
    const isBracketed = this.#peek('(')
    const expression = this.#plain()
    const isAllowed =
      expression.kind === 'call' || (expression.kind === 'column' && expression.table === null)
    if (!isBracketed && !isAllowed) throw new OtherForm()
    const token = this.#tokens[this.#at]
    const isClass = token?.kind === 'word' && !/^(?:asc|desc|nulls|collate|with)$/.test(token.text)
    if (isClass) this.#at += 1
    const before = this.#at
    if (!this.#accept('asc')) this.#accept('desc')
    if (this.#accept('nulls') && !this.#accept('first')) this.#expect('last')
    return { expression, operatorClass: isClass ? token.text : null, isSorted: this.#at > before }
  }

  #and(): Expression {
    const parts = [this.#not()]
    while (this.#accept('and')) parts.push(this.#not())
    return only(parts) ?? { kind: 'and', parts }
  }

  #not(): Expression {
    return this.#accept('not') ? { kind: 'not', of: this.#not() } : this.#is()
  }

  #is(): Expression {
    let of = this.#comparison()
    while (this.#accept('is')) {
      const negated = this.#accept('not')
      if (this.#accept('null')) of = { kind: 'isNull', of }
      else if (this.#acceptOne(['true', 'false', 'unknown']) !== null) of = { kind: 'isTruth', of }
      else if (this.#accept('distinct', 'from'))
        of = { kind: 'isDistinct', left: of, right: this.#comparison() }
      else throw new OtherForm()
      // NOT doesn't change the test's type or errors.
      if (negated) of = { kind: 'not', of }
    }
    return of
  }

  #comparison(): Expression {
    const left = this.#matched()
    const operator = this.#acceptOne(comparisons)
    if (operator === null) return left
    const found: Expression = this.#compared(operator, left)
    // Comparisons can't be chained.
    if (comparisons.some((each) => this.#peek(each))) throw new OtherForm()
    return found
  }

  #compared(operator: string, left: Expression): Expression {
    if (this.#acceptOne(['any', 'some', 'all']) === null)
      return { kind: 'operator', operator, left, right: this.#matched() }
    this.#expect('(')
    const array = this.whole()
    this.#expect(')')
    return { kind: 'any', operator, of: left, array }
  }

  /** Parses BETWEEN, IN and LIKE. */
  #matched(): Expression {
    const left = this.#other()
    const negated =
      ['in', 'between', 'like', 'ilike'].some((word) => this.#peek('not', word)) && this.#accept('not')
    const found = this.#match(left)
    if (found === null) return left
    return negated ? { kind: 'not', of: found } : found
  }

  #match(left: Expression): Expression | null {
    if (this.#accept('in')) {
      this.#expect('(')
      const values = this.#list()
      this.#expect(')')
      return { kind: 'in', of: left, values }
    }
    if (this.#accept('between')) {
      const from = this.#other()
      this.#expect('and')
      const to = this.#other()
      const parts = [
        { kind: 'operator', operator: '>=', left, right: from },
        { kind: 'operator', operator: '<=', left, right: to },
      ] as const
      return { kind: 'and', parts }
    }
    if (this.#acceptOne(['like', 'ilike']) === null) return null
    const pattern = this.#other()
    if (this.#peek('escape')) throw new OtherForm()
    return { kind: 'like', of: left, pattern }
  }

  #other(): Expression {
    return this.#chain(others, () =>
      this.#chain(['+', '-'], () => this.#chain(['*', '/', '%'], () => this.#zoned())),
    )
  }

  #chain(operators: readonly string[], next: () => Expression): Expression {
    let left = next()
    for (;;) {
      const operator = this.#acceptOne(operators)
      if (operator === null) return left
      if (this.#peek('any') || this.#peek('all') || this.#peek('some')) throw new OtherForm()
      left = { kind: 'operator', operator, left, right: next() }
    }
  }

  #zoned(): Expression {
    let of = this.#negative()
    while (this.#accept('at', 'time', 'zone'))
      of = { kind: 'call', name: 'timezone', args: [this.#negative(), of] }
    return of
  }

  #negative(): Expression {
    if (this.#accept('-')) return { kind: 'negative', of: this.#negative() }
    let of = this.#plain()
    while (this.#accept('::')) of = { kind: 'cast', of, type: this.#type() }
    if (this.#peek('[') || this.#peek('collate')) throw new OtherForm()
    return of
  }

  #plain(): Expression {
    if (this.#accept('(')) {
      const inner = this.whole()
      this.#expect(')')
      if (this.#peek('.')) throw new OtherForm()
      return inner
    }
    if (this.#accept('case')) return this.#case()
    if (this.#accept('cast', '(')) {
      const of = this.whole()
      this.#expect('as')
      const type = this.#type()
      this.#expect(')')
      return { kind: 'cast', of, type }
    }
    if (this.#accept('array', '[')) {
      const items = this.#list()
      this.#expect(']')
      return { kind: 'array', items }
    }
    if (this.#accept('substring', '(')) return this.#substring()
    const token = this.#tokens[this.#at]
    this.#at += 1
    if (token === undefined || token.kind === 'mark') throw new OtherForm()
    if (token.kind === 'number') return { kind: 'number', text: token.text }
    if (token.kind === 'text') return { kind: 'text', value: token.text }
    return token.kind === 'word' ? this.#word(token.text) : this.#name(token.text)
  }

  /** Parses the rest of `substring(text FROM 1 FOR 2)` or `substring(text, 1, 2)`. */
  #substring(): Expression {
    const args = [this.whole()]
    if (this.#accept('from')) {
      args.push(this.whole())
      if (this.#accept('for')) args.push(this.whole())
    } else while (this.#accept(',')) args.push(this.whole())
    this.#expect(')')
    return { kind: 'call', name: 'substring', args }
  }

  #word(word: string): Expression {
    if (word === 'null') return { kind: 'null' }
    if (word === 'true' || word === 'false') return { kind: 'boolean' }
    if (momentary.test(word)) {
      if (word !== 'current_date' && this.#accept('(')) this.#precision()
      return { kind: 'call', name: word, args: [] }
    }
    if (this.#tokens[this.#at]?.kind === 'text') {
      // A constant preceded by its type, such as `date '2030-01-01'`.
      const value = this.#tokens[this.#at]?.text ?? ''
      if (!/^(?:date|timestamp|interval|uuid|jsonb?)$/.test(word)) throw new OtherForm()
      this.#at += 1
      return { kind: 'cast', of: { kind: 'text', value }, type: word }
    }
    // `trim(a)` calls `btrim`. The other forms contain a reserved keyword, such as FROM.
    if (word === 'trim' && this.#peek('(')) return this.#call('btrim')
    if (this.#peek('(') && !special.has(word) && (!reserved.has(word) || /^(?:left|right)$/.test(word)))
      return this.#call(word)
    if (this.#peek('(') || reserved.has(word)) throw new OtherForm()
    return this.#name(word)
  }

  /** Parses the rest of `current_timestamp(3)`. */
  #precision(): void {
    const token = this.#tokens[this.#at]
    this.#at += 1
    if (token?.kind !== 'number' || !/^[0-6]$/.test(token.text)) throw new OtherForm()
    this.#expect(')')
  }

  #name(first: string): Expression {
    if (this.#peek('(')) throw new OtherForm()
    if (!this.#accept('.')) return { kind: 'column', table: null, name: first }
    const token = this.#tokens[this.#at]
    this.#at += 1
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'name')) throw new OtherForm()
    if (this.#peek('(') && first === 'pg_catalog') return { ...this.#call(token.text), inCatalog: true }
    if (this.#peek('(') || this.#peek('.')) throw new OtherForm()
    return { kind: 'column', table: first, name: token.text }
  }

  #call(name: string): Extract<Expression, { kind: 'call' }> {
    this.#expect('(')
    const args = this.#peek(')') ? [] : this.#list()
    this.#expect(')')
    if (['over', 'filter', 'within'].some((word) => this.#peek(word))) throw new OtherForm()
    return { kind: 'call', name, args }
  }

  #list(): readonly Expression[] {
    const items = [this.whole()]
    while (this.#accept(',')) items.push(this.whole())
    return items
  }

  #case(): Expression {
    const of = this.#peek('when') ? null : this.whole()
    const conditions: Expression[] = []
    const results: Expression[] = []
    while (this.#accept('when')) {
      const when = this.whole()
      conditions.push(of ? { kind: 'operator', operator: '=', left: of, right: when } : when)
      this.#expect('then')
      results.push(this.whole())
    }
    if (this.#accept('else')) results.push(this.whole())
    this.#expect('end')
    if (conditions.length === 0) throw new OtherForm()
    return { kind: 'case', conditions, results }
  }

  #type(): string {
    const words: string[] = []
    const first = this.#tokens[this.#at]
    if (first?.kind === 'name' && /^[a-z_]\w*$/.test(first.text)) words.push(`"${first.text}"`)
    else if (first?.kind === 'word') words.push(first.text)
    else throw new OtherForm()
    this.#at += 1
    if (this.#accept('.')) {
      const token = this.#tokens[this.#at]
      this.#at += 1
      if (token?.kind !== 'word') throw new OtherForm()
      words.push(`${words.pop() ?? ''}.${token.text}`)
    }
    if (this.#accept('varying') || this.#accept('precision'))
      words.push(words[0] === 'double' ? 'precision' : 'varying')
    let size = ''
    if (this.#accept('(')) {
      while (!this.#accept(')')) {
        const token = this.#tokens[this.#at]
        this.#at += 1
        if (token?.kind !== 'number' && token?.text !== ',') throw new OtherForm()
        size += token.text
      }
      size = `(${size})`
    }
    const zone = ['with', 'without'].find((word) => this.#accept(word, 'time', 'zone'))
    const array = this.#accept('[') ? '[]' : ''
    if (array) this.#expect(']')
    return words.join(' ') + size + (zone ? ` ${zone} time zone` : '') + array
  }
}

function only(parts: readonly Expression[]): Expression | null {
  return parts.length === 1 ? (parts[0] ?? null) : null
}
