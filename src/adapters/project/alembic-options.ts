/**
 * Reads Alembic's options in the same order as Alembic, so that the same mistake is reported first
 * (`ScriptDirectory.from_config`, alembic/script/base.py).
 */
import { atLeast, type AlembicVersion } from '../../core/history/alembic-version.ts'
import { pythonRepr } from '../../core/text/python-text.ts'
import { hasOption, hasSection, readOption, readSection, type Ini } from '../../python/config/configparser.ts'
import { PythonRaise, pythonTrim } from '../../python/source/python-error.ts'
import {
  readTomlOption,
  readTomlSwitch,
  type TomlOption,
  type TomlRules,
  type TomlTable,
} from '../../python/config/toml.ts'
import type { RefusedAt } from './config-refused.ts'
import {
  separatorKeys,
  splitPrependSysPath,
  splitVersionLocations,
  type Separator,
} from './version-locations.ts'

/** Both configuration files, parsed but not interpreted. */
export interface AlembicConfig {
  readonly version: AlembicVersion
  readonly section: string
  /**
   * Name of the ini file as the user entered it; the file might not exist. Null if there is no ini file, in which
   * case `section` is empty.
   */
  readonly iniName: string | null
  readonly ini: Ini
  /** The `[tool.alembic]` table (Alembic 1.16 and later), or the error from reading it. */
  readonly toml: {
    readonly name: string
    readonly here: string
    readonly table: TomlTable | PythonRaise
  } | null
  /** Options that override those in both configuration files. */
  readonly overrides: {
    readonly scriptLocation: string | null
    readonly versionLocations: readonly string[] | null
  }
}

/** Options that Alembic reads when it opens a script directory. */
export interface ScriptOptions<T> {
  readonly scriptLocation: T
  /** Null if not set. Alembic then uses the `versions` folder in the script location. */
  readonly versionLocations: readonly string[] | null
  readonly prependSysPath: readonly string[]
  readonly recursive: boolean
  readonly sourceless: boolean
  readonly fileTemplate: string
  readonly outputEncoding: string
  readonly slugLength: number
  /** The value as written in the file; null if not set. */
  readonly timezone: string | null
}

/** Error for an option that Alembic rejects. */
export class OptionRefused extends Error {
  readonly at: RefusedAt
  readonly raise: PythonRaise

  constructor(at: RefusedAt, raise: PythonRaise) {
    super(raise.message)
    this.name = 'OptionRefused'
    this.at = at
    this.raise = raise
  }
}

/**
 * Reads all options. Calls `locate` at the point where Alembic would resolve `script_location`.
 * @throws OptionRefused for the first option that Alembic rejects.
 */
export function readScriptOptions<T>(
  config: AlembicConfig,
  locate: (scriptLocation: string, prependSysPath: readonly string[]) => T,
): ScriptOptions<T> {
  const { version, overrides } = config
  const withToml = atLeast(version, '1.16.0')
  const text = (key: string): string | null => textOf(asking(key, () => optionOf(config, key)))
  const asking = <R>(key: string, read: () => R): R => {
    try {
      return read()
    } catch (error) {
      if (error instanceof PythonRaise) throw new OptionRefused({ file: fileOf(config, key), key }, error)
      throw error
    }
  }
  const versionLocations = (): readonly string[] | null =>
    overrides.versionLocations ?? asking('version_locations', () => readVersionLocations(config))

  const scriptLocation: TomlOption =
    overrides.scriptLocation === null
      ? asking('script_location', () => optionOf(config, 'script_location'))
      : { kind: 'text', value: overrides.scriptLocation }
  if (scriptLocation.kind === 'absent') {
    const missing = new PythonRaise('CommandError', "No 'script_location' key found in configuration.")
    const file = config.iniName ?? config.toml?.name ?? null
    throw new OptionRefused({ file, key: 'script_location' }, missing)
  }
  const slugLength = asking('truncate_slug_length', () =>
    slugLengthOf(optionOf(config, 'truncate_slug_length')),
  )
  // Before 1.16, Alembic splits `version_locations` before it imports anything.
  const early = withToml ? null : versionLocations()
  const prependSysPath = asking('prepend_sys_path', () => readPrependSysPath(config))
  const recursive =
    atLeast(version, '1.10.0') &&
    asking('recursive_version_locations', () => switchOf(config, 'recursive_version_locations'))
  const location = asking('script_location', () => locate(pathOf(scriptLocation), prependSysPath))
  const fileTemplate = text('file_template') ?? ''
  const sourceless = asking('sourceless', () => switchOf(config, 'sourceless'))
  const outputEncoding = text('output_encoding') ?? 'utf-8'
  const late = withToml ? versionLocations() : early
  const timezone = text('timezone')
  try {
    checkHooks(config)
  } catch (error) {
    // Any option in the section or in [DEFAULT] could have caused the error.
    const file = hasSection(config.ini, 'post_write_hooks') ? config.iniName : (config.toml?.name ?? null)
    if (error instanceof PythonRaise) throw new OptionRefused({ file, key: null }, error)
    throw error
  }
  return {
    scriptLocation: location,
    versionLocations: late && late.length > 0 ? late : null,
    prependSysPath,
    recursive,
    sourceless,
    fileTemplate,
    outputEncoding,
    slugLength,
    timezone,
  }
}

/**
 * Returns the file to name in errors: pyproject.toml if it exists and the ini file doesn't set the option;
 * otherwise, the ini file.
 */
function fileOf(config: AlembicConfig, key: string): string | null {
  const inIni = hasOption(config.ini, config.section, key)
  return inIni || !config.toml ? config.iniName : config.toml.name
}

/** Reads an option as Alembic does: with `get_alembic_option`, or with `get_main_option` before 1.16. */
function optionOf(config: AlembicConfig, key: string): TomlOption {
  const { ini, section, version } = config
  if (!atLeast(version, '1.16.0')) {
    const value = mainOption(config, key)
    return value === null ? { kind: 'absent' } : { kind: 'text', value }
  }
  if (hasOption(ini, section, key)) return { kind: 'text', value: readOption(ini, section, key) ?? '' }
  return tomlOption(config, key)
}

/** Reads an option as `get_main_option` does: only from the ini file, whose section must exist. */
function mainOption(config: AlembicConfig, key: string): string | null {
  const { ini, section, iniName } = config
  if (!hasSection(ini, section)) {
    const name = iniName === null ? 'None' : pythonRepr(iniName)
    const message = `No config file ${name} found, or file has no '[${section}]' section`
    throw new PythonRaise('CommandError', message)
  }
  return readOption(ini, section, key)
}

function tomlOption(config: AlembicConfig, key: string): TomlOption {
  const { toml } = config
  if (!toml) return { kind: 'absent' }
  if (toml.table instanceof PythonRaise) throw toml.table
  return readTomlOption(toml.table, key, tomlRules(config, toml.here))
}

function tomlRules(config: AlembicConfig, here: string): TomlRules {
  return { here, booleans: atLeast(config.version, '1.16.4'), integers: atLeast(config.version, '1.16.5') }
}

function switchOf(config: AlembicConfig, key: string): boolean {
  const { ini, section, toml, version } = config
  if (!atLeast(version, '1.16.0')) return mainOption(config, key) === 'true'
  if (hasOption(ini, section, key)) return readOption(ini, section, key) === 'true'
  if (!toml) return false
  if (toml.table instanceof PythonRaise) throw toml.table
  return readTomlSwitch(toml.table, key, tomlRules(config, toml.here))
}

/** Reads a text option for generated files. Alembic doesn't reject values of other types here. */
function textOf(option: TomlOption): string | null {
  return option.kind === 'text' ? option.value : null
}

/** Reads an option that Alembic passes to `os.path.isabs`, which accepts only strings. */
function pathOf(option: TomlOption): string {
  if (option.kind === 'text') return option.value
  const type = pythonTypeOf(option)
  throw new PythonRaise('TypeError', `expected str, bytes or os.PathLike object, not ${type}`)
}

function pythonTypeOf(option: TomlOption): string {
  switch (option.kind) {
    case 'int':
      return option.bool ? 'bool' : 'int'
    case 'table':
      return 'dict'
    case 'list':
    case 'tables':
      return 'list'
    default:
      return 'str'
  }
}

/** Converts the option as `int(truncate_slug_length)` does. Zero means the default of 40. */
function slugLengthOf(option: TomlOption): number {
  if (option.kind === 'absent') return 40
  if (option.kind === 'int') return Number(option.value) || 40
  if (option.kind === 'text') {
    const text = pythonTrim(option.value)
    if (/^[+-]?\p{Nd}+(?:_\p{Nd}+)*$/u.test(text)) return Number(text.replaceAll('_', '')) || 40
    throw new PythonRaise('ValueError', `invalid literal for int() with base 10: ${pythonRepr(option.value)}`)
  }
  const wanted = 'a string, a bytes-like object or a real number'
  throw new PythonRaise('TypeError', `int() argument must be ${wanted}, not '${pythonTypeOf(option)}'`)
}

function readVersionLocations(config: AlembicConfig): readonly string[] | null {
  const { ini, section, version } = config
  const inToml = atLeast(version, '1.16.0')
  const text = inToml
    ? readOption(ini, section, 'version_locations')
    : mainOption(config, 'version_locations')
  if (text !== null && text !== '') {
    return splitVersionLocations(text, separatorOf(config, separatorKeys(version)), version)
  }
  return inToml ? pathsOf(tomlOption(config, 'version_locations')) : null
}

function readPrependSysPath(config: AlembicConfig): readonly string[] {
  const { ini, section, version } = config
  const inToml = atLeast(version, '1.16.0')
  const text = inToml ? readOption(ini, section, 'prepend_sys_path') : mainOption(config, 'prepend_sys_path')
  if (text !== null && text !== '') {
    const separator = inToml ? separatorOf(config, ['path_separator']) : null
    return splitPrependSysPath(text, separator, version)
  }
  return inToml ? (pathsOf(tomlOption(config, 'prepend_sys_path')) ?? []) : []
}

function separatorOf(config: AlembicConfig, keys: readonly string[]): Separator | null {
  for (const key of keys) {
    const value = mainOption(config, key)
    if (value !== null) return { key, value }
  }
  return null
}

/** Reads a list of paths from TOML. Like Python, also iterates over strings and tables. */
function pathsOf(option: TomlOption): readonly string[] | null {
  switch (option.kind) {
    case 'absent':
      return null
    case 'text':
      return Array.from(option.value)
    case 'list':
      return option.values
    case 'table':
      return option.keys
    case 'tables':
      throw new PythonRaise('TypeError', 'expected str, bytes or os.PathLike object, not dict')
    default:
      if (option.value === 0n) return null
      throw new PythonRaise('TypeError', `'${pythonTypeOf(option)}' object is not iterable`)
  }
}

/** Hooks don't run here, but Alembic fails if their section is invalid. */
function checkHooks(config: AlembicConfig): void {
  const { ini, version } = config
  if (hasSection(ini, 'post_write_hooks')) {
    readSection(ini, 'post_write_hooks')
    return
  }
  if (!atLeast(version, '1.16.0')) return
  const hooks = tomlOption(config, 'post_write_hooks')
  if (hooks.kind === 'tables' && hooks.tables.some((keys) => !keys.includes('name'))) {
    throw new PythonRaise('KeyError', "'name'")
  }
}
