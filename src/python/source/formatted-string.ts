/**
 * Finds the end of a formatted string (f"…", t"…") and the expressions in it. Python 3.12's rules accept every
 * string that older versions accept.
 */

/** Offset after the closing quote, and the start and end offsets of each expression. */
export interface FormattedString {
  readonly end: number
  readonly fields: readonly number[]
}

/** CPython's nesting limit for formatted strings (MAXFSTRINGLEVEL). */
const maxDepth = 150

interface Walk {
  readonly text: string
  readonly fields: number[]
  readonly raw: boolean
  readonly quote: string
  depth: number
}

/** Reads a formatted string after its opening quote. Null if it's invalid in Python 3.12. */
export function readFormatted(
  text: string,
  from: number,
  quote: string,
  raw: boolean,
  depth = 0,
): FormattedString | null {
  if (depth > maxDepth) return null
  const walk: Walk = { text, fields: [], raw, quote, depth }
  const end = literalPart(walk, from, false)
  return end === -1 ? null : { end, fields: walk.fields }
}

/** Skips literal text to the closing quote or the field's `}`. */
function literalPart(walk: Walk, from: number, specification: boolean): number {
  const { text, quote, raw } = walk
  for (let at = from; at < text.length;) {
    const character = text[at]
    if (text.startsWith(quote, at)) return specification ? -1 : at + quote.length
    if (character === '\n' && quote.length === 1) return -1
    if (character === '\\') {
      const next = text[at + 1]
      if (!raw && next === 'N' && text[at + 2] === '{') at = text.indexOf('}', at) + 1 || text.length
      else at += next === '{' || next === '}' ? 1 : 2
    } else if (character === '{') {
      if (text[at + 1] === '{' && !specification) at += 2
      else {
        at = field(walk, at + 1)
        if (at === -1) return -1
      }
    } else if (character === '}') {
      if (specification) return at
      if (text[at + 1] !== '}') return -1
      at += 2
    } else at++
  }
  return -1
}

/** Skips one replacement field, from after the `{` to after the `}`. */
function field(walk: Walk, from: number): number {
  if (++walk.depth > maxDepth) return -1
  const end = expressionEnd(walk, from)
  if (end === -1) return -1
  const { text } = walk
  walk.fields.push(from, withoutDebugSign(text, from, end))
  let at = end
  if (text[at] === '!') {
    const conversion = /[a-zA-Z]*[ \t]*/y
    conversion.lastIndex = at + 1
    if (!/^[rsa][ \t]*$/.test(conversion.exec(text)?.[0] ?? '')) return -1
    at = conversion.lastIndex
  }
  if (text[at] === ':') at = literalPart(walk, at + 1, true)
  walk.depth--
  return at !== -1 && text[at] === '}' ? at + 1 : -1
}

/** The end of the expression, excluding the `=` in `{x=}` and `{x = !r}`. */
function withoutDebugSign(text: string, from: number, end: number): number {
  const source = text.slice(from, end)
  const sign = /(?<![=!<>:])=[ \t\n]*$/.exec(source)
  return sign ? from + sign.index : end
}

/** Offset of the `}`, `!` or `:` that ends a field's expression. */
function expressionEnd(walk: Walk, from: number): number {
  const { text } = walk
  let open = 0
  for (let at = from; at < text.length;) {
    const character = text[at] ?? ''
    if (character === '"' || character === "'") {
      at = stringEnd(walk, at)
      if (at === -1) return -1
      continue
    }
    if ('([{'.includes(character)) open++
    else if (open > 0 && ')]}'.includes(character)) open--
    else if (open === 0 && (character === '}' || character === ':')) return at
    else if (open === 0 && character === '!' && text[at + 1] !== '=') return at
    else if (character === '#') {
      const line = text.indexOf('\n', at)
      if (line === -1) return -1
      at = line
      continue
    } else if (character === '\\' && text[at + 1] !== '\n') return -1
    at++
  }
  return -1
}

/** Offset after a string literal in an expression; -1 if unclosed. */
function stringEnd(walk: Walk, at: number): number {
  const { text } = walk
  const prefix =
    /(?<![\p{ID_Continue}])[rbuftRBUFT]{1,2}$/u.exec(text.slice(Math.max(0, at - 3), at))?.[0] ?? ''
  const mark = text[at] ?? ''
  const quote = text.startsWith(mark.repeat(3), at) ? mark.repeat(3) : mark
  if (/[ft]/i.test(prefix)) {
    return readFormatted(text, at + quote.length, quote, /r/i.test(prefix), walk.depth + 1)?.end ?? -1
  }
  for (let next = at + quote.length; next < text.length; next++) {
    if (text.startsWith(quote, next)) return next + quote.length
    if (text[next] === '\n' && quote.length === 1) return -1
    if (text[next] === '\\') next++
  }
  return -1
}
