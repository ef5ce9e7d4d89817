import { element } from './elements.ts'

/** Wraps each match in a `mark` element. `wanted` must be lowercase. */
export function markedText(text: string, wanted: string): readonly (Node | string)[] {
  const low = text.toLowerCase()
  // Some letters become longer when lowercased, which would shift later offsets.
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
