/** Settings for the project, its database and the verdict. */
import type { ProjectOptions } from '../../adapters/project/project-options.ts'
import type { IgnoreEntry } from '../../core/diagnosis/diagnose.ts'
import { parseAlembicVersion } from '../../core/history/alembic-version.ts'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import type { CallSettings } from './call-options.ts'
import type { Env, OptionReader } from './option-reader.ts'

/** Settings that locate the project. */
export interface ProjectSettings {
  readonly project: ProjectOptions
}

/** Settings for connecting to the database. */
export interface DatabaseSettings {
  /** The URL and its source. `value` is null if there is no URL. It must never be printed. */
  readonly databaseUrl: {
    readonly value: string | null
    readonly source: string
    /** Whether the URL was typed on the command line, in which case a missing SQLite file is probably a typo. */
    readonly isTyped?: true
  }
  readonly timeoutMs: number
}

/** Settings for the version table. Null stands for env.py's own setting. */
export interface VersionTableSettings {
  readonly versionTable: string | null
  readonly versionTableSchema: string | null
}

/** Settings for checking several databases or schemas. */
export interface FleetSettings {
  /** Patterns for schemas that have one version table each; empty for a single version table. */
  readonly schemas: readonly string[]
  /** File with a list of databases, `-` for standard input, or null for a single database. */
  readonly databases: string | null
  /** Maximum number of databases to check in parallel. */
  readonly jobs: number
}

/** Settings that affect the verdict. */
export interface VerdictSettings {
  readonly target: string
  readonly strict: boolean
  readonly ignore: readonly IgnoreEntry[]
  readonly onAhead: 'block' | 'skip'
  /** Whether checks may read table rows. */
  readonly dataChecks: boolean
  /** Whether a release without a URL may pass. */
  readonly allowMissingUrl: boolean
}

/** Settings for checking a single release. */
export type ReleaseSettings = CallSettings &
  ProjectSettings &
  DatabaseSettings &
  VersionTableSettings &
  VerdictSettings

/** Allowed range for `--timeout`, in seconds. A release phase never takes longer than an hour. */
const timeoutRange = { least: 0.1, most: 3600 }

/** Returns the value of `--timeout` in milliseconds. */
export function readTimeout(options: OptionReader): number {
  const { least, most } = timeoutRange
  const fits = (seconds: number): boolean => seconds >= least && seconds <= most
  return (
    options.number('timeout', 10, fits, `--timeout must be a number of seconds from ${least} to ${most}`) *
    1000
  )
}

/** Returns the value of `--lock-timeout` in milliseconds. */
export function readLockTimeout(options: OptionReader): number {
  const { most } = timeoutRange
  const fits = (seconds: number): boolean => seconds >= 0 && seconds <= most
  return (
    options.number(
      'lock-timeout',
      300,
      fits,
      `--lock-timeout must be a number of seconds from 0 to ${most}`,
    ) * 1000
  )
}

export function readProject(options: OptionReader, env: Env): ProjectSettings {
  const alembicVersion = options.text('alembic-version')
  if (alembicVersion !== null && !parseAlembicVersion(alembicVersion)) {
    options.mistakes.push(`--alembic-version must be a version such as 1.13.3, not ${shown(alembicVersion)}`)
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

/**
 * Reads the URL from `--database-url` or from the variable that `--database-url-env` names. If the value is empty,
 * there is no URL, and other sources aren't tried.
 */
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
  const jobs = options.number('jobs', 8, fits, '--jobs must be a number from 1 to 100')
  const schemas = options.strings('schemas')
  const databases = options.text('databases')
  if (schemas.length > 0 && databases !== null) {
    options.mistakes.push('--schemas and --databases are mutually exclusive')
  }
  return { schemas, databases, jobs }
}

/**
 * Ensures that the settings select a single database and version table.
 * @throws GuardError (usage) otherwise, because only `check` would check the others.
 */
export function requireSingle(command: string, { schemas, databases }: FleetSettings): void {
  if (schemas.length === 0 && databases === null) return
  const option = databases === null ? 'schemas' : 'databases'
  throw new GuardError(
    'usage',
    `${command} checks a single database and version table, so it doesn't support the setting ${option}`,
    `remove it from the configuration, and pass it to check: alembic-guard check --${option} ${databases === null ? "'tenant_*'" : 'FILE'}`,
  )
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

/** Parses an `--ignore` entry, such as `AG201=guest_lockout_001`. Entries from pyproject.toml may have a reason. */
function parseIgnore(entry: string | IgnoreEntry, mistakes: string[]): readonly IgnoreEntry[] {
  const { code, revision, reason } =
    typeof entry === 'string' ? { ...splitIgnore(entry), reason: null } : entry
  if (!/^AG\d{3}$/i.test(code)) {
    mistakes.push(`--ignore must be a code such as AG111 or AG201=revision, not ${shown(code)}`)
    return []
  }
  return [{ code: code.toUpperCase(), revision, reason }]
}

function splitIgnore(text: string): { code: string; revision: string | null } {
  const at = text.indexOf('=')
  return at < 0 ? { code: text, revision: null } : { code: text.slice(0, at), revision: text.slice(at + 1) }
}
