/** Measures, compares, prints and splits text as Python does. */

/** The number of code points, as returned by Python's `len()`. */
export function pythonLength(text: string): number {
  let length = 0
  for (const _ of text) length += 1
  return length
}

/** Compares strings by code point, as Python does. JavaScript compares UTF-16 code units. */
export function comparePythonText(a: string, b: string): number {
  const left = Array.from(a)
  const right = Array.from(b)
  for (let index = 0; index < left.length && index < right.length; index += 1) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** Python's `repr(text)`. A `KeyError`'s message contains its key in this form. */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let body = ''
  for (const character of text) body += escaped(character, quote)
  return quote + body + quote
}

const named: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escaped(character: string, quote: string): string {
  if (character === quote) return `\\${character}`
  const escape = named[character]
  if (escape !== undefined) return escape
  const code = character.codePointAt(0) ?? 0
  if (character === ' ' || !/[\p{C}\p{Z}]/u.test(character)) return character
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}

/** The part of a path after the last `/`. */
export function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Alembic's module name for a file, such as `1_py` for `1.py` (alembic/util/pyfiles.py, load_python_file). */
export function moduleNameOf(path: string): string {
  return fileNameOf(path).replace(/[^\p{L}\p{N}_]/gu, '_')
}
