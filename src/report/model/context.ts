/** What a report's formats may draw on besides the report: the graph, and where the files lie. Data only. */
import type { MarkedGraph } from '../../drawing/marks.ts'
import type { PlacedEdit } from './fix.ts'
import type { Report } from './report.ts'

/** What surrounds a report. */
export interface ReportContext {
  /** The marked graph, made when somebody asks for it; null: no graph could be built, or the report is about none. */
  picture(): MarkedGraph | null
  readonly root: SourceRoot
  /** Columns of the terminal; absent: a log's. */
  readonly width?: number
  /** What does away with the finding of this index and does nothing else; absent or empty: nobody knows such a change. */
  fixOf?(index: number): readonly PlacedEdit[]
}

/** The repository's top folder, and the folder in it that the report's paths are relative to. */
export interface SourceRoot {
  /** Absolute, links resolved. */
  readonly path: string
  /** Relative to the top, `/` between segments; empty at the top itself. */
  readonly folder: string
}

/** Where nothing is known of the surroundings. */
export const emptyReportContext: ReportContext = { picture: () => null, root: { path: '/', folder: '' } }

/** Report in, text out. No reporter can change the verdict. */
export type Reporter = (report: Report, scene: ReportContext) => string
