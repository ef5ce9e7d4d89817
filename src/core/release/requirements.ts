/**
 * Parses the package requirements in the text of a requirements or lock file, and returns package names and specifiers.
 * Pure functions.
 */
import { compareReleases } from './version-specifier.ts'

/** A package that a file requires. */
export interface Requirement {
  /** Package name, normalized according to PEP 503: lower case, with a single `-` for each run of `-`, `_` and `.`. */
  readonly name: string
  /** Extras listed in square brackets after the package name. They are normalized like the package name. */
  readonly extras: readonly string[]
  /**
   * Version specifier without markers, such as `==1.4.54`, `>=2,<3` or `@ https://…`; empty if any version is allowed.
   */
  readonly specifier: string
}

/** A parsed requirements or constraints file. */
export interface RequirementsText {
  readonly requirements: readonly Requirement[]
  /**
   * Files that this file includes (`-r`) or uses as constraints (`-c`). Paths are as written, relative to this file's
   * folder.
   */
  readonly includes: readonly string[]
}

/** Parses a requirements or constraints file. Skips lines that don't name a package. */
export function readRequirementsText(text: string): RequirementsText {
  const requirements: Requirement[] = []
  const includes: string[] = []
  for (const line of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const stripped = line.replace(/(?:^|\s)#.*$/, '').trim()
    const include = /^(?:-[rc]\s*|--(?:requirement|constraint)(?:\s+|=))(?<file>\S.*)$/.exec(stripped)?.groups
    if (include?.['file'] !== undefined) includes.push(include['file'].trim())
    const requirement = readRequirement(stripped)
    if (requirement) requirements.push(requirement)
  }
  return { requirements, includes }
}

/** Parses a requirement such as `SQLAlchemy[asyncio]>=1.4,<2 ; python_version > "3.8"`. */
export function readRequirement(text: string): Requirement | null {
  const match = /^(?<name>[A-Za-z0-9][\w.-]*)\s*(?:\[(?<extras>[^\]]*)\])?\s*(?<rest>[^]*)$/.exec(text.trim())
  if (!match?.groups) return null
  const { name = '', extras = '', rest = '' } = match.groups
  return {
    name: normalized(name),
    extras: extras.split(',').map(normalized).filter(Boolean),
    specifier: rest.startsWith('@')
      ? rest
      : rest
          .replace(/(?:;|\s--).*$/s, '')
          .replace(/[()]/g, '')
          .trim(),
  }
}

/** Parses `poetry.lock`, `uv.lock`, `pdm.lock` or `pylock.toml`, which are generated lists of `[[package]]` tables. */
export function readPackageTables(text: string): readonly Requirement[] {
  const requirements: Requirement[] = []
  let name = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('[')) {
      name = ''
      continue
    }
    const pair = /^(?<key>name|version)\s*=\s*["'](?<value>[^"']*)["']/.exec(line)?.groups
    if (pair?.['key'] === 'name') name = normalized(pair['value'] ?? '')
    if (pair?.['key'] === 'version' && name !== '')
      requirements.push({ name, extras: [], specifier: `==${pair['value'] ?? ''}` })
  }
  return requirements
}

/** Parses the production packages in `Pipfile.lock`. Returns an empty list if the text isn't JSON. */
export function readPipfileLock(text: string): readonly Requirement[] {
  let lock: unknown
  try {
    lock = JSON.parse(text)
  } catch {
    return []
  }
  const packages = (lock as { default?: unknown } | null)?.default
  if (typeof packages !== 'object' || packages === null) return []
  return Object.entries(packages).flatMap(([name, entry]) => {
    const version: unknown = (entry as { version?: unknown } | null)?.version
    const specifier = typeof version === 'string' ? version : ''
    return [{ name: normalized(name), extras: [], specifier }]
  })
}

/**
 * Returns a pinned release as numbers, such as 1, 4 and 54 for `==1.4.54`; null if the specifier isn't an exact
 * version.
 */
export function exactRelease(specifier: string): readonly number[] | null {
  const match = /^={2,3}\s*(\d+(?:\.\d+)*)(?![\d.*])/.exec(specifier)
  return match?.[1]?.split('.').map(Number) ?? null
}

/**
 * Returns the lowest release that a specifier such as `>=2.0`, `~=1.4.1` or `^2.0` allows, as numbers; null if there is
 * no lower bound.
 */
export function lowestRelease(specifier: string): readonly number[] | null {
  const exact = exactRelease(specifier)
  if (exact) return exact
  const bounds = [...specifier.matchAll(/(?:>=|~=|\^|>)\s*(\d+(?:\.\d+)*)/g)].map((match) =>
    (match[1] ?? '').split('.').map(Number),
  )
  return bounds.reduce<readonly number[] | null>(
    (best, bound) => (best && compareReleases(best, bound) >= 0 ? best : bound),
    null,
  )
}

function normalized(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[-_.]+/g, '-')
}
