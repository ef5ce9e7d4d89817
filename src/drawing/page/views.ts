/** Views of the history. A view shows all rows, or shows the rows that answer one question and folds the others. */
import type { PageData, PageRow } from '../page-data.ts'

/** First and last row of a run that is folded into one line. */
export type Run = readonly [first: number, last: number]

/** A named filter for rows. If `belongs` is null, all rows are shown. */
export interface PageView {
  readonly name: string
  readonly belongs: ((row: PageRow) => boolean) | null
}

/** Returns whether the database has a version row for the revision. */
export function isStamped({ tags }: PageRow): boolean {
  return tags.some(([kind]) => kind === 'row')
}

/** Returns whether the revision is a head. */
export function isHead({ tags }: PageRow): boolean {
  return tags.some(([kind]) => kind === 'head')
}

/** Returns whether the revision is missing, is broken, or has findings other than release risks. */
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

/**
 * Returns the page views with at least one row, each with its number of rows. Omits the "Path" view if no database was
 * checked.
 */
export function viewsOf({ rows }: PageData): readonly (PageView & { readonly count: number })[] {
  const live = rows.some((row) => isStamped(row) || row.sign === 'pending')
  return choices.flatMap((view) => {
    const { belongs, name } = view
    const count = belongs === null ? rows.length : rows.filter(belongs).length
    return count === 0 || (name.startsWith('Path') && !live) ? [] : [{ ...view, count }]
  })
}

/**
 * Returns the runs of rows that a view folds. A view of the whole graph folds linear runs. Any other view folds the
 * rows that don't belong to it.
 */
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
