/** SQL statements that a migration executes, as tokens by PostgreSQL's lexical rules. Knows no grammar beyond names. */
import type { ObjectName } from '../history/operation.ts'
import type { Span } from '../history/migration-module.ts'

/** One token. `word` is what the database takes it for: identifiers folded, quotes removed. */
export interface SqlWord {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'mark' | 'hole'
  readonly word: string
}

/** One statement. */
export interface SqlStatement {
  readonly tokens: readonly SqlWord[]
  /** The call that executes it. */
  readonly span: Span
  /** Number of operations of the migration before it. */
  readonly at: number
  /** It stands in an `autocommit_block()`. */
  readonly autocommit: boolean
  /** It stands under no condition that isn't known. */
  readonly certain: boolean
}

/** Is the token this keyword or mark? */
function isWord(token: SqlWord | undefined, word: string): boolean {
  return token !== undefined && (token.kind === 'word' || token.kind === 'mark') && token.word === word
}

/** Do these keywords stand at that index, one after the other? */
export function hasWords({ tokens }: SqlStatement, at: number, ...words: readonly string[]): boolean {
  return words.every((word, index) => isWord(tokens[at + index], word))
}

/** Index of the first place outside of brackets where these keywords follow each other; -1: nowhere. */
export function indexOfWords(statement: SqlStatement, ...words: readonly string[]): number {
  let depth = 0
  return statement.tokens.findIndex((token, index) => {
    if (isWord(token, '(')) depth++
    else if (isWord(token, ')')) depth--
    return depth === 0 && hasWords(statement, index, ...words)
  })
}

/** Do these keywords follow each other outside of brackets? */
export function includesWords(statement: SqlStatement, ...words: readonly string[]): boolean {
  return indexOfWords(statement, ...words) !== -1
}

/** `name` or `schema.name` at that index; null where none is known. */
export function nameAt({ tokens }: SqlStatement, at: number): ObjectName | null {
  const [first, dot, second, behind] = tokens.slice(at, at + 4)
  if (!isName(first) || dot?.kind === 'hole') return null
  if (!isWord(dot, '.')) return { schema: null, name: first.word }
  return isName(second) && behind?.kind !== 'hole' ? { schema: first.word, name: second.word } : null
}

function isName(token: SqlWord | undefined): token is SqlWord {
  return token?.kind === 'word' || token?.kind === 'quoted'
}
