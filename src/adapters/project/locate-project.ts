/** Finds the Alembic project by Alembic's rules, and fails wherever Alembic would. Reads no migrations. */
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

/** Location of a project, and how to read its files. */
export interface ProjectLocation {
  /** Path of the configuration file, relative to the working directory; null if there is none. */
  readonly config: string | null
  readonly section: string
  readonly flaskMigrate: boolean
  /** Absolute path of the folder that contains env.py. The paths in `versionLocations` are absolute, too. */
  readonly scriptLocation: string
  readonly versionLocations: readonly string[]
  readonly importPaths: ImportPaths
  /** True if no location is configured, in which case Alembic uses `versions` in the script location. */
  readonly defaultLocation: boolean
  readonly recursive: boolean
  readonly sourceless: boolean
  readonly alembic: AssumedAlembic
  /** File name template; empty for Alembic's default. */
  readonly fileTemplate: string
  readonly outputEncoding: string
  readonly slugLength: number
  readonly timezone: string | null
  /** Folders whose requirements and lock files apply to the project. */
  readonly pinFolders: readonly string[]
  /** What env.py can see: the ini section and its own absolute path. */
  readonly env: EnvSurroundings
  readonly remarks: readonly string[]
}

/**
 * Finds the project.
 * @throws ConfigRefused if Alembic itself would fail.
 * @throws GuardError (usage) if the options don't identify one project, or (unavailable) if a file can't be read.
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
 * Describes what is wrong with the path of a configuration file; null if nothing is. Alembic ignores a missing file
 * and fails later.
 */
function noFile(tree: FileTree, file: string): string | null {
  const kind = tree.kindOf(file)
  if (kind === 'file') return null
  return kind === 'directory' ? 'is a folder, not a configuration file' : "doesn't exist"
}

/** Returns a hint with options that select existing files. */
function hintForNoFile(tree: FileTree): string {
  const here = tree.kindOf('alembic.ini') === 'file' ? ['-c alembic.ini'] : []
  const found = [...here, ...searchProjects(tree).configs.map(({ advice }) => advice)]
  const meant = found.length === 0 ? '' : `; found: ${listed(found)}`
  return `fix the path, which is relative to the working directory${meant}`
}

/**
 * Returns the folders that may pin Alembic's version: the working directory and the folders of the configuration
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
      // Before 1.16, Alembic removes `..` with os.path.abspath. Later versions use pathlib, which keeps it.
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
      // Older Python versions leave a path such as `.` relative.
      file: /(?:^|\/)\.{0,2}\/?$/.test(script.scriptLocation) ? null : envPy,
    },
    remarks: [...new Set(remarks)],
  }
}

/** Resolves a path or package resource. The result may be relative to the working directory. */
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

const secretOption = /url|uri|dsn|pass|secret|token|key|user|credential/i

/** Returns the ini file's section, without values that may be secret. Null if Python can't read the whole section. */
function iniSectionOf({ ini, section }: AlembicConfig): IniSection | null {
  if (!hasSection(ini, section) || errorOf(() => readSection(ini, section)) !== null) return null
  const options = [...(readSection(ini, section) ?? [])]
  return {
    name: section,
    options: new Map(options.map(([name, value]) => [name, secretOption.test(name) ? null : value])),
  }
}

/**
 * Returns the folders that are probably on `sys.path`. env.py often adds its own folder or that folder's parent;
 * `flask` and `python -m` add the working directory.
 */
function importPathsOf(
  tree: FileTree,
  { iniName }: AlembicConfig,
  prepended: readonly string[],
  scriptLocation: string,
  versionLocations: readonly string[],
): ImportPaths {
  const beside = iniName === null ? tree.cwd : posix.dirname(joinPath(tree.cwd, iniName))
  // The project's root usually contains the migrations folder and the code, perhaps in `src`.
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
 * Returns where to look for migration helpers. They are often in the same package as the migrations, such as
 * `shop/db/migrations/utils.py`. Other modules in that package belong to the application and aren't read.
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
 * Returns the parent of the outermost package that contains the folder, or the folder itself if it isn't in a
 * package.
 */
function rootOfPackage(tree: FileTree, folder: string): string {
  let root = folder
  while (root !== '/' && tree.kindOf(joinPath(root, '__init__.py')) === 'file') root = posix.dirname(root)
  return root
}

/**
 * Returns the nearest enclosing folder in the same repository that contains a packaging file. Installing the project
 * makes its packages importable.
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

/** Returns the import roots of a folder: the parents of the outermost packages that enclose it. */
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

/**
 * Checks that the script location exists.
 * @throws OptionRefused
 */
function checkExists(tree: FileTree, config: AlembicConfig, path: string): void {
  // os.access fails for an empty path. Since Alembic 1.16, the path goes through pathlib, which turns it into `.`.
  if (path !== '' && tree.kindOf(path) !== null) return
  const name = atLeast(config.version, '1.16.0') ? path : pythonRepr(posix.resolve(tree.cwd, path))
  const message = `Path doesn't exist: ${name}.  Please use the 'init' command to create a new scripts folder.`
  const file = config.overrides.scriptLocation === null ? (config.iniName ?? config.toml?.name ?? null) : null
  const key = file === null ? '--script-location' : 'script_location'
  throw new OptionRefused({ file, key }, new PythonRaise('CommandError', message))
}

/**
 * Returns a remark if env.py reads the whole ini section, as Alembic's templates do, and the section contains an
 * invalid `%`. Hides the value, which is often a password.
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
