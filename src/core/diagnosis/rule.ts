/** Defines a rule: code, wording, examples and logic in one value, so that a new rule needs only one list entry. */
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

/** The database state, and conclusions drawn from it. */
export interface DatabaseFacts {
  readonly state: DatabaseState
  readonly prediction: Prediction
  readonly standing: DatabasePosition
  /** Evidence from the live schema; only present if a row is unknown and the schema could be read. */
  readonly live?: LiveEvidence | null
  /**
   * Schema evidence that doesn't rely on any version row, in case the rows are wrong. Null or absent if not gathered.
   */
  readonly untrusted?: LiveEvidence | null
  /**
   * Schema evidence for files that share an id, by path; absent if no files share an id, or if the evidence wasn't
   * gathered.
   */
  readonly duplicates?: ReadonlyMap<string, FileEffects>
  /** Pending migrations checked against the live schema; null or absent if nothing is pending or it wasn't checked. */
  readonly pending?: PendingFacts | null
  /** Objects left by the newest applied revisions; null or absent if not checked. */
  readonly traces?: ObjectCheck | null
}

/** Everything a rule may use. `database` is null for commands that only check the history. */
export interface Facts {
  readonly repository: Repository
  readonly graph: RevisionGraph
  /** Target that will be passed to `alembic upgrade`: `head`, `heads`, a revision. */
  readonly target: string
  readonly database: DatabaseFacts | null
  /** The release that runs the upgrade; absent or null for commands that don't check it. */
  readonly release?: ReleaseFacts | null
  /** Causes found for rows that no file defines; null or absent if not investigated. */
  readonly provenance?: Provenances | null
  /** How to treat a database ahead of the release; `block` if absent. */
  readonly onAhead?: 'block' | 'skip'
}

/** Inputs to the judge, shared by all rules because the judge caches its results by this object's identity. */
const judgedBy = new WeakMap<Facts, JudgeFacts>()

/** Returns the facts for judging remedies; null if no database was checked. */
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
 * A tiny project and database for which the rule reports a finding (`bad`) or no finding (`good`). Examples run as
 * tests.
 */
export interface Example {
  /** Contents of the migration files in `migrations/versions`, by name. */
  readonly files: Readonly<Record<string, string>>
  /**
   * Rows of the version table; absent if the rule only checks the history, null if the example has no version table.
   */
  readonly versions?: readonly (string | null)[] | null
  /** Defaults to `postgresql`. */
  readonly dialect?: DatabaseState['dialect']
  /** Differences from a default database state. */
  readonly database?: Partial<DatabaseState>
  /** Additional database contents; if absent, the example skips the dry run of the pending migrations. */
  readonly schema?: Partial<SchemaSnapshot>
  /** Objects created by the transactions that wrote the rows; absent if not requested. */
  readonly transactions?: TransactionEvidence
  /** Defaults to `head`. */
  readonly target?: string
  /** Files next to alembic.ini (`Procfile`, `migrations/env.py`) and the URL's scheme; absent if not checked. */
  readonly release?: { readonly files: Readonly<Record<string, string>>; readonly scheme?: string }
  /** Causes found for the rows; empty by default. */
  readonly provenance?: Provenances
}

/** Metadata of a rule, whose file is named `CODE-name.ts`. */
export interface RuleWords {
  /** A code such as `AG201`, which is never reused. */
  readonly code: `AG${number}`
  /** `unknown-revision` */
  readonly name: string
  /** Default severity; a finding may have a lower one. */
  readonly severity: Severity
  /** One sentence that states when the rule reports a finding; the headline of its page. */
  readonly summary: string
  /** The problem and its effect on a release, for the rule's page, as Markdown paragraphs. */
  readonly explanation: string
  /** How to fix it, for the rule's page, as Markdown paragraphs. */
  readonly cure: string
}

/** One rule of a check. */
export interface Rule extends RuleWords {
  readonly examples: { readonly bad: Example; readonly good: Example }
  /** Alembic failures that this rule explains, so that AG100 doesn't report them. */
  readonly explains: readonly FailureCause['kind'][]
  /**
   * Codes of findings that may cause this one. It is nested under such a finding if that finding is an error, or if
   * both concern the same revision or table.
   */
  readonly follows?: Readonly<Record<string, 'error' | 'same revision' | 'same table'>>
  /** Pure; returns all findings, in any order. */
  inspect(facts: Facts): readonly Discovery[]
}
