/** Functions available in every supported PostgreSQL version, with their types. */
import type { RowStatement, SqlExpression } from '../../sql/row-statement.ts'
import { type Value, accepts, commonType, familyOf, typed, unknownValue } from './value-types.ts'

/**
 * A function signature. Each parameter is a type such as `text`, a group of types such as `number`, or `same` or
 * `element` (the first argument's type or element type).
 */
interface Signature {
  readonly names: string
  /**
   * Parameters, separated by spaces. `?` marks an optional parameter, and `*` marks a parameter that can be repeated.
   */
  readonly takes: string
  /**
   * A type, or a rule: `same` (the first argument's type), `common` (all arguments' common type), `element` or
   * `array` (the first argument's element or array type).
   */
  readonly gives: string
}

const scalars: readonly Signature[] = [
  { names: 'lower upper initcap reverse md5 quote_literal quote_ident', takes: 'text', gives: 'text' },
  { names: 'trim btrim ltrim rtrim', takes: 'text text?', gives: 'text' },
  { names: 'length char_length character_length octet_length ascii', takes: 'text', gives: 'integer' },
  { names: 'replace translate', takes: 'text text text', gives: 'text' },
  { names: 'substr substring', takes: 'text integer integer?', gives: 'text' },
  { names: 'substring', takes: 'text text', gives: 'text' },
  { names: 'left right repeat', takes: 'text integer', gives: 'text' },
  { names: 'lpad rpad', takes: 'text integer text?', gives: 'text' },
  { names: 'split_part', takes: 'text text integer', gives: 'text' },
  { names: 'strpos', takes: 'text text', gives: 'integer' },
  { names: 'starts_with', takes: 'text text', gives: 'boolean' },
  { names: 'regexp_replace', takes: 'text text text text?', gives: 'text' },
  { names: 'regexp_matches', takes: 'text text text?', gives: 'text[]' },
  { names: 'string_to_array regexp_split_to_array', takes: 'text text', gives: 'text[]' },
  { names: 'array_to_string', takes: 'array text text?', gives: 'text' },
  { names: 'concat', takes: 'any*', gives: 'text' },
  { names: 'concat_ws', takes: 'text any*', gives: 'text' },
  { names: 'format', takes: 'text any*', gives: 'text' },
  { names: 'encode', takes: 'bytea text', gives: 'text' },
  { names: 'decode', takes: 'text text', gives: 'bytea' },
  { names: 'now clock_timestamp statement_timestamp transaction_timestamp current_timestamp', takes: '', gives: 'timestamp with time zone' }, // prettier-ignore
  { names: 'localtimestamp', takes: '', gives: 'timestamp without time zone' },
  { names: 'current_date', takes: '', gives: 'date' },
  { names: 'current_user session_user user current_role current_schema current_database', takes: '', gives: 'name' }, // prettier-ignore
  { names: 'gen_random_uuid', takes: '', gives: 'uuid' },
  { names: 'random', takes: '', gives: 'double precision' },
  { names: 'to_timestamp', takes: 'double precision', gives: 'timestamp with time zone' },
  { names: 'to_timestamp', takes: 'text text', gives: 'timestamp with time zone' },
  { names: 'to_date', takes: 'text text', gives: 'date' },
  { names: 'to_char', takes: 'timestamp with time zone text', gives: 'text' },
  { names: 'date_trunc', takes: 'text timestamp with time zone', gives: 'second' },
  { names: 'abs', takes: 'number', gives: 'same' },
  { names: 'ceil ceiling floor round trunc sign', takes: 'number', gives: 'rounded' },
  { names: 'round trunc', takes: 'numeric integer', gives: 'numeric' },
  { names: 'power sqrt', takes: 'double precision double precision?', gives: 'double precision' },
  { names: 'mod', takes: 'integer integer', gives: 'integer' },
  { names: 'coalesce greatest least', takes: 'any*', gives: 'common' },
  { names: 'nullif', takes: 'any any', gives: 'common' },
  { names: 'cardinality', takes: 'array', gives: 'integer' },
  { names: 'array_length', takes: 'array integer', gives: 'integer' },
  { names: 'array_append array_remove', takes: 'array element', gives: 'same' },
  { names: 'array_replace', takes: 'array element element', gives: 'same' },
  { names: 'date', takes: 'timestamp with time zone', gives: 'date' },
  { names: 'uuid_in', takes: 'cstring', gives: 'uuid' },
  { names: 'array_cat', takes: 'array same', gives: 'same' },
  { names: 'array_position', takes: 'array element', gives: 'integer' },
  { names: 'json_object', takes: 'text[] text[]?', gives: 'json' },
  { names: 'jsonb_object', takes: 'text[] text[]?', gives: 'jsonb' },
  { names: 'to_json row_to_json array_to_json', takes: 'any', gives: 'json' },
  { names: 'to_jsonb', takes: 'any', gives: 'jsonb' },
  { names: 'json_build_object json_build_array', takes: 'any*', gives: 'json' },
  { names: 'jsonb_build_object jsonb_build_array', takes: 'any*', gives: 'jsonb' },
  { names: 'jsonb_set jsonb_insert', takes: 'jsonb text[] jsonb boolean?', gives: 'jsonb' },
  { names: 'jsonb_typeof', takes: 'jsonb', gives: 'text' },
  { names: 'json_typeof', takes: 'json', gives: 'text' },
  { names: 'jsonb_array_length', takes: 'jsonb', gives: 'integer' },
  { names: 'json_array_length', takes: 'json', gives: 'integer' },
  { names: 'jsonb_strip_nulls', takes: 'jsonb', gives: 'jsonb' },
  { names: 'jsonb_extract_path_text', takes: 'jsonb text*', gives: 'text' },
  {
    names: 'jsonb_path_query_array jsonb_path_query_first',
    takes: 'jsonb jsonpath jsonb? boolean?',
    gives: 'jsonb',
  },
  { names: 'jsonb_path_exists', takes: 'jsonb jsonpath jsonb? boolean?', gives: 'boolean' },
  { names: 'jsonb_extract_path', takes: 'jsonb text*', gives: 'jsonb' },
]

const aggregates: readonly Signature[] = [
  { names: 'count', takes: 'any', gives: 'bigint' },
  { names: 'min max', takes: 'ordered', gives: 'same' },
  { names: 'sum', takes: 'number', gives: 'sum' },
  { names: 'avg', takes: 'number', gives: 'average' },
  { names: 'bool_and bool_or every', takes: 'boolean', gives: 'boolean' },
  { names: 'array_agg', takes: 'any', gives: 'array' },
  { names: 'string_agg', takes: 'text text', gives: 'text' },
  { names: 'json_agg', takes: 'any', gives: 'json' },
  { names: 'jsonb_agg', takes: 'any', gives: 'jsonb' },
  { names: 'json_object_agg', takes: 'any any', gives: 'json' },
  { names: 'jsonb_object_agg', takes: 'any any', gives: 'jsonb' },
]

const windows: readonly Signature[] = [
  { names: 'row_number rank dense_rank', takes: '', gives: 'bigint' },
  { names: 'lag lead first_value last_value', takes: 'any', gives: 'same' },
]

/** Functions that return rows. `gives` lists the columns as `name type`. */
const rowFunctions: readonly Signature[] = [
  { names: 'jsonb_array_elements', takes: 'jsonb', gives: 'value jsonb' },
  { names: 'jsonb_array_elements_text', takes: 'jsonb', gives: 'value text' },
  { names: 'json_array_elements', takes: 'json', gives: 'value json' },
  { names: 'json_array_elements_text', takes: 'json', gives: 'value text' },
  { names: 'jsonb_each', takes: 'jsonb', gives: 'key text, value jsonb' },
  { names: 'jsonb_each_text', takes: 'jsonb', gives: 'key text, value text' },
  { names: 'json_each', takes: 'json', gives: 'key text, value json' },
  { names: 'json_each_text', takes: 'json', gives: 'key text, value text' },
  { names: 'jsonb_object_keys', takes: 'jsonb', gives: '* text' },
  { names: 'json_object_keys', takes: 'json', gives: '* text' },
  { names: 'unnest', takes: 'array', gives: '* element' },
  { names: 'generate_series', takes: 'integer integer integer?', gives: '* integer' },
  { names: 'generate_series', takes: 'timestamp with time zone timestamp with time zone interval', gives: '* timestamp with time zone' }, // prettier-ignore
  { names: 'regexp_split_to_table', takes: 'text text', gives: '* text' },
]

function byName(signatures: readonly Signature[]): ReadonlyMap<string, readonly Signature[]> {
  const found = new Map<string, Signature[]>()
  for (const one of signatures)
    for (const name of one.names.split(' ')) found.set(name, [...(found.get(name) ?? []), one])
  return found
}

const tables = {
  scalar: byName(scalars),
  aggregate: byName(aggregates),
  window: byName(windows),
  rows: byName(rowFunctions),
}

export type FunctionClass = keyof typeof tables

/** Whether the guard knows a PostgreSQL function of this kind with this name. */
export function isOfClass(name: string, kind: FunctionClass): boolean {
  return tables[kind].has(name)
}

/** Functions called in catalog queries. Available in all supported PostgreSQL versions. */
const catalogFunctions =
  /^(?:to_reg\w+|format_type|(?:obj|col|shobj)_description|has_(?:any_)?\w+_privilege|current_(?:schemas|setting|query)|pg_(?:get_(?:expr|constraintdef|indexdef|viewdef|functiondef|triggerdef|ruledef|serial_sequence|userbyid|partkeydef|function_\w+)|\w+_is_visible|(?:total_)?relation_size|table_size|indexes_size|database_size|size_pretty|encoding_to_char|has_role|is_in_recovery|backend_pid|typeof)|version|exists|row)$/

/** Names of called functions that PostgreSQL might not have. */
export function unknownFunctions(statement: RowStatement): readonly string[] {
  const isKnown = (name: string): boolean =>
    catalogFunctions.test(name) || Object.values(tables).some((functions) => functions.has(name))
  const visit = (node: unknown): readonly string[] => {
    if (typeof node !== 'object' || node === null) return []
    const isCall = 'kind' in node && node.kind === 'call' && 'name' in node && typeof node.name === 'string'
    const inner = Object.values(node).flatMap(visit)
    return isCall && !isKnown(String(node.name)) ? [String(node.name), ...inner] : inner
  }
  return visit(statement)
}

/** Returns the constants that a statement casts to `regclass`, `regtype` or a similar type. */
export function namesCastIn(statement: RowStatement): readonly string[] {
  const visit = (node: unknown): readonly string[] => {
    if (typeof node !== 'object' || node === null) return []
    const inner = Object.values(node).flatMap(visit)
    if (!('kind' in node) || node.kind !== 'cast') return inner
    const { of, to } = node as Extract<SqlExpression, { kind: 'cast' }>
    const isName = of.kind === 'text' && (to.own?.name ?? to.name ?? '').startsWith('reg')
    return isName ? [of.text ?? '', ...inner] : inner
  }
  return visit(statement)
}

/** Returns a call's result type; unknown unless PostgreSQL definitely accepts the call. */
export function callType(kind: FunctionClass, name: string, args: readonly Value[]): Value {
  const fitting = (tables[kind].get(name) ?? []).find((one) => fits(one.takes, args))
  return fitting ? resultOf(fitting.gives, args) : unknownValue
}

/** Returns the columns of a function call in FROM; null unless PostgreSQL definitely accepts the call. */
export function callColumns(
  name: string,
  args: readonly Value[],
): readonly { readonly name: string | null; readonly type: Value }[] | null {
  const fitting = (tables.rows.get(name) ?? []).find((one) => fits(one.takes, args))
  if (!fitting) return null
  return fitting.gives.split(', ').map((column) => {
    const [first = '', ...type] = column.split(' ')
    return { name: first === '*' ? null : first, type: resultOf(type.join(' '), args) }
  })
}

const multiword = ['timestamp with time zone', 'double precision']

function parametersOf(takes: string): readonly string[] {
  let text = takes
  for (const type of multiword) text = text.replaceAll(type, type.replaceAll(' ', '_'))
  return text === '' ? [] : text.split(' ').map((one) => one.replaceAll('_', ' '))
}

function fits(takes: string, args: readonly Value[]): boolean {
  const parameters = parametersOf(takes)
  const last = parameters.at(-1)
  const repeats = last?.endsWith('*') === true
  const least = parameters.filter((one) => !/[?*]$/.test(one)).length
  if (args.length < least || (args.length > parameters.length && !repeats)) return false
  return args.every((arg, at) => {
    const parameter = (parameters[at] ?? last ?? '').replace(/[?*]$/, '')
    return takesArgument(parameter, arg, args[0])
  })
}

function takesArgument(parameter: string, arg: Value, first: Value | undefined): boolean {
  if (arg.kind === 'unknown') return false
  const type = arg.kind === 'typed' ? arg.type : null
  const own = first?.kind === 'typed' ? first.type : null
  switch (parameter) {
    case 'any':
      return true
    case 'number':
      return type !== null && familyOf(type) === 'number'
    case 'ordered':
      return type !== null && /^(?:number|moment|text|interval)$/.test(familyOf(type) ?? '')
    case 'array':
      return type?.endsWith('[]') === true
    case 'element':
      return (
        own !== null &&
        (type === null
          ? accepts(arg, own.slice(0, -2), 'implicit', () => null) === true
          : type === own.slice(0, -2))
      )
    case 'jsonpath':
      return arg.kind === 'constant' && plainPath.test(arg.text ?? '')
    case 'same':
      return own !== null && (type === null ? arg.kind !== 'constant' : type === own)
    default:
      return accepts(arg, parameter, 'implicit', () => null) === true
  }
}

/** Paths that PostgreSQL definitely accepts, such as `$.items[*].name`. */
const plainPath = /^\$(?:\.[a-z_][a-z0-9_]*|\[(?:\*|\d{1,4})\])*$/

function resultOf(gives: string, args: readonly Value[]): Value {
  const [first] = args
  const own = first?.kind === 'typed' ? first.type : null
  switch (gives) {
    case 'same':
      return own === null ? unknownValue : typed(own === 'name' ? 'text' : own)
    case 'second': {
      const second = args[1]
      if (second?.kind !== 'typed') return unknownValue
      return typed(second.type === 'date' ? 'timestamp with time zone' : second.type)
    }
    case 'common': {
      if (args.some(({ kind }) => kind === 'parameter') && !args.some(({ kind }) => kind === 'typed'))
        return { kind: 'parameter' }
      const common = commonType(args)
      const isFit =
        common !== null && args.every((arg) => accepts(arg, common, 'implicit', () => null) === true)
      return isFit ? typed(common) : unknownValue
    }
    case 'element':
      return own === null ? unknownValue : typed(own.slice(0, -2))
    case 'array':
      return own === null || own.endsWith('[]') ? unknownValue : typed(`${own}[]`)
    case 'sum':
    case 'average':
      return own === null ? unknownValue : typed(totalOf(own, gives))
    case 'rounded':
      return own === null ? unknownValue : typed(own === 'numeric' ? own : 'double precision')
    default:
      return typed(gives)
  }
}

function totalOf(type: string, gives: 'sum' | 'average'): string {
  if (type === 'real' || type === 'double precision') return gives === 'sum' ? type : 'double precision'
  return gives === 'sum' && /^(?:smallint|integer)$/.test(type) ? 'bigint' : 'numeric'
}
