/** Types that each PostgreSQL access method can index (pg_opclass), including those of well-known extensions. */
import { parseIndexElement } from './parse-expression.ts'
import { elementOf, isEnum, isNumber, isOrdered, isText } from './types.ts'

/** An index's options, as in operations. `method` is null if unknown. */
interface IndexOptions {
  readonly method?: string | null
  readonly unique: boolean
  readonly elements?: readonly string[]
  readonly included?: readonly string[]
}

/** Storage parameters; `unknown` if not all are numbers. */
type Storage = Readonly<Record<string, number>> | 'unknown'

const moment = /^(?:date|timestamp with(?:out)? time zone)$/
const hashed = /^(?:boolean|interval|time with(?:out)? time zone|uuid|jsonb|bytea|inet|cidr|macaddr)$/

interface OperatorClass {
  readonly methods: readonly string[]
  readonly takes: (type: string) => boolean
}

const of = (method: string, takes: (type: string) => boolean): OperatorClass => ({ methods: [method], takes })

/** pgvector's operator classes. Each takes one type. */
const vectors = Object.fromEntries(
  ['vector', 'halfvec', 'sparsevec'].flatMap((type) =>
    ['l2', 'ip', 'cosine', 'l1'].map((distance) => {
      const isInIvfflat = distance !== 'l1' && type !== 'sparsevec'
      const methods = ['hnsw', ...(isInIvfflat ? ['ivfflat'] : [])]
      return [`${type}_${distance}_ops`, { methods, takes: (given: string) => given === type }] as const
    }),
  ),
)

const classes: Readonly<Record<string, OperatorClass>> = {
  ...vectors,
  text_ops: of('btree', isVarying),
  varchar_ops: of('btree', isVarying),
  text_pattern_ops: of('btree', isVarying),
  varchar_pattern_ops: of('btree', isVarying),
  bpchar_pattern_ops: of('btree', (type) => type === 'character'),
  jsonb_ops: of('gin', (type) => type === 'jsonb'),
  jsonb_path_ops: of('gin', (type) => type === 'jsonb'),
  tsvector_ops: of('gin', (type) => type === 'tsvector'),
  gin_trgm_ops: of('gin', isVarying),
  gist_trgm_ops: of('gist', isVarying),
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
  gist: (type) => /^(?:tsvector|geometry|geography)$/.test(type),
  brin: (type) => isNumber(type) || isText(type) || moment.test(type) || type === 'uuid',
}

/**
 * Whether the access method can definitely index the type. A null `operatorClass` stands for the default operator
 * class.
 */
export function canIndex(method: string, type: string, operatorClass: string | null): boolean {
  if (operatorClass === null) return Object.hasOwn(defaults, method) && defaults[method]?.(type) === true
  const found = Object.hasOwn(classes, operatorClass) ? classes[operatorClass] : undefined
  return found?.methods.includes(method) === true && found.takes(type)
}

interface AccessMethod {
  readonly sorts?: true
  readonly unique?: true
  readonly includes?: true
  readonly manyColumns?: true
}

/** What each access method supports (amapi.h). GiST has supported INCLUDE since PostgreSQL 12. */
const accessMethods: Readonly<Record<string, AccessMethod>> = {
  btree: { sorts: true, unique: true, includes: true, manyColumns: true },
  gist: { includes: true, manyColumns: true },
  gin: { manyColumns: true },
  brin: { manyColumns: true },
}

/** Whether the access method supports the index's options. `isSorted` is true if an element has a sort order. */
export function supportsOptions(
  { method = 'btree', unique, included }: IndexOptions,
  elements: number,
  isSorted: boolean,
): boolean {
  const known = method === null || !Object.hasOwn(accessMethods, method) ? {} : (accessMethods[method] ?? {})
  return (
    (!isSorted || known.sorts === true) &&
    (!unique || known.unique === true) &&
    (included === undefined || included.length === 0 || known.includes === true) &&
    (elements < 2 || known.manyColumns === true)
  )
}

/** The largest number of dimensions that pgvector indexes (hnsw.h and ivfflat.h). Sparse vectors have other limits. */
const dimensions: Readonly<Record<string, number>> = { vector: 2000, halfvec: 4000 }

/** Whether pgvector accepts a column of this type, spelled as in the catalog: the number of dimensions must be known. */
export function fitsVectorIndex(method: string, written: string): boolean {
  if (method !== 'hnsw' && method !== 'ivfflat') return true
  const [, type = '', size] = /^(vector|halfvec)\((\d+)\)$/.exec(written) ?? []
  return Number(size) <= (dimensions[type] ?? 0)
}

/**
 * Types that prove that an access method or operator class exists, because the same extension release brings them.
 * pgvector has had `halfvec` since 0.7, and HNSW indexes since 0.5.
 */
const proofs: readonly (readonly [uses: RegExp, type: string])[] = [
  [/^(?:gin|gist)_trgm_ops$/, 'gtrgm'],
  [/^(?:ivfflat|vector_(?:l2|ip|cosine)_ops)$/, 'vector'],
  [/^(?:hnsw|(?:vector|halfvec|sparsevec)_\w+_ops)$/, 'halfvec'],
]

/** Returns the type that must exist for an access method or operator class; null if it's built in or unknown. */
export function proofOf(methodOrClass: string): string | null {
  return proofs.find(([uses]) => uses.test(methodOrClass))?.[1] ?? null
}

/** Returns the types that tell whether the extensions used by an index are installed. */
export function proofsFor({ method, elements }: IndexOptions): readonly string[] {
  if (!method && !elements) return []
  const named = (elements ?? []).map((text) => parseIndexElement(text)?.operatorClass ?? '')
  return [method ?? '', ...named].flatMap((word) => proofOf(word) ?? [])
}

/** Storage parameters with their ranges, by access method. */
const parameters: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>> = {
  btree: { fillfactor: [10, 100] },
  hash: { fillfactor: [10, 100] },
  gist: { fillfactor: [10, 100] },
  hnsw: { m: [2, 100], ef_construction: [4, 1000] },
  ivfflat: { lists: [1, 32_768] },
}

/** Whether the access method definitely accepts the storage parameters. */
export function acceptsStorage(method: string, storage: Storage): boolean {
  if (storage === 'unknown') return false
  const known = parameters[method] ?? {}
  const fits = Object.entries(storage).every(([name, value]) => {
    const [least, most] = (Object.hasOwn(known, name) ? known[name] : undefined) ?? [1, 0]
    return value >= least && value <= most
  })
  // HNSW rejects a smaller `ef_construction` (hnswutils.c).
  return fits && (method !== 'hnsw' || (storage['ef_construction'] ?? 64) >= 2 * (storage['m'] ?? 16))
}
