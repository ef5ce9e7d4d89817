/**
 * Checks whether the newest applied revisions' objects exist. Older objects aren't checked, because they must
 * have existed when the newest revisions ran.
 */
import { type RevisionGraph, ancestorsOf } from '../history/revision-graph.ts'
import { dialectOf } from '../dialect/index.ts'
import { type ComparableType, contradictsType } from './stated-types.ts'
import type { SchemaSnapshot, TransactionEvidence } from '../schema/schema-snapshot.ts'

/**
 * A revision's missing effects. `effects` counts the expected effects; `present` counts the effects found in the
 * live schema.
 */
export interface MissingObjects {
  readonly id: string
  readonly effects: number
  readonly present: number
  /** Objects that are missing, such as `table guests`, or that should have been dropped. */
  readonly missing: readonly string[]
  /** Columns whose live type can't have been set by this revision. */
  readonly mistyped: readonly MistypedColumn[]
  /** True if a table, column or type is missing, not just an index or constraint. */
  readonly decisive: boolean
  /** True if the guard understands every operation in the revision. */
  readonly understood: boolean
  /** A table or column that this revision creates and no later revision drops; null if there is none. */
  readonly makes: string | null
}

/** A column whose live type contradicts the migration. */
export interface MistypedColumn {
  /** Label such as `column users.email`. */
  readonly label: string
  /** The type as written in the migration, such as `sa.Integer()`. */
  readonly stated: string
  /** The type in the database, such as `character varying(40)`. */
  readonly live: string
}

/** Result of checking the newest applied revisions for missing objects. Parents come before their children. */
export interface ObjectCheck {
  readonly traces: readonly MissingObjects[]
  /** Evidence from the transactions that wrote the version rows; null if unavailable. */
  readonly transactions: TransactionEvidence | null
}

/** Maximum number of applied revisions to check. */
export const maxRevisions = 30

/**
 * Number of revisions to check first. If all their objects exist, the release doesn't wait for the other
 * checks.
 */
export const firstRevisions = 4

/**
 * Returns all applied revisions if there are only a few; otherwise, the tail of the chain that leads to the
 * single version row. Returns none if there are several rows.
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

/** Objects that a migration clearly creates, under the names used in the migration. */
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
 * Returns whether all of these objects exist and each revision has at least one object that no other revision
 * creates. If not, a closer check is needed.
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

/** Returns whether the columns' live types match the migrations. If not, a closer check is needed. */
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
 * Returns the revisions that never ran or were undone: all their effects are missing, and no descendant left
 * any.
 */
export function tracelessEnd(graph: RevisionGraph, { traces }: ObjectCheck): readonly MissingObjects[] {
  const told = traces.filter(({ present }) => present > 0).map(({ id }) => id)
  const before = ancestorsOf(graph, told)
  return traceless({ traces }).filter(({ id }) => !before.has(id))
}

/**
 * Returns the revisions whose effects are all missing. Ignores revisions that lack only indexes or constraints.
 */
export function traceless({ traces }: Pick<ObjectCheck, 'traces'>): readonly MissingObjects[] {
  return traces.filter(({ present, missing, decisive }) => present === 0 && missing.length > 0 && decisive)
}

/** Returns the revisions whose effects are all missing, even if these are only indexes or constraints. */
export function withoutObjects({ traces }: Pick<ObjectCheck, 'traces'>): readonly MissingObjects[] {
  return traces.filter(({ present, missing }) => present === 0 && missing.length > 0)
}

/**
 * Returns the fully understood revisions with only some of their effects present. Missing indexes and
 * constraints don't count.
 */
export function partlyThere({ traces }: Pick<ObjectCheck, 'traces'>): readonly MissingObjects[] {
  return traces.filter(
    ({ present, missing, decisive, understood }) =>
      present > 0 && missing.length > 0 && decisive && understood,
  )
}

/** Returns the revisions with a column type that contradicts the live type. */
export function mistyped({ traces }: Pick<ObjectCheck, 'traces'>): readonly MissingObjects[] {
  return traces.filter((one) => one.mistyped.length > 0)
}
