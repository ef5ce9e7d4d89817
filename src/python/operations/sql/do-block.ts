/**
 * What a `DO` block could touch: PL/pgSQL touches what it names, unless it builds statements from text, calls functions
 * or cascades. Its control flow isn't read.
 */
import type { ObjectName } from '../../../core/history/operation.ts'
import { harmlessCalls } from './harmless-calls.ts'
import { type SqlToken, tokensOfSql } from './tokens.ts'

/** Words that may reach objects which the text doesn't name. */
const reaching = new Set(['execute', 'call', 'perform', 'cascade', 'extension', 'search_path', 'set_config', 'owned', 'import', 'inherits', 'inherit', 'owner', 'reassign']) // prettier-ignore
/** Words before a name with a list of columns in parentheses. */
const beforeColumns = new Set(['table', 'exists', 'into', 'on', 'only', 'references', 'view', 'index'])
/** Words and types that take parentheses and call nothing. */
const grammar = new Set(['in', 'values', 'exists', 'and', 'or', 'not', 'if', 'elsif', 'then', 'select', 'where', 'on', 'using', 'check', 'key', 'unique', 'from', 'any', 'all', 'some', 'array', 'over', 'as', 'when', 'while', 'enum', 'varchar', 'varying', 'character', 'char', 'numeric', 'decimal', 'timestamp', 'time', 'bit', 'default', 'case', 'else', 'return', 'by', 'having', 'set', 'column', 'include']) // prettier-ignore
/** Words of a block that are looked at; each is a name that is doubted. */
const maxWords = 5000

/** Everything that the block may touch is among these names; null: it may touch more. `statement` begins with `DO`. */
export function namesInDoBlock(statement: readonly SqlToken[]): readonly ObjectName[] | null {
  const bodies = statement.filter((token) => token.kind === 'string')
  const others = statement.filter((token) => token.kind !== 'string').map((token) => token.word)
  const [body] = bodies
  if (body === undefined || bodies.length > 1) return null
  if (!/^do(?: language plpgsql)?$/.test(others.join(' '))) return null
  const tokens = tokensOfSql(body.word)
  if (tokens === null || tokens.length > maxWords || tokens.some((token) => token.kind === 'hole'))
    return null
  const isUnbound = tokens.some(
    (token, index) => (token.kind === 'word' && reaching.has(token.word)) || isCall(tokens, index),
  )
  return isUnbound ? null : tokens.flatMap((_, index) => relationNameAt(tokens, index))
}

/** The name at a place, with the schema before it; none where something else stands. */
export function relationNameAt(tokens: readonly SqlToken[], index: number): readonly ObjectName[] {
  const token = tokens[index]
  if (token?.kind !== 'word' && token?.kind !== 'quoted') return []
  const schema = tokens[index - 1]?.word === '.' ? tokens[index - 2]?.word : undefined
  return [{ schema: schema ?? null, name: token.word }]
}

function isCall(tokens: readonly SqlToken[], index: number): boolean {
  const token = tokens[index]
  const opens = tokens[index + 1]
  if (opens?.kind !== 'mark' || opens.word !== '(') return false
  if (token?.kind !== 'word' && token?.kind !== 'quoted') return false
  let before = index - 1
  while (tokens[before]?.word === '.') before -= 2
  if (beforeColumns.has(tokens[before]?.word ?? '')) return false
  return token.kind === 'quoted' || !(grammar.has(token.word) || harmlessCalls.test(token.word))
}
