/**
 * What a lost migration may have dropped: a revision whose effects are missing has not run, or it ran and the lost
 * one took its effects away. Looks for what tells the two apart; knows no SQL and no file.
 */
import { dialectOf } from '../dialect/index.ts'
import { type RevisionGraph, descendantsOf } from '../history/revision-graph.ts'
import { type Naming, keysOf } from '../schema/object-keys.ts'
import { type Operations, changesSchema } from '../history/operation.ts'
import type { SchemaSnapshot, TableSnapshot } from '../schema/schema-snapshot.ts'

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
function columnsSay(id: string, question: DropQuestion): 'never' | 'dropped' | 'nothing' {
  const { operations, schema, applied, original } = question
  const own = operations.get(id)
  if (own?.kind !== 'operations') return 'nothing'
  const naming: Naming = { dialect: schema.dialect, defaultSchema: schema.defaultSchema }
  const keys = keysOf(naming)
  let said: 'dropped' | 'nothing' = 'nothing'
  for (const step of own.operations) {
    if (step.kind !== 'addColumn' || step.ifNotExists) continue
    const key = keys.table(step.table)
    const table = schema.tables.find((one) => keys.table(one) === key)
    const renamed = table ? mayBeRenamed(table, own, question) : 'no'
    if (renamed === 'all') said = 'dropped'
    if (renamed !== 'no') continue
    const dropped = table?.droppedColumns ?? null
    if (dropped === null || !original) continue
    const explained = [...applied].reduce((sum, one) => sum + dropsOf(operations.get(one), key, keys), 0)
    if (dropped === 0 || dropped === explained) return 'never'
    if (dropped > explained) said = 'dropped'
  }
  return said
}

/**
 * May the lost migration have given other names to the columns that a revision adds? Then columns of the same kinds of
 * types are there that no applied revision made. `all`: just as many, and the revision does nothing else.
 */
function mayBeRenamed(
  table: TableSnapshot,
  { operations: steps }: Extract<Operations, { kind: 'operations' }>,
  question: DropQuestion,
): 'no' | 'some' | 'all' {
  const { schema } = question
  const keys = keysOf({ dialect: schema.dialect, defaultSchema: schema.defaultSchema })
  const kind = (type: string | null): string | null => type?.replace(/\(.*/, '') ?? null
  const foreign = foreignColumns(table, question).map(({ type }) => kind(type))
  const added = steps.flatMap((step) =>
    step.kind === 'addColumn' && keys.table(step.table) === keys.table(table) ? [step.column.type] : [],
  )
  const fits = added.every((type) => {
    const wanted = kind(dialectOf(schema).typeOf(type))
    const at = wanted === null ? foreign.length - 1 : foreign.indexOf(wanted)
    return at >= 0 && foreign.splice(at, 1).length === 1
  })
  if (!fits) return 'no'
  return foreign.length === 0 && added.length === steps.filter(changesSchema).length ? 'all' : 'some'
}

/** Columns that no applied revision made. */
function foreignColumns(
  table: TableSnapshot,
  { operations, schema, applied }: DropQuestion,
): TableSnapshot['columns'] {
  const naming: Naming = { dialect: schema.dialect, defaultSchema: schema.defaultSchema }
  const keys = keysOf(naming)
  const made = new Set<string>()
  for (const id of applied) {
    const steps = operations.get(id)
    for (const step of steps?.kind === 'operations' ? steps.operations : []) {
      if (!('table' in step) || step.table === null) continue
      const home = step.kind === 'renameTable' ? step.to : step.table
      if (step.kind === 'createTable' && step.columns === null) return []
      const names =
        step.kind === 'createTable'
          ? (step.columns ?? []).map(({ name }) => name)
          : step.kind === 'addColumn'
            ? [step.column.name]
            : step.kind === 'alterColumn' && step.newName !== null
              ? [step.newName]
              : []
      for (const name of names) made.add(keys.column(home, name))
    }
  }
  return table.columns.filter(({ name }) => !made.has(keys.column(table, name)))
}

function dropsOf(steps: Operations | undefined, table: string, keys: ReturnType<typeof keysOf>): number {
  if (steps?.kind !== 'operations') return 0
  return steps.operations.filter(
    (step) => step.kind === 'dropColumn' && !step.ifExists && keys.table(step.table) === table,
  ).length
}
