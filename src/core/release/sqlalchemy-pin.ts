/** Determines the SQLAlchemy major version that a project requires. */
import { readPackageTables, readRequirement, readRequirementsText } from './requirements.ts'
import { newestAllowed } from './version-specifier.ts'

/** Releases to test specifiers against, chosen at common bounds such as 1.4.0 for `>=1.4`. */
const releases = { 1: ['1.3.24', '1.4.0', '1.4.54'], 2: ['2.0.0', '2.0.54', '2.1.0', '2.1.1'] } as const

/** The only major version that a specifier such as `>=1.4,<2` allows; null unless there's exactly one. */
export function sqlalchemyMajorOf(specifier: string): 1 | 2 | null {
  if (specifier === '') return null
  const clauses = specifier.split(',').map((clause) => clause.trim())
  const allows = (major: 1 | 2): boolean => newestAllowed(releases[major], clauses) !== null
  if (allows(1) !== allows(2)) return allows(1) ? 1 : 2
  const exact = /^={2,3}\s*(?<major>[12])\./.exec(specifier)?.groups?.['major']
  return exact === undefined || allows(1) ? null : exact === '1' ? 1 : 2
}

/**
 * Returns the only SQLAlchemy major version that a requirements or lock file allows. Null if there's no single one;
 * undefined if SQLAlchemy isn't listed.
 */
export function sqlalchemyMajorIn(text: string, isLock: boolean): 1 | 2 | null | undefined {
  const all = isLock ? readPackageTables(text) : readRequirementsText(text).requirements
  const own = all.filter(({ name }) => name === 'sqlalchemy')
  return agreed(own.map(({ specifier }) => sqlalchemyMajorOf(specifier)))
}

function agreed(all: readonly (1 | 2 | null)[]): 1 | 2 | null | undefined {
  const majors = new Set(all)
  const [major] = majors
  return majors.size > 1 ? null : major
}

/**
 * Poetry's `sqlalchemy = "^1.4"` or `sqlalchemy = { version = "^1.4", … }`. For other values, no version is captured.
 */
const poetryEntry =
  /^\s*(["']?)sqlalchemy\1\s*=\s*(?:["'](?<plain>[^"'\n]*)["']|\{[^}\n]*\bversion\s*=\s*["'](?<version>[^"'\n]*)["'])?/gim
/** A quoted requirement in `[project]`, such as `"SQLAlchemy>=1.4,<2"`. */
const listEntry = /(["'])(?<requirement>sqlalchemy\s*(?:[[<>=!~;@(](?:(?!\1).)*)?)\1(?!\s*=)/gi

/** Like {@link sqlalchemyMajorIn}, but for a pyproject.toml. All dependency groups count. */
export function sqlalchemyMajorInProject(text: string): 1 | 2 | null | undefined {
  const uncommented = text.replace(/^\s*#.*$|\s#[^"'\n]*$/gm, '')
  const poetry = [...uncommented.matchAll(poetryEntry)].map(({ groups }) => {
    const specifier = groups?.['plain'] ?? groups?.['version'] ?? ''
    return sqlalchemyMajorOf(/^\d[\d.]*$/.test(specifier) ? `==${specifier}` : specifier)
  })
  const listed = [...uncommented.matchAll(listEntry)].map(({ groups }) =>
    sqlalchemyMajorOf(readRequirement(groups?.['requirement'] ?? '')?.specifier ?? ''),
  )
  return agreed([...poetry, ...listed])
}
