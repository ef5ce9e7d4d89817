/** Parses Python string literals: finds where they end, and returns their values and any invalid escapes. */

/** Returns the opening quote at offset `mark`, which has one or three characters. */
export function quoteAt(text: string, mark: number): string {
  const quote = text[mark] ?? ''
  return text[mark + 1] === quote && text[mark + 2] === quote ? quote.repeat(3) : quote
}

/** Finds the end of a literal that opens with `quote` at `mark`. */
export function plainString(
  text: string,
  mark: number,
  quote: string,
): { end: number; escapes: boolean } | null {
  const code = quote.charCodeAt(0)
  const triple = quote.length === 3
  let escapes = false
  for (let at = mark + quote.length; at < text.length; at++) {
    const next = text.charCodeAt(at)
    if (next === 92) {
      at++
      escapes = true
    } else if (next === code) {
      if (!triple) return { end: at + 1, escapes }
      if (text.charCodeAt(at + 1) === code && text.charCodeAt(at + 2) === code)
        return { end: at + 3, escapes }
    } else if (next === 10 && !triple) return null
  }
  return null
}

/** Offset after a simple string literal at `mark`; -1 for any other literal. */
export function simpleString(text: string, mark: number): number {
  const quote = text.charCodeAt(mark)
  for (let at = mark + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 92 || code === 10) return -1
    if (code === quote) return at === mark + 1 && text.charCodeAt(at + 1) === quote ? -1 : at + 1
  }
  return -1
}

/** Python's error for the literal's content between `from` and `to`; null if valid. */
export function literalProblem(
  text: string,
  prefix: string,
  from: number,
  to: number,
  escapes: boolean,
): { readonly at: number; readonly message: string } | null {
  const bytes = prefix.includes('b')
  if (bytes && /[^\x00-\x7f]/.test(text.slice(from, to))) {
    return { at: from, message: 'bytes can only contain ASCII literal characters' }
  }
  if (!escapes || prefix.includes('r')) return null
  for (let at = text.indexOf('\\', from); at !== -1 && at < to; at = text.indexOf('\\', at + 2)) {
    const letter = text[at + 1] ?? ''
    const wanted = hexDigitsAfter(letter, bytes)
    if (wanted > 0) {
      const digits = /^[\da-fA-F]*/.exec(text.slice(at + 2, Math.min(to, at + 2 + wanted)))?.[0] ?? ''
      if (digits.length < wanted && bytes) {
        return { at, message: `(value error) invalid \\x escape at position ${at - from}` }
      }
      const form = `\\${letter}${'X'.repeat(wanted)}`
      if (digits.length < wanted)
        return unicodeProblem(text, from, at, digits.length + 1, `truncated ${form} escape`)
      if (wanted === 8 && parseInt(digits, 16) > 0x10ffff) {
        return unicodeProblem(text, from, at, 9, 'illegal Unicode character')
      }
    } else if (letter === 'N' && !bytes && !/^\{[^{}]+\}/.test(text.slice(at + 2, Math.min(to, at + 130)))) {
      return unicodeProblem(text, from, at, 1, 'malformed \\N character escape')
    }
  }
  return null
}

function hexDigitsAfter(letter: string, bytes: boolean): number {
  if (letter === 'x') return 2
  if (bytes) return 0
  return letter === 'u' ? 4 : letter === 'U' ? 8 : 0
}

/** CPython reports positions in an escaped copy of the text, where each non-ASCII character takes up ten bytes. */
function unicodeProblem(text: string, from: number, at: number, length: number, problem: string) {
  const place = at - from + 9 * text.slice(from, at).replace(/[\0-\x7f]/g, '').length
  const where = `position ${place}-${place + length}`
  return { at, message: `(unicode error) 'unicodeescape' codec can't decode bytes in ${where}: ${problem}` }
}

const escapeForm = /\\(?:\n|([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/g
const simpleEscapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/**
 * Returns the value of a string literal without an `f`, `t` or `b` prefix. Null for `\N{DASH}`, because there's no
 * Unicode name table.
 */
export function stringValue(source: string): string | null {
  const { value, named } = unescaped(source)
  return named ? null : value
}

/** Like `stringValue`, but keeps `\N{…}` as written, for displaying docstrings. */
export function docValue(source: string): string {
  return unescaped(source).value
}

function unescaped(source: string): { value: string; named: boolean } {
  const mark = source.search(/['"]/)
  const quote = quoteAt(source, mark)
  const inside = source.slice(mark + quote.length, source.length - quote.length)
  let named = false
  if (!inside.includes('\\') || /r/i.test(source.slice(0, mark))) {
    // A plain slice would keep the whole file in memory.
    return { value: ` ${inside}`.slice(1), named }
  }
  const value = inside.replace(escapeForm, (...found: (string | undefined)[]) => {
    const [whole = '', octal, hex, short, long, other] = found
    if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8))
    const code = hex ?? short ?? long
    if (code !== undefined) return String.fromCodePoint(Math.min(parseInt(code, 16), 0x10ffff))
    if (other === undefined) return ''
    if (other === 'N') named = true
    // Python keeps unknown escapes, including the backslash.
    return simpleEscapes[other] ?? whole
  })
  return { value, named }
}
