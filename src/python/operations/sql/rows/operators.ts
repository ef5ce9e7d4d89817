/** Joins punctuation marks into operators according to PostgreSQL's lexical rules. */
import type { SqlToken } from '../tokens.ts'

const operatorMark = /^[-+*/<>=~!@#%^&|`?]$/

/** Joins single-character tokens into operators such as `->>`. */
export function withOperators(tokens: readonly SqlToken[]): readonly SqlToken[] {
  const joined: SqlToken[] = []
  for (let at = 0; at < tokens.length;) {
    const first = tokens[at]
    if (first === undefined) break
    if (!isOperatorMark(first)) {
      joined.push(first)
      at += 1
      continue
    }
    let end = at + 1
    while (tokens[end - 1]?.end === tokens[end]?.start && isOperatorMark(tokens[end])) end += 1
    let marks = tokens.slice(at, end)
    // In `a=-1`, the operator is `=`. A longer operator may end in `+` or `-` only if it contains `~`, `@` or
    // another special character.
    while (marks.length > 1 && /^[-+]$/.test(marks.at(-1)?.word ?? '') && !marks.some(isSpecial))
      marks = marks.slice(0, -1)
    const last = marks.at(-1) ?? first
    joined.push({ ...first, word: marks.map(({ word }) => word).join(''), end: last.end })
    at += marks.length
  }
  return joined
}

function isOperatorMark(token: SqlToken | undefined): boolean {
  return token?.kind === 'mark' && operatorMark.test(token.word)
}

function isSpecial({ word }: SqlToken): boolean {
  return /^[~!@#%^&|`?]$/.test(word)
}
