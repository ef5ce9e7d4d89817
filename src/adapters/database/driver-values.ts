/** Converts `version_num` values to what Python receives from psycopg2, psycopg, asyncpg or pysqlite. */
import type { VersionRow } from '../../core/history/database-state.ts'

/** PostgreSQL types that drivers return as a Python `int`. */
const integerTypes = new Set(['int2', 'int4', 'int8', 'oid', 'xid', 'cid'])

/** Drivers that return a `uuid` as `uuid.UUID`. psycopg2 returns a string. */
const uuidDrivers = new Set(['psycopg', 'psycopg_async', 'asyncpg', 'pg8000'])

/**
 * Converts a PostgreSQL value in text format. Alembic rejects arrays, JSON, dates and intervals, so their exact `repr`
 * doesn't matter.
 */
export function postgresVersionRow(type: string, text: string | null, driver: string | null): VersionRow {
  if (text === null) return { kind: 'null' }
  const notText = (repr: string): VersionRow => ({ kind: 'not-text', repr })
  if (integerTypes.has(type)) return notText(text)
  if (type === 'bool') return notText(text === 't' ? 'True' : 'False')
  if (type === 'float4' || type === 'float8') return notText(pythonFloat(Number(text)))
  if (type === 'numeric') return notText(`Decimal('${text}')`)
  if (type === 'bytea') {
    const asBytes = driver !== null && uuidDrivers.has(driver)
    return notText(asBytes ? pythonBytes(Buffer.from(text.slice(2), 'hex')) : '<memory at 0x…>')
  }
  if (type === 'uuid')
    return driver !== null && uuidDrivers.has(driver)
      ? notText(`UUID('${text}')`)
      : { kind: 'text', value: text }
  if (/^_|^(?:json|jsonb|date|time|timetz|timestamp|timestamptz|interval)$/.test(type)) return notText(text)
  return { kind: 'text', value: text }
}

/** Converts a SQLite value. Blobs are passed as hexadecimal text. */
export function sqliteVersionRow(storage: string, text: string | null): VersionRow {
  if (text === null || storage === 'null') return { kind: 'null' }
  if (storage === 'integer') return { kind: 'not-text', repr: text }
  if (storage === 'real') return { kind: 'not-text', repr: pythonFloat(Number(text)) }
  if (storage === 'blob') return { kind: 'not-text', repr: pythonBytes(Buffer.from(text, 'hex')) }
  return { kind: 'text', value: text }
}

/** Formats a float like Python's `repr`, such as `1e-05`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  const [digits = '', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    const sign = exponent < 0 ? '-' : '+'
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  const text = String(value)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}

/** Formats bytes like Python's `repr`. */
export function pythonBytes(bytes: Uint8Array): string {
  const quote = bytes.includes(0x27) && !bytes.includes(0x22) ? '"' : "'"
  const named: Record<number, string> = { 0x09: '\\t', 0x0a: '\\n', 0x0d: '\\r', 0x5c: '\\\\' }
  const body = [...bytes].map((byte) => {
    if (named[byte] !== undefined) return named[byte]
    if (byte === quote.charCodeAt(0)) return `\\${quote}`
    return byte >= 0x20 && byte < 0x7f
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`
  })
  return `b${quote}${body.join('')}${quote}`
}
