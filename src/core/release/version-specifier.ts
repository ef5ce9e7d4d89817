/** Evaluates pip (PEP 440) and Poetry version specifiers. */
import { compare, maxSatisfying } from '@renovatebot/pep440'

/**
 * Returns the newest of `releases` that satisfies every clause of a specifier (pip's `>=1.7,<1.9` and `~=1.13.1`,
 * Poetry's `^1.13` and `1.*`). Returns null if there is none or the specifier is invalid.
 */
export function newestAllowed(releases: readonly string[], clauses: readonly string[]): string | null {
  return maxSatisfying([...releases], clauses.map(asPep440).join(','))
}

/** Converts one clause of a specifier to PEP 440. */
function asPep440(clause: string): string {
  const match = /^(?<operator>[\^~=]?)v?(?<release>\d+(?:\.\d+)*)(?<rest>\.\*)?$/.exec(clause)
  const { operator, release = '', rest = '' } = match?.groups ?? {}
  const numbers = release.split('.').map(Number)
  if (operator === '' || operator === '=') return `==${release}${rest}`
  // In Poetry, `^` fixes all numbers up to and including the first nonzero one. `~1.13` fixes the major and minor
  // version, and `~1` only the major version.
  if (operator === '^') return range(numbers, Math.max(1, numbers.findIndex((number) => number > 0) + 1))
  if (operator === '~') return range(numbers, Math.min(2, numbers.length))
  return clause
}

/** Returns a specifier for release `numbers` or later that fixes the first `kept` numbers, such as `>=1.13.2,==1.*`. */
function range(numbers: readonly number[], kept: number): string {
  return `>=${numbers.join('.')},==${numbers.slice(0, kept).join('.')}.*`
}

/** Compares two releases. Negative if `a` is older; missing numbers count as 0. */
export function compareReleases(a: readonly number[], b: readonly number[]): number {
  return compare(a.join('.'), b.join('.'))
}
