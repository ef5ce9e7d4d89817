/**
 * Splits a migration's SQL into statements and tokens, using PostgreSQL's lexical rules. Within statements, parses only
 * names.
 */
import type { ObjectName } from '../history/operation.ts'
import type { Span } from '../history/migration-module.ts'

/** A token. `word` is normalized as in the database: identifiers are folded to lower case, and quotes are removed. */
export interface SqlWord {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'mark' | 'hole'
  readonly word: string
}

/** One statement. */
export interface SqlStatement {
  readonly tokens: readonly SqlWord[]
  /** Location of the call that executes the statement. */
  readonly span: Span
  /** Number of operations that precede the statement in the migration. */
  readonly at: number
  /** True if the statement is inside an `autocommit_block()`. */
  readonly autocommit: boolean
  /** True if the statement always runs; false if a condition determines whether it runs. */
  readonly certain: boolean
}

/** Returns whether the token is this keyword or punctuation mark. */
function isWord(token: SqlWord | undefined, word: string): boolean {
  return token !== undefined && (token.kind === 'word' || token.kind === 'mark') && token.word === word
}

/** Returns whether these keywords occur consecutively, starting at the given index. */
export function hasWords({ tokens }: SqlStatement, at: number, ...words: readonly string[]): boolean {
  return words.every((word, index) => isWord(tokens[at + index], word))
}

/** Returns the index of the first occurrence of these keywords outside parentheses, or -1. */
export function indexOfWords(statement: SqlStatement, ...words: readonly string[]): number {
  let depth = 0
  return statement.tokens.findIndex((token, index) => {
    if (isWord(token, '(')) depth++
    else if (isWord(token, ')')) depth--
    return depth === 0 && hasWords(statement, index, ...words)
  })
}

/** Returns whether these keywords directly follow one another somewhere outside parentheses. */
export function includesWords(statement: SqlStatement, ...words: readonly string[]): boolean {
  return indexOfWords(statement, ...words) !== -1
}

/** Returns the name that starts at token index `at`, such as `name` or `schema.name`; null if unknown. */
export function nameAt({ tokens }: SqlStatement, at: number): ObjectName | null {
  const [first, dot, second, behind] = tokens.slice(at, at + 4)
  if (!isName(first) || dot?.kind === 'hole') return null
  if (!isWord(dot, '.')) return { schema: null, name: first.word }
  return isName(second) && behind?.kind !== 'hole' ? { schema: first.word, name: second.word } : null
}

function isName(token: SqlWord | undefined): token is SqlWord {
  return token?.kind === 'word' || token?.kind === 'quoted'
}
