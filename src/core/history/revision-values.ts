/**
 * How Alembic processes the Python values of `down_revision`, `depends_on` and `branch_labels`. Null means that the
 * effect is unknown.
 */
import { type AlembicVersion, atLeast } from './alembic-version.ts'
import type { Binding, PyValue, PythonError } from './migration-module.ts'
import { pythonRepr } from '../text/python-text.ts'

/** A value in `down_revision` that isn't a `str`. `error` is what Alembic raises when it links the revision. */
export interface StrangeParent {
  readonly index: number
  readonly repr: string
  readonly error: PythonError
}

/** The value of `down_revision` as Alembic stores it in a revision. */
export interface Parents {
  readonly names: readonly string[]
  readonly isBase: boolean
  readonly unordered: boolean
  /** See `Revision.strangeParent`. */
  readonly strange: StrangeParent | null
  /** Whether `down_revision` is truthy in Python. Only then does Alembic compare it with the revision's own id. */
  readonly looped: boolean
  /** Message of the TypeError raised by the `Revision` constructor. */
  readonly raises: string | null
}

/** The value of `depends_on` as Alembic stores it in a revision. */
export interface Dependencies {
  readonly names: readonly string[]
  readonly none: boolean
  readonly unordered: boolean
  /** See `Revision.strangeDependency`. */
  readonly strange: { readonly index: number; readonly repr: string } | null
}

const base: Parents = {
  names: [],
  isBase: true,
  unordered: false,
  strange: null,
  looped: false,
  raises: null,
}

/** The result for `depends_on = None`. */
export const noDependencies: Dependencies = { names: [], none: true, unordered: false, strange: null }

/**
 * Interprets a `down_revision` value like Alembic's `tuple_rev_as_scalar(to_tuple(value))`. Alembic versions before
 * 1.12.1 don't call `to_tuple`.
 */
export function downRevisionOf(value: PyValue, alembic: AlembicVersion): Parents | null {
  const modern = atLeast(alembic, '1.12.1')
  if (value.kind === 'none') return base
  if (value.kind === 'str') {
    if (value.value === '' && !modern) return base
    return { ...base, isBase: false, names: [value.value], looped: value.value !== '' }
  }
  if (value.kind === 'bool' || value.kind === 'int') {
    const falsy = isFalsy(value)
    if (!modern) return falsy ? base : { ...base, raises: `object of type '${value.kind}' has no len()` }
    const error: PythonError = falsy
      ? { type: 'KeyError', message: reprOf(value) }
      : { type: 'TypeError', message: notText(0, value.kind) }
    return { ...base, isBase: false, strange: { index: 0, repr: reprOf(value), error } }
  }
  if (value.kind === 'other') return null
  const unordered = value.kind === 'set' || value.kind === 'frozenset'
  const items = unordered ? distinct(value.items) : value.items
  const parents = parentsAmong(items, unordered)
  if (items.length !== 1 || !unordered || modern) return parents
  return { ...(parents ?? base), raises: `'${value.kind}' object is not subscriptable` }
}

function parentsAmong(items: readonly PyValue[], unordered: boolean): Parents | null {
  const [first] = items
  if (!first || (items.length === 1 && first.kind === 'none')) return base
  const names = items.flatMap((item) => (item.kind === 'str' ? [item.value] : []))
  const found: Parents = {
    ...base,
    isBase: false,
    names,
    unordered: unordered && items.length > 1,
    looped: true,
  }
  const place = items.findIndex((item) => item.kind !== 'str')
  const odd = items[place]
  if (!odd) return found
  if (unordered || items.length === 1 || !isSimple(odd)) return null
  const error: PythonError = { type: 'TypeError', message: notText(place, typeOf(odd)) }
  return { ...found, strange: { index: place, repr: reprOf(odd), error } }
}

/**
 * Returns `depends_on` as Alembic stores it. An empty string, `False` or 0 adds no dependency, but the revision is no
 * longer a real base.
 */
export function dependsOnOf(binding: Binding): Dependencies | null {
  if (binding.kind === 'unreadable') return null
  if (binding.kind === 'unbound' || binding.value.kind === 'none') return noDependencies
  const { value } = binding
  if (value.kind === 'str') return onDependency(value.value)
  if (value.kind === 'bool' || value.kind === 'int') {
    const strange = isFalsy(value) ? null : { index: 0, repr: reprOf(value) }
    return { ...noDependencies, none: false, strange }
  }
  if (value.kind === 'other') return null
  const set = value.kind === 'set' || value.kind === 'frozenset'
  const items = set ? distinct(value.items) : value.items
  const [first] = items
  if (!first || (items.length === 1 && first.kind === 'none')) return noDependencies
  if (items.length === 1) return first.kind === 'str' ? onDependency(first.value) : null
  const index = items.findIndex((item) => item.kind !== 'str')
  const odd = items[index]
  if (odd && (set || !items.every(isSimple))) return null
  return {
    names: items.flatMap((item) => (item.kind === 'str' ? [item.value] : [])),
    none: false,
    unordered: set,
    strange: odd ? { index, repr: reprOf(odd) } : null,
  }
}

function onDependency(name: string): Dependencies {
  return { ...noDependencies, none: false, names: name === '' ? [] : [name] }
}

/** Returns the labels; null if they can't be read or if one isn't a string. */
export function labelsOf(binding: Binding): readonly string[] | null {
  if (binding.kind === 'unreadable') return null
  if (binding.kind === 'unbound' || binding.value.kind === 'none') return []
  if (binding.value.kind === 'str') return [binding.value.value]
  if (!('items' in binding.value)) return null
  const names = binding.value.items.flatMap((item) => (item.kind === 'str' ? [item.value] : []))
  return names.length === binding.value.items.length ? names : null
}

/** Removes duplicates, as Python's `set` would. */
function distinct(items: readonly PyValue[]): readonly PyValue[] {
  const seen = new Set<string>()
  return items.filter((item) => {
    const key = JSON.stringify(item)
    return !seen.has(key) && seen.add(key)
  })
}

function isFalsy(value: PyValue & { readonly kind: 'bool' | 'int' }): boolean {
  return value.kind === 'bool' ? !value.value : /^-?0+$/.test(value.value)
}

function isSimple(value: PyValue): boolean {
  return value.kind === 'none' || value.kind === 'str' || value.kind === 'bool' || value.kind === 'int'
}

/** Returns Python's name for a value's type. */
export function typeOf(value: PyValue): string {
  if (value.kind === 'none') return 'NoneType'
  return value.kind === 'other' ? value.type : value.kind
}

/** Returns the value's type name if `set(value)` would raise an exception; null if the value is iterable. */
export function notIterable(value: PyValue): string | null {
  if (value.kind === 'none' || value.kind === 'bool' || value.kind === 'int') return typeOf(value)
  if (value.kind !== 'other' || value.type === 'bytes' || value.type === 'dict') return null
  return value.type
}

function notText(index: number, type: string): string {
  return `sequence item ${index}: expected str instance, ${type} found`
}

function reprOf(value: PyValue): string {
  if (value.kind === 'str') return pythonRepr(value.value)
  if (value.kind === 'bool') return value.value ? 'True' : 'False'
  return value.kind === 'int' ? value.value : 'None'
}
