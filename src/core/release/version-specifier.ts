/** Version specifiers as pip (PEP 440) and Poetry write them. */
import { compare, maxSatisfying } from '@renovatebot/pep440'

/**
 * The newest of `releases` that every clause of a specifier allows (pip's `>=1.7,<1.9` and `~=1.13.1`, Poetry's `^1.13`
 * and `1.*`); null where none is allowed, or the specifier makes no sense.
 */
export function newestAllowed(releases: readonly string[], clauses: readonly string[]): string | null {
  return maxSatisfying([...releases], clauses.map(asPep440).join(','))
}

/** A clause in the notation of PEP 440. */
function asPep440(clause: string): string {
  const match = /^(?<operator>[\^~=]?)v?(?<release>\d+(?:\.\d+)*)(?<rest>\.\*)?$/.exec(clause)
  const { operator, release = '', rest = '' } = match?.groups ?? {}
  const numbers = release.split('.').map(Number)
  if (operator === '' || operator === '=') return `==${release}${rest}`
  // Poetry: `^1.13` keeps the first number that is not zero, `~1.13` the minor, `~1` the major.
  if (operator === '^') return range(numbers, Math.max(1, numbers.findIndex((number) => number > 0) + 1))
  if (operator === '~') return range(numbers, Math.min(2, numbers.length))
  return clause
}

/** From a release on, as long as its first `kept` numbers stay. */
function range(numbers: readonly number[], kept: number): string {
  return `>=${numbers.join('.')},==${numbers.slice(0, kept).join('.')}.*`
}

/** Negative when `a` is the older release; missing numbers count as 0. */
export function compareReleases(a: readonly number[], b: readonly number[]): number {
  return compare(a.join('.'), b.join('.'))
}
