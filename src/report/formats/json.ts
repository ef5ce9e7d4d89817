/** The report as JSON: the published contract and nothing else; and how JSON is written wherever it may be printed. */
import { replaceUnsafe } from '../../core/text/display.ts'
import type { Report } from '../model/report.ts'

/** One object, indented, with a newline at the end. */
export function json(report: Report): string {
  return jsonText(report)
}

/**
 * Any value as JSON. Characters that a terminal obeys are escaped, and so is `##[`, which GitHub's runner takes for a
 * command wherever it stands in a line; a parser sees no difference.
 */
export function jsonText(value: unknown): string {
  return `${harmless(JSON.stringify(value, null, 2))}\n`
}

/** The same on one line, without its end. */
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
