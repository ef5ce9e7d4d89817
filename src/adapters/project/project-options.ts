/** Project options from the command line and the environment. */

/** Options that locate the Alembic project and its configuration. */
export interface ProjectOptions {
  /** `-c` (repeatable). */
  readonly config?: readonly string[]
  /** `-n`: section of the ini file (default: `alembic`). */
  readonly name?: string
  /** `-d`: Flask-Migrate's directory. */
  readonly directory?: string
  readonly scriptLocation?: string
  readonly versionLocations?: readonly string[]
  readonly alembicVersion?: string
  /** Value of the environment variable `ALEMBIC_CONFIG`. */
  readonly alembicConfigEnv?: string
}
