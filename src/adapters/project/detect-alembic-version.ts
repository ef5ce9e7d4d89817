/** Finds files that pin Alembic's version. */
import { posix } from 'node:path'
import { newestKnownVersion, parseAlembicVersion } from '../../core/history/alembic-version.ts'
import {
  parsePackageTables,
  parsePipfileLock,
  parseRequirements,
  pinInPyproject,
  type Pin,
} from '../../core/release/alembic-pin.ts'
import { sqlalchemyMajorIn, sqlalchemyMajorInProject } from '../../core/release/sqlalchemy-pin.ts'
import type { AssumedAlembic } from '../../core/history/repository.ts'
import { GuardError } from '../../errors.ts'
import { parseToml } from '../../python/config/toml.ts'
import { PythonRaise } from '../../python/source/python-error.ts'
import type { FileTree } from '../files/file-tree.ts'
import { joinPath, shownPath } from '../files/tree-path.ts'

/** Maximum number of requirements files to read. Guards against files that include each other in a cycle. */
const maxRequirementsFiles = 50

/** Matches requirements files for development and tests, which are read last. */
const forDevelopment = /dev|test|lint|doc|local|ci\b|example/i

/**
 * Returns the Alembic version to assume: `--alembic-version`, an exact pin, the newest release in a pinned range, or
 * the newest known release.
 * @throws GuardError (usage) if the option is invalid.
 */
export async function readAssumedAlembic(
  tree: FileTree,
  folders: readonly string[],
  option: string | null,
): Promise<AssumedAlembic> {
  if (option !== null) {
    const version = parseAlembicVersion(option)
    if (version) return { version, source: '--alembic-version' }
    throw new GuardError(
      'usage',
      `'${option}' (--alembic-version) isn't an Alembic version`,
      'use a version such as 1.13.3',
    )
  }
  let range: AssumedAlembic | null = null
  for (const { path, read } of pinFiles(tree, folders)) {
    const pin = await read()
    if (!pin) continue
    const assumed = { version: pin.version, source: shownPath(tree.cwd, path) }
    if (pin.exact) return assumed
    range ??= assumed
  }
  return range ?? { version: newestKnownVersion, source: null }
}

/**
 * Returns the pinned major version of SQLAlchemy; null if it can't be determined. Reads pyproject.toml only if no
 * other file mentions SQLAlchemy.
 */
export function sqlalchemyMajor(tree: FileTree, folders: readonly string[]): 1 | 2 | null {
  const answers = new Set<1 | 2 | null>()
  for (const { path } of pinFiles(tree, folders)) {
    const text =
      /\.(?:txt|lock|toml)$/.test(path) && !/(?:Pipfile\.lock|pyproject\.toml)$/.test(path)
        ? textOf(tree, path)
        : null
    const major = text === null ? undefined : sqlalchemyMajorIn(text, !path.endsWith('.txt'))
    if (major !== undefined) answers.add(major)
  }
  for (const folder of answers.size === 0 ? folders : []) {
    const text = textOf(tree, joinPath(folder, 'pyproject.toml'))
    const major = text === null ? undefined : sqlalchemyMajorInProject(text)
    if (major !== undefined) answers.add(major)
  }
  const [major = null] = answers
  return answers.size === 1 ? major : null
}

interface PinFile {
  readonly path: string
  readonly read: () => Pin | null | Promise<Pin | null>
}

/** Yields all files that could pin Alembic's version, most reliable first. */
function* pinFiles(tree: FileTree, folders: readonly string[]): Generator<PinFile> {
  const locks = ['poetry.lock', 'uv.lock', 'pdm.lock', 'pylock.toml']
  for (const folder of new Set(folders)) {
    const at = (name: string): string => joinPath(folder, name)
    const requirements = (name: string): PinFile => ({
      path: at(name),
      read: () => pinInRequirements(tree, at(name), new Set()),
    })
    const others = requirementsFiles(tree, folder)
    yield requirements('requirements.txt')
    yield* others.filter((name) => !forDevelopment.test(name)).map(requirements)
    yield requirements('constraints.txt')
    for (const name of locks) yield { path: at(name), read: () => pinIn(tree, at(name), parsePackageTables) }
    yield { path: at('Pipfile.lock'), read: () => pinIn(tree, at('Pipfile.lock'), parsePipfileLock) }
    yield* others.filter((name) => forDevelopment.test(name)).map(requirements)
    yield { path: at('pyproject.toml'), read: () => pinInProject(tree, at('pyproject.toml')) }
  }
}

/** Returns files such as `requirements-prod.txt` and `requirements/base.txt`, sorted by name. */
function requirementsFiles(tree: FileTree, folder: string): readonly string[] {
  const names = (path: string): readonly string[] =>
    (tree.readDirectory(path) ?? []).filter((entry) => entry.kind === 'file').map((entry) => entry.name)
  return [
    ...names(folder).filter((name) => /^requirements.+\.txt$/.test(name)),
    ...names(joinPath(folder, 'requirements'))
      .filter((name) => name.endsWith('.txt'))
      .map((name) => `requirements/${name}`),
  ].sort()
}

function pinInRequirements(tree: FileTree, path: string, visited: Set<string>): Pin | null {
  if (visited.has(path) || visited.size >= maxRequirementsFiles) return null
  visited.add(path)
  const text = textOf(tree, path)
  if (text === null) return null
  const { pin, includes } = parseRequirements(text)
  if (pin?.exact) return pin
  // An included constraints file may contain the exact version.
  const included = includes
    .filter((include) => !include.includes('://'))
    .map((include) =>
      pinInRequirements(tree, posix.normalize(joinPath(posix.dirname(path), include)), visited),
    )
    .filter((found) => found !== null)
  return included.find((found) => found.exact) ?? pin ?? included[0] ?? null
}

function pinIn(tree: FileTree, path: string, parse: (text: string) => Pin | null): Pin | null {
  const text = textOf(tree, path)
  return text?.includes('alembic') ? parse(text) : null
}

async function pinInProject(tree: FileTree, path: string): Promise<Pin | null> {
  const text = textOf(tree, path)
  if (!text?.toLowerCase().includes('alembic')) return null
  try {
    return pinInPyproject(await parseToml(text))
  } catch (error) {
    // If this error makes Alembic fail, the code that reads `[tool.alembic]` reports it.
    if (error instanceof PythonRaise) return null
    throw error
  }
}

function textOf(tree: FileTree, path: string): string | null {
  const bytes = tree.readFile(path)
  return bytes ? new TextDecoder().decode(bytes) : null
}
