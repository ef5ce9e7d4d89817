/** Creates links from reports to the graph page (`graph --format html`). Returns no markup. */
import { printable } from '../../core/text/display.ts'

/** Maximum number of revision links in a report for one finding. */
const maxLinks = 12

/** A revision and its URL on the graph page. */
export interface RevisionLink {
  readonly id: string
  readonly href: string
}

/**
 * Returns the page's URL if it is safe to use in a link: http, https or a relative path, without credentials or a
 * fragment. Otherwise, returns null.
 */
export function graphPageUrl(text: string): string | null {
  if (text === '' || text !== text.trim() || text !== printable(text)) return null
  // If the report were opened from disk, a URL such as `//host/path` would resolve to a different address.
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

/** Returns links to the first few revisions on the graph page; empty if there is no graph page. */
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
