/** The interpreter's state, and its interface to everything outside Python itself. */
import type { PythonError, Span } from '../../core/history/migration-module.ts'
import { type SyntaxNode, type NodeOf, childNodes } from '../syntax/syntax-tree.ts'
import type { Scope } from './scope.ts'
import type { FunctionTerm, SourceFile, Term } from './values.ts'

/** A call whose arguments have been evaluated. */
export interface Call {
  readonly called: Term
  readonly args: readonly Term[]
  /** Keyword arguments. The key `**` represents unknown arguments. */
  readonly keywords: ReadonlyMap<string, Term>
  readonly node: NodeOf<'Call'>
  readonly scope: Scope
}

/** Models the libraries that the code uses. */
export interface Host {
  /** Returns the result of a call to anything except a Python builtin. */
  call(call: Call, run: Run): Term
  /** Returns the value of `owner.name`; null if the host doesn't model it. */
  attributeOf(owner: Term, name: string, run: Run): Term | null
  /**
   * Returns the current name of a renamed object, such as `sqlalchemy.orm.declared_attr` for
   * `sqlalchemy.ext.declarative.declared_attr`. Returns other names unchanged.
   */
  currentName?(path: string): string
  /**
   * Called for uninterpreted code with possible side effects. `distant` means that the code can't access the
   * connection.
   */
  unfollowed(run: Run, node: SyntaxNode, reason: string, distant: boolean): void
  /** Number of recorded operations that may change the schema; undefined if the host records none. */
  schemaChanges?(): number
  /** True if a call only creates an object from its arguments, so its result can be cached. */
  creates?(library: string, name: string): boolean
  /** True if the host's calls never raise this exception. */
  neverRaises?(exception: string): boolean
  /** True if using an undefined name ends the run. If absent, the name's value is unknown. */
  readonly raisesNameErrors?: boolean
  /** True if coroutines are awaited immediately. If absent, `async` functions aren't interpreted. */
  readonly awaits?: boolean
  /** True to interpret methods of plain classes. If absent, the host handles calls to them. */
  readonly followsObjects?: boolean
  /** True if the host needs an imported class's definition. */
  keepsClass?(found: Term): boolean
  /** Returns the items of an iterable as a collection; null if unknown. */
  iterated?(value: Term, run: Run): Term | null
  /** Returns the value of `isinstance(value, type)`; null if unknown. */
  isInstance?(value: Term, type: Term): boolean | null
  /** Called with each expression's value; may return a more precise value. */
  refine?(node: SyntaxNode, value: Term, scope: Scope, run: Run): Term
  /** Returns the result of decorators that aren't interpreted; null if unknown. */
  decorated?(made: FunctionTerm, decorators: readonly Term[], node: SyntaxNode, run: Run): Term | null
  assigned?(target: NodeOf<'Attribute'>, run: Run): void
}

/** A repository file that can be imported as a module. */
export interface ModuleFile {
  readonly bytes: Uint8Array
  /** File path used in spans. */
  readonly path: string
  /** True for a package's `__init__.py`, and for a namespace package's folder, where `bytes` is empty. */
  readonly isPackage: boolean
}

/** Finds modules in the repository, but not installed modules. */
export interface ModuleSource {
  /** Returns the file of the module with this absolute name; null unless exactly one file matches. */
  find(name: string): ModuleFile | null
  /** True if the name definitely doesn't refer to anything in the repository. */
  isElsewhere(name: string): boolean
  /** Reads the files opened by interpreted code; undefined if unsupported. */
  readonly files?: DataFiles
}

/** Reads the repository's text files. Paths are absolute or relative to the working directory. */
export interface DataFiles {
  /** Returns a UTF-8 file's text; null if the file can't be read or isn't in the repository. */
  read(path: string): string | null
  /** Whether the path is known to contain no symlinks. */
  isReal(path: string): boolean
}

/** Finds no modules, so imports remain unresolved. */
export const noModules: ModuleSource = { find: () => null, isElsewhere: () => false }

export interface Run {
  readonly host: Host
  readonly modules: ModuleSource
  /** The scope of each interpreted module; null if interpreting it failed. */
  readonly loaded: Map<string, Scope | null>
  /** Maps each imported module to the branch of its import statement. */
  readonly imported: Map<string, string>
  /** Current depth of nested imports. */
  nesting: number
  /** The file that the run starts with: a migration or env.py. */
  readonly start: SourceFile
  /** The file being interpreted. */
  file: SourceFile
  /** Why the current code might not run; null if it always runs. */
  under: string | null
  /** Ids of the enclosing blocks that might not run, each followed by `/`. */
  branch: string
  /** Number of blocks encountered so far that might be skipped. */
  branches: number
  /** Number of steps left. The limit ensures that the interpreter always stops. */
  budget: number
  /** Number of steps left for all imported modules. At zero, imported names become unknown. */
  moduleBudget: number
  /** Current call depth. */
  depth: number
  /** Active calls, outermost first. */
  readonly active: { readonly node: SyntaxNode; readonly args: readonly Term[] }[]
  /** Functions whose arguments are being evaluated. */
  readonly callees: Term[]
  /** Context managers of the enclosing `with` blocks. */
  readonly managers: Term[]
  /** True if the host must not be notified, for example because the code never runs. */
  silent: boolean
  /**
   * The enclosing `try` body, if it always runs and only its database statements can fail. `raises` means that a
   * handler may `raise`.
   */
  attempt: { readonly branch: string; readonly raises: boolean } | null
  /** The uncaught exception that the code always raises; null if there is none. */
  raised: { readonly error: PythonError; readonly span: Span } | null
}

/** Maximum number of interpreter steps. A 10,000-line migration needs far fewer. */
const maxSteps = 1_000_000

/** Maximum number of steps for all imported modules together. */
const maxModuleSteps = 200_000

export function startRun(host: Host, file: SourceFile, modules: ModuleSource = noModules): Run {
  return {
    host,
    modules,
    loaded: new Map(),
    imported: new Map(),
    nesting: 0,
    start: file,
    file,
    under: null,
    branch: '',
    branches: 0,
    budget: maxSteps,
    moduleBudget: maxModuleSteps,
    depth: 0,
    active: [],
    callees: [],
    managers: [],
    silent: false,
    attempt: null,
    raised: null,
  }
}

/** Records an import statement, unless it's in an imported module. */
export function noteImport(run: Run, names: readonly string[]): void {
  if (run.nesting > 0) return
  for (const name of names) {
    const before = run.imported.get(name)
    if (before === undefined || !run.branch.startsWith(before)) run.imported.set(name, run.branch)
  }
}

/** Returns the modules that are definitely imported before the current code runs. */
export function importedSoFar({ imported, branch }: Run): readonly string[] {
  return [...imported].flatMap(([name, within]) => (branch.startsWith(within) ? [name] : []))
}

/** Records that all later code might be skipped. Only the first reason is kept. */
export function enterBranch(run: Run, reason: string): void {
  run.under ??= reason
  run.branches += 1
  run.branch += `${run.branches}/`
}

/** Thrown when a file takes too many steps to interpret. */
export class TooMuch extends Error {}

export function spend(run: Run, steps = 1): void {
  run.budget -= steps
  if (run.budget < 0) throw new TooMuch()
}

export function spanOf(run: Run, node: SyntaxNode): Span {
  const { line, column } = run.file.tree.positionOf(node)
  return { path: run.file.path, line, column }
}

export function sourceOf(run: Run, node: SyntaxNode): string {
  return run.file.tree.sourceOf(node)
}

/** Whether any descendant of the node is a call. */
export function mayAct(node: SyntaxNode): boolean {
  return childNodes(node).some((child) => child.nodeType === 'Call' || mayAct(child))
}

/** Notifies the host if using the value, such as iterating over it, may change the schema. */
export function noteUse(value: Term, node: SyntaxNode, run: Run): void {
  if (value.kind === 'unknown' && value.capable)
    unfollowed(run, node, 'an object that may use the connection')
}

/** Notifies the host about code that isn't interpreted but may have side effects. */
export function unfollowed(run: Run, node: SyntaxNode, reason: string, distant = false): void {
  if (!run.silent) run.host.unfollowed(run, node, reason, distant)
}
