/** Finds the Alembic version required by a requirements file, lock file or pyproject.toml. */
import { type Requirement, readPackageTables, readRequirement, readRequirementsText } from './requirements.ts'
import {
  type AlembicVersion,
  compareAlembicVersions,
  formatAlembicVersion,
  parseAlembicVersion,
} from '../history/alembic-version.ts'
import { newestAllowed } from './version-specifier.ts'

/** Last patch number of each minor release of Alembic 1.x, starting with 1.0. */
const lastPatches = [11, 0, 1, 3, 3, 8, 5, 7, 1, 4, 4, 3, 1, 3, 1, 2, 5, 2, 5, 1, 0]

/** All known Alembic releases since 1.0.0, oldest first. */
export const knownReleases: readonly AlembicVersion[] = lastPatches.flatMap((last, minor) =>
  Array.from({ length: last + 1 }, (_, patch) => ({ major: 1, minor, patch })),
)

/** A required Alembic version: the pinned one if `exact` is true, otherwise the newest one allowed. */
export interface Pin {
  readonly version: AlembicVersion
  readonly exact: boolean
}

/** A requirements file: its Alembic version, and the files it includes (`-r`, `-c`). */
export interface RequirementsFile {
  readonly pin: Pin | null
  /** Paths as written, relative to the file's folder. */
  readonly includes: readonly string[]
}

/** Parses a requirements or constraints file. */
export function parseRequirements(text: string): RequirementsFile {
  const { requirements, includes } = readRequirementsText(text)
  return { pin: newest(requirements.map(pinOfRequirement).filter((pin) => pin !== null)), includes }
}

/** Parses a requirement such as `alembic[tz]>=1.7,<1.9 ; python_version > "3.8"`. Null for other packages. */
export function parseRequirement(requirement: string): Pin | null {
  const read = readRequirement(requirement)
  return read && pinOfRequirement(read)
}

function pinOfRequirement({ name, specifier }: Requirement): Pin | null {
  if (!isAlembic(name)) return null
  if (!specifier.startsWith('@')) return pinOf(specifier)
  // Wheel and archive names contain the version, as do release tags.
  const version = /alembic-(\d[\w.]*?)(?:-py|\.tar|\.zip|$)|@rel_(\d+_\d+_\d+)/.exec(specifier)
  return exactly((version?.[1] ?? version?.[2] ?? '').replaceAll('_', '.'))
}

/** Parses `poetry.lock`, `uv.lock`, `pdm.lock` or `pylock.toml`. */
export function parsePackageTables(text: string): Pin | null {
  return newest(
    readPackageTables(text)
      .map(pinOfRequirement)
      .filter((pin) => pin !== null),
  )
}

/** Parses `Pipfile.lock`. Null if the text isn't JSON. */
export function parsePipfileLock(text: string): Pin | null {
  let lock: unknown
  try {
    lock = JSON.parse(text)
  } catch {
    return null
  }
  for (const section of ['default', 'develop']) {
    const packages = member(lock, section)
    const version = member(member(packages, 'alembic'), 'version')
    const pin = typeof version === 'string' ? pinOf(version) : null
    if (pin) return pin
  }
  return null
}

/** Finds Alembic's version in pyproject.toml (PEP 621, dependency groups or Poetry). */
export function pinInPyproject(document: unknown): Pin | null {
  const project = member(document, 'project')
  const poetry = member(member(document, 'tool'), 'poetry')
  const lists = [
    member(project, 'dependencies'),
    ...members(member(project, 'optional-dependencies')),
    ...members(member(document, 'dependency-groups')),
  ]
  const tables = [
    member(poetry, 'dependencies'),
    member(poetry, 'dev-dependencies'),
    ...members(member(poetry, 'group')).map((group) => member(group, 'dependencies')),
  ]
  for (const list of lists) {
    if (!Array.isArray(list)) continue
    const pins = list.map((item) => (typeof item === 'string' ? parseRequirement(item) : null))
    const pin = newest(pins.filter((found) => found !== null))
    if (pin) return pin
  }
  for (const table of tables) {
    for (const [name, value] of entries(table)) {
      const specifier = typeof value === 'string' ? value : member(value, 'version')
      if (isAlembic(String(name)) && typeof specifier === 'string') {
        const pin = pinOf(specifier)
        if (pin) return pin
      }
    }
  }
  return null
}

/**
 * Returns the pinned release, or the newest release that a specifier allows (`>=1.7,<1.9`, `~=1.13.1`, `^1.13`). Null
 * if it allows every release or none.
 */
function pinOf(specifier: string): Pin | null {
  const alternatives = specifier.split('||').map((part) => part.trim())
  if (alternatives.length > 1) {
    return newest(alternatives.map(pinOf).filter((pin) => pin !== null))
  }
  const clauses = specifier
    .replace(/(?<=[=<>~^!])\s+/g, '')
    .split(/[\s,]+/)
    .filter((clause) => clause !== '' && clause !== '*')
  if (clauses.length === 0) return null
  const named = /^(?:={2,3})?(\d[^*\s]*)$/.exec(clauses.length === 1 ? (clauses[0] ?? '') : '')
  if (named?.[1] !== undefined) return exactly(named[1])
  const allowed = newestAllowed(knownReleases.map(formatAlembicVersion), clauses)
  const version = allowed === null ? null : parseAlembicVersion(allowed)
  return version && { version, exact: false }
}

function exactly(text: string): Pin | null {
  const version = parseAlembicVersion(text)
  return version ? { version, exact: true } : null
}

/** Package names are case-insensitive (PEP 503). */
function isAlembic(name: string): boolean {
  return name.toLowerCase() === 'alembic'
}

/** Returns the newest pin. With environment markers, a file may pin several versions. */
function newest(pins: readonly Pin[]): Pin | null {
  return pins.reduce<Pin | null>(
    (best, pin) => (best && compareAlembicVersions(best.version, pin.version) >= 0 ? best : pin),
    null,
  )
}

function entries(value: unknown): readonly (readonly [unknown, unknown])[] {
  if (value instanceof Map) return [...value]
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

function members(value: unknown): readonly unknown[] {
  return entries(value).map(([, inner]) => inner)
}

function member(value: unknown, key: string): unknown {
  return entries(value).find(([name]) => name === key)?.[1]
}
