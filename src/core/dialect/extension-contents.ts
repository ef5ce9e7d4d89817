/** What well-known PostgreSQL extensions create, from their installation scripts. */

/** Objects that an extension creates in its schema, apart from functions and operators. */
export interface ExtensionContents {
  /** Types other than the row types of relations. */
  readonly types: readonly string[]
  /** Types that only newer releases create. */
  readonly newerTypes: readonly string[]
  /** Tables, views and composite types of any release, and types that only older releases create. */
  readonly others: readonly string[]
}

const types = (...names: readonly string[]): ExtensionContents => ({
  types: names,
  newerTypes: [],
  others: [],
})

const contents: Readonly<Record<string, ExtensionContents>> = {
  'uuid-ossp': types(),
  pgcrypto: types(),
  unaccent: types(),
  fuzzystrmatch: types(),
  tablefunc: types(),
  btree_gin: types(),
  btree_gist: types('gbtreekey2', 'gbtreekey4', 'gbtreekey8', 'gbtreekey16', 'gbtreekey32', 'gbtreekey_var'),
  intarray: types('query_int', 'intbig_gkey'),
  plpgsql: types(),
  citext: types('citext'),
  hstore: types('hstore', 'ghstore'),
  pg_trgm: types('gtrgm'),
  // Since 0.7, pgvector has had two more types.
  vector: { ...types('vector'), newerTypes: ['halfvec', 'sparsevec'] },
  ltree: types('ltree', 'lquery', 'ltxtquery', 'ltree_gist'),
  cube: types('cube'),
  isn: types('ean13', 'isbn', 'isbn13', 'ismn', 'ismn13', 'issn', 'issn13', 'upc'),
  postgis: {
    ...types('geometry', 'geography', 'box2d', 'box2df', 'box3d', 'gidx', 'spheroid'),
    others: [
      'spatial_ref_sys', 'geometry_columns', 'geography_columns', 'geometry_dump', 'valid_detail',
      // Before 3.0, the extension also had the raster types.
      'raster', 'raster_columns', 'raster_overviews', 'addbandarg', 'agg_count', 'agg_samealignment', 'geomval',
      'rastbandarg', 'reclassarg', 'summarystats', 'unionarg',
    ], // prettier-ignore
  },
}

/** Returns what the extension creates; null if unknown. */
export function contentsOf(extension: string): ExtensionContents | null {
  return Object.hasOwn(contents, extension) ? (contents[extension] ?? null) : null
}

const homes = new Map(
  Object.entries(contents).flatMap(([name, { types: own, newerTypes }]) =>
    [...own, ...newerTypes].map((type) => [type, name] as const),
  ),
)

/** Splits a type such as `vector(3)` into its name and what's in parentheses; null if nothing is. */
export function modifiedType(written: string): { readonly name: string; readonly modifier: string } | null {
  const [, name, modifier] = /^(\w+)\((.+)\)$/.exec(written) ?? []
  return name === undefined || modifier === undefined ? null : { name, modifier }
}

/** Returns the extension that creates a type with this name; null if none is known. */
export function extensionOfType(type: string): string | null {
  return homes.get(type) ?? null
}
