/** Highlights the search term in text, without ever parsing the text as HTML. */
import { element } from './elements.ts'

/**
 * Returns the text as nodes, with every match in a `mark` element. `wanted` must be lowercase; if it is empty, nothing
 * is marked.
 */
export function markedText(text: string, wanted: string): readonly (Node | string)[] {
  const low = text.toLowerCase()
  // Mark nothing if lowercasing makes the text longer, as it does for some letters: all later offsets would shift.
  if (wanted === '' || low.length !== text.length) return [text]
  const parts: (Node | string)[] = []
  let from = 0
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, from)) {
    if (at > from) parts.push(text.slice(from, at))
    from = at + wanted.length
    parts.push(element('mark', '', text.slice(at, from)))
  }
  return from < text.length ? [...parts, text.slice(from)] : parts
}
