/**
 * Determines how env.py's SQL affects later migrations: search path, role and schema. In SQL text, `hole` marks
 * unknown parts.
 */
import { contentsOf } from '../../core/dialect/extension-contents.ts'
import type { Span } from '../../core/history/migration-module.ts'
import type { EnvTouch } from '../../core/history/env-effects.ts'
import type { Operation } from '../../core/history/operation.ts'
import { operationsOfSql } from '../operations/sql/statements.ts'
import {
  type SqlToken,
  commaParts,
  statementsOf,
  textOfTokens,
  tokensOfSql,
} from '../operations/sql/tokens.ts'
import { hole } from '../interpreter/values.ts'

/** Effect of one statement; null fields are unknown. */
export type SqlEffect =
  | { readonly kind: 'searchPath'; readonly schemas: readonly string[] | null }
  | { readonly kind: 'role'; readonly role: string | null }
  /** The statement resets the role to the login role. */
  | { readonly kind: 'no role' }
  | { readonly kind: 'operations'; readonly operations: readonly Operation[] }
  | { readonly kind: 'unknown'; readonly touches: EnvTouch; readonly statement: string }

/** Returns the effects of all statements in the text. */
export function effectsOfSql(text: string, span: Span): readonly SqlEffect[] {
  const tokens = tokensOfSql(text)
  if (tokens === null || text.trim() === hole)
    return [{ kind: 'unknown', touches: { kind: 'everything' }, statement: text }]
  return statementsOf(tokens).flatMap((statement) => effectOf(statement, text, span) ?? [])
}

function effectOf(statement: readonly SqlToken[], text: string, span: Span): SqlEffect | null {
  const own = textOfTokens(statement, text)
  const words = statement.map(({ kind, word }) => (kind === 'word' || kind === 'mark' ? word : ''))
  const [first = '', second = ''] = words
  switch (first) {
    case 'set':
      return settingOf(statement, words)
    case 'reset':
      if (second === 'role') return { kind: 'no role' }
      return /^(?:search_path|all)$/.test(second) ? { kind: 'searchPath', schemas: null } : null
    case 'begin':
    case 'start':
    case 'commit':
    case 'end':
    case 'rollback':
    case 'savepoint':
    case 'release':
    case 'pragma':
    case 'show':
    case 'explain':
    case 'listen':
    case 'notify':
    case 'lock':
    case 'analyze':
    case 'vacuum':
    case 'grant':
    case 'comment':
      return null
    case 'select': {
      const path = setConfig(statement)
      if (path !== undefined) return { kind: 'searchPath', schemas: path }
      break
    }
    case 'create':
      if (second === 'extension' && own.includes(hole))
        return { kind: 'unknown', touches: { kind: 'new objects' }, statement: own }
      if (second === 'schema' && own.includes(hole)) return unknown('names', own)
      break
    default:
  }
  const operations = operationsOfSql(own, span)
  if (/^(?:select|values)$/.test(first) && operations.every(({ kind }) => kind === 'data')) return null
  if (operations.length > 0 && operations.every(createsFunctionsOnly)) return null
  const opaque = operations.find((step) => step.kind === 'opaque')
  if (!opaque) return { kind: 'operations', operations }
  return opaque.touches === null
    ? unknown('everything', own)
    : { kind: 'unknown', touches: { kind: 'tables', tables: opaque.touches }, statement: own }
}

function unknown(kind: 'everything' | 'names', statement: string): SqlEffect {
  return { kind: 'unknown', touches: { kind }, statement }
}

/** Returns the effect of a SET statement; null if it changes neither name resolution nor privileges. */
function settingOf(statement: readonly SqlToken[], words: readonly string[]): SqlEffect | null {
  const local = words[1] === 'local' || (words[1] === 'session' && words[2] !== 'authorization') ? 2 : 1
  const name = statement[local]
  if (name?.kind === 'hole') return unknown('everything', words.join(' '))
  const after = words[local + 1] === '=' || words[local + 1] === 'to' ? local + 2 : local + 1
  const value = statement.slice(after)
  switch (words[local]) {
    case 'search_path':
      return { kind: 'searchPath', schemas: schemasOf(value) }
    case 'schema':
      return { kind: 'searchPath', schemas: schemasOf(value) }
    case 'role':
      return roleOf(value)
    case 'session':
      return roleOf(statement.slice(3))
    default:
      return null
  }
}

function roleOf([token, ...more]: readonly SqlToken[]): SqlEffect {
  if (!token || more.length > 0 || token.word.includes(hole)) return { kind: 'role', role: null }
  const own = token.kind === 'word' && /^(?:none|default)$/.test(token.word)
  return own ? { kind: 'no role' } : { kind: 'role', role: token.word }
}

/** Schemas in a comma-separated list; null if any is unknown. */
function schemasOf(value: readonly SqlToken[]): readonly string[] | null {
  const schemas: string[] = []
  for (const [token, ...more] of commaParts(value)) {
    if (!token || more.length > 0 || token.word.includes(hole)) return null
    if (token.kind === 'word' && token.word === 'default') return null
    schemas.push(token.word)
  }
  return usablePath(schemas)
}

/**
 * Returns the search path; null if it's empty or contains a `pg_` schema, because pg_catalog might not come first in
 * that case.
 */
function usablePath(schemas: readonly string[]): readonly string[] | null {
  return schemas.length === 0 || schemas.some((name) => name.startsWith('pg_')) ? null : schemas
}

/** The path in `SELECT set_config('search_path', 'a, b', false)`; null if unknown. */
function setConfig(statement: readonly SqlToken[]): readonly string[] | null | undefined {
  const at = statement.findIndex(
    ({ kind, word }, index) =>
      kind === 'string' && word === 'search_path' && statement[index - 2]?.word === 'set_config',
  )
  if (at === -1) return undefined
  const value = statement[at + 2]
  return value?.kind === 'string' ? pathOf(value.word) : null
}

/** Schemas in a search_path such as `a, "B"`; null if any is unknown. */
export function pathOf(setting: string): readonly string[] | null {
  const tokens = tokensOfSql(setting)
  return tokens === null ? null : schemasOf(tokens)
}

/** Whether the step creates an extension without types or tables. */
function createsFunctionsOnly(step: Operation): boolean {
  const contents = step.kind === 'unrelated' && step.extension ? contentsOf(step.extension.name) : null
  return (
    contents !== null &&
    [contents.types, contents.newerTypes, contents.others].every((names) => names.length === 0)
  )
}
