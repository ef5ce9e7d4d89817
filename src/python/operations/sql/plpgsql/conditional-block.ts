/** Reads a `DO` block that consists of a single condition: `IF [NOT] EXISTS (…) THEN … ELSE … END IF`. */
import {
  type Cursor,
  type SqlToken,
  accept,
  atEnd,
  bracketed,
  cursorOf,
  statementsOf,
  textOfTokens,
  tokensOfSql,
} from '../tokens.ts'

export interface ConditionalBlock {
  /** A query that returns one value: whether the condition's subquery has rows. */
  readonly query: string
  /** SQL that runs if the subquery has rows. */
  readonly found: string
  /** SQL that runs if the subquery has no rows. */
  readonly missing: string
}

/** Statements that mean the same in PL/pgSQL as outside it. */
const plain = /^(?:alter|create|drop|comment|insert|update|delete|null)$/
/** Keywords of statements that can't run in a block, or that need a variable. */
const special = new Set(['case', 'concurrently', 'returning', 'execute', 'perform', 'value'])

/** Parses a `DO` block. Returns null for any other SQL, or if a statement may mean something else in PL/pgSQL. */
export function conditionalBlock(sql: string): ConditionalBlock | null {
  const [statement, ...more] = statementsOf(tokensOfSql(sql) ?? [])
  const [first, body, ...rest] = statement ?? []
  if (first?.word !== 'do' || body?.kind !== 'string' || more.length > 0) return null
  if (!['', 'language plpgsql'].includes(rest.map(({ word }) => word).join(' '))) return null
  const cursor = cursorOf(tokensOfSql(body.word) ?? [], body.word)
  if (!accept(cursor, 'begin', 'if')) return null
  const isNegated = accept(cursor, 'not')
  const inside = accept(cursor, 'exists') ? bracketed(cursor) : null
  if (inside === null || !accept(cursor, 'then')) return null
  const then = branch(cursor)
  const otherwise = accept(cursor, 'else') ? branch(cursor) : ''
  if (then === null || otherwise === null || !accept(cursor, 'end', 'if', ';', 'end')) return null
  accept(cursor, ';')
  if (!atEnd(cursor)) return null
  const query = `SELECT EXISTS (${textOfTokens(inside, body.word)})`
  return isNegated ? { query, found: otherwise, missing: then } : { query, found: then, missing: otherwise }
}

/** Returns the SQL of a branch, up to ELSE or END; null if it contains anything but plain statements. */
function branch(cursor: Cursor): string | null {
  const tokens: SqlToken[] = []
  for (let token = cursor.tokens[cursor.at]; token && !isClosing(token); token = cursor.tokens[++cursor.at]) {
    if (token.kind === 'hole' || (token.kind === 'word' && special.has(token.word))) return null
    tokens.push(token)
  }
  const statements = statementsOf(tokens)
  if (tokens.at(-1)?.word !== ';' || !statements.every(([first]) => plain.test(first?.word ?? '')))
    return null
  return statements
    .filter(([first]) => first?.word !== 'null')
    .map((statement) => textOfTokens(statement, cursor.text))
    .join('; ')
}

function isClosing({ kind, word }: SqlToken): boolean {
  return kind === 'word' && /^(?:else|end)$/.test(word)
}
