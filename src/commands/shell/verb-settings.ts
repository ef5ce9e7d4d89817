/** Settings for individual commands. */
import { type Platform, platforms } from '../../report/text/init-platforms.ts'
import { type LockLimit, parseLockLimit } from '../../core/rehearsal/lock-limit.ts'
import type { RowChange } from '../../core/restamp/version-sql.ts'
import { type OptionReader, oneOfWords } from './option-reader.ts'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import { readLockTimeout } from './release-settings.ts'

/** Positional arguments: revisions or files. */
export interface PositionalSettings {
  readonly positionals: readonly string[]
}

/** `--write`: whether files may be changed. */
export interface WriteSettings {
  readonly write: boolean
}

/** The Heroku app or git remote that provides the database URL. */
export interface HerokuSettings {
  readonly app: string | null
  readonly remote: string | null
}

/** Accepted values for `--rehearse`. */
export type RehearseMode = 'auto' | 'always' | 'never'

/** Settings for `run`. */
export interface RunSettings {
  /** Whether to acquire the release lock; null to acquire it if the database supports it. */
  readonly lock: boolean | null
  /** URL of the database in which to take the lock; null to use the database URL. Never printed. */
  readonly lockUrl: string | null
  readonly lockTimeoutMs: number
  readonly verify: boolean
  /** Null to use the command's default. */
  readonly rehearseMode: RehearseMode | null
}

/** Settings for `init`. */
export interface InitSettings {
  readonly init: { readonly platform: Platform; readonly write: boolean }
}

/** Settings for `placeholder`. */
export interface PlaceholderSettings {
  readonly placeholder: {
    /** Parent of the placeholder; null to choose the position from the evidence. */
    readonly after: string | null
    readonly message: string | null
    readonly write: boolean
    readonly force: boolean
    readonly withDdl: boolean
  }
}

/** Settings for `restamp`. */
export interface RestampSettings {
  readonly restamp: { readonly change: RowChange; readonly yes: boolean; readonly force: boolean }
}

/** Settings for `manifest`. */
export interface ManifestSettings {
  /** Whether `--check` was given. */
  readonly checkManifest: boolean
  readonly allRefs: boolean
}

/** The part of the graph to draw; null for the whole graph. Revisions are spelled as the user typed them. */
export interface ViewSettings {
  readonly view: { readonly around: string | null; readonly distance: number; readonly since: string | null }
}

/** Settings for `lint`. */
export interface LintSettings {
  readonly lint: {
    readonly pending: boolean
    readonly since: string | null
    readonly last: number | null
    readonly all: boolean
    readonly rules: readonly string[]
    readonly fix: boolean
  }
}

/** Settings for `rehearse`. */
export interface RehearseSettings {
  readonly rehearse: {
    /** URL of an empty database; never printed. */
    readonly scratchUrl: string | null
    /** URL of a server for the scratch database; never printed. */
    readonly scratchServer: string | null
    /** Container image; if null, the official image for production's PostgreSQL version. */
    readonly scratchImage: string | null
    readonly pgDump: string | null
    readonly excludeSchemas: readonly string[]
    readonly allowNetwork: boolean
    /** Variables to pass on, unless they refer to production. */
    readonly passEnv: readonly string[]
    /** Lock limits from `--max-lock`. */
    readonly maxLocks: readonly LockLimit[]
    readonly withData: boolean
    readonly cycle: boolean
    readonly fromBase: boolean
    readonly checkModels: boolean
  }
}

export function readRun(options: OptionReader): RunSettings {
  return {
    lock: options.choice('lock'),
    lockUrl: options.text('lock-url')?.trim() ? options.text('lock-url') : null,
    lockTimeoutMs: readLockTimeout(options),
    verify: options.choice('verify') !== false,
    rehearseMode:
      options.text('rehearse') === null
        ? null
        : oneOfWords<RehearseMode>(['auto', 'always', 'never'], options.text('rehearse')),
  }
}

export function readView(options: OptionReader): ViewSettings {
  const distance = options.number(
    'distance',
    3,
    (links) => Number.isInteger(links) && links >= 0,
    '--distance must be a non-negative integer',
  )
  const around = options.text('around')
  const since = options.text('since')
  if (around !== null && since !== null) options.mistakes.push('--around and --since are mutually exclusive')
  return { view: { around, distance, since } }
}

export function readLint(options: OptionReader): LintSettings {
  const fits = (count: number): boolean => Number.isInteger(count) && count > 0
  return {
    lint: {
      pending: options.flag('pending'),
      since: options.text('since'),
      last: options.number('last', null, fits, '--last must be a positive integer'),
      all: options.flag('all'),
      rules: options.strings('rule'),
      fix: options.flag('fix'),
    },
  }
}

export function readRestamp(options: OptionReader): RestampSettings {
  const from = options.strings('from')
  const to = options.strings('to')
  if (from.length !== to.length) {
    options.mistakes.push('each --from needs a --to (--remove removes a row, --add adds one)')
  }
  return {
    restamp: {
      change: {
        changed: from.map((id, index) => ({ from: id, to: to[index] ?? '' })),
        removed: options.strings('remove'),
        added: options.strings('add'),
      },
      yes: options.flag('yes'),
      force: options.flag('force'),
    },
  }
}

export function readInit(options: OptionReader): InitSettings {
  return { init: { platform: oneOfWords(platforms, options.text('platform')), write: options.flag('write') } }
}

export function readPlaceholder(options: OptionReader): PlaceholderSettings {
  return {
    placeholder: {
      after: options.text('after'),
      message: options.text('message'),
      write: options.flag('write'),
      force: options.flag('force'),
      withDdl: options.flag('with-ddl'),
    },
  }
}

export function readManifest(options: OptionReader): ManifestSettings {
  return { checkManifest: options.flag('check'), allRefs: options.flag('all-refs') }
}

export function readRehearse(options: OptionReader): RehearseSettings {
  return {
    rehearse: {
      scratchUrl: options.text('scratch-url'),
      scratchServer: options.text('scratch-server'),
      scratchImage: options.text('scratch-image'),
      pgDump: options.text('pg-dump'),
      excludeSchemas: options.strings('exclude-schema'),
      allowNetwork: options.flag('allow-network'),
      passEnv: options.strings('pass-env'),
      maxLocks: options.strings('max-lock').flatMap((text) => readLockLimit(text, options.mistakes)),
      withData: options.flag('with-data'),
      cycle: options.flag('cycle'),
      fromBase: options.flag('from-base'),
      checkModels: options.flag('check-models'),
    },
  }
}

/**
 * Rejects `--max-lock` without a rehearsal, because the option would have no effect.
 * @throws GuardError (usage)
 */
export function requireRehearsal({
  rehearse,
  rehearseMode,
}: RehearseSettings & Pick<RunSettings, 'rehearseMode'>): void {
  if (rehearse.maxLocks.length === 0 || (rehearseMode ?? 'never') !== 'never') return
  throw new GuardError(
    'usage',
    "--max-lock applies only to a rehearsal, but this command doesn't run one",
    'Add --rehearse auto, or --rehearse always.',
  )
}

function readLockLimit(text: string, mistakes: string[]): readonly LockLimit[] {
  const limit = parseLockLimit(text)
  if (limit !== null) return [limit]
  mistakes.push(
    `--max-lock must be a lock mode (or "rewrite") and a table size such as "ACCESS EXCLUSIVE:1GB", not ${shown(text)}`,
  )
  return []
}
