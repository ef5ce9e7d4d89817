/** Recognizes `DO` blocks that change only roles and privileges, depending on whether a role exists. */
import type { RoleCondition } from '../../../../core/history/operation.ts'
import { parseExpression } from '../rows/expressions.ts'
import { withOperators } from '../rows/operators.ts'
import { isReserved } from '../rows/primaries.ts'
import { type Cursor, type SqlToken, accept, atEnd, cursorOf, peek, tokensOfSql } from '../tokens.ts'

/** Returns the condition under which the block changes anything; null if unknown. */
export function roleCondition(statement: readonly SqlToken[]): RoleCondition | null {
  const cursor = cursorOf(statement, '')
  if (!accept(cursor, 'do')) return null
  const body = cursor.tokens[cursor.at]
  cursor.at += 1
  if (body?.kind !== 'string' || !atEnd(cursor)) return null
  const tokens = joinedStrings(tokensOfSql(body.word) ?? [], body.word)
  if (tokens.some(({ kind }) => kind === 'hole')) return null
  const inner = cursorOf(tokens, body.word)
  if (!accept(inner, 'begin')) return null
  const steps = stepsAt(inner)
  if (steps === null || !accept(inner, 'end')) return null
  accept(inner, ';')
  return atEnd(inner) ? neededBy(steps) : null
}

/** A statement in a block. Statements inside an `IF` are nested. */
type Step =
  | {
      readonly kind: 'if'
      readonly role: RoleCondition | null
      readonly steps: readonly Step[]
      readonly otherwise: readonly Step[]
    }
  | { readonly kind: 'return' | 'nothing' | 'change' }

function neededBy([first, ...rest]: readonly Step[]): RoleCondition | null {
  if (first?.kind !== 'if' || first.role === null) return null
  const { role, steps: inner, otherwise } = first
  const skips = (steps: readonly Step[]): boolean => steps.every(({ kind }) => kind === 'nothing')
  // After `IF … THEN RETURN; END IF;`, the rest runs only if the condition is false.
  if (inner.at(-1)?.kind === 'return' && skips(inner.slice(0, -1))) return { ...role, present: !role.present }
  return skips(otherwise) && skips(rest) ? role : null
}

/** Parses statements up to END or ELSE; null if any is unsupported. */
function stepsAt(cursor: Cursor): readonly Step[] | null {
  const steps: Step[] = []
  while (!peek(cursor, 'end') && !peek(cursor, 'else')) {
    const step = accept(cursor, 'if') ? ifAt(cursor) : plainAt(cursor)
    if (step === null || !accept(cursor, ';')) return null
    steps.push(step)
  }
  return steps.length > 0 ? steps : null
}

function ifAt(cursor: Cursor): Step | null {
  const condition = until(cursor, 'then')
  const steps = condition && accept(cursor, 'then') ? stepsAt(cursor) : null
  const otherwise = steps && (accept(cursor, 'else') ? stepsAt(cursor) : [])
  if (!condition || !steps || !otherwise || !accept(cursor, 'end', 'if')) return null
  const role = roleAsked(cursorOf(condition, cursor.text))
  return role || isExpression(condition, cursor.text) ? { kind: 'if', role, steps, otherwise } : null
}

/** `[NOT] EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'name')` */
function roleAsked(cursor: Cursor): RoleCondition | null {
  const present = !accept(cursor, 'not')
  if (!accept(cursor, 'exists', '(', 'select')) return null
  if (/^(?:1|\*|true|rolname)$/.test(cursor.tokens[cursor.at]?.word ?? '')) cursor.at += 1
  if (!accept(cursor, 'from')) return null
  accept(cursor, 'pg_catalog', '.')
  if (!accept(cursor, 'pg_roles', 'where', 'rolname', '=')) return null
  const name = cursor.tokens[cursor.at]
  cursor.at += 1
  const isPlain = name?.kind === 'string' && cursor.text.startsWith("'", name.start)
  return isPlain && accept(cursor, ')') && atEnd(cursor) ? { role: name.word, present } : null
}

/** Parses a statement other than IF, including its semicolon. */
function plainAt(cursor: Cursor): Step | null {
  const tokens = until(cursor, ';')
  const one = tokens && cursorOf(tokens, cursor.text)
  if (!one) return null
  if (accept(one, 'return')) return atEnd(one) ? { kind: 'return' } : null
  if (accept(one, 'null')) return atEnd(one) ? { kind: 'nothing' } : null
  if (accept(one, 'raise')) return isNotice(one) ? { kind: 'nothing' } : null
  const isKnown =
    (accept(one, 'execute') && isExpression(one.tokens.slice(one.at), cursor.text)) ||
    (accept(one, 'alter', 'default', 'privileges') && isDefault(one)) ||
    isGrant(one) ||
    isNewRole(one)
  return isKnown ? { kind: 'change' } : null
}

/** Returns the tokens before the word, and moves to it; null if it doesn't occur. */
function until(cursor: Cursor, word: string): readonly SqlToken[] | null {
  const start = cursor.at
  while (!atEnd(cursor) && !peek(cursor, word)) cursor.at += 1
  return atEnd(cursor) ? null : cursor.tokens.slice(start, cursor.at)
}

function isExpression(tokens: readonly SqlToken[], text: string): boolean {
  const cursor = cursorOf(withOperators(tokens), text)
  return parseExpression(cursor) !== null && atEnd(cursor)
}

/** `RAISE NOTICE 'text'`. A `%` in the text would need a value. */
function isNotice(cursor: Cursor): boolean {
  if (!['debug', 'log', 'info', 'notice', 'warning'].some((level) => accept(cursor, level))) return false
  const text = cursor.tokens[cursor.at]
  cursor.at += 1
  return text?.kind === 'string' && !text.word.includes('%') && atEnd(cursor)
}

const privileges = /^(?:select|insert|update|delete|truncate|references|trigger|create|connect|temporary|temp|execute|usage)$/ // prettier-ignore

/** `GRANT … ON … TO …` or `REVOKE … ON … FROM …`. `ofDefaults` is set inside ALTER DEFAULT PRIVILEGES. */
function isGrant(cursor: Cursor, ofDefaults = false): boolean {
  const grants = accept(cursor, 'grant')
  if (!grants && !accept(cursor, 'revoke')) return false
  if (accept(cursor, 'all')) accept(cursor, 'privileges')
  else {
    do {
      if (!privileges.test(cursor.tokens[cursor.at]?.word ?? '')) return false
      cursor.at += 1
    } while (accept(cursor, ','))
  }
  if (!accept(cursor, 'on') || !isTarget(cursor, ofDefaults)) return false
  if (!accept(cursor, grants ? 'to' : 'from') || !isNames(cursor)) return false
  if (grants) accept(cursor, 'with', 'grant', 'option')
  return atEnd(cursor)
}

function isTarget(cursor: Cursor, ofDefaults: boolean): boolean {
  const kinds = ['tables', 'sequences', 'functions', 'routines']
  if (ofDefaults) return kinds.some((kind) => accept(cursor, kind))
  if (accept(cursor, 'all'))
    return kinds.some((kind) => accept(cursor, kind)) && accept(cursor, 'in', 'schema') && isNames(cursor)
  return (
    (accept(cursor, 'schema') || accept(cursor, 'database') || accept(cursor, 'table')) && isNames(cursor)
  )
}

function isDefault(cursor: Cursor): boolean {
  const hasRole = accept(cursor, 'for', 'role') || accept(cursor, 'for', 'user')
  if (hasRole && !isNames(cursor)) return false
  if (accept(cursor, 'in', 'schema') && !isNames(cursor)) return false
  return isGrant(cursor, true)
}

/** `CREATE ROLE name`, optionally with a password and options that take no value. */
function isNewRole(cursor: Cursor): boolean {
  if (!accept(cursor, 'create', 'role') && !accept(cursor, 'create', 'user')) return false
  if (!isNames(cursor)) return false
  accept(cursor, 'with')
  while (!atEnd(cursor)) {
    if (accept(cursor, 'password')) {
      if (cursor.tokens[cursor.at]?.kind !== 'string') return false
    } else if (
      !/^(?:no)?(?:login|superuser|createdb|createrole|inherit)$/.test(cursor.tokens[cursor.at]?.word ?? '')
    )
      return false
    cursor.at += 1
  }
  return true
}

function isNames(cursor: Cursor): boolean {
  do {
    const token = cursor.tokens[cursor.at]
    const isName =
      token?.kind === 'quoted' || (token?.kind === 'word' && !isReserved(token.word) && token.word !== 'none')
    if (!isName) return false
    cursor.at += 1
  } while (accept(cursor, ','))
  return true
}

/** Joins strings on consecutive lines, as PostgreSQL does. */
function joinedStrings(tokens: readonly SqlToken[], text: string): readonly SqlToken[] {
  const joined: SqlToken[] = []
  for (const token of tokens) {
    const last = joined.at(-1)
    const continues =
      last?.kind === 'string' &&
      token.kind === 'string' &&
      /^\s*\n\s*$/.test(text.slice(last.end, token.start))
    if (last && continues) joined.splice(-1, 1, { ...last, word: last.word + token.word, end: token.end })
    else joined.push(token)
  }
  return joined
}
