/** What lint rules know of the project around the migrations, and of live tables. Data only. */
import type { ObjectName } from '../history/operation.ts'
import type { EnvUrl, IniUrl } from '../release/release-facts.ts'
import type { SourceFacts } from '../history/python-source.ts'
import type { Span } from '../history/migration-module.ts'

/** A database that the project runs on, by SQLAlchemy's name (`postgresql`, `sqlite`, `mysql`…), and how that is known. */
export interface UsedDialect {
  readonly name: string
  /** `tests/conftest.py, line 12`, `[tool.alembic-guard.lint] dialects` */
  readonly source: string
}

/** `[tool.alembic-guard.lint]` of pyproject.toml, checked; null: not said. */
export interface LintOptions {
  readonly dialects: readonly string[] | null
  /** Major version of the PostgreSQL that migrations run on. */
  readonly postgres: number | null
  /** A regular expression that every message has to match (AG415). */
  readonly messagePattern: string | null
  /** Rows from which a table counts as large (AG42x). */
  readonly largeTableRows: number
}

/** Where env.py takes the URL from, and who else takes it from there. */
export interface ConnectionFacts {
  readonly envUrl: EnvUrl
  readonly iniUrl: IniUrl
  /** `postgresql+asyncpg`; null: there is no URL in the ini file. */
  readonly iniScheme: string | null
  /** env.py files of other projects that keep the same version table in the database of the same variable. */
  readonly sharing: readonly string[]
}

/** What surrounds the migrations. */
export interface LintProject {
  /** In order, without repetition; empty: nothing says. */
  readonly dialects: readonly UsedDialect[]
  /** Configured, else of the live database; null: not known. */
  readonly postgresMajor: number | null
  /** Pinned by the project's requirements; null: not known, or several. */
  readonly sqlalchemyMajor: number | null
  readonly options: LintOptions
  readonly env: SourceFacts | null
  /** The text of alembic.ini; null: there is none. */
  readonly ini: string | null
  readonly connection: ConnectionFacts
  /** Where raw SQL of the code base uses what the linted migrations rename. */
  readonly places: NamedPlaces
}

/** One live table. `rows` is the planner's estimate, -1 where it was never counted. */
export interface LintLiveTable {
  readonly table: ObjectName
  readonly rows: number
  readonly bytes: number
  /** It surely holds no row. */
  readonly empty: boolean
}

/** The tables of the live database. */
export interface LiveTables {
  /** Null: there is no such table. A name without schema is looked up as the connection would. */
  sizeOf(table: ObjectName): LintLiveTable | null
}

/** What a database says of its tables and of itself. */
export interface LiveFacts {
  /** Null: it does not say. */
  readonly tables: LiveTables | null
  /** Of PostgreSQL; null: not known. */
  readonly major: number | null
}

/** What holds where the project configures nothing. */
export const defaultLintOptions: LintOptions = {
  dialects: null,
  postgres: null,
  messagePattern: null,
  largeTableRows: 10_000,
}

/** A place in the code base that uses such a name: raw SQL, or a model that maps it. */
export interface NamedPlace {
  readonly name: RemovedName
  readonly kind: 'sql' | 'model'
  readonly span: Span
}

/** What a search of the code base found. */
export interface NamedPlaces {
  readonly places: readonly NamedPlace[]
  /** Not everything was looked at: too many files, or too little time. */
  readonly incomplete: boolean
}

/** A table, or a column of it, under the name that it loses. */
export interface RemovedName {
  readonly table: string
  /** null: the table itself. */
  readonly column: string | null
  /** The new name of the table or the column; null: it is dropped. */
  readonly to: string | null
  /** Where the migration does it. */
  readonly span: Span
}
