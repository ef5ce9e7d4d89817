/** JSON data for the graph page: every row with its position and display text. Types only. */

/** A finding. */
export interface PageFinding {
  readonly code: string
  readonly name: string
  readonly severity: string
  readonly message: string
  readonly why: string
  /** Evidence, as sentences or label-value pairs. */
  readonly details: readonly string[]
  /** Remedies, each with a sentence and an optional command line. */
  readonly remedies: readonly { readonly title: string; readonly command: string | null }[]
}

/** A row of the graph: a revision, or a fold of revisions that the view omits. Users can't open such a fold. */
export interface PageRow {
  /** Id of the revision; empty for a fold. */
  readonly id: string
  /** Display name: the truncated id, the file name of an unreadable file, or the description of a fold. */
  readonly name: string
  readonly message: string
  readonly sign: string
  readonly state: string | null
  readonly column: number
  readonly tags: readonly (readonly [kind: string, text: string])[]
  readonly path: string | null
  /** Date (`2026-01-31`) and author of the commit that added the file; empty if unknown. */
  readonly date: string
  readonly author: string
  /** Release risks of a pending migration, such as `locks` or `no way back`. */
  readonly risks: readonly string[]
  readonly fold: boolean
  /** Operations of the revision; null if they haven't been read. */
  readonly operations: readonly string[] | null
  readonly evidence: string | null
  /** Indexes of this row's findings in `PageData.findings`. */
  readonly findings: readonly number[]
}

/** A link: its upper and lower row, its lane, its kind, and whether it's part of a cycle. */
export type PageRoute = readonly [
  upper: number,
  lower: number,
  lane: number,
  kind: 'parent' | 'dependency' | 'place',
  circular: boolean,
]

/** All data that the graph page needs. */
export interface PageData {
  readonly rows: readonly PageRow[]
  readonly routes: readonly PageRoute[]
  /** Linear runs of rows that can be folded. Each run is given as its first and last row. */
  readonly runs: readonly (readonly [first: number, last: number])[]
  readonly lanes: number
  readonly findings: readonly PageFinding[]
}
