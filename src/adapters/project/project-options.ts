/** Options that locate the project. */

/** Options that locate the project and its configuration. */
export interface ProjectOptions {
  /** Values for `-c`, which can be repeated. */
  readonly config?: readonly string[]
  /** `-n`: section of the ini file (default: `alembic`). */
  readonly name?: string
  /** `-d`: Flask-Migrate's directory. */
  readonly directory?: string
  readonly scriptLocation?: string
  readonly versionLocations?: readonly string[]
  readonly alembicVersion?: string
  /** The environment variable `ALEMBIC_CONFIG`. */
  readonly alembicConfigEnv?: string
}
