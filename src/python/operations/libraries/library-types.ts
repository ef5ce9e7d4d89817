/** Column types from packages other than SQLAlchemy. Tests compare them with real databases. */
import { flagOf, stringOf, type Made, type Term } from '../../interpreter/values.ts'

/** A package's type, as each database spells it in its catalog. */
export interface LibraryType {
  readonly postgres: string
  readonly sqlite: string | null
  /** The extension type that it uses on PostgreSQL. */
  readonly needs?: string
  /** True if the package may choose another type in another release. */
  readonly changeable?: true
  /** Whether the package adds a GiST index on the column. */
  readonly spatialIndex?: true
  /** True if the type makes its column NOT NULL. */
  readonly required?: true
}

/** Converts a type; null if an argument is unknown. */
type Reader = (made: Made) => LibraryType | null

/** A type that takes only keywords that don't matter. */
const as =
  (postgres: string, sqlite: string | null, mayPass: RegExp = /^$/): Reader =>
  ({ args, keywords }) =>
    args.length === 0 && [...keywords.keys()].every((name) => mayPass.test(name))
      ? { postgres, sqlite, changeable: true }
      : null

/** A text type with a maximum length as the argument at `index`. */
const text =
  (parameter: string, usual: number, index = 0): Reader =>
  (made) => {
    const length = numberOf(argument(made, index, parameter), usual)
    if (length === null) return null
    return { postgres: `character varying(${length})`, sqlite: `VARCHAR(${length})`, changeable: true }
  }

/** A pgvector type. Dimensions that the extension rejects are unknown. */
const vector =
  (type: string, most: number): Reader =>
  (made) => {
    const given = argument(made, 0, 'dim')
    if (given === undefined || given.kind === 'none')
      return { postgres: type, sqlite: type.toUpperCase(), needs: type }
    const size = numberOf(given, 0)
    if (size === null || size < 1 || size > most) return null
    return { postgres: `${type}(${size})`, sqlite: `${type.toUpperCase()}(${size})`, needs: type }
  }

/** PostGIS's spellings of geometry types (`lwtype_name` in lwutil.c). */
const shapes = new Map(
  ['Geometry', 'Point', 'LineString', 'Polygon', 'MultiPoint', 'MultiLineString', 'MultiPolygon', 'GeometryCollection'] // prettier-ignore
    .flatMap((shape) =>
      ['', 'Z', 'M', 'ZM'].map((more) => [shape.toUpperCase() + more, shape + more] as const),
    ),
)

/** PostGIS rejects larger ids for coordinate systems (`SRID_USER_MAXIMUM` in liblwgeom.h). */
const largestSrid = 998_999

/** A GeoAlchemy column (geoalchemy2/types, geoalchemy2/admin). PostGIS spells the type in `postgis_typmod_out`. */
const spatial =
  (type: 'geometry' | 'geography'): Reader =>
  (made) => {
    const { keywords } = made
    if ([...keywords.keys()].some((name) => !spatialKeywords.test(name)) || made.args.length > 4) return null
    const shape = argument(made, 0, 'geometry_type')
    const srid = numberOf(argument(made, 1, 'srid'), -1)
    const indexed = flagOf(argument(made, 3, 'spatial_index'), true)
    if (srid === null || srid > largestSrid || indexed === null) return null
    // GeoAlchemy 0.13.1 and later copy the type's `nullable` to the column.
    const required = flagOf(keywords.get('nullable'), true) === false
    const more = {
      sqlite: null,
      needs: type,
      ...(indexed && { spatialIndex: true as const }),
      ...(required && { required: true as const }),
    }
    if (shape?.kind === 'none') return { postgres: type, ...more }
    const known = shapes.get((shape === undefined ? 'Geometry' : (stringOf(shape) ?? '')).toUpperCase())
    // Geography columns store longitudes and latitudes, which not all coordinate systems have.
    if (known === undefined || (type === 'geography' && srid > 0 && srid !== 4326)) return null
    const system = type === 'geography' ? 4326 : Math.max(srid, 0)
    const parts = [...(known === 'Geometry' && system === 0 ? [] : [known]), ...(system > 0 ? [system] : [])]
    return { postgres: parts.length === 0 ? type : `${type}(${parts.join(',')})`, ...more }
  }

/** Leaves out options that create the column or its index differently, such as `use_typmod`. */
const spatialKeywords = /^(?:geometry_type|srid|dimension|spatial_index|from_text|name|nullable)$/

const uuid = (sqlite: string): Reader => as('uuid', sqlite, /^length$/)
/** A time with `timezone` as its first argument. */
const zoned =
  (sqlite: string): Reader =>
  ({ args, keywords }) => {
    const zone = flagOf(keywords.get('timezone') ?? args[0], false)
    if (zone === null) return null
    return {
      postgres: `timestamp with${zone ? '' : 'out'} time zone`,
      sqlite,
      changeable: true,
    }
  }

/** Types by package and class. */
const readers: Readonly<Record<string, Reader>> = {
  'pgvector.Vector': vector('vector', 16_000),
  'pgvector.VECTOR': vector('vector', 16_000),
  'pgvector.HALFVEC': vector('halfvec', 16_000),
  'pgvector.SPARSEVEC': vector('sparsevec', 1_000_000_000),
  'geoalchemy2.Geometry': spatial('geometry'),
  'geoalchemy2.Geography': spatial('geography'),
  'fastapi_users_db_sqlalchemy.GUID': as('uuid', 'CHAR(36)'),
  'fastapi_users_db_sqlalchemy.TIMESTAMPAware': zoned('TIMESTAMP'),
  'advanced_alchemy.GUID': uuid('BINARY(16)'),
  'advanced_alchemy.DateTimeUTC': as('timestamp with time zone', 'DATETIME', /^timezone$/),
  'sqlalchemy_utils.UUIDType': (made) => {
    const binary = flagOf(argument(made, 0, 'binary'), true)
    if (binary === null || made.args.length > 1 || made.keywords.has('native')) return null
    return { postgres: 'uuid', sqlite: binary ? 'BINARY(16)' : 'CHAR(32)', changeable: true }
  },
  'sqlalchemy_utils.EmailType': text('length', 255),
  'sqlalchemy_utils.IPAddressType': text('max_length', 50),
  'sqlalchemy_utils.PhoneNumberType': text('max_length', 20, 1),
  'sqlalchemy_utils.ColorType': text('max_length', 20),
  'sqlalchemy_utils.CountryType': as('character varying(2)', 'VARCHAR(2)'),
  'sqlalchemy_utils.CurrencyType': as('character varying(3)', 'VARCHAR(3)'),
  'sqlalchemy_utils.LocaleType': as('character varying(10)', 'VARCHAR(10)'),
  'sqlalchemy_utils.TimezoneType': as('character varying(50)', 'VARCHAR(50)', /^backend$/),
  'sqlalchemy_utils.URLType': as('text', 'TEXT'),
  'sqlalchemy_utils.ScalarListType': as('text', 'TEXT'),
  'sqlalchemy_utils.StringEncryptedType': ({ keywords }) =>
    keywords.has('length') ? null : { postgres: 'character varying', sqlite: 'VARCHAR', changeable: true },
  'sqlalchemy_utils.EncryptedType': () => ({ postgres: 'bytea', sqlite: 'BLOB', changeable: true }),
  'sqlalchemy_utils.JSONType': as('json', 'TEXT'),
  'sqlalchemy_utils.ArrowType': zoned('DATETIME'),
  'sqlalchemy_utils.TSVectorType': () => ({ postgres: 'tsvector', sqlite: null, changeable: true }),
  'sqlalchemy_utils.LtreeType': () => ({ postgres: 'ltree', sqlite: null, needs: 'ltree' }),
}

/** Returns the type that a call such as `Vector(1536)` creates; null if unknown. */
export function libraryType(made: Made): LibraryType | null {
  const key = `${made.path.slice(0, made.path.indexOf('.'))}${made.path.slice(made.path.lastIndexOf('.'))}`
  const reader = Object.hasOwn(readers, key) ? readers[key] : undefined
  return reader?.(made) ?? null
}

/** The name that GeoAlchemy gives a column's index. */
export function spatialIndexName(table: string, column: string): string {
  return `idx_${table}_${column}`
}

function argument({ args, keywords }: Made, index: number, name: string): Term | undefined {
  return args[index] ?? keywords.get(name)
}

/** Returns an integer argument, or `usual` if it isn't given; null if it's unknown. */
function numberOf(term: Term | undefined, usual: number): number | null {
  if (term === undefined) return usual
  return term.kind === 'int' ? Number(term.value) : null
}
