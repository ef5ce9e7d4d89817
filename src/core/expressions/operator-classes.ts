/** Types that each PostgreSQL access method can index (pg_opclass). */
import { elementOf, isEnum, isNumber, isOrdered, isText } from './types.ts'

/** Maps operator classes that aren't built in to their extensions. */
export const classExtensions: Readonly<Record<string, string>> = {
  gin_trgm_ops: 'pg_trgm',
  gist_trgm_ops: 'pg_trgm',
}

const moment = /^(?:date|timestamp with(?:out)? time zone)$/
const hashed = /^(?:boolean|interval|time with(?:out)? time zone|uuid|jsonb|bytea|inet|cidr|macaddr)$/

/** Maps each operator class to its access method and the types it accepts. */
const classes: Readonly<Record<string, readonly [method: string, takes: (type: string) => boolean]>> = {
  text_ops: ['btree', isVarying],
  varchar_ops: ['btree', isVarying],
  text_pattern_ops: ['btree', isVarying],
  varchar_pattern_ops: ['btree', isVarying],
  bpchar_pattern_ops: ['btree', (type) => type === 'character'],
  jsonb_ops: ['gin', (type) => type === 'jsonb'],
  jsonb_path_ops: ['gin', (type) => type === 'jsonb'],
  tsvector_ops: ['gin', (type) => type === 'tsvector'],
  gin_trgm_ops: ['gin', isVarying],
  gist_trgm_ops: ['gist', isVarying],
}

function isVarying(type: string): boolean {
  return type === 'text' || type === 'character varying'
}

/** For each access method, whether it has a default operator class for a type. */
const defaults: Readonly<Record<string, (type: string) => boolean>> = {
  btree: (type) => isOrdered(type) === true,
  hash: (type) => isNumber(type) || isText(type) || isEnum(type) || moment.test(type) || hashed.test(type),
  gin: (type) => {
    const element = elementOf(type)
    return element === null ? /^(?:jsonb|tsvector)$/.test(type) : isOrdered(element) === true
  },
  gist: (type) => type === 'tsvector',
  brin: (type) => isNumber(type) || isText(type) || moment.test(type) || type === 'uuid',
}

/**
 * Whether the access method can definitely index the type. A null `operatorClass` stands for the default operator
 * class.
 */
export function canIndex(method: string, type: string, operatorClass: string | null): boolean {
  if (operatorClass === null) return Object.hasOwn(defaults, method) && defaults[method]?.(type) === true
  const [of, takes] = (Object.hasOwn(classes, operatorClass) ? classes[operatorClass] : undefined) ?? []
  return of === method && takes?.(type) === true
}
