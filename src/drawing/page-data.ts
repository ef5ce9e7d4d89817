/** What the page of the graph is given as JSON: every row in its place, in words for people. Types only. */

/** Something that a rule found. */
export interface PageFinding {
  readonly code: string
  readonly name: string
  readonly severity: string
  readonly message: string
  readonly why: string
  /** What it rests on: sentences, and pairs of a label and a value. */
  readonly details: readonly string[]
  /** What helps: a sentence and, where there is one, a command line. */
  readonly remedies: readonly { readonly title: string; readonly command: string | null }[]
}

/** One row: a revision, or a fold that can't be opened because its revisions are outside the view. */
export interface PageRow {
  /** Empty for a fold. */
  readonly id: string
  /** The id, not endless. */
  readonly name: string
  readonly message: string
  readonly sign: string
  readonly state: string | null
  readonly column: number
  readonly tags: readonly (readonly [kind: string, text: string])[]
  readonly path: string | null
  /** The day, `2026-01-31`, and who wrote it; empty: not known. */
  readonly date: string
  readonly author: string
  /** What a pending migration may do to a release: `locks`, `no way back`. */
  readonly risks: readonly string[]
  readonly fold: boolean
  /** Null: they were not read. */
  readonly operations: readonly string[] | null
  readonly evidence: string | null
  /** Indexes into `findings`. */
  readonly findings: readonly number[]
}

/** A link: rows of its upper and its lower end, its lane, and what kind it is. */
export type PageRoute = readonly [
  upper: number,
  lower: number,
  lane: number,
  kind: 'parent' | 'dependency' | 'place',
  circular: boolean,
]

/** Everything. */
export interface PageData {
  readonly rows: readonly PageRow[]
  readonly routes: readonly PageRoute[]
  /** Rows that may be folded: the first and the last of each straight run. */
  readonly runs: readonly (readonly [first: number, last: number])[]
  readonly lanes: number
  readonly findings: readonly PageFinding[]
}
