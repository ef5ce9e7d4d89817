/** What was found in the repository: which Alembic project it is and what its files hold. Data only. */
import type { AlembicVersion } from './alembic-version.ts'
import type { MigrationModule, PythonError } from './migration-module.ts'
import type { EnvFacts } from './env-effects.ts'

/** Where the assumed Alembic version was taken from. */
export interface AssumedAlembic {
  readonly version: AlembicVersion
  /** `requirements.txt`, `poetry.lock`, `--alembic-version`, or null when nothing pins it and the newest is assumed. */
  readonly source: string | null
}

/** Folders, relative to the working directory or absolute. */
export interface ImportPaths {
  /** What `prepend_sys_path` says: Python looks there first, in this order. */
  readonly first: readonly string[]
  /** Where it may look as well, depending on how it is started and what env.py adds. */
  readonly maybe: readonly string[]
  /** Folders beside the migrations: their modules are also found from the packages around them. Absent: none. */
  readonly beside?: { readonly roots: readonly string[]; readonly folders: readonly string[] }
}

/** An Alembic project as found on disk or in a commit. */
export interface Repository {
  /** The configuration file, relative to the working directory; null when there is none. */
  readonly config: string | null
  /** The ini section, `alembic` unless `-n` names another. */
  readonly section: string
  readonly scriptLocation: string
  /** The configuration is one that only Flask-Migrate can use. */
  readonly flaskMigrate?: boolean
  readonly versionLocations: readonly string[]
  /** Where Python may find the modules of the repository; absent: nowhere. */
  readonly importPaths?: ImportPaths
  readonly recursive: boolean
  readonly alembic: AssumedAlembic
  readonly env: EnvFacts
  /** `file_template`, and other options that matter to files we write. Empty string: the default. */
  readonly fileTemplate: string
  readonly outputEncoding: string
  /** `truncate_slug_length`; absent: Alembic's default. */
  readonly slugLength?: number
  /** `timezone` for dates of new files; absent or null: the clock of the machine. */
  readonly timezone?: string | null
  /** What `upgrade(engine_name)` gets for the database that is looked at; absent or null: not known, or env.py gives none. */
  readonly engineName?: string | null
  /** Files in Alembic's load order. */
  readonly modules: readonly MigrationModule[]
  /**
   * Alembic would fail while it collects the files, before it executes any (a missing `versions` folder before
   * 1.10, a broken symbolic link). Null when the folder can be listed.
   */
  readonly listingError: PythonError | null
  /** Things worth saying that change nothing: a file loaded twice, sourceless mode. */
  readonly remarks: readonly string[]
}
