/** Describes outdated manifest entries. The messages don't end with a period. */
import type { StaleEntry } from '../../core/lost/manifest.ts'

const changes: Readonly<Record<StaleEntry['kind'], string>> = {
  missing: 'is missing',
  parents: 'has different parents',
  removed: 'was removed',
  defined: 'is defined',
  path: 'has a different path',
}

/** Explains why a manifest entry is outdated. */
export function staleEntry({ revision, kind }: StaleEntry): string {
  return `${revision} ${changes[kind]}`
}
