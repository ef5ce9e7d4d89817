/** Project options from the command line and the environment. Data only. */

/** All options are optional. */
export interface ProjectOptions {
  /** `-c` (repeatable). */
  readonly config?: readonly string[]
  /** `-n`: section of the ini file; defaults to `alembic`. */
  readonly name?: string
  /** `-d`: Flask-Migrate's directory. */
  readonly directory?: string
  readonly scriptLocation?: string
  readonly versionLocations?: readonly string[]
  readonly alembicVersion?: string
  /** The value of `ALEMBIC_CONFIG`. */
  readonly alembicConfigEnv?: string
}
