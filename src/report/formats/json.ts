/** Formats a report as JSON that is safe to print. The format is a published contract. */
import { replaceUnsafe } from '../../core/text/display.ts'
import type { Report } from '../model/report.ts'

/** Prints one indented object with a trailing newline. */
export function json(report: Report): string {
  return jsonText(report)
}

/**
 * Encodes any value as JSON. Escapes control characters, and `##[`, which GitHub's runner interprets as a command
 * anywhere in a line. The parsed value stays the same.
 */
export function jsonText(value: unknown): string {
  return `${harmless(JSON.stringify(value, null, 2))}\n`
}

/** Encodes any value as a single line of JSON, without a newline. */
export function jsonLine(value: unknown): string {
  return harmless(JSON.stringify(value))
}

function harmless(written: string): string {
  const text = written.replaceAll('##[', String.raw`#\u0023[`)
  return replaceUnsafe(text, (character) => (character === '\n' ? character : unicodeEscape(character)))
}

function unicodeEscape(character: string): string {
  return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
