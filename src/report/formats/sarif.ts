/**
 * Formats a report as SARIF 2.1.0. Findings about the database point to the configuration file, because code scanning
 * needs a location.
 */
import { printable } from '../../core/text/display.ts'
import { documentationUrl } from '../model/documentation.ts'
import { fallbackRule, rules } from '../../rules/index.ts'
import { lintRules, silenceRule } from '../../rules/lint/index.ts'
import { causeLines, remedyLines } from '../text/finding-lines.ts'
import { fingerprintsOf } from './fingerprint.ts'
import { headline } from '../text/headline.ts'
import { jsonText } from './json.ts'
import { foldedWithIndex } from '../model/folding.ts'
import { type ReportLocation, reportLocationOf, projectLocation } from '../model/location.ts'
import type { FindingReport, Report } from '../model/report.ts'
import type { PlacedEdit } from '../model/fix.ts'
import type { ReportContext, SourceRoot } from '../model/context.ts'

/** Renders a SARIF log with a single run. */
export function sarif(report: Report, scene: ReportContext): string {
  const { root } = scene
  const { tool, findings } = report
  const descriptors = descriptorsOf(findings)
  const fingerprints = fingerprintsOf(report)
  const elsewhere = projectLocation(report, root)
  const results = foldedWithIndex(findings).map(({ finding, index }) => {
    const hash = fingerprints[index] ?? ''
    const place = finding.location && reportLocationOf(finding.location, root)
    return {
      ruleId: finding.code,
      ruleIndex: descriptors.findIndex(({ id }) => id === finding.code),
      level: finding.severity,
      message: { text: [...causeLines(finding), ...remedyLines(finding)].join('\n') },
      locations: [
        place ? locationOf(place, finding.end) : { ...locationOf(elsewhere), message: { text: notInAFile } },
      ],
      // Without `primaryLocationLineHash`, code scanning would merge all findings about the database.
      partialFingerprints: {
        'alembicGuard/v1': hash,
        ...(place ? {} : { primaryLocationLineHash: `${hash}:1` }),
      },
      ...fixesOf(finding, scene.fixOf?.(index) ?? [], root),
      ...(finding.ignored
        ? { suppressions: [{ kind: 'external', justification: printable(finding.ignored.reason ?? '') }] }
        : {}),
    }
  })
  return jsonText({
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: tool.name, semanticVersion: tool.version, rules: descriptors } },
        invocations: [invocationOf(report)],
        originalUriBaseIds: { '%SRCROOT%': { description: { text: 'Repository root.' } } },
        columnKind: 'unicodeCodePoints',
        results,
      },
    ],
  })
}

const notInAFile = "This finding concerns the database; the location shown is the project's configuration."

const levels = { error: 'error', warning: 'warning', note: 'note' } as const

/** Describes all rules and any other codes used in findings. */
function descriptorsOf(findings: readonly FindingReport[]) {
  const known = [fallbackRule, ...rules, silenceRule, ...lintRules].map(
    ({ code, name, severity, summary, explanation, cure }) => ({
      id: code as string,
      name,
      shortDescription: { text: summary },
      fullDescription: { text: summary },
      helpUri: documentationUrl(code),
      help: {
        text: `${explanation}\n\n${cure}`,
        markdown: `${explanation}\n\n**What to do**\n\n${cure}`,
      },
      defaultConfiguration: { level: levels[severity] },
    }),
  )
  const strange = new Map(findings.map(({ code, name, severity }) => [code, { name, severity }]))
  for (const { id } of known) strange.delete(id)
  return [
    ...known,
    ...[...strange].map(([id, { name, severity }]) => ({
      id,
      name,
      defaultConfiguration: { level: levels[severity] },
    })),
  ]
}

/** Describes the invocation, which is successful if the check completed, regardless of the verdict. */
function invocationOf(report: Report) {
  const { verdict, exitCode, error, reason } = report
  if (verdict !== 'undetermined') return { executionSuccessful: true, exitCode }
  const hint = error?.hint ?? (reason === headline(report) ? null : reason)
  const notification = {
    level: 'error',
    message: { text: printable([headline(report), ...(hint === null ? [] : [hint])].join(' ')) },
  }
  return {
    executionSuccessful: false,
    exitCode,
    [error?.kind === 'usage' ? 'toolConfigurationNotifications' : 'toolExecutionNotifications']: [
      notification,
    ],
  }
}

function locationOf(place: ReportLocation, end?: FindingReport['end']) {
  const { line, column } = place
  return {
    physicalLocation: {
      artifactLocation: artifactOf(place),
      region: {
        startLine: line,
        startColumn: column,
        ...(end ? { endLine: end.line, endColumn: end.column } : {}),
      },
    },
  }
}

function artifactOf({ path, outside }: ReportLocation) {
  return outside ? { uri: `file://${encodePath(path)}` } : { uri: encodePath(path), uriBaseId: '%SRCROOT%' }
}

/** Combines a finding's edits into one fix, grouped by file. */
function fixesOf({ remedies }: FindingReport, edits: readonly PlacedEdit[], root: SourceRoot) {
  if (edits.length === 0) return {}
  const paths = [...new Set(edits.map(({ path }) => path))]
  const changes = paths.map((path) => ({
    artifactLocation: artifactOf(reportLocationOf({ path, line: 1, column: 1 }, root)),
    replacements: edits
      .filter((edit) => edit.path === path)
      .map(({ line, column, endLine, endColumn, text }) => ({
        deletedRegion: { startLine: line, startColumn: column, endLine, endColumn },
        insertedContent: { text },
      })),
  }))
  const description = { text: printable(remedies[0]?.title ?? 'Apply the fix.') }
  return { fixes: [{ description, artifactChanges: changes }] }
}

/** Encodes a path as a URI reference. Lone surrogates become U+FFFD. */
function encodePath(path: string): string {
  const whole = path.replace(
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    '\ufffd',
  )
  return whole.split('/').map(encodeURIComponent).join('/')
}
