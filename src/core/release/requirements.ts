/** Packages required by a requirements or lock file. Pure: text in, names and specifiers out. */
import { compareReleases } from './version-specifier.ts'

/** One required package. */
export interface Requirement {
  /** Normalized according to PEP 503: lower case, with `-` for runs of `-`, `_` and `.`. */
  readonly name: string
  /** Extras in square brackets after the name, also normalized. */
  readonly extras: readonly string[]
  /** `==1.4.54`, `>=2,<3`, `@ https://…`, without markers; empty if unconstrained. */
  readonly specifier: string
}

/** A requirements or constraints file. */
export interface RequirementsText {
  readonly requirements: readonly Requirement[]
  /** Files included with `-r` or used as constraints with `-c`, as written, relative to the file's own folder. */
  readonly includes: readonly string[]
}

/** Parses a requirements or constraints file; skips lines that don't name a package. */
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

/** Parses one requirement: `SQLAlchemy[asyncio]>=1.4,<2 ; python_version > "3.8"`. */
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

/** Parses `poetry.lock`, `uv.lock`, `pdm.lock` or `pylock.toml`: generated lists of `[[package]]` tables. */
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

/** Parses the production packages in `Pipfile.lock`; empty if the text isn't JSON. */
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

/** Returns the pinned release as numbers (`==1.4.54` → 1, 4, 54); null for a range or anything else. */
export function exactRelease(specifier: string): readonly number[] | null {
  const match = /^={2,3}\s*(\d+(?:\.\d+)*)(?![\d.*])/.exec(specifier)
  return match?.[1]?.split('.').map(Number) ?? null
}

/**
 * Returns the lowest allowed release (`>=2.0`, `~=1.4.1`, `^2.0`) as numbers; null if the specifier has no lower bound.
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
