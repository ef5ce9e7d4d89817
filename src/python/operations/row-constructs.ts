/** Finds the table and columns written by statements such as `sa.table('t', …).update().values(a=1)`. */
import type { Span } from '../../core/history/migration-module.ts'
import type { DataStep, RowsWritten } from '../../core/history/operation.ts'
import { type Made, type Term, stringOf } from '../interpreter/values.ts'
import { classOf } from './columns.ts'

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
  return name === 'values' ? { ...owner, args: [...owner.args, ...args], keywords } : owner
}

/** Returns the step that executes the statement. */
export function rowsOfConstruct(statement: Made, span: Span): DataStep {
  const writes = rowsWritten(statement)
  const columns = writes && declaredColumns(statement)
  return { kind: 'data', ...(writes && { writes }), ...(columns && { columns }), span }
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
  if (/\b(?:autoload|extend_existing)/.test(table.source) || table.keywords.has('**')) return null
  // Column names are certain only for `sa.table`; in `sa.Table`, a column's key may differ from its name.
  const named = [...made.keywords.keys()].filter((keyword) => keyword !== '**')
  const columns = classOf(table) === 'table' ? [...namesIn(values), ...named] : []
  return { statement: kind, table: { schema, name }, columns: kind === 'delete' ? [] : columns }
}

/**
 * Returns the columns declared for the statement's table; null if the statement could reference other columns as well.
 */
function declaredColumns({ args: [table, ...values], source }: Made): readonly string[] | null {
  if (
    table?.kind !== 'made' ||
    classOf(table) !== 'table' ||
    /\b(?:select|exists|from_select)\b/.test(source)
  ) {
    return null
  }
  const parts = table.args.slice(1).map((part) => (part.kind === 'made' ? stringOf(part.args[0]) : null))
  const names = parts.filter((name) => name !== null)
  return names.length === parts.length ? [...names, ...namesIn(values)] : null
}

/** Returns the string keys of dictionaries that map columns to values. */
function namesIn(values: readonly Term[]): readonly string[] {
  return values.flatMap((value) =>
    value.kind === 'dict' && !value.spoiled
      ? [...value.entries.keys()].flatMap((key) => (key.startsWith('str:') ? [key.slice('str:'.length)] : []))
      : [],
  )
}
