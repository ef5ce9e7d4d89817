/** Handles pointer, wheel and keyboard input. */
import { byId } from './elements.ts'
import { lineAt } from './minimap.ts'
import { close, isOpen } from './panel.ts'
import { size } from './picture.ts'
import {
  act,
  actOnChosen,
  actualSize,
  centre,
  currentSlots,
  fit,
  keepChosenInSight,
  lineAtHeight,
  linesInSight,
  move,
  step,
  toggleFold,
  zoomAt,
  zoomBy,
} from './stage.ts'

const stage = byId('stage')

/** Drag to move, click to open, wheel to scroll, Ctrl+wheel to zoom. */
export function listenToPointers(): void {
  let drag: { id: number; x: number; y: number; moved: boolean } | null = null
  stage.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return
    drag = { id: event.pointerId, x: event.clientX, y: event.clientY, moved: false }
  })
  stage.addEventListener('pointermove', (event) => {
    if (drag?.id !== event.pointerId) return
    const [x, y] = [event.clientX - drag.x, event.clientY - drag.y]
    if (!drag.moved && Math.hypot(x, y) < 5) return
    if (!drag.moved) stage.setPointerCapture(event.pointerId)
    drag = { id: drag.id, x: event.clientX, y: event.clientY, moved: true }
    stage.classList.add('dragging')
    move(x, y)
  })
  const release = (event: PointerEvent): void => {
    if (drag?.id !== event.pointerId) return
    const { moved } = drag
    drag = null
    stage.classList.remove('dragging')
    if (moved || event.type === 'pointercancel') return
    const index = lineAtHeight(event.clientY - stage.getBoundingClientRect().top)
    if (index >= 0 && index < currentSlots().list.length) act(index)
  }
  stage.addEventListener('pointerup', release)
  stage.addEventListener('pointercancel', release)
  stage.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault()
      const { left, top } = stage.getBoundingClientRect()
      const unit = event.deltaMode === 1 ? size.row : 1
      if (!event.ctrlKey && !event.metaKey) move(-event.deltaX * unit, -event.deltaY * unit)
      else zoomAt(Math.exp(-event.deltaY * unit * 0.004), event.clientX - left, event.clientY - top)
    },
    { passive: false },
  )
  new ResizeObserver(() => keepChosenInSight()).observe(stage)
}

/** Scrolls to where the user clicks or drags on the minimap. */
export function listenToMap(): void {
  const map = document.querySelector('#map') as SVGElement
  const go = (event: PointerEvent): void => {
    const { top, height } = map.getBoundingClientRect()
    centre(lineAt(event.clientY - top, currentSlots().list.length, height))
  }
  map.addEventListener('pointerdown', (event) => {
    map.setPointerCapture(event.pointerId)
    go(event)
  })
  map.addEventListener('pointermove', (event) => {
    if (map.hasPointerCapture(event.pointerId)) go(event)
  })
}

/** Handles keys pressed outside input fields. */
export function listenToKeys(field: HTMLElement): void {
  const page = (): number => Math.max(1, linesInSight() - 2)
  const lines = (): number => currentSlots().list.length
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    PageDown: () => step(page()),
    PageUp: () => step(-page()),
    Home: () => step(-lines()),
    End: () => step(lines()),
    ArrowLeft: () => move(60, 0),
    ArrowRight: () => move(-60, 0),
    Enter: actOnChosen,
    ' ': actOnChosen,
  }
  const anywhere: Readonly<Record<string, () => void>> = {
    '/': () => field.focus(),
    '+': () => zoomBy(1.25),
    '=': () => zoomBy(1.25),
    '-': () => zoomBy(0.8),
    '0': fit,
    '1': actualSize,
    f: toggleFold,
  }
  const obey = (event: KeyboardEvent, actions: typeof keys): void => {
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key]
    if (!action) return
    event.preventDefault()
    action()
  }
  stage.addEventListener('keydown', (event) => obey(event, keys))
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && isOpen()) close()
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement
    if (!typing) obey(event, anywhere)
  })
}
