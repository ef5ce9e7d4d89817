/** The graph page. Connects the stage, panel, search and buttons. */
import { listenToKeys, listenToMap, listenToPointers } from './controls.ts'
import { byId, element } from './elements.ts'
import { addJumps } from './jumps.ts'
import { close, show, showLinked } from './panel.ts'
import { printPicture } from './print.ts'
import {
  actualSize,
  begin,
  choose,
  chosenRow,
  currentSlots,
  data,
  draw,
  fit,
  folding,
  search,
  showView,
  toggleFold,
  views,
  zoomBy,
} from './stage.ts'
import { isStamped } from './views.ts'

const field = byId('search') as HTMLInputElement
const stage = byId('stage')

function found(matches: number): void {
  const row = search.next(matches)
  byId('count').textContent = search.text === '' ? '' : `${search.place} of ${search.matches.size}`
  if (row === null) draw(true)
  else choose(row, false)
}

function listenToSearch(): void {
  field.addEventListener('input', () => {
    search.find(field.value)
    found(0)
  })
  field.addEventListener('keydown', (event) => {
    const chosen = chosenRow()
    if (event.key === 'Escape') {
      field.value = ''
      search.find('')
      found(0)
      stage.focus({ preventScroll: true })
    } else if (event.key === 'Enter') {
      event.preventDefault()
      // If there is only one match, Enter opens it. Otherwise, Enter moves to the next match.
      if (search.matches.size === 1 && chosen !== null) show(chosen)
      else found(event.shiftKey ? -1 : 1)
    } else if (event.key === 'ArrowDown') stage.focus({ preventScroll: true })
  })
}

function showFolding(): void {
  const { possible, folded } = folding()
  byId('fold').hidden = !possible
  byId('fold').setAttribute('aria-pressed', String(folded))
}

function changeTheme(): void {
  const root = document.documentElement
  const dark =
    root.dataset['theme'] ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
  root.dataset['theme'] = dark === 'dark' ? 'light' : 'dark'
}

function listenToButtons(): void {
  const clicks: Readonly<Record<string, () => void>> = {
    'zoom-in': () => zoomBy(1.25),
    'zoom-out': () => zoomBy(0.8),
    actual: actualSize,
    fit,
    fold: toggleFold,
    close,
    theme: changeTheme,
  }
  for (const [id, action] of Object.entries(clicks)) byId(id).addEventListener('click', action)
  byId('fold').addEventListener('click', showFolding)
  document.addEventListener('keydown', showFolding)
  showFolding()
  addJumps(data, byId('jumps'), chosenRow, (row) => choose(row, false))
}

function listenToViews(): void {
  const select = byId('view') as HTMLSelectElement
  select.append(
    ...views.map(({ name, count }, index) => {
      const option = element('option', '', index === 0 ? name : `${name} (${count.toLocaleString('en')})`)
      option.value = String(index)
      return option
    }),
  )
  select.hidden = views.length < 2
  select.addEventListener('change', () => {
    const view = views[Number(select.value)]
    if (view) showView(view)
    showFolding()
  })
}

const printing = matchMedia('print')
const prepare = (): void => printPicture(data, currentSlots(), byId('print'))
printing.addEventListener('change', () => printing.matches && prepare())
addEventListener('beforeprint', prepare)
if (printing.matches) prepare()

document.documentElement.classList.remove('still')
byId('columns').append(
  ...['Revision', 'Message', 'Tags', 'Date', 'Author'].map((name) =>
    element('span', name.toLowerCase(), name),
  ),
)
// Make the id column wide enough for the longest id, up to a limit.
const longest = Math.min(
  32,
  Math.max(8, ...data.rows.slice(0, 2000).map(({ name, fold }) => (fold ? 0 : name.length))),
)
stage.style.setProperty('--id', `${Math.ceil(longest * 7.9)}px`)
const authored = data.rows.some(({ author }) => author !== '')
stage.classList.toggle('authored', authored)
stage.classList.toggle('dated', authored || data.rows.some(({ date }) => date !== ''))
listenToPointers()
listenToMap()
listenToKeys(field)
listenToSearch()
listenToButtons()
listenToViews()
begin()
if (!showLinked()) {
  // Start at the database's current revision, if known.
  const here = data.rows.findIndex(isStamped)
  if (here >= 0) choose(here, false)
}
addEventListener('hashchange', showLinked)
stage.focus({ preventScroll: true })
