/**
 * Selects the configuration files: those given on the command line, Alembic's or Flask-Migrate's default files, or
 * those in the only candidate folder.
 */
import { posix } from 'node:path'
import { atLeast, type AlembicVersion } from '../../core/history/alembic-version.ts'
import { listed } from '../../core/text/display.ts'
import { shellCommand } from '../../core/text/shell-quoting.ts'
import { GuardError } from '../../errors.ts'
import { PythonRaise } from '../../python/source/python-error.ts'
import { OptionRefused } from './alembic-options.ts'
import { readAlembicTable, type ConfigNames } from './config-files.ts'
import { FileUnreadable, type FileTree } from '../files/file-tree.ts'
import type { ProjectOptions } from './project-options.ts'
import { scriptLocationIn, searchProjects } from './search-projects.ts'
import { joinPath, purePath } from '../files/tree-path.ts'

/** The configuration files and how they were found. */
export interface Configuration extends ConfigNames {
  /** Flask-Migrate's directory, which is also the script location. */
  readonly flaskDirectory: string | null
  /** The only candidate folder; null if a configuration was found. */
  readonly foundFolder: string | null
  readonly remarks: readonly string[]
}

const flaskDefault = 'migrations'

/**
 * Selects the configuration.
 * @throws GuardError if there is no configuration, unless there is exactly one candidate folder.
 * @throws OptionRefused if Alembic would fail.
 */
export async function chooseConfiguration(
  tree: FileTree,
  options: ProjectOptions,
  version: AlembicVersion,
): Promise<Configuration> {
  const section = options.name ?? 'alembic'
  const names = alembicNames(options, version)
  const alembic: Configuration = { ...names, section, flaskDirectory: null, foundFolder: null, remarks: [] }
  const flask = (directory: string): Configuration => ({
    ...alembic,
    ini: joinPath(directory, 'alembic.ini'),
    toml: null,
    flaskDirectory: directory,
  })
  if (options.directory !== undefined) return flask(options.directory)
  if (options.config?.length || options.alembicConfigEnv !== undefined) return alembic
  if (names.ini !== null && tree.kindOf(names.ini) === 'file') return alembic
  const table = names.toml === null ? null : await readAlembicTable(tree, names.toml)
  if (table && !(table instanceof PythonRaise) && table.size > 0) return alembic
  if (options.scriptLocation !== undefined) return alembic
  if (isFlaskMigrate(tree)) return flask(flaskDefault)
  const folder = onlyFolder(tree, version, table)
  const remarks = [
    `no Alembic configuration found; using ${folder}, the only folder with env.py and versions`,
  ]
  return { ...alembic, ini: null, toml: null, foundFolder: folder, remarks }
}

/** Mirrors `CommandLine._inis_from_config` (alembic/config.py). Before 1.16, the last `-c` wins. */
function alembicNames(options: ProjectOptions, version: AlembicVersion): Pick<ConfigNames, 'ini' | 'toml'> {
  const named = options.config ?? []
  const environment = options.alembicConfigEnv
  if (!atLeast(version, '1.16.0')) {
    const ini = named.at(-1) ?? environment ?? 'alembic.ini'
    return { ini: ini === '' ? null : ini, toml: null }
  }
  const isToml = (name: string): boolean => posix.basename(name) === 'pyproject.toml'
  const tomls = named.filter(isToml)
  const inis = named.filter((name) => !isToml(name))
  const twice =
    tomls.length > 1 ? 'pyproject.toml indicated more than once' : 'only one ini file may be indicated'
  if (tomls.length > 1 || inis.length > 1) {
    throw new OptionRefused({ file: null, key: '-c' }, new PythonRaise('CommandError', twice))
  }
  const fromEnvironment = environment === undefined || environment === '' ? null : environment
  const environmentToml = fromEnvironment !== null && isToml(fromEnvironment)
  return {
    toml: tomls[0] ?? (environmentToml ? fromEnvironment : 'pyproject.toml'),
    // An empty name selects the default, as with Python's `or`.
    ini: (inis[0] ?? '') || (environmentToml ? null : fromEnvironment) || 'alembic.ini',
  }
}

/** Whether `migrations` is Flask-Migrate's folder, whose ini file has no `script_location`. */
function isFlaskMigrate(tree: FileTree): boolean {
  if (tree.kindOf(`${flaskDefault}/alembic.ini`) !== 'file') return false
  try {
    return scriptLocationIn(tree, joinPath(tree.cwd, flaskDefault)) === null
  } catch (error) {
    if (error instanceof PythonRaise || error instanceof FileUnreadable) return false
    throw error
  }
}

function onlyFolder(
  tree: FileTree,
  version: AlembicVersion,
  table: Awaited<ReturnType<typeof readAlembicTable>>,
): string {
  const { configs, scriptLocations, withoutEnv, incomplete } = searchProjects(tree)
  if (configs.length > 0) {
    const advice = configs.map((config) => config.advice)
    const found = listed(configs.map((config) => config.path))
    throw new GuardError(
      'usage',
      `this folder has no alembic.ini, but its subfolders do: ${found}`,
      configs.length === 1
        ? `use \`${advice[0]}\``
        : `use one of: ${advice.map((line) => `\`${line}\``).join(', ')}`,
    )
  }
  // The script location may be set in the invalid pyproject.toml.
  if (table instanceof PythonRaise) throw new OptionRefused({ file: 'pyproject.toml', key: null }, table)
  const [folder, ...others] = scriptLocations
  if (folder === undefined && withoutEnv.length > 0) {
    const advice = withoutEnv.map(
      (path) =>
        `\`${shellCommand(['--script-location', path, '--version-location', path])} --database-url= --allow-missing-url\``,
    )
    throw new GuardError(
      'usage',
      `no Alembic configuration found. ${listed(withoutEnv)} contains migrations but no env.py, as in Flask-Alembic projects, which aren't supported`,
      `to check only the revision graph, use ${advice.length === 1 ? '' : 'one of: '}${advice.join(', ')}`,
    )
  }
  if (folder === undefined) {
    const files = atLeast(version, '1.16.0') ? 'alembic.ini, [tool.alembic] in pyproject.toml' : 'alembic.ini'
    const extent = incomplete ? ' (the search stopped before reading every folder)' : ''
    throw new GuardError(
      'usage',
      `no Alembic project found: looked for ${files}, migrations/alembic.ini and a folder with env.py and versions${extent}`,
      'run alembic-guard in the folder that contains alembic.ini, or pass -c FILE, -d DIR (Flask-Migrate) or --script-location DIR',
    )
  }
  if (others.length > 0) {
    const commands = scriptLocations.map((path) => `\`--script-location ${path}\``)
    throw new GuardError(
      'usage',
      `no Alembic configuration found, but several folders look like migration folders: ${listed(scriptLocations)}`,
      `use one of: ${commands.join(', ')}`,
    )
  }
  return purePath(folder)
}
