/** Evaluates pip (PEP 440) and Poetry version specifiers. */
import { compare, maxSatisfying } from '@renovatebot/pep440'

/** Returns the newest release that satisfies every clause, such as `>=1.7`, `~=1.13.1` or `^1.13`. */
export function newestAllowed(releases: readonly string[], clauses: readonly string[]): string | null {
  return maxSatisfying([...releases], clauses.map(asPep440).join(','))
}

function asPep440(clause: string): string {
  const match = /^(?<operator>[\^~=]?)v?(?<release>\d+(?:\.\d+)*)(?<rest>\.\*)?$/.exec(clause)
  const { operator, release = '', rest = '' } = match?.groups ?? {}
  const numbers = release.split('.').map(Number)
  if (operator === '' || operator === '=') return `==${release}${rest}`
  // Poetry's `^` pins all numbers up to the first nonzero one. `~1.13` pins the major and minor numbers.
  if (operator === '^') return range(numbers, Math.max(1, numbers.findIndex((number) => number > 0) + 1))
  if (operator === '~') return range(numbers, Math.min(2, numbers.length))
  return clause
}

/** Returns a specifier for this release or later, with the first `kept` numbers pinned, such as `>=1.13.2,==1.*`. */
function range(numbers: readonly number[], kept: number): string {
  return `>=${numbers.join('.')},==${numbers.slice(0, kept).join('.')}.*`
}

/** Compares releases; negative if `a` is older. Missing numbers count as 0. */
export function compareReleases(a: readonly number[], b: readonly number[]): number {
  return compare(a.join('.'), b.join('.'))
}
