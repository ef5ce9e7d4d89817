/**
 * Formats a report for GitLab Code Quality (docs.gitlab.com/ci/testing/code_quality). GitLab drops issues without a
 * location.
 */
import { causeLines, remedyLines, titleOf } from '../text/finding-lines.ts'
import { fingerprint, fingerprintsOf } from './fingerprint.ts'
import { headline } from '../text/headline.ts'
import { jsonText } from './json.ts'
import { foldedWithIndex } from '../model/folding.ts'
import { type ReportLocation, reportLocationOf, projectLocation } from '../model/location.ts'
import { printable } from '../../core/text/display.ts'
import type { FindingReport, Report } from '../model/report.ts'
import type { ReportContext } from '../model/context.ts'

interface Issue {
  readonly description: string
  readonly check_name: string
  readonly fingerprint: string
  readonly severity: 'info' | 'minor' | 'major' | 'critical' | 'blocker'
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } }
}

/** Renders the issues. Omits ignored findings. The list is empty only if the check was complete. */
export function gitlab(report: Report, { root }: ReportContext): string {
  const fingerprints = fingerprintsOf(report)
  const elsewhere = projectLocation(report, root)
  const issues = foldedWithIndex(report.findings).flatMap(({ finding, index }): Issue[] => {
    if (finding.ignored) return []
    const place = finding.location && reportLocationOf(finding.location, root)
    return [
      {
        description: [causeLines(finding).join(' '), ...remedyLines(finding)].join('\n'),
        check_name: titleOf(finding),
        fingerprint: fingerprints[index] ?? '',
        severity: severityOf(finding),
        location: locationOf(place && !place.outside ? place : elsewhere),
      },
    ]
  })
  if (report.verdict === 'undetermined') {
    const what = headline(report)
    issues.push({
      description: printable([what, report.error?.hint ?? ''].join(' ').trim()),
      check_name: 'could-not-tell',
      fingerprint: fingerprint(what),
      severity: 'blocker',
      location: locationOf(elsewhere),
    })
  }
  return jsonText(issues)
}

function severityOf({ blocks, severity }: FindingReport): Issue['severity'] {
  if (blocks) return 'blocker'
  return severity === 'error' ? 'critical' : severity === 'warning' ? 'minor' : 'info'
}

function locationOf({ path, line }: ReportLocation): Issue['location'] {
  return { path: printable(path), lines: { begin: line } }
}
