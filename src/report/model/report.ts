/** The report published by `--format json`. While `schemaVersion` is 1, changes must be additive. */
import type { DialectName } from '../../core/dialect/dialect-name.ts'
import type { Verdict } from '../../core/diagnosis/verdict.ts'
import type { Finding, Remedy } from '../../core/findings/finding.ts'
import type { PythonError, Span } from '../../core/history/migration-module.ts'
import type { ModelsCheck } from '../../core/rehearsal/models-check.ts'
import type { TableActivity } from '../../core/lint/table-activity.ts'
import type { DatabasePosition } from '../../core/upgrade/position.ts'

/** Name and version of alembic-guard. */
export interface Tool {
  readonly name: string
  readonly version: string
}

/** Alembic's configuration and the repository's revisions. */
export interface RepositoryReport {
  readonly config: string | null
  readonly scriptLocation: string
  readonly versionLocations: readonly string[]
  readonly revisions: number
  readonly heads: readonly string[]
  readonly bases: readonly string[]
  /** If `source` is null, the newest known version is assumed. */
  readonly alembic: { readonly version: string; readonly source: string | null }
}

/** State of the database. */
export interface DatabaseReport {
  readonly dialect: DialectName
  readonly server: string
  readonly host: string | null
  readonly name: string
  readonly versionTable: {
    readonly schema: string | null
    readonly name: string
    readonly exists: boolean
    readonly width: number | null
  }
  /** Version rows as text. NULL is null, and other types are shown as Python's repr. */
  readonly versions: readonly (string | null)[]
}

/** The predicted outcome and steps of the upgrade. */
export interface PredictionReport {
  readonly command: string
  /** The command as typed in this project, such as `flask db upgrade head`; omitted if it equals `command`. */
  readonly typedCommand?: string
  readonly outcome: 'succeeds' | 'fails' | 'unknown'
  readonly error: PythonError | null
  /** Why the outcome is unknown; null if it's known. */
  readonly reason: string | null
  readonly steps: readonly string[]
  readonly versionsAfter: readonly string[]
  /** Dry run on the live schema; null if nothing is pending or no dry run was possible. */
  readonly tried: TriedReport | null
}

/** What the dry run checked, and what it couldn't check. */
export interface TriedReport {
  readonly operations: number
  readonly understood: number
  /** Number of operations that the live schema allows. All others are in `unchecked`. */
  readonly checked: number
  /** Number of checked operations that change rows. These can still fail because of the data. */
  readonly rows?: number
  readonly unchecked: readonly UncheckedReport[]
  /**
   * Calls that may raise an exception, either because their code wasn't read or because SQLAlchemy 2 rejects them.
   * The guard can't check these calls.
   */
  readonly calls?: readonly UncheckedReport[]
}

/** An operation that only a rehearsal can check. */
export interface UncheckedReport {
  readonly revision: string
  /** Null if the file can't be read. */
  readonly location: Span | null
  readonly reason: string
}

/** A finding in its published form. */
export interface FindingReport {
  readonly code: string
  readonly name: string
  readonly severity: Finding['severity']
  readonly message: string
  readonly why: string
  readonly evidence: readonly { readonly label: string; readonly value: string }[]
  /** Additional facts, one sentence each. */
  readonly details: readonly string[]
  readonly revisions: readonly string[]
  readonly location: Span | null
  /** End of the range; omitted if unknown. */
  readonly end?: { readonly line: number; readonly column: number }
  readonly sourceLine?: string
  /** True if `--fix` can fix the finding. */
  readonly fixable?: true
  readonly remedies: readonly Remedy[]
  readonly notAdvised: string | null
  readonly documentation: string
  readonly ignored: { readonly reason: string | null } | null
  /** An error blocks unless ignored. Under `--strict`, so does a warning. */
  readonly blocks: boolean
  /** Code of the finding that caused this one, if any. */
  readonly follows?: string
}

/** What was and wasn't checked. */
export interface CoverageReport {
  readonly checked: readonly string[]
  readonly notChecked: readonly string[]
}

/** Why the guard couldn't complete the check. */
export interface ErrorReport {
  readonly kind: 'usage' | 'unavailable' | 'bug'
  readonly message: string
  readonly hint: string | null
}

/** A migration that ran during a rehearsal. */
export interface RehearsedMigrationReport {
  readonly revision: string
  readonly direction: 'upgrade' | 'downgrade'
  /** Duration, including the time spent in Python code; null if unknown. */
  readonly milliseconds: number | null
  /** Number of statements; null for SQLite, where they can't be observed. */
  readonly statements: number | null
  readonly locks: readonly LockReport[]
  /** True if part of the migration ran outside a transaction. */
  readonly outsideTransaction: boolean
  /** Statements whose locks couldn't be measured, such as `CREATE INDEX CONCURRENTLY`. */
  readonly unmeasured?: readonly string[]
}

/** A lock on an existing production table, listed under the first migration that takes it. */
export interface LockReport {
  readonly table: string
  readonly mode: string
  /** True if the table was rewritten or truncated; omitted if not. */
  readonly rewritten?: true
  /** The locking statement; omitted if unknown. */
  readonly statement?: string
  /** Size in production, including indexes; omitted if unknown. */
  readonly bytes?: number
  /** Activity in production; omitted if there are no server statistics. */
  readonly activity?: TableActivity
  /** On the copy, the time from the start of the locking statement to the end of its transaction. */
  readonly heldMilliseconds?: number
}

/** A command that ran on the scratch database. */
export interface RehearsalPhaseReport {
  readonly phase: 'upgrade' | 'downgrade' | 'upgrade-again' | 'check-models'
  readonly command: string
  readonly milliseconds: number
  readonly migrations: readonly RehearsedMigrationReport[]
  readonly versionsAfter: readonly string[]
}

/** Why a rehearsal failed. */
export interface RehearsalFailureReport {
  /** True if production is certain to fail too; omitted if unknown. */
  readonly certain?: boolean
  /** A clause that explains why production might not fail. */
  readonly doubt?: string
  readonly phase: RehearsalPhaseReport['phase']
  /** One-sentence description, without server names. */
  readonly message: string
  readonly revision: string | null
  readonly location: { readonly path: string; readonly line: number } | null
  /** Python's exception message. */
  readonly error: string | null
  /** The rejected statement, truncated. */
  readonly statement: string | null
  readonly sqlstate: string | null
  /** Last lines of the command's output. */
  readonly output: readonly string[]
  readonly hint: string | null
}

/** A schema object that an upgrade/downgrade cycle didn't restore. */
export interface LeftoverReport {
  /** `left`: still exists. `lost`: no longer exists. `changed`: differs from before. */
  readonly change: 'left' | 'lost' | 'changed'
  readonly kind: string
  readonly name: string
  /** The migration that caused the change; null if unknown. */
  readonly revision: string | null
  readonly after: 'downgrade' | 'upgrade-again'
}

/** Result of a rehearsal. */
export interface RehearsalReport {
  readonly outcome: 'succeeds' | 'fails'
  readonly scratch: {
    readonly dialect: DialectName
    readonly server: string
    readonly where: string
    readonly schema: 'pg_dump' | 'catalog' | 'backup' | 'empty'
    readonly rows: boolean
    readonly leftOut: readonly { readonly what: string; readonly reason: string }[]
  }
  readonly phases: readonly RehearsalPhaseReport[]
  readonly failure: RehearsalFailureReport | null
  readonly leftovers: readonly LeftoverReport[]
  /** Result of `alembic check`; null if not requested. */
  readonly models: { readonly outcome: ModelsCheck['outcome']; readonly message: string } | null
  /** `unknown`: production couldn't be read again. `none`: there's no production database. */
  readonly production: 'unchanged' | 'changed' | 'unknown' | 'none'
  /** Set only with `--cycle`. `reason` explains why `command` doesn't undo the release; null if it does. */
  readonly wayBack?: { readonly command: string; readonly reason: string | null }
  /** Additional notes, one sentence each. */
  readonly notes: readonly string[]
}

/** The whole report. Parts are null if the check ended before reaching them. */
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
  /** Why the verdict is `undetermined`; null for other verdicts. */
  readonly reason: string | null
  readonly error: ErrorReport | null
  /** Remarks that don't affect the verdict, one sentence each. */
  readonly remarks: readonly string[]
  /** Null if the run ended before any check. */
  readonly coverage: CoverageReport | null
  /** Set if the report covers several databases or schemas. */
  readonly fleet?: { readonly kind: FleetKind; readonly members: readonly MemberReport[] }
  /** Omitted if no rehearsal ran. */
  readonly rehearsal?: RehearsalReport
}

/** Whether the members of a fleet are schemas or databases. */
export type FleetKind = 'schema' | 'database'

/** Summary of the report on a fleet member. */
export interface MemberReport {
  /** The schema's name or the database's label; never a URL. */
  readonly name: string
  readonly verdict: Report['verdict']
  readonly exitCode: number
  readonly standing: DatabasePosition['kind'] | null
  readonly versions: readonly (string | null)[]
  /** The findings' codes, without duplicates. */
  readonly codes: readonly string[]
  readonly error: ErrorReport | null
}
