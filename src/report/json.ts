/** The report as JSON: the published contract and nothing else. */
import type { Report } from './report.ts'

/** One object, indented, with a newline at the end. */
export function json(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
