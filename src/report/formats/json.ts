/** Formats a report as printable JSON. The format is a published contract. */
import { replaceUnsafe } from '../../core/text/display.ts'
import type { Report } from '../model/report.ts'

/** Prints one indented object and a newline. */
export function json(report: Report): string {
  return jsonText(report)
}

/** Encodes a value as JSON. Escapes control characters and `##[`, which GitHub's runner would treat as a command. */
export function jsonText(value: unknown): string {
  return `${harmless(JSON.stringify(value, null, 2))}\n`
}

/** Encodes a value as a single line of JSON, without a trailing newline. */
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
