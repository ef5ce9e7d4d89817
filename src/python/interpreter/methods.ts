/** Models methods of strings, lists, sets and dictionaries. */
import { braceFormat } from './library/format.ts'
import { textOrTemplate } from './operators.ts'
import type { Call, Run } from './run.ts'
import {
  type Dict,
  type Items,
  type Term,
  bool,
  hole,
  itemsOfTerm,
  list,
  none,
  textTerm,
  unknown,
  unknownBecause,
} from './values.ts'

/** Evaluates a method call on a string. */
export function callTextMethod(
  call: Call,
  owner: Extract<Term, { kind: 'str' | 'template' }>,
  name: string,
): Term {
  const value = owner.kind === 'str' ? stringMethod(owner.value, name, call) : null
  if (value !== null) return value
  const template = owner.kind === 'str' ? owner.value : owner.text
  if (name === 'format') return { kind: 'template', text: template.replace(/\{[^{}]*\}/g, hole) }
  if (name === 'strip' || name === 'rstrip' || name === 'lstrip') return owner
  const [prefix] = call.args
  if (name === 'startswith' && prefix?.kind === 'str' && call.args.length === 1) {
    const known = template.split(hole)[0] ?? ''
    if (known.startsWith(prefix.value)) return bool(true)
    if (!prefix.value.startsWith(known)) return bool(false)
  }
  return call.args.find((arg) => arg.kind === 'unknown') ?? unknown
}

function stringMethod(owner: string, name: string, { args, keywords }: Call): Term | null {
  if (name === 'format') {
    const formatted = braceFormat(owner, args, keywords)
    return formatted === null ? null : textOrTemplate(formatted)
  }
  if (keywords.size > 0) return null
  if (name === 'join') return joinAll(owner, args)
  const words: string[] = []
  for (const value of args) {
    if (value.kind !== 'str' && value.kind !== 'int') return null
    words.push(value.value.toString())
  }
  const strings = args.every((value) => value.kind === 'str')
  const [first] = words
  const ascii = /^[\x00-\x7f]*$/.test(owner)
  switch (name) {
    // Python and JavaScript convert some non-ASCII letters differently.
    case 'lower':
      return ascii && words.length === 0 ? textTerm(owner.toLowerCase()) : null
    case 'upper':
      return ascii && words.length === 0 ? textTerm(owner.toUpperCase()) : null
    case 'strip':
    case 'lstrip':
    case 'rstrip':
      return ascii && strings && words.length <= 1 ? textTerm(stripped(owner, name, first)) : null
    case 'replace':
      return replaced(owner, args)
    case 'split':
    case 'rsplit':
      return strings || (first !== undefined && args[0]?.kind === 'str') ? split(owner, name, words) : null
    case 'zfill':
      if (args[0]?.kind !== 'int' || /^[+-]/.test(owner)) return null
      return textTerm(owner.padStart(Math.min(Number(first), 1000), '0'))
    case 'removesuffix':
    case 'removeprefix':
      if (!strings || first === undefined || words.length > 1) return null
      if (first === '') return textTerm(owner)
      if (name === 'removesuffix')
        return textTerm(owner.endsWith(first) ? owner.slice(0, -first.length) : owner)
      return textTerm(owner.startsWith(first) ? owner.slice(first.length) : owner)
    case 'startswith':
    case 'endswith':
      if (!strings || first === undefined || words.length > 1) return null
      return bool(name === 'startswith' ? owner.startsWith(first) : owner.endsWith(first))
    default:
      return null
  }
}

/** Evaluates `replace(old, new)` and `replace(old, new, count)`. A negative count means no limit. */
function replaced(owner: string, [old, by, count, ...more]: readonly Term[]): Term | null {
  if (old?.kind !== 'str' || by?.kind !== 'str' || more.length > 0) return null
  if (count === undefined) return textTerm(owner.replaceAll(old.value, () => by.value))
  // In Python, an empty `old` matches between all characters. Not modeled.
  if (count.kind !== 'int' || old.value === '') return null
  const parts = owner.split(old.value)
  const all = parts.length - 1
  const most = count.value < 0n ? all : Math.min(Number(count.value), all)
  const rest = parts.slice(most).join(old.value)
  return textTerm([...parts.slice(0, most), rest].join(by.value))
}

function joinAll(separator: string, args: readonly Term[]): Term | null {
  const [joined] = args
  const items = joined?.kind === 'items' && args.length === 1 ? itemsOfTerm(joined) : null
  const strings = items?.flatMap((item) => (item.kind === 'str' ? [item.value] : [])) ?? []
  return items !== null && strings.length === items.length ? textTerm(strings.join(separator)) : null
}

function stripped(owner: string, name: string, characters: string | undefined): string {
  const drops = characters ?? ' \t\n\r\x0b\f\x1c\x1d\x1e\x1f'
  let from = 0
  let to = owner.length
  if (name !== 'rstrip') while (from < to && drops.includes(owner.charAt(from))) from++
  if (name !== 'lstrip') while (to > from && drops.includes(owner.charAt(to - 1))) to--
  return owner.slice(from, to)
}

/** Evaluates `split` and `rsplit` with a separator and an optional limit. */
function split(owner: string, name: string, words: readonly string[]): Term | null {
  const [separator, limit] = words
  if (separator === undefined || separator === '' || words.length > 2) return null
  const parts = owner.split(separator)
  const most = limit === undefined || Number(limit) < 0 ? parts.length : Number(limit)
  if (parts.length - 1 > most) {
    if (name === 'split') parts.push(parts.splice(most).join(separator))
    else parts.unshift(parts.splice(0, parts.length - most).join(separator))
  }
  return list(parts.map(textTerm))
}

/** Evaluates a method call on a collection. Marks the collection as `spoiled` if a change is uncertain. */
export function callItemsMethod(call: Call, owner: Items, name: string, run: Run): Term {
  const [first] = call.args
  const changes = !['index', 'count', 'copy', 'isdisjoint', 'issubset', 'issuperset'].includes(name)
  if (name === 'copy' && !owner.spoiled) return { ...owner, items: [...owner.items] }
  if (first !== undefined && call.args.length === 1 && run.under === null && owner.type === 'list') {
    if (name === 'append') {
      owner.items.push(first)
      return none
    }
    const more = name === 'extend' ? itemsOfTerm(first) : null
    if (more !== null) {
      owner.items.splice(owner.items.length, 0, ...more)
      return none
    }
  }
  if (changes && owner.type !== 'tuple' && owner.type !== 'frozenset') owner.spoiled = true
  return unknownBecause('an expression modifies it')
}

/** Evaluates a method call on a dictionary. */
export function callDictMethod(call: Call, owner: Dict, name: string): Term {
  const [first, second] = call.args
  const entries = [...owner.entries.values()]
  if (owner.spoiled) return unknown
  if (owner.open && name !== 'get') return unknown
  switch (name) {
    case 'items':
      return list(
        entries.map(({ key, value }) => list([key, value], 'tuple')),
        'view',
      )
    case 'keys':
      return list(
        entries.map(({ key }) => key),
        'view',
      )
    case 'values':
      return list(
        entries.map(({ value }) => value),
        'view',
      )
    case 'get':
      if (first?.kind === 'str') {
        const held = owner.entries.get(`str:${first.value}`)?.value
        return held ?? (owner.open ? unknown : (second ?? none))
      }
      return unknown
    case 'copy':
      return { kind: 'dict', entries: new Map(owner.entries), spoiled: false }
    default:
      owner.spoiled = true
      return unknown
  }
}
