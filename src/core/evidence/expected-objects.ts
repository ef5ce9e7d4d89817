/**
 * Checks whether the newest applied revisions' objects exist in the schema. Older revisions aren't checked, because
 * their objects must have existed when the newer ones ran.
 */
import { type RevisionGraph, ancestorsOf } from '../history/revision-graph.ts'
import { dialectOf } from '../dialect/index.ts'
import { type ComparableType, contradictsType } from './stated-types.ts'
import type { SchemaSnapshot, TransactionEvidence } from '../schema/schema-snapshot.ts'

/** A revision's missing effects. `effects` counts the expected ones, and `present` those that match the live schema. */
export interface MissingObjects {
  readonly id: string
  readonly effects: number
  readonly present: number
  /** Objects, such as `table guests`, that are missing, or that should have been dropped but still exist. */
  readonly missing: readonly string[]
  /** Columns that exist, but with a type that this revision can't have set. */
  readonly mistyped: readonly MistypedColumn[]
  /** True if a table, column or type is missing, not just an index or constraint. */
  readonly decisive: boolean
  /** True if every operation of the revision is understood. */
  readonly understood: boolean
  /** A table or column that the revision creates and that no later revision drops; null if there is none. */
  readonly makes: string | null
}

/** A column whose live type contradicts the migration. */
export interface MistypedColumn {
  /** `column users.email` */
  readonly label: string
  /** The type as written in the migration, such as `sa.Integer()`. */
  readonly stated: string
  /** The type in the database, such as `character varying(40)`. */
  readonly live: string
}

/** Missing objects of the newest applied revisions, with parents before their children. */
export interface ObjectCheck {
  readonly traces: readonly MissingObjects[]
  /**
   * Objects created by the transactions that wrote the rows of the version table; null if not requested or not
   * available.
   */
  readonly transactions: TransactionEvidence | null
}

/** Maximum number of applied revisions whose objects are checked. */
export const maxRevisions = 30

/**
 * Number of revisions to check first in a long history. If their objects exist, the release doesn't wait for the
 * remaining checks.
 */
export const firstRevisions = 4

/**
 * Returns all applied revisions if there are few. If there are many and the version table has a single row, returns the
 * end of the linear chain that leads to this row. In all other cases, returns none.
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

/** Objects that a migration clearly creates. Names are spelled as in the migration, without a schema. */
export interface PlainObject {
  readonly tables: readonly string[]
  readonly columns: readonly {
    readonly table: string
    readonly name: string
    /** Null if a quick check can't determine the type. */
    readonly type: ComparableType | null
  }[]
  /** Columns whose type the migration changes. */
  readonly retyped: readonly { readonly table: string; readonly name: string }[]
}

/**
 * Returns whether all of these objects exist. Each revision must also create a table or column that no other revision
 * creates, unless it creates none at all. If false, a closer check is needed.
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

/**
 * Returns whether the columns' live types fit the migrations. Checks only columns that one migration creates and none
 * changes. If false, a closer check is needed.
 */
export function typesPlainlyFit(made: readonly PlainObject[], schema: SchemaSnapshot): boolean {
  const keyOf = (table: string, name: string): string => `${table}.${name}`
  const live = new Map(
    schema.tables
      .filter(({ visible, schema: own }) => visible && own === schema.defaultSchema)
      .flatMap((table) => table.columns.map((column) => [keyOf(table.name, column.name), column] as const)),
  )
  const told = new Map<string, number>()
  for (const { columns, retyped } of made) {
    for (const { table, name } of [...columns, ...retyped]) {
      const key = keyOf(table, name)
      told.set(key, (told.get(key) ?? 0) + 1)
    }
  }
  return made.every(({ columns }) =>
    columns.every(({ table, name, type }) => {
      const key = keyOf(table, name)
      const column = live.get(key)
      return !type || !column || told.get(key) !== 1 || !contradictsType(type, column, dialectOf(schema))
    }),
  )
}

/**
 * Returns the revisions whose effects are all missing and whose descendants left no effects. Either these revisions
 * never ran, or all their effects were undone.
 */
export function tracelessEnd(graph: RevisionGraph, { traces }: ObjectCheck): readonly MissingObjects[] {
  const told = traces.filter(({ present }) => present > 0).map(({ id }) => id)
  const before = ancestorsOf(graph, told)
  return traceless({ traces }).filter(({ id }) => !before.has(id))
}

/**
 * Returns the revisions whose effects are all missing. Skips revisions that only lack indexes or constraints, because
 * those may have been dropped separately.
 */
export function traceless({ traces }: Pick<ObjectCheck, 'traces'>): readonly MissingObjects[] {
  return traces.filter(({ present, missing, decisive }) => present === 0 && missing.length > 0 && decisive)
}

/**
 * Returns the revisions whose effects are all missing. Includes revisions whose only effect is an index, even though
 * the index may have been dropped separately.
 */
export function withoutObjects({ traces }: Pick<ObjectCheck, 'traces'>): readonly MissingObjects[] {
  return traces.filter(({ present, missing }) => present === 0 && missing.length > 0)
}

/**
 * Returns the revisions that left only some of their effects. Skips revisions that aren't fully understood. Also skips
 * those that only lack indexes or constraints, which may have been dropped separately.
 */
export function partlyThere({ traces }: Pick<ObjectCheck, 'traces'>): readonly MissingObjects[] {
  return traces.filter(
    ({ present, missing, decisive, understood }) =>
      present > 0 && missing.length > 0 && decisive && understood,
  )
}

/** Returns the revisions that declare a column type that contradicts the live type. */
export function mistyped({ traces }: Pick<ObjectCheck, 'traces'>): readonly MissingObjects[] {
  return traces.filter((one) => one.mistyped.length > 0)
}
