/** How much room a text takes, and how it is cut to fit. Knows no format. */
import { printable } from '../core/text/display.ts'

/** About how wide a text is, at `each` pixels for a Latin letter; East Asian ones and pictures take two. */
export function textWidth(text: string, each: number): number {
  let width = 0
  for (const character of text) width += (character.codePointAt(0) ?? 0) >= 0x1100 ? 2 * each : each
  return width
}

/** Cuts a text to about so many Latin letters. */
export function clippedText(text: string, most: number): string {
  const safe = printable(text)
  if (textWidth(safe, 1) <= most) return safe
  let cut = ''
  for (const character of safe) {
    if (textWidth(cut + character, 1) > most - 1) break
    cut += character
  }
  return `${cut.trimEnd()}…`
}
