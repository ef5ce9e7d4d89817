/** Imitates Python's exceptions and its rules for whitespace. */
import type { PythonError } from '../../core/history/migration-module.ts'
import { utf8Error } from './decode-source.ts'

/** Thrown where Python raises an exception. `error` contains Python's own message. */
export class PythonRaise extends Error {
  readonly error: PythonError

  constructor(type: string, message: string) {
    super(`${type}: ${message}`)
    this.name = 'PythonRaise'
    this.error = { type, message }
  }
}

/**
 * Whitespace as defined by `str.isspace()`. JavaScript's `\s` lacks U+001C–U+001F and U+0085, and includes U+FEFF.
 */
const space = '\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const firstNonSpace = new RegExp(`[^${space}]`)
const spaceCharacter = new RegExp(`[${space}]`)

/** Number of leading characters that Python considers whitespace; -1 if all characters are whitespace. */
export function indentOf(text: string): number {
  return text.search(firstNonSpace)
}

/** Equivalent of `str.rstrip()`. */
export function pythonTrimEnd(text: string): string {
  let end = text.length
  while (end > 0 && spaceCharacter.test(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}

/** Equivalent of `str.strip()`. */
export function pythonTrim(text: string): string {
  const start = indentOf(text)
  return start < 0 ? '' : pythonTrimEnd(text.slice(start))
}

/**
 * Equivalent of `bytes.decode('utf-8')`. Keeps a byte order mark.
 * @throws {@link PythonRaise} with `UnicodeDecodeError`
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    const words = utf8Error(bytes).message.replace('(unicode error) ', '')
    throw new PythonRaise('UnicodeDecodeError', words)
  }
}
