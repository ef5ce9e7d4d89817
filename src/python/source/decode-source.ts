/** Decodes a Python file. Handles the byte order mark, the encoding comment (PEP 263) and line endings. */
import type { PythonError } from '../../core/history/migration-module.ts'

/** A file's text with `\n` line endings, or why it can't be decoded. */
export type DecodedSource =
  | { readonly kind: 'text'; readonly text: string }
  /**
   * The file isn't valid UTF-8. `text` has one character per byte, because Python accepts invalid bytes in comments.
   */
  | { readonly kind: 'invalid-utf-8'; readonly text: string; readonly offsets: readonly number[] }
  | { readonly kind: 'error'; readonly error: PythonError; readonly line: number }
  | { readonly kind: 'unknown'; readonly reason: string }

/** Supported single-byte encodings, with TextDecoder's names. */
const singleByte: Readonly<Record<string, { readonly label: string; readonly undefinedBytes: string }>> = {
  cp1252: { label: 'windows-1252', undefinedBytes: '\x81\x8d\x8f\x90\x9d' },
  'windows-1252': { label: 'windows-1252', undefinedBytes: '\x81\x8d\x8f\x90\x9d' },
  cp1251: { label: 'windows-1251', undefinedBytes: '\x98' },
  'windows-1251': { label: 'windows-1251', undefinedBytes: '\x98' },
  'iso-8859-15': { label: 'iso-8859-15', undefinedBytes: '' },
  'latin-9': { label: 'iso-8859-15', undefinedBytes: '' },
  'koi8-r': { label: 'koi8-r', undefinedBytes: '' },
}

/** Decodes a file as Python 3 does on import (CPython Parser/tokenizer.c, decode_str). */
export function decodeSource(bytes: Uint8Array): DecodedSource {
  if (bytes.includes(0)) {
    // Python 3.11.4 and later raise SyntaxError with the same message.
    const error = { type: 'ValueError', message: 'source code string cannot contain null bytes' }
    return { kind: 'error', error, line: 1 }
  }
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const body = mark ? bytes.subarray(3) : bytes
  const encoding = declaredEncoding(body)
  if (mark && encoding !== 'utf-8') {
    return { kind: 'error', error: syntaxError(`encoding problem: ${encoding} with BOM`), line: 1 }
  }
  if (encoding === 'utf-8' || encoding === 'utf-8-sig') return decodeUtf8(body)
  if (encoding === 'iso-8859-1') return { kind: 'text', text: unixLines(bytesAsCharacters(body)) }
  if (encoding === 'ascii' || encoding === 'us-ascii') return decodeAscii(body)
  const known = singleByte[encoding]
  if (known === undefined) return { kind: 'unknown', reason: `the encoding ${encoding} isn't supported` }
  const bad = body.findIndex((byte) => known.undefinedBytes.includes(String.fromCharCode(byte)))
  if (bad !== -1) {
    const problem = `'charmap' codec can't decode byte ${hex(body[bad])} in position ${bad}: character maps to <undefined>`
    return { kind: 'error', error: syntaxError(problem), line: 1 }
  }
  const text = known.label === 'windows-1252' ? windows1252(body) : new TextDecoder(known.label).decode(body)
  return { kind: 'text', text: unixLines(text) }
}

/** Python's error for a name or string that isn't valid UTF-8. */
export function utf8Error(content: Uint8Array): PythonError {
  for (let at = 0; at < content.length;) {
    const length = sequenceLength(content[at] ?? 0)
    if (length === 0) return unicodeError(content, at, at, 'invalid start byte')
    for (let next = 1; next < length; next++) {
      const byte = content[at + next]
      if (byte === undefined) return unicodeError(content, at, at + next - 1, 'unexpected end of data')
      if (!continues(content[at] ?? 0, next, byte)) {
        return unicodeError(content, at, at + next - 1, 'invalid continuation byte')
      }
    }
    at += length
  }
  return syntaxError('invalid syntax')
}

/** The encoding declared in the first two lines, normalized; `utf-8` by default. */
function declaredEncoding(body: Uint8Array): string {
  let start = 0
  for (let line = 0; line < 2; line++) {
    if (startsCode(body[start])) break
    let end = start
    while (end < body.length && body[end] !== 0x0a && body[end] !== 0x0d) end++
    const text = bytesAsCharacters(body.subarray(start, end))
    const name = /^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)/.exec(text)?.[1]
    if (name !== undefined) return normalName(name)
    if (!/^[ \t\f]*(?:#|$)/.test(text)) break
    start = end + (body[end] === 0x0d && body[end + 1] === 0x0a ? 2 : 1)
  }
  return 'utf-8'
}

/** Whether a line's first byte proves that it's neither blank nor a comment. Used to avoid the full check. */
function startsCode(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0x20 && byte !== 0x23
}

/** Normalizes an encoding's name, using CPython's built-in aliases (get_normal_name). */
function normalName(name: string): string {
  const plain = name.toLowerCase().replaceAll('_', '-')
  if (plain === 'utf8' || plain === 'utf-8' || plain.startsWith('utf-8-')) return 'utf-8'
  if (/^(?:latin-1|iso-8859-1|iso-latin-1)(?:-|$)|^(?:latin1|l1|iso8859-1|cp819)$/.test(plain))
    return 'iso-8859-1'
  if (/^iso8859-\d+$/.test(plain)) return plain.replace('iso', 'iso-')
  return plain
}

/** The first byte order mark has already been removed. Python rejects a second one. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(body: Uint8Array): DecodedSource {
  try {
    return { kind: 'text', text: unixLines(utf8.decode(body)) }
  } catch {
    const offsets = invalidOffsets(body)
    return { kind: 'invalid-utf-8', text: bytesAsCharacters(body), offsets }
  }
}

function decodeAscii(body: Uint8Array): DecodedSource {
  const bad = body.findIndex((byte) => byte > 0x7f)
  if (bad === -1) return { kind: 'text', text: unixLines(bytesAsCharacters(body)) }
  const problem = `'ascii' codec can't decode byte ${hex(body[bad])} in position ${bad}: ordinal not in range(128)`
  return { kind: 'error', error: syntaxError(problem), line: 1 }
}

function invalidOffsets(body: Uint8Array): readonly number[] {
  const offsets: number[] = []
  for (let at = 0; at < body.length;) {
    const length = sequenceLength(body[at] ?? 0)
    let good = length > 0
    for (let next = 1; good && next < length; next++) {
      const byte = body[at + next]
      good = byte !== undefined && continues(body[at] ?? 0, next, byte)
    }
    if (!good) offsets.push(at)
    at += good ? length : 1
  }
  return offsets
}

/** Length in bytes of a UTF-8 sequence with this first byte; 0 if invalid. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1
  if (first < 0xc2) return 0
  if (first < 0xe0) return 2
  if (first < 0xf0) return 3
  return first < 0xf5 ? 4 : 0
}

/** Whether `byte` is valid at index `next` of a UTF-8 sequence. */
function continues(first: number, next: number, byte: number): boolean {
  if (byte < 0x80 || byte > 0xbf) return false
  if (next > 1) return true
  if (first === 0xe0) return byte >= 0xa0
  if (first === 0xed) return byte <= 0x9f
  if (first === 0xf0) return byte >= 0x90
  return first !== 0xf4 || byte <= 0x8f
}

function unicodeError(content: Uint8Array, from: number, to: number, problem: string): PythonError {
  const place =
    from === to ? `byte ${hex(content[from])} in position ${from}` : `bytes in position ${from}-${to}`
  return syntaxError(`(unicode error) 'utf-8' codec can't decode ${place}: ${problem}`)
}

function syntaxError(message: string): PythonError {
  return { type: 'SyntaxError', message }
}

function hex(byte: number | undefined): string {
  return `0x${(byte ?? 0).toString(16).padStart(2, '0')}`
}

/** Decodes true Latin-1. TextDecoder's `latin1` is actually Windows-1252. */
function bytesAsCharacters(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let start = 0; start < bytes.length; start += 8192) {
    parts.push(String.fromCharCode(...bytes.subarray(start, start + 8192)))
  }
  return parts.join('')
}

/** Windows-1252 characters from 0x80 to 0x9f, for which Node 20 returns control characters. */
const upper1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

function windows1252(bytes: Uint8Array): string {
  return bytesAsCharacters(bytes).replace(
    /[\x80-\x9f]/g,
    (byte) => upper1252[byte.charCodeAt(0) - 0x80] ?? byte,
  )
}

function unixLines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
}
