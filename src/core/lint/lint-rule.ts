/** Defines lint rules: wording, examples, and a pure function that returns findings. */
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
  /** SQL that `upgrade` and `downgrade` are known to execute. */
  readonly sql: { readonly upgrade: readonly SqlStatement[]; readonly downgrade: readonly SqlStatement[] }
}

/** The project's migrations, which are read on demand. */
export interface LintHistory {
  /** Revisions from oldest to newest, parents first. */
  readonly order: readonly string[]
  /** Returns a migration; null if missing or unreadable. Only the most recent one is cached. */
  of(id: string): LintedMigration | null
  /**
   * Returns the operations of `upgrade`, without their `inquiry`; null if the migration is missing or unreadable.
   * Cached.
   */
  upgradeOf(id: string): Operations | null
  /** The steps of all `upgrade` functions, indexed by the objects they affect. */
  readonly steps: StepIndex
  /** Returns the schema before the migration. Fastest if migrations are requested in history order. */
  schemaBefore(id: string): MigratedSchema
  schemaAfter(id: string): MigratedSchema
  /** Whether the pattern matches the source of any ancestor, including dependencies. */
  isMentionedBefore(id: string, pattern: RegExp): boolean
  /** Counts migrations with a non-empty `downgrade`. May stop at `limit`. */
  downgradesUpTo(limit: number): number
}

/** Facts about the whole project. */
export interface ProjectFacts {
  readonly repository: Repository
  readonly graph: RevisionGraph
  readonly history: LintHistory
  readonly project: LintProject
  /** Sizes of the live tables; null if there's no database. */
  readonly live: LiveTables | null
}

/** Facts for linting one migration. */
export interface LintFacts extends ProjectFacts {
  readonly migration: LintedMigration
}

/** A small example project. The last of its `files` is linted. */
export interface LintExample {
  /** Contents of `migrations/versions`, by file name. */
  readonly files: Readonly<Record<string, string>>
  /** Other project files by path, such as `migrations/env.py`. */
  readonly project?: Readonly<Record<string, string>>
  /** Row counts of the live tables; undefined if there's no database. */
  readonly rows?: Readonly<Record<string, number>>
}

/** An example that violates the rule. `underlined` is the text marked by the finding. */
export interface BadExample extends LintExample {
  readonly underlined: string
}

interface LintWords extends RuleWords {
  readonly examples: { readonly bad: BadExample; readonly good: LintExample }
  /** False for rules that must be selected with `--rule` or in the configuration. */
  readonly onByDefault: boolean
  /** True for style rules, which release checks skip unless configured. */
  readonly quietInRelease?: true
  readonly precision: Precision
  /** Tag for pending migrations in the HTML graph; defaults to the rule's name. */
  readonly riskTag?: RiskTag
  /** The lock that PostgreSQL takes in the bad example but not in the good one. */
  readonly lock?: ShownLock
}

/** A risk that a migration poses: blocking sessions, dropping objects in use, or losing data when downgraded. */
export type RiskTag = 'locks' | 'inUse' | 'irreversible'

/** A lock as shown in `pg_locks` and server messages. */
export interface ShownLock {
  readonly table: string
  /** Lock mode, such as `AccessExclusiveLock`. */
  readonly mode: string
  /** True if the good example takes the lock too, but holds it more briefly or keeps the old name usable. */
  readonly alsoInGood?: true
  /** True if PostgreSQL rewrites the table, which changes its `relfilenode`. */
  readonly rewrites?: true
  /** The server's DEBUG1 message, such as `verifying table "users"`. Needed if the lock alone proves nothing. */
  readonly said?: string
}

/** Findings in public migrations: how many there were, how many were reviewed, and how many were correct. */
export interface Precision {
  readonly hits: number
  readonly read: number
  readonly right: number
}

/** A rule that checks one migration file. */
export interface MigrationRule extends LintWords {
  readonly scope: 'migration'
  /** Returns findings in any order. Must be pure. */
  inspect(facts: LintFacts): readonly Discovery[]
  /**
   * Returns only findings that are precise enough for default runs. If undefined, default runs include all findings.
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
  /** The problem with a suppression comment; null if it's valid. */
  inspect(comment: LintComment, migration: LintedMigration): Discovery | null
}

export type LintRule = MigrationRule | ProjectRule

/** Creates a finding about a source range, or about the call at a location. */
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

/** The range of the outermost call at this location, if any. */
function rangeAt(source: SourceFacts, { line, column }: Span): Range | null {
  const [first] = source.calls
    .filter(({ range }) => range.line === line && range.column === column)
    .toSorted((a, b) => b.range.end - a.range.end)
  return first?.range ?? null
}
