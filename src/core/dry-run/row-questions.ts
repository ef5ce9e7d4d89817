/** Questions to ask about a live table's rows. All are cheap to answer. Contains no SQL. */
import type { Condition } from '../schema/check-condition.ts'
import type { SimulatedTable, SimulatedSchema, RowQuestion } from './simulated-schema.ts'

/** Key of the question. Equal questions have equal keys. */
export function rowQuestionKey(question: RowQuestion): string {
  if (question.kind === 'violates') return JSON.stringify([question.kind, question.table, question.condition])
  const columns = question.kind === 'rows' ? [] : question.columns
  const { schema, name } = question.table
  const referred =
    question.kind === 'orphans'
      ? [question.target.schema, question.target.name, ...question.targetColumns]
      : []
  const filter = question.kind === 'duplicates' && question.condition ? [question.condition] : []
  return JSON.stringify([question.kind, schema, name, ...columns, ...referred, ...filter])
}

/**
 * Whether the table is known to contain rows, NULLs or duplicates, depending on `kind`. Also records the question,
 * so that the database can be queried for the answer.
 */
export function answersFromRows(
  world: SimulatedSchema,
  table: SimulatedTable,
  kind: 'rows' | 'nulls' | 'duplicates',
  columns: readonly (string | null)[] = [],
  condition?: Condition,
): boolean {
  if (!world.rowsSure || !table.origin) return false
  const stored = columns.map((name) => {
    const column = name === null ? undefined : table.columns.get(name)
    // Checking this column for duplicates would run user-defined functions.
    return column?.userType === 'equality' && kind === 'duplicates' ? null : (column?.stored ?? null)
  })
  const known = stored.filter((column) => column !== null)
  if (known.length !== columns.length) return false
  const [first] = known
  const question: RowQuestion | null =
    kind === 'rows'
      ? { kind, table: table.origin }
      : first === undefined
        ? null
        : kind === 'nulls'
          ? { kind, table: table.origin, columns: [first] }
          : { kind, table: table.origin, columns: known, ...(condition && { condition }) }
  return question !== null && isKnown(world, question)
}

/**
 * Whether a row is known to violate a foreign key. False for user-defined types such as citext, because their own
 * equality operators could make a query return the wrong answer.
 */
export function knownOrphans(
  world: SimulatedSchema,
  from: { readonly table: SimulatedTable; readonly columns: readonly string[] },
  to: { readonly table: SimulatedTable; readonly columns: readonly string[] },
): boolean {
  const stored = (side: typeof from): readonly string[] =>
    side.columns.flatMap((name) => {
      const column = side.table.columns.get(name)
      return column?.userType ? [] : (column?.stored ?? [])
    })
  const [columns, targetColumns] = [stored(from), stored(to)]
  const complete = columns.length === from.columns.length && targetColumns.length === columns.length
  if (!world.rowsSure || !from.table.origin || !to.table.origin || !complete || columns.length === 0)
    return false
  const parts = { table: from.table.origin, columns, target: to.table.origin, targetColumns }
  return isKnown(world, { kind: 'orphans', ...parts })
}

/**
 * Whether a row is known to violate the condition. False if a pending migration changed one of the condition's
 * columns.
 */
export function knownViolation(
  world: SimulatedSchema,
  { origin: table, columns: known }: SimulatedTable,
  condition: Condition,
  columns: readonly string[],
): boolean {
  const unchanged = columns.length > 0 && columns.every((name) => known.get(name)?.stored === name)
  if (!world.rowsSure || !table || !unchanged) return false
  return isKnown(world, { kind: 'violates', table, columns: [...new Set(columns)], condition })
}

function isKnown(world: SimulatedSchema, question: RowQuestion): boolean {
  const key = rowQuestionKey(question)
  world.questions.set(key, question)
  return world.answers.get(key) === true
}
