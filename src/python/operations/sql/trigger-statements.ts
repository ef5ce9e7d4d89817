/** Parses CREATE FUNCTION for simple trigger functions, and CREATE TRIGGER. */
import type { NewTrigger, NewTriggerFunction } from '../../../core/history/operation.ts'
import { type Cursor, accept, atEnd, identifier, peek, readObjectName } from './tokens.ts'

/** Expressions that return the current time without reading a row or a table. */
const time = String.raw`(?:(?:now|clock_timestamp|statement_timestamp|transaction_timestamp)\s*\(\s*\)|current_timestamp|localtimestamp|current_date|timezone\s*\(\s*'utc'(?:::text)?\s*,\s*now\s*\(\s*\)\s*\))(?:\s+at\s+time\s+zone\s+'utc')?`
/** Words that PL/pgSQL doesn't accept as the name of a column after `NEW.`. */
const reserved =
  'all|begin|by|case|declare|else|end|execute|for|foreach|from|if|in|into|loop|not|null|or|strict|then|to|using|when|while'
const assignment = String.raw`new\.(?!(?:${reserved})\b)[a-z_]\w*\s*:?=\s*${time}\s*;\s*`
/** Matches the body of a function that only sets columns of the new row to the current time. */
const simpleBody = new RegExp(
  String.raw`^\s*begin\s+(?:${assignment})*return\s+(?:new|old|null)\s*;\s*end\s*;?\s*$`,
  'i',
)

/**
 * Parses the text after CREATE FUNCTION. Returns null unless the statement creates a PL/pgSQL trigger function whose body
 * PostgreSQL certainly accepts.
 */
export function triggerFunction(cursor: Cursor, replaces: boolean): NewTriggerFunction | null {
  const name = readObjectName(cursor)
  if (name === null || !accept(cursor, '(', ')', 'returns', 'trigger')) return null
  let body: string | null = null
  let isPlpgsql = false
  while (!atEnd(cursor)) {
    if (accept(cursor, 'language')) {
      if (textAt(cursor) !== 'plpgsql') return null
      isPlpgsql = true
    } else if (accept(cursor, 'as') && body === null) body = textAt(cursor)
    else return null
  }
  return isPlpgsql && body !== null && simpleBody.test(body) ? { name, replaces } : null
}

/** Returns the string or the plain word at the cursor, and moves past it; null if there is something else. */
function textAt(cursor: Cursor): string | null {
  const token = cursor.tokens[cursor.at]
  if (token?.kind !== 'string' && token?.kind !== 'word') return null
  cursor.at += 1
  return token.word
}

/** Parses the text after CREATE TRIGGER. Returns null if the trigger has a condition or other options. */
export function newTrigger(cursor: Cursor): NewTrigger | null {
  const name = identifier(cursor)
  if (name === null || !(accept(cursor, 'before') || accept(cursor, 'after'))) return null
  const events: string[] = []
  do {
    const event = identifier(cursor)
    if (event === null || !/^(?:insert|update|delete)$/.test(event) || events.includes(event)) return null
    events.push(event)
  } while (accept(cursor, 'or'))
  const table = accept(cursor, 'on') ? readObjectName(cursor) : null
  if (accept(cursor, 'for')) {
    accept(cursor, 'each')
    if (!accept(cursor, 'row') && !accept(cursor, 'statement')) return null
  }
  if (!accept(cursor, 'execute') || !(accept(cursor, 'procedure') || accept(cursor, 'function'))) return null
  const calls = readObjectName(cursor)
  const ends = accept(cursor, '(', ')') && !peek(cursor, ',') && atEnd(cursor)
  return table && calls && ends ? { name, table, calls } : null
}
