/**
 * Which Alembic a requirements file, a lock file or a pyproject.toml asks for. Pure: texts and data in, versions
 * out; which files there are, and which of them counts, is decided elsewhere.
 */
import { type Requirement, readPackageTables, readRequirement, readRequirementsText } from './requirements.ts'
import {
  type AlembicVersion,
  compareAlembicVersions,
  formatAlembicVersion,
  parseAlembicVersion,
} from '../history/alembic-version.ts'
import { newestAllowed } from './version-specifier.ts'

/** Alembic's releases since 1.0: how many patch releases each minor release had after its `.0`. */
const lastPatches = [11, 0, 1, 3, 3, 8, 5, 7, 1, 4, 4, 3, 1, 3, 1, 2, 5, 2, 5, 1, 0]

/** Every release of Alembic from 1.0.0 to the newest known one, oldest first. */
export const knownReleases: readonly AlembicVersion[] = lastPatches.flatMap((last, minor) =>
  Array.from({ length: last + 1 }, (_, patch) => ({ major: 1, minor, patch })),
)

/** What one file says about Alembic: `exact` when it names one release, otherwise the newest that it allows. */
export interface Pin {
  readonly version: AlembicVersion
  readonly exact: boolean
}

/** A requirements file: what it asks of Alembic and the files that it includes (`-r`) or obeys (`-c`). */
export interface RequirementsFile {
  readonly pin: Pin | null
  /** As written, relative to the file's own folder. */
  readonly includes: readonly string[]
}

/** Reads the text of a requirements or constraints file. */
export function parseRequirements(text: string): RequirementsFile {
  const { requirements, includes } = readRequirementsText(text)
  return { pin: newest(requirements.map(pinOfRequirement).filter((pin) => pin !== null)), includes }
}

/**
 * Does every requirement of SQLAlchemy in the text of a requirements or lock file ask for 2.0 or newer? Null: it has none.
 */
export function asksForSqlalchemy2(text: string, isLock: boolean): boolean | null {
  const all = isLock ? readPackageTables(text) : readRequirementsText(text).requirements
  const own = all.filter(({ name }) => name.toLowerCase() === 'sqlalchemy')
  return own.length === 0
    ? null
    : own.every(({ specifier }) => /(?:^|[\s,])(?:={2,3}|~=|>=)?\s*2\.\d/.test(specifier))
}

/** Reads one requirement (`alembic[tz]>=1.7,<1.9 ; python_version > "3.8"`); null when it is about something else. */
export function parseRequirement(requirement: string): Pin | null {
  const read = readRequirement(requirement)
  return read && pinOfRequirement(read)
}

function pinOfRequirement({ name, specifier }: Requirement): Pin | null {
  if (!isAlembic(name)) return null
  if (!specifier.startsWith('@')) return pinOf(specifier)
  // A wheel or an archive names its release, and so does Alembic's own tag.
  const version = /alembic-(\d[\w.]*?)(?:-py|\.tar|\.zip|$)|@rel_(\d+_\d+_\d+)/.exec(specifier)
  return exactly((version?.[1] ?? version?.[2] ?? '').replaceAll('_', '.'))
}

/** Reads `poetry.lock`, `uv.lock`, `pdm.lock` or `pylock.toml`. */
export function parsePackageTables(text: string): Pin | null {
  return newest(
    readPackageTables(text)
      .map(pinOfRequirement)
      .filter((pin) => pin !== null),
  )
}

/** Reads `Pipfile.lock`; null also for a text that is not JSON. */
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

/** Reads the dependencies of a pyproject.toml that is already data: PEP 621, dependency groups, Poetry. */
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
 * The release that a specifier asks for: the one it names, or the newest known one that it allows (pip's `>=1.7,<1.9`
 * and `~=1.13.1`, Poetry's `^1.13` and `1.*`). Null when it says nothing (empty, `*`), allows none, or makes no sense.
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

/** PEP 503: case and runs of `-`, `_`, `.` do not matter. */
function isAlembic(name: string): boolean {
  return name.toLowerCase() === 'alembic'
}

/** Requirements with different markers stand side by side; the newest is what a current Python gets. */
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
