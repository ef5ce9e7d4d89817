/** Buttons that jump to the next head, database row, pending revision or problem. */
import type { PageData, PageRow } from '../page-data.ts'
import { element } from './elements.ts'
import { isHead, isProblem, isStamped } from './views.ts'

const kinds: readonly (readonly [label: string, belongs: (row: PageRow) => boolean])[] = [
  ['Heads', isHead],
  ['Database', isStamped],
  ['Pending', ({ sign }) => sign === 'pending'],
  ['Problems', isProblem],
]

/** Adds a jump button for each kind of row. `chosen` returns the selected row. */
export function addJumps(
  { rows }: PageData,
  target: HTMLElement,
  chosen: () => number | null,
  choose: (row: number) => void,
): void {
  for (const [label, belongs] of kinds) {
    const those = rows.flatMap((row, index) => (belongs(row) ? [index] : []))
    const [first] = those
    if (first === undefined) continue
    const button = element('button', 'jump', [label, element('b', '', String(those.length))])
    button.type = 'button'
    button.addEventListener('click', () => {
      const from = chosen() ?? -1
      choose(those.find((row) => row > from) ?? first)
    })
    target.append(button)
  }
}
