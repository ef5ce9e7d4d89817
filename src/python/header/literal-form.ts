/**
 * Reads Alembic's module-level names from tokens. Handles plain assignments of literals; the syntax tree handles the
 * rest.
 */
import type { Binding, FunctionBinding, PyValue, Span } from '../../core/history/migration-module.ts'
import { harmlessStars } from '../interpreter/scope.ts'
import { hasBoundDefaults, usesBoundNames } from './bound-names.ts'
import {
  bound,
  headerNames,
  none,
  stopNames,
  unbound,
  watchedNames,
  type ModuleFacts,
} from './module-facts.ts'
import type { Tokens } from '../tokens/tokenize.ts'
import { type Line, columnAt, firstLine, lineAt } from '../source/source-position.ts'
import { docValue, stringValue } from '../source/string-literal.ts'
import { Kind } from '../tokens/token-kinds.ts'

/** A function can rebind module names only if it contains one of these words. */
const reachingWords = ['global', 'locals', 'vars(', 'exec(', 'setattr', '__dict__', 'sys.modules']

interface Reader {
  readonly tokens: Tokens
  readonly text: string
  readonly kinds: readonly number[]
  readonly path: string
  /** Names bound to literals, with their values. */
  readonly known: Map<string, PyValue>
  readonly headers: Map<string, Binding>
  readonly steps: Map<string, FunctionBinding>
  /** Module-level functions. */
  readonly functions: Set<string>
  /** Names that are known to be bound here; null after a star import. */
  bound: Set<string> | null
  /** True if code outside functions mentions a module-level function. */
  called: boolean
  /** Pairs of token indexes: the first token of each definition, and the first token of the next statement. */
  readonly definitions: number[]
  /** Line of the last requested span. Spans are usually requested in order. */
  line: Line
  at: number
}

/** Facts about a module; null if they can't be determined from the tokens alone. */
export function readHeader(tokens: Tokens, statements: readonly number[], path: string): ModuleFacts | null {
  const { text, kinds } = tokens
  const reader: Reader = {
    tokens,
    text,
    kinds,
    path,
    at: 0,
    known: new Map(),
    headers: new Map(),
    steps: new Map(),
    functions: new Set(),
    bound: new Set(),
    called: false,
    definitions: [],
    line: firstLine,
  }
  const first = statements[0]
  if (first !== undefined && kinds[first] === Kind.openRound) return null
  for (let index = 0; index < statements.length; index++) {
    const start = statements[index] ?? 0
    if (!readStatement(reader, start, statements[index + 1] ?? tokens.count - 1)) return null
  }
  if (reader.called && reachesOut(reader)) return null
  if ([...reader.headers].some(([name, binding]) => mayChange(reader, name, binding))) return null
  const { headers, steps } = reader
  return {
    revision: headers.get('revision') ?? unbound,
    downRevision: headers.get('down_revision') ?? unbound,
    branchLabels: headers.get('branch_labels') ?? unbound,
    dependsOn: headers.get('depends_on') ?? unbound,
    upgrade: steps.get('upgrade') ?? unbound,
    downgrade: steps.get('downgrade') ?? unbound,
    doc: first === undefined ? null : docstring(reader, first),
    raises: null,
  }
}

/** Whether a list or set may have been changed in place, because its name appears again. */
function mayChange(reader: Reader, name: string, binding: Binding): boolean {
  if (binding.kind !== 'value' || (binding.value.kind !== 'list' && binding.value.kind !== 'set'))
    return false
  return reader.text.indexOf(name) !== reader.text.lastIndexOf(name)
}

function isMutable(value: PyValue): boolean {
  return value.kind === 'list' || value.kind === 'set'
}

function docstring(reader: Reader, first: number): string | null {
  const parts: string[] = []
  let at = first
  for (; reader.kinds[at] === Kind.string; at++) parts.push(docValue(wordAt(reader, at)))
  const ends = reader.kinds[at] === Kind.newline || reader.kinds[at] === Kind.semicolon
  return parts.length > 0 && ends ? parts.join('') : null
}

/** Reads one statement; false if unsupported. `next` is the first token of the next statement. */
function readStatement(reader: Reader, start: number, next: number): boolean {
  const { kinds } = reader
  switch (kinds[start]) {
    case Kind.string:
      return harmless(reader, start, next)
    case Kind.name:
      if (kinds[start + 1] === Kind.equal || kinds[start + 1] === Kind.colon) return assignment(reader, start)
      return harmless(reader, start, next)
    case Kind.def:
      return definition(reader, start, next)
    case Kind.raise:
    case Kind.assert:
      return false
    case Kind.import:
    case Kind.from:
      return imported(reader, start, next)
    default:
      return harmless(reader, start, next)
  }
}

/** False if the import may bind a name in `stopNames`. Otherwise, forgets the values of the names that it binds. */
function imported(reader: Reader, start: number, next: number): boolean {
  const { kinds, known } = reader
  const named = kinds[start] === Kind.from ? kinds.indexOf(Kind.import, start) : start
  if (kinds[named + 1] === Kind.star) {
    known.clear()
    reader.bound = null
    const { starts, ends } = reader.tokens
    return harmlessStars.test(reader.text.slice(starts[start + 1], ends[named - 1]))
  }
  for (let at = named + 1; at < next; at++) {
    // `a.b as c` binds only `c`; `a.b` binds only `a`.
    if (kinds[at] !== Kind.name || kinds[at - 1] === Kind.dot || kinds[at + 1] === Kind.as) continue
    const name = wordAt(reader, at)
    if (stopNames.has(name)) return false
    known.delete(name)
    reader.bound?.add(name)
  }
  return true
}

/** Reads `a = b = …` or `a: annotation = …`. */
function assignment(reader: Reader, start: number): boolean {
  const { kinds } = reader
  const names = [wordAt(reader, start)]
  let at = start + 1
  if (kinds[at] === Kind.colon) {
    const equal = endOfAnnotation(reader, at)
    if (equal === null) return false
    if (kinds[equal] !== Kind.equal) return true
    at = equal
  }
  while (kinds[at + 1] === Kind.name && kinds[at + 2] === Kind.equal) {
    names.push(wordAt(reader, at + 1))
    at += 2
  }
  reader.at = at + 1
  const value = tupleOrValue(reader)
  // A list with two names may be changed through either name.
  const shared = names.length > 1 && value !== null && isMutable(value)
  const read = value !== null && !shared && endsStatement(kinds[reader.at])
  for (const name of names) {
    if (!read && watchedNames.has(name)) return false
    if (!read) reader.known.delete(name)
    else if (name in headerNames) reader.headers.set(name, bound(value, spanOf(reader, at + 1)))
    else if (watchedNames.has(name)) return false
    if (read) reader.known.set(name, value)
  }
  if (!read && !harmless(reader, at + 1, endOfLine(reader, at + 1))) return false
  for (const name of names) reader.bound?.add(name)
  return true
}

/** Returns the index of the token after an annotation; null for `:=`, which binds a name. */
function endOfAnnotation(reader: Reader, colon: number): number | null {
  let open = 0
  for (let at = colon + 1; ; at++) {
    const kind = reader.kinds[at] ?? Kind.end
    if (kind === Kind.walrus) return null
    if (kind >= Kind.openRound && kind <= Kind.closeCurly) open += kind % 2 === 0 ? 1 : -1
    if (open === 0 && (kind === Kind.equal || endsStatement(kind))) return at
  }
}

function endsStatement(kind: number | undefined): boolean {
  return kind === Kind.newline || kind === Kind.semicolon || kind === Kind.end
}

function endOfLine(reader: Reader, from: number): number {
  let at = from
  while (!endsStatement(reader.kinds[at])) at++
  return at
}

/**
 * Whether to skip an unsupported statement and forget the values of its names. Never skips a statement with possibly
 * unbound names, `stopNames`, `:=`, `global`, star imports, or an `if` with `raise`.
 */
function harmless(reader: Reader, start: number, next: number): boolean {
  const { kinds, known, tokens } = reader
  if (reader.bound !== null && !usesBoundNames(tokens, start, next, reader.bound)) return false
  for (let at = start; at < next; at++) {
    const kind = kinds[at]
    if (kind === Kind.walrus || kind === Kind.global) return false
    if (kind === Kind.raise && kinds[start] === Kind.if) return false
    if (kind === Kind.star && kinds[at - 1] === Kind.import) return false
    if (kind !== Kind.name) continue
    const name = wordAt(reader, at)
    if (stopNames.has(name)) return false
    reader.called ||= reader.functions.has(name)
    known.delete(name)
  }
  return true
}

/** Reads a function without decorators; false if unsupported. */
function definition(reader: Reader, start: number, next: number): boolean {
  const name = wordAt(reader, start + 1)
  if (reader.bound !== null && !hasBoundDefaults(reader.tokens, start + 2, reader.bound)) return false
  reader.known.delete(name)
  reader.functions.add(name)
  reader.bound?.add(name)
  reader.definitions.push(start, next)
  if (!watchedNames.has(name)) return true
  if (name !== 'upgrade' && name !== 'downgrade') return false
  const signature = signatureAt(reader, start + 2)
  if (signature === null || (name === 'upgrade' && beginsByRaising(reader, start, next))) return false
  reader.steps.set(name, { kind: 'function', ...signature, span: spanOf(reader, start) })
  return true
}

/** Whether a function body starts with `raise`, after any docstring. */
function beginsByRaising({ kinds }: Reader, start: number, next: number): boolean {
  let at = start
  while (at < next && kinds[at] !== Kind.indent && kinds[at] !== Kind.raise) at++
  if (kinds[at] === Kind.indent) at++
  if (kinds[at] === Kind.string && kinds[at + 1] === Kind.newline) at += 2
  return kinds[at] === Kind.raise
}

/** Whether any function may access the module's namespace (`global`, `globals()`). */
function reachesOut({ tokens, text, definitions }: Reader): boolean {
  for (let index = 0; index < definitions.length; index += 2) {
    const [start = 0, next = 0] = definitions.slice(index, index + 2)
    const source = text.slice(tokens.starts[start], tokens.starts[next])
    if (reachingWords.some((word) => source.includes(word))) return true
  }
  return false
}

/** Reads the parameters, starting at the `(`. Null for `:=` or `lambda`. */
function signatureAt(reader: Reader, from: number): { required: string[]; keywords: string[] | null } | null {
  const { kinds } = reader
  if (kinds[from] !== Kind.openRound) return null
  const required: string[] = []
  let keywords: string[] | null = []
  let open = 0
  let stars = 0
  for (let at = from; ; at++) {
    const kind = kinds[at] ?? Kind.end
    if (kind === Kind.walrus || kind === Kind.lambda || kind === Kind.end) return null
    if (kind >= Kind.openRound && kind <= Kind.closeCurly) open += kind % 2 === 0 ? 1 : -1
    if (open === 0) return { required, keywords }
    if (open > 1 || (kinds[at] !== Kind.openRound && kinds[at] !== Kind.comma)) continue
    stars = kinds[at + 1] === Kind.star ? 1 : kinds[at + 1] === Kind.doubleStar ? 2 : 0
    if (kinds[at + 1] === Kind.slash) {
      keywords = []
      continue
    }
    const parameter = at + 1 + (stars > 0 ? 1 : 0)
    if (kinds[parameter] !== Kind.name) continue
    if (stars === 2) keywords = null
    if (stars > 0) continue
    keywords?.push(wordAt(reader, parameter))
    if (!hasDefault(reader, parameter)) required.push(wordAt(reader, parameter))
  }
}

function hasDefault(reader: Reader, parameter: number): boolean {
  let open = 0
  for (let at = parameter + 1; ; at++) {
    const kind = reader.kinds[at] ?? Kind.end
    if (kind >= Kind.openRound && kind <= Kind.closeCurly) open += kind % 2 === 0 ? 1 : -1
    if (open === 0 && kind === Kind.equal) return true
    if (open < 0 || (open === 0 && kind === Kind.comma) || kind === Kind.end) return false
  }
}

function wordAt(reader: Reader, at: number): string {
  return reader.text.slice(reader.tokens.starts[at], reader.tokens.ends[at])
}

function spanOf(reader: Reader, at: number): Span {
  const { text, path } = reader
  const offset = reader.tokens.starts[at] ?? 0
  reader.line = lineAt(text, offset, offset < reader.line.start ? firstLine : reader.line)
  return { path, line: reader.line.number, column: columnAt(text, offset, reader.line) }
}

/** Reads a value, or a tuple without parentheses, such as `a, b`. */
function tupleOrValue(reader: Reader): PyValue | null {
  const first = literal(reader)
  if (first === null || reader.kinds[reader.at] !== Kind.comma) return first
  return items(reader, [first], 'tuple', null)
}

/** Reads a literal, a known name, literals in brackets, or adjacent strings. */
function literal(reader: Reader): PyValue | null {
  const { kinds } = reader
  const kind = kinds[reader.at]
  switch (kind) {
    case Kind.none:
      reader.at++
      return none
    case Kind.true:
    case Kind.false:
      reader.at++
      return { kind: 'bool', value: kind === Kind.true }
    case Kind.string:
      return stringsAt(reader)
    case Kind.name:
      return knownName(reader)
    case Kind.openRound:
    case Kind.openSquare:
    case Kind.openCurly:
      return container(reader, kind)
    default:
      return null
  }
}

function stringsAt(reader: Reader): PyValue | null {
  const parts: string[] = []
  for (; reader.kinds[reader.at] === Kind.string; reader.at++) {
    const part = stringValue(wordAt(reader, reader.at))
    if (part === null) return null
    parts.push(part)
  }
  if (reader.kinds[reader.at] === Kind.formatted) return null
  return { kind: 'str', value: parts.join('') }
}

function knownName(reader: Reader): PyValue | null {
  const found = reader.known.get(wordAt(reader, reader.at)) ?? null
  if (found === null || isMutable(found)) return null
  reader.at++
  return found
}

function container(reader: Reader, opener: number): PyValue | null {
  const kind = opener === Kind.openSquare ? 'list' : opener === Kind.openCurly ? 'set' : 'tuple'
  const closer = opener + 1
  reader.at++
  if (reader.kinds[reader.at] === closer) {
    if (kind === 'set') return null
    reader.at++
    return { kind, items: [] }
  }
  const first = literal(reader)
  if (first === null) return null
  if (kind === 'tuple' && reader.kinds[reader.at] === closer) {
    reader.at++
    return first
  }
  return items(reader, [first], kind, closer)
}

/** Reads the remaining items and the closing bracket. */
function items(
  reader: Reader,
  found: PyValue[],
  kind: 'tuple' | 'list' | 'set',
  closer: number | null,
): PyValue | null {
  const { kinds } = reader
  while (kinds[reader.at] === Kind.comma) {
    reader.at++
    if (closer === null ? endsStatement(kinds[reader.at]) : kinds[reader.at] === closer) break
    const item = literal(reader)
    if (item === null) return null
    found.push(item)
  }
  if (closer !== null) {
    if (kinds[reader.at] !== closer) return null
    reader.at++
  }
  if (kind !== 'set') return { kind, items: found }
  // Sets of other values would need Python's equality, under which 1 and True are the same element.
  if (found.some((item) => item.kind !== 'str')) return null
  const seen = new Map(found.map((item) => [item.kind === 'str' ? item.value : '', item]))
  return { kind, items: [...seen.values()] }
}
