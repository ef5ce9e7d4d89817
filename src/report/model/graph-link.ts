/** Links reports to the graph page (`graph --format html`). */
import { printable } from '../../core/text/display.ts'

/** Maximum number of links per finding. */
const maxLinks = 12

/** A revision and its URL on the graph page. */
export interface RevisionLink {
  readonly id: string
  readonly href: string
}

/** Returns the URL if it is relative or uses http or https, without credentials or a fragment; null otherwise. */
export function graphPageUrl(text: string): string | null {
  if (text === '' || text !== text.trim() || text !== printable(text)) return null
  // In a report opened from disk, `//host/path` resolves to a different address.
  if (/^[/\\]{2}/.test(text)) return null
  try {
    const { protocol, username, password, hash, href } = new URL(text, 'http://page.invalid/')
    if (username !== '' || password !== '' || hash !== '') return null
    const relative = !/^[a-z][a-z\d+.-]*:/i.test(text)
    if (!relative && !/^https?:$/.test(protocol)) return null
    return (relative ? encodeURI(text) : href).replace(/[()'\\]/g, encoded)
  } catch {
    return null
  }
}

/** Returns links to the first few revisions; empty if there is no graph page. */
export function revisionLinks(
  page: string | null | undefined,
  revisions: readonly string[],
): readonly RevisionLink[] {
  if (page === null || page === undefined) return []
  return revisions.slice(0, maxLinks).map((revision) => {
    const id = printable(revision)
    return { id, href: `${page}#rev=${encodeURIComponent(id).replace(/[()'*!~]/g, encoded)}` }
  })
}

function encoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
