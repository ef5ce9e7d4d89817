/** How PostgreSQL and SQLite spell SQLAlchemy's types. Tests compare these spellings with real databases. */

/** Returns the spellings in PostgreSQL and SQLite; null if unknown. */
type Spelling = (sizes: readonly string[], zone: boolean) => readonly [string | null, string | null]

const plain =
  (postgres: string | null, sqlite: string | null): Spelling =>
  (sizes) =>
    sizes.length === 0 ? [postgres, sqlite] : [null, null]

const sized =
  (postgres: string | null, sqlite: string | null): Spelling =>
  ([size]) =>
    size === undefined
      ? [postgres, sqlite]
      : [postgres === null ? null : `${postgres}(${size})`, sqlite === null ? null : `${sqlite}(${size})`]

const exact =
  (sqlite: string): Spelling =>
  ([precision, scale]) => {
    if (precision === undefined) return ['numeric', sqlite]
    if (scale === undefined) return [`numeric(${precision},0)`, `${sqlite}(${precision})`]
    return [`numeric(${precision},${scale})`, `${sqlite}(${precision}, ${scale})`]
  }

const float: Spelling = ([precision]) => [
  precision !== undefined && Number(precision) < 25 ? 'real' : 'double precision',
  'FLOAT',
]

const moment =
  (postgres: string, sqlite: string): Spelling =>
  ([precision], zone) => [
    `${postgres}${precision === undefined ? '' : `(${precision})`} with${zone ? '' : 'out'} time zone`,
    precision === undefined ? sqlite : null,
  ]

/**
 * Spellings, keyed by the last part of the type's dotted name. That part is ambiguous only for `UUID`, which depends
 * on the module.
 */
export const spellings: Readonly<Record<string, Spelling>> = {
  Integer: plain('integer', 'INTEGER'),
  INTEGER: plain('integer', 'INTEGER'),
  INT: plain('integer', 'INTEGER'),
  SmallInteger: plain('smallint', 'SMALLINT'),
  SMALLINT: plain('smallint', 'SMALLINT'),
  BigInteger: plain('bigint', 'BIGINT'),
  BIGINT: plain('bigint', 'BIGINT'),
  String: sized('character varying', 'VARCHAR'),
  Unicode: sized('character varying', 'VARCHAR'),
  VARCHAR: sized('character varying', 'VARCHAR'),
  CHAR: ([size = '1']) => [`character(${size})`, size === '1' ? null : `CHAR(${size})`],
  Text: sized('text', 'TEXT'),
  UnicodeText: sized('text', 'TEXT'),
  TEXT: sized('text', 'TEXT'),
  Boolean: plain('boolean', 'BOOLEAN'),
  BOOLEAN: plain('boolean', 'BOOLEAN'),
  Date: plain('date', 'DATE'),
  DATE: plain('date', 'DATE'),
  DateTime: moment('timestamp', 'DATETIME'),
  DATETIME: plain(null, 'DATETIME'),
  TIMESTAMP: moment('timestamp', 'TIMESTAMP'),
  Time: moment('time', 'TIME'),
  TIME: moment('time', 'TIME'),
  Interval: plain('interval', 'DATETIME'),
  INTERVAL: plain('interval', null),
  Float: float,
  FLOAT: float,
  REAL: plain('real', 'REAL'),
  Double: plain('double precision', 'DOUBLE'),
  DOUBLE: plain(null, 'DOUBLE'),
  DOUBLE_PRECISION: ([precision]) => [
    'double precision',
    precision === undefined ? 'DOUBLE_PRECISION' : null,
  ],
  Numeric: exact('NUMERIC'),
  NUMERIC: exact('NUMERIC'),
  DECIMAL: exact('DECIMAL'),
  LargeBinary: ([size]) => ['bytea', size === undefined ? 'BLOB' : null],
  PickleType: plain('bytea', 'BLOB'),
  BYTEA: plain('bytea', null),
  BLOB: plain(null, 'BLOB'),
  JSON: plain('json', 'JSON'),
  JSONB: plain('jsonb', null),
  Uuid: plain('uuid', 'CHAR(32)'),
  UUID: plain('uuid', null),
  AutoString: sized('character varying', 'VARCHAR'),
  INET: plain('inet', null),
  CIDR: plain('cidr', null),
  MACADDR: plain('macaddr', null),
  MACADDR8: plain('macaddr8', null),
  TSVECTOR: plain('tsvector', null),
  HSTORE: plain('hstore', null),
  CITEXT: plain('citext', null),
  BIT: ([size = '1']) => [`bit(${size})`, null],
  OID: plain('oid', null),
  MONEY: plain('money', null),
  INT4RANGE: plain('int4range', null),
  INT8RANGE: plain('int8range', null),
  NUMRANGE: plain('numrange', null),
  DATERANGE: plain('daterange', null),
  TSRANGE: plain('tsrange', null),
  TSTZRANGE: plain('tstzrange', null),
}
