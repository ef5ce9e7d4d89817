/** The panel for the selected revision, and the URL fragment (`#rev=…`). */
import { detailsOf } from './details.ts'
import { byId } from './elements.ts'
import { choose, data, keepChosenInSight, search, told } from './stage.ts'

const panel = byId('panel')
const about = byId('about')

/** Whether the panel is open. */
export function isOpen(): boolean {
  return !panel.hidden
}

/** Opens a row's panel. Does nothing for a row that represents folded revisions. */
export function show(row: number): void {
  const one = data.rows[row]
  if (!one || one.fold) return
  about.replaceChildren(...detailsOf(data, row, search.text, (other) => choose(other, true)))
  const opens = panel.hidden
  panel.hidden = false
  about.scrollTop = 0
  if (opens) keepChosenInSight()
  remember(`#rev=${encodeURIComponent(one.id)}`)
}

/** Closes the panel. */
export function close(): void {
  panel.hidden = true
  remember('#')
  keepChosenInSight()
  byId('stage').focus({ preventScroll: true })
}

function remember(hash: string): void {
  try {
    history.replaceState(null, '', hash)
  } catch {
    // A preview page has no URL that could be linked to.
  }
}

/** Shows the revision named in the URL fragment. Returns false if no row matches. */
export function showLinked(): boolean {
  const found = /^#rev=(.+)$/.exec(location.hash)?.[1]
  if (found === undefined) return false
  const id = decoded(found)
  const row = data.rows.findIndex((one) => one.id !== '' && (one.id === id || one.name === id))
  if (row < 0) return false
  choose(row, true)
  return true
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

told.chosen = (row, open) => {
  if (open || isOpen()) show(row)
}
