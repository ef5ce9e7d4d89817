/** What may be asked about the rows of a live table, cheaply. Knows no SQL. */
import type { ObjectName } from '../operation.ts'
import type { LiveTable, World } from './world.ts'

/** A yes proves that a statement can't succeed; a no, or no answer in time, proves nothing. */
export type RowQuestion =
  | { readonly kind: 'rows'; readonly table: ObjectName }
  | { readonly kind: 'nulls'; readonly table: ObjectName; readonly columns: readonly [string] }
  /** Two rows among the first ones that have the same values in all these columns, none of them NULL. */
  | { readonly kind: 'duplicates'; readonly table: ObjectName; readonly columns: readonly string[] }

/** By `rowQuestionKey`; true: yes. */
export type RowAnswers = ReadonlyMap<string, boolean>

/** The same for equal questions. */
export function rowQuestionKey(question: RowQuestion): string {
  const columns = question.kind === 'rows' ? [] : question.columns
  return JSON.stringify([question.kind, question.table.schema, question.table.name, ...columns])
}

/** Is it known to be so? Notes the question, so that somebody can look. Null columns: rows in general. */
export function knownOfRows(
  world: World,
  table: LiveTable,
  kind: RowQuestion['kind'],
  columns: readonly (string | null)[] = [],
): boolean {
  if (!world.rowsSure || !table.origin) return false
  const stored = columns.map((column) =>
    column === null ? null : (table.columns.get(column)?.stored ?? null),
  )
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
          : { kind, table: table.origin, columns: known }
  if (!question) return false
  const key = rowQuestionKey(question)
  world.questions.set(key, question)
  return world.answers.get(key) === true
}
