/**
 * Determines which objects a `DO` block could change. A PL/pgSQL block changes only the objects that it names, unless
 * it builds statements from strings, calls functions or cascades. Ignores control flow.
 */
import type { ObjectName } from '../../../core/history/operation.ts'
import { harmlessCalls } from './harmless-calls.ts'
import { hole } from '../../interpreter/values.ts'
import { type SqlToken, tokensOfSql } from './tokens.ts'

/** Keywords of statements that may affect objects not named in the text. */
const reaching = new Set(['call', 'perform', 'cascade', 'extension', 'search_path', 'set_config', 'owned', 'import', 'inherits', 'inherit', 'owner', 'reassign']) // prettier-ignore
/** Keywords of statements that change anything other than rows. */
const changing = new Set(['create', 'alter', 'drop', 'comment', 'grant', 'revoke', 'refresh', 'reindex', 'cluster', 'security', 'lock']) // prettier-ignore
/** Keywords that can be followed by a name with an optional column list in parentheses. */
const beforeColumns = new Set(['table', 'exists', 'into', 'on', 'only', 'references', 'view', 'index'])
/** Keywords and types that can be followed by a parenthesis without forming a function call. */
const grammar = new Set(['in', 'values', 'exists', 'and', 'or', 'not', 'if', 'elsif', 'then', 'select', 'where', 'on', 'using', 'check', 'key', 'unique', 'from', 'any', 'all', 'some', 'array', 'over', 'as', 'when', 'while', 'enum', 'varchar', 'varying', 'character', 'char', 'numeric', 'decimal', 'timestamp', 'time', 'bit', 'default', 'case', 'else', 'return', 'by', 'having', 'limit', 'offset', 'loop', 'filter', 'union', 'except', 'intersect', 'with', 'distinct', 'lateral', 'interval', 'row', 'partition', 'notice', 'exception', 'format', 'concat', 'trim', 'date', 'overlay', 'position', 'between', 'returning', 'is', 'like', 'ilike', 'set', 'column', 'include']) // prettier-ignore
/** Maximum number of words examined in a block. Each word may name an object that the block affects. */
const maxWords = 5000

/**
 * What a `DO` block may change. `names` lists all tables, indexes and types that it may change; null if the list may be
 * incomplete.
 */
export interface DoBlock {
  /** True if the block only reads and writes rows. */
  readonly rowsOnly: boolean
  readonly names: readonly ObjectName[] | null
}

/** Reads a statement that begins with `DO`. */
export function readDoBlock(statement: readonly SqlToken[]): DoBlock {
  const unbound: DoBlock = { rowsOnly: false, names: null }
  const bodies = statement.filter((token) => token.kind === 'string')
  const others = statement.filter((token) => token.kind !== 'string').map((token) => token.word)
  const [body] = bodies
  if (body === undefined || bodies.length > 1) return unbound
  if (!/^do(?: language plpgsql)?$/.test(others.join(' '))) return unbound
  const tokens = tokensOfSql(body.word)
  if (tokens === null || tokens.length > maxWords) return unbound
  if (tokens.some((token, index) => token.kind === 'hole' && !isGrantee(tokens, index))) return unbound
  const isUnbound = tokens.some(
    (token, index) => (token.kind === 'word' && reaching.has(token.word)) || isCall(tokens, index),
  )
  const executed = tokens.flatMap((token, index) =>
    token.kind === 'word' && token.word === 'execute' ? [executedNames(tokens, index + 1)] : [],
  )
  if (isUnbound || executed.includes(null)) return unbound
  const names = tokens.flatMap((_, index) => relationNameAt(tokens, index))
  return {
    rowsOnly:
      executed.length === 0 && !tokens.some(({ kind, word }) => kind === 'word' && changing.has(word)),
    names: [...names, ...executed.flatMap((each) => each ?? [])],
  }
}

/**
 * Returns the names in a string that the block executes: `EXECUTE 'ALTER TABLE t …'`, `EXECUTE format('ALTER TABLE t
 * …', …)`.
 */
function executedNames(tokens: readonly SqlToken[], start: number): readonly ObjectName[] | null {
  const isFormat = tokens[start]?.word === 'format' && tokens[start + 1]?.word === '('
  let at = isFormat ? start + 2 : start
  let text = ''
  // PostgreSQL concatenates literals on consecutive lines.
  for (; tokens[at]?.kind === 'string'; at++) text += tokens[at]?.word ?? ''
  const end = tokens[at]?.word ?? ''
  if (text === '' || !(isFormat ? [',', ')'] : [';', 'using', 'into']).includes(end)) return null
  const words = tokensOfSql(text.replaceAll(/%(?:\d+\$)?[-\d]*[ILs]/g, hole))
  if (words === null) return null
  const first = words.slice(0, 3).map(({ word }) => word)
  if (words.some(({ word }) => word === ';' || word === 'cascade')) return null
  if (first[0] === 'alter' && first[1] === 'table') {
    const name = words[first[2] === 'if' ? 4 : first[2] === 'only' ? 3 : 2]
    if (name === undefined || name.kind === 'hole' || words.some(({ word }) => reaching.has(word)))
      return null
    return words.flatMap((_, index) => relationNameAt(words, index))
  }
  const privileges =
    ['grant', 'revoke'].includes(first[0] ?? '') ||
    /^(?:alter default|(?:create|alter) (?:user|role)) /.test(`${first[0]} ${first[1]} `)
  if (privileges) return []
  const isRows = ['update', 'delete', 'insert'].includes(first[0] ?? '')
  return isRows && !words.some((_, index) => isCall(words, index)) ? [] : null
}

/** Returns whether the token is the role in `GRANT … TO {role}`. */
function isGrantee(tokens: readonly SqlToken[], index: number): boolean {
  if (tokens[index - 1]?.word !== 'to') return false
  const start = tokens
    .slice(0, index)
    .findLastIndex(({ word }) => [';', 'then', 'begin', 'loop'].includes(word))
  return tokens[start + 1]?.word === 'grant'
}

/**
 * Returns the name at a position, with its schema if the name is qualified; an empty array if there is no name there.
 */
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
