/** Data that formats can use besides the report: the graph and the location of the files. */
import type { MarkedGraph } from '../../drawing/marks.ts'
import type { PlacedEdit } from './fix.ts'
import type { Report } from './report.ts'

/** Context of a report. */
export interface ReportContext {
  /** Builds the marked graph on demand; null if the report has no graph. */
  picture(): MarkedGraph | null
  readonly root: SourceRoot
  /** URL of the graph page, as returned by `graphPageUrl`; absent or null if unknown. */
  readonly graphUrl?: string | null
  /** Terminal width in columns; if absent, the width of a log. */
  readonly width?: number
  /** Returns the edits that fix only the finding at the given index; absent or empty if no automatic fix exists. */
  fixOf?(index: number): readonly PlacedEdit[]
}

/** Repository root, and the folder in it to which the report's paths are relative. */
export interface SourceRoot {
  /** Absolute path with symlinks resolved. */
  readonly path: string
  /** Relative to the root, with `/` separators; empty for the root itself. */
  readonly folder: string
}

/** Default context without a graph. */
export const emptyReportContext: ReportContext = { picture: () => null, root: { path: '/', folder: '' } }

/** Renders a report as text; can't change the verdict. */
export type Reporter = (report: Report, scene: ReportContext) => string
