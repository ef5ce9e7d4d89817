/** What Python would raise, and its idea of white space. Knows nothing about which module raises it or why. */
import type { PythonError } from '../../core/history/migration-module.ts'
import { utf8Error } from './decode-source.ts'

/** Thrown by readers of Python's formats where Python itself would raise; `error` holds Python's own words. */
export class PythonRaise extends Error {
  readonly error: PythonError

  constructor(type: string, message: string) {
    super(`${type}: ${message}`)
    this.name = 'PythonRaise'
    this.error = { type, message }
  }
}

/** What `str.isspace()` is true for; JavaScript's `\s` is another set (it lacks U+001C–U+001F and U+0085, and has U+FEFF). */
const space = '\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const firstNonSpace = new RegExp(`[^${space}]`)
const spaceCharacter = new RegExp(`[${space}]`)

/** How many characters of white space, in Python's sense, a text begins with; -1 when there is nothing else. */
export function indentOf(text: string): number {
  return text.search(firstNonSpace)
}

/** `str.rstrip()` */
export function pythonTrimEnd(text: string): string {
  let end = text.length
  while (end > 0 && spaceCharacter.test(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}

/** `str.strip()` */
export function pythonTrim(text: string): string {
  const start = indentOf(text)
  return start < 0 ? '' : pythonTrimEnd(text.slice(start))
}

/** `bytes.decode('utf-8')`; throws {@link PythonRaise} with `UnicodeDecodeError`. A byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    const words = utf8Error(bytes).message.replace('(unicode error) ', '')
    throw new PythonRaise('UnicodeDecodeError', words)
  }
}
