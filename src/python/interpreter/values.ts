/**
 * A term is what is known about a value without running any code. It may be a plain value, a function in the file, an
 * object created with a library, or the connection. Anything else is `unknown`, with the reason.
 */
import type { ObjectName } from '../../core/history/operation.ts'
import type { NodeOf, SyntaxTree } from '../syntax/syntax-tree.ts'
import type { Scope } from './scope.ts'

/** Marks an unknown part of a string. */
export const hole = '\uFFFC'

/** A parsed file, and the path used in its spans. */
export interface SourceFile {
  readonly tree: SyntaxTree
  readonly path: string
  /** Name under which the file is imported; undefined if Alembic loads the file by path, outside any package. */
  readonly module?: { readonly name: string; readonly isPackage: boolean }
  /** Absolute path of the file, for `__file__`; undefined if unknown. */
  readonly location?: string
}

/** A collection. As in Python, lists and sets are shared by reference, so every reference sees a change. */
export interface Items {
  readonly kind: 'items'
  /** `view` is the result of `range(…)`, `dict.items()` or a similar call. An `iterator` can be consumed only once. */
  readonly type: 'list' | 'tuple' | 'set' | 'frozenset' | 'view' | 'iterator'
  readonly items: Term[]
  /** True if `items` may be wrong because of a change that couldn't be tracked. */
  spoiled: boolean
  /** Possible items in addition to `items`: `any` if they are unknown, undefined if there are none. */
  readonly perhaps?: readonly Term[] | 'any'
  /**
   * Column names if the collection is a row of a query result, with null for an unnamed column; undefined for other
   * collections.
   */
  readonly names?: readonly (string | null)[]
}

export interface Dict {
  readonly kind: 'dict'
  /** Entries by key. `dictKeyOf` converts a key to a string. */
  readonly entries: Map<string, { readonly key: Term; readonly value: Term }>
  spoiled: boolean
  /** True if the dictionary may also have keys that aren't in `entries`. */
  readonly open?: true
}

/** The result of calling a library class or function, such as `sa.Column('id', …)`. */
export interface Made {
  readonly kind: 'made'
  /** Dotted name of the called class or function, such as `sqlalchemy.Column`. */
  readonly path: string
  readonly args: readonly Term[]
  readonly keywords: ReadonlyMap<string, Term>
  /** Source text of the call. */
  readonly source: string
  /** Set if all calls with the same source text share this object. */
  readonly shared?: true
  /** The method that returned the object; absent for the result of any other call. */
  readonly method?: string
  /** Arguments of later method calls on the object; absent if there are none. */
  readonly more?: readonly Term[]
}

/** Node of a `def` or `async def` statement. */
export type Definition = NodeOf<'FunctionDef'> | NodeOf<'AsyncFunctionDef'>

/** A function in a file, or a lambda. */
export interface FunctionTerm {
  readonly kind: 'function'
  readonly node: Definition | NodeOf<'Lambda'>
  readonly scope: Scope
  readonly file: SourceFile
  /** Default values, keyed by parameter name and evaluated when the function is defined. */
  readonly defaults: ReadonlyMap<string, Term>
  /** True for functions with decorators that aren't interpreted. */
  readonly decorated: boolean
  /** Present for a `@contextmanager` function with a single `yield` that always runs. */
  readonly manages?: true
  /**
   * What the method is bound to instead of an instance: nothing for a `@staticmethod`, the class for a `@classmethod`.
   * Undefined for any other function.
   */
  readonly binds?: 'nothing' | 'class'
  /** Value of the first parameter of a bound method; absent for any other function. */
  readonly self?: Term
}

/** A class in a file, with its attributes and methods, and the source text of its base classes. */
export interface ClassTerm {
  readonly kind: 'class'
  readonly name: string
  /** Dotted name used to import the class; undefined if the class is defined in the same file. */
  readonly path?: string
  readonly members: Map<string, Term>
  readonly bases: readonly string[]
  /** Values of the base classes, followed by an unknown value for each keyword in the class statement. */
  readonly parents: readonly Term[]
  /** Names that the class body annotates without assigning a value. */
  readonly annotated: readonly string[]
  /** Fields of a dataclass, in order, with their default values; null if a field has none. */
  readonly fields?: ReadonlyMap<string, Term | null>
  readonly methods: ReadonlyMap<string, Term>
  /** True if the class's methods may change the schema. */
  readonly acts: boolean
  /**
   * Set if creating an instance runs no code except `__init__`, and accessing the instance's attributes runs no code.
   */
  readonly plain?: true
}

/** An object of a plain class. All references to the object share this term. */
export interface Instance {
  readonly kind: 'instance'
  readonly class: ClassTerm
  readonly fields: Map<string, Term>
  /** True if code that isn't interpreted may have changed the object's attributes. */
  spoiled: boolean
}

/** Result of `sa.inspect(bind)`: an object that caches its answers. */
export interface Inspector {
  readonly kind: 'inspector'
  /** Cached answers, keyed by question. `certain` is false if the question might not have been asked. */
  readonly answers: Map<string, { readonly answer: Term; readonly certain: boolean }>
}

/** The result of a catalog query. */
export interface Rows {
  readonly kind: 'rows'
  /** Rows as tuples; they can be read only once. */
  readonly items: Items
}

export interface Unknown {
  readonly kind: 'unknown'
  readonly reason: string
  /** True for a value from code that hasn't been read. Calling it may do anything. */
  readonly foreign: boolean
  /** Truth value, if it is known. */
  readonly truth?: boolean
  /** True if the value is known to be data, such as a value in a row, and not part of an SQL statement. */
  readonly plain?: true
  /** Model class of the object, or of the objects if `many` is true; absent if unknown. */
  readonly model?: ClassTerm
  /** True if the value is a collection of `model` objects. */
  readonly many?: true
}

export type Term =
  | { readonly kind: 'none' }
  | { readonly kind: 'str'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  /** A literal whose value is irrelevant. */
  | { readonly kind: 'other'; readonly type: 'float' | 'bytes' | 'ellipsis' | 'complex' }
  /** A string with unknown parts, each marked by a `hole`. */
  | { readonly kind: 'template'; readonly text: string }
  | Items
  | Dict
  /** A module, or a name in one: `alembic.op.create_table`, `builtins.range`. */
  /** `module`: the part of the path that names the imported module. */
  | { readonly kind: 'imported'; readonly path: string; readonly module?: string }
  | Made
  /** A method or attribute that hasn't been called. */
  | { readonly kind: 'member'; readonly owner: Term; readonly name: string }
  /**
   * A connection, engine or session. `other`: it may belong to another database; `apart`: it may use a separate
   * transaction; `is`: which of the three it is, absent if unknown.
   */
  | {
      readonly kind: 'bind'
      readonly other?: true
      readonly apart?: true
      readonly is?: 'connection' | 'engine' | 'session'
    }
  /** The migration context, as returned by `op.get_context()`. */
  | { readonly kind: 'context' }
  /** The value of `with op.batch_alter_table(…) as batch_op`; `table` is null if unknown. */
  | { readonly kind: 'batch'; readonly table: ObjectName | null; readonly way: 'auto' | 'always' | 'other' }
  /** Objects with answers from the database: a SQLAlchemy Inspector, and a query result. */
  | Inspector
  | Rows
  /** A context manager that changes how its block runs. */
  | { readonly kind: 'manager'; readonly does: 'autocommit' | 'suppress' }
  /** The result of calling a function with `@contextmanager`; the function runs when a block enters it. */
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
  /**
   * `__file__`, or one of its parent folders. The names of that path and of the folders above it (`folders`, outermost
   * first) are known.
   */
  | { readonly kind: 'file'; readonly name: string; readonly folders?: readonly string[] }
  /** A path object, such as `pathlib.Path(__file__)`. */
  | { readonly kind: 'path'; readonly name: string; readonly folders?: readonly string[] }
  /** A text file that was opened for reading in this branch. `isRead`: code has begun to read it. */
  | { readonly kind: 'opened'; readonly text: string; readonly branch: string; isRead: boolean }
  | Unknown

export const none: Term = { kind: 'none' }
const reasonless = 'it is only known at run time'
/** An unknown value that can't be used to change the schema. */
export const unknown: Unknown = { kind: 'unknown', foreign: false, reason: reasonless }
/** Plain data with an unknown value, such as a row. */
export const plainUnknown: Unknown = { ...unknown, plain: true }
/** An unknown value from code that hasn't been read. */
export const foreign: Unknown = { kind: 'unknown', foreign: true, reason: reasonless }

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
 * Returns a set with these items. Like Python, keeps the first of several equal items. Marks the set as `spoiled` if
 * it's unknown whether some items are equal.
 */
export function setOf(items: readonly Term[], type: 'set' | 'frozenset' = 'set'): Items {
  const kept = new Map<string | null, Term>()
  for (const item of items) {
    const key = dictKeyOf(item)
    if (!kept.has(key)) kept.set(key, item)
  }
  return { ...list([...kept.values()], type), spoiled: kept.has(null) }
}

/** Maximum number of parts in a tuple key, including nested parts. Real dictionary keys are far smaller. */
const maxKeyParts = 1000

/** Marks everything reachable from these terms as possibly modified by code that isn't interpreted. */
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

/** Returns a string that identifies the class. All terms of one class share the same `members`. */
function keyOfClass({ members }: ClassTerm): string {
  const known = classKeys.get(members)
  if (known !== undefined) return known
  classCount += 1
  const key = `class:${classCount}`
  classKeys.set(members, key)
  return key
}

/** Returns a string that uniquely identifies a dictionary key; null if the key is unknown. */
export function dictKeyOf(term: Term, left = { parts: maxKeyParts }): string | null {
  left.parts -= 1
  if (left.parts < 0) return null
  // In Python, `1` and `True` are the same key.
  if (term.kind === 'bool') return `int:${term.value ? 1 : 0}`
  if (term.kind === 'str' || term.kind === 'int') return `${term.kind}:${term.value}`
  if (term.kind === 'none') return 'none'
  // Any other class may have a metaclass that changes how classes are compared.
  if (term.kind === 'class') return isEnumClass(term) || term.plain ? keyOfClass(term) : null
  if (term.kind !== 'items' || term.spoiled || isOpen(term) || term.type !== 'tuple') return null
  const keys = term.items.map((item) => dictKeyOf(item, left))
  return keys.includes(null) ? null : JSON.stringify(keys)
}

/**
 * Returns the items that iterating over a term yields; null if unknown. The order of a set is known only if it has a
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

/** Like `itemsOfTerm`, but also returns the items of sets, in no particular order. */
export function unorderedItems(term: Term): readonly Term[] | null {
  return term.kind === 'items' && !term.spoiled && !isOpen(term) ? term.items : itemsOfTerm(term)
}

/** True if the collection may contain items other than the known ones. */
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

/** Returns the value of a known string; null for anything else. */
export function stringOf(term: Term | undefined): string | null {
  return term?.kind === 'str' ? term.value : null
}

/** Returns the term's truth value, or null if unknown. Returns `otherwise` if the term is undefined or None. */
export function flagOf(term: Term | undefined, otherwise: boolean): boolean | null {
  return term === undefined || term.kind === 'none' ? otherwise : truthOf(term)
}

/** Returns the strings in a list or tuple, or a single string as a list; null if any of them is unknown. */
export function stringsOf(term: Term | undefined): readonly string[] | null {
  if (term === undefined) return null
  if (term.kind === 'str') return [term.value]
  const items = itemsOfTerm(term)?.map((item) => stringOf(item))
  if (items === undefined) return null
  const strings = items.filter((item) => item !== null)
  return strings.length === items.length ? strings : null
}
