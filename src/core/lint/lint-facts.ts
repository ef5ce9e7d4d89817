/** Facts about the project and live tables for lint rules. Data only. */
import type { ObjectName } from '../history/operation.ts'
import type { EnvUrl, IniUrl } from '../release/release-facts.ts'
import type { SourceFacts } from '../history/python-source.ts'
import type { Span } from '../history/migration-module.ts'

/**
 * A database that the project uses, by SQLAlchemy's name (`postgresql`, `sqlite`, `mysql`…), and the source of that
 * fact.
 */
export interface UsedDialect {
  readonly name: string
  /** Location as shown to users: `tests/conftest.py, line 12`, `[tool.alembic-guard.lint] dialects`. */
  readonly source: string
}

/** Validated `[tool.alembic-guard.lint]` settings from pyproject.toml; null if not set. */
export interface LintOptions {
  readonly dialects: readonly string[] | null
  /** Major version of the PostgreSQL server that the migrations target. */
  readonly postgres: number | null
  /** A regular expression that every message must match (AG415). */
  readonly messagePattern: string | null
  /** Minimum number of rows in a large table (AG42x). */
  readonly largeTableRows: number
}

/** Source of env.py's database URL, and other projects that use the same source. */
export interface ConnectionFacts {
  readonly envUrl: EnvUrl
  readonly iniUrl: IniUrl
  /** `postgresql+asyncpg`; null if the ini file has no URL. */
  readonly iniScheme: string | null
  /**
   * env.py files of other projects that use the same version table and read the database URL from the same variable.
   */
  readonly sharing: readonly string[]
}

/** The project around the migrations. */
export interface LintProject {
  /** Databases of the project, in order, without duplicates; empty if unknown. */
  readonly dialects: readonly UsedDialect[]
  /** From the configuration, otherwise from the live database; null if unknown. */
  readonly postgresMajor: number | null
  /** Version pinned in the project's requirements; null if unknown or ambiguous. */
  readonly sqlalchemyMajor: number | null
  readonly options: LintOptions
  readonly env: SourceFacts | null
  /** Contents of alembic.ini; null if it doesn't exist. */
  readonly ini: string | null
  readonly connection: ConnectionFacts
  /** Code locations whose raw SQL uses names that the linted migrations rename. */
  readonly places: NamedPlaces
}

/** One live table. `rows` is the planner's estimate; -1 if it was never analyzed. */
export interface LintLiveTable {
  readonly table: ObjectName
  readonly rows: number
  readonly bytes: number
  /** True if the table certainly has no rows. */
  readonly empty: boolean
  /** Absent if the server keeps no statistics. */
  readonly activity?: TableActivity
}

/** How busy a table is, from the server's statistics. */
export interface TableActivity {
  /** Sequential and index scans, which are about the number of queries. */
  readonly scans: number
  /** Rows inserted, updated and deleted. */
  readonly rowWrites: number
  /** When the counts started (ISO 8601); null if they were never reset. */
  readonly since: string | null
  /** Seconds since then; null if unknown. */
  readonly seconds: number | null
}

/** Tables of the live database. */
export interface LiveTables {
  /**
   * Returns the size of a table; null if the table doesn't exist. Unqualified names follow the connection's search
   * path.
   */
  sizeOf(table: ObjectName): LintLiveTable | null
}

/** Facts from a live database. */
export interface LiveFacts {
  /** Tables of the live database; null if unavailable. */
  readonly tables: LiveTables | null
  /** PostgreSQL major version; null if unknown. */
  readonly major: number | null
}

/** Defaults for projects without configuration. */
export const defaultLintOptions: LintOptions = {
  dialects: null,
  postgres: null,
  messagePattern: null,
  largeTableRows: 10_000,
}

/** A code location that uses a removed name: raw SQL, or a model mapped to it. */
export interface NamedPlace {
  readonly name: RemovedName
  readonly kind: 'sql' | 'model'
  readonly span: Span
}

/** Results of searching the code base. */
export interface NamedPlaces {
  readonly places: readonly NamedPlace[]
  /** True if the search hit its limit on files or time. */
  readonly incomplete: boolean
}

/** The old name of a table or column that is renamed or dropped. */
export interface RemovedName {
  readonly table: string
  /** Name of the column; null if the table itself is renamed or dropped. */
  readonly column: string | null
  /** The new name of the table or column; null if it is dropped. */
  readonly to: string | null
  /** Location of the operation in the migration. */
  readonly span: Span
}
