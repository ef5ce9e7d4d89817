/**
 * What an expression stands for, as far as it is known without running anything: plain values, functions of the file,
 * things made with a library, the connection. What isn't known is `unknown`, with the reason.
 */
import type { ObjectName } from '../../core/history/operation.ts'
import type { NodeOf, SyntaxTree } from '../syntax/syntax-tree.ts'
import type { Scope } from './scope.ts'

/** Stands in a text where a part of it isn't known. */
export const hole = '\uFFFC'

/** A parsed file, and the path that its spans carry. */
export interface SourceFile {
  readonly tree: SyntaxTree
  readonly path: string
  /** Under which name it is imported; absent: Alembic loads it by its path, outside of any package. */
  readonly module?: { readonly name: string; readonly isPackage: boolean }
  /** Its path for `__file__`, where that is more than `path`. */
  readonly location?: string
}

/** Lists and sets are shared, as in Python, so that a change is seen by everyone who holds them. */
export interface Items {
  readonly kind: 'items'
  /** `view`: `range(…)`, `dict.items()`; `iterator`: it can be walked over only once. */
  readonly type: 'list' | 'tuple' | 'set' | 'frozenset' | 'view' | 'iterator'
  readonly items: Term[]
  /** Changed in a way that isn't followed. */
  spoiled: boolean
  /** There may be these, too; `any`: others as well. Absent: nothing else. */
  readonly perhaps?: readonly Term[] | 'any'
  /** Of a row that a query gives: the names of its columns, null for one that has none. */
  readonly names?: readonly (string | null)[]
}

export interface Dict {
  readonly kind: 'dict'
  /** By a text that tells keys apart (`keyOf`). */
  readonly entries: Map<string, { readonly key: Term; readonly value: Term }>
  spoiled: boolean
  /** It may have other keys as well. */
  readonly open?: true
}

/** The result of calling a class or function of a library: `sa.Column('id', …)`. */
export interface Made {
  readonly kind: 'made'
  /** Where it was imported from: `sqlalchemy.Column`. */
  readonly path: string
  readonly args: readonly Term[]
  readonly keywords: ReadonlyMap<string, Term>
  /** The text of the call. */
  readonly source: string
}

/** `def` and `async def`. */
export type Definition = NodeOf<'FunctionDef'> | NodeOf<'AsyncFunctionDef'>

/** A function of a file, or a lambda. */
export interface FunctionTerm {
  readonly kind: 'function'
  readonly node: Definition | NodeOf<'Lambda'>
  readonly scope: Scope
  readonly file: SourceFile
  /** Defaults of its parameters, by name; evaluated where it is defined. */
  readonly defaults: ReadonlyMap<string, Term>
  /** `@contextmanager` and other decorators aren't followed. */
  readonly decorated: boolean
}

/** A class of a file: its simple attributes, and the dotted names that it inherits. */
export interface ClassTerm {
  readonly kind: 'class'
  readonly name: string
  /** Where it was imported from; absent: it is a class of the same file. */
  readonly path?: string
  readonly members: ReadonlyMap<string, Term>
  readonly bases: readonly string[]
  readonly methods: ReadonlyMap<string, Term>
  /** Its methods may change the schema. */
  readonly acts: boolean
}

/** `sa.inspect(bind)`, which keeps its first answers. */
export interface Inspector {
  readonly kind: 'inspector'
  /** By the question; `certain`: it was certainly asked. */
  readonly answers: Map<string, { readonly answer: Term; readonly certain: boolean }>
}

/** The result of a query of the catalog. */
export interface Rows {
  readonly kind: 'rows'
  /** Tuples; they are read once. */
  readonly items: Items
}

export interface Unknown {
  readonly kind: 'unknown'
  readonly reason: string
  /** It comes from code that isn't read, so calling it may do anything. */
  readonly foreign: boolean
  /** Whether Python takes it for true, where at least that is known. */
  readonly truth?: boolean
}

export type Term =
  | { readonly kind: 'none' }
  | { readonly kind: 'str'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  /** A literal whose value nobody asks for. */
  | { readonly kind: 'other'; readonly type: 'float' | 'bytes' | 'ellipsis' | 'complex' }
  /** A text with parts that aren't known (`hole` stands for each). */
  | { readonly kind: 'template'; readonly text: string }
  | Items
  | Dict
  /** A module, or something in one: `alembic.op.create_table`, `builtins.range`. */
  /** `module`: the part of the path that an import names. */
  | { readonly kind: 'imported'; readonly path: string; readonly module?: string }
  | Made
  /** A method or an attribute that wasn't called yet. */
  | { readonly kind: 'member'; readonly owner: Term; readonly name: string }
  /**
   * A connection, an engine or a session; `other`: perhaps of another database; `apart`: perhaps in a transaction of its
   * own.
   */
  | { readonly kind: 'bind'; readonly other?: true; readonly apart?: true }
  /** `op.get_context()` */
  | { readonly kind: 'context' }
  /** The value of `with op.batch_alter_table(…) as batch_op`; `table` null: not known. */
  | { readonly kind: 'batch'; readonly table: ObjectName | null; readonly way: 'auto' | 'always' | 'other' }
  /** What an inquiry to the database gives: an Inspector of SQLAlchemy, and the result of a query. */
  | Inspector
  | Rows
  /** A context manager that matters for what is executed in its block. */
  | { readonly kind: 'manager'; readonly does: 'autocommit' | 'suppress' }
  | FunctionTerm
  | ClassTerm
  /** `globals()` */
  | { readonly kind: 'globals'; readonly scope: Scope }
  /** `__file__`, or a folder above it: its name is known, and those of the folders above (`folders`, outermost first). */
  | { readonly kind: 'file'; readonly name: string; readonly folders?: readonly string[] }
  /** `pathlib.Path(__file__)` */
  | { readonly kind: 'path'; readonly name: string }
  | Unknown

export const none: Term = { kind: 'none' }
const reasonless = 'it is only known at run time'
/** Not known, and using it changes no schema. */
export const unknown: Unknown = { kind: 'unknown', foreign: false, reason: reasonless }
/** Not known, and it comes from code that isn't read. */
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

/** A set of the items: Python keeps the first of equal ones. Spoiled where equality isn't known. */
export function setOf(items: readonly Term[], type: 'set' | 'frozenset' = 'set'): Items {
  const kept = new Map<string | null, Term>()
  for (const item of items) {
    const key = dictKeyOf(item)
    if (!kept.has(key)) kept.set(key, item)
  }
  return { ...list([...kept.values()], type), spoiled: kept.has(null) }
}

/** Parts of nested tuples that are compared; more stand for a structure that refers to itself. */
const maxKeyParts = 1000

/** Code that isn't followed may have changed whatever can be reached from here. */
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
    } else if (term.kind === 'member') pending.push(term.owner)
  }
}

/** A text that tells dictionary keys apart; null when the key isn't known. */
export function dictKeyOf(term: Term, left = { parts: maxKeyParts }): string | null {
  left.parts -= 1
  if (left.parts < 0) return null
  // Python takes `1` and `True` for the same key.
  if (term.kind === 'bool') return `int:${term.value ? 1 : 0}`
  if (term.kind === 'str' || term.kind === 'int') return `${term.kind}:${term.value}`
  if (term.kind === 'none') return 'none'
  if (term.kind !== 'items' || term.spoiled || isOpen(term) || term.type !== 'tuple') return null
  const keys = term.items.map((item) => dictKeyOf(item, left))
  return keys.includes(null) ? null : JSON.stringify(keys)
}

/** What iterating over it yields; null when that isn't known. A set has a known order only with a single item. */
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

/** The same in any order, for sets. */
export function unorderedItems(term: Term): readonly Term[] | null {
  return term.kind === 'items' && !term.spoiled && !isOpen(term) ? term.items : itemsOfTerm(term)
}

/** May there be other items? */
export function isOpen({ perhaps = [] }: Items): boolean {
  return perhaps.length > 0
}

export function isEnumClass(term: ClassTerm): boolean {
  return term.bases.some((base) => /(?:^|\.)(?:Str|Int)?Enum$/.test(base))
}

/** Whether Python takes it for true; null when that isn't known. */
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
    case 'bind':
    case 'batch':
    case 'context':
    case 'inspector':
    case 'rows':
      return true
    case 'unknown':
      return term.truth ?? null
    default:
      return null
  }
}

/** The string, if it is one that is known. */
export function stringOf(term: Term | undefined): string | null {
  return term?.kind === 'str' ? term.value : null
}

/** True or false, if that is known; `otherwise` when it isn't given (or None). */
export function flagOf(term: Term | undefined, otherwise: boolean): boolean | null {
  return term === undefined || term.kind === 'none' ? otherwise : truthOf(term)
}

/** Strings of a list or tuple (or one string alone); null when they aren't all known. */
export function stringsOf(term: Term | undefined): readonly string[] | null {
  if (term === undefined) return null
  if (term.kind === 'str') return [term.value]
  const items = itemsOfTerm(term)?.map((item) => stringOf(item))
  if (items === undefined) return null
  const strings = items.filter((item) => item !== null)
  return strings.length === items.length ? strings : null
}
