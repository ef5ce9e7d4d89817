/** What other programs may import: the types of the published report. The program itself is the command. */
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
export type { Verdict } from './core/diagnosis/diagnose.ts'
export { exitCodes } from './errors.ts'
