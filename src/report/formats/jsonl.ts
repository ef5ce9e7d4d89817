/** The report as lines of JSON, for fleets that no program wants to hold as a whole. */
import { jsonLine } from './json.ts'
import type { Report } from '../model/report.ts'

/** JSON lines: one for each member, and the report of the whole, without them, at the end. */
export function jsonLines(report: Report): string {
  const { fleet, ...whole } = report
  const last = { ...whole, ...(fleet ? { fleet: { ...fleet, members: [] } } : {}) }
  return `${[...(fleet?.members ?? []), last].map(jsonLine).join('\n')}\n`
}
