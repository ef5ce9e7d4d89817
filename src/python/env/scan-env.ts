/**
 * What a look at the text of env.py tells: whether it acts by itself before migrations run, and whether anything in
 * it is worth a closer look. Parses nothing.
 */
import type { EnvFacts } from '../../core/history/repository.ts'
import { decodeSource } from '../source/decode-source.ts'

/** Without one of these there is nothing to find, and nothing needs to be parsed. */
const worthParsing =
  /version_table|version_locations|transaction_per_migration|\*\*|run_migrations\s*\(\s*[^\s)]/

/** All that there is to know of the bytes of env.py (null: there is none); null where they have to be parsed. */
export function readEnvAtAGlance(bytes: Uint8Array | null, path: string): EnvFacts | null {
  if (!bytes) return { ...nothingInEnv, path: null }
  const decoded = decodeSource(bytes)
  if (decoded.kind === 'error') return brokenEnv(path, decoded.error.message, decoded.line, 1)
  if (decoded.kind === 'unknown') return brokenEnv(path, decoded.reason, 1, 1)
  if (worthParsing.test(decoded.text)) return null
  return { ...nothingInEnv, path, interference: interferenceIn(decoded.text) }
}

const meddling =
  /\.exec(?:ute|_driver_sql)\s*\(|search_path|schema_translate_map|default_schema_name|\b(?:create_all|drop_all|listens_for|set_session)\b|\bevent\.listen\b|\bSET\s+(?:LOCAL\s+|SESSION\s+)?ROLE\b|\bCREATE\s+(?:SCHEMA|EXTENSION|TABLE)\b/i

/** Statements that leave names and rights as they are: locks and timeouts. */
const harmless = /^\.exec[^\n]*(?:advisory|_timeout)/

/** The first line outside of comments that may change what migrations meet. */
export function interferenceIn(text: string): string | null {
  for (const line of text.split('\n')) {
    const code = line.replace(/^\s*#.*/, '')
    const found = meddling.exec(code)
    if (found && !harmless.test(code.slice(found.index))) return code.trim().slice(0, 120)
  }
  return null
}

/** An env.py that says nothing. */
export const nothingInEnv = {
  versionTable: null,
  versionTableSchema: null,
  transactionPerMigration: false,
  runMigrationsKeywords: [],
  computed: [],
} as const

/** One that can't be read as Python. */
export function brokenEnv(path: string, reason: string, line: number, column: number): EnvFacts {
  return {
    ...nothingInEnv,
    path,
    computed: [{ option: 'env.py', expression: reason, span: { path, line, column } }],
  }
}
