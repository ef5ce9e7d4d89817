/**
 * Models PostgreSQL's column type changes: which ones rewrite the table (ATColumnChangeRequiresRewrite in
 * tablecmds.c), and which casts are implicit.
 */
import type { ColumnType } from '../history/operation.ts'

export interface TypeChange {
  readonly from: string
  readonly to: string
  /** True if PostgreSQL 12 and later don't rewrite the table in sessions whose TimeZone is UTC. */
  readonly unlessUtc: boolean
}

/** Returns the type change if it is known to rewrite the table; null otherwise. */
export function needsRewrite(old: ColumnType, next: ColumnType): TypeChange | null {
  const [from, to] = [nameOf(old), nameOf(next)]
  if (from === null || to === null || from === to || isFree(from, to)) return null
  const zones = [/^timestamp(?:\(\d\))? without time zone$/, /^timestamp(?:\(\d\))? with time zone$/]
  const between = zones.some((zone) => zone.test(from)) && zones.some((zone) => zone.test(to))
  return { from, to, unlessUtc: between }
}

function nameOf(type: ColumnType): string | null {
  return type.enum?.name ?? type.postgres
}

/** Groups of types that PostgreSQL may cast implicitly. Changes within a group are never predicted to fail. */
const groups: readonly RegExp[] = [
  /^(?:smallint|integer|bigint|numeric|real|double precision)$/,
  /^(?:date|timestamp with(?:out)? time zone|time with(?:out)? time zone|interval)$/,
  /^(?:inet|cidr)$/,
  /^uuid$/,
  /^boolean$/,
  /^jsonb?$/,
]

const textTypes = /^(?:text|character varying|character|bpchar)$/

/** A type as the catalog prints it. */
export interface CastType {
  readonly name: string
  readonly isEnum: boolean
}

/**
 * Whether the type change requires USING, because there is no cast or only an explicit one
 * (https://www.postgresql.org/docs/current/sql-createcast.html). In that case, the default can't be converted
 * either. False if unknown.
 */
export function needsUsing(from: CastType, to: CastType): boolean {
  const groupOf = (type: CastType): number => groups.findIndex((group) => group.test(plain(type.name)))
  const source = groupOf(from)
  const text = textTypes.test(plain(from.name))
  if (to.isEnum) return from.isEnum ? lastName(from.name) !== lastName(to.name) : text || source >= 0
  const target = groupOf(to)
  if (target < 0) return false
  return from.isEnum || text || (source >= 0 && source !== target)
}

/** Returns a type name without its schema or quotes: `mood` for `public."mood"`. */
export function lastName(name: string): string {
  return name.replace(/^.*\.(?=[^"]|"[^"]*"$)/, '').replace(/^"(.*)"$/, '$1')
}

/** Infers the type of a default from its text in the catalog; null if unknown. */
export function typeOfDefault(text: string, column: CastType): CastType | null {
  const [, constant] = /^(?:'(?:[^']|'')*'|NULL)::([\w ."]+?)(?:\([\d,]+\))?$/.exec(text) ?? []
  if (constant !== undefined) return { name: constant, isEnum: column.isEnum && constant === column.name }
  const name = defaultTypes.find(([form]) => form.test(text))?.[1]
  return name === undefined ? null : { name, isEnum: false }
}

const defaultTypes: readonly (readonly [form: RegExp, type: string])[] = [
  [/^\d+(?:\.\d+)?$/, 'numeric'],
  [/^(?:true|false)$/, 'boolean'],
  [/^(?:now\(\)|CURRENT_TIMESTAMP)$/, 'timestamp with time zone'],
  [/^CURRENT_DATE$/, 'date'],
  [/^nextval\('(?:[^']|'')+'::regclass\)$/, 'bigint'],
]

/** Returns a type name without sizes: `timestamp without time zone` for `timestamp(3) without time zone`. */
function plain(type: string): string {
  return type.replace(/\([\d,]+\)/, '')
}

interface Parsed {
  readonly base: string
  readonly sizes: readonly number[]
}

function parse(name: string): Parsed {
  const sizes = /\(([\d,]+)\)/.exec(name)?.[1]?.split(',').map(Number) ?? []
  return { base: plain(name), sizes }
}

/** Whether the type change definitely doesn't rewrite the table. */
function isFree(from: string, to: string): boolean {
  const [a, b] = [parse(from), parse(to)]
  const texts = ['text', 'character varying']
  if (texts.includes(a.base) && texts.includes(b.base)) {
    const [old = Infinity] = a.sizes
    const [next = Infinity] = b.sizes
    return next >= old
  }
  if (a.base === 'xml' && texts.includes(b.base)) return b.sizes.length === 0
  if (a.base === 'cidr' && b.base === 'inet') return true
  if (a.base !== b.base) return false
  if (a.base === 'numeric') {
    const [digits = Infinity, scale = 0] = a.sizes
    const [more = Infinity, other = 0] = b.sizes
    return b.sizes.length === 0 || (a.sizes.length > 0 && more >= digits && other === scale)
  }
  if (/^(?:time|timestamp|interval|bit varying)/.test(a.base)) {
    const full = a.base === 'bit varying' ? Infinity : 6
    const [old = full] = a.sizes
    const [next = full] = b.sizes
    return next >= old
  }
  return false
}
