/** Edits `down_revision` and the docstring's `Revises:` line. Refuses an edit that would change anything else. */
import type { MigrationModule, PyValue } from '../../core/history/migration-module.ts'
import type { ParentChange } from '../../core/lost/plan-placeholder.ts'
import { decodeSource } from '../source/decode-source.ts'
import { recogniseModule } from '../syntax/grammar.ts'
import { readMigration } from '../header/read-migration.ts'
import { type Tokens, scanTokens } from '../tokens/tokenize.ts'
import { stringValue } from '../source/string-literal.ts'
import { Kind } from '../tokens/token-kinds.ts'
import { pythonLiteral } from '../source/write-literal.ts'

/** The edited file, or why the user must edit it manually. */
export type Relinked =
  | { readonly kind: 'relinked'; readonly bytes: Uint8Array }
  | { readonly kind: 'refused'; readonly reason: string }

/** A replacement. Offsets count characters of the decoded text. */
interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Changes a migration's parents. Never throws. */
export function relinkMigration(bytes: Uint8Array, path: string, changes: readonly ParentChange[]): Relinked {
  const refused = (reason: string): Relinked => ({ kind: 'refused', reason })
  const source = decodeSource(bytes)
  if (source.kind !== 'text') return refused("the file can't be decoded")
  const offsets = byteOffsets(bytes, source.text)
  if (offsets === null) return refused("files in this encoding can't be edited safely")
  const before = readMigration(bytes, path)
  const names = before.downRevision.kind === 'value' ? namesIn(before.downRevision.value) : null
  if (names === null) return refused("down_revision isn't a string literal or a tuple of string literals")
  const tokens = scanTokens(source.text)
  const { statements, objection } = recogniseModule(tokens)
  if (objection !== null) return refused("the file isn't valid Python")
  const value = parentTokens(tokens, statements)
  if (value === null)
    return refused('down_revision must be assigned exactly once, using plain string literals')
  const splices = splicesFor(tokens, value, changes)
  if (typeof splices === 'string') return refused(splices)
  const wanted = namesAfter(names, changes)
  const first = statements[0]
  const documented =
    first !== undefined && tokens.kinds[first] === Kind.string
      ? revisesSplices(source.text, tokens.starts[first] ?? 0, tokens.ends[first] ?? 0, names, wanted)
      : []
  const result = spliced(bytes, offsets, [...documented, ...splices])
  const problem = unwanted(before, readMigration(result, path), wanted)
  return problem === null ? { kind: 'relinked', bytes: result } : refused(problem)
}

/** Parents after the changes, in order. */
function namesAfter(names: readonly string[], changes: readonly ParentChange[]): readonly string[] {
  if (names.length === 0) return changes.find(({ from }) => from === null)?.to ?? []
  return names.flatMap((name) => changes.find(({ from }) => from === name)?.to ?? [name])
}

function namesIn(value: PyValue): readonly string[] | null {
  if (value.kind === 'none') return []
  if (value.kind === 'str') return value.value === '' ? null : [value.value]
  if (value.kind !== 'tuple' && value.kind !== 'list') return null
  const names = value.items.map((item) => (item.kind === 'str' ? item.value : null))
  return names.every((name) => name !== null) ? names : null
}

/** Token range of the `down_revision` value; null unless there is exactly one assignment. */
function parentTokens(
  { kinds, starts, ends, text }: Tokens,
  statements: readonly number[],
): { first: number; end: number } | null {
  const found = statements.filter(
    (at) => kinds[at] === Kind.name && text.slice(starts[at], ends[at]) === 'down_revision',
  )
  const [start] = found
  if (start === undefined || found.length > 1) return null
  let at = start + 1
  if (kinds[at] !== Kind.equal && kinds[at] !== Kind.colon) return null
  let open = 0
  for (; open > 0 || kinds[at] !== Kind.equal; at += 1) {
    const kind = kinds[at] ?? Kind.end
    if (kind === Kind.newline || kind === Kind.end || kind === Kind.semicolon) return null
    if (kind >= Kind.openRound && kind <= Kind.closeCurly) open += kind % 2 === 0 ? 1 : -1
  }
  let end = at + 1
  while (kinds[end] !== Kind.newline && kinds[end] !== Kind.semicolon && kinds[end] !== Kind.end) {
    if (kinds[end] === Kind.equal) return null
    end += 1
  }
  return { first: at + 1, end }
}

/** A parent in a list: one or more adjacent string literals. */
interface Element {
  readonly from: number
  readonly to: number
  readonly value: string
  readonly quote: "'" | '"'
}

function splicesFor(
  tokens: Tokens,
  { first, end }: { first: number; end: number },
  changes: readonly ParentChange[],
): readonly Splice[] | string {
  const { kinds, starts, ends, text } = tokens
  if (end - first === 1 && kinds[first] === Kind.none) {
    const to = changes.find(({ from }) => from === null)?.to ?? []
    const header = text.slice(0, starts[first])
    const quote = /^revision\b[^'"\n]*=[ \t]*"/m.test(header) ? '"' : "'"
    return [{ start: starts[first] ?? 0, end: ends[first] ?? 0, text: written(to, quote, false) }]
  }
  const elements: Element[] = []
  let brackets = false
  for (let at = first; at < end; at += 1) {
    const kind = kinds[at]
    if (kind === Kind.string) {
      let last = at
      while (kinds[last + 1] === Kind.string) last += 1
      let value = ''
      for (let part = at; part <= last; part += 1) {
        value += stringValue(text.slice(starts[part], ends[part])) ?? ''
      }
      const quote = /['"]/.exec(text.slice(starts[at], ends[at]))?.[0] === '"' ? '"' : "'"
      elements.push({ from: at, to: last, value, quote })
      at = last
    } else if (kind === Kind.comma || kind === Kind.openSquare) brackets = true
    else if (kind !== Kind.openRound && kind !== Kind.closeRound && kind !== Kind.closeSquare) {
      return "down_revision isn't a string literal or a tuple of string literals"
    }
  }
  return elements.flatMap((element, index): Splice[] => {
    const change = changes.find(({ from }) => from === element.value)
    if (!change) return []
    const start = starts[element.from] ?? 0
    const stop = ends[element.to] ?? 0
    if (change.to.length > 0) {
      return [{ start, end: stop, text: written(change.to, element.quote, brackets) }]
    }
    const next = elements[index + 1]
    const previous = elements[index - 1]
    if (next) return [{ start, end: starts[next.from] ?? stop, text: '' }]
    return [{ start: previous ? (ends[previous.to] ?? start) : start, end: stop, text: '' }]
  })
}

function written(names: readonly string[], quote: "'" | '"', inside: boolean): string {
  const list = names.map((name) => pythonLiteral(name, quote)).join(', ')
  return names.length === 1 || inside ? list : `(${list})`
}

/** Edits the docstring's `Revises:` line if it lists exactly the old parents. */
function revisesSplices(
  text: string,
  start: number,
  end: number,
  names: readonly string[],
  wanted: readonly string[],
): readonly Splice[] {
  if (wanted.some((name) => !/^[\x20-\x7e]+$/.test(name) || /["'\\,]/.test(name))) return []
  const match = /^([ \t]*Revises:)([ \t]*)(.*?)([ \t]*)$/m.exec(text.slice(start, end))
  if (!match) return []
  const [, head = '', blank = '', said = ''] = match
  const from = start + match.index + head.length
  const separator = /,\s*/.exec(said)?.[0] ?? ', '
  const parts = said === '' || said === 'None' ? [] : said.split(/,\s*/)
  if (parts.length !== names.length || parts.some((part, index) => part !== names[index])) return []
  const body = wanted.join(separator)
  return [{ start: from, end: from + blank.length + said.length, text: (blank || ' ') + body }]
}

/** Why the edit must be refused; null if only the parents changed. */
function unwanted(before: MigrationModule, after: MigrationModule, wanted: readonly string[]): string | null {
  const names = after.downRevision.kind === 'value' ? namesIn(after.downRevision.value) : null
  const asWanted = names !== null && names.join('\0') === wanted.join('\0')
  const rest = (module: MigrationModule): string =>
    JSON.stringify({ ...module, downRevision: null, doc: null }, (key, value: unknown) =>
      key === 'span' ? null : value,
    )
  return asWanted && rest(before) === rest(after) ? null : 'the edit would change more than down_revision'
}

/**
 * Byte offset of each character; null if the text doesn't match the bytes. In the text, every line ending is `\n`.
 */
function byteOffsets(bytes: Uint8Array, text: string): Uint32Array | null {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  for (const wide of [true, false]) {
    const offsets = new Uint32Array(text.length + 1)
    let at = marked
    for (let index = 0; index < text.length; index += 1) {
      offsets[index] = at
      const code = text.charCodeAt(index)
      if (code === 10 && bytes[at] === 13) at += bytes[at + 1] === 10 ? 2 : 1
      else if (!wide || code < 0x80) at += 1
      else if (code < 0x800 || (code >= 0xd800 && code < 0xe000)) at += 2
      else at += 3
    }
    offsets[text.length] = at
    if (at === bytes.length) return offsets
  }
  return null
}

function spliced(bytes: Uint8Array, offsets: Uint32Array, splices: readonly Splice[]): Uint8Array {
  const parts: Uint8Array[] = []
  let at = 0
  for (const { start, end, text } of splices.toSorted((a, b) => a.start - b.start)) {
    parts.push(bytes.subarray(at, offsets[start]), new TextEncoder().encode(text))
    at = offsets[end] ?? bytes.length
  }
  parts.push(bytes.subarray(at))
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let length = 0
  for (const part of parts) {
    result.set(part, length)
    length += part.length
  }
  return result
}
