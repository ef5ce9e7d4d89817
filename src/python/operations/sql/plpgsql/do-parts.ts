/** Splits a PL/pgSQL block into SQL statements and expressions. */
import { type SqlToken, statementsOf } from '../tokens.ts'

/** An SQL statement in a block, or an evaluated expression or query. */
export interface DoPart {
  readonly kind: 'statement' | 'expression'
  readonly tokens: readonly SqlToken[]
}

/** Maps each keyword that introduces a condition or query to the keyword that ends it. */
const headers: Readonly<Record<string, string>> = {
  if: 'then',
  elsif: 'then',
  elseif: 'then',
  when: 'then',
  exception: 'then',
  while: 'loop',
  for: 'loop',
  foreach: 'loop',
}

/** PL/pgSQL statements that only evaluate expressions. */
const evaluating = new Set(['raise', 'return', 'null', 'exit', 'continue', 'assert'])

/** Returns a block's parts in source order; null if it contains a label or a CASE statement. */
export function partsOfBlock(tokens: readonly SqlToken[]): readonly DoPart[] | null {
  const parts: DoPart[] = []
  let isDeclaring = false
  for (const all of statementsOf(tokens)) {
    let rest = all
    for (;;) {
      const [first] = rest
      if (first === undefined) break
      const word = first.kind === 'word' ? first.word : ''
      if (word === 'declare') isDeclaring = true
      else if (word === 'begin') isDeclaring = false
      if (word === 'end') break
      const closing = isDeclaring ? undefined : headers[word]
      if (['declare', 'begin', 'else', 'loop'].includes(word)) rest = rest.slice(1)
      else if (closing !== undefined) {
        const end = endOfHeader(rest, closing)
        if (end < 0) return null
        parts.push({ kind: 'expression', tokens: rest.slice(0, end) })
        rest = rest.slice(end + 1)
      } else {
        const isAssignment = rest[1]?.word === ':' || rest[1]?.word === '='
        if (first.kind === 'mark' || (word === 'case' && !isDeclaring)) return null
        const isExpression = isDeclaring || isAssignment || evaluating.has(word)
        parts.push({ kind: isExpression ? 'expression' : 'statement', tokens: rest })
        break
      }
    }
  }
  return parts
}

/** Returns the position of `THEN` or `LOOP`, skipping CASE expressions. */
function endOfHeader(tokens: readonly SqlToken[], closing: string): number {
  let cases = 0
  return tokens.findIndex(({ kind, word }) => {
    if (kind !== 'word') return false
    if (word === 'case') cases += 1
    else if (word === 'end') cases -= 1
    return cases === 0 && word === closing
  })
}
