/** Determines which table and columns are written by `sa.table('t', …).update().values(a=1)` and similar statements. */
import type { Span } from '../../core/history/migration-module.ts'
import type { DataStep, RowsWritten } from '../../core/history/operation.ts'
import { type Made, type Term, stringOf } from '../interpreter/values.ts'
import { classOf } from './columns.ts'
import { namesOfConstruct } from './construct-names.ts'
import { isDefaultMetadata, isReflected } from './models.ts'

const statements = new Set<string>(['insert', 'update', 'delete'])

/** Evaluates a method call on a table, or on a statement that uses a table; null for any other call. */
export function rowConstruct(
  owner: Made,
  name: string,
  args: readonly Term[],
  keywords: Made['keywords'],
): Made | null {
  const kind = classOf(owner)
  if (kind !== null && /^table$/i.test(kind) && statements.has(name)) {
    return { ...owner, path: `sqlalchemy.${name}`, args: [owner, ...args], keywords }
  }
  if (kind === null || !statements.has(kind)) return null
  // Keep the table as the first argument, and add the values after it in the given order.
  if (name === 'values') return { ...owner, args: [...owner.args, ...args], keywords }
  const method: Made = { ...owner, path: 'sqlalchemy.construct', method: name, args, keywords }
  return { ...owner, more: [...(owner.more ?? []), method] }
}

/** Returns the step that executes the statement. */
export function rowsOfConstruct(statement: Made, span: Span): DataStep {
  const writes = rowsWritten(statement)
  const names = namesOfConstruct(statement)
  if (names === null) return { kind: 'data', ...(writes && { writes }), span }
  const { tables, from, readOnly } = names
  return {
    kind: 'data',
    ...(writes && { writes }),
    ...(from.length > 0 && { needs: from.map(({ schema, name }) => ({ schema, name })) }),
    ...(tables.length > 0 && { mentions: tables }),
    ...(readOnly && { readOnly }),
    columns: [],
    span,
  }
}

function rowsWritten(made: Made): RowsWritten | null {
  const kind = classOf(made)
  const [table, ...values] = made.args
  if (kind !== 'insert' && kind !== 'update' && kind !== 'delete') return null
  if (table?.kind !== 'made' || !/^table$/i.test(classOf(table) ?? '')) return null
  const name = stringOf(table.args[0] ?? table.keywords.get('name'))
  const given = table.keywords.get('schema')
  const schema = given === undefined || given.kind === 'none' ? null : stringOf(given)
  // Give up if the schema's name is unknown, because the table may exist in that schema. Also give up if the table is
  // reflected, because reflecting a missing table raises a different error.
  if (name === null || (schema === null && given !== undefined && given.kind !== 'none')) return null
  if (isReflected(table) || table.keywords.has('**')) return null
  if (table.args.some((part) => classOf(part) === 'MetaData' && !isDefaultMetadata(part))) return null
  // Column names are certain only for `sa.table`; in `sa.Table`, a column's key may differ from its name.
  const named = [...made.keywords.keys()].filter((keyword) => keyword !== '**')
  const columns = classOf(table) === 'table' ? [...namesIn(values), ...named] : []
  return { statement: kind, table: { schema, name }, columns: kind === 'delete' ? [] : columns }
}

/** Returns the string keys of dictionaries that map columns to values. */
function namesIn(values: readonly Term[]): readonly string[] {
  return values.flatMap((value) =>
    value.kind === 'dict' && !value.spoiled
      ? [...value.entries.keys()].flatMap((key) => (key.startsWith('str:') ? [key.slice('str:'.length)] : []))
      : [],
  )
}
