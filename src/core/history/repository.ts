/** The Alembic project found in the repository, and the contents of its files. Data only. */
import type { AlembicVersion } from './alembic-version.ts'
import type { MigrationModule, PythonError } from './migration-module.ts'
import type { EnvFacts } from './env-effects.ts'

/** Source of the assumed Alembic version. */
export interface AssumedAlembic {
  readonly version: AlembicVersion
  /**
   * `requirements.txt`, `poetry.lock`, `--alembic-version`; null if no version is pinned, so that the newest one is
   * assumed.
   */
  readonly source: string | null
}

/** Folders, absolute or relative to the working directory. */
export interface ImportPaths {
  /** Folders in `prepend_sys_path`, which Python searches first, in this order. */
  readonly first: readonly string[]
  /** Additional folders that Python may search, depending on how it is started and on env.py. */
  readonly maybe: readonly string[]
  /**
   * Folders next to the migrations, whose modules can also be imported through enclosing packages. Absent if there are
   * no such folders.
   */
  readonly beside?: { readonly roots: readonly string[]; readonly folders: readonly string[] }
}

/** An Alembic project as found on disk or in a commit. */
export interface Repository {
  /** The configuration file, relative to the working directory; null if the project has none. */
  readonly config: string | null
  /** The ini section: `alembic`, or the one given with `-n`. */
  readonly section: string
  readonly scriptLocation: string
  /** True if only Flask-Migrate can use the configuration. */
  readonly flaskMigrate?: boolean
  readonly versionLocations: readonly string[]
  /** Folders in which Python may find the repository's modules; absent if there are none. */
  readonly importPaths?: ImportPaths
  readonly recursive: boolean
  readonly alembic: AssumedAlembic
  readonly env: EnvFacts
  /** `file_template` and other options for generated files. Empty means the default. */
  readonly fileTemplate: string
  readonly outputEncoding: string
  /** `truncate_slug_length`; absent for Alembic's default. */
  readonly slugLength?: number
  /** `timezone` for dates in new files; absent or null for the local time zone. */
  readonly timezone?: string | null
  /**
   * The argument of `upgrade(engine_name)` for the checked database; absent or null if it is unknown or env.py doesn't
   * pass it.
   */
  readonly engineName?: string | null
  /**
   * Options of the ini section that migrations can read; null values may be secrets. Absent if the options are unknown
   * or env.py may change them.
   */
  readonly iniOptions?: ReadonlyMap<string, string | null>
  /** Files in Alembic's load order. */
  readonly modules: readonly MigrationModule[]
  /**
   * Error that Alembic raises while listing the files, before it executes any (a missing `versions` folder before
   * 1.10, a broken symbolic link). Null if the folder can be listed.
   */
  readonly listingError: PythonError | null
  /** Harmless observations worth reporting: a file loaded twice, sourceless mode. */
  readonly remarks: readonly string[]
}
