/** How a file that the guard wrote for a lost revision is known again. */
import type { Revision } from '../history/revision.ts'

/** What every placeholder says of itself in its docstring; by this it is known again. */
export const placeholderWords =
  'The migration with this id is gone, and databases are stamped with it. This file replaces it, so that Alembic finds the id in the history.'

/** Did the guard write this file to stand in for a lost revision? */
export function isPlaceholder({ module: { doc } }: Revision): boolean {
  return doc !== null && doc.replaceAll(/\s+/g, ' ').includes(placeholderWords)
}
