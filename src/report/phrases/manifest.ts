/** What a manifest lacks, in clauses without a full stop. */
import type { StaleEntry } from '../../core/lost/manifest.ts'

const changes: Readonly<Record<StaleEntry['kind'], string>> = {
  missing: 'is missing',
  parents: 'has other parents',
  removed: 'was removed',
  defined: 'is defined',
  path: 'has another path',
}

/** How an entry is out of date. */
export function staleEntry({ revision, kind }: StaleEntry): string {
  return `${revision} ${changes[kind]}`
}
