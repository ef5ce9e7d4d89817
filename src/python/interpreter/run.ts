/**
 * State of the interpreter, and the `Host` interface to everything outside Python itself, such as library calls and
 * connection attributes.
 */
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
  /**
   * Returns the result of a call to anything except a Python builtin. Passes the arguments of unknown calls to
   * `giveAway`.
   */
  call(call: Call, run: Run): Term
  /** Returns the host's value for `owner.name`, or null if the host doesn't model this attribute. */
  attributeOf(owner: Term, name: string, run: Run): Term | null
  /**
   * Returns the current dotted name for an older one: `sqlalchemy.orm.declared_attr` for
   * `sqlalchemy.ext.declarative.declared_attr`. Any other name is returned unchanged.
   */
  currentName?(path: string): string
  /**
   * Called for code that isn't interpreted but might have side effects. `distant` is true if the code has no access to
   * the connection.
   */
  unfollowed(run: Run, node: SyntaxNode, reason: string, distant: boolean): void
  /**
   * Returns true if calling `name` from this library only creates an object from the arguments. The results of such
   * calls are cached. Without this method, nothing is cached.
   */
  creates?(library: string, name: string): boolean
  /** Returns true if no call that the host models can raise this exception. */
  neverRaises?(exception: string): boolean
  /** True if using an undefined name ends the run. If this field is absent, the name's value is unknown. */
  readonly raisesNameErrors?: boolean
  /** True if coroutines are awaited immediately. If not set, `async` functions aren't interpreted. */
  readonly awaits?: boolean
  /**
   * True if the interpreter interprets the methods of plain classes. If not, calls to such classes are passed to the
   * host.
   */
  readonly followsObjects?: boolean
  /** Returns true if the host needs the definition of an imported class, not only its dotted name. */
  keepsClass?(found: Term): boolean
  /**
   * Returns the items that iterating over the value produces, as a collection; null if the host doesn't model the
   * iteration.
   */
  iterated?(value: Term, run: Run): Term | null
  /** Returns the value of `isinstance(value, type)`; null if unknown. */
  isInstance?(value: Term, type: Term): boolean | null
  /** Called with the value of each expression; may return a more precise value. */
  refine?(node: SyntaxNode, value: Term, scope: Scope, run: Run): Term
  /**
   * Returns the result of decorators that aren't interpreted. If the method is undefined or returns null, the result is
   * unknown.
   */
  decorated?(made: FunctionTerm, decorators: readonly Term[], node: SyntaxNode, run: Run): Term | null
  /** Called for each assignment to an attribute. */
  assigned?(target: NodeOf<'Attribute'>, run: Run): void
}

/** A repository file that Python imports under a module name. */
export interface ModuleFile {
  readonly bytes: Uint8Array
  /** File path to use in spans. */
  readonly path: string
  /** True for a package's `__init__.py`, and for the folder of a namespace package. `bytes` is empty for a folder. */
  readonly isPackage: boolean
}

/** Finds modules in the repository. Installed modules aren't found. */
export interface ModuleSource {
  /**
   * Returns the file of a module with an absolute dotted name; null if the repository contains no such file, or
   * several.
   */
  find(name: string): ModuleFile | null
  /** Returns true if this dotted name definitely doesn't refer to anything in the repository. */
  isElsewhere(name: string): boolean
  /** Reads files that code opens; undefined if that isn't supported. */
  readonly files?: DataFiles
}

/** Reads the repository's text files. Paths are absolute or relative to the working directory. */
export interface DataFiles {
  /** Returns the text of a UTF-8 file; null for a file that isn't in the repository or can't be read. */
  read(path: string): string | null
  /** Returns whether the path definitely contains no symlinks. */
  isReal(path: string): boolean
}

/** A `ModuleSource` that finds no modules, so imports aren't resolved. */
export const noModules: ModuleSource = { find: () => null, isElsewhere: () => false }

export interface Run {
  readonly host: Host
  readonly modules: ModuleSource
  /** Scope of each module interpreted so far; null for a module that couldn't be interpreted. */
  readonly loaded: Map<string, Scope | null>
  /** Modules that import statements outside these modules have imported, each with the branch of the statement. */
  readonly imported: Map<string, string>
  /** Current depth of nested imports. */
  nesting: number
  /** The file that is being interpreted. */
  file: SourceFile
  /** Why the current code might not run; null if it always runs. */
  under: string | null
  /** Ids of the enclosing blocks that might not run, each followed by `/`; empty if there are none. */
  branch: string
  /** Number of blocks encountered so far that might be skipped. */
  branches: number
  /** Number of steps left. This limit guarantees that the interpreter stops. */
  budget: number
  /**
   * Interpreter steps left, shared by all imported modules. Once they are used up, names from imported modules are
   * unknown.
   */
  moduleBudget: number
  /** Current call depth. */
  depth: number
  /** The calls in progress, outermost first. */
  readonly active: { readonly node: SyntaxNode; readonly args: readonly Term[] }[]
  /** Functions about to be called, while their arguments are still being evaluated. */
  readonly callees: Term[]
  /** Context managers of the `with` blocks around the current code. */
  readonly managers: Term[]
  /**
   * True if the host must not be notified, either because the code's effects are already recorded or because the code
   * never runs.
   */
  silent: boolean
  /**
   * Describes the enclosing `try` body if it always runs and only its database statements can fail; null for any other
   * code. `raises` is true if a handler may execute a `raise` statement.
   */
  attempt: { readonly branch: string; readonly raises: boolean } | null
  /** The uncaught exception that the interpreted code always raises; null if there is none. */
  raised: { readonly error: PythonError; readonly span: Span } | null
}

/** Maximum number of interpreted statements and expressions. A 10,000-line migration needs far fewer. */
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

/** Records that an import statement ran. Ignores those of imported modules. */
export function noteImport(run: Run, names: readonly string[]): void {
  if (run.nesting > 0) return
  for (const name of names) {
    const before = run.imported.get(name)
    if (before === undefined || !run.branch.startsWith(before)) run.imported.set(name, run.branch)
  }
}

/** Returns the modules that have definitely been imported if the current code runs. */
export function importedSoFar({ imported, branch }: Run): readonly string[] {
  return [...imported].flatMap(([name, within]) => (branch.startsWith(within) ? [name] : []))
}

/** Records that all later code might be skipped, and why. */
export function enterBranch(run: Run, reason: string): void {
  run.under ??= reason
  run.branches += 1
  run.branch += `${run.branches}/`
}

/** Thrown if interpreting a file takes too many steps. */
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

/** Returns whether the node contains a call. The node itself doesn't count. */
export function mayAct(node: SyntaxNode): boolean {
  return childNodes(node).some((child) => child.nodeType === 'Call' || mayAct(child))
}

/** Notifies the host of code that isn't interpreted but might have side effects. */
export function unfollowed(run: Run, node: SyntaxNode, reason: string, distant = false): void {
  if (!run.silent) run.host.unfollowed(run, node, reason, distant)
}
