/** SQL statements executed by a migration, tokenized by PostgreSQL's lexical rules. Parses nothing beyond names. */
import type { ObjectName } from '../history/operation.ts'
import type { Span } from '../history/migration-module.ts'

/** One token. `word` is normalized as in the database: identifiers folded, quotes removed. */
export interface SqlWord {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'mark' | 'hole'
  readonly word: string
}

/** One statement. */
export interface SqlStatement {
  readonly tokens: readonly SqlWord[]
  /** The call that executes the statement. */
  readonly span: Span
  /** Number of operations that precede the statement in the migration. */
  readonly at: number
  /** True inside an `autocommit_block()`. */
  readonly autocommit: boolean
  /** True if the statement always runs; false if that depends on an unknown condition. */
  readonly certain: boolean
}

/** Returns whether the token is this keyword or punctuation mark. */
function isWord(token: SqlWord | undefined, word: string): boolean {
  return token !== undefined && (token.kind === 'word' || token.kind === 'mark') && token.word === word
}

/** Returns whether these keywords occur consecutively at that index. */
export function hasWords({ tokens }: SqlStatement, at: number, ...words: readonly string[]): boolean {
  return words.every((word, index) => isWord(tokens[at + index], word))
}

/**
 * Returns the index of the first consecutive occurrence of these keywords outside parentheses; -1 if they don't occur.
 */
export function indexOfWords(statement: SqlStatement, ...words: readonly string[]): number {
  let depth = 0
  return statement.tokens.findIndex((token, index) => {
    if (isWord(token, '(')) depth++
    else if (isWord(token, ')')) depth--
    return depth === 0 && hasWords(statement, index, ...words)
  })
}

/** Returns whether these keywords occur consecutively outside parentheses. */
export function includesWords(statement: SqlStatement, ...words: readonly string[]): boolean {
  return indexOfWords(statement, ...words) !== -1
}

/** Returns the `name` or `schema.name` at that index; null if unknown. */
export function nameAt({ tokens }: SqlStatement, at: number): ObjectName | null {
  const [first, dot, second, behind] = tokens.slice(at, at + 4)
  if (!isName(first) || dot?.kind === 'hole') return null
  if (!isWord(dot, '.')) return { schema: null, name: first.word }
  return isName(second) && behind?.kind !== 'hole' ? { schema: first.word, name: second.word } : null
}

function isName(token: SqlWord | undefined): token is SqlWord {
  return token?.kind === 'word' || token?.kind === 'quoted'
}
