/**
 * Defines a lint rule: its texts, its examples, and a pure function that returns findings for a migration file or the
 * whole project. Doesn't access files, parse Python or query databases.
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

/** A migration and its parsed operations. */
export interface LintedMigration {
  readonly revision: Revision
  readonly upgrade: Operations
  readonly downgrade: Operations
  readonly source: SourceFacts
  /** The SQL that `upgrade` and `downgrade` are known to execute. */
  readonly sql: { readonly upgrade: readonly SqlStatement[]; readonly downgrade: readonly SqlStatement[] }
}

/** The project's migrations, read on demand. */
export interface LintHistory {
  /** All revisions from oldest to newest, with parents before their children. */
  readonly order: readonly string[]
  /**
   * Returns a migration, or null if the revision doesn't exist or its file can't be read. Caches only the latest one,
   * because a syntax tree takes many times as much memory as operations.
   */
  of(id: string): LintedMigration | null
  /**
   * Returns the operations of a migration's `upgrade` (omitting `inquiry`), or null if the revision doesn't exist or
   * its file can't be read. The result is cached.
   */
  upgradeOf(id: string): Operations | null
  /** Index of the steps in all `upgrade` functions, keyed by the objects that the steps affect. */
  readonly steps: StepIndex
  /**
   * Returns the schema before the migration, derived from the source of its ancestors. Fastest if migrations are
   * requested in history order.
   */
  schemaBefore(id: string): MigratedSchema
  /** Returns the schema after the migration. */
  schemaAfter(id: string): MigratedSchema
  /** Returns whether the pattern matches the source text of any ancestor. Dependencies count as ancestors. */
  isMentionedBefore(id: string, pattern: RegExp): boolean
  /** Counts the migrations with a non-empty `downgrade`. May stop counting at `limit`. */
  downgradesUpTo(limit: number): number
}

/** Facts about the whole project. */
export interface ProjectFacts {
  readonly repository: Repository
  readonly graph: RevisionGraph
  readonly history: LintHistory
  readonly project: LintProject
  /** Sizes of the live tables; null if no database is available. */
  readonly live: LiveTables | null
}

/** Facts that a rule needs to lint one migration. */
export interface LintFacts extends ProjectFacts {
  readonly migration: LintedMigration
}

/** A small example project. The last of its `files` is the migration to lint. */
export interface LintExample {
  /** Contents of the files in `migrations/versions`, by file name. */
  readonly files: Readonly<Record<string, string>>
  /** Contents of other project files by path, such as `pyproject.toml`, `migrations/env.py` or `app/queries.py`. */
  readonly project?: Readonly<Record<string, string>>
  /** Row counts of the live tables, by name; undefined if no database is available. */
  readonly rows?: Readonly<Record<string, number>>
}

/**
 * An example that violates the rule. `underlined` is the text that the finding underlines, on the line of the finding's
 * `location`.
 */
export interface BadExample extends LintExample {
  readonly underlined: string
}

interface LintWords extends RuleWords {
  readonly examples: { readonly bad: BadExample; readonly good: LintExample }
  /** False for rules that only run if selected by `--rule` or the configuration. */
  readonly onByDefault: boolean
  /** True for style rules. Release checks skip them unless the configuration enables them. */
  readonly quietInRelease?: true
  readonly precision: Precision
  /** Tag to show on a pending migration in the HTML graph. If undefined, the rule's name is shown instead. */
  readonly riskTag?: RiskTag
  /**
   * Lock that PostgreSQL takes in the bad example but not in the good one; undefined if the rule doesn't involve locks.
   */
  readonly lock?: ShownLock
}

/**
 * Risk of a migration: it blocks other sessions, drops objects that are still in use, or can't be downgraded without
 * losing data.
 */
export type RiskTag = 'locks' | 'inUse' | 'irreversible'

/** A lock as shown in `pg_locks` and in the server's messages. */
export interface ShownLock {
  readonly table: string
  /** The lock mode, such as `AccessExclusiveLock`. */
  readonly mode: string
  /** True if the good example holds the same lock for less time than the bad one, or keeps the old name usable. */
  readonly alsoInGood?: true
  /** True if PostgreSQL rewrites the table, which gives it a new `relfilenode`. */
  readonly rewrites?: true
  /**
   * Expected DEBUG1 message from the server, such as `verifying table "users"`. Set only if the lock alone doesn't
   * prove the rule's claim.
   */
  readonly said?: string
}

/**
 * How precise a rule is on public migrations: the number of findings, how many were reviewed by hand, and how many of
 * those were right.
 */
export interface Precision {
  readonly hits: number
  readonly read: number
  readonly right: number
}

/** A rule that checks one migration file. */
export interface MigrationRule extends LintWords {
  readonly scope: 'migration'
  /** Returns all findings for the migration, in any order. Must be pure. */
  inspect(facts: LintFacts): readonly Discovery[]
  /**
   * Returns the findings that are precise enough to be reported by default. If a rule doesn't define this function, all
   * its findings are reported by default.
   */
  readonly inspectByDefault?: (facts: LintFacts) => readonly Discovery[]
}

/** A rule that checks the whole project, such as its `env.py`. */
export interface ProjectRule extends LintWords {
  readonly scope: 'project'
  inspect(facts: ProjectFacts): readonly Discovery[]
}

/** The rule that checks suppression comments. */
export interface CommentRule extends RuleWords {
  /** Returns the problem with a suppression comment, or null if the comment is valid. */
  inspect(comment: LintComment, migration: LintedMigration): Discovery | null
}

export type LintRule = MigrationRule | ProjectRule

/**
 * Creates a finding about a range or location in the source. For a location, such as that of an operation, the finding
 * covers the outermost call that starts there.
 */
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

/** Returns the range of the outermost call that begins at the given location; null if there is none. */
function rangeAt(source: SourceFacts, { line, column }: Span): Range | null {
  const [first] = source.calls
    .filter(({ range }) => range.line === line && range.column === column)
    .toSorted((a, b) => b.range.end - a.range.end)
  return first?.range ?? null
}
