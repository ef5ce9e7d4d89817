/** Interprets statements in order. If a condition is unknown, interprets both branches as code that might not run. */
import { fileNameOf, moduleNameOf } from '../../core/text/python-text.ts'
import type { PythonError } from '../../core/history/migration-module.ts'
import { shortened } from '../source/excerpt.ts'
import {
  type Expression,
  type NodeOf,
  type Statement,
  type SyntaxNode,
  childNodes,
} from '../syntax/syntax-tree.ts'
import { mayExecute } from './acting-functions.ts'
import { afterReturn, followFor, followIf, followTry, followWhile, followWith } from './control-flow.ts'
import { bindClass, bindImports, define } from './definitions.ts'
import { evaluate } from './expressions.ts'
import { bindTarget } from './targets.ts'
import { operated } from './operators.ts'
import { type Run, enterBranch, mayAct, sourceOf, spanOf, spend, unfollowed } from './run.ts'
import {
  type Names,
  type Scope,
  bind,
  forget,
  forgetModule,
  merge,
  namesOf,
  newScope,
  perhaps,
  unbind,
} from './scope.ts'
import {
  type Term,
  capable,
  foreign,
  foreignBecause,
  itemsOfTerm,
  none,
  spoil,
  textTerm,
  truthOf,
  unknown,
  unknownBecause,
} from './values.ts'

/** How a block ends. `maybe` means that later code might not run. */
export type Flow = 'next' | 'maybe' | 'return' | 'raise' | 'break' | 'continue'

/** A function call or module being interpreted. */
export interface Frame {
  readonly scope: Scope
  /** Values of the reachable `return` statements. */
  readonly results: Term[]
  /** Interprets the caller's `with` block when a `@contextmanager` function yields. */
  readonly block?: (yielded: Term) => Flow
}

/** Interprets a module as an import does, and returns its scope. Records in `sites` which node bound each name. */
export function followModule(body: readonly Statement[], run: Run, sites: Scope['sites'] = null): Scope {
  const scope = newScope(null)
  scope.sites = sites
  const [first] = body
  if (first !== undefined) {
    const folders = (run.file.location ?? run.file.path).split('/').slice(0, -1)
    bind(scope, '__file__', { kind: 'file', name: fileNameOf(run.file.path), folders }, first)
    bind(scope, '__name__', textTerm(run.file.module?.name ?? moduleNameOf(run.file.path)), first)
    if (first.nodeType === 'Expr' && first.value.nodeType === 'Constant') {
      const doc = evaluate(first.value, scope, run)
      if (doc.kind === 'str') bind(scope, '__doc__', doc, first)
    }
  }
  const flow = followBlock(body, { scope, results: [] }, run)
  if (flow === 'raise' && run.raised === null && first !== undefined) {
    forgetModule(scope, { reason: 'the file raises an exception', node: first })
  }
  return scope
}

/** Interprets statements in order. */
export function followBlock(body: readonly Statement[], frame: Frame, run: Run): Flow {
  const { under, branch } = run
  const exits: Names[] = []
  let end: Flow = 'next'
  for (const statement of body) {
    if (run.raised !== null) return 'raise'
    const flow = follow(statement, frame, run)
    if (run.raised !== null) return 'raise'
    if (flow === 'maybe') {
      exits.push(namesOf(frame.scope))
      enterBranch(run, afterReturn)
    } else if (flow !== 'next') {
      end = flow
      break
    }
  }
  run.under = under
  run.branch = branch
  const [last] = body
  if (exits.length === 0 || last === undefined) return end
  if (end === 'raise') return 'raise'
  merge([namesOf(frame.scope), ...exits], { reason: afterReturn, node: last })
  return 'maybe'
}

/** Interprets the caller's `with` block. The code after the `yield` runs even if that block returns. */
function enterBlock(
  { value }: NodeOf<'Yield'>,
  block: NonNullable<Frame['block']>,
  scope: Scope,
  run: Run,
): Flow {
  return block(value === undefined ? none : evaluate(value, scope, run)) === 'raise' ? 'raise' : 'next'
}

/** A generator might never resume after a `yield`. */
function afterYield({ nodeType }: SyntaxNode): Flow {
  return nodeType === 'Yield' || nodeType === 'YieldFrom' ? 'maybe' : 'next'
}

function follow(statement: Statement, frame: Frame, run: Run): Flow {
  spend(run)
  const { scope } = frame
  switch (statement.nodeType) {
    case 'Expr':
      if (statement.value.nodeType === 'Yield' && frame.block)
        return enterBlock(statement.value, frame.block, scope, run)
      // A docstring does nothing.
      if (statement.value.nodeType !== 'Constant') evaluate(statement.value, scope, run)
      return afterYield(statement.value)
    case 'Assign': {
      const value = evaluate(statement.value, scope, run)
      for (const target of statement.targets) bindTarget(target, value, scope, run, statement.value)
      return afterYield(statement.value)
    }
    case 'AnnAssign':
      if (statement.value !== undefined) {
        bindTarget(statement.target, evaluate(statement.value, scope, run), scope, run, statement.value)
      }
      return 'next'
    case 'AugAssign':
      augment(statement, scope, run)
      return 'next'
    case 'Import':
    case 'ImportFrom':
      bindImports(statement, scope, run)
      return 'next'
    case 'FunctionDef':
      define(statement, scope, run)
      return 'next'
    case 'AsyncFunctionDef':
      if (run.host.awaits === true) define(statement, scope, run)
      else {
        const reason = 'it is a coroutine'
        const executes = mayExecute(statement, scope)
        bind(scope, statement.name, executes ? { ...capable, reason } : foreignBecause(reason), statement)
      }
      return 'next'
    case 'ClassDef':
      bindClass(statement, scope, run)
      return 'next'
    case 'Return':
      frame.results.push(statement.value === undefined ? none : evaluate(statement.value, scope, run))
      return 'return'
    case 'Raise':
      raise(statement, scope, run)
      return 'raise'
    case 'Break':
      return 'break'
    case 'Continue':
      return 'continue'
    case 'If':
      return followIf(statement, frame, run)
    case 'For':
    case 'AsyncFor':
      return followFor(statement, frame, run)
    case 'While':
      return followWhile(statement, frame, run)
    case 'Try':
    case 'TryStar':
      return followTry(statement, frame, run)
    case 'With':
    case 'AsyncWith':
      return followWith(statement, frame, run)
    case 'Global':
    case 'Nonlocal':
      globalNames(statement, scope)
      return 'next'
    case 'Pass':
      return 'next'
    case 'Delete':
      for (const target of statement.targets) deleteTarget(target, scope, run)
      return 'next'
    case 'Assert':
      return followAssert(statement, scope, run)
    default:
      return passBy(statement, scope, run)
  }
}

/** Handles an unsupported statement. The names it binds become unknown, and its calls might not run. */
export function passBy(statement: Statement, scope: Scope, run: Run): Flow {
  if (mayAct(statement)) unfollowed(run, statement, 'an unsupported statement')
  const doubt = { reason: 'an unsupported statement assigns it', node: statement }
  const silent = run.silent
  run.silent = true
  perhaps(() => evaluateCalls(statement, scope, run), doubt, scope, run)
  run.silent = silent
  forget([statement], scope, doubt)
  return 'maybe'
}

function evaluateCalls(node: SyntaxNode, scope: Scope, run: Run): void {
  if (node.nodeType === 'Call') evaluate(node, scope, run)
  else if (node.nodeType !== 'FunctionDef' && node.nodeType !== 'Lambda') {
    for (const child of childNodes(node)) evaluateCalls(child, scope, run)
  }
}

/** Forgets the values of these names, because a function call may rebind them. */
function globalNames(statement: NodeOf<'Global'> | NodeOf<'Nonlocal'>, scope: Scope): void {
  if (scope.parent === null) return
  for (const name of statement.names) {
    for (let at: Scope | null = scope; at !== null; at = at.parent) {
      bind(at, name, foreignBecause('a called function may rebind it'), statement)
    }
  }
}

function deleteTarget(target: Expression, scope: Scope, run: Run): void {
  if (target.nodeType === 'Name') {
    unbind(scope, target.id)
    return
  }
  if (target.nodeType !== 'Subscript') return bindTarget(target, foreign, scope, run)
  const owner = evaluate(target.value, scope, run)
  if (owner.kind === 'items' || owner.kind === 'dict') owner.spoiled = true
  if (owner.kind === 'globals') {
    forgetModule(scope, { reason: 'an unsupported statement may have deleted it', node: target })
  }
}

function augment(statement: NodeOf<'AugAssign'>, scope: Scope, run: Run): void {
  const { target } = statement
  const left = target.nodeType === 'Name' ? evaluate(target, scope, run) : unknown
  const value = evaluate(statement.value, scope, run)
  if (target.nodeType !== 'Name') {
    if (target.nodeType === 'Attribute') spoil(evaluate(target, scope, run))
    return bindTarget(target, unknown, scope, run, statement)
  }
  if (left.kind === 'items' && (left.type === 'list' || left.type === 'set')) {
    // `+=` modifies a list in place, so all references see the change.
    const more = left.type === 'list' && statement.op.nodeType === 'Add' ? itemsOfTerm(value) : null
    if (more === null || run.under !== null) left.spoiled = true
    else left.items.splice(left.items.length, 0, ...more)
    return bind(scope, target.id, left, statement)
  }
  if (left.kind === 'dict') {
    left.spoiled = true
    return
  }
  const result = operated(left, statement.op.nodeType, value)
  const isLong = result.kind === 'str' && result.value.length > 1_000_000
  bind(scope, target.id, isLong ? unknownBecause('it is too long to analyze') : result, statement)
}

function raise(statement: NodeOf<'Raise'>, scope: Scope, run: Run): void {
  const error = raisedBy(statement, scope, run)
  if (run.under === null) run.raised ??= { error, span: spanOf(run, statement) }
}

/** Returns the raised exception. If its message isn't constant, uses the message's source text instead. */
export function raisedBy({ exc }: NodeOf<'Raise'>, scope: Scope, run: Run): PythonError {
  if (exc === undefined) return { type: 'RuntimeError', message: 'No active exception to reraise' }
  const made = exc.nodeType === 'Call' ? exc : null
  const source = sourceOf(run, made === null ? exc : made.func)
  const type = shortened(source.slice(source.lastIndexOf('.') + 1))
  const [first] = made?.args ?? []
  if (first === undefined) return { type, message: '' }
  const value = evaluate(first, scope, run)
  return { type, message: value.kind === 'str' ? value.value : shortened(sourceOf(run, first)) }
}

function followAssert(statement: NodeOf<'Assert'>, scope: Scope, run: Run): Flow {
  if (truthOf(evaluate(statement.test, scope, run)) !== false) return 'next'
  if (run.under === null) {
    run.raised ??= { error: { type: 'AssertionError', message: '' }, span: spanOf(run, statement) }
  }
  return 'raise'
}
