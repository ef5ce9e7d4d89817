/** Decides whether missing objects never existed or were dropped by the lost migration. */
import { dialectOf } from '../dialect/index.ts'
import { storedType } from './stated-types.ts'
import { type RevisionGraph, descendantsOf } from '../history/revision-graph.ts'
import { type Naming, keysOf } from '../schema/object-keys.ts'
import { type Operations, changesSchema } from '../history/operation.ts'
import type { SchemaSnapshot, TableSnapshot } from '../schema/schema-snapshot.ts'

/** Facts that show whether missing objects were dropped or never existed. */
export interface DropQuestion {
  readonly lost: readonly string[]
  readonly known: readonly string[]
  /** Revisions that are proven or assumed to have run. */
  readonly applied: ReadonlySet<string>
  readonly operations: ReadonlyMap<string, Operations>
  readonly schema: SchemaSnapshot
  /** True if migrations created this catalog; false if it was restored from a dump. */
  readonly original: boolean
}

/** The pending revisions that come next, but may already have run. */
export interface DropAmbiguity {
  /** Revisions that may have run if the lost migration undid their changes. */
  readonly unless: readonly string[]
  /** Revisions whose columns the lost migration apparently dropped or renamed. */
  readonly dropped: readonly string[]
}

/** Returns which of the next pending revisions may have run. Later revisions can't have run without these. */
export function dropAmbiguity(graph: RevisionGraph, question: DropQuestion): DropAmbiguity {
  const { lost, known, applied } = question
  if (lost.length === 0) return { unless: [], dropped: [] }
  const behind = descendantsOf(graph, [...lost, ...known])
  const next = [...graph.map.byId.values()].filter(
    ({ id, before }) =>
      !applied.has(id) && !behind.has(id) && [...before].every((parent) => applied.has(parent)),
  )
  const about = next.map(({ id }) => ({ id, columns: columnsSay(id, question) }))
  const those = (answer: ReturnType<typeof columnsSay>): readonly string[] =>
    about.filter(({ columns }) => columns === answer).map(({ id }) => id)
  return { unless: those('nothing'), dropped: those('dropped') }
}

/**
 * Whether a revision's missing columns ever existed. PostgreSQL keeps a slot for each dropped column
 * (`attisdropped`). If known migrations account for all slots, the columns never existed.
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
 * Whether the lost migration may have renamed the revision's new columns. A live column may be a renamed one if the
 * two names share a word and the types are the same (or the new type is unknown). `all` if renames could explain the
 * whole revision.
 */
function mayBeRenamed(
  table: TableSnapshot,
  { operations: steps }: Extract<Operations, { kind: 'operations' }>,
  question: DropQuestion,
): 'no' | 'some' | 'all' {
  const { schema } = question
  const keys = keysOf({ dialect: schema.dialect, defaultSchema: schema.defaultSchema })
  const kind = (type: string | null): string | null => type?.replace(/\(.*/, '') ?? null
  const left = [...foreignColumns(table, question)]
  const added = steps.flatMap((step) =>
    step.kind === 'addColumn' && keys.table(step.table) === keys.table(table) ? [step.column] : [],
  )
  const fits = added.every(({ name, type }) => {
    const wanted = kind(storedType(type, dialectOf(schema)))
    const at = left.findIndex(
      (one) => sharesWord(one.name, name) && (wanted === null || kind(one.type) === wanted),
    )
    return at >= 0 && left.splice(at, 1).length === 1
  })
  if (!fits) return 'no'
  return left.length === 0 && added.length === steps.filter(changesSchema).length ? 'all' : 'some'
}

function sharesWord(one: string, other: string): boolean {
  const words = other.split('_')
  return one.split('_').some((word) => words.includes(word))
}

/** Returns the live columns that no applied revision explains. Empty if a created table has unknown columns. */
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
