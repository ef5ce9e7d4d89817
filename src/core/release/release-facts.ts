/**
 * Facts about the release that runs the upgrade, read from the repository's files. The facts are independent of file
 * formats.
 */
import type { Span } from '../history/migration-module.ts'
import type { Requirement } from './requirements.ts'
import type { ParsedShell } from './parse-shell.ts'

/** A command that a platform runs before it starts a new release. */
export interface ReleaseEntry {
  /** The command without the `release:` prefix that Heroku and Dokku use. */
  readonly text: string
  readonly shell: ParsedShell
  readonly span: Span
}

/** Where env.py gets its database URL. */
export type EnvUrl =
  /**
   * env.py takes the URL only from the ini file. `certain`: every code path reads it from the configured section
   * (`config_ini_section`).
   */
  | { readonly kind: 'ini'; readonly certain: boolean }
  /** One environment variable, used unchanged; `conditional`: only on some code paths. */
  | { readonly kind: 'variable'; readonly name: string; readonly conditional: boolean; readonly span: Span }
  /** The source can't be determined statically. */
  | { readonly kind: 'unknown' }

/** Value of `sqlalchemy.url` in the ini file: none, the placeholder that `alembic init` writes, or any other value. */
export type IniUrl = 'none' | 'placeholder' | 'other'

/** Parts of app.json that matter for a release. */
export interface AppManifest {
  readonly path: string
  readonly buildpacks: readonly string[]
  /** Heroku add-on plans, such as `heroku-postgresql:essential-0`. */
  readonly addons: readonly string[]
}

/**
 * How a release installs the guard, according to the repository's files. `development`: only as a development
 * dependency, which releases don't install. `unnamed`: no file used by releases lists the guard, but a buildpack or
 * image may provide it. Null if a file lists it in an unknown way.
 */
export type GuardDependency =
  | { readonly kind: 'pip' | 'npm'; readonly path: string }
  | { readonly kind: 'development'; readonly by: 'pip' | 'npm'; readonly path: string }
  | { readonly kind: 'unnamed'; readonly hasPackageJson: boolean }
  | null

/** All facts that rules use to check a release. Fields for missing files are empty or null. */
export interface ReleaseFacts {
  /** Commands that take effect: the last `release` line of a Procfile, and the command in heroku.yml. */
  readonly entries: readonly ReleaseEntry[]
  /** `release` lines in the Procfile that have no effect because a later one replaces them. */
  readonly replaced: readonly ReleaseEntry[]
  readonly app: AppManifest | null
  readonly guard: GuardDependency
  readonly envUrl: EnvUrl
  readonly envPath: string | null
  readonly iniUrl: IniUrl
  /**
   * Set if the ini file's URL points to a different server or database than the one that is checked; null otherwise.
   * `apparently`: it may still be the same database, for example through a pooler, a tunnel or an alias.
   */
  readonly iniDiffers: 'certainly' | 'apparently' | null
  readonly iniPath: string | null
  /**
   * Packages that the release installs, read from the most specific file that lists SQLAlchemy; null if no file does.
   */
  readonly requirements: { readonly path: string; readonly list: readonly Requirement[] } | null
  /** True if the guard itself starts `alembic upgrade` after a passing check. */
  readonly startsAlembic?: true
  /**
   * The release's database URL: its scheme, such as `postgres` or `postgresql+asyncpg`, and the variable that contains
   * it.
   */
  readonly url: { readonly scheme: string; readonly variable: string | null } | null
}
