/** Catalog contents, and differences between two catalogs. Data and comparisons; no SQL. */

/** One object, identified by kind and name. */
export interface CatalogObject {
  /** Object type: `table`, `enum`, `sequence`. */
  readonly kind: string
  /** Qualified with its schema unless that is `public`; a column with its table. */
  readonly name: string
  /** The owning table, whose removal also drops the object; null if standalone. */
  readonly owner: string | null
  /** The object's full definition, used to detect changes. */
  readonly definition: string
}

/** One difference between two catalogs. */
export interface CatalogDifference {
  readonly change: 'left' | 'lost' | 'changed'
  readonly object: CatalogObject
  /** The previous definition; absent unless the object changed. */
  readonly before: string | null
}

/**
 * Returns the objects that are only in `after` (left), only in `before` (lost), or in both with different definitions
 * (changed).
 */
export function compareCatalogs(
  before: readonly CatalogObject[],
  after: readonly CatalogObject[],
): readonly CatalogDifference[] {
  const old = new Map(before.map((object) => [catalogKey(object), object]))
  const now = new Map(after.map((object) => [catalogKey(object), object]))
  const differences: CatalogDifference[] = []
  for (const [key, object] of now) {
    const was = old.get(key)
    if (!was) differences.push({ change: 'left', object, before: null })
    else if (was.definition !== object.definition)
      differences.push({ change: 'changed', object, before: was.definition })
  }
  for (const [key, object] of old) {
    if (!now.has(key)) differences.push({ change: 'lost', object, before: null })
  }
  // If a table is reported, the objects that it owns needn't be.
  const tables = new Set(
    differences
      .filter(({ object }) => object.kind === 'table')
      .map(({ change, object }) => change + object.name),
  )
  return differences.filter(
    ({ change, object }) => object.owner === null || !tables.has(change + object.owner),
  )
}

/** Returns whether an enum only gained values. PostgreSQL can't remove enum values, so no downgrade can either. */
export function isGrownEnum({ change, object, before }: CatalogDifference): boolean {
  if (change !== 'changed' || object.kind !== 'enum' || before === null) return false
  const valuesOf = (definition: string): readonly string[] => definition.match(/'(?:[^']|'')*'/g) ?? []
  const now = new Set(valuesOf(object.definition))
  return valuesOf(before).every((value) => now.has(value))
}

/** The catalog after one migration. */
export interface CatalogAfterPhase {
  readonly revision: string
  readonly catalog: readonly CatalogObject[]
}

/** Returns the migration that first created, removed or changed an object; null if no migration did. */
export function migrationOf(
  { change, object }: CatalogDifference,
  before: readonly CatalogObject[],
  course: readonly CatalogAfterPhase[],
): string | null {
  const key = catalogKey(object)
  const definitionIn = (catalog: readonly CatalogObject[]): string | undefined =>
    catalog.find((one) => catalogKey(one) === key)?.definition
  let last = definitionIn(before)
  for (const { revision, catalog } of course) {
    const now = definitionIn(catalog)
    const happened =
      change === 'left'
        ? last === undefined && now !== undefined
        : change === 'lost'
          ? last !== undefined && now === undefined
          : last !== now
    if (happened) return revision
    last = now
  }
  return null
}

/** Identifies the same object in every catalog. */
function catalogKey({ kind, name }: CatalogObject): string {
  return `${kind} ${name}`
}
