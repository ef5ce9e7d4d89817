/**
 * Follows statements from top to bottom, as Python would execute them. Both sides of a condition that isn't known are
 * followed, each as something that may not happen; names on which they don't agree aren't known afterwards.
 */
import type { PythonError } from '../../core/history/migration-module.ts'
import { shortened } from '../source/excerpt.ts'
import {
  type Expression,
  type NodeOf,
  type Statement,
  type SyntaxNode,
  childrenOf,
} from '../syntax/syntax-tree.ts'
import { isWrapping } from './builtins.ts'
import { callFunction, mayCall } from './functions.ts'
import { absoluteModule, publicNames } from './modules.ts'
import { bindTarget, defaultsOf, evaluate } from './expressions.ts'
import { operated } from './operators.ts'
import { type Run, mayAct, sourceOf, spanOf, spend, unfollowed } from './run.ts'
import {
  type Doubt,
  type Names,
  type Scope,
  bind,
  eitherOf,
  forget,
  forgetModule,
  harmlessStars,
  merge,
  moduleOf,
  namesOf,
  newScope,
  perhaps,
} from './scope.ts'
import {
  type Definition,
  type FunctionTerm,
  type Term,
  fileNameOf,
  foreign,
  foreignBecause,
  itemsOfTerm,
  moduleNameOf,
  none,
  text,
  truthOf,
  unknown,
  unknownBecause,
} from './values.ts'

/** How a block ends: `maybe` when it depends on something unknown whether it goes on. */
export type Flow = 'next' | 'maybe' | 'return' | 'raise' | 'break' | 'continue'

/** The call of a function that is being followed. */
export interface Frame {
  readonly scope: Scope
  /** What each `return` that may be reached gives. */
  readonly results: Term[]
}

const afterReturn = 'after a condition that may end the function'
const inTry = 'in a try'
const inLoop = 'in a loop that only running would tell'
const underCondition = 'under a condition'

/** Follows a whole module, as importing it would; gives its names. */
export function followModule(body: readonly Statement[], run: Run): Scope {
  const scope = newScope(null)
  const [first] = body
  if (first !== undefined) {
    bind(scope, '__file__', { kind: 'file', name: fileNameOf(run.file.path) }, first)
    bind(scope, '__name__', text(run.file.module?.name ?? moduleNameOf(run.file.path)), first)
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

/** Follows statements one by one. */
export function followBlock(body: readonly Statement[], frame: Frame, run: Run): Flow {
  const before = run.under
  /** The names where the block may have been left. */
  const exits: Names[] = []
  let end: Flow = 'next'
  for (const statement of body) {
    const flow = follow(statement, frame, run)
    if (run.raised !== null) return 'raise'
    if (flow === 'maybe') {
      exits.push(namesOf(frame.scope))
      run.under ??= afterReturn
    } else if (flow !== 'next') {
      end = flow
      break
    }
  }
  run.under = before
  const [last] = body
  if (exits.length === 0 || last === undefined) return end
  if (end === 'raise') return 'raise'
  merge([namesOf(frame.scope), ...exits], { reason: afterReturn, node: last })
  return 'maybe'
}

function follow(statement: Statement, frame: Frame, run: Run): Flow {
  spend(run)
  const { scope } = frame
  switch (statement.nodeType) {
    case 'Expr':
      // A docstring does nothing.
      if (statement.value.nodeType !== 'Constant') evaluate(statement.value, scope, run)
      return 'next'
    case 'Assign': {
      const value = evaluate(statement.value, scope, run)
      for (const target of statement.targets) bindTarget(target, value, scope, run, statement.value)
      return 'next'
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
      else bind(scope, statement.name, foreignBecause('it is a coroutine'), statement)
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
      return followUnknownLoop(statement, frame, run)
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
      for (const target of statement.targets) unbind(target, scope, run)
      return 'next'
    case 'Assert':
      return followAssert(statement, scope, run)
    default:
      return passBy(statement, scope, run)
  }
}

/** A statement that isn't followed: what it binds isn't known, and what it calls may be called. */
function passBy(statement: Statement, scope: Scope, run: Run): Flow {
  if (mayAct(statement)) unfollowed(run, statement, 'a statement that is not followed')
  const doubt = { reason: 'it is bound by a statement that is not followed', node: statement }
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
    for (const child of childrenOf(node)) evaluateCalls(child, scope, run)
  }
}

/** A name that a function shares with the module may be changed by any call of it. */
function globalNames(statement: NodeOf<'Global'> | NodeOf<'Nonlocal'>, scope: Scope): void {
  if (scope.parent === null) return
  for (const name of statement.names) {
    for (let at: Scope | null = scope; at !== null; at = at.parent) {
      bind(at, name, foreignBecause('a function that is called may bind it'), statement)
    }
  }
}

/** `del name`, `del items[0]` */
function unbind(target: Expression, scope: Scope, run: Run): void {
  if (target.nodeType === 'Name') {
    scope.names.delete(target.id)
    return
  }
  if (target.nodeType !== 'Subscript') return bindTarget(target, foreign, scope, run)
  const owner = evaluate(target.value, scope, run)
  if (owner.kind === 'items' || owner.kind === 'dict') owner.spoiled = true
  if (owner.kind === 'globals') {
    forgetModule(scope, { reason: 'it is deleted in a way that is not followed', node: target })
  }
}

function augment(statement: NodeOf<'AugAssign'>, scope: Scope, run: Run): void {
  const { target } = statement
  const left = target.nodeType === 'Name' ? evaluate(target, scope, run) : unknown
  const value = evaluate(statement.value, scope, run)
  if (target.nodeType !== 'Name') return bindTarget(target, unknown, scope, run, statement)
  if (left.kind === 'items' && (left.type === 'list' || left.type === 'set')) {
    // `+=` changes the list itself, for everybody who holds it.
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
  bind(scope, target.id, isLong ? unknownBecause('it is too long to be followed') : result, statement)
}

/** Names that none of those packages has. */
const alembicNames = new Set([
  'revision',
  'down_revision',
  'branch_labels',
  'depends_on',
  'upgrade',
  'downgrade',
])

function bindImports(statement: NodeOf<'Import'> | NodeOf<'ImportFrom'>, scope: Scope, run: Run): void {
  for (const alias of statement.names) {
    if (statement.nodeType === 'Import') {
      const top = alias.name.split('.')[0] ?? alias.name
      const path = alias.asname === undefined ? top : alias.name
      bind(scope, alias.asname ?? top, { kind: 'imported', path, module: path }, statement)
      continue
    }
    const { level = 0, module: written = '' } = statement
    const module = absoluteModule(level, written, run)
    const from = module ?? '.'.repeat(level) + written
    if (alias.name === '*') starImport(from, statement, scope, run)
    else {
      const path = `${from}.${alias.name}`
      const named: Term = module === null ? { kind: 'imported', path } : { kind: 'imported', path, module }
      bind(scope, alias.asname ?? alias.name, named, statement)
    }
  }
}

function starImport(from: string, node: SyntaxNode, scope: Scope, run: Run): void {
  const names = publicNames(from, run)
  for (const name of names ?? []) {
    bind(scope, name, { kind: 'imported', path: `${from}.${name}`, module: from }, node)
  }
  if (names !== null) return
  const doubt: Doubt = { reason: `it may come from ${from}, which is not read`, node }
  if (!harmlessStars.test(from)) return forgetModule(scope, doubt)
  for (const [name, held] of moduleOf(scope).names) {
    const stays = alembicNames.has(name) || name.startsWith('__') || held.kind === 'imported'
    if (!stays) bind(moduleOf(scope), name, unknownBecause(doubt.reason), node)
  }
}

function define(statement: Definition, scope: Scope, run: Run): void {
  const decorators = statement.decorator_list.map((decorator) => evaluate(decorator, scope, run))
  const made: FunctionTerm = {
    kind: 'function',
    node: statement,
    scope,
    file: run.file,
    defaults: defaultsOf(statement, scope, run),
    decorated: false,
  }
  const wrapped = decorators.reduceRight<Term | null>(
    (inner, decorator) => (inner === null ? null : wrappedBy(decorator, inner, statement, run)),
    made,
  )
  const known = wrapped ?? run.host.decorated?.(made, decorators, statement, run) ?? null
  // A decorator that isn't followed may call it.
  if (known === null) mayCall(made, statement, run)
  bind(scope, statement.name, known ?? { ...made, decorated: true }, statement)
}

/** What a decorator makes of a function; null unless that is a function, too. */
function wrappedBy(decorator: Term, inner: Term, node: SyntaxNode, run: Run): Term | null {
  if (isWrapping(decorator)) return inner
  if (decorator.kind !== 'function' || decorator.decorated) return null
  const made = callFunction(decorator, [inner], new Map(), node, run)
  return made.kind === 'function' && !made.decorated ? made : null
}

/** A class is known by its simple attributes; one whose methods could change the database is marked. */
function bindClass(statement: NodeOf<'ClassDef'>, scope: Scope, run: Run): void {
  const around = [...statement.decorator_list, ...statement.bases, ...statement.keywords]
  for (const part of around) evaluate(part, scope, run)
  const inner = newScope(scope)
  followBlock(statement.body, { scope: inner, results: [] }, run)
  const isMethod = (part: Statement): part is NodeOf<'FunctionDef'> | NodeOf<'AsyncFunctionDef'> =>
    part.nodeType === 'FunctionDef' || part.nodeType === 'AsyncFunctionDef'
  const methods = statement.body.filter(isMethod)
  const names = new Map(methods.map(({ name }) => [name, inner.names.get(name) ?? unknown]))
  const made: Term = {
    kind: 'class',
    name: statement.name,
    members: new Map([...inner.names].filter(([name]) => !names.has(name))),
    bases: statement.bases.map((base) => sourceOf(run, base)),
    methods: names,
    acts: methods.some((method) => mentions(method, actingNames)),
  }
  bind(scope, statement.name, made, statement)
}

const actingNames =
  /^(?:op|alembic|context|execute|exec_driver_sql|create|drop|create_all|drop_all|text|DDL|super)$/

function mentions(node: SyntaxNode, names: RegExp): boolean {
  if (node.nodeType === 'Name' && names.test(node.id)) return true
  if (node.nodeType === 'Attribute' && names.test(node.attr)) return true
  return childrenOf(node).some((child) => mentions(child, names))
}

function raise(statement: NodeOf<'Raise'>, scope: Scope, run: Run): void {
  const error = raisedBy(statement, scope, run)
  if (run.under === null) run.raised ??= { error, span: spanOf(run, statement) }
}

/** The exception of a `raise`, as far as its text says it. */
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

/** What leaves the function, or fails, binds nothing that matters afterwards. */
function goesOn(flow: Flow): boolean {
  return flow !== 'return' && flow !== 'raise'
}

/** How things go on after one of several ways was taken. */
function joinFlows(flows: readonly Flow[]): Flow {
  // A migration that raised was rolled back or fails again: where it counts as applied, it did not.
  const going = flows.filter((flow) => flow !== 'raise')
  const [first] = going
  if (first === undefined) return 'raise'
  return going.every((flow) => flow === first) ? first : 'maybe'
}

function followIf(statement: NodeOf<'If'>, frame: Frame, run: Run): Flow {
  const test = truthOf(evaluate(statement.test, frame.scope, run))
  if (run.raised !== null) return 'raise'
  if (test !== null) return followBlock(test ? statement.body : statement.orelse, frame, run)
  const sides = [statement.body, statement.orelse].map((side) => () => followBlock(side, frame, run))
  return joinFlows(eitherOf(sides, { reason: underCondition, node: statement }, frame.scope, run, goesOn))
}

function followFor(statement: NodeOf<'For'> | NodeOf<'AsyncFor'>, frame: Frame, run: Run): Flow {
  const items = itemsOfTerm(evaluate(statement.iter, frame.scope, run))
  if (items === null) return followUnknownLoop(statement, frame, run)
  const before = run.under
  /** The names where the loop may have been left. */
  const exits: Names[] = []
  for (const item of items) {
    bindTarget(statement.target, item, frame.scope, run, statement.iter)
    const flow = followBlock(statement.body, frame, run)
    if (flow === 'return' || flow === 'raise' || flow === 'break') {
      run.under = before
      if (flow === 'break') return leaveLoop(statement, exits, frame.scope)
      return exits.length === 0 || flow === 'raise' ? flow : 'maybe'
    }
    if (flow === 'maybe') {
      exits.push(namesOf(frame.scope))
      run.under ??= afterReturn
    }
  }
  // A `continue` or `break` ends with the loop; whether a `return` was among them is told by the statements.
  run.under = before
  const left = leaveLoop(statement, exits, frame.scope)
  const flow = followElse(statement, left === 'next', frame, run)
  return left === 'maybe' && hasReturn(statement) ? 'maybe' : flow
}

function leaveLoop(statement: SyntaxNode, exits: readonly Names[], scope: Scope): Flow {
  if (exits.length === 0) return 'next'
  merge([namesOf(scope), ...exits], { reason: afterReturn, node: statement })
  return 'maybe'
}

function hasReturn(node: SyntaxNode): boolean {
  if (node.nodeType === 'Return') return true
  if (node.nodeType === 'FunctionDef' || node.nodeType === 'Lambda') return false
  return childrenOf(node).some(hasReturn)
}

/** Does the code leave a loop or the function around it? */
function leaves(node: SyntaxNode): boolean {
  if (['Return', 'Break', 'Continue'].includes(node.nodeType)) return true
  if (node.nodeType === 'FunctionDef' || node.nodeType === 'Lambda') return false
  // What leaves a loop inside of it stays in it.
  const isLoop = node.nodeType === 'For' || node.nodeType === 'AsyncFor' || node.nodeType === 'While'
  return isLoop ? node.body.some(hasReturn) || node.orelse.some(leaves) : childrenOf(node).some(leaves)
}

type Loop = NodeOf<'For'> | NodeOf<'AsyncFor'> | NodeOf<'While'>

/** A loop of which it isn't known how often it runs, or over what. */
function followUnknownLoop(statement: Loop, frame: Frame, run: Run): Flow {
  const { scope } = frame
  const doubt = { reason: inLoop, node: statement }
  // Names that the body binds may come from an earlier round.
  forget(statement.body, scope, doubt)
  if (statement.nodeType !== 'While') bindTarget(statement.target, unknown, scope, run, statement)
  else evaluate(statement.test, scope, run)
  eitherOf<Flow>([() => followBlock(statement.body, frame, run), () => 'next'], doubt, scope, run, goesOn)
  forget(statement.body, scope, doubt)
  const flow = followElse(statement, false, frame, run)
  return hasReturn(statement) ? 'maybe' : flow
}

/** The `else` of a loop, which a `break` passes over; `complete`: there was none. */
function followElse({ body, orelse }: Loop, complete: boolean, frame: Frame, run: Run): Flow {
  const [first] = orelse
  if (first === undefined) return 'next'
  const rest = (): Flow => followBlock(orelse, frame, run)
  if (complete || !body.some(leaves)) return rest()
  const doubt = { reason: inLoop, node: first }
  return joinFlows(eitherOf<Flow>([rest, () => 'next'], doubt, frame.scope, run, goesOn))
}

type TryStatement = NodeOf<'Try'> | NodeOf<'TryStar'>

function followTry(statement: TryStatement, frame: Frame, run: Run): Flow {
  const rethrows = statement.handlers.every(
    (handler) => givesUp(handler.body.at(-1)) && !handler.body.some(leaves),
  )
  const body = [...statement.body, ...statement.orelse]
  // That swallows an exception.
  if (statement.finalbody.some(leaves)) return passBy(statement, frame.scope, run)
  // The handlers of the first only run when the migration fails.
  const flow = rethrows ? followBlock(body, frame, run) : followSwallowing(statement, body, frame, run)
  const isBare = (last: Statement | undefined): boolean =>
    last?.nodeType === 'Raise' && last.exc === undefined
  const raised = statement.handlers.every((handler) => isBare(handler.body.at(-1))) ? run.raised : null
  run.raised = null
  const last = followBlock(statement.finalbody, frame, run)
  run.raised ??= raised
  return last === 'next' ? flow : last
}

/** `raise`, `sys.exit(1)` */
function givesUp(last: Statement | undefined): boolean {
  if (last?.nodeType !== 'Expr' || last.value.nodeType !== 'Call') return last?.nodeType === 'Raise'
  const { func } = last.value
  return func.nodeType === 'Attribute'
    ? func.attr === 'exit' && func.value.nodeType === 'Name' && func.value.id === 'sys'
    : func.nodeType === 'Name' && func.id === 'exit'
}

function followSwallowing(statement: TryStatement, body: readonly Statement[], frame: Frame, run: Run): Flow {
  const { scope } = frame
  const doubt = { reason: inTry, node: statement }
  const handlers = statement.handlers.map((handler) => () => {
    forget(body, scope, doubt)
    if (handler.name !== undefined) bind(scope, handler.name, unknown, handler)
    return followBlock(handler.body, frame, run)
  })
  const parts = [() => followBlock(body, frame, run), ...handlers]
  return joinFlows(eitherOf(parts, doubt, scope, run, goesOn))
}

function followWith(statement: NodeOf<'With'> | NodeOf<'AsyncWith'>, frame: Frame, run: Run): Flow {
  const { scope } = frame
  const entered = run.managers.length
  let suppresses = false
  for (const item of statement.items) {
    const value = evaluate(item.context_expr, scope, run)
    if (value.kind === 'manager' ? value.does === 'suppress' : value.kind === 'unknown' && value.foreign) {
      suppresses = true
    }
    run.managers.push(value)
    if (item.optional_vars !== undefined) {
      bindTarget(item.optional_vars, value, scope, run, item.context_expr)
    }
  }
  const body = (): Flow => followBlock(statement.body, frame, run)
  const doubt = { reason: 'in a context that is not followed', node: statement }
  const flow = suppresses
    ? joinFlows(eitherOf<Flow>([body, () => 'next'], doubt, scope, run, goesOn))
    : body()
  run.managers.length = entered
  return flow
}
