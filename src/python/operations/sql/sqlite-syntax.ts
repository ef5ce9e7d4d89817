/** Recognizes SQL that SQLite's grammar rejects, such as PostgreSQL's own statements (sqlite.org/lang.html). */
import { type SqlToken, statementsOf, tokensOfSql } from './tokens.ts'

const statements = new Set('alter analyze attach begin commit create delete detach drop end explain insert pragma reindex release replace rollback savepoint select update vacuum values with'.split(' ')) // prettier-ignore

/** For some first words, all words that may follow. */
const objects: Readonly<Record<string, ReadonlySet<string>>> = {
  alter: new Set(['table']),
  create: new Set(['table', 'index', 'unique', 'view', 'trigger', 'virtual', 'temp', 'temporary']),
  drop: new Set(['table', 'index', 'view', 'trigger']),
}

/** Whether SQLite definitely rejects the first statement in the text. False if part of the statement is unknown. */
export function isForeignToSqlite(text: string): boolean {
  const [statement] = statementsOf(tokensOfSql(text) ?? [])
  const [first, second, third] = statement ?? []
  if (statement === undefined || first === undefined || statement.some(({ kind }) => kind === 'hole'))
    return false
  if (first.kind !== 'word') return first.kind !== 'mark'
  if (!statements.has(first.word)) return true
  const following = objects[first.word]
  if (following === undefined) return false
  if (second?.kind !== 'word' || !following.has(second.word)) return true
  if (isWord(third, 'concurrently')) return true
  // SQLite has `IF [NOT] EXISTS` for whole objects only, and neither CASCADE nor RESTRICT.
  if (first.word === 'alter') return statement.some((token) => isWord(token, 'if'))
  const last = statement.at(-1)
  return first.word === 'drop' && (isWord(last, 'cascade') || isWord(last, 'restrict'))
}

function isWord(token: SqlToken | undefined, word: string): boolean {
  return token?.kind === 'word' && token.word === word
}
