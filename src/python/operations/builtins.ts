/** Python's own functions and modules, as far as migrations use them to work out names and lists. */
import type { Call } from './calls.ts'
import { emitOpaque, isCapable } from './interpreter-state.ts'
import type { Run } from './interpreter-state.ts'
import { foreign, itemsOfTerm, list, none, text, unknown } from './abstract-values.ts'
import type { Term } from './abstract-values.ts'

/** Modules of the standard library whose functions change no database (unless they are given the connection). */
const harmless = new Set(
  (
    'abc argparse array ast base64 binascii bisect calendar collections contextlib copy csv dataclasses datetime decimal ' +
    'difflib enum fractions functools gc getpass glob hashlib hmac html inspect io ipaddress itertools json locale logging ' +
    'math numbers operator os pathlib pickle platform pprint random re secrets shutil socket statistics string struct sys ' +
    'tempfile textwrap threading time timeit traceback types typing typing_extensions unicodedata urllib uuid warnings ' +
    'weakref xml zipfile zlib zoneinfo __future__ six dateutil pytz tqdm structlog yaml simplejson orjson slugify ' +
    'importlib.resources pkg_resources packaging colorama click rich unidecode cryptography passlib bcrypt ulid loguru oslo_log oslo_utils oslo_serialization oslo_config faker nanoid shortuuid babel humanize markdown bs4 jinja2 attr attrs uuid_utils funcy shapely requests httpx werkzeug dotenv pydantic numpy'
  ).split(' '),
)

const acting = /^os\.(?:system|exec|spawn|popen|fork)|^sys\.modules/

export function isHarmlessModule(path: string): boolean {
  const root = path.split('.')[0] ?? ''
  return (harmless.has(root) || path.startsWith('importlib.resources')) && !acting.test(path)
}

/** Functions that give back the text that they get, but for white space. */
export function passesText(path: string): boolean {
  return ['textwrap.dedent', 'inspect.cleandoc', 'copy.copy', 'copy.deepcopy'].includes(path)
}

/** A call of a builtin. */
export function callBuiltin(name: string, call: Call, run: Run): Term {
  const [first, second, third] = call.args
  const items = first === undefined ? null : itemsOfTerm(first)
  switch (name) {
    case 'exec':
    case 'eval':
    case 'compile':
    case '__import__':
      emitOpaque(run, call.node, `${name}()`, null)
      return foreign
    case 'list':
    case 'tuple': {
      if (first === undefined) return list([], name)
      return items === null ? unknown : list(items, name)
    }
    case 'set':
    case 'frozenset':
      if (first === undefined) return list([], 'set')
      return first.kind === 'items' ? { ...list(first.items, 'set'), spoiled: first.spoiled } : unknown
    case 'dict':
      if (first !== undefined || call.keywords.has('**')) return unknown
      return {
        kind: 'dict',
        entries: new Map([...call.keywords].map(([key, value]) => [`str:${key}`, { key: text(key), value }])),
        spoiled: false,
      }
    case 'sorted':
      return sorted(first, call)
    case 'reversed':
      return items === null ? unknown : list(items.toReversed())
    case 'enumerate': {
      const start = second ?? call.keywords.get('start')
      if (items === null || (start !== undefined && start.kind !== 'int')) return unknown
      const from = start?.value ?? 0n
      return list(
        items.map((item, index) => list([{ kind: 'int', value: from + BigInt(index) }, item], 'tuple')),
      )
    }
    case 'zip': {
      const lists = call.args.map(itemsOfTerm)
      const known = lists.filter((each) => each !== null)
      if (known.length !== lists.length || known.length === 0) return unknown
      const length = Math.min(...known.map((each) => each.length))
      return list(
        Array.from({ length }, (_, index) =>
          list(
            known.map((each) => each[index] ?? unknown),
            'tuple',
          ),
        ),
      )
    }
    case 'range':
      return range(first, second, third)
    case 'len': {
      const size = items === null ? null : items.length
      return size === null ? unknown : { kind: 'int', value: BigInt(size) }
    }
    case 'str':
      if (first?.kind === 'str' || first?.kind === 'template') return first
      return first?.kind === 'int' ? text(first.value.toString()) : unknown
    case 'bool':
      return unknown
    case 'globals':
      return { kind: 'globals' }
    case 'locals':
    case 'vars':
      return foreign
    case 'print':
      return none
    case 'getattr':
    case 'map':
    case 'filter':
    case 'setattr':
    case 'next':
    case 'super':
      if (call.args.some(isCapable)) {
        emitOpaque(run, call.node, `${name}() of what changes the database`, null)
        return foreign
      }
      return first?.kind === 'imported' || (first?.kind === 'unknown' && first.foreign) ? foreign : unknown
    default:
      return unknown
  }
}

function sorted(first: Term | undefined, call: Call): Term {
  if (call.keywords.size > 0 || first === undefined) return unknown
  const items = first.kind === 'items' && !first.spoiled ? first.items : itemsOfTerm(first)
  const strings = items?.flatMap((item) => (item.kind === 'str' ? [item.value] : [])) ?? []
  if (items === null || strings.length !== items.length) return unknown
  // JavaScript compares UTF-16 units, which is the same for names in one plane.
  return list(new Set(strings).size === strings.length ? strings.toSorted(byCode).map(text) : [unknown])
}

function byCode(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function range(...given: readonly (Term | undefined)[]): Term {
  const numbers = given.flatMap((each) => (each?.kind === 'int' ? [Number(each.value)] : []))
  if (numbers.length !== given.filter((each) => each !== undefined).length) return unknown
  const [from, to, step] =
    numbers.length === 1 ? [0, numbers[0] ?? 0, 1] : [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 1]
  const length = step === 0 ? 0 : Math.max(0, Math.ceil((to - from) / step))
  if (length > 1000) return unknown
  return list(Array.from({ length }, (_, index) => ({ kind: 'int', value: BigInt(from + index * step) })))
}
