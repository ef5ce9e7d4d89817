/**
 * Reads the operations of `upgrade()` and `downgrade()` without running code. Code that isn't understood or might not
 * run is recorded as `opaque`.
 */
import type { DialectName } from '../../core/dialect/dialect-name.ts'
import type { Span } from '../../core/history/migration-module.ts'
import type { CatalogAfter, Inquiry, MigrationOperations, Operations } from '../../core/history/operation.ts'
import { decodeSource } from '../source/decode-source.ts'
import { type ModuleSource, TooMuch, noModules, spanOf, startRun } from '../interpreter/run.ts'
import { type ProjectFacts, type SqlText, emitRaise } from './recording.ts'
import { callFunction } from '../interpreter/functions.ts'
import type { Scope } from '../interpreter/scope.ts'
import { type FunctionTerm, textTerm, type Term } from '../interpreter/values.ts'
import { valueOfName } from '../interpreter/modules.ts'
import { followModule } from '../interpreter/statements.ts'
import { recordingHost } from './calls.ts'
import { foreignKeyNames } from './compiled-keys.ts'
import { mayEnableAutocommit, mayEndTransaction } from './ends-transaction.ts'
import { type ParsedPython, type SyntaxTree, parseChecked, parsePython } from '../syntax/syntax-tree.ts'

/**
 * Reads the operations in `upgrade()` and `downgrade()`. Never throws. Without `dialect`, conditions on it are unknown.
 * `engineName` is the argument that the multidb template passes to `upgrade`. `modules` finds the modules that the file
 * can import.
 */
export function readOperations(
  bytes: Uint8Array,
  path: string,
  dialect: DialectName | null = null,
  engineName: string | null = null,
  modules: ModuleSource = noModules,
): MigrationOperations {
  const source = treeIn(bytes, path)
  if ('kind' in source) return { upgrade: source, downgrade: source }
  const { tree, text } = source
  const { upgrade, downgrade } = operationsOfTree(tree, path, dialect, engineName, modules)
  return { upgrade: withCommits(upgrade, text), downgrade: withCommits(downgrade, text) }
}

function withCommits(read: Operations, text: string): Operations {
  if (read.kind !== 'operations' || !mayEndTransaction(text)) return read
  return { ...read, mayCommit: true, ...(mayEnableAutocommit(text) && { mayAutocommit: true }) }
}

/** Reads only the operations in `upgrade()`. The caller must have checked the syntax. */
export function readUpgrade(
  bytes: Uint8Array,
  path: string,
  dialect: DialectName | null,
  engineName: string | null = null,
  modules: ModuleSource = noModules,
  project: ProjectFacts = {},
): Operations {
  const source = treeIn(bytes, path, parseChecked)
  if ('kind' in source) return source
  const { tree, text } = source
  const keyNames = foreignKeyNames(text, dialect)
  const given = { dialect, engineName, modules, project: { ...project, keyNames } }
  return withCommits(operationsOf(tree, 'upgrade', path, given), text)
}

/** Returns a file's text and syntax tree, or unreadable operations if the file can't be parsed. */
function treeIn(
  bytes: Uint8Array,
  path: string,
  parse: (source: string) => ParsedPython = parsePython,
): { readonly tree: SyntaxTree; readonly text: string } | Operations {
  const source = decodeSource(bytes)
  if (source.kind !== 'text') {
    return unreadable("the file can't be decoded", { path, line: 1, column: 1 })
  }
  const parsed = parse(source.text)
  if (parsed.kind === 'tree') return { tree: parsed.tree, text: source.text }
  const reason = parsed.kind === 'error' ? parsed.error.message : parsed.reason
  return unreadable(reason, { path, line: parsed.line, column: parsed.column })
}

/** Like `readOperations`, but for a parsed file. */
function operationsOfTree(
  tree: SyntaxTree,
  path: string,
  dialect: DialectName | null,
  engineName: string | null,
  modules: ModuleSource,
): MigrationOperations {
  const read = (name: string): Operations =>
    operationsOf(tree, name, path, { dialect, engineName, modules, project: {} })
  return { upgrade: read('upgrade'), downgrade: read('downgrade') }
}

/** Operations in `upgrade()` or `downgrade()`, and the SQL that the function executes. */
export interface FollowedFunction {
  readonly operations: Operations
  readonly texts: readonly SqlText[]
}

/** Returns the operations of `upgrade` or `downgrade`, and their SQL as written. */
export function followFunction(
  tree: SyntaxTree,
  name: 'upgrade' | 'downgrade',
  path: string,
  dialect: DialectName | null,
  engineName: string | null,
  modules: ModuleSource,
): FollowedFunction {
  const texts: SqlText[] = []
  const given = { dialect, engineName, modules, project: {} }
  const operations = operationsOf(tree, name, path, given, null, texts)
  return { operations, texts: operations.kind === 'operations' ? texts : [] }
}

function unreadable(reason: string, span: Span): Operations {
  return { kind: 'unreadable', reason, span }
}

/** Inputs to a migration besides its own file. */
interface Surroundings {
  readonly dialect: DialectName | null
  readonly engineName: string | null
  readonly modules: ModuleSource
  readonly project: ProjectFacts
}

/** Interpret the module again for each function, because functions may change its state. */
function operationsOf(
  tree: SyntaxTree,
  name: string,
  path: string,
  given: Surroundings,
  catalogAfter: CatalogAfter | null = null,
  texts: SqlText[] = [],
): Operations {
  const { dialect, engineName, modules, project } = given
  const { host, recording } = recordingHost(dialect, catalogAfter, texts, project)
  const run = startRun(host, { tree, path }, modules)
  const start: Span = { path, line: 1, column: 1 }
  try {
    const module = followModule(tree.body, run)
    // Discard operations recorded during the import, because they aren't part of the function.
    recording.steps.length = 0
    recording.texts.length = 0
    run.raised = null
    if (!module.names.has(name)) return { kind: 'operations', operations: [] }
    const called = valueOfName(name, module, run)
    if (called.kind !== 'function') return unreadable(`${name} isn't a plain function in this file`, start)
    run.file = called.file
    if (called.decorated) return unreadable(`${name} is decorated`, spanOf(run, called.node))
    const { asked, steps } = recording
    asked.running = true
    const engine = engineName ?? soleEngine(called, name, module)
    callFunction(called, [], engineNamed(engine), called.node, run)
    if (run.raised !== null) emitRaise({ run, ...recording }, run.raised)
    // Copy the array to release the spare capacity that `push` leaves.
    if (!asked.any || catalogAfter !== null) return { kind: 'operations', operations: [...steps] }
    const { names, lists, possible } = asked
    const answered: Inquiry['answered'] = (after) => operationsOf(tree, name, path, given, after)
    return {
      kind: 'operations',
      operations: steps,
      inquiry: { names, lists, possible, answered },
    }
  } catch (error) {
    if (error instanceof TooMuch) return unreadable('it is too long to analyze', start)
    if (error instanceof RangeError) return unreadable('it is nested too deeply to analyze', start)
    throw error
  }
}

/**
 * Returns the engine of a multidb migration; null if unknown. The engine is known if only one `upgrade_…` function
 * exists.
 */
function soleEngine({ node }: FunctionTerm, name: string, module: Scope): string | null {
  if (node.nodeType === 'Lambda' || node.args.args[0]?.arg !== 'engine_name') return null
  const [statement, ...rest] = node.body.filter(
    (one) => one.nodeType !== 'Expr' || one.value.nodeType !== 'Constant',
  )
  if (statement?.nodeType !== 'Expr' || rest.length > 0) return null
  const call = statement.value.nodeType === 'Call' ? statement.value.func : null
  const table = call?.nodeType === 'Subscript' && call.value.nodeType === 'Call' ? call.value.func : null
  if (table?.nodeType !== 'Name' || table.id !== 'globals') return null
  const [only, ...more] = [...module.names].flatMap(([key, { kind }]) =>
    kind === 'function' && key.startsWith(`${name}_`) ? [key.slice(name.length + 1)] : [],
  )
  return more.length > 0 ? null : (only ?? null)
}

function engineNamed(engineName: string | null): ReadonlyMap<string, Term> {
  return new Map(engineName === null ? [] : [['engine_name', textTerm(engineName)]])
}
