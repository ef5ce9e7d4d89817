/** Facts about the project and its live tables, for lint rules. */
import type { TableActivity } from './table-activity.ts'
import type { ObjectName } from '../history/operation.ts'
import type { EnvUrl, IniUrl } from '../release/release-facts.ts'
import type { SourceFacts } from '../history/python-source.ts'
import type { Span } from '../history/migration-module.ts'

/** A database that the project uses, identified by its SQLAlchemy name, such as `postgresql`. */
export interface UsedDialect {
  readonly name: string
  /** Where the name was found, such as `tests/conftest.py, line 12`. */
  readonly source: string
}

/** Validated settings from `[tool.alembic-guard.lint]`. A setting is null if it's unset and has no default. */
export interface LintOptions {
  readonly dialects: readonly string[] | null
  /** Major version of the PostgreSQL server that runs the migrations. */
  readonly postgres: number | null
  /** Regular expression that messages must match (AG415). */
  readonly messagePattern: string | null
  /** Minimum number of rows for a table to count as large (AG42x). */
  readonly largeTableRows: number
}

/** Where the database URL comes from, and which other projects share it. */
export interface ConnectionFacts {
  readonly envUrl: EnvUrl
  readonly iniUrl: IniUrl
  /** URL scheme in the ini file, such as `postgresql+asyncpg`; null if there's no URL. */
  readonly iniScheme: string | null
  /** The env.py files of other projects that use the same URL and version table. */
  readonly sharing: readonly string[]
}

/** Facts about the project that contains the migrations. */
export interface LintProject {
  /** Databases in the order found; empty if unknown. */
  readonly dialects: readonly UsedDialect[]
  /** PostgreSQL major version, from the configuration or the live database; null if unknown. */
  readonly postgresMajor: number | null
  /** SQLAlchemy major version pinned by the requirements; null if unknown or ambiguous. */
  readonly sqlalchemyMajor: number | null
  readonly options: LintOptions
  readonly env: SourceFacts | null
  /** Contents of alembic.ini, if any. */
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
  /** The table's activity; undefined if there are no server statistics. */
  readonly activity?: TableActivity
}

/** Sizes of the live tables. */
export interface LiveTables {
  /** A table's size; null if it doesn't exist. */
  sizeOf(table: ObjectName): LintLiveTable | null
}

/** Facts read from a live database. */
export interface LiveFacts {
  /** Live tables; null if unavailable. */
  readonly tables: LiveTables | null
  /** PostgreSQL major version; null if unknown. */
  readonly major: number | null
}

/** Default settings for projects that don't configure any. */
export const defaultLintOptions: LintOptions = {
  dialects: null,
  postgres: null,
  messagePattern: null,
  largeTableRows: 10_000,
}

/** Code that uses a removed name: raw SQL, or a model for the table. */
export interface NamedPlace {
  readonly name: RemovedName
  readonly kind: 'sql' | 'model'
  readonly span: Span
}

/** Result of searching the code for the names of dropped or renamed objects. */
export interface NamedPlaces {
  readonly places: readonly NamedPlace[]
  /** True if the search reached its file or time limit. */
  readonly incomplete: boolean
}

/** The old name of a table or column that is renamed or dropped. */
export interface RemovedName {
  readonly table: string
  /** Name of the column; null if the whole table is renamed or dropped. */
  readonly column: string | null
  /** New name; null if dropped. */
  readonly to: string | null
  readonly span: Span
}
