/** Formats text as a Python string literal whose content can't terminate it. */

const named: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Returns the text as an ASCII literal, so the file's encoding doesn't matter. */
export function pythonLiteral(text: string, quote: "'" | '"' = "'"): string {
  let body = ''
  for (const character of text) body += escaped(character, quote)
  return quote + body + quote
}

function escaped(character: string, quote: string): string {
  if (character === quote) return `\\${character}`
  const escape = named[character]
  if (escape !== undefined) return escape
  const code = character.codePointAt(0) ?? 0
  if (code >= 0x20 && code < 0x7f) return character
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}

/** Makes text safe for a docstring or comment: printable ASCII without backslashes or double quotes. */
export function docstringText(text: string): string {
  return text.replace(/[^\x20-\x7e]|[\\"]/gu, '?')
}
