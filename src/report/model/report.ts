/**
 * The published report, as printed by `--format json`. As long as `schemaVersion` is 1, only additive changes are
 * allowed.
 */
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

/** State of the migrations in the repository. */
export interface RepositoryReport {
  readonly config: string | null
  readonly scriptLocation: string
  readonly versionLocations: readonly string[]
  readonly revisions: number
  readonly heads: readonly string[]
  readonly bases: readonly string[]
  /**
   * Alembic version used for the prediction. `source` is null if no file pins a version, in which case the newest known
   * version is assumed.
   */
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
  /** Version rows as text. A NULL value is given as null, and other non-text values as Python's repr. */
  readonly versions: readonly (string | null)[]
}

/** Predicted outcome of the upgrade, and the steps that lead to it. */
export interface PredictionReport {
  readonly command: string
  /** Command as typed in this project, such as `flask db upgrade head`; omitted if it is the same as `command`. */
  readonly typedCommand?: string
  readonly outcome: 'succeeds' | 'fails' | 'unknown'
  readonly error: PythonError | null
  /** Why the outcome is unknown; null if the outcome is known. */
  readonly reason: string | null
  readonly steps: readonly string[]
  readonly versionsAfter: readonly string[]
  /** Dry run of the pending operations on the live schema; null if nothing is pending or no dry run was possible. */
  readonly tried: TriedReport | null
}

/** How many operations the dry run covered, and which ones it couldn't check. */
export interface TriedReport {
  readonly operations: number
  readonly understood: number
  /** Number of operations that the live schema is known to allow. All other operations are listed in `unchecked`. */
  readonly checked: number
  /**
   * Number of checked operations that change rows. All names that they use exist, so only the data can make them fail.
   */
  readonly rows?: number
  readonly unchecked: readonly UncheckedReport[]
  /**
   * Calls that may raise an exception but can't be checked: calls to code that the guard didn't read, and calls that
   * SQLAlchemy 2 rejects if the project may use SQLAlchemy 2. Omitted if there are none.
   */
  readonly calls?: readonly UncheckedReport[]
}

/** An operation that only a rehearsal can check. */
export interface UncheckedReport {
  readonly revision: string
  /** Location of the operation; null if the file can't be read. */
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
  /** Additional facts about the finding, one sentence each. */
  readonly details: readonly string[]
  readonly revisions: readonly string[]
  readonly location: Span | null
  /** End position of the range; omitted if unknown. */
  readonly end?: { readonly line: number; readonly column: number }
  /** Text of the source line that `location` refers to. */
  readonly sourceLine?: string
  /** True if `--fix` can fix the finding; omitted if it can't. */
  readonly fixable?: true
  readonly remedies: readonly Remedy[]
  readonly notAdvised: string | null
  /** URL of the code's documentation page. */
  readonly documentation: string
  readonly ignored: { readonly reason: string | null } | null
  /**
   * True if the finding blocks the release. An error blocks unless it is ignored; under `--strict`, so does a warning.
   */
  readonly blocks: boolean
  /** Code of the finding that caused this finding; omitted if there is none. */
  readonly follows?: string
}

/** Short descriptions of what was checked, and of what wasn't. */
export interface CoverageReport {
  readonly checked: readonly string[]
  readonly notChecked: readonly string[]
}

/** Why the guard couldn't complete the check, and a hint for the user. */
export interface ErrorReport {
  readonly kind: 'usage' | 'unavailable' | 'bug'
  readonly message: string
  readonly hint: string | null
}

/** A migration that was run during a rehearsal. */
export interface RehearsedMigrationReport {
  readonly revision: string
  readonly direction: 'upgrade' | 'downgrade'
  /** Duration of the migration, including its Python code; null if unknown. */
  readonly milliseconds: number | null
  /** Number of statements; null for SQLite, where they can't be observed. */
  readonly statements: number | null
  readonly locks: readonly LockReport[]
  /** True if part of the migration ran outside a transaction. */
  readonly outsideTransaction: boolean
  /** Statements whose locks couldn't be measured, such as `CREATE INDEX CONCURRENTLY`; omitted if there are none. */
  readonly unmeasured?: readonly string[]
}

/** A lock on an existing production table. It is listed under the first migration that takes it. */
export interface LockReport {
  readonly table: string
  readonly mode: string
  /** True if the table was rewritten or truncated while locked; omitted if not. */
  readonly rewritten?: true
  /** The statement that took the lock; omitted if unknown. */
  readonly statement?: string
  /** Size of the table in production, including indexes; omitted if unknown. */
  readonly bytes?: number
  /** How busy the table is in production; omitted if the server keeps no statistics. */
  readonly activity?: TableActivity
  /**
   * How long the lock was held on the copy, in milliseconds: from the start of the locking statement to the end of its
   * transaction. Omitted if unknown.
   */
  readonly heldMilliseconds?: number
}

/** A command that was run on the scratch database. */
export interface RehearsalPhaseReport {
  readonly phase: 'upgrade' | 'downgrade' | 'upgrade-again' | 'check-models'
  readonly command: string
  readonly milliseconds: number
  readonly migrations: readonly RehearsedMigrationReport[]
  readonly versionsAfter: readonly string[]
}

/** Details of why a rehearsal failed. */
export interface RehearsalFailureReport {
  /** True if production definitely fails in the same way; false if it might not fail. Omitted if unknown. */
  readonly certain?: boolean
  /** Clause that explains why production might not fail. */
  readonly doubt?: string
  readonly phase: RehearsalPhaseReport['phase']
  /** Description in one sentence, without server names. */
  readonly message: string
  readonly revision: string | null
  readonly location: { readonly path: string; readonly line: number } | null
  /** Python's exception message. */
  readonly error: string | null
  /** The statement that the server rejected, truncated. */
  readonly statement: string | null
  readonly sqlstate: string | null
  /** Last lines of the command's output. */
  readonly output: readonly string[]
  readonly hint: string | null
}

/** A schema object that an upgrade/downgrade cycle didn't restore. */
export interface LeftoverReport {
  /** `left`: the object still exists; `lost`: it no longer exists; `changed`: it differs from before. */
  readonly change: 'left' | 'lost' | 'changed'
  readonly kind: string
  readonly name: string
  /** Migration that caused the change; null if unknown. */
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
  /** Result of `alembic check`; null if it wasn't requested. */
  readonly models: { readonly outcome: ModelsCheck['outcome']; readonly message: string } | null
  /**
   * Result of comparing the production database before and after the rehearsal. `unknown` if the database couldn't be
   * read again; `none` if there is no production database.
   */
  readonly production: 'unchanged' | 'changed' | 'unknown' | 'none'
  /**
   * How to roll back the release. Set only for `run --cycle` and `preflight --cycle`. `reason` explains why the
   * rollback command doesn't undo the release, or is null if it does.
   */
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
  /** Reason for the verdict `undetermined`; null for other verdicts. */
  readonly reason: string | null
  readonly error: ErrorReport | null
  /** Remarks that don't affect the verdict, one sentence each. */
  readonly remarks: readonly string[]
  /** The checks that were and weren't performed; null if the run ended before any check. */
  readonly coverage: CoverageReport | null
  /** The checked members, if the report covers several databases or schemas. */
  readonly fleet?: { readonly kind: FleetKind; readonly members: readonly MemberReport[] }
  /** Result of the rehearsal, in reports of `rehearse`, `run` and `preflight`. Omitted if no rehearsal ran. */
  readonly rehearsal?: RehearsalReport
}

/** Kind of fleet members: databases or schemas. */
export type FleetKind = 'schema' | 'database'

/** Summary of the report on one database or schema of a fleet. */
export interface MemberReport {
  /** The schema's name or the database's label; never a URL. */
  readonly name: string
  readonly verdict: Report['verdict']
  readonly exitCode: number
  readonly standing: DatabasePosition['kind'] | null
  readonly versions: readonly (string | null)[]
  /** Codes of the findings, without duplicates. */
  readonly codes: readonly string[]
  readonly error: ErrorReport | null
}
