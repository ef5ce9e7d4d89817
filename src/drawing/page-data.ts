/** JSON data for the graph page: every row with its position and display text. Types only. */

/** A finding. */
export interface PageFinding {
  readonly code: string
  readonly name: string
  readonly severity: string
  readonly message: string
  readonly why: string
  /** Evidence, as sentences and as pairs of label and value. */
  readonly details: readonly string[]
  /** Remedies, each with a sentence and an optional command line. */
  readonly remedies: readonly { readonly title: string; readonly command: string | null }[]
}

/** One row: a revision, or a fold of revisions outside the view, which can't be expanded. */
export interface PageRow {
  /** Id of the revision; empty for a fold. */
  readonly id: string
  /** The id, truncated. */
  readonly name: string
  readonly message: string
  readonly sign: string
  readonly state: string | null
  readonly column: number
  readonly tags: readonly (readonly [kind: string, text: string])[]
  readonly path: string | null
  /** Date (`2026-01-31`) and author; empty if unknown. */
  readonly date: string
  readonly author: string
  /** Release risks of a pending migration, such as `locks` or `no way back`. */
  readonly risks: readonly string[]
  readonly fold: boolean
  /** Operations of the revision; null if they weren't read. */
  readonly operations: readonly string[] | null
  readonly evidence: string | null
  /** Indexes into `findings`. */
  readonly findings: readonly number[]
}

/** A link: the rows at its upper and lower end, its lane and its kind. */
export type PageRoute = readonly [
  upper: number,
  lower: number,
  lane: number,
  kind: 'parent' | 'dependency' | 'place',
  circular: boolean,
]

/** All data of the page. */
export interface PageData {
  readonly rows: readonly PageRow[]
  readonly routes: readonly PageRoute[]
  /** Foldable linear runs, each as its first and last row. */
  readonly runs: readonly (readonly [first: number, last: number])[]
  readonly lanes: number
  readonly findings: readonly PageFinding[]
}
