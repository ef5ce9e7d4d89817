/**
 * Reads the release's configuration: Procfile, heroku.yml, app.json, requirements, and the URLs in env.py and the ini
 * file. Unreadable or invalid files count as empty, so that they never block a release.
 */
import { posix } from 'node:path'
import { parseHerokuYml, parseProcfile } from '../../core/release/procfile.ts'
import type {
  AppManifest,
  GuardDependency,
  IniUrl,
  ReleaseEntry,
  ReleaseFacts,
} from '../../core/release/release-facts.ts'
import {
  type Requirement,
  readPackageTables,
  readPipfileLock,
  readRequirementsText,
} from '../../core/release/requirements.ts'
import type { Repository } from '../../core/history/repository.ts'
import { parseShell } from '../../core/release/parse-shell.ts'
import { parseIni, readOption } from '../../python/config/configparser.ts'
import { readEnvUrl } from '../../python/env/env-url.ts'
import { PythonRaise } from '../../python/source/python-error.ts'
import { FileUnreadable, type FileTree } from '../files/file-tree.ts'
import { joinPath } from '../files/tree-path.ts'
import { databasesDiffer } from './compare-databases.ts'

/** A release's database URL and the variable that contains it. */
export interface ReleaseUrl {
  readonly value: string
  readonly variable: string | null
}

/** Maximum number of requirements files to read. Guards against files that include each other in a cycle. */
const maxRequirementsFiles = 50

/** Reads all release files. Ignores unreadable files. */
export function readReleaseFacts(
  tree: FileTree,
  repository: Repository,
  url: ReleaseUrl | null,
): ReleaseFacts {
  const { running, replaced } = readEntries(tree)
  const { config, section, env } = repository
  const iniPath = config?.endsWith('.toml') === true ? null : config
  const scheme = url && /^([A-Za-z][\w+.-]*):\/\//.exec(url.value)?.[1]
  return {
    entries: running,
    replaced,
    app: readApp(tree),
    guard: readGuardDependency(tree),
    envUrl: env.path === null ? { kind: 'unknown' } : readEnvUrl(bytesOf(tree, env.path), env.path),
    envPath: env.path,
    iniUrl: iniPath === null ? 'none' : readIniUrl(tree, iniPath, section),
    iniDiffers:
      url !== null && iniPath !== null
        ? databasesDiffer(tree, readIniUrlText(tree, iniPath, section)?.value ?? null, url.value)
        : null,
    iniPath,
    requirements: readInstalled(tree),
    url: url && scheme ? { scheme: scheme.toLowerCase(), variable: url.variable } : null,
  }
}

/**
 * Returns the repository's root, where platforms look for their files. If there is no repository, returns the working
 * directory.
 */
export function topFolder(tree: FileTree): string {
  try {
    for (let folder = tree.cwd; ; folder = posix.dirname(folder)) {
      if (tree.kindOf(posix.join(folder, '.git')) !== null) return folder
      if (folder === posix.dirname(folder)) return tree.cwd
    }
  } catch (error) {
    // A parent folder is unreadable.
    if (error instanceof FileUnreadable) return tree.cwd
    throw error
  }
}

/**
 * Reads the release commands from Procfile and heroku.yml. `replaced` contains the commands overridden by a later
 * `release` line.
 */
export function readEntries(tree: FileTree): {
  readonly running: readonly ReleaseEntry[]
  readonly replaced: readonly ReleaseEntry[]
} {
  const top = topFolder(tree)
  const lines = parseProcfile(textOf(tree, joinPath(top, 'Procfile')) ?? '')
    .filter(({ type }) => type.toLowerCase() === 'release')
    .map(({ command, line, column }) => ({
      text: command,
      shell: parseShell(command),
      span: { path: 'Procfile', line, column },
    }))
  const yml = parseHerokuYml(textOf(tree, joinPath(top, 'heroku.yml')) ?? '')
  const fromYml: ReleaseEntry[] = yml
    ? [
        {
          text: yml.commands.join(' '),
          shell: yml.commands.length === 1 ? parseShell(yml.commands[0] ?? '') : { kind: 'unknown' },
          span: { path: 'heroku.yml', line: yml.line, column: yml.column },
        },
      ]
    : []
  return { running: [...lines.slice(-1), ...fromYml], replaced: lines.slice(0, -1) }
}

function readApp(tree: FileTree): AppManifest | null {
  const text = textOf(tree, joinPath(topFolder(tree), 'app.json'))
  if (text === null) return null
  const document = parseObject(text)
  if (document === null) return null
  const { buildpacks, addons } = document
  const names = (list: unknown, key: 'url' | 'plan'): readonly string[] =>
    Array.isArray(list)
      ? list.flatMap((item: unknown) => {
          const name = typeof item === 'string' ? item : (item as Record<string, unknown> | null)?.[key]
          return typeof name === 'string' ? [name] : []
        })
      : []
  return { path: 'app.json', buildpacks: names(buildpacks, 'url'), addons: names(addons, 'plan') }
}

function readIniUrl(tree: FileTree, path: string, section: string): IniUrl {
  return readIniConnection(tree, path, section).iniUrl
}

/** Returns the kind and scheme of the URL in an ini file. */
export function readIniConnection(
  tree: FileTree,
  path: string,
  section: string,
): { readonly iniUrl: IniUrl; readonly scheme: string | null } {
  const text = textOf(tree, path)
  if (text === null) return { iniUrl: 'none', scheme: null }
  try {
    const here = posix.dirname(joinPath(tree.cwd, path))
    const url = readOption(parseIni(text, { here, source: path }), section, 'sqlalchemy.url')?.trim() ?? ''
    if (url === '') return { iniUrl: 'none', scheme: null }
    const placeholder = url === 'driver://user:pass@localhost/dbname'
    const scheme = /^([A-Za-z][\w+.-]*):\/\//.exec(url)?.[1]?.toLowerCase() ?? null
    return { iniUrl: placeholder ? 'placeholder' : 'other', scheme }
  } catch (error) {
    if (error instanceof PythonRaise) return { iniUrl: 'other', scheme: null }
    throw error
  }
}

/**
 * Returns `sqlalchemy.url` from an ini file, which may contain a password. Null if there is none, or only the
 * placeholder that `alembic init` writes. `isWhole` is true if the value is on one line.
 */
export function readIniUrlText(
  tree: FileTree,
  path: string,
  section: string,
): { readonly value: string; readonly isWhole: boolean } | null {
  const text = textOf(tree, path)
  if (text === null || readIniConnection(tree, path, section).iniUrl !== 'other') return null
  try {
    const here = posix.dirname(joinPath(tree.cwd, path))
    const value = readOption(parseIni(text, { here, source: path }), section, 'sqlalchemy.url')?.trim()
    if (!value) return null
    const lines = [...text.matchAll(/^sqlalchemy\.url *= *(.*)$/gm)].map(([, line = '']) => line)
    return { value, isWhole: lines.length === 1 && lines[0] === value }
  } catch (error) {
    if (error instanceof PythonRaise) return null
    throw error
  }
}

/** Returns the requirements in the first file that lists SQLAlchemy; null if no file does. */
export function readInstalled(tree: FileTree): ReleaseFacts['requirements'] {
  for (const installed of readPythonPackages(tree)) {
    if (installed.list.some(({ name }) => name === 'sqlalchemy')) return installed
  }
  return null
}

/** Yields the requirements in each requirements or lock file. `folder` is relative to the project's folder. */
function* readPythonPackages(
  tree: FileTree,
  folder = '',
): Generator<NonNullable<ReleaseFacts['requirements']>> {
  const files: readonly (readonly [string, (text: string) => readonly Requirement[]])[] = [
    ['requirements.txt', () => readRequirementsFile(tree, posix.join(folder, 'requirements.txt'), new Set())],
    ['poetry.lock', readPackageTables],
    ['uv.lock', readPackageTables],
    ['pdm.lock', readPackageTables],
    ['Pipfile.lock', readPipfileLock],
  ]
  for (const [name, parse] of files) {
    const path = posix.join(folder, name)
    const text = textOf(tree, path)
    if (text !== null) yield { path, list: parse(text) }
  }
}

const guardName = 'alembic-guard'

const developmentFiles = [
  'requirements-dev.txt',
  'dev-requirements.txt',
  'requirements_dev.txt',
  'requirements/dev.txt',
]

function readGuardDependency(tree: FileTree): GuardDependency {
  const names = (list: readonly Requirement[]): boolean => list.some(({ name }) => name === guardName)
  const top = topFolder(tree)
  // Heroku installs packages from the repository's root; other platforms use the project's folder.
  const folders = top === tree.cwd ? [''] : ['', posix.relative(tree.cwd, top)]
  for (const folder of folders) {
    for (const { path, list } of readPythonPackages(tree, folder)) {
      if (names(list)) return { kind: 'pip', path }
    }
  }
  const npm = readNpmDependency(tree)
  if (npm?.kind === 'npm') return npm
  const path = folders
    .flatMap((folder) => developmentFiles.map((file) => posix.join(folder, file)))
    .find((file) => names(readRequirementsFile(tree, file, new Set())))
  if (path !== undefined) return { kind: 'development', by: 'pip', path }
  if (npm !== null) return npm
  const isMentioned = folders.some((folder) =>
    ['pyproject.toml', 'Pipfile', 'setup.py', 'setup.cfg', 'environment.yml'].some((file) =>
      textOf(tree, posix.join(folder, file))?.includes(guardName),
    ),
  )
  const hasPackageJson = textOf(tree, joinPath(top, 'package.json')) !== null
  return isMentioned ? null : { kind: 'unnamed', hasPackageJson }
}

function readNpmDependency(tree: FileTree): GuardDependency {
  const path = 'package.json'
  const text = textOf(tree, joinPath(topFolder(tree), path))
  const document = text === null ? null : parseObject(text)
  const has = (key: string): boolean => {
    const group = document?.[key]
    return typeof group === 'object' && group !== null && guardName in group
  }
  if (has('dependencies') || has('optionalDependencies')) return { kind: 'npm', path }
  return has('devDependencies') ? { kind: 'development', by: 'npm', path } : null
}

/** Parses a JSON object; null if it's invalid. */
function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const document: unknown = JSON.parse(text)
    return typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function readRequirementsFile(tree: FileTree, path: string, visited: Set<string>): readonly Requirement[] {
  if (visited.has(path) || visited.size >= maxRequirementsFiles) return []
  visited.add(path)
  const { requirements, includes } = readRequirementsText(textOf(tree, path) ?? '')
  const included = includes
    .filter((include) => !include.includes('://'))
    .flatMap((include) =>
      readRequirementsFile(tree, posix.normalize(joinPath(posix.dirname(path), include)), visited),
    )
  return [...requirements, ...included]
}

function textOf(tree: FileTree, path: string): string | null {
  const bytes = bytesOf(tree, path)
  return bytes && new TextDecoder().decode(bytes)
}

function bytesOf(tree: FileTree, path: string): Uint8Array | null {
  try {
    return tree.readFile(path)
  } catch (error) {
    if (error instanceof FileUnreadable) return null
    throw error
  }
}
