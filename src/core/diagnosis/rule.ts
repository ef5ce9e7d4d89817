/** Defines rules. Each rule is a single value that contains its code, wording, examples and logic. */
import type { DatabaseState } from '../history/database-state.ts'
import type { LiveEvidence } from '../evidence/applied-revisions.ts'
import type { FileEffects } from '../evidence/file-effects.ts'
import type { Discovery, Severity } from '../findings/finding.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import type { ReleaseFacts } from '../release/release-facts.ts'
import type { Provenances } from '../lost/provenances.ts'
import type { PendingFacts } from '../dry-run/pending-facts.ts'
import type { Repository } from '../history/repository.ts'
import type { SchemaSnapshot, TransactionEvidence } from '../schema/schema-snapshot.ts'
import type { DatabasePosition } from '../upgrade/position.ts'
import type { ObjectCheck } from '../evidence/expected-objects.ts'
import type { JudgeFacts } from '../judge/judge-facts.ts'
import type { FailureCause, Prediction } from '../upgrade/prediction.ts'

/** The state of the database, and the conclusions drawn from it. */
export interface DatabaseFacts {
  readonly state: DatabaseState
  readonly prediction: Prediction
  readonly standing: DatabasePosition
  /** Evidence from the live schema. Set only if a version row names an unknown revision. */
  readonly live?: LiveEvidence | null
  /** Schema evidence that doesn't rely on the version rows, which may be wrong. */
  readonly untrusted?: LiveEvidence | null
  /** Schema evidence about files with the same revision id, by path. */
  readonly duplicates?: ReadonlyMap<string, FileEffects>
  /** Results of checking pending migrations against the live schema, if any are pending. */
  readonly pending?: PendingFacts | null
  /** Objects that the newest applied revisions should have created, and whether they exist. */
  readonly traces?: ObjectCheck | null
  /** Schema checks that threw an error because of a bug in the guard. Any entry prevents a pass. */
  readonly failures?: readonly FailedCheck[]
}

/**
 * A check of the live schema: either a dry run, or a search for the objects created by applied migrations.
 */
export type FailedCheck = 'dry run' | 'object check'

/** All facts that a rule can use. `database` is null for commands that check only the history. */
export interface Facts {
  readonly repository: Repository
  readonly graph: RevisionGraph
  /** Target of `alembic upgrade`: `head`, `heads` or a revision. */
  readonly target: string
  readonly database: DatabaseFacts | null
  /** The release that runs the upgrade; null or undefined if releases aren't checked. */
  readonly release?: ReleaseFacts | null
  /**
   * Causes found for version rows whose revision isn't defined in any file; null or undefined if not investigated.
   */
  readonly provenance?: Provenances | null
  /** What to do if the database is ahead of the release (default: `block`). */
  readonly onAhead?: 'block' | 'skip'
}

/** All rules must receive the same `JudgeFacts` object, because other caches use it as a key. */
const judgedBy = new WeakMap<Facts, JudgeFacts>()

/** Returns the facts needed to evaluate remedies; null if no database was checked. */
export function judgeFactsOf(facts: Facts): JudgeFacts | null {
  const { repository, graph, target, database, provenance } = facts
  if (!database) return null
  const known = judgedBy.get(facts)
  if (known) return known
  const { state, live, untrusted } = database
  const found: JudgeFacts = {
    repository,
    graph,
    state,
    target,
    provenance: provenance ?? null,
    live: live ?? untrusted ?? null,
  }
  judgedBy.set(facts, found)
  return found
}

/**
 * A minimal project and database for which the rule reports a finding (`bad`) or none (`good`). The tests run every
 * example.
 */
export interface Example {
  /** Contents of the files in `migrations/versions`, by file name. */
  readonly files: Readonly<Record<string, string>>
  /** Rows in the version table; null if the table doesn't exist. Undefined if the rule checks only the history. */
  readonly versions?: readonly (string | null)[] | null
  /** Database dialect; defaults to `postgresql`. */
  readonly dialect?: DatabaseState['dialect']
  /** Properties of the database state that differ from the default. */
  readonly database?: Partial<DatabaseState>
  /** Differences from an empty schema. If undefined, there is no dry run of pending migrations. */
  readonly schema?: Partial<SchemaSnapshot>
  /** Objects created by the transactions that wrote the version rows. */
  readonly transactions?: TransactionEvidence
  /** Target of the upgrade; defaults to `head`. */
  readonly target?: string
  /**
   * The database URL's scheme, and the contents of files next to alembic.ini, such as `Procfile`. Undefined if the
   * release isn't checked.
   */
  readonly release?: { readonly files: Readonly<Record<string, string>>; readonly scheme?: string }
  /** Causes found for lost revisions in the version table; none by default. */
  readonly provenance?: Provenances
}

/** Metadata for a rule. The rule's file is named `CODE-name.ts`. */
export interface RuleWords {
  /** The rule's code, such as `AG201`. Codes are never reused. */
  readonly code: `AG${number}`
  /** The rule's name, such as `unknown-revision`. */
  readonly name: string
  /** Default severity. Individual findings may have a lower severity. */
  readonly severity: Severity
  /** The headline on the rule's page: one sentence that says when the rule reports a finding. */
  readonly summary: string
  /** Markdown paragraphs that explain the problem and its effect on a release. */
  readonly explanation: string
  /** Markdown paragraphs that explain how to fix the problem. */
  readonly cure: string
}

/** A rule: its metadata, examples and logic. */
export interface Rule extends RuleWords {
  readonly examples: { readonly bad: Example; readonly good: Example }
  /** Kinds of Alembic failures that this rule explains. AG100 doesn't report them. */
  readonly explains: readonly FailureCause['kind'][]
  /**
   * Codes of rules whose findings may cause this rule's findings. A finding is nested under its cause if the cause is
   * an error, or if both concern the same revision or table.
   */
  readonly follows?: Readonly<Record<string, 'error' | 'same revision' | 'same table'>>
  /** Returns all findings, in any order. Must be a pure function. */
  inspect(facts: Facts): readonly Discovery[]
}
