/** Recognizes statements that only MySQL can parse. */
import { isReserved } from './rows/primaries.ts'
import { type SqlToken, accept, cursorOf, identifier, peek, readObjectName } from './tokens.ts'

const joins = /^(?:inner|left|right|full|cross|natural|join)$/

/** Returns the word in a MySQL statement that PostgreSQL's parser rejects; null if there is none. */
export function rejectedWord(statement: readonly SqlToken[], text: string): string | null {
  const cursor = cursorOf(statement, text)
  const here = (): string | null => {
    const token = cursor.tokens[cursor.at]
    return token === undefined ? null : text.slice(token.start, token.end)
  }
  if (peek(cursor, 'replace')) return here()
  if (accept(cursor, 'insert')) return peek(cursor, 'ignore') ? here() : null
  if (!accept(cursor, 'update')) return null
  accept(cursor, 'only')
  if (isReserved(cursor.tokens[cursor.at]?.word ?? '') || readObjectName(cursor) === null) return null
  if (accept(cursor, 'as')) identifier(cursor)
  else if (!isReserved(cursor.tokens[cursor.at]?.word ?? '') && !peek(cursor, 'set') && !peek(cursor, ','))
    identifier(cursor)
  const token = cursor.tokens[cursor.at]
  return peek(cursor, ',') || (token?.kind === 'word' && joins.test(token.word)) ? here() : null
}
