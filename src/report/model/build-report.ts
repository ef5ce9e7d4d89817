import type { Diagnosis } from '../../core/diagnosis/diagnose.ts'
import type { DatabaseFacts } from '../../core/diagnosis/rule.ts'
import type { DryRun, Unchecked } from '../../core/dry-run/dry-run.ts'
import { type CommandForms, plainForms, typedSentence } from '../../core/findings/command-forms.ts'
import { type Finding, type Remedy, isBlocking } from '../../core/findings/finding.ts'
import { formatAlembicVersion } from '../../core/history/alembic-version.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { PythonError } from '../../core/history/migration-module.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { RevisionGraph } from '../../core/history/revision-graph.ts'
import { printable } from '../../core/text/display.ts'
import { undetermined, unknownReason } from '../phrases/diagnosis.ts'
import { envRemarks, uncheckedReason } from '../phrases/dry-run.ts'
import { documentationUrl } from './documentation.ts'
import type {
  CoverageReport,
  DatabaseReport,
  ErrorReport,
  FindingReport,
  PredictionReport,
  Report,
  RepositoryReport,
  Tool,
  TriedReport,
  UncheckedReport,
} from './report.ts'

/** Parts of a report. A part is null if the command ended before producing it. */
export interface ReportParts {
  readonly tool: Tool
  readonly command: string
  readonly target: string
  readonly exitCode: number
  readonly diagnosis: Diagnosis | null
  readonly repository: Repository | null
  readonly graph: RevisionGraph | null
  readonly database: DatabaseFacts | null
  /** How users of this project type commands. If undefined, the documented commands are shown. */
  readonly forms?: CommandForms
  readonly error: ErrorReport | null
  readonly remarks: readonly string[]
  /** True if warnings also block; defaults to false. */
  readonly strict?: boolean
  readonly coverage?: CoverageReport
}

/** Builds the published report from its parts. */
export function buildReport(parts: ReportParts): Report {
  const { diagnosis, repository, graph, database } = parts
  return {
    schemaVersion: 1,
    tool: parts.tool,
    command: parts.command,
    verdict: parts.error ? 'undetermined' : (diagnosis?.verdict ?? 'undetermined'),
    exitCode: parts.exitCode,
    repository: repository && graph ? repositoryReport(repository, graph) : null,
    database: database && databaseReport(database.state),
    standing: database && { kind: database.standing.kind },
    prediction: database && predictionReport(database, parts.target, parts.forms ?? plainForms),
    findings: (diagnosis?.findings ?? []).map((finding) => findingReport(finding, parts.strict === true)),
    reason: diagnosis?.reason ? undetermined(diagnosis.reason) : null,
    error: parts.error,
    remarks: [...parts.remarks, ...pendingRemarks(repository, database)],
    coverage: parts.coverage ?? null,
  }
}

/** Lists what the live schema check skipped, and why. */
function pendingRemarks(repository: Repository | null, database: DatabaseFacts | null): readonly string[] {
  if (!repository || !database?.pending) return []
  const { pending, state } = database
  if (pending.kind === 'not tried')
    return [`the pending migrations weren't checked against the live schema: ${printable(pending.reason)}`]
  const { rightsUnknown } = state
  return [
    ...envRemarks(repository, state.dialect).map(printable),
    ...(rightsUnknown === undefined ? [] : [`${printable(rightsUnknown)}: its privileges weren't checked`]),
  ]
}

/** Builds the repository part of a report. */
export function repositoryReport(repository: Repository, graph: RevisionGraph): RepositoryReport {
  return {
    config: repository.config,
    scriptLocation: repository.scriptLocation,
    versionLocations: repository.versionLocations,
    revisions: graph.revisions.length,
    heads: [...new Set(graph.heads)],
    bases: [...new Set(graph.bases)],
    alembic: {
      version: formatAlembicVersion(repository.alembic.version),
      source: repository.alembic.source,
    },
  }
}

function databaseReport(state: DatabaseState): DatabaseReport {
  const { schema, name, exists, width } = state.versionTable
  return {
    dialect: state.dialect,
    server: state.server,
    host: state.host,
    name: state.name,
    versionTable: { schema, name, exists, width },
    versions: state.versions.map((row) =>
      row.kind === 'text' ? row.value : row.kind === 'null' ? null : row.repr,
    ),
  }
}

function predictionReport(
  { prediction, pending }: DatabaseFacts,
  target: string,
  forms: CommandForms,
): PredictionReport {
  const replay = pending?.kind === 'tried' ? pending.replay : null
  const command = `alembic upgrade ${printable(target)}`
  const typed = typedSentence(`"${command}"`, forms).slice(1, -1)
  return {
    command,
    ...(typed === command ? {} : { typedCommand: typed }),
    outcome: prediction.outcome,
    error: prediction.outcome === 'fails' ? errorReport(prediction.error) : null,
    reason: prediction.outcome === 'unknown' ? unknownReason(prediction.reason) : null,
    steps: prediction.steps.map(({ revision }) => revision),
    versionsAfter: prediction.versionsAfter,
    tried: replay && triedReport(replay),
  }
}

function triedReport({ operations, understood, rows, unchecked, calls }: DryRun): TriedReport {
  const published = ({ revision, span, reason }: Unchecked): UncheckedReport => ({
    revision,
    location: span,
    reason: uncheckedReason(reason),
  })
  return {
    operations,
    understood,
    checked: operations - unchecked.length,
    rows,
    unchecked: unchecked.map(published),
    ...(calls.length > 0 && { calls: calls.map(published) }),
  }
}

/** Converts a finding to its published form. */
export function findingReport({ evidence, ...finding }: Finding, strict: boolean): FindingReport {
  const { code, name, severity, message, why, revisions, location, remedies, notAdvised, ignored } = finding
  return {
    code,
    name,
    severity,
    message,
    why,
    evidence: evidence.map(([label, value]) => ({ label, value })),
    details: finding.details ?? [],
    revisions,
    location,
    ...(finding.end === undefined ? {} : { end: finding.end }),
    ...(finding.sourceLine === undefined ? {} : { sourceLine: finding.sourceLine }),
    ...(finding.fix === undefined ? {} : { fixable: true }),
    remedies: remedies.map(publishedRemedy),
    notAdvised,
    documentation: documentationUrl(code),
    ignored,
    blocks: isBlocking({ severity, ignored }, strict),
    ...(finding.follows === undefined ? {} : { follows: finding.follows }),
  }
}

/** Removes a remedy's internal data. */
export function publishedRemedy({ action: _judged, ...remedy }: Remedy): Remedy {
  return remedy
}

function errorReport({ type, message }: PythonError): PythonError {
  return { type, message }
}
