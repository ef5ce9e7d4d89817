/** What of the history is shown: all of it, or the rows that one question is about; the others are folded. */
import type { PageData, PageRow } from '../page-data.ts'

/** Rows that are folded into one line: the first and the last. */
export type Run = readonly [first: number, last: number]

/** A choice of rows; `belongs` null: all. */
export interface PageView {
  readonly name: string
  readonly belongs: ((row: PageRow) => boolean) | null
}

/** Has a row of the database. */
export function isStamped({ tags }: PageRow): boolean {
  return tags.some(([kind]) => kind === 'row')
}

/** Nobody's parent. */
export function isHead({ tags }: PageRow): boolean {
  return tags.some(([kind]) => kind === 'head')
}

/** Something was found, or is missing or broken. */
export function isProblem({ findings, risks, sign }: PageRow): boolean {
  return findings.length > risks.length || sign === 'missing' || sign === 'broken'
}

const choices: readonly PageView[] = [
  { name: 'Everything', belongs: null },
  { name: 'Pending', belongs: ({ sign }) => sign === 'pending' },
  {
    name: 'Path from database to head',
    belongs: (row) => row.sign === 'pending' || isStamped(row) || isHead(row),
  },
  { name: 'Problems', belongs: isProblem },
]

/** The views in which there is something to see, with how much. The path needs a database. */
export function viewsOf({ rows }: PageData): readonly (PageView & { readonly count: number })[] {
  const live = rows.some((row) => isStamped(row) || row.sign === 'pending')
  return choices.flatMap((view) => {
    const { belongs, name } = view
    const count = belongs === null ? rows.length : rows.filter(belongs).length
    return count === 0 || (name.startsWith('Path') && !live) ? [] : [{ ...view, count }]
  })
}

/** What is folded in a view: straight runs where everything is shown, else whatever does not belong. */
export function runsOf({ rows, runs }: PageData, { belongs }: PageView): readonly Run[] {
  if (belongs === null) return runs
  const found: Run[] = []
  let first: number | null = null
  rows.forEach((row, index) => {
    if (!belongs(row)) first ??= index
    else if (first !== null) {
      found.push([first, index - 1])
      first = null
    }
  })
  return first === null ? found : [...found, [first, rows.length - 1]]
}
