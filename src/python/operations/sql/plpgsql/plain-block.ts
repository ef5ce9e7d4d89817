/** Reads a `DO` block consisting of plain statements, `IF [NOT] EXISTS (…)` conditions and RAISE. */
import { bindParameter } from '../../../../core/expressions/tokens.ts'
import { hole } from '../../../interpreter/values.ts'
import {
  type Cursor,
  type SqlToken,
  accept,
  atEnd,
  bracketed,
  cursorOf,
  peek,
  statementsOf,
  textOfTokens,
  tokensOfSql,
} from '../tokens.ts'

/** One part of a block. */
export type BlockPart =
  /** One statement, or several for `EXECUTE 'a; b'`. */
  | { readonly kind: 'sql'; readonly text: string }
  | { readonly kind: 'raise'; readonly message: string }
  | { readonly kind: 'if'; readonly arms: readonly BlockArm[]; readonly otherwise: readonly BlockPart[] }

/** A branch whose conditions must all hold. */
interface BlockArm {
  readonly conditions: readonly BlockCondition[]
  readonly parts: readonly BlockPart[]
}

/** The subquery must yield rows, or no rows if `isNegated` is set. */
interface BlockCondition {
  readonly subquery: string
  readonly isNegated: boolean
}

/** Statements that have the same meaning inside and outside PL/pgSQL. */
const plain =
  /^(?:alter|create|drop|comment|insert|update|delete|lock|truncate|grant|revoke|refresh|null|raise|execute|if)$/
/** Keywords that can't be used in a block, and names that may be PL/pgSQL variables. */
const special = new Set(['case', 'concurrently', 'returning', 'perform', 'value', 'atomic', 'found', 'sqlstate', 'sqlerrm']) // prettier-ignore

/** Parses a `DO` block; null for other SQL, or if a statement may have another meaning in PL/pgSQL. */
export function plainBlock(sql: string): readonly BlockPart[] | null {
  if (sql.includes(hole) || bindParameter.test(sql)) return null
  const [statement, ...more] = statementsOf(tokensOfSql(sql) ?? [])
  const [first, ...rest] = statement ?? []
  const bodies = rest.filter(({ kind }) => kind === 'string')
  const others = rest.filter(({ kind }) => kind !== 'string').map(({ word }) => word)
  const [body] = bodies
  if (first?.word !== 'do' || body === undefined || bodies.length > 1 || more.length > 0) return null
  if (!['', 'language plpgsql'].includes(others.join(' '))) return null
  const cursor = cursorOf(tokensOfSql(body.word) ?? [], body.word)
  if (!accept(cursor, 'begin')) return null
  const parts = partsUpTo(cursor)
  if (parts === null || !accept(cursor, 'end')) return null
  accept(cursor, ';')
  return atEnd(cursor) ? parts : null
}

/** Reads the parts up to END, ELSE or ELSIF. */
function partsUpTo(cursor: Cursor): readonly BlockPart[] | null {
  const parts: BlockPart[] = []
  while (!['end', 'else', 'elsif', 'elseif'].some((word) => peek(cursor, word))) {
    const part = accept(cursor, 'if') ? conditional(cursor) : statementPart(cursor)
    if (part === null) return null
    parts.push(...part)
  }
  return parts
}

/** Reads the rest of `IF condition THEN … END IF;`. */
function conditional(cursor: Cursor): readonly BlockPart[] | null {
  const arms: BlockArm[] = []
  do {
    const conditions = conditionsUpToThen(cursor)
    const parts = conditions && partsUpTo(cursor)
    if (conditions === null || parts === null) return null
    arms.push({ conditions, parts })
  } while (accept(cursor, 'elsif') || accept(cursor, 'elseif'))
  const otherwise = accept(cursor, 'else') ? partsUpTo(cursor) : []
  if (otherwise === null || !accept(cursor, 'end', 'if', ';')) return null
  return [{ kind: 'if', arms, otherwise }]
}

function conditionsUpToThen(cursor: Cursor): readonly BlockCondition[] | null {
  const conditions: BlockCondition[] = []
  do {
    const isNegated = accept(cursor, 'not')
    const inside = accept(cursor, 'exists') ? bracketed(cursor) : null
    if (inside === null) return null
    conditions.push({ subquery: textOfTokens(inside, cursor.text), isNegated })
  } while (accept(cursor, 'and'))
  return accept(cursor, 'then') ? conditions : null
}

/** Reads a statement and its semicolon. Returns no parts if the statement has no effect. */
function statementPart(cursor: Cursor): readonly BlockPart[] | null {
  const start = cursor.at
  while (!atEnd(cursor) && !peek(cursor, ';')) cursor.at += 1
  const tokens = cursor.tokens.slice(start, cursor.at)
  const [first] = tokens
  if (!accept(cursor, ';') || first?.kind !== 'word' || !plain.test(first.word)) return null
  if (first.word === 'null') return tokens.length === 1 ? [] : null
  if (first.word === 'raise') return raised(tokens, cursor.text)
  if (first.word === 'execute') return executed(tokens)
  const isPlain = tokens.every(({ kind, word }) => kind !== 'word' || !special.has(word))
  return isPlain ? [{ kind: 'sql', text: textOfTokens(tokens, cursor.text) }] : null
}

/** Reads `RAISE level 'message'`. Only EXCEPTION, the default, stops the block. */
function raised(tokens: readonly SqlToken[], text: string): readonly BlockPart[] | null {
  const [, level, ...after] = tokens
  const [message, ...rest] = level?.kind === 'string' ? [level, ...after] : after
  const isText = message?.kind === 'string' && text.charAt(message.start) === "'"
  // A percent sign would need a value.
  if (!isText || rest.length > 0 || message.word.includes('%')) return null
  if (level === message || level?.word === 'exception') return [{ kind: 'raise', message: message.word }]
  return /^(?:debug|log|info|notice|warning)$/.test(level?.word ?? '') ? [] : null
}

/** Reads `EXECUTE 'statement'`. */
function executed([, text, ...rest]: readonly SqlToken[]): readonly BlockPart[] | null {
  return text?.kind === 'string' && rest.length === 0 ? [{ kind: 'sql', text: text.word }] : null
}
