/** What a catalog lists, and what came and went between two looks at it. Data and comparisons; knows no SQL. */

/** One object. Two of the same kind and name are the same object. */
export interface CatalogObject {
  /** In words: `table`, `enum`, `sequence`. */
  readonly kind: string
  /** With its schema, unless that is `public`; a column with its table. */
  readonly name: string
  /** The table that it goes with; null: it stands by itself. */
  readonly owner: string | null
  /** All that there is to know of it, to tell whether it changed. */
  readonly definition: string
}

/** What a comparison found. */
export interface CatalogDifference {
  readonly change: 'left' | 'lost' | 'changed'
  readonly object: CatalogObject
  /** How it was before; only where it changed. */
  readonly before: string | null
}

/** What is in `after` and was not in `before` (left), the other way round (lost), or is different (changed). */
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
  // What goes with a table that is itself named says nothing more.
  const tables = new Set(
    differences
      .filter(({ object }) => object.kind === 'table')
      .map(({ change, object }) => change + object.name),
  )
  return differences.filter(
    ({ change, object }) => object.owner === null || !tables.has(change + object.owner),
  )
}

/** An enum that only has more values than before: PostgreSQL can't take one away, so no downgrade can. */
export function isGrownEnum({ change, object, before }: CatalogDifference): boolean {
  if (change !== 'changed' || object.kind !== 'enum' || before === null) return false
  const valuesOf = (definition: string): readonly string[] => definition.match(/'(?:[^']|'')*'/g) ?? []
  const now = new Set(valuesOf(object.definition))
  return valuesOf(before).every((value) => now.has(value))
}

/** Catalogs in the order in which migrations left them. */
export interface CatalogAfterPhase {
  readonly revision: string
  readonly catalog: readonly CatalogObject[]
}

/** The migration after which an object was first there, or first gone or different; null: none of them. */
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

/** One text for the same object in every catalog. */
function catalogKey({ kind, name }: CatalogObject): string {
  return `${kind} ${name}`
}
