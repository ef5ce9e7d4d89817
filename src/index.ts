/** Public exports: the types of the JSON report. */
export type {
  DatabaseReport,
  ErrorReport,
  FindingReport,
  PredictionReport,
  Report,
  RepositoryReport,
  Tool,
} from './report/model/report.ts'
export type { Remedy, Severity, Touches, Applicability } from './core/findings/finding.ts'
export type { Verdict } from './core/diagnosis/verdict.ts'
export { exitCodes } from './errors.ts'
