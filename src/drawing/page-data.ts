/** Types of the graph page's JSON data. */

/** A finding. */
export interface PageFinding {
  readonly code: string
  readonly name: string
  readonly severity: string
  readonly message: string
  readonly why: string
  /** Evidence, as sentences or label-value pairs. */
  readonly details: readonly string[]
  /** Remedies, each with an optional command line. */
  readonly remedies: readonly { readonly title: string; readonly command: string | null }[]
}

/** A revision, or a fold that users can't open. */
export interface PageRow {
  /** Revision id; empty if the row represents folded revisions. */
  readonly id: string
  /** A truncated revision id, a file name, or a description of the fold. */
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
  /** Release risks, such as `locks` or `no way back`. */
  readonly risks: readonly string[]
  readonly fold: boolean
  /** Null if the operations weren't read. */
  readonly operations: readonly string[] | null
  readonly evidence: string | null
  /** Indexes into `PageData.findings`. */
  readonly findings: readonly number[]
}

/** A link between two rows. `circular` links close a cycle. */
export type PageRoute = readonly [
  upper: number,
  lower: number,
  lane: number,
  kind: 'parent' | 'dependency' | 'place',
  circular: boolean,
]

/** All data for the graph page. */
export interface PageData {
  readonly rows: readonly PageRow[]
  readonly routes: readonly PageRoute[]
  /** The first and last rows of each linear run that can be folded. */
  readonly runs: readonly (readonly [first: number, last: number])[]
  readonly lanes: number
  readonly findings: readonly PageFinding[]
}
