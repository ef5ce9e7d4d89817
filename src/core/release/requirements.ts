/** Parses package requirements in requirements and lock files. */
import { compareReleases } from './version-specifier.ts'

/** A required package. */
export interface Requirement {
  /** Normalized name (PEP 503): lower case, with `-` for each run of `-`, `_` and `.`. */
  readonly name: string
  /** Extras in square brackets, normalized like the name. */
  readonly extras: readonly string[]
  /** Version specifier without markers, such as `>=2,<3` or `@ https://…`; empty for any version. */
  readonly specifier: string
}

/** A parsed requirements or constraints file. */
export interface RequirementsText {
  readonly requirements: readonly Requirement[]
  /** Files included with `-r` or `-c`, as written, relative to this file's folder. */
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

/** Parses the `[[package]]` tables in `poetry.lock`, `uv.lock`, `pdm.lock` or `pylock.toml`. */
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

/** A pinned release as numbers: 1, 4, 54 for `==1.4.54`. */
export function exactRelease(specifier: string): readonly number[] | null {
  const match = /^={2,3}\s*(\d+(?:\.\d+)*)(?![\d.*])/.exec(specifier)
  return match?.[1]?.split('.').map(Number) ?? null
}

/** The lowest release that a specifier such as `>=2.0` allows, if any. */
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
