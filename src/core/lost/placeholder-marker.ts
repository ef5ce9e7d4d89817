/** Recognizes placeholders by a marker in their docstring. */
import type { Revision } from '../history/revision.ts'

/** Marker in the docstring of every placeholder. */
export const placeholderWords =
  'The migration with this id was lost, but databases are stamped with it. This file replaces it so that Alembic finds the id in the history.'

/** Whether the guard wrote this file as a placeholder. */
export function isPlaceholder({ module: { doc } }: Revision): boolean {
  if (doc === null || doc.length < placeholderWords.length) return false
  return doc.replaceAll(/\s+/g, ' ').includes(placeholderWords)
}
