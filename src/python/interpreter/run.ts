/**
 * What following code keeps track of on its way, and the `Host` to whom everything is left that isn't Python itself:
 * what a call of a library does, what an attribute of a connection is.
 */
import type { PythonError, Span } from '../../core/history/migration-module.ts'
import { type SyntaxNode, type NodeOf, childNodes } from '../syntax/syntax-tree.ts'
import type { Scope } from './scope.ts'
import type { FunctionTerm, SourceFile, Term } from './values.ts'

/** A call whose parts are evaluated. */
export interface Call {
  readonly called: Term
  readonly args: readonly Term[]
  /** `**` stands for arguments that aren't known. */
  readonly keywords: ReadonlyMap<string, Term>
  readonly node: NodeOf<'Call'>
  readonly scope: Scope
}

/** Knows the libraries that the code uses. */
export interface Host {
  /** The result of a call that isn't Python's own. Gives what it doesn't know of to `giveAway`. */
  call(call: Call, run: Run): Term
  /** `owner.name`, where that is more than a member of `owner`; else null. */
  attributeOf(owner: Term, name: string, run: Run): Term | null
  /** Told of code that isn't followed and might act. */
  unfollowed(run: Run, node: SyntaxNode, reason: string): void
  /** Coroutines are awaited where they are made; absent: functions that are `async` aren't followed. */
  readonly awaits?: boolean
  /** Told of what an expression came to; may know better. */
  refine?(node: SyntaxNode, value: Term, scope: Scope, run: Run): Term
  /** What decorators that aren't followed make of a function; absent or null: something unknown. */
  decorated?(made: FunctionTerm, decorators: readonly Term[], node: SyntaxNode, run: Run): Term | null
  /** Told of an assignment to an attribute. */
  assigned?(target: NodeOf<'Attribute'>, run: Run): void
}

/** A file of the repository that Python finds under a module's name. */
export interface ModuleFile {
  readonly bytes: Uint8Array
  /** The path that its spans carry. */
  readonly path: string
  /** It is the `__init__.py` of a package, or a folder without one (which has no bytes). */
  readonly isPackage: boolean
}

/** Finds modules of the repository; installed ones aren't its business. */
export interface ModuleSource {
  /** The file of a dotted, absolute name; null: the repository has none, or it isn't certain which. */
  find(name: string): ModuleFile | null
  /** Certainly, nothing of the repository has this dotted name. */
  isElsewhere(name: string): boolean
}

/** A file by itself: nothing that it imports is followed. */
export const noModules: ModuleSource = { find: () => null, isElsewhere: () => false }

export interface Run {
  readonly host: Host
  readonly modules: ModuleSource
  /** The names of the modules that were followed; null: they aren't known. */
  readonly loaded: Map<string, Scope | null>
  /** Modules that are being followed, one because of the other. */
  nesting: number
  /** The file whose code is followed now. */
  file: SourceFile
  /** Why what is followed now may not happen; null when it is certain to. */
  under: string | null
  /** The blocks that may not run in which the code is: numbers, each with a `/`; empty: none. */
  branch: string
  /** Blocks of this kind so far. */
  branches: number
  /** Nodes that may still be followed, so that loops end. */
  budget: number
  /** The same for all modules that are imported, together: without them less is known, and nothing else. */
  moduleBudget: number
  /** Functions that are being followed, one in the other. */
  depth: number
  /** The calls that are being followed, one in the other. */
  readonly active: { readonly node: SyntaxNode; readonly args: readonly Term[] }[]
  /** What is called by the calls whose arguments are being evaluated. */
  readonly callees: Term[]
  /** The context managers in whose blocks the code is. */
  readonly managers: Term[]
  /** What is followed now was acted upon already, or never runs itself: the host is told of nothing. */
  silent: boolean
  /** The call that is certainly made in a try whose handlers pass over any exception; null: there is none. */
  attempt: SyntaxNode | null
  /** The exception that certainly ends the code. */
  raised: { readonly error: PythonError; readonly span: Span } | null
}

/** Statements and expressions that are followed at most; a migration of 10,000 lines stays well below. */
const maxSteps = 1_000_000

/** Steps for the modules that one file leads to. */
const maxModuleSteps = 200_000

export function startRun(host: Host, file: SourceFile, modules: ModuleSource = noModules): Run {
  return {
    host,
    modules,
    loaded: new Map(),
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

/** What follows may not run, for this reason. */
export function enterBranch(run: Run, reason: string): void {
  run.under ??= reason
  run.branches += 1
  run.branch += `${run.branches}/`
}

/** Thrown when a file asks for too much; caught where the reading begins. */
export class TooMuch extends Error {}

export function spend(run: Run, steps = 1): void {
  run.budget -= steps
  if (run.budget < 0) throw new TooMuch()
}

export function spanOf(run: Run, node: SyntaxNode): Span {
  return { path: run.file.path, ...run.file.tree.positionOf(node) }
}

export function sourceOf(run: Run, node: SyntaxNode): string {
  return run.file.tree.sourceOf(node)
}

/** Does code that isn't followed call anything? */
export function mayAct(node: SyntaxNode): boolean {
  return childNodes(node).some((child) => child.nodeType === 'Call' || mayAct(child))
}

/** Tells the host of code that isn't followed and might act. */
export function unfollowed(run: Run, node: SyntaxNode, reason: string): void {
  if (!run.silent) run.host.unfollowed(run, node, reason)
}
