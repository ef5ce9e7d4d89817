/** Removes a revision from a history, as if it came from an unmerged branch. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/**
 * Writes the history without one revision, and links its children to its parents. Returns false if a child
 * can't be relinked.
 */
export function writeWithout(revisions, lost, into) {
  const gone = revisions.find(({ id }) => id === lost)
  mkdirSync(into, { recursive: true })
  for (const { id, path, down, depends } of revisions) {
    if (id === lost) continue
    const source = readFileSync(path, 'utf8')
    const named = down.includes(lost) || depends.includes(lost)
    const text = named
      ? relinked(source, lost, [...new Set([...down.filter((one) => one !== lost), ...gone.down])])
      : source
    if (text === null || depends.includes(lost)) return false
    writeFileSync(join(into, basename(path)), text)
  }
  return true
}

function relinked(source, lost, parents) {
  const assignment = /^down_revision\b[^=\n]*=[^\n]*(?:\n[ )][^\n]*)*/m
  const said = assignment.exec(source)
  if (!said || !new RegExp(`["']${lost.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}["']`).test(said[0]))
    return null
  const [one] = parents
  const value =
    parents.length === 0
      ? 'None'
      : parents.length === 1
        ? `'${one}'`
        : `(${parents.map((id) => `'${id}'`).join(', ')})`
  return source.replace(assignment, () => `down_revision = ${value}\n`)
}
