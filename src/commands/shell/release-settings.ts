/** Settings about the project, its database and the verdict, each with how it is read. */
import type { ProjectOptions } from '../../adapters/project/project-options.ts'
import type { IgnoreEntry } from '../../core/diagnosis/diagnose.ts'
import { parseAlembicVersion } from '../../core/history/alembic-version.ts'
import { shown } from '../../core/text/display.ts'
import type { CallSettings } from './call-options.ts'
import type { Env, OptionReader } from './option-reader.ts'

/** How the project is found. */
export interface ProjectSettings {
  readonly project: ProjectOptions
}

/** How the database is reached. */
export interface DatabaseSettings {
  /** The URL and where it was looked for; `value` null: nothing there. Never printed. */
  readonly databaseUrl: {
    readonly value: string | null
    readonly source: string
    /** Somebody typed it for this call alone, so an SQLite file that isn't there is a slip. */
    readonly isTyped?: true
  }
  readonly timeoutMs: number
}

/** Which version table is read; null: what env.py says. */
export interface VersionTableSettings {
  readonly versionTable: string | null
  readonly versionTableSchema: string | null
}

/** Several databases in one call. */
export interface FleetSettings {
  /** Patterns of schemas that each hold a version table; empty: one database, one version table. */
  readonly schemas: readonly string[]
  /** A file that lists databases, `-` for standard input; null: one database. */
  readonly databases: string | null
  /** Databases looked at at the same time. */
  readonly jobs: number
}

/** What decides. */
export interface VerdictSettings {
  readonly target: string
  readonly strict: boolean
  readonly ignore: readonly IgnoreEntry[]
  readonly onAhead: 'block' | 'skip'
  /** Rows may be looked at. */
  readonly dataChecks: boolean
  /** No URL is no reason to block. */
  readonly allowMissingUrl: boolean
}

/** What the check of one release takes. */
export type ReleaseSettings = CallSettings &
  ProjectSettings &
  DatabaseSettings &
  VersionTableSettings &
  VerdictSettings

/** Seconds that `--timeout` may say; more than an hour is longer than a release phase. */
const timeoutRange = { least: 0.1, most: 3600 }

/** `--timeout` in milliseconds. */
export function readTimeout(options: OptionReader): number {
  const { least, most } = timeoutRange
  const fits = (seconds: number): boolean => seconds >= least && seconds <= most
  return options.number('timeout', 10, fits, `--timeout takes seconds from ${least} to ${most}`) * 1000
}

/** `--lock-timeout` in milliseconds. */
export function readLockTimeout(options: OptionReader): number {
  const { most } = timeoutRange
  const fits = (seconds: number): boolean => seconds >= 0 && seconds <= most
  return options.number('lock-timeout', 300, fits, `--lock-timeout takes seconds from 0 to ${most}`) * 1000
}

export function readProject(options: OptionReader, env: Env): ProjectSettings {
  const alembicVersion = options.text('alembic-version')
  if (alembicVersion !== null && !parseAlembicVersion(alembicVersion)) {
    options.mistakes.push(`--alembic-version takes a release such as 1.13.3, not ${shown(alembicVersion)}`)
  }
  const config = options.strings('config')
  const versionLocations = options.strings('version-location')
  return {
    project: {
      ...(config.length > 0 ? { config } : {}),
      ...optional('name', options.text('name')),
      ...optional('directory', options.text('directory')),
      ...optional('scriptLocation', options.text('script-location')),
      ...(versionLocations.length > 0 ? { versionLocations } : {}),
      ...optional('alembicVersion', alembicVersion),
      ...optional('alembicConfigEnv', env['ALEMBIC_CONFIG'] ?? null),
    },
  }
}

function optional<Key extends string>(key: Key, value: string | null): Partial<Record<Key, string>> {
  return value === null ? {} : ({ [key]: value } as Record<Key, string>)
}

/** The URL that was given, else the variable that was named, else `DATABASE_URL`. An empty one counts as none. */
export function readDatabaseUrl(options: OptionReader, env: Env): DatabaseSettings['databaseUrl'] {
  const filled = (value: string | undefined): string | null =>
    value === undefined || value.trim() === '' ? null : value
  const given = options.text('database-url')
  if (given !== null) return { value: filled(given), source: '--database-url' }
  const name = options.text('database-url-env') ?? 'DATABASE_URL'
  return { value: filled(env[name]), source: `$${shown(name)}` }
}

export function readVersionTable(options: OptionReader): VersionTableSettings {
  return {
    versionTable: options.text('version-table'),
    versionTableSchema: options.text('version-table-schema'),
  }
}

export function readFleet(options: OptionReader): FleetSettings {
  const fits = (count: number): boolean => Number.isInteger(count) && count >= 1 && count <= 100
  const jobs = options.number('jobs', 8, fits, '--jobs takes a number from 1 to 100')
  const schemas = options.strings('schemas')
  const databases = options.text('databases')
  if (schemas.length > 0 && databases !== null) {
    options.mistakes.push('give either --schemas or --databases, not both')
  }
  return { schemas, databases, jobs }
}

export function readVerdict(options: OptionReader): VerdictSettings {
  return {
    target: options.text('target') ?? 'head',
    strict: options.flag('strict'),
    ignore: options.list('ignore').flatMap((entry) => parseIgnore(entry, options.mistakes)),
    onAhead: options.text('on-ahead') === 'skip' ? 'skip' : 'block',
    dataChecks: options.choice('data-checks') !== false,
    allowMissingUrl: options.flag('allow-missing-url'),
  }
}

/** `AG111`, `AG201=guest_lockout_001`; from a file also with a reason. */
function parseIgnore(entry: string | IgnoreEntry, mistakes: string[]): readonly IgnoreEntry[] {
  const { code, revision, reason } =
    typeof entry === 'string' ? { ...splitIgnore(entry), reason: null } : entry
  if (!/^AG\d{3}$/i.test(code)) {
    mistakes.push(`--ignore takes a code such as AG111 or AG201=revision, not ${shown(code)}`)
    return []
  }
  return [{ code: code.toUpperCase(), revision, reason }]
}

function splitIgnore(text: string): { code: string; revision: string | null } {
  const at = text.indexOf('=')
  return at < 0 ? { code: text, revision: null } : { code: text.slice(0, at), revision: text.slice(at + 1) }
}
