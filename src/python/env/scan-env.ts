/**
 * Recognizes an env.py that does no more than Alembic's templates. Other files need the parser, which takes longer to
 * load than this check takes to run.
 */
import type { EnvFacts } from '../../core/history/env-effects.ts'
import { decodeSource } from '../source/decode-source.ts'

/** Text that only the parser can handle, such as certain options. */
const worthParsing =
  /version_table|version_locations|transaction_per_migration|\*\*|\brun_migrations\s*\(\s*[^\s)]/

/** Matches strings, comments and names. The match for a name includes the character after it. */
const codeToken =
  /(?<formatted>(?<!\w)(?:[fF][rR]?|[rR][fF])['"])|(?<string>(?<!\w)[rRbBuU]{0,2}(?:"""(?:\\[^]|[^\\])*?"""|'''(?:\\[^]|[^\\])*?'''|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'))|(?<comment>#[^\n]*)|\b(?:def|class)\s+(?<declared>\w+)|(?<decorator>^[ \t]*@)|(?<called>\w+)\s*\(|\w+|["']/gm

/** Calls used in env.py templates, and other calls that don't affect the database. */
const plainCalls = new Set(
  `configure run_migrations begin_transaction is_offline_mode get_section get_main_option set_main_option
  engine_from_config async_engine_from_config create_engine create_async_engine AsyncEngine connect dispose run
  run_sync fileConfig getLogger info debug warning print str dict join dirname abspath realpath insert append getenv
  get load_dotenv Path get_url get_event_loop run_until_complete close render_as_string replace get_settings getattr hasattr isinstance len`.split(
    /\s+/,
  ),
)

/** Names that affect migrations wherever they occur. */
const telling =
  /search_path|schema_translate_map|default_schema_name|connect_args|execution_options|on_version_apply|version_num|_version\b|\boptions\s*=/

/** `Config` methods that override options from alembic.ini. */
const setsOption = /\bset_(?:main|section)_option\b/

/** Whether the code calls only its own functions and `plainCalls`, without decorators or f-strings. */
function isPlain(text: string): boolean {
  if (telling.test(text)) return false
  const called = new Set<string>()
  const declared = new Set<string>()
  for (const { groups = {}, 0: whole } of text.matchAll(codeToken)) {
    const { string, comment, formatted, decorator, declared: own, called: name } = groups
    if (string !== undefined || comment !== undefined) continue
    if (formatted !== undefined || decorator !== undefined || /^["']/.test(whole)) return false
    if (own !== undefined) declared.add(own)
    if (name !== undefined) called.add(name)
  }
  // If env.py calls functions, but not `configure`, an imported file presumably calls `configure`.
  if (called.size > 0 && !called.has('configure')) return false
  return [...called].every((name) => plainCalls.has(name) || declared.has(name) || keywords.has(name))
}

/** Keywords that can be followed by a parenthesis without being a call. */
const keywords = new Set(
  'if elif while and or not in is return assert import from with as for else del lambda await except raise print yield'.split(
    ' ',
  ),
)

/** All facts about env.py; null if it must be parsed. `bytes` is null if the file is missing. */
export function readEnvAtAGlance(bytes: Uint8Array | null, path: string): EnvFacts | null {
  if (!bytes) return { ...nothingInEnv, path: null }
  const decoded = decodeSource(bytes)
  if (decoded.kind === 'error') return brokenEnv(path, decoded.error.message, decoded.line, 1)
  if (decoded.kind === 'unknown') return brokenEnv(path, decoded.reason, 1, 1)
  if (worthParsing.test(decoded.text) || !isPlain(decoded.text)) return null
  const sets = setsOption.test(decoded.text)
  return {
    ...nothingInEnv,
    path,
    ...(sets && { mayChangeOptions: true }),
  }
}

/** Facts about an env.py that configures nothing. */
export const nothingInEnv = {
  versionTable: null,
  versionTableSchema: null,
  transactionPerMigration: false,
  runMigrationsKeywords: [],
  computed: [],
} as const

/** Facts about an env.py that can't be parsed. */
export function brokenEnv(path: string, reason: string, line: number, column: number): EnvFacts {
  return {
    ...nothingInEnv,
    path,
    computed: [{ option: 'env.py', expression: reason, span: { path, line, column } }],
  }
}
