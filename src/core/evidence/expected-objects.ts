/**
 * Whether the revisions that a database is stamped with have left anything in its schema. Looks at the newest ones
 * only: what came before them was there when they ran.
 */
import { type RevisionGraph, ancestorsOf } from '../history/revision-graph.ts'
import type { SchemaSnapshot, TransactionEvidence } from '../schema/schema-snapshot.ts'

/** What is left of one revision: of `effects` things that should be as it made them, `present` are. */
export interface MissingObjects {
  readonly id: string
  readonly effects: number
  readonly present: number
  /** Things that should be there or gone, and are not: `table guests`. */
  readonly missing: readonly string[]
  /** A table, a column or a type is among the missing, not only an index or a constraint. */
  readonly decisive: boolean
  /** All that it does is understood. */
  readonly understood: boolean
  /** A table or a column that its own transaction must have made; null: it makes none that stays. */
  readonly makes: string | null
}

/** The newest applied revisions, parents before their children. */
export interface ObjectCheck {
  readonly traces: readonly MissingObjects[]
  /** Null: not asked for, or not to be had. */
  readonly transactions: TransactionEvidence | null
}

/** Most revisions whose traces are looked for. */
export const maxRevisions = 30

/** Of a long history so many are looked at first: where they left their traces, no release waits for the others. */
export const firstRevisions = 4

/**
 * The newest revisions that nothing applied can have come after, but themselves. All that are applied where there
 * are few; else the end of the line that leads to the only row.
 */
export function newestApplied(
  graph: RevisionGraph,
  rows: readonly string[],
  most = maxRevisions,
): readonly string[] {
  const applied = ancestorsOf(graph, rows)
  const depth = (id: string): number => graph.map.byId.get(id)?.depth ?? 0
  const newest: string[] = []
  if (applied.size <= maxRevisions) newest.push(...applied)
  else if (rows.length === 1) {
    let [id] = rows
    while (id !== undefined && newest.length < most) {
      newest.push(id)
      const before: readonly string[] = [...(graph.map.byId.get(id)?.before ?? [])]
      id = before.length === 1 ? before[0] : undefined
    }
  }
  return newest.toSorted((a, b) => depth(a) - depth(b))
}

/** What a migration makes, as far as it can be seen at a glance; names as written, without a schema. */
export interface PlainObject {
  readonly tables: readonly string[]
  readonly columns: readonly { readonly table: string; readonly name: string }[]
}

/**
 * Is all that these revisions make there, and something that no other of them makes? A revision that makes no table
 * and no column can't have left less than it should. False: that takes a closer look.
 */
export function plainlyThere(made: readonly PlainObject[], schema: SchemaSnapshot): boolean {
  const makers = new Map<string, number>()
  const keys = made.map(({ tables, columns }) => [
    ...tables.map((table) => `table ${table}`),
    ...columns.map(({ table, name }) => `column ${table}.${name}`),
  ])
  for (const key of keys.flat()) makers.set(key, (makers.get(key) ?? 0) + 1)
  const there = new Set(
    schema.tables
      .filter(({ visible, schema: own }) => visible && own === schema.defaultSchema)
      .flatMap(({ name, columns }) => [
        `table ${name}`,
        ...columns.map((column) => `column ${name}.${column.name}`),
      ]),
  )
  return keys.every(
    (own) =>
      own.length === 0 || (own.every((key) => there.has(key)) && own.some((key) => makers.get(key) === 1)),
  )
}

/** Revisions with no trace, after which nothing has left one either. They never ran, or all of it was undone. */
export function tracelessEnd(graph: RevisionGraph, { traces }: ObjectCheck): readonly MissingObjects[] {
  const told = traces.filter(({ present }) => present > 0).map(({ id }) => id)
  const before = ancestorsOf(graph, told)
  return traceless({ traces }).filter(({ id }) => !before.has(id))
}

/** Revisions of which nothing is there, and something that hardly goes by itself is missing. */
export function traceless({ traces }: Pick<ObjectCheck, 'traces'>): readonly MissingObjects[] {
  return traces.filter(({ present, missing, decisive }) => present === 0 && missing.length > 0 && decisive)
}

/** Revisions of which nothing is there, be it only an index that may have gone by itself. */
export function withoutObjects({ traces }: Pick<ObjectCheck, 'traces'>): readonly MissingObjects[] {
  return traces.filter(({ present, missing }) => present === 0 && missing.length > 0)
}

/** Revisions of which only a part is there, and something that hardly goes by itself is missing. */
export function partlyThere({ traces }: Pick<ObjectCheck, 'traces'>): readonly MissingObjects[] {
  return traces.filter(
    ({ present, missing, decisive, understood }) =>
      present > 0 && missing.length > 0 && decisive && understood,
  )
}
