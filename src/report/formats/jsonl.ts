/** Formats a report as JSON Lines, for fleets that are too large to load at once. */
import { jsonLine } from './json.ts'
import type { Report } from '../model/report.ts'

/** Prints one line per member, then the report without its members. */
export function jsonLines(report: Report): string {
  const { fleet, ...whole } = report
  const last = { ...whole, ...(fleet ? { fleet: { ...fleet, members: [] } } : {}) }
  return `${[...(fleet?.members ?? []), last].map(jsonLine).join('\n')}\n`
}
