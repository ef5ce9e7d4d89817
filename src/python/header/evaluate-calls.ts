/** The functions and methods whose result is known without running anything. All others are `unreadable`. */
import { asText, braceFormat } from './evaluate-format.ts'
import {
  distinct,
  isContainer,
  itemsOf,
  needsRunning,
  sequenceOf,
  unreadable,
} from '../source/python-values.ts'
import type { Value } from '../source/python-values.ts'

/** `path(values…)`, where `path` is a builtin (`builtins.tuple`) or comes from the standard library. */
export function callFunction(path: string, values: readonly Value[], fileName: string): Value {
  const [first] = values
  if (first?.kind === 'unreadable') return first
  if (values.length === 0) {
    const empty = /^builtins\.(tuple|list|set|frozenset)$/.exec(path)?.[1]
    return empty === undefined ? unknownCall(path) : { kind: containerKind(empty), items: [] }
  }
  if (first === undefined || values.length > 1) return unknownCall(path)
  switch (path) {
    case 'builtins.tuple':
    case 'builtins.list': {
      const items = sequenceOf(first)
      if (items === null) return needsRunning
      return { kind: path === 'builtins.tuple' ? 'tuple' : 'list', items: [...items] }
    }
    case 'builtins.set':
    case 'builtins.frozenset': {
      const items = itemsOf(first)
      const kept = items === null ? null : distinct(items)
      if (kept === null) return needsRunning
      return { kind: path === 'builtins.set' ? 'set' : 'frozenset', items: kept }
    }
    case 'builtins.str':
      return first.kind === 'file' || first.kind === 'path' ? { kind: 'file' } : asText(first)
    case 'builtins.int':
      return integer(first)
    case 'os.path.basename':
      if (first.kind === 'file') return { kind: 'str', value: fileName }
      return first.kind === 'str'
        ? { kind: 'str', value: first.value.slice(first.value.lastIndexOf('/') + 1) }
        : needsRunning
    case 'os.path.abspath':
    case 'os.path.realpath':
      // A symbolic link would have another name there.
      return path === 'os.path.abspath' && first.kind === 'file' ? first : needsRunning
    case 'os.path.splitext':
      return first.kind === 'str' ? extensionOf(first.value) : needsRunning
    case 'pathlib.Path':
    case 'pathlib.PurePath':
      return first.kind === 'file' || first.kind === 'path' ? { kind: 'path' } : needsRunning
    default:
      return unknownCall(path)
  }
}

function unknownCall(path: string): Value {
  return unreadable(`only running ${path.replace(/^builtins\./, '')}() would tell`)
}

function containerKind(name: string): 'tuple' | 'list' | 'set' | 'frozenset' {
  return name === 'tuple' || name === 'list' || name === 'set' ? name : 'frozenset'
}

function integer(value: Value): Value {
  if (value.kind === 'int') return value
  if (value.kind === 'str' && /^\s*[+-]?\d+\s*$/.test(value.value)) {
    return { kind: 'int', value: BigInt(value.value.trim().replace('+', '')) }
  }
  return needsRunning
}

/** `os.path.splitext`: leading dots belong to the name. */
function extensionOf(path: string): Value {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && /[^.]/.test(name.slice(0, dot)) ? name.slice(dot) : ''
  const stem = path.slice(0, path.length - extension.length)
  return { kind: 'tuple', items: [text(stem), text(extension)] }
}

/** `owner.name(values…)`. Methods that change a list change `owner`. */
export function callMethod(
  owner: Value,
  name: string,
  values: readonly Value[],
  keywords: ReadonlyMap<string, Value>,
): Value {
  if (owner.kind === 'unreadable') return owner
  if (owner.kind === 'str' && name === 'format') return braceFormat(owner.value, values, keywords)
  if (keywords.size > 0) return needsRunning
  if (owner.kind === 'str') return stringMethod(owner.value, name, values)
  if (owner.kind === 'list') return listMethod(owner.items, name, values)
  if (owner.kind === 'path' && name === 'resolve') return needsRunning
  if (owner.kind === 'path' && name === 'absolute' && values.length === 0) return owner
  return needsRunning
}

function listMethod(items: Value[], name: string, values: readonly Value[]): Value {
  const [value] = values
  if (value === undefined || values.length > 1) return needsRunning
  if (name === 'append') {
    items.push(value)
    return { kind: 'none' }
  }
  if (name === 'extend') {
    const more = sequenceOf(value)
    if (more === null) return needsRunning
    items.push(...more)
    return { kind: 'none' }
  }
  return needsRunning
}

function stringMethod(owner: string, name: string, values: readonly Value[]): Value {
  if (name === 'join') return joinAll(owner, values)
  const words: string[] = []
  for (const value of values) {
    if (value.kind === 'unreadable') return value
    if (value.kind !== 'str' && value.kind !== 'int') return needsRunning
    words.push(value.value.toString())
  }
  const strings = values.every((value) => value.kind === 'str')
  const [first, second] = words
  const ascii = /^[\x00-\x7f]*$/.test(owner)
  switch (name) {
    // Python's rules for letters beyond ASCII differ in places.
    case 'lower':
      return ascii && words.length === 0 ? text(owner.toLowerCase()) : needsRunning
    case 'upper':
      return ascii && words.length === 0 ? text(owner.toUpperCase()) : needsRunning
    case 'strip':
    case 'lstrip':
    case 'rstrip':
      return ascii && strings && words.length <= 1 ? text(stripped(owner, name, first)) : needsRunning
    case 'replace':
      if (!strings || first === undefined || second === undefined || words.length > 2) return needsRunning
      return text(owner.replaceAll(first, () => second))
    case 'split':
    case 'rsplit':
      return strings || (first !== undefined && values[0]?.kind === 'str')
        ? split(owner, name, words)
        : needsRunning
    case 'zfill':
      if (values[0]?.kind !== 'int' || /^[+-]/.test(owner)) return needsRunning
      return text(owner.padStart(Math.min(Number(first), 1000), '0'))
    case 'removesuffix':
    case 'removeprefix':
      if (!strings || first === undefined || words.length > 1) return needsRunning
      if (first === '') return text(owner)
      if (name === 'removesuffix') return text(owner.endsWith(first) ? owner.slice(0, -first.length) : owner)
      return text(owner.startsWith(first) ? owner.slice(first.length) : owner)
    case 'startswith':
    case 'endswith':
      if (!strings || first === undefined || words.length > 1) return needsRunning
      return { kind: 'bool', value: name === 'startswith' ? owner.startsWith(first) : owner.endsWith(first) }
    default:
      return needsRunning
  }
}

function joinAll(separator: string, values: readonly Value[]): Value {
  const [list] = values
  if (list === undefined || values.length > 1 || !isContainer(list)) return needsRunning
  const items = sequenceOf(list)
  if (items === null || items.some((item) => item.kind !== 'str')) return needsRunning
  return text(items.map((item) => (item.kind === 'str' ? item.value : '')).join(separator))
}

function stripped(owner: string, name: string, characters: string | undefined): string {
  const drops = characters ?? ' \t\n\r\x0b\f\x1c\x1d\x1e\x1f'
  let from = 0
  let to = owner.length
  if (name !== 'rstrip') while (from < to && drops.includes(owner.charAt(from))) from++
  if (name !== 'lstrip') while (to > from && drops.includes(owner.charAt(to - 1))) to--
  return owner.slice(from, to)
}

/** `split(separator)` and `split(separator, limit)`, from the left or from the right. */
function split(owner: string, name: string, words: readonly string[]): Value {
  const [separator, limit] = words
  if (separator === undefined || separator === '' || words.length > 2) return needsRunning
  const parts = owner.split(separator)
  const most = limit === undefined || Number(limit) < 0 ? parts.length : Number(limit)
  if (parts.length - 1 > most) {
    if (name === 'split') parts.push(parts.splice(most).join(separator))
    else parts.unshift(parts.splice(0, parts.length - most).join(separator))
  }
  return { kind: 'list', items: parts.map(text) }
}

function text(value: string): Value {
  return { kind: 'str', value }
}
