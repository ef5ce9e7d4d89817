/** Extracts the code of a migration file in a normalized form, so that the code of two files can be compared. */
import type { MigrationModule } from '../../core/history/migration-module.ts'

/**
 * Returns the lines from `upgrade()` onward, without comments, blank lines or trailing whitespace. Returns null if
 * these lines can't distinguish two files: either there is no plain `upgrade()`, or the functions do nothing.
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
