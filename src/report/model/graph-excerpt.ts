/** Selects the part of the graph that a report shows. */
import type { MarkedGraph } from '../../drawing/marks.ts'
import { type View, troubleOf } from '../../drawing/view.ts'

/** Maximum number of revisions to show along with their neighbors. */
const maxPlaces = 16

/**
 * Selects revisions that need attention, and those on either side of the boundary between applied and pending
 * revisions. If there is no boundary, also selects the heads.
 */
export function viewOf(picture: MarkedGraph): View {
  const { revisions, links } = picture
  const trouble = troubleOf(picture)
  const border = links.flatMap(({ from, to }) => {
    const [after, before] = [revisions[from], revisions[to]]
    return after && before?.state === 'applied' && after.state === 'pending' ? [before.id, after.id] : []
  })
  const heads = border.length > 0 ? [] : revisions.filter(({ head }) => head).map(({ id }) => id)
  return { around: [...new Set([...trouble, ...border, ...heads])].slice(0, maxPlaces) }
}
