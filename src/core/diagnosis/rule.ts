/** The shape of a rule: code, words, examples and logic in one value, so that adding a rule touches one list. */
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
import type { DatabasePosition } from '../upgrade/database-position.ts'
import type { ObjectCheck } from '../evidence/expected-objects.ts'
import type { JudgeFacts } from '../judge/judge-facts.ts'
import type { FailureCause, Prediction } from '../upgrade/prediction.ts'

/** What was seen of the database, and what follows from it. */
export interface DatabaseFacts {
  readonly state: DatabaseState
  readonly prediction: Prediction
  readonly standing: DatabasePosition
  /** What the live schema says; only where a row is unknown and the schema could be read. */
  readonly live?: LiveEvidence | null
  /** What it says where the rows themselves may be wrong: no row is trusted. Null or absent: nobody looked. */
  readonly untrusted?: LiveEvidence | null
  /** What the live schema says of files that share an id, by path; absent: there are none, or nobody looked. */
  readonly duplicates?: ReadonlyMap<string, FileEffects>
  /** What the live schema says of the pending migrations; null or absent: nothing is pending, or nobody looked. */
  readonly pending?: PendingFacts | null
  /** What the newest applied revisions have left; null or absent: nobody looked. */
  readonly traces?: ObjectCheck | null
}

/** Everything a rule may look at. `database` is null for commands that look at the history alone. */
export interface Facts {
  readonly repository: Repository
  readonly graph: RevisionGraph
  /** What `alembic upgrade` is going to be given: `head`, `heads`, a revision. */
  readonly target: string
  readonly database: DatabaseFacts | null
  /** What surrounds the upgrade; absent or null for commands that don't look at it. */
  readonly release?: ReleaseFacts | null
  /** What became of rows that no file defines; null or absent: nobody looked. */
  readonly provenance?: Provenances | null
  /** What a database that is ahead means; `block` when absent. */
  readonly onAhead?: 'block' | 'skip'
}

/** One object for all rules, because the judge remembers by it what it has been asked. */
const judgedBy = new WeakMap<Facts, JudgeFacts>()

/** What remedies are judged by; null: no database was looked at. */
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

/** A tiny project and database in which the rule fires (`bad`) or keeps quiet (`good`). Run as tests. */
export interface Example {
  /** Migration files under `migrations/versions`: name to text. */
  readonly files: Readonly<Record<string, string>>
  /** The version table's rows; absent: the rule looks at the history alone; null: there is no version table. */
  readonly versions?: readonly (string | null)[] | null
  /** Defaults to `postgresql`. */
  readonly dialect?: DatabaseState['dialect']
  /** Differences from an ordinary database. */
  readonly database?: Partial<DatabaseState>
  /** What the database holds besides; absent: the pending migrations are not tried. */
  readonly schema?: Partial<SchemaSnapshot>
  /** What the transactions of the rows made; absent: nobody asked. */
  readonly transactions?: TransactionEvidence
  /** Defaults to `head`. */
  readonly target?: string
  /** Files beside alembic.ini (`Procfile`, `migrations/env.py`) and the URL's scheme; absent: nobody looks at them. */
  readonly release?: { readonly files: Readonly<Record<string, string>>; readonly scheme?: string }
  /** What was found out about the rows; defaults to nothing. */
  readonly provenance?: Provenances
}

/** What every rule says of itself. The file that holds it is named `CODE-name.ts`. */
export interface RuleWords {
  /** `AG201`: never reused. */
  readonly code: `AG${number}`
  /** `unknown-revision` */
  readonly name: string
  /** The severity it usually has; a finding may be milder and says so. */
  readonly severity: Severity
  /** When it fires, in one sentence; the headline of its page. */
  readonly summary: string
  /** What is going on and what happens to a release, for its page; paragraphs of Markdown. */
  readonly explanation: string
  /** How to get out of it, for its page; paragraphs of Markdown. */
  readonly cure: string
}

/** One rule of a check. */
export interface Rule extends RuleWords {
  readonly examples: { readonly bad: Example; readonly good: Example }
  /** Failures of Alembic for which this rule gives the reason, so that AG100 need not speak. */
  readonly explains: readonly FailureCause['kind'][]
  /**
   * Codes of findings from which this one follows, so that it is folded under them: where those are errors, or where
   * both name the same revision or the same table.
   */
  readonly follows?: Readonly<Record<string, 'error' | 'same revision' | 'same table'>>
  /** Pure; returns all that it sees, in any order. */
  inspect(facts: Facts): readonly Discovery[]
}
