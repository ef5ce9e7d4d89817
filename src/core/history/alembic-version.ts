/** Which Alembic is assumed, and comparing versions. Knows nothing about where a version is pinned. */

/** A release of Alembic, e.g. `{ major: 1, minor: 16, patch: 5 }`. */
export interface AlembicVersion {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

/** The newest release whose behaviour was compared with this code; assumed where a project pins nothing. */
export const newestKnownVersion: AlembicVersion = { major: 1, minor: 20, patch: 0 }

/** The oldest release whose graph traversal is the one described here (alembic 1.6.3). */
export const oldestPredictableVersion: AlembicVersion = { major: 1, minor: 6, patch: 3 }

/** Reads `1.13`, `1.13.3`, `v1.13.3`, `1.13.3.post1`; null for anything else. */
export function parseAlembicVersion(text: string): AlembicVersion | null {
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?![\d])/.exec(text.trim())
  if (!match) return null
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0) }
}

/** `1.13.3` */
export function formatAlembicVersion(version: AlembicVersion): string {
  return `${version.major}.${version.minor}.${version.patch}`
}

/** Negative when `a` is older than `b`, 0 when equal, positive when newer. */
export function compareAlembicVersions(a: AlembicVersion, b: AlembicVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch
}

/** Is `version` the release written as `text` (`1.16.0`) or a newer one? */
export function atLeast(version: AlembicVersion, text: string): boolean {
  const wanted = parseAlembicVersion(text)
  if (!wanted) throw new TypeError(`not an Alembic version: ${text}`)
  return compareAlembicVersions(version, wanted) >= 0
}
