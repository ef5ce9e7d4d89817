/** Which part of the graph a report shows: the neighbourhood of what the findings are about. Draws nothing itself. */
import type { MarkedGraph } from '../../drawing/marks.ts'
import { type View, troubleOf } from '../../drawing/view.ts'

/** No picture has more places than these around which revisions are shown. */
const maxPlaces = 16

/**
 * What deserves a look, and where the database stands: the last applied revisions beside the first that are to run. A
 * lost revision has no neighbours of its own, so without such a border the heads are shown too.
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
