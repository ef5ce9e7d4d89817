/** Data that report formats need in addition to the report. */
import type { MarkedGraph } from '../../drawing/marks.ts'
import type { PlacedEdit } from './fix.ts'
import type { Report } from './report.ts'

/** Context for rendering a report. */
export interface ReportContext {
  /** Builds the graph on demand; null if the report has no graph. */
  picture(): MarkedGraph | null
  readonly root: SourceRoot
  /** URL of the graph page, from `graphPageUrl`; undefined or null if unknown. */
  readonly graphUrl?: string | null
  /** Terminal width in columns; defaults to the width for logs. */
  readonly width?: number
  /** Returns the edits that fix the finding at this index; empty if there are none. Only `lint` provides edits. */
  fixOf?(index: number): readonly PlacedEdit[]
}

/** The repository root, and the folder that report paths are relative to. */
export interface SourceRoot {
  /** Absolute path, with symlinks resolved. */
  readonly path: string
  /** Folder relative to the root, with `/` separators; empty for the root. */
  readonly folder: string
}

/** A context without a graph. */
export const emptyReportContext: ReportContext = { picture: () => null, root: { path: '/', folder: '' } }

/** Renders a report as text. */
export type Reporter = (report: Report, scene: ReportContext) => string
