/** Determines what Alembic finds in a migration file, or why executing the file would fail. Runs no code. */
import {
  type MigrationModule,
  type PythonError,
  type Span,
  emptyModule,
} from '../../core/history/migration-module.ts'
import { decodeSource, utf8Error, type DecodedSource } from '../source/decode-source.ts'
import { readTree } from './tree-form.ts'
import { type ModuleSource, TooMuch, noModules } from '../interpreter/run.ts'
import { recogniseModule } from '../syntax/grammar.ts'
import { readHeader } from './literal-form.ts'
import { readPlainMigration } from './template-form.ts'
import { scanTokens, tokenArrays, type Tokens } from '../tokens/tokenize.ts'
import { positionAt } from '../source/source-position.ts'
import { parseTokens, type ParsedPython } from '../syntax/syntax-tree.ts'
import { Kind } from '../tokens/token-kinds.ts'

/** Reads the parts of a migration that Alembic uses. Spans cover a function's `def` or a variable's value. */
export function readMigration(
  bytes: Uint8Array,
  path: string,
  modules: ModuleSource = noModules,
): MigrationModule {
  return readPlainMigration(bytes, path) ?? readAnyMigration(bytes, path, modules)
}

/** Like `readMigration`, but without the fast path of `readPlainMigration`. Always checks the full grammar. */
export function readAnyMigration(
  bytes: Uint8Array,
  path: string,
  modules: ModuleSource = noModules,
): MigrationModule {
  const tokens = tokensOf(bytes, path)
  if ('path' in tokens) return tokens
  const { objection, statements } = recogniseModule(tokens)
  if (objection === null) {
    const facts = readHeader(tokens, statements, path)
    if (facts !== null) return { path, ...facts, unreadable: null }
  }
  const module = fromTree(parseTokens(tokens, objection), path, modules)
  const conflict = module.raises ? conflictMarker(bytes) : null
  return module.raises && conflict !== null
    ? { ...module, raises: { ...module.raises, conflict: { path, line: conflict, column: 1 } } }
    : module
}

/** The line of the first conflict marker; null if there's no complete conflict. */
function conflictMarker(bytes: Uint8Array): number | null {
  const lines = new TextDecoder().decode(bytes).split('\n')
  const ours = lines.findIndex((line) => line.startsWith('<<<<<<< '))
  const between = lines.findIndex((line, index) => index > ours && /^={7}\r?$/.test(line))
  const theirs = lines.findIndex((line, index) => index > between && line.startsWith('>>>>>>> '))
  return ours >= 0 && between > ours && theirs > between ? ours + 1 : null
}

/** Alembic's short message: the docstring up to its first empty line (alembic/script/base.py, Script.doc). */
export function messageOf(doc: string | null): string {
  // Python and JavaScript strip different whitespace characters.
  const stripped = (doc ?? '').replace(/^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g, '')
  return stripped.split('\n\n')[0] ?? ''
}

/** Maximum file size in bytes. Larger files wouldn't fit in a small machine's memory. */
const maxFileLength = 16_000_000

/** Arrays reused for every file. No result refers to them. */
const arrays = tokenArrays()

function tokensOf(bytes: Uint8Array, path: string): Tokens | MigrationModule {
  if (bytes.length > maxFileLength) {
    const reason = `the file is larger than ${maxFileLength / 1_000_000} MB`
    return { ...emptyModule(path), unreadable: { reason, span: { path, line: 1, column: 1 } } }
  }
  const source = decodeSource(bytes)
  if (source.kind === 'text') return scanTokens(source.text, arrays)
  if (source.kind === 'invalid-utf-8') return withoutInvalidBytes(source, path)
  if (source.kind === 'error') return failing(path, source.error, { path, line: source.line, column: 1 })
  return { ...emptyModule(path), unreadable: { reason: source.reason, span: { path, line: 1, column: 1 } } }
}

/** Python accepts invalid UTF-8 in comments. */
function withoutInvalidBytes(
  source: Extract<DecodedSource, { kind: 'invalid-utf-8' }>,
  path: string,
): Tokens | MigrationModule {
  const { text, offsets } = source
  const tokens = scanTokens(text)
  let next = 0
  for (let index = 0; index < tokens.count; index++) {
    const start = tokens.starts[index] ?? 0
    const end = tokens.ends[index] ?? 0
    while ((offsets[next] ?? Infinity) < start) next++
    const at = offsets[next]
    if (at === undefined) break
    if (at >= end || tokens.kinds[index] === Kind.end) continue
    const token = text.slice(start, end)
    const inside = /^[a-zA-Z]{0,2}('''|"""|'|")([^]*)\1$/.exec(token)?.[2] ?? token
    const bytes = Uint8Array.from(inside, (character) => character.charCodeAt(0))
    return failing(path, utf8Error(bytes), { path, ...positionAt(text, at) })
  }
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
  return scanTokens(new TextDecoder().decode(bytes))
}

function fromTree(parsed: ParsedPython, path: string, modules: ModuleSource): MigrationModule {
  const span: Span =
    parsed.kind === 'tree' ? { path, line: 1, column: 1 } : { path, line: parsed.line, column: parsed.column }
  if (parsed.kind === 'error') return failing(path, parsed.error, span)
  if (parsed.kind === 'unknown') return { ...emptyModule(path), unreadable: { reason: parsed.reason, span } }
  try {
    return { path, ...readTree(parsed.tree, path, modules), unreadable: null }
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TooMuch)) throw error
    const reason = error instanceof TooMuch ? 'is too long' : 'is nested too deeply'
    return { ...emptyModule(path), unreadable: { reason: `the file ${reason} to analyze`, span } }
  }
}

function failing(path: string, error: PythonError, span: Span): MigrationModule {
  return { ...emptyModule(path), raises: { error, span } }
}
