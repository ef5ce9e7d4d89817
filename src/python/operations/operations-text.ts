/** Normalizes a migration's code so that two files can be compared. */
import type { MigrationModule } from '../../core/history/migration-module.ts'

/**
 * Returns the code from `upgrade()` onward, without comments and blank lines. Null if there is no plain `upgrade()`, or
 * if it does nothing, because such files look alike.
 */
export function operationsOf(bytes: Uint8Array, module: MigrationModule): string | null {
  if (module.upgrade.kind !== 'function') return null
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/)
  const kept = lines
    .slice(module.upgrade.span.line - 1)
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('#'))
  const works = kept.some((line) => !/^\s*(?:def\s|pass\b|return\b|"""|''')/.test(line))
  return works ? kept.join('\n') : null
}
