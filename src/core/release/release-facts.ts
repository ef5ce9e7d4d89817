/** What surrounds the upgrade in a release, as the repository's files say it. Data only; knows no file format. */
import type { Span } from '../history/migration-module.ts'
import type { Requirement } from './requirements.ts'
import type { ParsedShell } from './parse-shell.ts'

/** A command that a platform runs before the new release starts. */
export interface ReleaseEntry {
  /** The line, with Heroku's and Dokku's `release` taken away. */
  readonly text: string
  readonly shell: ParsedShell
  readonly span: Span
}

/** Where env.py takes the database URL from. */
export type EnvUrl =
  /** From the ini file alone. */
  | { readonly kind: 'ini' }
  /** From one environment variable, unchanged; `conditional`: only under some condition. */
  | { readonly kind: 'variable'; readonly name: string; readonly conditional: boolean; readonly span: Span }
  /** Only running it would tell. */
  | { readonly kind: 'unknown' }

/** `sqlalchemy.url` of the ini: not there, the one that `alembic init` writes, or something else. */
export type IniUrl = 'none' | 'placeholder' | 'other'

/** What app.json says that matters to a release. */
export interface AppManifest {
  readonly path: string
  readonly buildpacks: readonly string[]
  /** Plans: `heroku-postgresql:essential-0`. */
  readonly addons: readonly string[]
}

/**
 * How a release gets the guard, as far as the repository's files say it. `development`: they name it only where tools
 * for development stand, which a release does without. `unnamed`: no file names it, of those that releases install from;
 * a buildpack or an image may bring it. null: a file names it in a way that isn't understood.
 */
export type GuardDependency =
  | { readonly kind: 'pip' | 'npm'; readonly path: string }
  | { readonly kind: 'development'; readonly by: 'pip' | 'npm'; readonly path: string }
  | { readonly kind: 'unnamed'; readonly hasPackageJson: boolean }
  | null

/** Everything the rules about the release look at. Without a file its part is empty or null. */
export interface ReleaseFacts {
  /** Those that run: the last `release` of a Procfile, the command of heroku.yml. */
  readonly entries: readonly ReleaseEntry[]
  /** `release` lines of the Procfile that a later one replaces. */
  readonly replaced: readonly ReleaseEntry[]
  readonly app: AppManifest | null
  readonly guard: GuardDependency
  readonly envUrl: EnvUrl
  readonly envPath: string | null
  readonly iniUrl: IniUrl
  readonly iniPath: string | null
  /** What is installed, from the most telling file that names SQLAlchemy; null when none does. */
  readonly requirements: { readonly path: string; readonly list: readonly Requirement[] } | null
  /** The URL that the release gets: its scheme (`postgres`, `postgresql+asyncpg`) and the variable that holds it. */
  readonly url: { readonly scheme: string; readonly variable: string | null } | null
}
