/** Determines which table and columns are written by `sa.table('t', …).update().values(a=1)` and similar statements. */
import type { Span } from '../../core/history/migration-module.ts'
import type { DataStep, PlainValue, RowsWritten } from '../../core/history/operation.ts'
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
  const values = writes?.statement === 'update' ? untypedValues(statement) : []
  return {
    kind: 'data',
    ...(writes && { writes }),
    ...(columns && { columns }),
    ...(values.length > 0 && { values }),
    span,
  }
}

/** Returns the numbers and booleans for columns without a type, which SQLAlchemy sends as they are. */
function untypedValues({ args: [table, ...values], keywords }: Made): readonly PlainValue[] {
  const parts = table?.kind === 'made' && classOf(table) === 'table' ? table.args.slice(1) : []
  const untyped = parts.flatMap((part) =>
    part.kind === 'made' && part.args.length === 1 && part.keywords.size === 0
      ? (stringOf(part.args[0]) ?? [])
      : [],
  )
  const entries = values.flatMap((value) => (value.kind === 'dict' ? [...value.entries.values()] : []))
  const given = [
    ...[...keywords].map(([name, value]) => ({ name, value })),
    ...entries.map(({ key, value }) => ({ name: stringOf(key) ?? '', value })),
  ]
  return given.flatMap(({ name, value }) =>
    untyped.includes(name) && (value.kind === 'int' || value.kind === 'bool')
      ? [{ column: name, use: 'assigned', value: value.kind === 'int' ? 'number' : 'boolean' }]
      : [],
  )
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
 * Returns the columns declared for the statement's table; null unless these are the only columns that the statement can
 * reference.
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
