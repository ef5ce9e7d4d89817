/** Splits Python text into tokens according to CPython's rules, and reports the first violation. */
import type { PythonError } from '../../core/history/migration-module.ts'
import { readFormatted } from '../source/formatted-string.ts'
import { positionAt } from '../source/source-position.ts'
import { literalProblem, plainString, quoteAt, simpleString } from '../source/string-literal.ts'
import { keywords, Kind, operators } from './token-kinds.ts'

/** A problem that probably makes Python reject the text. */
export interface Objection {
  /** Offset of the problem. */
  readonly at: number
  readonly error: PythonError
  /** True if Python is certain to reject the text. If false, the parser must confirm the problem. */
  readonly certain: boolean
}

/** Tokens in parallel arrays, which are faster than objects. The last token is `Kind.end`. */
export interface Tokens {
  readonly text: string
  readonly kinds: readonly number[]
  /** Offsets in the text. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  readonly count: number
  /** Pairs of offsets where the expressions in formatted strings start and end. */
  readonly fields: readonly number[]
  /** The problem that stopped the scan; null if there was none. */
  readonly problem: Objection | null
}

/** Token arrays, reused because they are large. Entries after the last token are stale. */
export interface TokenArrays {
  readonly kinds: number[]
  readonly starts: number[]
  readonly ends: number[]
}

/** Creates empty arrays for `scanTokens`. */
export function tokenArrays(): TokenArrays {
  return { kinds: [], starts: [], ends: [] }
}

/** Categories of characters, by the kind of token they start. */
const Start = {
  invalid: 0,
  blank: 1,
  newline: 2,
  comment: 3,
  name: 4,
  digit: 5,
  quote: 6,
  operator: 7,
  backslash: 8,
}

const startOf = new Uint8Array(128)
const operatorsFrom: (readonly (readonly [string, number])[])[] = []
/** Kinds of single-character operators, by character code. */
const kindOf = new Uint8Array(128)
for (const [sign, kind] of operators) {
  const code = sign.charCodeAt(0)
  startOf[code] = Start.operator
  operatorsFrom[code] = [...(operatorsFrom[code] ?? []), [sign, kind]]
  if (sign.length === 1) kindOf[code] = kind
}
for (const character of ' \t\f') startOf[character.charCodeAt(0)] = Start.blank
for (const character of '0123456789') startOf[character.charCodeAt(0)] = Start.digit
for (const character of '_abcdefghijklmnopqrstuvwxyz') startOf[character.charCodeAt(0)] = Start.name
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') startOf[character.charCodeAt(0)] = Start.name
for (const character of `'"`) startOf[character.charCodeAt(0)] = Start.quote
startOf[10] = Start.newline
startOf[35] = Start.comment
startOf[92] = Start.backslash

/** CPython's limits on nested brackets and indentation (MAXLEVEL, MAXINDENT). */
const maxBrackets = 200
const maxIndents = 100

interface Scan {
  readonly text: string
  readonly kinds: number[]
  readonly starts: number[]
  readonly ends: number[]
  count: number
  readonly fields: number[]
  problem: Objection | null
  /**
   * Indentation widths of the open blocks. In `indents`, a tab extends to the next multiple of eight columns; in
   * `narrowIndents`, it counts as one column.
   */
  readonly indents: number[]
  readonly narrowIndents: number[]
  /** Offsets of the open brackets. */
  readonly open: number[]
}

/** Scans a text with `\n` line endings in linear time. Tokens are valid until `arrays` is reused. */
export function scanTokens(text: string, arrays: TokenArrays = tokenArrays()): Tokens {
  const scan: Scan = {
    text,
    kinds: arrays.kinds,
    starts: arrays.starts,
    ends: arrays.ends,
    count: 0,
    fields: [],
    problem: null,
    indents: [0],
    narrowIndents: [0],
    open: [],
  }
  let at = indentation(scan, 0)
  while (at < text.length && scan.problem === null) {
    if (text.charCodeAt(at) === 32) at++
    else at = nextToken(scan, at)
  }
  if (scan.problem === null) finish(scan)
  push(scan, Kind.end, text.length, text.length)
  return scan
}

function push(scan: Scan, kind: number, start: number, end: number): void {
  const index = scan.count++
  scan.kinds[index] = kind
  scan.starts[index] = start
  scan.ends[index] = end
}

function object(scan: Scan, at: number, message: string, type = 'SyntaxError', certain = true): number {
  scan.problem ??= { at, error: { type, message }, certain }
  return scan.text.length
}

function nextToken(scan: Scan, at: number): number {
  const { text } = scan
  const code = text.charCodeAt(at)
  switch (code < 128 ? startOf[code] : Start.name) {
    case Start.blank:
      return at + 1
    case Start.newline:
      if (scan.open.length > 0) return at + 1
      push(scan, Kind.newline, at, at + 1)
      return indentation(scan, at + 1)
    case Start.comment: {
      const end = text.indexOf('\n', at)
      return end === -1 ? text.length : end
    }
    case Start.name:
      return nameOrPrefix(scan, at)
    case Start.digit:
      return number(scan, at)
    case Start.quote:
      return string(scan, at, at)
    case Start.operator:
      return operator(scan, at, code)
    case Start.backslash:
      return continuation(scan, at)
    default:
      return invalidCharacter(scan, at)
  }
}

/** Compares the next line's indentation with the open blocks (tokenizer.c, tok_get). */
function indentation(scan: Scan, from: number): number {
  const { text } = scan
  let at = from
  for (;;) {
    const margin = at
    while (text.charCodeAt(at) === 32) at++
    let width = at - margin
    let narrow = width
    let frozen = false
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === 92 && text.charCodeAt(at + 1) === 10) {
        // A backslash continues the line. The indentation before the backslash counts, unless it's 0.
        if (at + 2 >= text.length) return object(scan, at, 'unexpected EOF while parsing')
        at++
        frozen = frozen || width > 0
        continue
      }
      if (code !== 32 && code !== 9 && code !== 12) break
      if (frozen) continue
      if (code === 32) {
        width++
        narrow++
      } else if (code === 9) {
        width = (Math.floor(width / 8) + 1) * 8
        narrow++
      } else width = narrow = 0
    }
    if (at >= text.length) return at
    const code = text.charCodeAt(at)
    if (code === 35) {
      const end = text.indexOf('\n', at)
      if (end === -1) return text.length
      at = end + 1
    } else if (code === 10) at++
    else {
      block(scan, at, width, narrow)
      return scan.problem === null ? at : text.length
    }
  }
}

function block(scan: Scan, at: number, width: number, narrow: number): void {
  const { indents, narrowIndents } = scan
  const tabError = 'inconsistent use of tabs and spaces in indentation'
  const current = indents.at(-1) ?? 0
  if (width > current) {
    if (narrow <= (narrowIndents.at(-1) ?? 0)) object(scan, at, tabError, 'TabError')
    else if (indents.length >= maxIndents)
      object(scan, at, 'too many levels of indentation', 'IndentationError')
    indents.push(width)
    narrowIndents.push(narrow)
    push(scan, Kind.indent, at, at)
    return
  }
  while (width < (indents.at(-1) ?? 0)) {
    indents.pop()
    narrowIndents.pop()
    push(scan, Kind.dedent, at, at)
  }
  if (width !== indents.at(-1)) {
    object(scan, at, 'unindent does not match any outer indentation level', 'IndentationError')
  } else if (narrow !== narrowIndents.at(-1)) object(scan, at, tabError, 'TabError')
}

function finish(scan: Scan): void {
  const opener = scan.open.at(-1)
  if (opener !== undefined) {
    object(scan, opener, `'${scan.text[opener]}' was never closed`)
    return
  }
  const end = scan.text.length
  if (scan.count > 0 && scan.kinds[scan.count - 1] !== Kind.newline) push(scan, Kind.newline, end, end)
  for (let level = scan.indents.length; level > 1; level--) push(scan, Kind.dedent, end, end)
}

/** For each first letter, a bit set of the keywords' lengths. Rules out most names quickly. */
const keywordLengths = new Uint16Array(128)
for (const word of keywords.keys()) {
  const code = word.charCodeAt(0)
  keywordLengths[code] = (keywordLengths[code] ?? 0) | (1 << word.length)
}

const restOfName = /[\w\P{ASCII}]*/uy

function nameOrPrefix(scan: Scan, from: number): number {
  const { text } = scan
  let at = from
  let code = text.charCodeAt(at)
  while (code < 128 && (startOf[code] === Start.name || startOf[code] === Start.digit))
    code = text.charCodeAt(++at)
  if (code >= 128) {
    restOfName.lastIndex = from
    restOfName.test(text)
    at = restOfName.lastIndex
    const odd = oddCharacter(text.slice(from, at))
    if (odd !== -1) return invalidCharacter(scan, from + odd)
    code = text.charCodeAt(at)
  }
  const length = at - from
  if (
    length <= 2 &&
    (code === 34 || code === 39) &&
    /^(?:[rubft]|br|rb|fr|rf|tr|rt)$/i.test(text.slice(from, at))
  ) {
    return string(scan, from, at)
  }
  const candidate = ((keywordLengths[text.charCodeAt(from)] ?? 0) & (1 << length)) !== 0 && length <= 8
  const kind = candidate ? (keywords.get(text.slice(from, at)) ?? Kind.name) : Kind.name
  push(scan, kind, from, at)
  return at
}

/** Returns the index of the first character that isn't allowed in names, or -1 if there is none. */
function oddCharacter(name: string): number {
  let index = 0
  for (const character of name) {
    if (!/^[\p{ID_Continue}\p{Cn}]+$/u.test(character.normalize('NFKC'))) return index
    index += character.length
  }
  return -1
}

function invalidCharacter(scan: Scan, at: number): number {
  const point = scan.text.codePointAt(at) ?? 0
  const character = String.fromCodePoint(point)
  if (character === '$' || character === '?' || character === '!' || character === '`') {
    return object(scan, at, 'invalid syntax')
  }
  const code = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`
  const printable = !/[\p{C}\p{Z}]/u.test(character)
  return object(
    scan,
    at,
    printable ? `invalid character '${character}' (${code})` : `invalid non-printable character ${code}`,
  )
}

const numberForm =
  /0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?[jJ]?/y

function number(scan: Scan, from: number): number {
  const { text } = scan
  numberForm.lastIndex = from
  const form = numberForm.exec(text)?.[0] ?? ''
  const end = from + form.length
  push(scan, Kind.number, from, end)
  if (/^0[\d_]*[1-9][\d_]*$/.test(form)) {
    const advice =
      'leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers'
    return object(scan, from, advice)
  }
  const next = text.charCodeAt(end)
  const glued = next >= 128 || startOf[next] === Start.name || startOf[next] === Start.digit
  // Python accepts `1if x else 2` with a warning.
  if (glued && !/^(?:and|else|for|if|in|is|or|not)/.test(text.slice(end, end + 4))) {
    const base = /^0[xX]/.test(form) ? 'hexadecimal' : /[jJ]$/.test(form) ? 'imaginary' : 'decimal'
    return object(scan, from, `invalid ${base} literal`)
  }
  return end
}

function operator(scan: Scan, from: number, code: number): number {
  const { text } = scan
  if (code === 46 && startOf[text.charCodeAt(from + 1)] === Start.digit) return number(scan, from)
  const kind = kindOf[code] ?? 0
  if (kind >= Kind.openRound && kind <= Kind.closeCurly) {
    push(scan, kind, from, from + 1)
    return kind % 2 === 0 ? openBracket(scan, from) : closeBracket(scan, from)
  }
  if (kind !== 0 && startOf[text.charCodeAt(from + 1)] !== Start.operator) {
    push(scan, kind, from, from + 1)
    return from + 1
  }
  for (const [sign, signKind] of operatorsFrom[code] ?? []) {
    if (!text.startsWith(sign, from)) continue
    push(scan, signKind, from, from + sign.length)
    return from + sign.length
  }
  return invalidCharacter(scan, from)
}

function openBracket(scan: Scan, at: number): number {
  if (scan.open.length >= maxBrackets) return object(scan, at, 'too many nested parentheses')
  scan.open.push(at)
  return at + 1
}

function closeBracket(scan: Scan, at: number): number {
  const closer = scan.text[at] ?? ''
  const opener = scan.open.pop()
  if (opener === undefined) return object(scan, at, `unmatched '${closer}'`)
  const opened = scan.text[opener] ?? ''
  if ('([{'.indexOf(opened) === ')]}'.indexOf(closer)) return at + 1
  const line = positionAt(scan.text, opener).line
  const where = line === positionAt(scan.text, at).line ? '' : ` on line ${line}`
  return object(
    scan,
    at,
    `closing parenthesis '${closer}' does not match opening parenthesis '${opened}'${where}`,
  )
}

function continuation(scan: Scan, at: number): number {
  const { text } = scan
  if (text.charCodeAt(at + 1) === 10 && at + 2 < text.length) return at + 2
  if (at + 2 >= text.length && (at + 1 >= text.length || text.charCodeAt(at + 1) === 10)) {
    return object(scan, at, 'unexpected EOF while parsing')
  }
  return object(scan, at, 'unexpected character after line continuation character')
}

/** Scans a string literal with its prefix at `from` and its opening quote at `mark`. */
function string(scan: Scan, from: number, mark: number): number {
  const { text } = scan
  if (from === mark) {
    const end = simpleString(text, mark)
    if (end !== -1) {
      push(scan, Kind.string, from, end)
      return end
    }
  }
  const prefix = text.slice(from, mark).toLowerCase()
  const formatted = prefix.includes('f') || prefix.includes('t')
  const quote = quoteAt(text, mark)
  if (formatted) {
    const found = readFormatted(text, mark + quote.length, quote, prefix.includes('r'))
    if (found !== null) {
      push(scan, Kind.formatted, from, found.end)
      for (const offset of found.fields) scan.fields.push(offset)
      return found.end
    }
  }
  const literal = plainString(text, mark, quote)
  if (literal === null) return unterminated(scan, from, quote)
  if (formatted) {
    push(scan, Kind.formatted, from, literal.end)
    return object(scan, from, 'f-string: invalid syntax', 'SyntaxError', false)
  }
  push(scan, prefix.includes('b') ? Kind.bytes : Kind.string, from, literal.end)
  const problem = literalProblem(
    text,
    prefix,
    mark + quote.length,
    literal.end - quote.length,
    literal.escapes,
  )
  return problem === null ? literal.end : object(scan, problem.at, problem.message)
}

function unterminated(scan: Scan, from: number, quote: string): number {
  const { text } = scan
  const last = positionAt(text, text.endsWith('\n') ? text.length - 1 : text.length).line
  const [form, line] =
    quote.length === 3 ? ['triple-quoted string', last] : ['string', positionAt(text, from).line]
  return object(scan, from, `unterminated ${form} literal (detected at line ${line})`)
}
