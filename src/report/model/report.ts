/** The published report: what `--format json` prints. Additive changes only while `schemaVersion` is 1. */
import type { DatabaseState } from '../../core/history/database-state.ts'
import { documentationUrl } from './documentation.ts'
import type { Diagnosis, Verdict } from '../../core/diagnosis/diagnose.ts'
import { type CommandForms, plainForms, typedSentence } from '../../core/findings/command-forms.ts'
import { type Finding, type Remedy, isBlocking } from '../../core/findings/finding.ts'
import type { RevisionGraph } from '../../core/history/revision-graph.ts'
import { formatAlembicVersion } from '../../core/history/alembic-version.ts'
import type { PythonError, Span } from '../../core/history/migration-module.ts'
import type { ModelsCheck } from '../../core/rehearsal/models-check.ts'
import { undetermined, unknownReason } from '../phrases/diagnosis.ts'
import type { Repository } from '../../core/history/repository.ts'
import { envRemarks, uncheckedReason } from '../phrases/dry-run.ts'
import type { DryRun } from '../../core/dry-run/dry-run.ts'
import type { DatabaseFacts } from '../../core/diagnosis/rule.ts'
import type { DatabasePosition } from '../../core/upgrade/database-position.ts'
import { printable } from '../../core/text/display.ts'

/** Who speaks. */
export interface Tool {
  readonly name: string
  readonly version: string
}

/** The repository's side. */
export interface RepositoryReport {
  readonly config: string | null
  readonly scriptLocation: string
  readonly versionLocations: readonly string[]
  readonly revisions: number
  readonly heads: readonly string[]
  readonly bases: readonly string[]
  /** The Alembic whose behaviour was predicted; `source` null: nothing pins one, the newest known was assumed. */
  readonly alembic: { readonly version: string; readonly source: string | null }
}

/** The database's side. */
export interface DatabaseReport {
  readonly dialect: DatabaseState['dialect']
  readonly server: string
  readonly host: string | null
  readonly name: string
  readonly versionTable: {
    readonly schema: string | null
    readonly name: string
    readonly exists: boolean
    readonly width: number | null
  }
  /** The rows as text; a NULL is null, anything that is not text as Python prints it. */
  readonly versions: readonly (string | null)[]
}

/** What Alembic would do. */
export interface PredictionReport {
  readonly command: string
  /** The command as it is typed in this project: `flask db upgrade head`; absent: as `command` says. */
  readonly typedCommand?: string
  readonly outcome: 'succeeds' | 'fails' | 'unknown'
  readonly error: PythonError | null
  /** Why nothing certain can be said; only with `unknown`. */
  readonly reason: string | null
  readonly steps: readonly string[]
  readonly versionsAfter: readonly string[]
  /** Operations of the pending migrations, tried on the live schema; null: none are pending, or they were not tried. */
  readonly tried: TriedReport | null
}

/** What trying the pending migrations rests on. */
export interface TriedReport {
  readonly operations: number
  readonly understood: number
  /** Operations that the live schema allows; the others are listed. */
  readonly checked: number
  /** Checked operations on rows: their tables and columns are there, so only the rows can make them fail. */
  readonly rows?: number
  readonly unchecked: readonly UncheckedReport[]
}

/** An operation that only a rehearsal can judge. */
export interface UncheckedReport {
  readonly revision: string
  /** Null: the file can't be read. */
  readonly location: Span | null
  readonly reason: string
}

/** One finding as it is published. */
export interface FindingReport {
  readonly code: string
  readonly name: string
  readonly severity: Finding['severity']
  readonly message: string
  readonly why: string
  readonly evidence: readonly { readonly label: string; readonly value: string }[]
  /** What else was found out: sentences. */
  readonly details: readonly string[]
  readonly revisions: readonly string[]
  readonly location: Span | null
  /** Where it ends; absent: not known. */
  readonly end?: { readonly line: number; readonly column: number }
  /** The line of the file at `location`. */
  readonly sourceLine?: string
  /** `--fix` does away with it; absent: it does not. */
  readonly fixable?: true
  readonly remedies: readonly Remedy[]
  readonly notAdvised: string | null
  /** URL of the page that explains the code. */
  readonly documentation: string
  readonly ignored: { readonly reason: string | null } | null
  /** It keeps the release back: an error, or a warning under `--strict`, that nobody asked to ignore. */
  readonly blocks: boolean
  /** The code of the finding that it follows from; absent: it stands by itself. */
  readonly follows?: string
}

/** What was looked at and what was not, a few words each. */
export interface CoverageReport {
  readonly checked: readonly string[]
  readonly notChecked: readonly string[]
}

/** Why the guard could not do its work. */
export interface ErrorReport {
  readonly kind: 'usage' | 'unavailable' | 'bug'
  readonly message: string
  readonly hint: string | null
}

/** One migration of a rehearsal. */
export interface RehearsedMigrationReport {
  readonly revision: string
  readonly direction: 'upgrade' | 'downgrade'
  /** With its Python; null: not known. */
  readonly milliseconds: number | null
  /** Null: not seen (SQLite). */
  readonly statements: number | null
  readonly locks: readonly LockReport[]
  /** It ran outside a transaction at some point, where locks can't be seen. */
  readonly outsideTransaction: boolean
}

/** A lock that a migration was the first to take on a table of production's. */
export interface LockReport {
  readonly table: string
  readonly mode: string
  /** The table's rows were written anew, or thrown away, under it; absent: they were not. */
  readonly rewritten?: true
  /** The statement that took it; absent: not known. */
  readonly statement?: string
  /** Size of the table in production, with its indexes; absent: not known. */
  readonly bytes?: number
}

/** One run of a command on the scratch database. */
export interface RehearsalPhaseReport {
  readonly phase: 'upgrade' | 'downgrade' | 'upgrade-again' | 'check-models'
  readonly command: string
  readonly milliseconds: number
  readonly migrations: readonly RehearsedMigrationReport[]
  readonly versionsAfter: readonly string[]
}

/** Why a rehearsal failed. */
export interface RehearsalFailureReport {
  /** False: production's rows, which the copy lacks, could let it go another way; absent: not known. */
  readonly certain?: boolean
  /** Why it isn't certain, as a clause. */
  readonly doubt?: string
  readonly phase: RehearsalPhaseReport['phase']
  /** One sentence without names of servers. */
  readonly message: string
  readonly revision: string | null
  readonly location: { readonly path: string; readonly line: number } | null
  /** The exception in Python's words. */
  readonly error: string | null
  /** The statement that the server refused, shortened. */
  readonly statement: string | null
  readonly sqlstate: string | null
  /** The last lines that the command printed. */
  readonly output: readonly string[]
  readonly hint: string | null
}

/** Something that a cycle did not leave as it was. */
export interface LeftoverReport {
  /** `left`: still there; `lost`: not there any more; `changed`: another than before. */
  readonly change: 'left' | 'lost' | 'changed'
  readonly kind: string
  readonly name: string
  /** The migration that made it so; null: not known. */
  readonly revision: string | null
  readonly after: 'downgrade' | 'upgrade-again'
}

/** What a rehearsal came to. */
export interface RehearsalReport {
  readonly outcome: 'succeeds' | 'fails'
  readonly scratch: {
    readonly dialect: DatabaseState['dialect']
    readonly server: string
    readonly where: string
    readonly schema: 'pg_dump' | 'catalog' | 'backup' | 'empty'
    readonly rows: boolean
    readonly leftOut: readonly { readonly what: string; readonly reason: string }[]
  }
  readonly phases: readonly RehearsalPhaseReport[]
  readonly failure: RehearsalFailureReport | null
  readonly leftovers: readonly LeftoverReport[]
  /** Null: it was not asked for. */
  readonly models: { readonly outcome: ModelsCheck['outcome']; readonly message: string } | null
  /** The real database, compared before and after; `unknown`: it could not be looked at again; `none`: there is none. */
  readonly production: 'unchanged' | 'changed' | 'unknown' | 'none'
  /** One sentence each. */
  /** `run` and `preflight` with `--cycle`: how to take the release back; `reason`: why that fails on the copy. */
  readonly wayBack?: { readonly command: string; readonly reason: string | null }
  readonly notes: readonly string[]
}

/** The whole report. What was not reached is null. */
export interface Report {
  readonly schemaVersion: 1
  readonly tool: Tool
  readonly command: string
  readonly verdict: Verdict
  readonly exitCode: number
  readonly repository: RepositoryReport | null
  readonly database: DatabaseReport | null
  readonly standing: { readonly kind: DatabasePosition['kind'] } | null
  readonly prediction: PredictionReport | null
  readonly findings: readonly FindingReport[]
  /** Why the verdict is `undetermined`. */
  readonly reason: string | null
  readonly error: ErrorReport | null
  /** Things worth knowing that change nothing, one sentence each. */
  readonly remarks: readonly string[]
  /** Null: the work ended before anything was looked at. */
  readonly coverage: CoverageReport | null
  /** Present when one report speaks for many databases or schemas: each of them. */
  readonly fleet?: { readonly kind: FleetKind; readonly members: readonly MemberReport[] }
  /** Only of `rehearse`, when there was a rehearsal. */
  readonly rehearsal?: RehearsalReport
}

/** What a command knows when it writes its report; null for what it did not get to. */
export interface ReportParts {
  readonly tool: Tool
  readonly command: string
  readonly target: string
  readonly exitCode: number
  readonly diagnosis: Diagnosis | null
  readonly repository: Repository | null
  readonly graph: RevisionGraph | null
  readonly database: DatabaseFacts | null
  /** How commands are typed here; absent: as their documentation spells them. */
  readonly forms?: CommandForms
  readonly error: ErrorReport | null
  readonly remarks: readonly string[]
  /** Warnings block as well; not when absent. */
  readonly strict?: boolean
  readonly coverage?: CoverageReport
}

/** Puts the published report together. */
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

/** Why the pending migrations were not laid beside the live schema, or what of it was left out. */
function pendingRemarks(repository: Repository | null, database: DatabaseFacts | null): readonly string[] {
  if (!repository || !database?.pending) return []
  const { pending, state } = database
  if (pending.kind === 'not tried')
    return [`the pending migrations were not checked against the live schema: ${printable(pending.reason)}`]
  const { rightsUnknown } = state
  return [
    ...envRemarks(repository, state.dialect).map(printable),
    ...(rightsUnknown === undefined ? [] : [`${printable(rightsUnknown)}: its privileges were not checked`]),
  ]
}

/** The repository's side of a report. */
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
    error: prediction.outcome === 'fails' ? prediction.error : null,
    reason: prediction.outcome === 'unknown' ? unknownReason(prediction.reason) : null,
    steps: prediction.steps.map(({ revision }) => revision),
    versionsAfter: prediction.versionsAfter,
    tried: replay && triedReport(replay),
  }
}

function triedReport({ operations, understood, rows, unchecked }: DryRun): TriedReport {
  return {
    operations,
    understood,
    checked: operations - unchecked.length,
    rows,
    unchecked: unchecked.map(({ revision, span, reason }) => ({
      revision,
      location: span,
      reason: uncheckedReason(reason),
    })),
  }
}

/** A finding as it is published. */
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

/** A remedy as it is published: what the judge needed is left out. */
export function publishedRemedy({ action: _judged, ...remedy }: Remedy): Remedy {
  return remedy
}

/** What the members are. */
export type FleetKind = 'schema' | 'database'

/** One of many, in a line. */
export interface MemberReport {
  /** The schema, or the label of the database; never a URL. */
  readonly name: string
  readonly verdict: Report['verdict']
  readonly exitCode: number
  readonly standing: DatabasePosition['kind'] | null
  readonly versions: readonly (string | null)[]
  /** Codes of what was found, each once. */
  readonly codes: readonly string[]
  readonly error: ErrorReport | null
}
