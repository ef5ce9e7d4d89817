/**
 * What an expression in a migration stands for, as far as its operations need it: plain values, things made with
 * SQLAlchemy, the connection. Nothing is run; what only running would tell is `unknown`.
 */
import type { ObjectName } from '../../core/schema/operation.ts'
import type { NodeOf } from '../syntax/syntax-tree.ts'
import type { Value } from '../source/python-values.ts'

/** The names that a function sees, the innermost scope first. */
export interface Scope {
  readonly names: Map<string, Term>
  readonly parent: Scope | null
}

export interface Items {
  readonly kind: 'items'
  readonly type: 'list' | 'tuple' | 'set'
  readonly items: Term[]
  /** Changed in a way that is not followed. */
  spoiled: boolean
}

export interface Dict {
  readonly kind: 'dict'
  /** By a text that tells keys apart (`keyOf`). */
  readonly entries: Map<string, { readonly key: Term; readonly value: Term }>
  spoiled: boolean
}

/** The result of calling a class or function of SQLAlchemy: `sa.Column('id', …)`. */
export interface Made {
  readonly kind: 'made'
  /** Where it was imported from: `sqlalchemy.Column`. */
  readonly path: string
  readonly args: readonly Term[]
  readonly keywords: ReadonlyMap<string, Term>
  /** The text of the call. */
  readonly source: string
}

export type Term =
  | { readonly kind: 'none' }
  | { readonly kind: 'str'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  /** A text with parts that are not known (`hole` stands there). */
  | { readonly kind: 'template'; readonly text: string }
  | Items
  | Dict
  /** A module, or something in one: `alembic.op.create_table`, `builtins.range`. */
  | { readonly kind: 'imported'; readonly path: string }
  | Made
  /** A method or an attribute that was not called yet. */
  | { readonly kind: 'member'; readonly owner: Term; readonly name: string }
  /** A connection, an engine or a session. */
  | { readonly kind: 'bind' }
  /** `op.get_context()` */
  | { readonly kind: 'context' }
  /** What `with op.batch_alter_table(…) as batch_op` gives; `table` null: not known. */
  | { readonly kind: 'batch'; readonly table: ObjectName | null; readonly way: 'auto' | 'other' }
  | {
      readonly kind: 'function'
      readonly node: NodeOf<'FunctionDef'> | NodeOf<'Lambda'>
      readonly scope: Scope
      /** `@contextmanager` and other decorators are not followed. */
      readonly decorated: boolean
    }
  /** A class of this file: its simple attributes, and the dotted names that it inherits. */
  | {
      readonly kind: 'class'
      readonly name: string
      readonly members: ReadonlyMap<string, Term>
      readonly bases: readonly string[]
      readonly methods: ReadonlySet<string>
      /** Its methods may change the schema. */
      readonly acts: boolean
    }
  /** `globals()` */
  | { readonly kind: 'globals' }
  /** `foreign`: it comes from a module that is not read, so that calling it may do anything. */
  | { readonly kind: 'unknown'; readonly foreign: boolean }

export const none: Term = { kind: 'none' }
/** Only running would tell, and using it changes no schema. */
export const unknown: Term = { kind: 'unknown', foreign: false }
export const foreign: Term = { kind: 'unknown', foreign: true }

export function text(value: string): Term {
  return { kind: 'str', value }
}

export function list(items: readonly Term[], type: Items['type'] = 'list'): Items {
  return { kind: 'items', type, items: [...items], spoiled: false }
}

/** A text that tells dictionary keys apart; null when the key is not known. */
export function keyOf(term: Term): string | null {
  if (term.kind === 'str' || term.kind === 'int' || term.kind === 'bool') return `${term.kind}:${term.value}`
  if (term.kind === 'none') return 'none'
  if (term.kind !== 'items' || term.spoiled || term.type !== 'tuple') return null
  const keys = term.items.map(keyOf)
  return keys.includes(null) ? null : `(${keys.join(',')})`
}

/** What walking over it gives; null when that is not known. */
export function itemsOfTerm(term: Term): readonly Term[] | null {
  if (term.kind === 'items') return term.spoiled || term.type === 'set' ? null : term.items
  if (term.kind === 'dict') return term.spoiled ? null : [...term.entries.values()].map(({ key }) => key)
  if (term.kind === 'str') return Array.from(term.value, text)
  if (term.kind === 'class' && isEnumClass(term)) return [...term.members.values()]
  return null
}

export function isEnumClass(term: Extract<Term, { kind: 'class' }>): boolean {
  return term.bases.some((base) => /(?:^|\.)(?:Str|Int)?Enum$/.test(base))
}

/** Whether Python takes it for true; null when that is not known. */
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
      return term.spoiled ? null : term.items.length > 0
    case 'dict':
      return term.spoiled ? null : term.entries.size > 0
    case 'made':
      return null
    case 'function':
    case 'class':
    case 'bind':
    case 'batch':
    case 'context':
      return true
    default:
      return null
  }
}

/** The same for the evaluator of the file's header, as far as it knows such values. */
export function toValue(term: Term): Value {
  switch (term.kind) {
    case 'none':
    case 'str':
    case 'bool':
    case 'int':
      return term
    case 'items':
      return { kind: term.type, items: term.items.map(toValue), spoiled: term.spoiled }
    default:
      return { kind: 'unreadable', reason: 'only running the file would tell' }
  }
}

/** And back; what it does not know is `unknown`. */
export function fromValue(value: Value): Term {
  switch (value.kind) {
    case 'none':
    case 'str':
    case 'bool':
    case 'int':
      return value
    case 'tuple':
    case 'list':
      return { ...list(value.items.map(fromValue), value.kind), spoiled: value.spoiled === true }
    default:
      return unknown
  }
}

/** The string, if it is one that is known. */
export function stringOf(term: Term | undefined): string | null {
  return term?.kind === 'str' ? term.value : null
}

/** True or false, if that is known; `otherwise` when it is not given (or None). */
export function flagOf(term: Term | undefined, otherwise: boolean): boolean | null {
  return term === undefined || term.kind === 'none' ? otherwise : truthOf(term)
}

/** Strings of a list or tuple (or one string alone); null when they are not all known. */
export function stringsOf(term: Term | undefined): readonly string[] | null {
  if (term === undefined) return null
  if (term.kind === 'str') return [term.value]
  const items = itemsOfTerm(term)?.map((item) => stringOf(item))
  if (items === undefined) return null
  const strings = items.filter((item) => item !== null)
  return strings.length === items.length ? strings : null
}
