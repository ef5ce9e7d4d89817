/**
 * Facts from the repository's files about the release that runs the upgrade. Data only; knows nothing about file
 * formats.
 */
import type { Span } from '../history/migration-module.ts'
import type { Requirement } from './requirements.ts'
import type { ParsedShell } from './parse-shell.ts'

/** A command that a platform runs before it starts the new release. */
export interface ReleaseEntry {
  /** The line without the `release` prefix of Heroku and Dokku. */
  readonly text: string
  readonly shell: ParsedShell
  readonly span: Span
}

/** Source of env.py's database URL. */
export type EnvUrl =
  /** Only the ini file is used; `certain`: its own section, on every code path. */
  | { readonly kind: 'ini'; readonly certain: boolean }
  /** One environment variable, used unchanged; `conditional`: only on some code paths. */
  | { readonly kind: 'variable'; readonly name: string; readonly conditional: boolean; readonly span: Span }
  /** The source can't be determined statically. */
  | { readonly kind: 'unknown' }

/** `sqlalchemy.url` in the ini file: absent, the placeholder from `alembic init`, or another value. */
export type IniUrl = 'none' | 'placeholder' | 'other'

/** Parts of app.json relevant to a release. */
export interface AppManifest {
  readonly path: string
  readonly buildpacks: readonly string[]
  /** Add-on plans, such as `heroku-postgresql:essential-0`. */
  readonly addons: readonly string[]
}

/**
 * How a release installs the guard, according to the repository's files. `development`: only listed as a development
 * dependency, which a release doesn't install. `unnamed`: not listed in any file that releases install from, but a
 * buildpack or image may provide the guard. Null if the guard is listed in a way that isn't understood.
 */
export type GuardDependency =
  | { readonly kind: 'pip' | 'npm'; readonly path: string }
  | { readonly kind: 'development'; readonly by: 'pip' | 'npm'; readonly path: string }
  | { readonly kind: 'unnamed'; readonly hasPackageJson: boolean }
  | null

/** Everything that rules use to check the release. Fields for missing files are empty or null. */
export interface ReleaseFacts {
  /** Commands that run: the last `release` line of a Procfile, the command in heroku.yml. */
  readonly entries: readonly ReleaseEntry[]
  /** Procfile `release` lines that a later one replaces. */
  readonly replaced: readonly ReleaseEntry[]
  readonly app: AppManifest | null
  readonly guard: GuardDependency
  readonly envUrl: EnvUrl
  readonly envPath: string | null
  readonly iniUrl: IniUrl
  /**
   * Present if the URL in the ini file names another server or database than the one that is checked. `apparently`: a
   * pooler, a tunnel or an alias may lead to the same database.
   */
  readonly iniDiffers: 'certainly' | 'apparently' | null
  readonly iniPath: string | null
  /** Installed packages, from the most specific file that lists SQLAlchemy; null if no file lists it. */
  readonly requirements: { readonly path: string; readonly list: readonly Requirement[] } | null
  /** Present if the guard itself starts `alembic upgrade` after a passing check. */
  readonly startsAlembic?: true
  /** Database URL of the release: its scheme (`postgres`, `postgresql+asyncpg`) and the variable that contains it. */
  readonly url: { readonly scheme: string; readonly variable: string | null } | null
}
