/**
 * Splits SQL text into tokens and statements according to PostgreSQL's lexical rules. These rules also cover
 * SQLite's plain DDL.
 */

/** An SQL token. `word` is folded and unquoted. A `hole` is an unquoted name or value with unknown parts. */
export interface SqlToken {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'mark' | 'hole'
  readonly word: string
  readonly start: number
  readonly end: number
}

const form =
  /\s+|--[^\n]*|(?<word>[A-Za-z_\u0080-\uFFFB][\w$\u0080-\uFFFB]*)|(?<number>\d[\w.]*)|"(?<quoted>(?:[^"]|"")*)"|(?<mark>::|[^\s])/y

/** Matches a name or value with unknown parts, such as `{table}_key`. */
const partlyKnown = /[\w$\u0080-\uFFFC]*\uFFFC[\w$\u0080-\uFFFC]*/y

/** Returns the tokens in SQL text; null for an unterminated quote or comment. */
export function tokensOfSql(text: string): readonly SqlToken[] | null {
  const tokens: SqlToken[] = []
  for (let at = 0; at < text.length;) {
    const special = specialAt(text, at)
    if (special === null) return null
    if (special !== 'none') {
      if (special.token !== null) tokens.push(special.token)
      at = special.end
      continue
    }
    partlyKnown.lastIndex = at
    if (partlyKnown.test(text)) {
      const end = partlyKnown.lastIndex
      tokens.push({ kind: 'hole', word: text.slice(at, end).toLowerCase(), start: at, end })
      at = end
      continue
    }
    form.lastIndex = at
    const found = form.exec(text)
    if (found === null) return null
    const end = form.lastIndex
    const { word, number, quoted, mark } = found.groups ?? {}
    if (word !== undefined) tokens.push({ kind: 'word', word: word.toLowerCase(), start: at, end })
    else if (number !== undefined) tokens.push({ kind: 'number', word: number, start: at, end })
    else if (quoted !== undefined)
      tokens.push({ kind: 'quoted', word: quoted.replaceAll('""', '"'), start: at, end })
    else if (mark === '"' || mark === "'") return null
    else if (mark !== undefined) tokens.push({ kind: 'mark', word: mark, start: at, end })
    at = end
  }
  return tokens
}

interface Special {
  readonly token: SqlToken | null
  readonly end: number
}

/** Matches strings, dollar quotes and nested comments, which are too complex for one regular expression. */
function specialAt(text: string, at: number): Special | 'none' | null {
  if (text.startsWith('/*', at)) {
    let depth = 0
    for (let index = at; index < text.length; index++) {
      if (text.startsWith('/*', index)) {
        depth++
        index++
      } else if (text.startsWith('*/', index)) {
        depth--
        index++
        if (depth === 0) return { token: null, end: index + 1 }
      }
    }
    return null
  }
  const quote = /(?:[eE](?<escaped>)|[bBxXnN]|[uU]&)?'|\$(?<tag>[A-Za-z_\u0080-\uFFFB]?[\w\u0080-\uFFFB]*)\$/y
  quote.lastIndex = at
  const found = quote.exec(text)
  if (found === null) return 'none'
  if (found.groups?.['tag'] !== undefined) {
    const end = text.indexOf(found[0], quote.lastIndex)
    if (end === -1) return null
    const word = text.slice(quote.lastIndex, end)
    return {
      token: { kind: 'string', word, start: at, end: end + found[0].length },
      end: end + found[0].length,
    }
  }
  const escapes = found.groups?.['escaped'] !== undefined
  let word = ''
  for (let index = quote.lastIndex; index < text.length; index++) {
    const character = text.charAt(index)
    if (character === '\\' && escapes) word += text.charAt(++index)
    else if (character !== "'") word += character
    else if (text.charAt(index + 1) === "'") {
      word += "'"
      index++
    } else return { token: { kind: 'string', word, start: at, end: index + 1 }, end: index + 1 }
  }
  return null
}

/** Splits tokens into statements at semicolons. */
export function statementsOf(tokens: readonly SqlToken[]): readonly (readonly SqlToken[])[] {
  const statements: SqlToken[][] = [[]]
  for (const token of tokens) {
    if (token.kind === 'mark' && token.word === ';') statements.push([])
    else statements.at(-1)?.push(token)
  }
  return statements.filter((statement) => statement.length > 0)
}

/** A position in a sequence of tokens. */
export interface Cursor {
  readonly tokens: readonly SqlToken[]
  readonly text: string
  at: number
}

export function cursorOf(tokens: readonly SqlToken[], text: string): Cursor {
  return { tokens, text, at: 0 }
}

/** Moves past the given keywords or punctuation if they are next. Returns whether they were. */
export function accept(cursor: Cursor, ...words: readonly string[]): boolean {
  const fits = words.every((word, index) => isWord(cursor.tokens[cursor.at + index], word))
  if (fits) cursor.at += words.length
  return fits
}

function isWord(token: SqlToken | undefined, word: string): boolean {
  return token !== undefined && (token.kind === 'word' || token.kind === 'mark') && token.word === word
}

/** Whether the given keyword or punctuation mark is next. */
export function peek(cursor: Cursor, word: string): boolean {
  return isWord(cursor.tokens[cursor.at], word)
}

export function atEnd(cursor: Cursor): boolean {
  return cursor.at >= cursor.tokens.length
}

/** Reads an identifier, folded unless quoted; null if there is none. */
export function identifier(cursor: Cursor): string | null {
  const token = cursor.tokens[cursor.at]
  if (token === undefined || !['word', 'quoted', 'hole'].includes(token.kind)) return null
  cursor.at++
  return token.word
}

/** Reads `name` or `schema.name`; null if there is no name, or if it has more than two parts. */
export function readObjectName(cursor: Cursor): { schema: string | null; name: string } | null {
  const first = identifier(cursor)
  if (first === null) return null
  if (!accept(cursor, '.')) return { schema: null, name: first }
  const second = identifier(cursor)
  if (second === null || peek(cursor, '.')) return null
  return { schema: first, name: second }
}

/** Returns the tokens inside the brackets at the cursor, and moves past the closing bracket. */
export function bracketed(cursor: Cursor): readonly SqlToken[] | null {
  if (!peek(cursor, '(')) return null
  const start = cursor.at
  let depth = 0
  for (; cursor.at < cursor.tokens.length; cursor.at++) {
    if (peek(cursor, '(')) depth++
    else if (peek(cursor, ')')) depth--
    if (depth === 0) {
      cursor.at++
      return cursor.tokens.slice(start + 1, cursor.at - 1)
    }
  }
  return null
}

/** Splits tokens at commas outside brackets. */
export function commaParts(tokens: readonly SqlToken[]): readonly (readonly SqlToken[])[] {
  const parts: SqlToken[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token.kind === 'mark' && '(['.includes(token.word)) depth++
    else if (token.kind === 'mark' && ')]'.includes(token.word)) depth--
    if (depth === 0 && token.kind === 'mark' && token.word === ',') parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts.filter((part) => part.length > 0)
}

/** Returns the source text of the tokens. */
export function textOfTokens(tokens: readonly SqlToken[], text: string): string {
  const [first] = tokens
  const last = tokens.at(-1)
  return first === undefined || last === undefined ? '' : text.slice(first.start, last.end)
}

/** Whether the token is this keyword. */
export function isKeyword(token: SqlToken | undefined, word: string): boolean {
  return token?.kind === 'word' && token.word === word
}

/** Moves past `IF NOT EXISTS`, if present. Returns whether it was. */
export function ifNotExists(cursor: Cursor): boolean {
  return accept(cursor, 'if', 'not', 'exists')
}

/** Moves past `IF EXISTS`. Returns whether it was present. */
export function ifExists(cursor: Cursor): boolean {
  return accept(cursor, 'if', 'exists')
}
