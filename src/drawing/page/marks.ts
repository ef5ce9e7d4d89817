/** Highlights the search term in text that is never parsed as HTML. */
import { element } from './elements.ts'

/** Returns the text as nodes, with every match in a `mark`; `wanted` must be lower case, or empty to mark nothing. */
export function markedText(text: string, wanted: string): readonly (Node | string)[] {
  const low = text.toLowerCase()
  // Some letters become longer in lower case, which would shift all offsets.
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
