/** Compares and parses Alembic versions, and defines the default version. */

/** A release of Alembic, such as `{ major: 1, minor: 16, patch: 5 }`. */
export interface AlembicVersion {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

/**
 * Newest Alembic release that this code has been tested against. Used as the default for projects that don't pin a
 * version.
 */
export const newestKnownVersion: AlembicVersion = { major: 1, minor: 20, patch: 0 }

/** Oldest Alembic release that traverses the revision graph the way this code does. */
export const oldestPredictableVersion: AlembicVersion = { major: 1, minor: 6, patch: 3 }

/** Parses version numbers such as `1.13`, `v1.13.3` and `1.13.3.post1`. Returns null for anything else. */
export function parseAlembicVersion(text: string): AlembicVersion | null {
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?![\d])/.exec(text.trim())
  if (!match) return null
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0) }
}

/** Formats a version, for example as `1.13.3`. */
export function formatAlembicVersion(version: AlembicVersion): string {
  return `${version.major}.${version.minor}.${version.patch}`
}

/** Compares two versions; negative if `a` is older than `b`. */
export function compareAlembicVersions(a: AlembicVersion, b: AlembicVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch
}

/** Whether `version` is at least `text`, such as `1.16.0`. */
export function atLeast(version: AlembicVersion, text: string): boolean {
  const wanted = releases.get(text) ?? parseAlembicVersion(text)
  if (!wanted) throw new TypeError(`not an Alembic version: ${text}`)
  releases.set(text, wanted)
  return compareAlembicVersions(version, wanted) >= 0
}

/** Cache of the releases parsed by `atLeast`, which is called several times per file. */
const releases = new Map<string, AlembicVersion>()
