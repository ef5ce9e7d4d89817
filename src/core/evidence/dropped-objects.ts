/**
 * What a lost migration may have dropped: a revision whose effects are missing has not run, or it ran and the lost
 * one took its effects away. Looks for what tells the two apart; knows no SQL and no file.
 */
import { type RevisionGraph, descendantsOf } from '../history/revision-graph.ts'
import { type Naming, keysOf } from '../schema/object-keys.ts'
import type { Operations } from '../history/operation.ts'
import type { SchemaSnapshot } from '../schema/schema-snapshot.ts'

/** What is known besides the place that the schema leaves. */
export interface DropQuestion {
  readonly lost: readonly string[]
  readonly known: readonly string[]
  /** Revisions that ran, by the presence of things. */
  readonly applied: ReadonlySet<string>
  /** Revisions that cannot have run, because something else than an absence says so. */
  readonly excluded: ReadonlySet<string>
  readonly operations: ReadonlyMap<string, Operations>
  readonly schema: SchemaSnapshot
  /** The catalog is the one that the migrations made, not one that a dump and restore made anew. */
  readonly original: boolean
}

/** Revisions that would come next in this place. */
export interface DropAmbiguity {
  /** Their absence is as well explained by a drop. */
  readonly unless: readonly string[]
  /** Columns were dropped from a table that they add columns to, and nobody else accounts for it. */
  readonly dropped: readonly string[]
}

/** Only the revisions that stand next matter: if none of those has run, nothing behind them has. */
export function dropAmbiguity(graph: RevisionGraph, question: DropQuestion): DropAmbiguity {
  const { lost, known, applied, excluded } = question
  if (lost.length === 0) return { unless: [], dropped: [] }
  const behind = descendantsOf(graph, [...lost, ...known])
  const next = [...graph.map.byId.values()].filter(
    ({ id, before }) =>
      !applied.has(id) &&
      !behind.has(id) &&
      !excluded.has(id) &&
      [...before].every((parent) => applied.has(parent)),
  )
  const about = next.map(({ id }) => ({ id, columns: columnsSay(id, question) }))
  const those = (answer: ReturnType<typeof columnsSay>): readonly string[] =>
    about.filter(({ columns }) => columns === answer).map(({ id }) => id)
  return { unless: those('nothing'), dropped: those('dropped') }
}

/**
 * PostgreSQL keeps a place for every column that a table ever had (`attisdropped`), until the table goes. Where all
 * of them are accounted for, a column that is not there never was.
 */
function columnsSay(
  id: string,
  { operations, schema, applied, original }: DropQuestion,
): 'never' | 'dropped' | 'nothing' {
  const own = operations.get(id)
  if (!original || own?.kind !== 'operations') return 'nothing'
  const naming: Naming = { dialect: schema.dialect, defaultSchema: schema.defaultSchema }
  const keys = keysOf(naming)
  let said: 'dropped' | 'nothing' = 'nothing'
  for (const step of own.operations) {
    if (step.kind !== 'addColumn' || step.ifNotExists) continue
    const key = keys.table(step.table)
    const table = schema.tables.find((one) => keys.table(one) === key)
    const dropped = table?.droppedColumns ?? null
    if (dropped === null) continue
    const explained = [...applied].reduce((sum, one) => sum + dropsOf(operations.get(one), key, keys), 0)
    if (dropped === 0 || dropped === explained) return 'never'
    if (dropped > explained) said = 'dropped'
  }
  return said
}

function dropsOf(steps: Operations | undefined, table: string, keys: ReturnType<typeof keysOf>): number {
  if (steps?.kind !== 'operations') return 0
  return steps.operations.filter(
    (step) => step.kind === 'dropColumn' && !step.ifExists && keys.table(step.table) === table,
  ).length
}
