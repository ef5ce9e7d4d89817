/** Represents the contents of a system catalog and compares two catalogs. Contains no SQL. */

/** An object in a catalog, identified by kind and name. */
export interface CatalogObject {
  /** Kind of object, such as `table`, `enum` or `sequence`. */
  readonly kind: string
  /** The object's name, with its schema unless that is `public`. A column's name includes its table. */
  readonly name: string
  /** The table that owns the object; null if there is none. Dropping the table also drops the object. */
  readonly owner: string | null
  /** Full definition of the object, used to detect changes. */
  readonly definition: string
}

/** A difference between two catalogs. */
export interface CatalogDifference {
  readonly change: 'left' | 'lost' | 'changed'
  readonly object: CatalogObject
  /** The old definition if the object changed; null otherwise. */
  readonly before: string | null
}

/**
 * Returns the differences. `left`: the object is only in `after`. `lost`: the object is only in `before`. `changed`:
 * the object is in both, with different definitions.
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
  // If a table is reported, the objects that belong to it aren't reported separately.
  const tables = new Set(
    differences
      .filter(({ object }) => object.kind === 'table')
      .map(({ change, object }) => change + object.name),
  )
  return differences.filter(
    ({ change, object }) => object.owner === null || !tables.has(change + object.owner),
  )
}

/**
 * Returns whether an enum changed but kept all its previous values. PostgreSQL can't remove values from an enum, so a
 * downgrade can't undo this change.
 */
export function isGrownEnum({ change, object, before }: CatalogDifference): boolean {
  if (change !== 'changed' || object.kind !== 'enum' || before === null) return false
  const valuesOf = (definition: string): readonly string[] => definition.match(/'(?:[^']|'')*'/g) ?? []
  const now = new Set(valuesOf(object.definition))
  return valuesOf(before).every((value) => now.has(value))
}

/** Contents of the system catalog after one migration. */
export interface CatalogAfterPhase {
  readonly revision: string
  readonly catalog: readonly CatalogObject[]
}

/**
 * Returns the first migration that created, removed or changed the object, depending on the kind of difference. Returns
 * null if no migration did.
 */
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

/** Returns a key that identifies an object across catalogs. */
function catalogKey({ kind, name }: CatalogObject): string {
  return `${kind} ${name}`
}
