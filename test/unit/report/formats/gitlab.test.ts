/** The `gitlab` format must have the fields of GitLab's code quality report. */
import { expect, test } from 'vitest'
import type { Report } from '../../../../src/report/model/report.ts'
import { gitlab } from '../../../../src/report/formats/gitlab.ts'
import { type ReportContext, emptyReportContext } from '../../../../src/report/model/context.ts'
import {
  finding,
  hostileReport,
  hostileToReports,
  report,
  sceneAt,
  unavailable,
} from '../../../support/report.ts'

interface Issue {
  readonly description: string
  readonly check_name: string
  readonly fingerprint: string
  readonly severity: string
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } }
}

/** Returns the report's issues. Asserts that each has exactly the required fields. */
function issuesOf(given: Report, scene: ReportContext = emptyReportContext): readonly Issue[] {
  const issues = JSON.parse(gitlab(given, scene)) as readonly Issue[]
  for (const issue of issues) {
    expect(Object.keys(issue).sort()).toEqual([
      'check_name',
      'description',
      'fingerprint',
      'location',
      'severity',
    ])
    expect(issue.description).not.toBe('')
    expect(issue.fingerprint).toMatch(/^[0-9a-f]{32}$/)
    expect(['info', 'minor', 'major', 'critical', 'blocker']).toContain(issue.severity)
    expect(issue.location.path).not.toMatch(/^\.\//)
    expect(issue.location.lines.begin).toBeGreaterThan(0)
  }
  expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(issues.length)
  return issues
}

test('a finding in a file', () => {
  const [issue] = issuesOf(report(), sceneAt('/repo', 'backend'))
  expect(issue).toMatchObject({
    check_name: 'AG101 unreadable-migration',
    severity: 'blocker',
    location: { path: 'backend/migrations/versions/rooms 001.py', lines: { begin: 3 } },
  })
})

test('a finding about the database is located at the configuration; equal ones stay separate', () => {
  const lost = finding({ location: null })
  const issues = issuesOf(report({ findings: [lost, lost] }), sceneAt('/repo', 'backend'))
  expect(issues.map(({ location }) => location.path)).toEqual(['backend/alembic.ini', 'backend/alembic.ini'])
})

test('ignored findings are omitted, and non-blocking ones are minor', () => {
  const findings = [
    finding({ severity: 'warning', blocks: false }),
    finding({ severity: 'note', blocks: false }),
    finding({ ignored: { reason: null }, blocks: false }),
  ]
  expect(issuesOf(report({ findings })).map(({ severity }) => severity)).toEqual(['minor', 'info'])
})

test('a failed check never reports zero findings', () => {
  expect(issuesOf(unavailable)).toMatchObject([{ check_name: 'could-not-tell', severity: 'blocker' }])
  expect(issuesOf(report({ verdict: 'pass', exitCode: 0, findings: [] }))).toEqual([])
})

test.each(hostileToReports.map((text) => [JSON.stringify(text.slice(0, 40)), text]))(
  'hostile text is escaped: %s',
  (_, text) => {
    expect(issuesOf(hostileReport(text))).toHaveLength(2)
    // eslint-disable-next-line no-control-regex
    expect(gitlab(hostileReport(text), emptyReportContext)).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|##\[/,
    )
  },
)
