/** Splits a migration's SQL into statements and tokens according to PostgreSQL's lexical rules. */
import type { ObjectName } from '../history/operation.ts'
import type { Span } from '../history/migration-module.ts'

/** A token. `word` is normalized as in the database: lowercase unless quoted, and without quotes. */
export interface SqlWord {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'mark' | 'hole'
  readonly word: string
}

/** One statement. */
export interface SqlStatement {
  readonly tokens: readonly SqlWord[]
  readonly span: Span
  /** Number of operations before the statement. */
  readonly at: number
  readonly autocommit: boolean
  /** False if the statement might not run. */
  readonly certain: boolean
}

function isWord(token: SqlWord | undefined, word: string): boolean {
  return token !== undefined && (token.kind === 'word' || token.kind === 'mark') && token.word === word
}

/** Whether these keywords appear consecutively, starting at this index. */
export function hasWords({ tokens }: SqlStatement, at: number, ...words: readonly string[]): boolean {
  return words.every((word, index) => isWord(tokens[at + index], word))
}

/** Returns the first index outside parentheses at which these keywords appear consecutively; -1 if there is none. */
export function indexOfWords(statement: SqlStatement, ...words: readonly string[]): number {
  let depth = 0
  return statement.tokens.findIndex((token, index) => {
    if (isWord(token, '(')) depth++
    else if (isWord(token, ')')) depth--
    return depth === 0 && hasWords(statement, index, ...words)
  })
}

/** Whether these keywords appear consecutively outside parentheses. */
export function includesWords(statement: SqlStatement, ...words: readonly string[]): boolean {
  return indexOfWords(statement, ...words) !== -1
}

/** The name at token index `at`: `name` or `schema.name`; null if unknown. */
export function nameAt({ tokens }: SqlStatement, at: number): ObjectName | null {
  const [first, dot, second, behind] = tokens.slice(at, at + 4)
  if (!isName(first) || dot?.kind === 'hole') return null
  if (!isWord(dot, '.')) return { schema: null, name: first.word }
  return isName(second) && behind?.kind !== 'hole' ? { schema: first.word, name: second.word } : null
}

function isName(token: SqlWord | undefined): token is SqlWord {
  return token?.kind === 'word' || token?.kind === 'quoted'
}
