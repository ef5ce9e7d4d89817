/** Determines column types. */
import type { ColumnType, ObjectName } from '../../core/history/operation.ts'
import { shortened } from '../source/excerpt.ts'
import { libraryType } from './libraries/library-types.ts'
import { spellings } from './type-spellings.ts'
import {
  type ClassTerm,
  type Made,
  type Term,
  dictKeyOf,
  flagOf,
  isEnumClass,
  itemsOfTerm,
  stringOf,
} from '../interpreter/values.ts'

/** An enum type used by a column. */
export interface EnumType {
  readonly enum: ObjectName
  /** The enum's labels; null if unknown. */
  readonly values: readonly string[] | null
  /** False if the type must exist before the table is created (`create_type=False`); null if unknown. */
  readonly created: boolean | null
}

/** A column's type, and the enum type created along with the table. */
export interface TypeFacts {
  readonly type: ColumnType
  readonly enum: EnumType | null
  /** Whether a package adds a spatial index on the column. */
  readonly spatialIndex?: true
  /** True if the type makes its column NOT NULL. */
  readonly required?: true
}

const ownTypes = /^(?:sqlalchemy(?:\.|$)|sqlmodel\.sql\.sqltypes\.|sqlmodel\.AutoString$|citext\.)/
const otherImplementation = ['native', 'native_uuid', 'impl']
const sizeKeywords = ['length', 'precision', 'scale']

/** Types returned by `asDecorated`. */
const decorated = new WeakSet<Made>()

/** Returns a copy of the type, marked as chosen by a project class. */
export function asDecorated(type: Made): Made {
  const own = { ...type }
  decorated.add(own)
  return own
}

/** Describes a column type given as a class or an instance. */
export function typeFacts(term: Term, source: string): TypeFacts {
  const facts = factsOf(term, source)
  const collation = term.kind === 'made' ? term.keywords.get('collation') : undefined
  if (collation === undefined || collation.kind === 'none') return facts
  return { ...facts, type: { ...facts.type, collation: stringOf(collation) } }
}

function factsOf(term: Term, source: string): TypeFacts {
  const shown = shortened(source)
  const unknownType: TypeFacts = {
    type: { source: shown, postgres: null, sqlite: null, enum: null },
    enum: null,
  }
  const made: Made | null =
    term.kind === 'made'
      ? term
      : term.kind === 'imported'
        ? { kind: 'made', path: term.path, args: [], keywords: new Map(), source }
        : null
  if (made === null) return unknownType
  if (!ownTypes.test(made.path)) return libraryFacts(made, shown) ?? unknownType
  const name = made.path.slice(made.path.lastIndexOf('.') + 1)
  if (name === 'Enum' || name === 'ENUM') return withCheck(enumFacts(made, name, shown) ?? unknownType, made)
  if (name === 'ARRAY') return arrayFacts(made, shown) ?? unknownType
  if (/\.(?:mysql|mssql|oracle)\./.test(made.path)) return unknownType
  // These options replace the usual database type, as in `sa.Uuid(native_uuid=False)`.
  if (otherImplementation.some((key) => made.keywords.has(key))) return unknownType
  const spelling = spellings[name]
  const sizes = sizesOf(made, name)
  const zone = flagOf(made.keywords.get('timezone') ?? zoneArgument(made, name), false)
  if (spelling === undefined) return unknownType
  if (sizes === null || zone === null) {
    const isThere = spelling([], false)[0] !== null
    return isThere ? { ...unknownType, type: { ...unknownType.type, builtIn: true } } : unknownType
  }
  const [postgres, sqlite] = spelling(sizes, zone)
  const needs = /^(?:HSTORE|CITEXT)$/.test(name) ? { schema: null, name: name.toLowerCase() } : null
  const more = { ...(needs && { needs }), ...(decorated.has(made) && { changeable: true as const }) }
  const facts = { type: { source: shown, postgres, sqlite, enum: null, ...more }, enum: null }
  return withCheck(facts, made)
}

function libraryFacts(made: Made, shown: string): TypeFacts | null {
  const found = libraryType(made)
  if (found === null) return null
  const { needs, spatialIndex, required, ...spelled } = found
  const needed = needs === undefined ? {} : { needs: { schema: null, name: needs } }
  const type = { source: shown, ...spelled, enum: null, ...needed }
  return { type, enum: null, ...(spatialIndex && { spatialIndex }), ...(required && { required }) }
}

function withCheck(facts: TypeFacts, made: Made): TypeFacts {
  if (flagOf(made.keywords.get('create_constraint'), false) === false) return facts
  return { ...facts, type: { ...facts.type, check: { name: ownName(made) } } }
}

/** The type's name. By default, it's the name of its Python enum, in lower case. */
function ownName({ args: [only], keywords }: Made): string | null {
  const given = keywords.get('name')
  return given !== undefined ? stringOf(given) : only?.kind === 'class' ? only.name.toLowerCase() : null
}

/** The first positional argument of a time type, such as `True` in `DateTime(True)`. */
function zoneArgument(made: Made, name: string): Term | undefined {
  return /^(?:DateTime|Time|TIMESTAMP|TIME)$/.test(name) ? made.args[0] : undefined
}

const takesSize = /^(?:String|Unicode|VARCHAR|CHAR|Text|UnicodeText|TEXT|LargeBinary|AutoString|Float|FLOAT|Numeric|NUMERIC|DECIMAL|BIT)$/ // prettier-ignore

/** The type's length, or precision and scale; null if unknown. */
function sizesOf(made: Made, name: string): readonly string[] | null {
  const given = takesSize.test(name) ? made.args.slice(0, /^(?:N|D)/.test(name) ? 2 : 1) : []
  const named = sizeKeywords.flatMap((key) => made.keywords.get(key) ?? [])
  const sizes = [...given, ...named].filter((size) => size.kind !== 'none')
  const known = sizes.flatMap((size) => (size.kind === 'int' ? [size.value.toString()] : []))
  return known.length === sizes.length ? known : null
}

function arrayFacts(made: Made, shown: string): TypeFacts | null {
  const item = made.args[0] ?? made.keywords.get('item_type')
  if (item === undefined) return null
  const inner = typeFacts(item, shown)
  const postgres = inner.type.postgres === null ? null : `${inner.type.postgres}[]`
  const needs = inner.type.enum ?? inner.type.needs
  return {
    type: { source: shown, postgres, sqlite: null, enum: null, ...(needs && { needs }) },
    enum: inner.enum,
  }
}

function enumFacts(made: Made, name: string, shown: string): TypeFacts | null {
  const native = flagOf(made.keywords.get('native_enum'), true)
  if (native === null) return null
  const values = enumValues(made)
  const length = made.keywords.get('length')
  const longest = values === null ? null : Math.max(1, ...values.map((value) => Array.from(value).length))
  const width = length?.kind === 'int' ? Math.max(Number(length.value), longest ?? 0) : longest
  const sqlite = width === null || name === 'ENUM' ? null : `VARCHAR(${width})`
  if (!native) {
    const postgres = width === null ? null : `character varying(${width})`
    return { type: { source: shown, postgres, sqlite, enum: null, builtIn: true }, enum: null }
  }
  const own = ownName(made)
  if (own === null) return { type: { source: shown, postgres: null, sqlite, enum: null }, enum: null }
  const schema = made.keywords.get('schema')
  if (schema !== undefined && schema.kind !== 'str' && schema.kind !== 'none') return null
  const type: ObjectName = { schema: stringOf(schema), name: own }
  const asked = flagOf(made.keywords.get('create_type'), true)
  // SQLAlchemy 1.4 ignores `create_type` on `sa.Enum`; 2.1 honors it (tested).
  const depends = ['metadata', 'inherit_schema'].some((key) => made.keywords.has(key))
  const created = depends || (name === 'Enum' && asked === false) ? null : asked
  return {
    type: { source: shown, postgres: null, sqlite, enum: type },
    enum: { enum: type, values, created },
  }
}

/** Returns an enum's labels; null if unknown. For a Python enum, they are the member names. */
function enumValues(made: Made): readonly string[] | null {
  if (made.keywords.has('values_callable')) return null
  const [only] = made.args
  if (only?.kind === 'class') return isEnumClass(only) ? memberNames(only) : null
  const values = made.args.map((value) => stringOf(value))
  const known = values.filter((value) => value !== null)
  return known.length === values.length ? known : null
}

/** Returns a Python enum's member names; null if uncertain. SQLAlchemy releases disagree about aliases. */
function memberNames({ members }: ClassTerm): readonly string[] | null {
  const values = [...members.values()].flatMap((value) => dictKeyOf(value) ?? [])
  const isPlain = [...members].every(
    ([name, value]) => !name.startsWith('_') && !(value.kind === 'unknown' && value.foreign),
  )
  return isPlain && new Set(values).size === values.length ? [...members.keys()] : null
}

/** Converts a standalone enum such as `postgresql.ENUM('a', 'b', name='mood')`; null for anything else. */
export function enumOf(term: Term): EnumType | null {
  if (term.kind !== 'made' || !/^sqlalchemy\..*\bE(?:num|NUM)$/.test(term.path)) return null
  return typeFacts(term, term.source).enum
}

/** Replaces each list or tuple with its items. */
export function flattened(terms: readonly Term[]): readonly Term[] {
  return terms.flatMap((term) => (term.kind === 'items' ? (itemsOfTerm(term) ?? [term]) : [term]))
}
