/** Migrations with types from packages other than SQLAlchemy. */
import { type Said, executed } from './pending-migration.ts'

export interface LibraryTypeCase {
  readonly name: string
  readonly live: readonly string[]
  readonly pending: readonly string[]
  /** Alembic's error; null if the upgrade succeeds. */
  readonly error: RegExp | null
  readonly guard: Said
}

const geo = 'import geoalchemy2'
const vector = 'from pgvector.sqlalchemy import Vector'
const point = "geoalchemy2.types.Geometry(geometry_type='POINT', srid=4326)"
const postgis = executed(['CREATE EXTENSION postgis'])
const table = (type: string): string =>
  `op.create_table('places', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('at', ${type}))`
const index = `op.create_index('idx_places_at', 'places', ['at'], postgresql_using='gist')`
const filled = [
  ...postgis,
  ...executed([
    'CREATE TABLE places (id int, at geometry(Point, 4326))',
    "INSERT INTO places VALUES (1, 'SRID=4326;POINT(1 1)')",
  ]),
]
const taken = /relation "idx_places_at" already exists/

const lacking: readonly (readonly [name: string, pending: readonly string[], error: RegExp])[] = [
  ['PostGIS', [geo, table(point)], /type "geometry" does not exist/],
  ['pgvector', [vector, table('Vector(3)')], /type "vector" does not exist/],
  ['pgvector, in a new column', [vector, `op.add_column('halls', sa.Column('e', Vector()))`], /type "vector" does/],
  ['pgvector, in an array', [vector, table('sa.ARRAY(Vector(3))')], /type "vector\[\]" does not exist/],
  ['pgvector, in SQL', executed(['CREATE TABLE places (at vector(3))']), /type "vector" does not exist/],
  ['pgvector, in a changed column', [vector, `op.alter_column('halls', 'id', type_=Vector(3), postgresql_using='NULL')`], /type "vector" does not exist/],
  ['ltree', ['import sqlalchemy_utils', table('sqlalchemy_utils.LtreeType()')], /type "ltree" does not exist/],
] // prettier-ignore

/** Cases that need neither PostGIS nor pgvector on the server. */
export const missingExtensionCases: readonly LibraryTypeCase[] = [
  ...lacking.map(([name, pending, error]): LibraryTypeCase => ({
    name: `without ${name}`,
    live: executed(['CREATE TABLE halls (id int)']),
    pending,
    error,
    guard: 'predicted',
  })),
  {
    name: 'with an extension outside the search path',
    live: executed(['CREATE SCHEMA tools', 'CREATE EXTENSION ltree SCHEMA tools']),
    pending: ['import sqlalchemy_utils', table('sqlalchemy_utils.LtreeType()')],
    error: /type "ltree" does not exist/,
    guard: 'predicted',
  },
  {
    name: 'with an extension that the migration installs',
    live: [],
    pending: [
      ...executed(['CREATE EXTENSION ltree']),
      'import sqlalchemy_utils',
      table('sqlalchemy_utils.LtreeType()'),
    ],
    error: null,
    guard: 'passes',
  },
  {
    name: 'a type that a class of the project spells',
    live: [],
    pending: [
      'class Mood(sa.types.UserDefinedType):',
      '    def get_col_spec(self, **kw):',
      "        return 'mood'",
      table('Mood()'),
    ],
    error: /type "mood" does not exist/,
    guard: 'listed',
  },
  {
    name: 'a column whose type is left to a foreign key',
    live: executed(['CREATE TABLE halls (id int PRIMARY KEY)']),
    pending: [`op.create_table('places', sa.Column('hall', sa.ForeignKey('halls.id')))`],
    error: /Can't generate DDL for NullType/,
    guard: 'listed',
  },
  {
    name: 'a MySQL type',
    live: [],
    pending: ['from sqlalchemy.dialects import mysql', table('mysql.TINYINT(1)')],
    error: /can't render element of type TINYINT/,
    guard: 'listed',
  },
]

/** Cases that need PostGIS. */
export const spatialCases: readonly LibraryTypeCase[] = [
  { name: 'a spatial column', live: postgis, pending: [geo, table(point)], error: null, guard: 'passes' },
  {
    name: 'an index that GeoAlchemy adds too',
    live: postgis,
    pending: [geo, table(point), index],
    error: taken,
    guard: 'predicted',
  },
  {
    name: 'the only index',
    live: postgis,
    pending: [geo, table(point.replace(')', ', spatial_index=False)')), index],
    error: null,
    guard: 'passes',
  },
  {
    name: 'an index of another table with the name',
    live: [
      ...postgis,
      ...executed(['CREATE TABLE halls (id int)', 'CREATE INDEX idx_places_at ON halls (id)']),
    ],
    pending: [geo, table(point)],
    error: taken,
    guard: 'predicted',
  },
  {
    name: 'dropping an index with a similar name',
    live: postgis,
    pending: [geo, table(point), `op.drop_index('ix_places_at', table_name='places')`],
    error: /index "ix_places_at" does not exist/,
    guard: 'predicted',
  },
  {
    name: 'an index name that is too long',
    live: postgis,
    pending: [
      geo,
      `op.create_table('${'places_'.repeat(5)}', sa.Column('${'position_'.repeat(4)}', ${point}))`,
    ],
    error: /Identifier 'idx_places_.*exceeds maximum length of 63/,
    guard: 'predicted',
  },
  {
    name: 'a required column in a table with rows',
    live: filled,
    pending: [geo, `op.add_column('places', sa.Column('end', ${point}, nullable=False))`],
    error: /column "end".* contains null values/,
    guard: 'predicted',
  },
  {
    name: 'another shape',
    live: filled,
    pending: [geo, `op.alter_column('places', 'at', type_=geoalchemy2.Geometry('POLYGON', srid=4326))`],
    error: /Geometry type \(Point\) does not match column type \(Polygon\)/,
    guard: 'listed',
  },
  {
    name: 'another shape without rows',
    live: [...postgis, ...executed(['CREATE TABLE places (id int, at geometry(Point, 4326))'])],
    pending: [geo, `op.alter_column('places', 'at', type_=geoalchemy2.Geometry('POLYGON', srid=4326))`],
    error: null,
    guard: 'passes',
  },
  {
    name: 'an unknown shape',
    live: postgis,
    pending: [geo, table(`geoalchemy2.Geometry('POIN', srid=4326)`)],
    error: /Invalid geometry type modifier/,
    guard: 'listed',
  },
  {
    name: 'an index method without an operator class for geometry',
    live: filled,
    pending: [`op.create_index('ix', 'places', ['at'], postgresql_using='gin')`],
    error: /no default operator class for access method "gin"/,
    guard: 'listed',
  },
  {
    name: 'an extension whose table exists',
    live: executed(['CREATE TABLE spatial_ref_sys (id int)']),
    pending: executed(['CREATE EXTENSION postgis']),
    error: /relation "spatial_ref_sys" already exists/,
    guard: 'listed',
  },
  {
    name: 'an extension that the migration installs',
    live: [],
    pending: [...executed(['CREATE EXTENSION IF NOT EXISTS postgis']), geo, table(point)],
    error: null,
    guard: 'passes',
  },
]

/** Types to compare with the catalog. Those with `null` are left out on SQLite. */
export const spelledTypes: readonly string[] = [
  ...['POINT', 'linestringz', 'MultiPolygonM', 'GEOMETRYCOLLECTIONZM', 'GEOMETRY'].flatMap((shape) => [
    `geoalchemy2.Geometry('${shape}', srid=4326)`,
    `geoalchemy2.types.Geometry('${shape}')`,
    `geoalchemy2.Geography('${shape}', srid=4326)`,
    `geoalchemy2.Geography('${shape}')`,
  ]),
  'geoalchemy2.Geometry(srid=3857)',
  'geoalchemy2.Geometry(geometry_type=None)',
  'geoalchemy2.Geometry()',
  'geoalchemy2.Geography()',
  'sqlalchemy_utils.UUIDType()',
  'sqlalchemy_utils.UUIDType(binary=False)',
  'sqlalchemy_utils.EmailType()',
  'sqlalchemy_utils.EmailType(length=60)',
  'sqlalchemy_utils.IPAddressType()',
  'sqlalchemy_utils.LocaleType()',
  'sqlalchemy_utils.TimezoneType()',
  'sqlalchemy_utils.URLType()',
  'sqlalchemy_utils.ScalarListType()',
  'sqlalchemy_utils.JSONType()',
  'sqlalchemy_utils.TSVectorType()',
  'sqlalchemy_utils.StringEncryptedType(sa.Text(), "key")',
  'sqlalchemy_utils.EncryptedType(sa.Text(), "key")',
]
