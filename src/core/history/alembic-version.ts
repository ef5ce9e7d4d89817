/**
 * Defines which Alembic version is assumed by default, and compares versions. Other modules determine which version a
 * project pins.
 */

/** A release of Alembic, such as `{ major: 1, minor: 16, patch: 5 }`. */
export interface AlembicVersion {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

/** Newest Alembic release that this code was tested against. Assumed if a project doesn't pin a version. */
export const newestKnownVersion: AlembicVersion = { major: 1, minor: 20, patch: 0 }

/** Oldest Alembic release that traverses the revision graph the way this code does (1.6.3). */
export const oldestPredictableVersion: AlembicVersion = { major: 1, minor: 6, patch: 3 }

/** Parses version numbers such as `1.13`, `1.13.3`, `v1.13.3` and `1.13.3.post1`. Returns null for anything else. */
export function parseAlembicVersion(text: string): AlembicVersion | null {
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?![\d])/.exec(text.trim())
  if (!match) return null
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0) }
}

/** `1.13.3` */
export function formatAlembicVersion(version: AlembicVersion): string {
  return `${version.major}.${version.minor}.${version.patch}`
}

/**
 * Compares two versions. Returns a negative number if `a` is older than `b`, a positive number if `a` is newer, and 0
 * if they are equal.
 */
export function compareAlembicVersions(a: AlembicVersion, b: AlembicVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch
}

/** Returns whether `version` is at least the release that `text` specifies (such as `1.16.0`). */
export function atLeast(version: AlembicVersion, text: string): boolean {
  const wanted = releases.get(text) ?? parseAlembicVersion(text)
  if (!wanted) throw new TypeError(`not an Alembic version: ${text}`)
  releases.set(text, wanted)
  return compareAlembicVersions(version, wanted) >= 0
}

/** Caches the releases that `atLeast` has parsed, because `atLeast` is called several times for each file. */
const releases = new Map<string, AlembicVersion>()
