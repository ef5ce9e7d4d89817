/** Reads all settings and reports all mistakes at once. Each command declares which settings it uses. */
import type { FileTree } from '../../adapters/files/file-tree.ts'
import { GuardError } from '../../errors.ts'
import { type CallSettings, readCall } from './call-options.ts'
import { type Env, optionReader } from './option-reader.ts'
import { type OptionInputs, readOptionValues } from './option-values.ts'
import {
  type DatabaseSettings,
  type FleetSettings,
  type ProjectSettings,
  type VerdictSettings,
  type VersionTableSettings,
  readDatabaseUrl,
  readFleet,
  readProject,
  readTimeout,
  readVerdict,
  readVersionTable,
} from './release-settings.ts'
import { type ReportSettings, readFormat, readReport } from './report-settings.ts'
import {
  type HerokuSettings,
  type InitSettings,
  type LintSettings,
  type ManifestSettings,
  type PlaceholderSettings,
  type PositionalSettings,
  type RehearseSettings,
  type RestampSettings,
  type RunSettings,
  type ViewSettings,
  type WriteSettings,
  readInit,
  readLint,
  readManifest,
  readPlaceholder,
  readRehearse,
  readRestamp,
  readRun,
  readView,
} from './verb-settings.ts'

export type { OptionInputs } from './option-values.ts'

/** All settings after validation. Only `execute.ts` uses the whole type. */
export type Settings = CallSettings &
  ProjectSettings &
  DatabaseSettings &
  VersionTableSettings &
  FleetSettings &
  VerdictSettings &
  ReportSettings &
  PositionalSettings &
  WriteSettings &
  HerokuSettings &
  RunSettings &
  InitSettings &
  PlaceholderSettings &
  RestampSettings &
  ManifestSettings &
  ViewSettings &
  LintSettings &
  RehearseSettings

/**
 * Reads the settings for a command that supports `formats`.
 * @throws GuardError (usage) that lists every mistake.
 */
export async function readSettings(
  given: OptionInputs,
  env: Env,
  tree: FileTree,
  formats: readonly string[],
): Promise<Settings> {
  const mistakes: string[] = []
  const options = optionReader(await readOptionValues(given, env, tree, mistakes), mistakes)
  // Mistakes are reported in the order of these calls.
  const format = readFormat(options, formats)
  const settings: Settings = {
    timeoutMs: readTimeout(options),
    ...readRun(options),
    ...readView(options),
    ...readLint(options),
    ...readFleet(options),
    ...readProject(options, env),
    ...readVerdict(options),
    ...readRestamp(options),
    ...readReport(options, format, env),
    ...readVersionTable(options),
    ...readInit(options),
    ...readPlaceholder(options),
    ...readManifest(options),
    ...readRehearse(options),
    databaseUrl: {
      ...readDatabaseUrl(options, env),
      ...(given['database-url'] === undefined ? {} : { isTyped: true }),
    },
    app: options.text('app'),
    remote: options.text('remote'),
    write: options.flag('write'),
    positionals: given.positionals ?? [],
    ...readCall(given, env),
  }
  if (mistakes.length === 0) return settings
  throw new GuardError('usage', mistakes.join('; '), 'alembic-guard --help lists commands and options')
}
