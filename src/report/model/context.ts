/** Data that report formats can use in addition to the report, such as the graph and the location of the files. */
import type { MarkedGraph } from '../../drawing/marks.ts'
import type { PlacedEdit } from './fix.ts'
import type { Report } from './report.ts'

/** Context for rendering a report. */
export interface ReportContext {
  /** Builds the graph, including the state of each revision, on demand. Returns null if the report has no graph. */
  picture(): MarkedGraph | null
  readonly root: SourceRoot
  /** URL of the graph page, as returned by `graphPageUrl`; undefined or null if unknown. */
  readonly graphUrl?: string | null
  /** Terminal width in columns. If undefined, the width for logs is used. */
  readonly width?: number
  /**
   * Returns the edits that fix only the finding at this index, or an empty array if the finding has no automatic fix.
   * Provided only by `lint`.
   */
  fixOf?(index: number): readonly PlacedEdit[]
}

/** The repository root, and the folder that the report's paths are relative to. */
export interface SourceRoot {
  /** Absolute path of the root, with symlinks resolved. */
  readonly path: string
  /** The folder's path relative to the root, with `/` separators; empty for the root itself. */
  readonly folder: string
}

/** Default context, which contains no graph. */
export const emptyReportContext: ReportContext = { picture: () => null, root: { path: '/', folder: '' } }

/** Renders a report as text. A format can't affect the verdict. */
export type Reporter = (report: Report, scene: ReportContext) => string
