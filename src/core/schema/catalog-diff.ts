/** Compares two system catalogs. Contains no SQL. */

/** An object in a catalog, identified by kind and name. */
export interface CatalogObject {
  readonly kind: string
  /** The name, with the schema unless it's `public`. A column's name includes its table. */
  readonly name: string
  /** The table that owns the object; null if none does. Dropping the table also drops the object. */
  readonly owner: string | null
  /** Full definition, used to detect changes. */
  readonly definition: string
}

/** A difference between two catalogs. */
export interface CatalogDifference {
  readonly change: 'left' | 'lost' | 'changed'
  readonly object: CatalogObject
  /** The old definition; null unless the object changed. */
  readonly before: string | null
}

/**
 * Returns the differences. `left`: the object is only in `after`. `lost`: only in `before`. `changed`: in both, with
 * different definitions.
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
  // Objects that belong to a reported table aren't reported separately.
  const tables = new Set(
    differences
      .filter(({ object }) => object.kind === 'table')
      .map(({ change, object }) => change + object.name),
  )
  return differences.filter(
    ({ change, object }) => object.owner === null || !tables.has(change + object.owner),
  )
}

/** Whether an enum only gained values. PostgreSQL can't remove values, so a downgrade can't undo the change. */
export function isGrownEnum({ change, object, before }: CatalogDifference): boolean {
  if (change !== 'changed' || object.kind !== 'enum' || before === null) return false
  const valuesOf = (definition: string): readonly string[] => definition.match(/'(?:[^']|'')*'/g) ?? []
  const now = new Set(valuesOf(object.definition))
  return valuesOf(before).every((value) => now.has(value))
}

/** The catalog's contents after a migration. */
export interface CatalogAfterPhase {
  readonly revision: string
  readonly catalog: readonly CatalogObject[]
}

/** Returns the first migration that created, removed or changed the object; null if none did. */
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

/** Returns a key that identifies the object in every catalog. */
function catalogKey({ kind, name }: CatalogObject): string {
  return `${kind} ${name}`
}
