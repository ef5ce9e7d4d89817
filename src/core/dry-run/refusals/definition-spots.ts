/** Finds parts of a definition that PostgreSQL refuses: repeated names, sizes, labels and key columns. */
import type { Expression } from '../../expressions/expression.ts'
import { parseExpression } from '../../expressions/parse-expression.ts'
import { comparesAsKey } from '../../expressions/types.ts'
import type { AddColumn, Constraint, CreateTable } from '../../history/operation.ts'
import { type SimulatedSchema, findRelation } from '../simulated-schema.ts'
import { type TableColumns, namesIn } from '../objects/table-names.ts'

/** Maximum number of columns in an index (INDEX_MAX_KEYS). */
export const maxKeyColumns = 32

/** PostgreSQL rejects repeated columns, several primary keys, and columns with the names of system columns. */
export function inNames({ dialect }: SimulatedSchema, { columns, constraints }: CreateTable): string | null {
  const names = (columns ?? []).map(({ name }) => name)
  const keys = constraints.filter(({ kind }) => kind === 'primaryKey')
  if (keys.length > 1) return 'primary keys'
  if (new Set(names).size < names.length) return 'repeated column'
  return names.some((name) => dialect.systemColumns.has(name)) ? 'system column' : null
}

/** The default of a new column may break its constraints in every existing row, as may NULL. */
export function inFilled({ column, constraints, indexes }: AddColumn): string | null {
  const { serverDefault, serial, identity, name } = column
  const isNull = serverDefault.kind === 'none' && !identity
  const isUnique = isNull || serial || identity
  const breaks = constraints.some((one) => {
    if (one.kind === 'unique' || one.kind === 'primaryKey') return !isUnique
    if (one.kind === 'foreignKey') return !isNull
    return one.kind !== 'check' || !isNull || !passesNull(name, one.text)
  })
  return breaks || (!isUnique && indexes.some(({ unique }) => unique)) ? 'column constraints' : null
}

/** Whether the condition is NULL if the column is, so that no row violates it. */
function passesNull(column: string, text: string | null): boolean {
  const parsed = text === null ? null : parseExpression(text)
  return parsed !== null && isNullWith(column, parsed)
}

/** Whether the expression is NULL if the column is. False if unknown. */
function isNullWith(column: string, expression: Expression): boolean {
  const isNull = (one: Expression): boolean => isNullWith(column, one)
  switch (expression.kind) {
    case 'column':
      return expression.name === column
    case 'null':
      return true
    case 'cast':
    case 'negative':
    case 'not':
    case 'in':
      return isNull(expression.of)
    // NULL = ANY ('{}') is false.
    case 'any':
      return expression.array.kind === 'array' && expression.array.items.length > 0 && isNull(expression.of)
    // An array can be concatenated with NULL.
    case 'operator':
      return expression.operator !== '||' && (isNull(expression.left) || isNull(expression.right))
    case 'like':
      return isNull(expression.of) || isNull(expression.pattern)
    // FALSE AND NULL is false, and TRUE OR NULL is true.
    case 'and':
    case 'or':
      return expression.parts.every(isNull)
    case 'call':
      return strictFunctions.has(expression.name) && expression.args.some(isNull)
    default:
      return false
  }
}

/** Built-in functions that return NULL if any argument is NULL (`proisstrict`). */
const strictFunctions = new Set(['length', 'char_length', 'lower', 'upper', 'btrim', 'abs', 'round', 'mod', 'left', 'right', 'substr', 'array_length', 'cardinality']) // prettier-ignore

/** Whether the labels are distinct and short enough (`EnumValuesCreate` in pg_enum.c). */
export function acceptsLabels(labels: readonly string[]): boolean {
  return (
    new Set(labels).size === labels.length &&
    labels.every((label) => new TextEncoder().encode(label).length <= 63)
  )
}

/** Whether the columns of a key are distinct and not too many. */
export function acceptsColumns(columns: readonly string[]): boolean {
  return new Set(columns).size === columns.length && columns.length <= maxKeyColumns
}

/** Whether the foreign key's columns have types that PostgreSQL can compare with the referenced columns. */
export function matchesTarget(
  world: SimulatedSchema,
  table: TableColumns,
  { columns, target, targetColumns }: Extract<Constraint, { kind: 'foreignKey' }>,
): boolean {
  if (targetColumns.length === 0) return true
  if (targetColumns.length !== columns.length) return false
  const { value, name } = findRelation(world, target)
  const other = value?.table ? { ...value.table, name: name.name } : table
  return columns.every((column, at) => {
    const [one, two] = [table.columns.get(column), other.columns.get(targetColumns[at] ?? '')]
    if (!one || !two || (one.type === null && !one.enum) || (two.type === null && !two.enum)) return true
    if (one.type !== null && one.type === two.type) return true
    const from = namesIn(world, table).column(null, column)
    const to = namesIn(world, other).column(null, targetColumns[at] ?? '')
    return from === null || to === null || (from !== '?' && comparesAsKey(from, to))
  })
}
