/** What the command line and the environment may say about the Alembic project. Data only. */

/** Everything may be left out. */
export interface ProjectOptions {
  /** `-c`, as often as it was given. */
  readonly config?: readonly string[]
  /** `-n`: the section of the ini file; `alembic` when it is left out. */
  readonly name?: string
  /** `-d`: Flask-Migrate's directory. */
  readonly directory?: string
  readonly scriptLocation?: string
  readonly versionLocations?: readonly string[]
  readonly alembicVersion?: string
  /** The value of `ALEMBIC_CONFIG`. */
  readonly alembicConfigEnv?: string
}
