/**
 * Determines what an SQL statement's result depends on. If it depends only on the catalog, a copy of the schema gives
 * the same result as production.
 */
import { type SqlToken, statementsOf, tokensOfSql } from './tokens.ts'

/**
 * What a result depends on: only the schema (`catalog`), the rows of named tables (`rows`), or anything else, such as
 * statistics and settings (`server`).
 */
export type AnswerSource = 'catalog' | 'rows' | 'server'

/** Commands that return no rows. Some still read rows. */
const silent = new Set(
  `alter create drop comment grant revoke set reset begin start commit end rollback abort savepoint release lock
   truncate reindex cluster vacuum analyze discard deallocate listen unlisten notify security reassign checkpoint close
   prepare import`.split(/\s+/),
)

/** Settings that have the same value on the scratch server as in production. */
const sharedSettings =
  /^(?:standard_conforming_strings|transaction isolation level|search_path|client_encoding|server_encoding|server_version(?:_num)?|integer_datetimes)$/

/** Keywords that may precede a parenthesis but aren't functions. */
const notCalled = new Set(
  `and or not in any all some exists as on using over filter within values where select from join lateral then when else
   case distinct by having union intersect except returning default set if elsif while return check row array between
   like ilike is limit offset with materialized into interval varchar char character numeric decimal bit time timestamp
   float group unique key references only loop perform`.split(/\s+/),
)

/** Functions that don't depend on the server. */
const knownCalls =
  /^(?:to_reg\w+|format_type|obj_description|col_description|pg_get_(?:expr|constraintdef|indexdef|viewdef|functiondef|triggerdef|ruledef|serial_sequence|partkeydef|partition_constraintdef|function_\w+)|pg_\w+_is_visible|pg_\w+_has_property|pg_encoding_to_char|pg_advisory_(?:xact_)?lock(?:_shared)?|pg_advisory_unlock\w*|set_config|current_schemas?|version|array_\w+|string_agg|json_\w+|jsonb_\w+|row_to_json|to_jsonb?|coalesce|count|max|min|sum|bool_(?:and|or)|every|lower|upper|unnest|generate_(?:subscripts|series)|cast|row_number|rank|dense_rank|quote_(?:ident|literal|nullable)|format|concat|concat_ws|length|char_length|replace|translate|substring|substr|trim|ltrim|rtrim|btrim|regexp_\w+|nullif|greatest|least|split_part|position|strpos|left|right|starts_with|now|clock_timestamp|gen_random_uuid|random|md5|abs|round|mod|extract|date_trunc|date_part|make_date|chr|ascii|repeat|reverse|to_char)$/

/** Catalogs, columns and keywords whose contents depend on the server or on rows. */
const ofTheServer =
  /^(?:pg_stat\w*|pg_settings|pg_(?:auth\w*|roles|user|users|shadow|group|user_mapping\w*)|pg_database|pg_tablespace|pg_sequences|pg_locks|pg_available_\w+|pg_file_settings|pg_hba\w*|pg_ident\w*|pg_prepared_\w+|pg_cursors|pg_replication\w*|pg_subscription\w*|pg_largeobject\w*|pg_db_role_setting|pg_sh\w+|pg_config|pg_backend\w*|pg_timezone\w*|pg_language|pg_ts_\w+|reltuples|relpages|relallvisible|relfrozenxid|relminmxid|relfilenode|reltablespace|n_live_tup|n_dead_tup|last_value|is_called|extversion|xmin|xmax|ctid|current_user|session_user|current_role|system_user|current_catalog|enabled_roles|applicable_roles|administrable_role_authorizations|role_\w+_grants|table_privileges|column_privileges|usage_privileges|udt_privileges|routine_privileges)$/

/** @param isUserName Whether a table, view, sequence or function has this name. */
export function answerSource(text: string, isUserName: (name: string) => boolean): AnswerSource {
  const tokens = tokensOfSql(text)
  if (tokens === null) return 'server'
  const sources = statementsOf(tokens).map((statement) => sourceOf(statement, isUserName))
  return sources.includes('server') ? 'server' : sources.includes('rows') ? 'rows' : 'catalog'
}

function sourceOf(tokens: readonly SqlToken[], isUserName: (name: string) => boolean): AnswerSource {
  const words = tokens.map(({ kind, word }) => (kind === 'string' ? "'" : word))
  const [first = ''] = words
  if (silent.has(first) && !fillsRelation(words)) return 'catalog'
  if (first === 'show') return sharedSettings.test(words.slice(1).join(' ')) ? 'catalog' : 'server'
  if (first === 'copy' && words.includes('stdin')) return 'catalog'
  if (/^(?:call|execute|fetch|move|explain|declare|refresh)$/.test(first)) return 'server'
  if (first === 'insert' && isPlainInsert(words)) return callsUnknown(tokens) ? 'server' : 'catalog'
  if (first === 'do') {
    const body = tokensOfSql(tokens.find(({ kind }) => kind === 'string')?.word ?? '')
    // EXECUTE in a DO block may run SQL that isn't in the block's text.
    if (body === null || body.some(({ kind, word }) => kind === 'word' && word === 'execute')) return 'server'
    return looks(body, isUserName)
  }
  return looks(tokens, isUserName)
}

/** Whether the statement may copy rows, as `CREATE TABLE … AS SELECT` does. */
function fillsRelation(words: readonly string[]): boolean {
  if (words[0] !== 'create') return words[0] === 'prepare'
  if (words.slice(0, 4).includes('materialized')) return true
  const at = words.indexOf('table')
  return (
    at > 0 &&
    at < 4 &&
    words.some(
      (word, index) =>
        word === 'as' && /^(?:select|with|table|values|execute|\()$/.test(words[index + 1] ?? ''),
    )
  )
}

/** Whether this is an `INSERT … VALUES` that reads no tables and returns nothing. */
function isPlainInsert(words: readonly string[]): boolean {
  return (
    words.includes('values') &&
    !['select', 'returning', 'conflict', 'with', 'table'].some((word) => words.includes(word))
  )
}

function looks(tokens: readonly SqlToken[], isUserName: (name: string) => boolean): AnswerSource {
  const names = tokens.filter(({ kind }) => kind === 'word' || kind === 'quoted')
  if (names.some(({ word }) => ofTheServer.test(word)) || callsUnknown(tokens)) return 'server'
  // SQLAlchemy's reflection joins `pg_collation` to columns. Other queries on it depend on the operating system's
  // collations.
  if (names.some(({ word }) => word === 'pg_collation') && !names.some(({ word }) => word === 'pg_attribute'))
    return 'server'
  return names.some(({ word }) => isUserName(word)) ? 'rows' : 'catalog'
}

function callsUnknown(tokens: readonly SqlToken[]): boolean {
  return tokens.some(({ kind, word }, index) => {
    if (kind !== 'word' && kind !== 'quoted') return false
    if (tokens[index + 1]?.word !== '(' || tokens[index + 1]?.kind !== 'mark') return false
    if (kind === 'word' && (notCalled.has(word) || knownCalls.test(word))) return false
    return !isListOfNames(tokens, index)
  })
}

/** Whether the parentheses contain column names, as in `INTO t (a, b)` or `AS t (a, b)`. */
function isListOfNames(tokens: readonly SqlToken[], index: number): boolean {
  let start = index
  while (tokens[start - 1]?.word === '.') start -= 2
  const before = tokens[start - 1]?.word
  if (before === 'into' || before === 'as' || before === ')') return true
  let depth = 0
  for (let at = index + 1; at < tokens.length; at++) {
    const { kind, word } = tokens[at] as SqlToken
    if (kind !== 'mark') continue
    if (word === '(') depth++
    else if (word === ')' && --depth === 0)
      return tokens[at + 1]?.word === 'as' && /^(?:\(|not|materialized)$/.test(tokens[at + 2]?.word ?? '')
  }
  return false
}

/** Returns the names introduced by CREATE or `RENAME TO`. */
export function namesGiven(text: string): readonly string[] {
  return statementsOf(tokensOfSql(text) ?? []).flatMap((statement) => {
    const [first] = statement
    const at = statement.findIndex(
      ({ word }, index) => word === 'rename' && statement[index + 1]?.word === 'to',
    )
    if (at > 0) return [statement[at + 2]?.word ?? '']
    if (first?.word !== 'create') return []
    const end = statement.findIndex(({ word }) =>
      /^(?:\(|as|on|using|is|increment|start|of|partition)$/.test(word),
    )
    return (end < 0 ? statement : statement.slice(0, end))
      .map(({ word }) => word)
      .filter((word) => !ofCreate.has(word))
  })
}

/** Keywords that can follow CREATE. */
const ofCreate = new Set(
  `create or replace global local temp temporary unlogged recursive table view materialized function procedure
   aggregate sequence index unique concurrently foreign if not exists type domain trigger . only`.split(
    /\s+/,
  ),
)
