/** Python values as the evaluator carries them, and what can be said of them without running anything. */
import type { PyValue } from '../../core/history/migration-module.ts'

/** A value as the evaluator carries it: lists and sets are shared, as in Python, so that changes are seen. */
export type Value =
  | { readonly kind: 'none' }
  | { readonly kind: 'str'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'other'; readonly type: 'float' | 'bytes' | 'dict' | 'ellipsis' | 'complex' }
  | Container
  /** `__file__`: only its last segment is known. */
  | { readonly kind: 'file' }
  /** `pathlib.Path(__file__)` */
  | { readonly kind: 'path' }
  /** A builtin or something imported: `builtins.tuple`, `os.path.basename`. */
  | { readonly kind: 'imported'; readonly path: string }
  | Unreadable

export interface Container {
  readonly kind: 'tuple' | 'list' | 'set' | 'frozenset'
  readonly items: Value[]
  /** Changed in a way that was not followed. */
  spoiled?: boolean
}

export interface Unreadable {
  readonly kind: 'unreadable'
  readonly reason: string
}

/** Says why a value is not known. */
export function unreadable(reason: string): Unreadable {
  return { kind: 'unreadable', reason }
}

/** The reason that fits when no better one does. */
export const needsRunning = unreadable('only running the file would tell')

/** Longer texts and lists are no identifiers; the limit keeps doubling in a circle from filling the memory. */
const maxLength = 2000

/** The value itself, unless it is larger than an identifier or a list of them could sensibly be. */
export function limited(value: Value): Value {
  const size = value.kind === 'str' ? value.value.length : isContainer(value) ? value.items.length : 0
  return size > maxLength ? unreadable('it is too long to be followed') : value
}

/** Whether Python takes the value for true; null when that is not known. */
export function truth(value: Value): boolean | null {
  switch (value.kind) {
    case 'none':
      return false
    case 'bool':
      return value.value
    case 'str':
      return value.value !== ''
    case 'int':
      return value.value !== 0n
    case 'tuple':
    case 'list':
    case 'set':
    case 'frozenset':
      return value.spoiled === true ? null : value.items.length > 0
    default:
      return null
  }
}

/** The value as the core knows it, or why there is none. */
export function publicValue(value: Value): PyValue | Unreadable {
  switch (value.kind) {
    case 'none':
    case 'str':
    case 'bool':
    case 'other':
      return value
    case 'int':
      return { kind: 'int', value: value.value.toString() }
    case 'tuple':
    case 'list':
    case 'set':
    case 'frozenset': {
      if (value.spoiled === true) return unreadable('the list is changed elsewhere in the file')
      const items: PyValue[] = []
      for (const item of value.items) {
        const inner = publicValue(item)
        if (inner.kind === 'unreadable') return inner
        items.push(inner)
      }
      return { kind: value.kind, items }
    }
    case 'unreadable':
      return value
    case 'imported':
      return unreadable(
        value.path.startsWith('builtins.')
          ? 'it is a builtin'
          : `it comes from ${value.path}, which is not read`,
      )
    default:
      return needsRunning
  }
}

/** Items of a set or a frozenset: Python keeps the first of equal ones. Null when equality is not known. */
export function distinct(items: readonly Value[]): Value[] | null {
  if (items.some((item) => item.kind !== 'str' && item.kind !== 'none')) return null
  const kept = new Map<string | null, Value>()
  for (const item of items) {
    const key = item.kind === 'str' ? item.value : null
    if (!kept.has(key)) kept.set(key, item)
  }
  return [...kept.values()]
}

/** The items of something that can be walked over; null when they are not known. */
export function itemsOf(value: Value): readonly Value[] | null {
  if (value.kind === 'str') return Array.from(value.value, (character) => ({ kind: 'str', value: character }))
  return isContainer(value) && value.spoiled !== true ? value.items : null
}

/** The items in an order that is known: a set has one only when it holds a single item. */
export function sequenceOf(value: Value): readonly Value[] | null {
  const items = itemsOf(value)
  const unordered = (value.kind === 'set' || value.kind === 'frozenset') && items !== null && items.length > 1
  return unordered ? null : items
}

export function isContainer(value: Value): value is Container {
  return value.kind === 'tuple' || value.kind === 'list' || value.kind === 'set' || value.kind === 'frozenset'
}
