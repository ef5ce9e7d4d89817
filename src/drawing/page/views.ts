/** Views of the history. Each view folds the rows that don't belong to it. */
import type { PageData, PageRow } from '../page-data.ts'

/** First and last rows of a run that is folded into one line. */
export type Run = readonly [first: number, last: number]

/** A named row filter; null shows all rows. */
export interface PageView {
  readonly name: string
  readonly belongs: ((row: PageRow) => boolean) | null
}

/** Whether the database has a version row for the revision. */
export function isStamped({ tags }: PageRow): boolean {
  return tags.some(([kind]) => kind === 'row')
}

/** Whether the revision is a head. */
export function isHead({ tags }: PageRow): boolean {
  return tags.some(([kind]) => kind === 'head')
}

/** Whether the revision is missing or broken, or has findings other than release risks. */
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

/** The views with at least one row. Without a database, there's no "Path" view. */
export function viewsOf({ rows }: PageData): readonly (PageView & { readonly count: number })[] {
  const live = rows.some((row) => isStamped(row) || row.sign === 'pending')
  return choices.flatMap((view) => {
    const { belongs, name } = view
    const count = belongs === null ? rows.length : rows.filter(belongs).length
    return count === 0 || (name.startsWith('Path') && !live) ? [] : [{ ...view, count }]
  })
}

/** The runs that a view folds: linear runs, or the rows outside the view. */
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
