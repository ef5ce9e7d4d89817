/** Extracts facts for lint rules from Python source. Runs no code. */
import type { DialectName } from '../../core/dialect/dialect-name.ts'
import type { MigrationOperations, Operations } from '../../core/history/operation.ts'
import type { SqlStatement } from '../../core/lint/sql-statement.ts'
import type { CommentFact, Range, SourceFacts } from '../../core/history/python-source.ts'
import { decodeSource } from '../source/decode-source.ts'
import { type ModuleSource, noModules } from '../interpreter/run.ts'
import { type FollowedFunction, followFunction, readOperations } from '../operations/read-operations.ts'
import { statementsOf, tokensOfSql } from '../operations/sql/tokens.ts'
import { collectFacts } from './source-walk.ts'
import { scanTokens, tokenArrays, type Tokens } from '../tokens/tokenize.ts'
import { parseTokens, type SyntaxTree } from '../syntax/syntax-tree.ts'
import { Kind } from '../tokens/token-kinds.ts'

/** Extracts facts about one file. Never throws. */
export function readSourceFacts(bytes: Uint8Array, path: string): SourceFacts {
  const { tree, tokens, text, problem } = treeOf(bytes)
  return tree === null || tokens === null ? nothing(path, text, problem) : factsOf(tree, tokens, path)
}

/** Facts about one migration file, for lint rules. */
export interface LintedSource extends MigrationOperations {
  readonly source: SourceFacts
  readonly sql: { readonly upgrade: readonly SqlStatement[]; readonly downgrade: readonly SqlStatement[] }
}

/** Reads a migration's facts and operations. Parses the file only once. */
export function readLintedSource(
  bytes: Uint8Array,
  path: string,
  dialect: DialectName | null,
  engineName: string | null = null,
  modules: ModuleSource = noModules,
): LintedSource {
  const { tree, tokens, text, problem } = treeOf(bytes)
  if (tree === null || tokens === null) {
    const operations = readOperations(bytes, path, dialect)
    return { source: nothing(path, text, problem), ...operations, sql: { upgrade: [], downgrade: [] } }
  }
  const follow = (name: 'upgrade' | 'downgrade'): FollowedFunction =>
    followWithProject(tree, name, path, dialect, engineName, modules)
  const [upgrade, downgrade] = [follow('upgrade'), follow('downgrade')]
  return {
    source: factsOf(tree, tokens, path),
    upgrade: upgrade.operations,
    downgrade: downgrade.operations,
    sql: { upgrade: statementsIn(upgrade.texts), downgrade: statementsIn(downgrade.texts) },
  }
}

/** Like `readLintedSource`, but reads only the operations in `upgrade`. */
export function readLintedUpgrade(
  bytes: Uint8Array,
  path: string,
  dialect: DialectName | null,
  engineName: string | null = null,
  modules: ModuleSource = noModules,
): Operations {
  const { tree, tokens } = treeOf(bytes)
  return tree === null || tokens === null
    ? readOperations(bytes, path, dialect).upgrade
    : followWithProject(tree, 'upgrade', path, dialect, engineName, modules).operations
}

/** Returns the source text without a byte order mark; empty if it can't be decoded. */
export function readLintedText(bytes: Uint8Array): string {
  return textOf(bytes) ?? ''
}

function textOf(bytes: Uint8Array): string | null {
  const decoded = decodeSource(bytes)
  if (decoded.kind !== 'text') return null
  return decoded.text.startsWith('\uFEFF') ? decoded.text.slice(1) : decoded.text
}

/** Read the project's modules only if needed, because the project can be large. */
function followWithProject(
  tree: SyntaxTree,
  name: 'upgrade' | 'downgrade',
  path: string,
  dialect: DialectName | null,
  engineName: string | null,
  modules: ModuleSource,
): FollowedFunction {
  const alone = followFunction(tree, name, path, dialect, engineName, noModules)
  return callsProject(alone.operations)
    ? followFunction(tree, name, path, dialect, engineName, modules)
    : alone
}

/** Whether any operation is an unresolved call, which may run project code. */
function callsProject(operations: Operations): boolean {
  if (operations.kind === 'unreadable') return false
  return operations.operations.some((step) => step.kind === 'opaque' && step.reason.startsWith('a call to '))
}

function statementsIn(texts: FollowedFunction['texts']): readonly SqlStatement[] {
  return texts.flatMap(({ text, ...place }) =>
    statementsOf(tokensOfSql(text) ?? []).map((tokens) => ({ tokens, ...place })),
  )
}

interface Parsed {
  readonly tree: SyntaxTree | null
  /** Null if the file has no syntax tree. */
  readonly tokens: Tokens | null
  readonly text: string
  readonly problem: string
}

/** Token arrays reused for every file. All facts about one file are extracted before the next file is read. */
const arrays = tokenArrays()

/** Returns the syntax tree. The syntax was already checked when the file was loaded. */
function treeOf(bytes: Uint8Array): Parsed {
  const text = textOf(bytes)
  if (text === null) {
    return { tree: null, tokens: null, text: '', problem: "the file can't be decoded" }
  }
  const tokens = scanTokens(text, arrays)
  const parsed = parseTokens(tokens, tokens.problem)
  if (parsed.kind === 'tree') return { tree: parsed.tree, tokens, text, problem: '' }
  const problem = parsed.kind === 'error' ? parsed.error.message : parsed.reason
  return { tree: null, tokens: null, text, problem }
}

function nothing(path: string, text: string, problem: string): SourceFacts {
  const lines = text.split('\n')
  const none = { calls: [], strings: [], comments: [], imports: [], functions: [], conditions: [] }
  return { path, text, lines, problem, ...none }
}

function factsOf(tree: SyntaxTree, tokens: Tokens, path: string): SourceFacts {
  const { text } = tokens
  const lines = text.split('\n')
  const comments = text.includes('#') ? commentsOf(tokens, path) : []
  try {
    return { path, text, lines, problem: null, comments, ...collectFacts(tree, path) }
  } catch (error) {
    if (error instanceof RangeError) return nothing(path, text, 'the file is nested too deeply to analyze')
    throw error
  }
}

/** Returns a file's comments, which occur only between tokens. */
function commentsOf(tokens: Tokens, path: string): readonly CommentFact[] {
  const { text } = tokens
  const comments: CommentFact[] = []
  let line = 1
  let lineStart = 0
  let from = 0
  const advance = (to: number): void => {
    for (let at = text.indexOf('\n', lineStart); at !== -1 && at < to; at = text.indexOf('\n', lineStart)) {
      line++
      lineStart = at + 1
    }
  }
  const look = (to: number): void => {
    for (let at = text.indexOf('#', from); at !== -1 && at < to; at = text.indexOf('#', from)) {
      const newline = text.indexOf('\n', at)
      const end = newline === -1 ? text.length : newline
      advance(at)
      const before = text.slice(lineStart, at)
      const column = [...before].length + 1
      const written = text.slice(at, end)
      const endColumn = column + [...written].length
      const range: Range = { path, line, column, endLine: line, endColumn, start: at, end }
      comments.push({ range, text: written, alone: before.trim() === '' })
      from = end
    }
  }
  for (let index = 0; index < tokens.count; index++) {
    const kind = tokens.kinds[index]
    if (kind === Kind.indent || kind === Kind.dedent || kind === Kind.newline) continue
    const start = tokens.starts[index] ?? 0
    if (start > from) look(start)
    from = Math.max(from, tokens.ends[index] ?? 0)
  }
  look(text.length)
  return comments
}
