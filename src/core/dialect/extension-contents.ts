/** What well-known PostgreSQL extensions create, from their installation scripts. */

/** Objects that an extension creates in its schema, apart from functions and operators. */
export interface ExtensionContents {
  /** Types other than the row types of relations. */
  readonly types: readonly string[]
  /** Names that only some releases use: types, tables and views. */
  readonly perhaps: readonly string[]
}

const types = (...names: readonly string[]): ExtensionContents => ({ types: names, perhaps: [] })

const contents: Readonly<Record<string, ExtensionContents>> = {
  'uuid-ossp': types(),
  pgcrypto: types(),
  unaccent: types(),
  fuzzystrmatch: types(),
  tablefunc: types(),
  btree_gin: types(),
  plpgsql: types(),
  citext: types('citext'),
  hstore: types('hstore', 'ghstore'),
  pg_trgm: types('gtrgm'),
  // Since 0.7, pgvector has two more types.
  vector: { types: ['vector'], perhaps: ['halfvec', 'sparsevec'] },
  ltree: types('ltree', 'lquery', 'ltxtquery', 'ltree_gist'),
  cube: types('cube'),
  isn: types('ean13', 'isbn', 'isbn13', 'ismn', 'ismn13', 'issn', 'issn13', 'upc'),
  postgis: {
    types: ['geometry', 'geography', 'box2d', 'box2df', 'box3d', 'gidx', 'spheroid'],
    perhaps: [
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
  Object.entries(contents).flatMap(([name, { types: own }]) => own.map((type) => [type, name] as const)),
)
  .set('halfvec', 'vector')
  .set('sparsevec', 'vector')

/** Returns the extension that creates a type with this name; null if none is known. */
export function extensionOfType(type: string): string | null {
  return homes.get(type) ?? null
}
