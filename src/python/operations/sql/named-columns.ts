/**
 * Finds column names in a DML statement. Every name counts unless it is a keyword, relation, alias, function or type.
 */
import type { ObjectName } from '../../../core/history/operation.ts'
import type { SqlToken } from './tokens.ts'

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/))

const keywords = words(
  `select from where and or not in is null true false as on using join inner left right full outer cross natural lateral
   insert into values update set delete only returning with recursive case when then else end distinct all any some exists
   between like ilike similar to group by order having limit offset fetch first next row rows asc desc nulls last union
   except intersect default do nothing for share of skip locked over partition filter within cast at time zone interval
   current_timestamp current_date current_time localtime localtimestamp current_user session_user escape collate array
   materialized window range unbounded preceding following current date timestamp truncate table cascade restart identity
   restrict continue both leading trailing`,
)
/** Functions that exist on every server. */
const functions = words(
  `count max min sum avg coalesce nullif greatest least lower upper length trim ltrim rtrim btrim substring substr replace
   concat concat_ws now md5 random round abs ceil floor date_trunc extract to_char to_timestamp to_date date_part age
   string_agg array_agg json_agg jsonb_agg json_build_object jsonb_build_object json_object_agg jsonb_object_agg to_json
   to_jsonb jsonb_set json_array_elements jsonb_array_elements json_array_elements_text jsonb_array_elements_text
   jsonb_typeof json_typeof jsonb_array_length json_array_length row_number rank dense_rank lag lead first_value last_value
   unnest generate_series array_length array_append array_remove array_position cardinality split_part position strpos
   regexp_replace regexp_match regexp_matches left right char_length format gen_random_uuid clock_timestamp timezone make_interval
   bool_and bool_or every cast exists any all some values in encode decode initcap lpad rpad reverse octet_length
   jsonb_build_array json_build_array jsonb_each jsonb_each_text json_each json_each_text jsonb_object_keys
   json_object_keys jsonb_strip_nulls jsonb_extract_path_text jsonb_extract_path row array over filter as on by and or not
   where set then else when using into select from join union with limit interval materialized partition within group
   timestamp sign power sqrt mod trunc ntile string_to_array array_to_string array_cat array_prepend localtimestamp`,
)
/** Whether the function exists on every server and changes nothing. */
export function isCommonFunction(name: string): boolean {
  return functions.has(name.toLowerCase())
}

const types = words(
  `int int2 int4 int8 integer bigint smallint text varchar char character bool boolean numeric decimal real float float4
   float8 double date time timestamp timestamptz timetz interval uuid json jsonb bytea inet oid regclass name`,
)
/** Words that can continue a type name. */
const typeParts = words('varying precision without with time zone')

/** Returns the columns that the statement names; null if unknown. `relations` are the statement's relations. */
export function namedColumns(
  statement: readonly SqlToken[],
  relations: readonly ObjectName[],
): readonly string[] | null {
  const known = new Set(relations.flatMap(({ schema, name }) => (schema === null ? [name] : [schema, name])))
  const aliases = aliasesIn(statement, known)
  const columns = new Set<string>()
  for (let at = 0; at < statement.length; at++) {
    const token = statement[at]
    const next = statement[at + 1]?.word
    if (token === undefined) return null
    if (token.kind === 'hole') continue
    if (token.kind === 'mark') {
      // Driver parameters such as `%(name)s` and `?`.
      if (['%', '?', '$', '@', '#'].includes(token.word) && next === '(') return null
      if (token.word === '::') {
        at = behindType(statement, at + 1)
        if (at < 0) return null
      } else if (token.word === ':' && statement[at + 1]?.kind === 'word') at += 1
      continue
    }
    if (token.kind === 'word' && token.word === 'conflict') {
      if (statement[at + 1]?.word !== 'do' || statement[at + 2]?.word !== 'nothing') return null
      continue
    }
    if (token.kind !== 'word' && token.kind !== 'quoted') continue
    if (token.kind === 'word' && keywords.has(token.word) && next !== '.') {
      // In `CAST(a AS type)`, AS introduces a type.
      if (token.word === 'cast') return null
      continue
    }
    if (next === '(' && !known.has(token.word) && !aliases.has(token.word)) {
      if (token.kind === 'quoted' || !functions.has(token.word)) return null
      continue
    }
    const isQualifier = next === '.'
    if (isQualifier && !known.has(token.word) && !aliases.has(token.word)) return null
    if (isQualifier || isName(statement, at, known, aliases)) continue
    columns.add(token.word)
  }
  return [...columns]
}

/** Whether the statement may call functions that some servers lack. */
export function callsOtherFunctions(
  statement: readonly SqlToken[],
  relations: readonly ObjectName[],
): boolean {
  return otherFunctions(statement, relations).length > 0
}

/** Returns the functions in the statement that some servers may lack. */
export function otherFunctions(
  statement: readonly SqlToken[],
  relations: readonly ObjectName[],
): readonly string[] {
  const names = new Set(relations.map(({ name }) => name))
  return statement.flatMap(({ kind, word }, at) => {
    if (statement[at + 1]?.word !== '(' || (kind !== 'word' && kind !== 'quoted') || names.has(word))
      return []
    const isKnown = functions.has(word) || keywords.has(word) || types.has(word) || word === 'conflict'
    return kind === 'word' && isKnown ? [] : [word]
  })
}

function isName(
  statement: readonly SqlToken[],
  at: number,
  known: ReadonlySet<string>,
  aliases: ReadonlySet<string>,
): boolean {
  const word = statement[at]?.word ?? ''
  // `t.name` is a column even if a table is called `name`.
  if (statement[at - 1]?.word === '.' && !known.has(statement[at - 2]?.word ?? '')) return false
  return known.has(word) || aliases.has(word)
}

/** Returns the aliases and CTEs that the statement defines. */
function aliasesIn(statement: readonly SqlToken[], known: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>(['excluded'])
  for (const [at, token] of statement.entries()) {
    if (token.kind !== 'word' && token.kind !== 'quoted') continue
    if (token.kind === 'word' && keywords.has(token.word)) continue
    const before = statement[at - 1]
    const isNamed =
      before?.word === 'as' ||
      (before?.kind === 'mark' && before.word === ')') ||
      (before !== undefined && before.kind !== 'string' && known.has(before.word)) ||
      before?.word === 'with' ||
      before?.word === 'recursive' ||
      (statement[at + 1]?.word === 'as' && statement[at + 2]?.word === '(')
    if (isNamed) found.add(token.word)
  }
  return found
}

/** Returns the index of the type name's last token; -1 if some servers lack the type. */
function behindType(statement: readonly SqlToken[], start: number): number {
  const first = statement[start]
  if (first?.kind !== 'word' || !types.has(first.word)) return -1
  let at = start
  while (typeParts.has(statement[at + 1]?.word ?? '')) at += 1
  if (statement[at + 1]?.word === '(' && statement[at + 2]?.kind === 'number') {
    while (at < statement.length && statement[at]?.word !== ')') at += 1
  }
  while (statement[at + 1]?.word === '[' && statement[at + 2]?.word === ']') at += 2
  return at
}
