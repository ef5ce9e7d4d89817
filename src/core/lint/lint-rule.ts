/**
 * The shape of a lint rule: words, examples and a pure function from what one migration file (or the project) says
 * to findings. Knows nothing of files, Python or databases.
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
import type { LintComment } from './suppressions.ts'
import type { Range, SourceFacts } from '../history/python-source.ts'

/** One migration and what its two functions do. */
export interface LintedMigration {
  readonly revision: Revision
  readonly upgrade: Operations
  readonly downgrade: Operations
  readonly source: SourceFacts
  /** The SQL that `upgrade` and `downgrade` execute, as far as its text is known. */
  readonly sql: { readonly upgrade: readonly SqlStatement[]; readonly downgrade: readonly SqlStatement[] }
}

/** The migrations that come before one, read when somebody asks. */
export interface LintHistory {
  /** Every revision, oldest first; parents come before their children. */
  readonly order: readonly string[]
  /** One migration; null: there is no such revision, or its file can't be read. */
  of(id: string): LintedMigration | null
  /** Every ancestor (dependencies as well), oldest first, without the migration itself. */
  before(id: string): readonly LintedMigration[]
  /** What the ancestors leave behind, as far as their text tells; the same value each time. */
  schemaBefore(id: string): MigratedSchema
  /** The same with the migration itself. */
  schemaAfter(id: string): MigratedSchema
}

/** What concerns the whole project. */
export interface ProjectFacts {
  readonly repository: Repository
  readonly graph: RevisionGraph
  readonly history: LintHistory
  readonly project: LintProject
  /** How large the tables are; null: there is no database to ask. */
  readonly live: LiveTables | null
}

/** What a rule may look at when one migration is linted. */
export interface LintFacts extends ProjectFacts {
  readonly migration: LintedMigration
}

/** A project in miniature. The migration that is linted is the last of `files`. */
export interface LintExample {
  /** Migration files under `migrations/versions`: name to text. */
  readonly files: Readonly<Record<string, string>>
  /** Other files of the project, by path: `pyproject.toml`, `migrations/env.py`, `app/queries.py`. */
  readonly project?: Readonly<Record<string, string>>
  /** Rows of the live tables by name; absent: there is no database to ask. */
  readonly rows?: Readonly<Record<string, number>>
}

/** The bad one also says what the finding underlines: the text from `location` on, on its line. */
export interface BadExample extends LintExample {
  readonly underlined: string
}

interface LintWords extends RuleWords {
  readonly examples: { readonly bad: BadExample; readonly good: LintExample }
  /** False: it speaks only where `--rule` or the configuration asks for it. */
  readonly onByDefault: boolean
  /** It is about style alone, so a release does not hear of it unless the configuration asks for it. */
  readonly quietInRelease?: true
  readonly precision: Precision
  /** Tag on a pending migration in the graph's page; absent: the rule's name. */
  readonly riskTag?: RiskTag
  /** What PostgreSQL shows while it runs the bad example, and not while it runs the good one; absent: it's no lock. */
  readonly lock?: ShownLock
}

/** Others wait for a lock; the previous release still uses what goes; the downgrade can't bring back what was there. */
export type RiskTag = 'locks' | 'still in use' | 'no way back'

/** As `pg_locks` and the server's messages say it. */
export interface ShownLock {
  readonly table: string
  /** `AccessExclusiveLock` */
  readonly mode: string
  /** The good example takes it as well: how long it waits, or who still uses the old name, is what differs. */
  readonly alsoInGood?: true
  /** The table gets a new `relfilenode`. */
  readonly rewrites?: true
  /** What the server reports at DEBUG1 where the lock alone says too little: `verifying table "users"`. */
  readonly said?: string
}

/** How often it was right on public migrations: findings in all of them, how many were read by hand, and right. */
export interface Precision {
  readonly hits: number
  readonly read: number
  readonly right: number
}

/** A rule about one migration file. */
export interface MigrationRule extends LintWords {
  readonly scope: 'migration'
  /** Pure; returns all that it sees, in any order. */
  inspect(facts: LintFacts): readonly Discovery[]
  /** The part that is right often enough, for where nobody asks for the rule; absent: all of it. */
  readonly inspectByDefault?: (facts: LintFacts) => readonly Discovery[]
}

/** A rule about the project: `env.py`. */
export interface ProjectRule extends LintWords {
  readonly scope: 'project'
  inspect(facts: ProjectFacts): readonly Discovery[]
}

/** The rule about comments that silence others. */
export interface CommentRule extends RuleWords {
  /** Null: the comment does what it says. */
  inspect(comment: LintComment, migration: LintedMigration): Discovery | null
}

export type LintRule = MigrationRule | ProjectRule

/** A finding about a piece of a file. Where only the beginning is known (an operation), the caret stands there. */
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

/** The call that begins there: the outermost, where several do. */
function rangeAt(source: SourceFacts, { line, column }: Span): Range | null {
  const [first] = source.calls
    .filter(({ range }) => range.line === line && range.column === column)
    .toSorted((a, b) => b.range.end - a.range.end)
  return first?.range ?? null
}
