/** Models the results of catalog queries, and the methods that read them. */
import type { Call } from '../../interpreter/run.ts'
import {
  type Items,
  type Made,
  type Rows,
  type Term,
  isOpen,
  itemsOfTerm,
  none,
  stringOf,
  truthOf,
  unknown,
} from '../../interpreter/values.ts'
import { classOf } from '../columns.ts'
import { type RecordingContext, catalogNow } from '../recording.ts'
import { answerQuery, namesAsked } from '../sql/catalog/answer-query.ts'
import { type QueryParameters, readCatalogQuery } from '../sql/catalog/catalog-query.ts'

/** Returns the statement's result; null if it's unknown or the statement isn't a catalog query. */
export function queried(statement: Term, call: Call, context: RecordingContext): Rows | null {
  const made = statement.kind === 'made' && classOf(statement) === 'text' ? statement : null
  const sql = stringOf(made ? (made.args[0] ?? made.keywords.get('text')) : statement)
  if (sql === null || !catalogs.test(sql)) return null
  const query = readCatalogQuery(sql, parametersOf(made, call))
  const names = query && namesAsked(query)
  if (!query || !names) return null
  context.asked.names.push(...names)
  const catalog = catalogNow(context)
  return catalog && answerQuery(query, catalog)
}

/** Matches all catalog queries, and possibly other SQL. */
const catalogs = /information_schema|\bpg_|to_regclass|current_schema|sqlite_|pragma/i

function parametersOf(made: Made | null, { args, keywords }: Call): QueryParameters {
  const given = new Map<string, Term>([...(made?.keywords ?? []), ...keywords])
  const [, values] = args
  if (values?.kind === 'dict' && !values.spoiled) {
    for (const { key, value } of values.entries.values()) if (key.kind === 'str') given.set(key.value, value)
  }
  return new Map([...given].map(([name, value]) => [name.toLowerCase(), parameter(value)]))
}

function parameter(value: Term): string | readonly string[] | null {
  if (value.kind === 'str') return value.value
  const items = value.kind === 'items' ? itemsOfTerm(value) : null
  const texts = items?.map((item) => stringOf(item)) ?? []
  const known = texts.filter((text) => text !== null)
  return items !== null && known.length === items.length ? known : null
}

/** Evaluates a method call on a query result, such as `scalar()` or `fetchall()`. */
export function readRows({ items }: Rows, name: string): Term {
  if (items.spoiled) return unknown
  const rows = [...items.items]
  const copy: Items = { ...items, items: rows }
  switch (name) {
    case 'mappings':
      return { kind: 'rows', items }
    case 'scalars':
      return { kind: 'rows', items: { ...items, items: rows.map(firstColumn) } }
    case 'fetchall':
    case 'all':
      items.spoiled = true
      return copy
    case 'first':
    case 'fetchone':
    case 'one_or_none':
    case 'one':
      items.spoiled = true
      return name === 'one' && rows.length === 0 ? unknown : oneOf(copy)
    case 'scalar':
    case 'scalar_one':
    case 'scalar_one_or_none':
      items.spoiled = true
      return name === 'scalar_one' && rows.length === 0
        ? unknown
        : oneOf({ ...copy, items: rows.map(firstColumn) })
    default:
      return unknown
  }
}

function firstColumn(row: Term): Term {
  return row.kind === 'items' ? (itemsOfTerm(row)?.[0] ?? unknown) : unknown
}

/** Returns a query's only row. If there are several rows, it's unknown which comes first. */
function oneOf(rows: Items): Term {
  const [one, ...more] = rows.items
  if (one === undefined) return isOpen(rows) ? unknown : none
  if (more.length === 0 && !isOpen(rows)) return one
  // In Python, a nonempty row is truthy.
  const isTrue = [one, ...more].every((row) => (row.kind === 'items' ? true : truthOf(row) === true))
  return isTrue && !isOpen(rows) ? { ...unknown, truth: true } : openOne(one)
}

/** Returns what all possible rows have in common, such as being truthy. */
function openOne(one: Term): Term {
  if (one.kind === 'int') return one
  return one.kind === 'items' ? { ...unknown, truth: true } : unknown
}
