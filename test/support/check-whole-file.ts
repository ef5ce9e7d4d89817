/** Parses whole files with the parser package, which `readMigration` rarely needs. */
import { type MigrationModule, emptyModule } from '../../src/core/history/migration-module.ts'
import { readMigration } from '../../src/python/header/read-migration.ts'
import { decodeSource } from '../../src/python/source/decode-source.ts'
import { parsePython } from '../../src/python/syntax/syntax-tree.ts'

/** Returns the Python error, or why the file is unreadable; null if valid. */
export function checkWholeFile(
  bytes: Uint8Array,
  path: string,
): Pick<MigrationModule, 'raises' | 'unreadable'> | null {
  const source = decodeSource(bytes)
  if (source.kind !== 'text') return readMigration(bytes, path)
  const parsed = parsePython(source.text)
  if (parsed.kind === 'tree') return null
  const span = { path, line: parsed.line, column: parsed.column }
  return parsed.kind === 'error'
    ? { ...emptyModule(path), raises: { error: parsed.error, span } }
    : { ...emptyModule(path), unreadable: { reason: parsed.reason, span } }
}
