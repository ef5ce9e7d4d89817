/** The Alembic project found in the repository, including the contents of its files. */
import type { AlembicVersion } from './alembic-version.ts'
import type { MigrationModule, PythonError } from './migration-module.ts'
import type { EnvFacts } from './env-effects.ts'

/** The assumed Alembic version, and where it is specified. */
export interface AssumedAlembic {
  readonly version: AlembicVersion
  /** Source of the version, such as `poetry.lock` or `--alembic-version`; null if no version is pinned. */
  readonly source: string | null
}

/** Folders where Python looks for modules. Paths are absolute or relative to the working directory. */
export interface ImportPaths {
  /** Folders from `prepend_sys_path`. Python searches them first, in this order. */
  readonly first: readonly string[]
  /** Folders that Python may also search, depending on env.py and on how Python is started. */
  readonly maybe: readonly string[]
  /**
   * Folders to search for modules next to the migrations, if they are imported through an enclosing package, as in
   * `shop.db.migrations.utils`.
   */
  readonly beside?: { readonly roots: readonly string[]; readonly folders: readonly string[] }
}

/** An Alembic project as found on disk or in a git commit. */
export interface Repository {
  /** Path of the configuration file, relative to the working directory; null if there is none. */
  readonly config: string | null
  /** Section of the ini file: `alembic`, or the one specified with `-n`. */
  readonly section: string
  readonly scriptLocation: string
  /** Whether only Flask-Migrate can use the configuration. */
  readonly flaskMigrate?: boolean
  readonly versionLocations: readonly string[]
  /** Folders where Python may find the repository's modules. */
  readonly importPaths?: ImportPaths
  readonly recursive: boolean
  readonly alembic: AssumedAlembic
  readonly env: EnvFacts
  /** The `file_template` option, which determines the names of new migration files; empty for Alembic's default. */
  readonly fileTemplate: string
  readonly outputEncoding: string
  /** The `truncate_slug_length` option; undefined for Alembic's default. */
  readonly slugLength?: number
  /** The `timezone` option, used for dates in new files; undefined or null for the local time zone. */
  readonly timezone?: string | null
  /**
   * The argument that env.py passes to `upgrade(engine_name)`; null or undefined if there is none, or if it's unknown.
   */
  readonly engineName?: string | null
  /**
   * Options in the ini section that migrations can read; undefined if unknown, or if env.py may change them.
   * Possible secrets are null.
   */
  readonly iniOptions?: ReadonlyMap<string, string | null>
  /** Returns the major version of SQLAlchemy pinned by the requirements and lock files; null if unclear. */
  readonly sqlalchemyMajor?: () => 1 | 2 | null
  /** Whether an environment variable is definitely unset when Alembic runs. */
  readonly isUnset?: (variable: string) => boolean
  /** Migration files in Alembic's load order. */
  readonly modules: readonly MigrationModule[]
  /**
   * Error that Alembic raises while it lists the files, for example because of a broken symlink. Null if there is none.
   */
  readonly listingError: PythonError | null
  /** Harmless observations that are worth reporting, such as a file that is loaded twice. */
  readonly remarks: readonly string[]
}
