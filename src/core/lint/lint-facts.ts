/** Facts about the project and its live tables for use in lint rules. Contains data only. */
import type { TableActivity } from './table-activity.ts'
import type { ObjectName } from '../history/operation.ts'
import type { EnvUrl, IniUrl } from '../release/release-facts.ts'
import type { SourceFacts } from '../history/python-source.ts'
import type { Span } from '../history/migration-module.ts'

/**
 * SQLAlchemy name of a database that the project uses, such as `postgresql`, `sqlite` or `mysql`, and where the name
 * was found.
 */
export interface UsedDialect {
  readonly name: string
  /**
   * The place where the name was found, as shown to users, such as `tests/conftest.py, line 12` or
   * `[tool.alembic-guard.lint] dialects`.
   */
  readonly source: string
}

/**
 * Validated settings from `[tool.alembic-guard.lint]` in pyproject.toml. A setting is null if it isn't set, except
 * `largeTableRows`, which has a default.
 */
export interface LintOptions {
  readonly dialects: readonly string[] | null
  /** Major version of the PostgreSQL server that the migrations will run on. */
  readonly postgres: number | null
  /** A regular expression that every migration's message must match (AG415). */
  readonly messagePattern: string | null
  /** Minimum number of rows for a table to be considered large (AG42x). */
  readonly largeTableRows: number
}

/** Where the project's database URL comes from, and which other projects use the same source. */
export interface ConnectionFacts {
  readonly envUrl: EnvUrl
  readonly iniUrl: IniUrl
  /** URL scheme in the ini file, such as `postgresql+asyncpg`; null if the file has no URL. */
  readonly iniScheme: string | null
  /**
   * The env.py files of other projects that use the same version table and read the database URL from the same
   * variable.
   */
  readonly sharing: readonly string[]
}

/** Facts about the project that contains the migrations. */
export interface LintProject {
  /** Databases that the project uses, in the order found, without duplicates; empty if unknown. */
  readonly dialects: readonly UsedDialect[]
  /** PostgreSQL major version from the configuration, or else from the live database; null if unknown. */
  readonly postgresMajor: number | null
  /** SQLAlchemy major version pinned in the project's requirements; null if unknown or ambiguous. */
  readonly sqlalchemyMajor: number | null
  readonly options: LintOptions
  readonly env: SourceFacts | null
  /** Contents of alembic.ini; null if it doesn't exist. */
  readonly ini: string | null
  readonly connection: ConnectionFacts
  /** Code that uses names removed by the linted migrations. */
  readonly places: NamedPlaces
}

/** A live table. `rows` is the planner's estimate, or -1 if the table was never analyzed. */
export interface LintLiveTable {
  readonly table: ObjectName
  readonly rows: number
  readonly bytes: number
  /** True if the table is known to be empty. */
  readonly empty: boolean
  /** The table's activity; undefined if the server keeps no statistics. */
  readonly activity?: TableActivity
}

/** Sizes of the tables in the live database. */
export interface LiveTables {
  /**
   * Returns the size of a table, or null if the table doesn't exist. Unqualified names are looked up in the
   * connection's search path.
   */
  sizeOf(table: ObjectName): LintLiveTable | null
}

/** Facts read from a live database. */
export interface LiveFacts {
  /** Tables of the live database; null if unavailable. */
  readonly tables: LiveTables | null
  /** PostgreSQL major version; null if unknown. */
  readonly major: number | null
}

/** Default settings for projects without configuration. */
export const defaultLintOptions: LintOptions = {
  dialects: null,
  postgres: null,
  messagePattern: null,
  largeTableRows: 10_000,
}

/** A place in the code that uses a removed name: raw SQL, or a model mapped to the table. */
export interface NamedPlace {
  readonly name: RemovedName
  readonly kind: 'sql' | 'model'
  readonly span: Span
}

/** Result of searching the project's code for names that migrations drop or rename. */
export interface NamedPlaces {
  readonly places: readonly NamedPlace[]
  /** True if the search stopped at its file limit or time limit. */
  readonly incomplete: boolean
}

/** The old name of a table or column that a migration renames or drops. */
export interface RemovedName {
  readonly table: string
  /** Name of the column; null if the whole table is renamed or dropped. */
  readonly column: string | null
  /** New name of the table or column; null if dropped. */
  readonly to: string | null
  /** Location of the operation in the migration. */
  readonly span: Span
}
