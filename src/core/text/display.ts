/** Makes external text safe and short enough for a message. */

/** Maximum length of a database or repository name. */
const maxLength = 80

/**
 * Characters that a reader could misinterpret: controls, separators, bidirectional overrides, invisible joiners and
 * lone surrogates.
 */
const unsafe =
  // eslint-disable-next-line no-misleading-character-class
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** Replaces each unsafe character with `escape(character)`. */
export function replaceUnsafe(text: string, escape: (character: string) => string): string {
  return text.replace(unsafe, escape)
}

/** Fast path: most strings are printable ASCII. */
const printableAscii = /^[ -~]*$/

/** Replaces unsafe characters with escapes such as `\n` and `\x1b`. */
export function printable(text: string): string {
  if (printableAscii.test(text)) return text
  return replaceUnsafe(text, (character) => {
    if (character === '\n') return '\\n'
    if (character === '\r') return '\\r'
    if (character === '\t') return '\\t'
    const code = character.charCodeAt(0)
    return code < 256
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** Formats a name for a message: printable, on one line, truncated. Quotes empty or padded names. */
export function shown(text: string): string {
  const safe = printable(text)
  const short = safe.length > maxLength ? `${safe.slice(0, maxLength - 3)}...` : safe
  return short === '' || short !== short.trim() ? `'${short}'` : short
}

/** Maximum length of a sentence, such as an error. */
const maxSentenceLength = 400

/** Formats a sentence for a message. The result is printable, on one line and truncated. */
export function shownSentence(text: string): string {
  const safe = printable(text)
  return safe.length > maxSentenceLength ? `${safe.slice(0, maxSentenceLength - 3)}...` : safe
}

/** Formats a list of names: `a`, `a and b`, or `a, b and 3 more`. */
export function listed(names: readonly string[], most = 4): string {
  const visible = names.length <= most ? names.map(shown) : names.slice(0, most - 1).map(shown)
  const rest = names.length - visible.length
  if (rest > 0) visible.push(`${rest} more`)
  if (visible.length < 2) return visible[0] ?? ''
  return `${visible.slice(0, -1).join(', ')} and ${visible.at(-1)}`
}

/** Formats a count with its noun: `1 revision`, `2 revisions`. Pass irregular plurals as `plural`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  // Locale-aware formatting takes ten milliseconds on first use.
  const digits = String(count).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${digits} ${count === 1 ? singular : plural}`
}

/** Whether the edit distance between two strings is at most `most`. */
export function withinEdits(a: string, b: string, most: number): boolean {
  if (Math.abs(a.length - b.length) > most) return false
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let line = 1; line <= a.length; line += 1) {
    const next = [line]
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (a[line - 1] === b[column - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    if (Math.min(...next) > most) return false
    row = next
  }
  return (row[b.length] ?? 0) <= most
}
