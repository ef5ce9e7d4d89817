/** Recognizes queries that return no rows if their tables are empty. */
import type { ObjectName } from '../../../core/history/operation.ts'
import { namedRelations } from './named-relations.ts'
import { type SqlToken, statementsOf, tokensOfSql } from './tokens.ts'

/** A query whose result depends only on the rows of its tables. */
export interface PlainQuery {
  readonly relations: readonly ObjectName[]
  /** True if the query only counts rows. */
  readonly counts: boolean
}

/** Words with which a query may return rows although its tables are empty, or may do more than read. */
const others = /^(?:union|intersect|except|values|with|into|having|rollup|cube|grouping|lateral|table|only)$/
/** Functions that return one value for each row. */
const ofRows = /^(?:coalesce|lower|upper|cast|concat|trim|length|nullif|substring|replace|distinct|in|on)$/
/** What may stand before a parenthesis after FROM. */
const beforeCondition = /^(?:on|using|and|or|not|in|exists|=|\()$/
const afterTables = /^(?:where|group|order|limit|offset|fetch|for)$/

/** Parses a SELECT; null if the result may contain rows although all its tables are empty. */
export function readPlainQuery(sql: string): PlainQuery | null {
  const [tokens, ...more] = statementsOf(tokensOfSql(sql) ?? [])
  if (tokens === undefined || more.length > 0 || !isWord(tokens[0], /^select$/)) return null
  if (tokens.some((token) => token.kind === 'hole' || isWord(token, others))) return null
  const from = tokens.findIndex((token) => isWord(token, /^from$/))
  const relations = namedRelations(tokens)
  if (from === -1 || relations.length === 0) return null
  const grouped = tokens.some((token) => isWord(token, /^group$/))
  const limited = tokens.some((token) => isWord(token, /^(?:limit|offset|fetch)$/))
  const counts = !grouped && !limited && isCount(tokens.slice(1, from))
  const end = tokens.findIndex((token, at) => at > from && isWord(token, afterTables))
  const isPlain = tokens.every((token, at) => {
    const before = tokens[at - 1]
    if (isWord(token, /^select$/)) return at === 0 || isWord(tokens[at - 2], /^(?:in|exists)$/)
    if (token.kind !== 'mark' || token.word !== '(') return true
    if (at < from) return counts || isWord(before, ofRows)
    return (end !== -1 && at > end) || beforeCondition.test(before?.word ?? '')
  })
  return isPlain ? { relations, counts } : null
}

function isWord(token: SqlToken | undefined, words: RegExp): boolean {
  return token?.kind === 'word' && words.test(token.word)
}

/** Returns whether the tokens are `count(…)`, possibly with an alias. */
function isCount(list: readonly SqlToken[]): boolean {
  const close = list.findIndex(({ kind, word }) => kind === 'mark' && word === ')')
  if (!isWord(list[0], /^count$/) || list[1]?.word !== '(' || close === -1) return false
  const rest = list.slice(close + 1)
  return rest.length === 0 || (isWord(rest[0], /^as$/) && rest.length === 2)
}
