/** A term describes what is known about a Python value without running any code. */
import type { ObjectName } from '../../core/history/operation.ts'
import type { NodeOf, SyntaxTree } from '../syntax/syntax-tree.ts'
import type { Scope } from './scope.ts'

/** Marks an unknown part of a string. */
export const hole = '\uFFFC'

/** A parsed file, and the path to use in spans. */
export interface SourceFile {
  readonly tree: SyntaxTree
  readonly path: string
  /** Name under which the file is imported; undefined if Alembic loads it by path. */
  readonly module?: { readonly name: string; readonly isPackage: boolean }
  /** Absolute path for `__file__`; undefined if unknown. */
  readonly location?: string
}

/** A collection. As in Python, lists and sets are shared by reference. */
export interface Items {
  readonly kind: 'items'
  /** A `view` comes from a call such as `range(…)` or `dict.items()`. An `iterator` can be consumed only once. */
  readonly type: 'list' | 'tuple' | 'set' | 'frozenset' | 'view' | 'iterator'
  readonly items: Term[]
  /** True if an untracked change may have made `items` wrong. */
  spoiled: boolean
  /** Possible additional items: `any` if unknown, undefined if there are none. */
  readonly perhaps?: readonly Term[] | 'any'
  /** Column names, if the collection is a row of a query result. Null for unnamed columns. */
  readonly names?: readonly (string | null)[]
}

export interface Dict {
  readonly kind: 'dict'
  /** Entries, keyed by the result of `dictKeyOf`. */
  readonly entries: Map<string, { readonly key: Term; readonly value: Term }>
  spoiled: boolean
  /** Set if there may be keys that aren't in `entries`. */
  readonly open?: true
}

/** The result of a library call such as `sa.Column('id', …)`. */
export interface Made {
  readonly kind: 'made'
  /** Dotted name of the called class or function. */
  readonly path: string
  readonly args: readonly Term[]
  readonly keywords: ReadonlyMap<string, Term>
  readonly source: string
  /** Set if calls with the same source text share this object. */
  readonly shared?: true
  /** The method that returned the object; absent if it wasn't returned by a method. */
  readonly method?: string
  /** Arguments to later method calls on the object. */
  readonly more?: readonly Term[]
}

/** A `def` or `async def` statement. */
export type Definition = NodeOf<'FunctionDef'> | NodeOf<'AsyncFunctionDef'>

/** A function in a file, or a lambda. */
export interface FunctionTerm {
  readonly kind: 'function'
  readonly node: Definition | NodeOf<'Lambda'>
  readonly scope: Scope
  readonly file: SourceFile
  /** Default value of each parameter, evaluated when the function is defined. */
  readonly defaults: ReadonlyMap<string, Term>
  /** True if the function has decorators that weren't interpreted. */
  readonly decorated: boolean
  /** Set for a `@contextmanager` function with a single `yield`. */
  readonly manages?: true
  /** `nothing` for a static method, `class` for a class method; undefined for other functions. */
  readonly binds?: 'nothing' | 'class'
  /** The first argument of a bound method; absent for other functions. */
  readonly self?: Term
}

/** A class in a file, with its members and base classes. */
export interface ClassTerm {
  readonly kind: 'class'
  readonly name: string
  /** Dotted name of an imported class; undefined for classes in the same file. */
  readonly path?: string
  readonly members: Map<string, Term>
  readonly bases: readonly string[]
  /** Base classes, followed by an unknown value for each keyword in the class statement. */
  readonly parents: readonly Term[]
  /** Names annotated in the class body without a value. */
  readonly annotated: readonly string[]
  /** A dataclass's fields in order, each with its default value or null. */
  readonly fields?: ReadonlyMap<string, Term | null>
  readonly methods: ReadonlyMap<string, Term>
  /** True if the class's methods may change the schema. */
  readonly acts: boolean
  /** Set if `__init__` is the only code that instances run implicitly. */
  readonly plain?: true
}

/** An instance of a plain class. All references share this term. */
export interface Instance {
  readonly kind: 'instance'
  readonly class: ClassTerm
  readonly fields: Map<string, Term>
  /** True if uninterpreted code may have changed the attributes. */
  spoiled: boolean
}

/** Result of `sa.inspect(bind)`, which caches its answers. */
export interface Inspector {
  readonly kind: 'inspector'
  /** Cached answers, keyed by question. `certain` is false if the question might not have been asked. */
  readonly answers: Map<string, { readonly answer: Term; readonly certain: boolean }>
}

/** The result of a catalog query. */
export interface Rows {
  readonly kind: 'rows'
  /** Rows as tuples. They can be read only once. */
  readonly items: Items
}

export interface Unknown {
  readonly kind: 'unknown'
  readonly reason: string
  /** True for a value from code that hasn't been read. Calling it may do anything. */
  readonly foreign: boolean
  readonly truth?: boolean
  /** Set if using the value may change the schema. Never set for values from installed packages. */
  readonly capable?: true
  /** Set if the value is data, such as a value in a row, and not part of an SQL statement. */
  readonly plain?: true
  /** Model class of the object or objects; absent if unknown. */
  readonly model?: ClassTerm
  /** Set for a collection of `model` objects. */
  readonly many?: true
}

export type Term =
  | { readonly kind: 'none' }
  | { readonly kind: 'str'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  /** A literal whose value doesn't matter. */
  | { readonly kind: 'other'; readonly type: 'float' | 'bytes' | 'ellipsis' | 'complex' }
  /** A string whose unknown parts are marked by `hole`. */
  | { readonly kind: 'template'; readonly text: string }
  | Items
  | Dict
  /** A name in a module, such as `alembic.op.create_table`, or the module itself. */
  /** `module` is the part of `path` that names the imported module. */
  | { readonly kind: 'imported'; readonly path: string; readonly module?: string }
  | Made
  /** A method or attribute that hasn't been called. */
  | { readonly kind: 'member'; readonly owner: Term; readonly name: string }
  /**
   * A connection, engine or session. If `other` is set, it may belong to another database; if `apart` is set, it may
   * use a separate transaction.
   */
  | {
      readonly kind: 'bind'
      readonly other?: true
      readonly apart?: true
      readonly is?: 'connection' | 'engine' | 'session'
    }
  /** The migration context, as returned by `op.get_context()`. */
  | { readonly kind: 'context' }
  /** A batch from `op.batch_alter_table(…)`; `table` is null if unknown. */
  | { readonly kind: 'batch'; readonly table: ObjectName | null; readonly way: 'auto' | 'always' | 'other' }
  /** Objects that hold results returned by the database. */
  | Inspector
  | Rows
  /** A context manager that changes how its block runs. */
  | { readonly kind: 'manager'; readonly does: 'autocommit' | 'suppress' }
  /** The result of calling a `@contextmanager` function, whose body runs when a `with` block is entered. */
  | {
      readonly kind: 'manager'
      readonly does: 'function'
      readonly called: FunctionTerm
      readonly args: readonly Term[]
      readonly keywords: ReadonlyMap<string, Term>
    }
  | FunctionTerm
  | ClassTerm
  | Instance
  /** The dictionary that `globals()` returns. */
  | { readonly kind: 'globals'; readonly scope: Scope }
  /** `__file__` or one of its parent folders. `folders` lists the known folders above it, outermost first. */
  | { readonly kind: 'file'; readonly name: string; readonly folders?: readonly string[] }
  /** A path object, such as `pathlib.Path(__file__)`. */
  | { readonly kind: 'path'; readonly name: string; readonly folders?: readonly string[] }
  /** A text file opened for reading in `branch`. `isRead` means that reading has begun. */
  | { readonly kind: 'opened'; readonly text: string; readonly branch: string; isRead: boolean }
  | Unknown

export const none: Term = { kind: 'none' }
const reasonless = 'it is only known at run time'
/** An unknown value that can't change the schema. */
export const unknown: Unknown = { kind: 'unknown', foreign: false, reason: reasonless }
/** Plain data with an unknown value, such as a row. */
export const plainUnknown: Unknown = { ...unknown, plain: true }
/** An unknown value from code that hasn't been read. */
export const foreign: Unknown = { kind: 'unknown', foreign: true, reason: reasonless }

/** An unknown value through which code may change the schema, such as a partially applied `op.drop_table`. */
export const capable: Unknown = { ...foreign, capable: true }

export function unknownBecause(reason: string): Unknown {
  return { kind: 'unknown', foreign: false, reason }
}

export function foreignBecause(reason: string): Unknown {
  return { kind: 'unknown', foreign: true, reason }
}

export function textTerm(value: string): Term {
  return { kind: 'str', value }
}

export function int(value: number | bigint): Term {
  return { kind: 'int', value: BigInt(value) }
}

export function bool(value: boolean): Term {
  return { kind: 'bool', value }
}

export function list(items: readonly Term[], type: Items['type'] = 'list'): Items {
  return { kind: 'items', type, items: [...items], spoiled: false }
}

/**
 * Returns a set that keeps the first of several equal items, as Python does. Marks the set as `spoiled` if it's unknown
 * whether items are equal.
 */
export function setOf(items: readonly Term[], type: 'set' | 'frozenset' = 'set'): Items {
  const kept = new Map<string | null, Term>()
  for (const item of items) {
    const key = dictKeyOf(item)
    if (!kept.has(key)) kept.set(key, item)
  }
  return { ...list([...kept.values()], type), spoiled: kept.has(null) }
}

/** Maximum number of parts in a tuple key, including nested parts. */
const maxKeyParts = 1000

/** Marks everything reachable from these terms as possibly modified. */
export function spoil(...terms: readonly Term[]): void {
  const seen = new Set<Term>()
  const pending = [...terms]
  for (let term = pending.pop(); term !== undefined; term = pending.pop()) {
    if (seen.has(term)) continue
    seen.add(term)
    if (term.kind === 'items') {
      if (term.type !== 'tuple' && term.type !== 'frozenset') term.spoiled = true
      pending.push(...term.items)
    } else if (term.kind === 'dict') {
      term.spoiled = true
      for (const { value } of term.entries.values()) pending.push(value)
    } else if (term.kind === 'instance') {
      term.spoiled = true
      pending.push(...term.fields.values())
    } else if (term.kind === 'member') pending.push(term.owner)
    else if (term.kind === 'function' && term.self) pending.push(term.self)
  }
}

const classKeys = new WeakMap<ClassTerm['members'], string>()
let classCount = 0

/** Returns a string that identifies the class. */
function keyOfClass({ members }: ClassTerm): string {
  const known = classKeys.get(members)
  if (known !== undefined) return known
  classCount += 1
  const key = `class:${classCount}`
  classKeys.set(members, key)
  return key
}

/** Returns a string that identifies a dictionary key; null if unknown. */
export function dictKeyOf(term: Term, left = { parts: maxKeyParts }): string | null {
  left.parts -= 1
  if (left.parts < 0) return null
  // In Python, `1` and `True` are the same dictionary key.
  if (term.kind === 'bool') return `int:${term.value ? 1 : 0}`
  if (term.kind === 'str' || term.kind === 'int') return `${term.kind}:${term.value}`
  if (term.kind === 'none') return 'none'
  // Other classes may have a metaclass that changes how they are compared.
  if (term.kind === 'class') return isEnumClass(term) || term.plain ? keyOfClass(term) : null
  if (term.kind !== 'items' || term.spoiled || isOpen(term) || term.type !== 'tuple') return null
  const keys = term.items.map((item) => dictKeyOf(item, left))
  return keys.includes(null) ? null : JSON.stringify(keys)
}

/**
 * Returns the items that iterating over the term yields; null if unknown. A set's order is known only if it has a
 * single item.
 */
export function itemsOfTerm(term: Term): readonly Term[] | null {
  if (term.kind === 'items') {
    return term.spoiled || isOpen(term) || (isSet(term) && term.items.length > 1) ? null : term.items
  }
  if (term.kind === 'dict')
    return term.spoiled || term.open ? null : [...term.entries.values()].map(({ key }) => key)
  if (term.kind === 'rows') return itemsOfTerm(term.items)
  if (term.kind === 'str') return Array.from(term.value, textTerm)
  if (term.kind === 'class' && isEnumClass(term)) return [...term.members.values()]
  return null
}

function isSet({ type }: Items): boolean {
  return type === 'set' || type === 'frozenset'
}

/** Like `itemsOfTerm`, but includes sets, in arbitrary order. */
export function unorderedItems(term: Term): readonly Term[] | null {
  return term.kind === 'items' && !term.spoiled && !isOpen(term) ? term.items : itemsOfTerm(term)
}

/** Whether the collection may contain additional items. */
export function isOpen({ perhaps = [] }: Items): boolean {
  return perhaps.length > 0
}

export function isEnumClass({ bases, parents }: ClassTerm): boolean {
  if (bases.some((base) => /(?:^|\.)(?:Str|Int)?Enum$/.test(base))) return true
  return parents.some((parent) => parent.kind === 'imported' && /^enum\.(?:Str|Int)?Enum$/.test(parent.path))
}

/** Returns the truth value of a term; null if unknown. */
export function truthOf(term: Term): boolean | null {
  switch (term.kind) {
    case 'none':
      return false
    case 'bool':
      return term.value
    case 'str':
      return term.value !== ''
    case 'int':
      return term.value !== 0n
    case 'items':
      if (term.type === 'iterator') return true
      if (term.items.length === 0 && isOpen(term)) return null
      return term.spoiled ? null : term.items.length > 0
    case 'dict':
      if (term.entries.size === 0 && term.open) return null
      return term.spoiled ? null : term.entries.size > 0
    case 'imported':
      return term.path === 'typing.TYPE_CHECKING' ? false : null
    case 'function':
    case 'class':
    case 'instance':
    case 'bind':
    case 'batch':
    case 'context':
    case 'inspector':
    case 'opened':
    case 'rows':
      return true
    case 'unknown':
      return term.truth ?? null
    case 'made': {
      const truth = term.path === 'sqlalchemy.expression' ? term.keywords.get('truth') : undefined
      return truth?.kind === 'bool' ? truth.value : null
    }
    default:
      return null
  }
}

/** Returns a known string's value; null for anything else. */
export function stringOf(term: Term | undefined): string | null {
  return term?.kind === 'str' ? term.value : null
}

/** Returns the truth value; null if unknown. Returns `otherwise` for None or an undefined term. */
export function flagOf(term: Term | undefined, otherwise: boolean): boolean | null {
  return term === undefined || term.kind === 'none' ? otherwise : truthOf(term)
}

/** Returns the strings in a list, or a single string as a list; null if any is unknown. */
export function stringsOf(term: Term | undefined): readonly string[] | null {
  if (term === undefined) return null
  if (term.kind === 'str') return [term.value]
  const items = itemsOfTerm(term)?.map((item) => stringOf(item))
  if (items === undefined) return null
  const strings = items.filter((item) => item !== null)
  return strings.length === items.length ? strings : null
}
