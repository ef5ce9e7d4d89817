/** Marks what was searched for in a text, without ever reading the text as HTML. */
import { element } from './elements.ts'

/** The text as nodes, every hit in a `mark`; `wanted` in lower case, empty: no hit. */
export function markedText(text: string, wanted: string): readonly (Node | string)[] {
  const low = text.toLowerCase()
  // Some letters grow in lower case; then places in one text are none in the other.
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
