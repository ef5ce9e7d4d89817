/** Splits an SQL expression into tokens. */

export interface Token {
  /** `word` is an unquoted identifier or keyword; `name` is a quoted identifier. */
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'mark'
  /** Words are in lower case; names and strings have no quotes. */
  readonly text: string
}

const form =
  /\s+|(?<word>[a-z_][\w$]*)|"(?<name>(?:[^"]|"")+)"|'(?<text>(?:[^'\\]|''|\\[^'xuU0-9:])*)'|(?<number>\d+(?:\.\d+)?(?![\w.]))|(?<mark>::|[(),.[\]]|[-+*/<>=~!@#%^&|`?]+)/iy

/**
 * Matches what SQLAlchemy's `text()` would treat as a bind parameter, even inside a string (`BIND_PARAMS` in
 * sqlalchemy/sql/compiler.py). Python's `\w` includes all letters. `:smile:` isn't a parameter.
 */
export const bindParameter = /(?<![:\p{L}\p{N}_$\\]):([\p{L}\p{N}_$]+)(?![:\p{L}\p{N}_$])/u

/** Returns the tokens; null for unsupported syntax, such as comments, overlong names or escapes in strings. */
export function tokensOf(text: string): readonly Token[] | null {
  if (bindParameter.test(text)) return null
  const tokens: Token[] = []
  form.lastIndex = 0
  while (form.lastIndex < text.length) {
    const groups = form.exec(text)?.groups
    if (!groups) return null
    const { word, name, text: string, number, mark } = groups
    if (mayBeTruncated(word ?? name ?? '')) return null
    if (word !== undefined) tokens.push({ kind: 'word', text: word.toLowerCase() })
    else if (name !== undefined) tokens.push({ kind: 'name', text: name.replaceAll('""', '"') })
    else if (string !== undefined) tokens.push({ kind: 'text', text: string.replaceAll("''", "'") })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (mark !== undefined) {
      const operator = mark === '!=' ? '<>' : mark
      if (!known.has(operator)) return null
      tokens.push({ kind: 'mark', text: operator })
    }
  }
  return tokens
}

/** Whether PostgreSQL might truncate the name, because it may exceed 63 bytes. */
function mayBeTruncated(name: string): boolean {
  return name.length > 63 || (name.length > 21 && /[^\u0000-\u007f]/.test(name))
}

/**
 * Supported operators and punctuation. PostgreSQL's lexer would split other runs of operator characters differently,
 * or start a comment.
 */
const known = new Set(
  ':: ( ) , . [ ] + - * / % < <= = <> > >= ~ ~* !~ !~* || -> ->> #> #>> @> <@ ? ?| ?& &&'.split(' '),
)
