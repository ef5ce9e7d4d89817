/** Parses published reports: JSON, or JSON Lines for a fleet. */
import type { Report, MemberReport } from './report.ts'

/**
 * Parses the reports in one file. A fleet's report follows the reports on its members. Null if truncated or not a
 * report.
 */
export function parseReports(
  text: string,
  name: string,
): readonly { readonly name: string; readonly report: Report }[] | null {
  const whole = parse(text)
  if (isReport(whole)) return [{ name, report: whole }]
  const reports: { name: string; report: Report }[] = []
  let members: MemberReport[] = []
  for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
    const value = parse(line)
    if (isReport(value)) {
      const fleet = value.fleet ? { ...value.fleet, members: [...value.fleet.members, ...members] } : null
      reports.push({ name, report: fleet ? { ...value, fleet } : value })
      members = []
    } else if (isMember(value)) members.push(value)
    else return null
  }
  if (reports.length === 0 || members.length > 0) return null
  return reports
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isReport(value: unknown): value is Report {
  return (
    isRecord(value) &&
    value['schemaVersion'] === 1 &&
    typeof value['exitCode'] === 'number' &&
    typeof value['command'] === 'string' &&
    Array.isArray(value['findings']) &&
    Array.isArray(value['remarks'])
  )
}

function isMember(value: unknown): value is MemberReport {
  return (
    isRecord(value) &&
    typeof value['name'] === 'string' &&
    typeof value['exitCode'] === 'number' &&
    Array.isArray(value['codes'])
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
