/**
 * Finds the Alembic project for a command: its configuration and its migration folders. Follows Alembic's rules, and
 * fails whenever Alembic does. Reads no migrations.
 */
import { posix } from 'node:path'
import { atLeast } from '../../core/history/alembic-version.ts'
import { pythonRepr } from '../../core/text/python-text.ts'
import type { AssumedAlembic, ImportPaths } from '../../core/history/repository.ts'
import { listed, shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import { hasOption, hasSection, readOption, readSection } from '../../python/config/configparser.ts'
import type { EnvSurroundings, IniSection } from '../../python/env/env-state.ts'
import { PythonRaise } from '../../python/source/python-error.ts'
import { OptionRefused, readScriptOptions, type AlembicConfig } from './alembic-options.ts'
import { readAssumedAlembic } from './detect-alembic-version.ts'
import { readConfigFiles } from './config-files.ts'
import { hintFor } from './config-hints.ts'
import { ConfigRefused } from './config-refused.ts'
import { FileUnreadable, type FileTree } from '../files/file-tree.ts'
import { isPackageResource, locateResource } from './package-resource.ts'
import { chooseConfiguration, type Configuration } from './choose-config.ts'
import type { ProjectOptions } from './project-options.ts'
import { searchProjects } from './search-projects.ts'
import { joinPath, purePath, shownPath } from '../files/tree-path.ts'

/** Location of an Alembic project, and the rules for reading its files. */
export interface ProjectLocation {
  /** Path of the configuration file relative to the working directory; null if there is none. */
  readonly config: string | null
  readonly section: string
  readonly flaskMigrate: boolean
  /** Absolute path of the folder that contains env.py. The version locations are absolute paths, too. */
  readonly scriptLocation: string
  readonly versionLocations: readonly string[]
  readonly importPaths: ImportPaths
  /** True if no version location is configured, so that Alembic uses `versions` in the script location. */
  readonly defaultLocation: boolean
  readonly recursive: boolean
  readonly sourceless: boolean
  readonly alembic: AssumedAlembic
  /** File name template; empty to use Alembic's default. */
  readonly fileTemplate: string
  readonly outputEncoding: string
  readonly slugLength: number
  readonly timezone: string | null
  /** Folders whose requirements and lock files apply to the project. */
  readonly pinFolders: readonly string[]
  /** What Alembic provides to env.py: the section of the ini file, and the path of env.py. */
  readonly env: EnvSurroundings
  readonly remarks: readonly string[]
}

/**
 * Finds the project.
 * @throws ConfigRefused if Alembic itself would fail.
 * @throws GuardError (usage) if the options don't identify exactly one project, or (unavailable) if a file can't be
 * read.
 */
export async function locateProject(tree: FileTree, options: ProjectOptions = {}): Promise<ProjectLocation> {
  let config: AlembicConfig | null = null
  try {
    const alembic = await readAssumedAlembic(
      tree,
      foldersOfConfig(tree, options),
      options.alembicVersion ?? null,
    )
    const choice = await chooseConfiguration(tree, options, alembic.version)
    const overrides = {
      scriptLocation: options.scriptLocation ?? choice.flaskDirectory ?? choice.foundFolder,
      versionLocations: options.versionLocations?.length ? options.versionLocations : null,
    }
    config = await readConfigFiles(tree, choice, alembic.version, overrides)
    return { ...describe(tree, config, choice, alembic), pinFolders: foldersOfConfig(tree, options) }
  } catch (error) {
    if (error instanceof OptionRefused) {
      const { at, raise } = error
      const problem = at.file === null ? null : noFile(tree, at.file)
      if (problem !== null) throw new ConfigRefused(at, raise.error, hintForNoFile(tree), problem)
      const sections = [...(config?.ini.sections.keys() ?? [])]
      const usable = sections.filter((name) => config && hasOption(config.ini, name, 'script_location'))
      throw new ConfigRefused(at, raise.error, hintFor(at, raise.error, usable))
    }
    if (error instanceof FileUnreadable) {
      const message = `${shownPath(tree.cwd, error.path)} can't be read (${error.code})`
      throw new GuardError('unavailable', message, 'grant read access to the user that runs the guard', {
        cause: error,
      })
    }
    throw error
  }
}

/**
 * Returns what is wrong with a configuration file's path, or null if the file exists. Alembic ignores a missing file
 * and fails later, because the options are missing.
 */
function noFile(tree: FileTree, file: string): string | null {
  const kind = tree.kindOf(file)
  if (kind === 'file') return null
  return kind === 'directory' ? 'is a folder, not a configuration file' : "doesn't exist"
}

/**
 * Returns the hint for a missing configuration file. The hint lists options that select existing configuration files.
 */
function hintForNoFile(tree: FileTree): string {
  const here = tree.kindOf('alembic.ini') === 'file' ? ['-c alembic.ini'] : []
  const found = [...here, ...searchProjects(tree).configs.map(({ advice }) => advice)]
  const meant = found.length === 0 ? '' : `; found: ${listed(found)}`
  return `fix the path, which is relative to the working directory${meant}`
}

/**
 * Returns the folders whose files may pin Alembic's version: the working directory and the folders of the configuration
 * files.
 */
function foldersOfConfig(tree: FileTree, options: ProjectOptions): readonly string[] {
  const files = [...(options.config ?? []), options.alembicConfigEnv ?? ''].filter((path) => path !== '')
  const folders = files.map((path) => posix.dirname(joinPath(tree.cwd, path)))
  const directory = options.directory === undefined ? [] : [joinPath(tree.cwd, options.directory)]
  return [tree.cwd, ...folders, ...directory]
}

function describe(
  tree: FileTree,
  config: AlembicConfig,
  choice: Configuration,
  alembic: AssumedAlembic,
): Omit<ProjectLocation, 'pinFolders'> {
  const remarks = [...choice.remarks]
  const script = readScriptOptions(config, (text, prepended) =>
    locateFolder(tree, config, text, prepended, remarks),
  )
  checkExists(tree, config, script.scriptLocation)
  const folder = joinPath(tree.cwd, script.scriptLocation)
  const locations = (script.versionLocations ?? []).map((text) => {
    try {
      return locateFolder(tree, config, text, script.prependSysPath, remarks)
    } catch (error) {
      if (!(error instanceof PythonRaise)) throw error
      throw new OptionRefused(
        { file: config.iniName ?? config.toml?.name ?? null, key: 'version_locations' },
        error,
      )
    }
  })
  const paths = locations.length > 0 ? locations : [joinPath(script.scriptLocation, 'versions')]
  const envPy = joinPath(folder, 'env.py')
  if (tree.kindOf(envPy) !== 'file') {
    remarks.push(`${shownPath(tree.cwd, envPy)} is missing`)
  } else {
    remarks.push(...wholeSectionRemarks(tree, config, envPy))
  }
  if (choice.flaskDirectory !== null && tree.kindOf(choice.ini ?? '') !== 'file') {
    remarks.push(`${choice.ini} is missing, and Flask-Migrate's env.py fails without it`)
  }
  if (script.sourceless) remarks.push('sourceless = true: compiled files count as migrations')
  return {
    config: configFile(tree, config),
    section: config.section,
    flaskMigrate: choice.flaskDirectory !== null,
    scriptLocation: folder,
    versionLocations: paths.map((path) =>
      // os.path.abspath removes `..` segments. Alembic 1.16 and later use pathlib instead, which keeps `..`.
      atLeast(config.version, '1.16.0') ? joinPath(tree.cwd, path) : posix.resolve(tree.cwd, path),
    ),
    importPaths: importPathsOf(tree, config, script.prependSysPath, folder, paths),
    defaultLocation: locations.length === 0,
    recursive: script.recursive,
    sourceless: script.sourceless,
    alembic,
    fileTemplate: script.fileTemplate,
    outputEncoding: script.outputEncoding,
    slugLength: script.slugLength,
    timezone: script.timezone,
    env: {
      ini: iniSectionOf(config),
      // If the location is a path such as `.`, older Python versions leave the path of env.py relative.
      file: /(?:^|\/)\.{0,2}\/?$/.test(script.scriptLocation) ? null : envPy,
    },
    remarks: [...new Set(remarks)],
  }
}

/**
 * Resolves a location, which may be a package resource, to a path. The path is absolute or relative to the working
 * directory.
 */
function locateFolder(
  tree: FileTree,
  config: AlembicConfig,
  text: string,
  prepended: readonly string[],
  remarks: string[],
): string {
  if (!isPackageResource(text)) return atLeast(config.version, '1.16.0') ? purePath(text) : text
  const importable = prepended.map((path) => posix.resolve(tree.cwd, path))
  const beside = config.iniName === null ? tree.cwd : posix.dirname(joinPath(tree.cwd, config.iniName))
  const elsewhere = [tree.cwd, beside]
    .flatMap((folder) => [folder, `${folder}/src`, rootOfPackage(tree, folder)])
    .map((path) => posix.normalize(path))
  const path = locateResource(tree, text, [...new Set([...importable, ...elsewhere])])
  if (!importable.some((root) => path.startsWith(`${root}/`))) {
    const name = shown(text.split(':', 1)[0] ?? '')
    remarks.push(
      `using the package ${name} in ${shownPath(tree.cwd, path)}, but Alembic imports the installed copy`,
    )
  }
  return path
}

/** Matches the names of options whose values may be secret, such as a URL with a password. */
const secretOption = /url|uri|dsn|pass|secret|token|key|user|credential/i

/**
 * Returns the section of the ini file, without the values that may be secret. Returns null if the section doesn't exist
 * or Python can't read all of it.
 */
function iniSectionOf({ ini, section }: AlembicConfig): IniSection | null {
  if (!hasSection(ini, section) || errorOf(() => readSection(ini, section)) !== null) return null
  const options = [...(readSection(ini, section) ?? [])]
  return {
    name: section,
    options: new Map(options.map(([name, value]) => [name, secretOption.test(name) ? null : value])),
  }
}

/**
 * Returns the folders that are probably on `sys.path`. `env.py` often adds its own folder or the parent folder; `flask`
 * and `python -m` add the working directory.
 */
function importPathsOf(
  tree: FileTree,
  { iniName }: AlembicConfig,
  prepended: readonly string[],
  scriptLocation: string,
  versionLocations: readonly string[],
): ImportPaths {
  const beside = iniName === null ? tree.cwd : posix.dirname(joinPath(tree.cwd, iniName))
  // In most projects, the migrations folder is in the project's root folder, which contains the code or a `src` folder.
  const projects = [scriptLocation, ...versionLocations.map((path) => posix.dirname(path))].map((path) =>
    posix.dirname(posix.resolve(tree.cwd, path)),
  )
  const around = [tree.cwd, beside, ...projects]
  const first = prepended.map((path) => posix.resolve(tree.cwd, path))
  const maybe = [
    ...around,
    rootOfPackage(tree, scriptLocation),
    ...around.map((path) => `${path}/src`),
    scriptLocation,
    ...packagedFrom(tree, beside).flatMap((path) => [path, `${path}/src`]),
  ]
  const all = maybe.map((path) => posix.resolve(tree.cwd, path))
  const helpers = besideMigrations(tree, versionLocations)
  return { first, maybe: [...new Set(all)].filter((path) => !first.includes(path)), beside: helpers }
}

/**
 * Returns where to look for migration helpers near the migrations. Helpers are often in the package that contains the
 * migrations, such as `shop/db/migrations/utils.py`, and are imported by their full names. The package's other modules
 * belong to the application and aren't read.
 */
function besideMigrations(
  tree: FileTree,
  versionLocations: readonly string[],
): NonNullable<ImportPaths['beside']> {
  const roots = new Set<string>()
  const folders = new Set<string>()
  for (const location of versionLocations) {
    const own = rootsAround(tree, location)
    for (const root of own) roots.add(root)
    const parent = posix.dirname(posix.resolve(tree.cwd, location))
    const above = posix.dirname(parent)
    folders.add(parent)
    if (!own.includes(posix.dirname(above)) && !own.includes(above)) folders.add(above)
  }
  return { roots: [...roots], folders: [...folders] }
}

/**
 * Returns the parent folder of the outermost package that contains the folder. A folder outside any package is returned
 * unchanged.
 */
function rootOfPackage(tree: FileTree, folder: string): string {
  let root = folder
  while (root !== '/' && tree.kindOf(joinPath(root, '__init__.py')) === 'file') root = posix.dirname(root)
  return root
}

/**
 * Returns the nearest enclosing folder that has a packaging file, if any. Installing the project makes its packages
 * importable. Doesn't search outside the repository.
 */
export function packagedFrom(tree: FileTree, folder: string): readonly string[] {
  const has = (path: string, ...names: string[]): boolean =>
    names.some((name) => tree.kindOf(joinPath(path, name)) !== null)
  for (let path = posix.resolve(tree.cwd, folder); path !== '/'; path = posix.dirname(path)) {
    if (has(path, 'pyproject.toml', 'setup.py', 'setup.cfg')) return [path]
    if (has(path, '.git')) return []
  }
  return []
}

/** Returns the import roots of a folder: the parent folder of each top-level package that contains the folder. */
function rootsAround(tree: FileTree, folder: string): readonly string[] {
  const roots: string[] = []
  for (let inner = posix.resolve(tree.cwd, folder); inner !== '/'; inner = posix.dirname(inner)) {
    const isPackage = tree.kindOf(joinPath(inner, '__init__.py')) === 'file'
    if (!isPackage) continue
    inner = rootOfPackage(tree, inner)
    roots.push(inner)
    if (inner === '/') break
  }
  return roots
}

/** Checks the script location. Throws {@link OptionRefused} if it doesn't exist. */
function checkExists(tree: FileTree, config: AlembicConfig, path: string): void {
  // os.access fails for an empty path. Alembic 1.16 and later use pathlib, which converts an empty path to `.` first.
  if (path !== '' && tree.kindOf(path) !== null) return
  const name = atLeast(config.version, '1.16.0') ? path : pythonRepr(posix.resolve(tree.cwd, path))
  const message = `Path doesn't exist: ${name}.  Please use the 'init' command to create a new scripts folder.`
  const file = config.overrides.scriptLocation === null ? (config.iniName ?? config.toml?.name ?? null) : null
  const key = file === null ? '--script-location' : 'script_location'
  throw new OptionRefused({ file, key }, new PythonRaise('CommandError', message))
}

/**
 * Returns a remark if env.py reads the whole ini section, as in Alembic's templates, and an option contains an invalid
 * `%`, which would make every command that connects fail. Doesn't show the option's value, because it is often a
 * password.
 */
function wholeSectionRemarks(tree: FileTree, config: AlembicConfig, envPy: string): readonly string[] {
  const { ini, section } = config
  if (!hasSection(ini, section)) return []
  const type = errorOf(() => readSection(ini, section))
  if (type === null) return []
  const bytes = tree.readFile(envPy)
  if (!bytes || !/get_section\s*\(/.test(new TextDecoder().decode(bytes))) return []
  const options = new Set([...ini.defaults.keys(), ...(ini.sections.get(section)?.keys() ?? [])])
  const broken = [...options].filter((option) => errorOf(() => readOption(ini, section, option)) !== null)
  const names = broken.map(shown).join(', ')
  return [
    `${config.iniName}: env.py reads the whole section, and ${names} raises ${type}; write %% for each %`,
  ]
}

function errorOf(read: () => unknown): string | null {
  try {
    read()
    return null
  } catch (error) {
    if (error instanceof PythonRaise) return error.error.type
    throw error
  }
}

function configFile(tree: FileTree, config: AlembicConfig): string | null {
  const { iniName, toml } = config
  if (iniName !== null && tree.kindOf(iniName) === 'file') return shownPath(tree.cwd, iniName)
  if (!toml || toml.table instanceof PythonRaise || toml.table.size === 0) return null
  return shownPath(tree.cwd, toml.name)
}
