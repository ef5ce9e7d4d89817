/** Models Python's builtins and a few standard library functions. */
import { fileNameOf } from '../../core/text/python-text.ts'
import { shortened } from '../source/excerpt.ts'
import { giveAway } from './calls.ts'
import { fileName, folderOf, joinedPath, openFile, resolvedPath } from './library/files.ts'
import { asRepr, toText } from './library/format.ts'
import { textOrTemplate } from './operators.ts'
import { type Call, type Run, noteUse, sourceOf, spanOf, unfollowed } from './run.ts'
import { forgetModule, moduleOf } from './scope.ts'
import {
  type Items,
  type Term,
  bool,
  capable,
  foreign,
  int,
  isOpen,
  itemsOfTerm,
  dictKeyOf,
  list,
  none,
  setOf,
  textTerm,
  truthOf,
  unknown,
  unknownBecause,
  unorderedItems,
} from './values.ts'

/** Maps each function that copies a collection, such as `list`, to the type it returns. */
const collections: ReadonlyMap<string, Items['type']> = new Map([
  ['list', 'list'],
  ['sorted', 'list'],
  ['tuple', 'tuple'],
  ['set', 'set'],
  ['frozenset', 'frozenset'],
])

/** Builtins that don't iterate over their arguments, or that record the use themselves. */
const looking = new Set(['bool', 'callable', 'filter', 'getattr', 'hasattr', 'id', 'isinstance', 'issubclass', 'map', 'next', 'setattr', 'super', 'type']) // prettier-ignore

/** Evaluates a call to a Python builtin. */
export function callBuiltin(name: string, call: Call, run: Run): Term {
  const { args, keywords, node } = call
  const [first, second] = args
  if (!looking.has(name)) for (const value of args) noteUse(value, node, run)
  const items = first === undefined ? null : itemsOfTerm(first)
  if (collections.has(name) && first?.kind === 'items' && isOpen(first) && !first.spoiled) {
    return { ...first, type: collections.get(name) ?? first.type, items: [...first.items] }
  }
  const shown = name === 'repr' && first !== undefined ? asRepr(first) : null
  if (shown !== null) return textTerm(shown)
  switch (name) {
    case 'exec':
    case 'eval':
    case 'compile':
    case '__import__':
      unfollowed(run, node, `${name}()`)
      forgetModule(call.scope, { reason: "a call may rebind the module's names", node })
      return foreign
    case 'exit':
    case 'quit':
      return endProcess(call, run)
    case 'list':
    case 'tuple':
      if (first === undefined) return list([], name)
      return items === null ? unknownOr(first) : list(items, name)
    case 'set':
    case 'frozenset': {
      if (first === undefined) return list([], name)
      const unordered = unorderedItems(first)
      return unordered === null ? unknownOr(first) : setOf(unordered, name)
    }
    case 'dict':
      if (first !== undefined || keywords.has('**')) return unknown
      return {
        kind: 'dict',
        entries: new Map([...keywords].map(([key, value]) => [`str:${key}`, { key: textTerm(key), value }])),
        spoiled: false,
      }
    case 'sorted':
      return sorted(first, call)
    case 'reversed':
      return items === null ? unknown : list(items.toReversed(), 'iterator')
    case 'enumerate': {
      const start = second ?? keywords.get('start')
      if (items === null || (start !== undefined && start.kind !== 'int')) return unknown
      const from = start?.value ?? 0n
      return list(
        items.map((item, index) => list([int(from + BigInt(index)), item], 'tuple')),
        'iterator',
      )
    }
    case 'zip':
      return zipped(args)
    case 'range':
      return range(args)
    case 'len': {
      const all = first === undefined ? null : unorderedItems(first)
      return all === null ? unknown : int(all.length)
    }
    case 'any':
    case 'all':
      return anyOrAll(name, first)
    case 'str':
      if (first?.kind === 'template' || first?.kind === 'file') return first
      if (first?.kind === 'path') return { ...first, kind: 'file' }
      return first === undefined ? textTerm('') : textOrTemplate(toText(first))
    case 'int':
      return integer(first)
    case 'bool': {
      const truth = first === undefined ? false : truthOf(first)
      return truth === null ? unknown : bool(truth)
    }
    case 'isinstance': {
      const known = first && second ? (run.host.isInstance?.(first, second) ?? null) : null
      return known === null ? unknownBecause(onlyKnown(name)) : bool(known)
    }
    case 'globals':
      return { kind: 'globals', scope: moduleOf(call.scope) }
    case 'locals':
    case 'vars':
      giveAway(call, run)
      return first === undefined && run.depth === 0 ? { kind: 'globals', scope: call.scope } : foreign
    case 'open':
      return openFile(call, run)
    case 'print':
      return none
    case 'setattr':
      // `setattr` may modify the module itself.
      forgetModule(call.scope, { reason: "a call may rebind the module's names", node })
      return reached(name, call, run)
    case 'next':
      return nextOf(first, second) ?? reached(name, call, run)
    case 'getattr':
    case 'map':
    case 'filter':
    case 'super':
      return reached(name, call, run)
    default:
      return isException(name) ? unknown : unknownBecause(onlyKnown(name))
  }
}

function onlyKnown(name: string): string {
  return `the result of ${name}() is only known at run time`
}

function isException(name: string): boolean {
  return /^[A-Z]/.test(name)
}

/** Returns an unknown collection or string. It isn't `foreign`, because its methods have no side effects. */
function unknownOr(term: Term): Term {
  return term.kind === 'unknown' ? unknownBecause(term.reason) : unknown
}

function textOr(value: string | null, term: Term): Term {
  return value === null ? unknownOr(term) : textTerm(value)
}

function reached(name: string, call: Call, run: Run): Term {
  const [first] = call.args
  if (giveAway(call, run)) {
    unfollowed(run, call.node, `${name}() with an argument that gives it access to the database`)
    return /^(?:getattr|super)$/.test(name) ? capable : foreign
  }
  return first?.kind === 'imported' || (first?.kind === 'unknown' && first.foreign) ? foreign : unknown
}

/** Models calls that end the process, such as `sys.exit(1)`. */
function endProcess(call: Call, run: Run): Term {
  if (run.under === null) {
    const [status] = call.node.args
    const message = status === undefined ? '' : shortened(sourceOf(run, status))
    run.raised ??= { error: { type: 'SystemExit', message }, span: spanOf(run, call.node) }
  }
  return unknown
}

function sorted(first: Term | undefined, call: Call): Term {
  const items = first === undefined || call.keywords.size > 0 ? null : unorderedItems(first)
  const strings = items?.flatMap((item) => (item.kind === 'str' ? [item.value] : [])) ?? []
  if (items === null || strings.length !== items.length) return unknown
  // JavaScript sorts by UTF-16 code units. Python's order differs only outside the Basic Multilingual Plane.
  return list(strings.toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0)).map(textTerm))
}

function zipped(args: readonly Term[]): Term {
  const lists = args.flatMap((term) => {
    const items = itemsOfTerm(term)
    return items === null ? [] : [items]
  })
  if (lists.length !== args.length || lists.length === 0) return unknown
  const length = Math.min(...lists.map((each) => each.length))
  const rows: Items[] = Array.from({ length }, (_, index) =>
    list(
      lists.map((each) => each[index] ?? unknown),
      'tuple',
    ),
  )
  return list(rows, 'iterator')
}

/** Maximum number of `range` items to expand. */
const maxRounds = 1000

function range(args: readonly Term[]): Term {
  const numbers = args.flatMap((each) => (each.kind === 'int' ? [Number(each.value)] : []))
  if (numbers.length !== args.length) return unknown
  const [from, to, step] =
    numbers.length === 1 ? [0, numbers[0] ?? 0, 1] : [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 1]
  const length = step === 0 ? 0 : Math.max(0, Math.ceil((to - from) / step))
  if (length > maxRounds) return unknown
  return list(
    Array.from({ length }, (_, index) => int(from + index * step)),
    'view',
  )
}

function anyOrAll(name: 'any' | 'all', first: Term | undefined): Term {
  const items = first?.kind === 'items' && !first.spoiled ? first.items : first && unorderedItems(first)
  if (!items) return unknown
  const truths = items.map(truthOf)
  const decisive = name === 'any'
  if (truths.includes(decisive)) return bool(decisive)
  return truths.includes(null) || (first?.kind === 'items' && isOpen(first)) ? unknown : bool(!decisive)
}

/** Evaluates `next((… for … in …), None)`. Doesn't track what is left in the iterator. */
function nextOf(iterator: Term | undefined, fallback: Term | undefined): Term | null {
  if (iterator?.kind !== 'items' || iterator.type !== 'iterator' || iterator.spoiled) return null
  const [one] = iterator.items
  const complete = !isOpen(iterator)
  iterator.spoiled = true
  return complete ? (one ?? fallback ?? null) : null
}

function integer(value: Term | undefined): Term {
  if (value?.kind === 'int') return value
  if (value?.kind !== 'str' || !/^\s*[+-]?\d+\s*$/.test(value.value)) return unknown
  return { kind: 'int', value: BigInt(value.value.trim().replace('+', '')) }
}

/** Functions that return their argument, possibly with different whitespace. */
const passesOn = new Set(['textwrap.dedent', 'inspect.cleandoc', 'copy.copy', 'copy.deepcopy'])

/** Evaluates a call to a function in `passesOn`; null if the argument isn't supported. */
function copied(path: string, term: Term): Term | null {
  if (term.kind === 'str' || term.kind === 'template' || term.kind === 'made') return term
  if (term.kind !== 'items' || !path.startsWith('copy.')) return null
  const isFlat = term.items.every((item) => dictKeyOf(item) !== null)
  return isFlat || path === 'copy.copy' ? { ...term, items: [...term.items] } : unknown
}

/** The decorator returned by `functools.wraps(…)`. It returns its argument. */
const wrapping: Term = { kind: 'imported', path: 'functools.wraps.decorator' }

export function isWrapping(term: Term): boolean {
  return term === wrapping
}

/** Evaluates a call to a standard library function; null if it isn't modeled. */
export function callStandard(path: string, call: Call, run: Run): Term | null {
  const [first] = call.args
  if (path === 'functools.wraps') return wrapping
  if (path === 'functools.lru_cache' && call.node.args.every((one) => one.nodeType === 'Constant')) {
    return { kind: 'imported', path }
  }
  if (path === 'sys.exit') return endProcess(call, run)
  if (path === 'contextlib.suppress') return { kind: 'manager', does: 'suppress' }
  if (path === 'os.path.join' && first?.kind === 'file') return joinedPath(first, call.args.slice(1))
  if (path === 'io.open') return openFile(call, run)
  if (first === undefined || call.args.length > 1 || call.keywords.size > 0) return null
  if (passesOn.has(path)) return copied(path, first)
  switch (path) {
    case 'os.path.basename':
      if (first.kind === 'file') return textOr(fileName(first), first)
      return first.kind === 'str' ? textTerm(fileNameOf(first.value)) : null
    case 'os.path.dirname':
      return first.kind === 'file' ? folderOf(first) : null
    case 'os.path.abspath':
      return first.kind === 'file' ? first : null
    case 'os.path.realpath':
      return first.kind === 'file' ? resolvedPath(first, run) : null
    case 'os.path.splitext':
      return first.kind === 'str' ? extensionOf(first.value) : null
    case 'pathlib.Path':
    case 'pathlib.PurePath':
      return first.kind === 'file' || first.kind === 'path' ? { ...first, kind: 'path' } : null
    default:
      return null
  }
}

/** Like `os.path.splitext`, treats leading dots as part of the name. */
function extensionOf(path: string): Term {
  const name = fileNameOf(path)
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && /[^.]/.test(name.slice(0, dot)) ? name.slice(dot) : ''
  return list([textTerm(path.slice(0, path.length - extension.length)), textTerm(extension)], 'tuple')
}
