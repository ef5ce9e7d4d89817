/** Facts about the release, read from the repository's files. */
import type { Span } from '../history/migration-module.ts'
import type { Requirement } from './requirements.ts'
import type { ParsedShell } from './parse-shell.ts'

/** A command that a platform runs before it starts a new release. */
export interface ReleaseEntry {
  /** The command without its `release:` prefix. */
  readonly text: string
  readonly shell: ParsedShell
  readonly span: Span
}

/** Where env.py gets its database URL. */
export type EnvUrl =
  /**
   * env.py uses the URL from the ini file. If `certain`, every code path reads the configured section
   * (`config_ini_section`).
   */
  | { readonly kind: 'ini'; readonly certain: boolean }
  /**
   * env.py uses the value of one environment variable as is. If `conditional`, it does so only on some code paths.
   */
  | { readonly kind: 'variable'; readonly name: string; readonly conditional: boolean; readonly span: Span }
  /** The source can't be determined statically. */
  | { readonly kind: 'unknown' }

/** What `sqlalchemy.url` contains in the ini file. `placeholder` is the value that `alembic init` writes. */
export type IniUrl = 'none' | 'placeholder' | 'other'

/** Parts of app.json that matter for a release. */
export interface AppManifest {
  readonly path: string
  readonly buildpacks: readonly string[]
  /** Heroku add-on plans, such as `heroku-postgresql:essential-0`. */
  readonly addons: readonly string[]
}

/**
 * `development`: a development dependency, which isn't installed. `unnamed`: no file lists the guard, but a buildpack
 * or image may provide it. Null if a file lists it in a way that isn't recognized.
 */
export type GuardDependency =
  | { readonly kind: 'pip' | 'npm'; readonly path: string }
  | { readonly kind: 'development'; readonly by: 'pip' | 'npm'; readonly path: string }
  | { readonly kind: 'unnamed'; readonly hasPackageJson: boolean }
  | null

/** Facts for release rules. Fields for missing files are empty or null. */
export interface ReleaseFacts {
  /** Commands that take effect: the Procfile's last `release` line, and heroku.yml's command. */
  readonly entries: readonly ReleaseEntry[]
  /** Procfile `release` lines overridden by a later `release` line. */
  readonly replaced: readonly ReleaseEntry[]
  readonly app: AppManifest | null
  readonly guard: GuardDependency
  readonly envUrl: EnvUrl
  readonly envPath: string | null
  readonly iniUrl: IniUrl
  /**
   * Set if the ini file's URL names another server or database. If `apparently`, the two may still be the same
   * database, reached through a pooler, tunnel or alias.
   */
  readonly iniDiffers: 'certainly' | 'apparently' | null
  readonly iniPath: string | null
  /** Packages to be installed, as listed in the most specific file; null if no file lists SQLAlchemy. */
  readonly requirements: { readonly path: string; readonly list: readonly Requirement[] } | null
  /** True if the guard itself starts `alembic upgrade` after a passing check. */
  readonly startsAlembic?: true
  /** The database URL's scheme, such as `postgresql+asyncpg`, and the variable that contains the URL. */
  readonly url: { readonly scheme: string; readonly variable: string | null } | null
}
