/**
 * Defines a lint rule: wording, examples and a pure function from one migration file (or the project) to findings.
 * Knows nothing about files, Python or databases.
 */
import { type Discovery, discovery } from '../findings/finding.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import type { LintProject, LiveTables } from './lint-facts.ts'
import type { Span } from '../history/migration-module.ts'
import type { Operations } from '../history/operation.ts'
import type { Repository } from '../history/repository.ts'
import type { Revision } from '../history/revision.ts'
import type { RuleWords } from '../diagnosis/rule.ts'
import type { MigratedSchema } from '../schema/migrated-schema.ts'
import type { SqlStatement } from './sql-statement.ts'
import type { StepIndex } from './step-index.ts'
import type { LintComment } from './suppressions.ts'
import type { Range, SourceFacts } from '../history/python-source.ts'

/** One migration and its parsed operations. */
export interface LintedMigration {
  readonly revision: Revision
  readonly upgrade: Operations
  readonly downgrade: Operations
  readonly source: SourceFacts
  /** SQL executed by `upgrade` and `downgrade`, as far as its text is known. */
  readonly sql: { readonly upgrade: readonly SqlStatement[]; readonly downgrade: readonly SqlStatement[] }
}

/** The migrations around a linted one, read on demand. */
export interface LintHistory {
  /** Every revision, oldest first; parents before their children. */
  readonly order: readonly string[]
  /**
   * Returns one migration; null if the revision doesn't exist or its file can't be read. Only the last one is kept,
   * because its syntax takes many times the memory of its operations.
   */
  of(id: string): LintedMigration | null
  /** Returns the operations of one `upgrade`, without the schema inquiry; null as for `of`. Kept. */
  upgradeOf(id: string): Operations | null
  /** The steps of all `upgrade` functions, by what they concern. */
  readonly steps: StepIndex
  /**
   * Returns the schema that the migration starts from, as far as its ancestors' source shows. Cheapest in the order of
   * the history.
   */
  schemaBefore(id: string): MigratedSchema
  /** Returns the schema after the migration itself. */
  schemaAfter(id: string): MigratedSchema
  /** Returns whether the source text of any ancestor, including dependencies, matches the pattern. */
  isMentionedBefore(id: string, pattern: RegExp): boolean
  /** Returns the number of migrations whose `downgrade` isn't empty; may stop counting at `limit`. */
  downgradesUpTo(limit: number): number
}

/** Facts about the whole project. */
export interface ProjectFacts {
  readonly repository: Repository
  readonly graph: RevisionGraph
  readonly history: LintHistory
  readonly project: LintProject
  /** Sizes of live tables; null if no database is available. */
  readonly live: LiveTables | null
}

/** Facts for linting one migration. */
export interface LintFacts extends ProjectFacts {
  readonly migration: LintedMigration
}

/** A miniature project. The last of `files` is the linted migration. */
export interface LintExample {
  /** Contents of the migration files in `migrations/versions`, by name. */
  readonly files: Readonly<Record<string, string>>
  /** Other files of the project, by path: `pyproject.toml`, `migrations/env.py`, `app/queries.py`. */
  readonly project?: Readonly<Record<string, string>>
  /** Row counts of live tables by name; absent if no database is available. */
  readonly rows?: Readonly<Record<string, number>>
}

/** A bad example, with the text that the finding underlines on the line of `location`. */
export interface BadExample extends LintExample {
  readonly underlined: string
}

interface LintWords extends RuleWords {
  readonly examples: { readonly bad: BadExample; readonly good: LintExample }
  /** False for rules that only run if `--rule` or the configuration selects them. */
  readonly onByDefault: boolean
  /** Present for rules about style, which checks of a release omit unless the configuration enables them. */
  readonly quietInRelease?: true
  readonly precision: Precision
  /** Tag on a pending migration in the HTML graph; if absent, the rule's name is used. */
  readonly riskTag?: RiskTag
  /** Lock that PostgreSQL takes for the bad example but not for the good one; absent if the rule isn't about locks. */
  readonly lock?: ShownLock
}

/**
 * Risk of a migration: it blocks other sessions, drops objects still in use, or can't be downgraded without data loss.
 */
export type RiskTag = 'locks' | 'inUse' | 'irreversible'

/** A lock as shown in `pg_locks` and server messages. */
export interface ShownLock {
  readonly table: string
  /** The lock mode, such as `AccessExclusiveLock`. */
  readonly mode: string
  /** Present if the good example takes the same lock, but holds it for less time or keeps the old name usable. */
  readonly alsoInGood?: true
  /** Present if the table gets a new `relfilenode`. */
  readonly rewrites?: true
  /**
   * DEBUG1 message that the server must print if the lock alone isn't conclusive, such as `verifying table "users"`.
   */
  readonly said?: string
}

/**
 * Precision on public migrations: the number of findings, how many of them were reviewed manually, and how many of
 * those were correct.
 */
export interface Precision {
  readonly hits: number
  readonly read: number
  readonly right: number
}

/** A rule about one migration file. */
export interface MigrationRule extends LintWords {
  readonly scope: 'migration'
  /** Pure; returns all findings, in any order. */
  inspect(facts: LintFacts): readonly Discovery[]
  /** The subset of the rule's findings that is precise enough to run by default; absent if all findings are. */
  readonly inspectByDefault?: (facts: LintFacts) => readonly Discovery[]
}

/** A rule about the whole project, such as a rule for `env.py`. */
export interface ProjectRule extends LintWords {
  readonly scope: 'project'
  inspect(facts: ProjectFacts): readonly Discovery[]
}

/** The rule about comments that suppress other rules. */
export interface CommentRule extends RuleWords {
  /** Returns the problem with a comment; null if the comment is valid. */
  inspect(comment: LintComment, migration: LintedMigration): Discovery | null
}

export type LintRule = MigrationRule | ProjectRule

/** Creates a finding about a source range. If only the start is known (an operation), the caret marks that point. */
export function lintFinding(
  facts: LintFacts,
  at: Span | Range,
  parts: Pick<Discovery, 'severity' | 'message' | 'why'> & Partial<Discovery>,
): Discovery {
  const { path, line, column } = at
  const { source } = facts.migration
  const whole = 'endLine' in at ? at : path === source.path ? rangeAt(source, at) : null
  const end = whole === null ? {} : { end: { line: whole.endLine, column: whole.endColumn } }
  return discovery({
    location: { path, line, column },
    revisions: [facts.migration.revision.id],
    ...end,
    ...parts,
  })
}

/** Returns the outermost call that starts at that location. */
function rangeAt(source: SourceFacts, { line, column }: Span): Range | null {
  const [first] = source.calls
    .filter(({ range }) => range.line === line && range.column === column)
    .toSorted((a, b) => b.range.end - a.range.end)
  return first?.range ?? null
}
