/**
 * What is said of the options becomes settings. Every mistake is reported at once. With `option-values.ts` the only
 * place that reads the environment's variables.
 */
import { resolve } from 'node:path'
import type { ProjectOptions } from '../../adapters/project/project-options.ts'
import type { FileTree } from '../../adapters/files/file-tree.ts'
import type { IgnoreEntry } from '../../core/diagnosis/diagnose.ts'
import { parseAlembicVersion } from '../../core/history/alembic-version.ts'
import { type Platform, platforms } from '../../report/text/init-platforms.ts'
import { shown } from '../../core/text/display.ts'
import type { RowChange } from '../../core/restamp/version-sql.ts'
import { GuardError } from '../../errors.ts'
import { reporters } from '../../report/index.ts'
import { type OptionInputs, readOptionValues } from './option-values.ts'
import type { OptionName } from './options.ts'

export type { OptionInputs } from './option-values.ts'
export type { OptionName } from './options.ts'

/** What the user wants, checked. */
export interface Settings {
  readonly project: ProjectOptions
  /** The URL and where it was looked for; `value` null: nothing there. Never printed. */
  readonly databaseUrl: { readonly value: string | null; readonly source: string }
  /** Null: what env.py says. */
  readonly versionTable: string | null
  readonly versionTableSchema: string | null
  /** Patterns of schemas that each hold a version table; empty: one database, one version table. */
  readonly schemas: readonly string[]
  /** A file that lists databases, `-` for standard input; null: one database. */
  readonly databases: string | null
  /** Databases looked at at the same time. */
  readonly jobs: number
  readonly timeoutMs: number
  readonly target: string
  readonly strict: boolean
  readonly ignore: readonly IgnoreEntry[]
  readonly onAhead: 'block' | 'skip'
  /** Rows may be looked at. */
  readonly dataChecks: boolean
  /** No URL is no reason to block. */
  readonly allowMissingUrl: boolean
  /** Null: where it can be had. */
  readonly lock: boolean | null
  readonly lockTimeoutMs: number
  readonly verify: boolean
  /** Heroku's app and git remote to ask for the URL. */
  readonly app: string | null
  readonly remote: string | null
  readonly init: InitSettings
  /** What stands behind the command's name: revisions. */
  readonly positionals: readonly string[]
  readonly placeholder: PlaceholderSettings
  readonly restamp: RestampSettings
  /** `--write`: files may be changed. */
  readonly write: boolean
  /** `--check` of `manifest`. */
  readonly checkManifest: boolean
  /** `--all-refs` of `manifest`. */
  readonly allRefs: boolean
  /** What `graph` draws. */
  readonly view: ViewSettings
  readonly lint: LintSettings
  readonly rehearse: RehearseSettings
  readonly format: string
  /** A file for the report; null: standard output. */
  readonly output: string | null
  /** `--report`: further reports, each in a file of its own. */
  readonly reports: readonly RequestedReport[]
  /** The file behind `$GITHUB_STEP_SUMMARY`. */
  readonly stepSummary: string | null
  readonly presentation: Presentation
}

/** `sarif=out.sarif` */
export interface RequestedReport {
  readonly format: string
  readonly path: string
}

/** What `init` is told. */
export interface InitSettings {
  readonly platform: Platform
  readonly write: boolean
}

/** What `placeholder` is told. */
export interface PlaceholderSettings {
  /** Null: where the evidence says. */
  readonly after: string | null
  readonly message: string | null
  readonly write: boolean
  readonly force: boolean
  readonly withDdl: boolean
}

/** What `restamp` is told. `changed` has as many sources as targets. */
export interface RestampSettings {
  readonly change: RowChange
  readonly yes: boolean
  readonly force: boolean
}

/** Which part of the graph is drawn; null: all. The names are as they were typed. */
export interface ViewSettings {
  readonly around: string | null
  readonly distance: number
  readonly since: string | null
}

/** What `lint` is told. */
export interface LintSettings {
  readonly pending: boolean
  readonly since: string | null
  readonly last: number | null
  readonly all: boolean
  readonly rules: readonly string[]
  readonly fix: boolean
}

/** What `rehearse` is told. */
export interface RehearseSettings {
  /** An empty database; never printed, as the next. */
  readonly scratchUrl: string | null
  /** A server to make one on. */
  readonly scratchServer: string | null
  /** Of the container; null: the official one of production's version. */
  readonly scratchImage: string | null
  readonly pgDump: string | null
  readonly withData: boolean
  readonly cycle: boolean
  readonly fromBase: boolean
  readonly checkModels: boolean
}

/** How things look and what is logged. */
export interface Presentation {
  readonly color: 'auto' | 'always' | 'never'
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug'
  readonly logFormat: 'pretty' | 'json'
}

/** What holds until the settings are read, and when they can't be. */
export const defaultPresentation: Presentation = { color: 'auto', logLevel: 'warn', logFormat: 'pretty' }

/** Seconds that `--timeout` may say; more than an hour is longer than a release phase. */
const timeoutRange = { least: 0.1, most: 3600 }

/**
 * Reads the settings of a command that knows `formats`.
 * @throws GuardError (usage) that lists every mistake.
 */
export async function readSettings(
  given: OptionInputs,
  env: Readonly<Record<string, string | undefined>>,
  tree: FileTree,
  formats: readonly string[],
): Promise<Settings> {
  const mistakes: string[] = []
  const raw = await readOptionValues(given, env, tree, mistakes)
  const text = (name: OptionName): string | null => {
    const value = raw.get(name)
    return typeof value === 'string' ? value : null
  }
  const list = (name: OptionName): readonly (string | IgnoreEntry)[] => {
    const value = raw.get(name)
    return Array.isArray(value) ? value : []
  }
  const strings = (name: OptionName): readonly string[] =>
    list(name).filter((entry) => typeof entry === 'string')

  const format = text('format') ?? formats[0] ?? 'human'
  if (!formats.includes(format)) {
    mistakes.push(`--format takes ${formats.join(', ')}, not ${shown(format)}`)
  }
  const seconds = raw.get('timeout') ?? 10
  if (typeof seconds !== 'number' || !(seconds >= timeoutRange.least && seconds <= timeoutRange.most)) {
    mistakes.push(`--timeout takes seconds from ${timeoutRange.least} to ${timeoutRange.most}`)
  }
  const lockSeconds = raw.get('lock-timeout') ?? 300
  if (typeof lockSeconds !== 'number' || !(lockSeconds >= 0 && lockSeconds <= timeoutRange.most)) {
    mistakes.push(`--lock-timeout takes seconds from 0 to ${timeoutRange.most}`)
  }
  const distance = raw.get('distance') ?? 3
  if (typeof distance !== 'number' || !Number.isInteger(distance) || distance < 0) {
    mistakes.push('--distance takes a whole number, 0 or more')
  }
  const around = text('around')
  const since = text('since')
  if (around !== null && since !== null) mistakes.push('--around and --since exclude each other')
  const last = raw.get('last')
  if (last !== undefined && !(typeof last === 'number' && Number.isInteger(last) && last > 0)) {
    mistakes.push('--last takes a number of migrations')
  }
  const jobs = raw.get('jobs') ?? 8
  if (typeof jobs !== 'number' || !(Number.isInteger(jobs) && jobs >= 1 && jobs <= 100)) {
    mistakes.push('--jobs takes a number from 1 to 100')
  }
  if (list('schemas').length > 0 && text('databases') !== null) {
    mistakes.push('give either --schemas or --databases, not both')
  }
  const lock = raw.get('lock')
  const alembicVersion = text('alembic-version')
  if (alembicVersion !== null && !parseAlembicVersion(alembicVersion)) {
    mistakes.push(`--alembic-version takes a release such as 1.13.3, not ${shown(alembicVersion)}`)
  }
  const ignore = list('ignore').flatMap((entry) => parseIgnore(entry, mistakes))
  const from = strings('from')
  const to = strings('to')
  if (from.length !== to.length) {
    mistakes.push('--from and --to go together, one for one (--remove takes a row away, --add adds one)')
  }
  const output = text('output')
  const reports = parseReports(strings('report'), output, mistakes)
  const databaseUrl = urlOf(text('database-url'), text('database-url-env'), env)
  if (mistakes.length > 0) {
    throw new GuardError('usage', mistakes.join('; '), 'alembic-guard --help lists what there is')
  }
  const config = strings('config')
  const versionLocations = strings('version-location')
  return {
    project: {
      ...(config.length > 0 ? { config } : {}),
      ...optional('name', text('name')),
      ...optional('directory', text('directory')),
      ...optional('scriptLocation', text('script-location')),
      ...(versionLocations.length > 0 ? { versionLocations } : {}),
      ...optional('alembicVersion', alembicVersion),
      ...optional('alembicConfigEnv', env['ALEMBIC_CONFIG'] ?? null),
    },
    databaseUrl,
    versionTable: text('version-table'),
    versionTableSchema: text('version-table-schema'),
    schemas: strings('schemas'),
    databases: text('databases'),
    jobs: Number(jobs),
    timeoutMs: Number(seconds) * 1000,
    target: text('target') ?? 'head',
    strict: raw.get('strict') === true,
    ignore,
    onAhead: text('on-ahead') === 'skip' ? 'skip' : 'block',
    dataChecks: raw.get('data-checks') !== false,
    allowMissingUrl: raw.get('allow-missing-url') === true,
    lock: typeof lock === 'boolean' ? lock : null,
    lockTimeoutMs: Number(lockSeconds) * 1000,
    verify: raw.get('verify') !== false,
    app: text('app'),
    remote: text('remote'),
    init: { platform: oneOf(platforms, text('platform')), write: raw.get('write') === true },
    positionals: given.positionals ?? [],
    placeholder: {
      after: text('after'),
      message: text('message'),
      write: raw.get('write') === true,
      force: raw.get('force') === true,
      withDdl: raw.get('with-ddl') === true,
    },
    restamp: {
      change: {
        changed: from.map((id, index) => ({ from: id, to: to[index] ?? '' })),
        removed: strings('remove'),
        added: strings('add'),
      },
      yes: raw.get('yes') === true,
      force: raw.get('force') === true,
    },
    write: raw.get('write') === true,
    checkManifest: raw.get('check') === true,
    allRefs: raw.get('all-refs') === true,
    view: { around, distance: Number(distance), since },
    lint: {
      pending: raw.get('pending') === true,
      since,
      last: typeof last === 'number' ? last : null,
      all: raw.get('all') === true,
      rules: strings('rule'),
      fix: raw.get('fix') === true,
    },
    rehearse: {
      scratchUrl: text('scratch-url'),
      scratchServer: text('scratch-server'),
      scratchImage: text('scratch-image'),
      pgDump: text('pg-dump'),
      withData: raw.get('with-data') === true,
      cycle: raw.get('cycle') === true,
      fromBase: raw.get('from-base') === true,
      checkModels: raw.get('check-models') === true,
    },
    format,
    output,
    reports,
    stepSummary: env['GITHUB_STEP_SUMMARY'] || null,
    presentation: {
      color: oneOf(['auto', 'always', 'never'], text('color')),
      logLevel: oneOf(['warn', 'silent', 'error', 'info', 'debug'], text('log-level')),
      logFormat: oneOf(['pretty', 'json'], text('log-format')),
    },
  }
}

/** The choice that the text names; the first when it names none. */
function oneOf<Choice extends string>(choices: readonly [Choice, ...Choice[]], text: string | null): Choice {
  return choices.find((choice) => choice === text) ?? choices[0]
}

function optional<Key extends string>(key: Key, value: string | null): Partial<Record<Key, string>> {
  return value === null ? {} : ({ [key]: value } as Record<Key, string>)
}

/** The URL that was given, else the variable that was named, else `DATABASE_URL`. An empty one counts as none. */
function urlOf(
  given: string | null,
  variable: string | null,
  env: Readonly<Record<string, string | undefined>>,
): Settings['databaseUrl'] {
  const filled = (value: string | null | undefined): string | null =>
    value === null || value === undefined || value.trim() === '' ? null : value
  if (given !== null) return { value: filled(given), source: '--database-url' }
  const name = variable ?? 'DATABASE_URL'
  return { value: filled(env[name]), source: `$${shown(name)}` }
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

/** Every format that there is, each file at most once. */
function parseReports(
  entries: readonly string[],
  output: string | null,
  mistakes: string[],
): readonly RequestedReport[] {
  const taken = new Set(output === null ? [] : [resolve(output)])
  return entries.flatMap((entry) => {
    const at = entry.indexOf('=')
    const [format, path] = at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
    if (!Object.hasOwn(reporters, format) || path.trim() === '') {
      const known = Object.keys(reporters).join(', ')
      mistakes.push(`--report takes FORMAT=FILE with one of ${known}, not ${shown(entry)}`)
      return []
    }
    if (taken.has(resolve(path))) mistakes.push(`two reports can't both go to ${shown(path)}`)
    taken.add(resolve(path))
    return [{ format, path }]
  })
}

function splitIgnore(text: string): { code: string; revision: string | null } {
  const at = text.indexOf('=')
  return at < 0 ? { code: text, revision: null } : { code: text.slice(0, at), revision: text.slice(at + 1) }
}
