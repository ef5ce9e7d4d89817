/** Measures and truncates strings by terminal columns. East Asian characters and emoji take two columns. */
import { eastAsianWidth } from 'get-east-asian-width'

/**
 * Returns the width in columns. Combining and invisible characters have no width. Control characters aren't allowed.
 */
export function textWidth(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) width += widthOf(character)
  return width
}

function widthOf(character: string): number {
  return /[\p{Mn}\p{Me}\p{Cf}]/u.test(character) ? 0 : eastAsianWidth(character.codePointAt(0) ?? 0)
}

/** Truncates a string to `most` columns, including `ending`. Never splits a character. */
export function clippedText(text: string, most: number, ending: string): string {
  if (textWidth(text) <= most) return text
  const room = Math.max(1, most - textWidth(ending))
  let beginning = ''
  let width = 0
  for (const character of text) {
    width += widthOf(character)
    if (width > room) break
    beginning += character
  }
  return beginning.trimEnd() + ending
}
