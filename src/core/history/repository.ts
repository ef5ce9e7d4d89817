/** Describes the Alembic project found in the repository, including the contents of its files. Contains data only. */
import type { AlembicVersion } from './alembic-version.ts'
import type { MigrationModule, PythonError } from './migration-module.ts'
import type { EnvFacts } from './env-effects.ts'

/** The assumed Alembic version, and where it is specified. */
export interface AssumedAlembic {
  readonly version: AlembicVersion
  /**
   * Place where the version was found, such as `requirements.txt`, `poetry.lock` or `--alembic-version`. Null if no
   * version is pinned and the newest known version is assumed.
   */
  readonly source: string | null
}

/** Folders where Python looks for modules. Paths are absolute or relative to the working directory. */
export interface ImportPaths {
  /** Folders from `prepend_sys_path`. Python searches them first, in this order. */
  readonly first: readonly string[]
  /**
   * Additional folders that Python may search. Whether Python searches them depends on env.py and on how Python is
   * started.
   */
  readonly maybe: readonly string[]
  /**
   * Folders to search for modules that are next to the migrations but imported through an enclosing package, as in
   * `shop.db.migrations.utils`. Undefined if there are none.
   */
  readonly beside?: { readonly roots: readonly string[]; readonly folders: readonly string[] }
}

/** An Alembic project as found on disk or in a git commit. */
export interface Repository {
  /** Path of the configuration file, relative to the working directory; null if the project has none. */
  readonly config: string | null
  /** Section of the ini file: `alembic`, or the one specified with `-n`. */
  readonly section: string
  readonly scriptLocation: string
  /** True if the configuration can be used only through Flask-Migrate. */
  readonly flaskMigrate?: boolean
  readonly versionLocations: readonly string[]
  /** Folders where Python may find the repository's modules; undefined if there are none. */
  readonly importPaths?: ImportPaths
  readonly recursive: boolean
  readonly alembic: AssumedAlembic
  readonly env: EnvFacts
  /** The option `file_template`, which determines the names of new migration files; empty for Alembic's default. */
  readonly fileTemplate: string
  readonly outputEncoding: string
  /** The option `truncate_slug_length`; undefined for Alembic's default. */
  readonly slugLength?: number
  /** The `timezone` option, for dates in new files; undefined or null for the local time zone. */
  readonly timezone?: string | null
  /**
   * The argument that env.py passes to `upgrade(engine_name)` for the checked database; null or undefined if it is
   * unknown or if env.py passes none.
   */
  readonly engineName?: string | null
  /**
   * Options of the ini section that migrations can read. Values that may be secrets are null. Undefined if the options
   * are unknown, or if env.py may change them.
   */
  readonly iniOptions?: ReadonlyMap<string, string | null>
  /**
   * Returns the major version of SQLAlchemy that the requirements and lock files pin; null if unclear. Undefined if
   * there are no such files to read.
   */
  readonly sqlalchemyMajor?: () => 1 | 2 | null
  /** Returns whether an environment variable is definitely unset when Alembic runs. Undefined if unknown. */
  readonly isUnset?: (variable: string) => boolean
  /** Migration files in Alembic's load order. */
  readonly modules: readonly MigrationModule[]
  /**
   * Error that Alembic raises while it lists the files, before executing any, for example because of a missing
   * `versions` folder (before 1.10) or a broken symlink. Null if there is none.
   */
  readonly listingError: PythonError | null
  /** Harmless observations that are worth reporting, such as sourceless mode or a file that is loaded twice. */
  readonly remarks: readonly string[]
}
