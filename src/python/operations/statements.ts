/**
 * Follows the statements of a migration from top to bottom. Both sides of a condition that is not known are
 * followed, each as something that may not happen; names that differ afterwards are not known.
 */
import type { Expression, NodeOf, Statement, SyntaxNode } from '../syntax/syntax-tree.ts'
import { childrenOf } from '../header/module-names.ts'
import { agreed, forget, merge, namesOf, restore } from './join-branches.ts'
import type { Names } from './join-branches.ts'
import { bindTarget, evaluate } from './expressions.ts'
import { operated } from './operators.ts'
import { emitOpaque, spend } from './interpreter-state.ts'
import type { Run } from './interpreter-state.ts'
import { foreign, itemsOfTerm, list, none, truthOf, unknown } from './abstract-values.ts'
import type { Scope, Term } from './abstract-values.ts'

/** How a block ends: `maybe…` when it depends on something unknown whether it goes on. */
type Flow = 'next' | 'maybe' | 'return' | 'raise' | 'break' | 'continue'

/** The call of a function that is being followed. */
interface Frame {
  readonly scope: Scope
  /** What each `return` that may be reached gives. */
  readonly results: Term[]
}

const afterReturn = 'after a condition that may end the function'
const inTry = 'in a try'
const inLoop = 'in a loop that only running would tell'
const underCondition = 'under a condition'

/** Follows statements one by one. */
export function followBlock(body: readonly Statement[], frame: Frame, run: Run): Flow {
  let unsure = false
  for (const statement of body) {
    const flow = follow(statement, frame, run)
    if (flow === 'maybe') {
      unsure = true
      run.under ??= afterReturn
    } else if (flow !== 'next') return unsure && flow !== 'raise' ? 'maybe' : flow
  }
  return unsure ? 'maybe' : 'next'
}

/** Follows the module itself, as importing it would. */
export function followModuleBody(body: readonly Statement[], run: Run): void {
  followBlock(body, { scope: run.module, results: [] }, run)
  // What follows a condition at module level is still bound when it is reached.
  run.under = null
  run.steps.length = 0
}

function follow(statement: Statement, frame: Frame, run: Run): Flow {
  spend(run)
  const { scope } = frame
  switch (statement.nodeType) {
    case 'Expr':
      evaluate(statement.value, scope, run)
      return 'next'
    case 'Assign': {
      const value = evaluate(statement.value, scope, run)
      for (const target of statement.targets) bindTarget(target, value, scope, run)
      return 'next'
    }
    case 'AnnAssign':
      if (statement.value !== undefined) {
        bindTarget(statement.target, evaluate(statement.value, scope, run), scope, run)
      }
      return 'next'
    case 'AugAssign':
      augment(statement, scope, run)
      return 'next'
    case 'Import':
    case 'ImportFrom':
      bindImports(statement, scope)
      return 'next'
    case 'FunctionDef': {
      const decorated = statement.decorator_list.length > 0
      scope.names.set(statement.name, { kind: 'function', node: statement, scope, decorated })
      return 'next'
    }
    case 'ClassDef':
      bindClass(statement, scope, run)
      return 'next'
    case 'Return':
      frame.results.push(statement.value === undefined ? none : evaluate(statement.value, scope, run))
      return 'return'
    case 'Raise':
      return 'raise'
    case 'Break':
      return 'break'
    case 'Continue':
      return 'continue'
    case 'If':
      return followIf(statement, frame, run)
    case 'For':
      return followFor(statement, frame, run)
    case 'While':
      return followUnknownLoop(statement, frame, run)
    case 'Try':
      return followTry(statement, frame, run)
    case 'With':
      return followWith(statement, frame, run)
    case 'Global':
    case 'Nonlocal':
      for (const name of statement.names) {
        for (let at: Scope | null = scope; at !== null; at = at.parent) at.names.set(name, foreign)
      }
      return 'next'
    case 'Pass':
      return 'next'
    case 'Delete':
      for (const target of statement.targets) unbind(target, scope, run)
      return 'next'
    case 'Assert':
      return 'next'
    default:
      if (mayAct(statement)) emitOpaque(run, statement, 'a statement that is not followed', null)
      return 'maybe'
  }
}

/** `del name`, `del items[0]` */
function unbind(target: Expression, scope: Scope, run: Run): void {
  if (target.nodeType !== 'Subscript') return bindTarget(target, foreign, scope, run)
  const owner = evaluate(target.value, scope, run)
  if (owner.kind === 'items' || owner.kind === 'dict') owner.spoiled = true
}

/** Does code that is not followed name anything that could change the database? */
function mayAct(node: SyntaxNode): boolean {
  return childrenOf(node).some((child) => child.nodeType === 'Call' || mayAct(child))
}

function augment(statement: NodeOf<'AugAssign'>, scope: Scope, run: Run): void {
  const value = evaluate(statement.value, scope, run)
  const { target } = statement
  if (target.nodeType !== 'Name') return bindTarget(target, unknown, scope, run)
  const left = evaluate(target, scope, run)
  if (left.kind === 'items' && left.type === 'list') {
    // `+=` changes the list itself, for everybody who holds it.
    if (value.kind === 'items' && !value.spoiled && run.under === null) left.items.push(...value.items)
    else left.spoiled = true
    return
  }
  scope.names.set(target.id, operated(left, statement.op.nodeType, value))
}

function bindImports(statement: NodeOf<'Import'> | NodeOf<'ImportFrom'>, scope: Scope): void {
  for (const alias of statement.names) {
    if (statement.nodeType === 'Import') {
      const top = alias.name.split('.')[0] ?? alias.name
      const path = alias.asname === undefined ? top : alias.name
      scope.names.set(alias.asname ?? top, { kind: 'imported', path })
    } else if (alias.name !== '*') {
      const from = '.'.repeat(statement.level ?? 0) + (statement.module ?? '')
      scope.names.set(alias.asname ?? alias.name, { kind: 'imported', path: `${from}.${alias.name}` })
    }
  }
}

/** A class is known by its simple attributes; one whose methods could change the database is marked. */
function bindClass(statement: NodeOf<'ClassDef'>, scope: Scope, run: Run): void {
  const members = new Map<string, Term>()
  const inner: Scope = { names: members, parent: scope }
  const methods = new Set<string>()
  let acts = false
  for (const part of statement.body) {
    if (part.nodeType === 'FunctionDef' || part.nodeType === 'AsyncFunctionDef') {
      if (mentions(part, actingNames)) acts = true
      methods.add(part.name)
    } else if (part.nodeType === 'Assign' || part.nodeType === 'AnnAssign') {
      follow(part, { scope: inner, results: [] }, run)
    }
  }
  const bases = statement.bases.map((base) => run.tree.sourceOf(base))
  scope.names.set(statement.name, { kind: 'class', name: statement.name, members, bases, methods, acts })
}

const actingNames =
  /^(?:op|alembic|context|execute|exec_driver_sql|create|drop|create_all|drop_all|text|DDL|super)$/

function mentions(node: SyntaxNode, names: RegExp): boolean {
  if (node.nodeType === 'Name' && names.test(node.id)) return true
  if (node.nodeType === 'Attribute' && names.test(node.attr)) return true
  return childrenOf(node).some((child) => mentions(child, names))
}

/** Follows each part from the same start, as something that may not happen; then keeps what they agree on. */
function eitherOf(parts: readonly (() => Flow)[], reason: string, scope: Scope, run: Run): readonly Flow[] {
  const start = namesOf(scope)
  const before = run.under
  const ends: Names[] = []
  const flows = parts.map((part) => {
    restore(start)
    run.under = before ?? reason
    const flow = part()
    // What leaves the function binds nothing that matters afterwards.
    if (flow !== 'return' && flow !== 'raise') ends.push(namesOf(scope))
    return flow
  })
  run.under = before
  if (ends.length === 0) restore(start)
  else merge(ends)
  return flows
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
  if (test !== null) return followBlock(test ? statement.body : statement.orelse, frame, run)
  const sides = [statement.body, statement.orelse]
  return joinFlows(
    eitherOf(
      sides.map((side) => () => followBlock(side, frame, run)),
      underCondition,
      frame.scope,
      run,
    ),
  )
}

function followFor(statement: NodeOf<'For'>, frame: Frame, run: Run): Flow {
  const items = itemsOfTerm(evaluate(statement.iter, frame.scope, run))
  if (items === null) return followUnknownLoop(statement, frame, run)
  const before = run.under
  let unsure = false
  for (const item of items) {
    bindTarget(statement.target, item, frame.scope, run)
    const flow = followBlock(statement.body, frame, run)
    if (flow === 'return' || flow === 'raise') return flow
    if (flow === 'break') {
      run.under = before
      return unsure ? 'maybe' : 'next'
    }
    if (flow === 'maybe') unsure = true
  }
  // A `continue` or `break` ends with the loop; whether a `return` was among them is told by the statements.
  run.under = before
  const flow = followBlock(statement.orelse, frame, run)
  return unsure && hasReturn(statement) ? 'maybe' : flow
}

function hasReturn(node: SyntaxNode): boolean {
  if (node.nodeType === 'Return') return true
  if (node.nodeType === 'FunctionDef' || node.nodeType === 'Lambda') return false
  return childrenOf(node).some(hasReturn)
}

/** A loop of which it is not known how often it runs, or over what. */
function followUnknownLoop(statement: NodeOf<'For'> | NodeOf<'While'>, frame: Frame, run: Run): Flow {
  const { scope } = frame
  // Names that the body binds may come from an earlier round.
  forget(statement.body, scope)
  if (statement.nodeType === 'For') bindTarget(statement.target, unknown, scope, run)
  else evaluate(statement.test, scope, run)
  eitherOf([() => followBlock(statement.body, frame, run), () => 'next'], inLoop, scope, run)
  forget(statement.body, scope)
  const flow = followBlock(statement.orelse, frame, run)
  return hasReturn(statement) ? 'maybe' : flow
}

function followTry(statement: NodeOf<'Try'>, frame: Frame, run: Run): Flow {
  const { scope } = frame
  const rethrows = statement.handlers.every(
    (handler) => handler.body.at(-1)?.nodeType === 'Raise' && !handler.body.some(hasReturn),
  )
  const body = [...statement.body, ...statement.orelse]
  let flow: Flow
  if (rethrows) {
    flow = followBlock(body, frame, run)
    // The handlers only run when the migration fails.
  } else {
    const handlers = statement.handlers.map((handler) => () => {
      forget(body, scope)
      if (handler.name !== undefined) scope.names.set(handler.name, unknown)
      return followBlock(handler.body, frame, run)
    })
    flow = joinFlows(eitherOf([() => followBlock(body, frame, run), ...handlers], inTry, scope, run))
  }
  const last = followBlock(statement.finalbody, frame, run)
  return last === 'next' ? flow : last
}

function followWith(statement: NodeOf<'With'>, frame: Frame, run: Run): Flow {
  let suppresses = false
  for (const item of statement.items) {
    const value = evaluate(item.context_expr, frame.scope, run)
    const source = run.tree.sourceOf(item.context_expr)
    if (/\bsuppress\(/.test(source) || (value.kind === 'unknown' && value.foreign)) suppresses = true
    if (item.optional_vars !== undefined) bindTarget(item.optional_vars, value, frame.scope, run)
  }
  const before = run.autocommit
  run.autocommit ||= statement.items.some((item) =>
    run.tree.sourceOf(item.context_expr).endsWith('.autocommit_block()'),
  )
  const flow = suppresses ? maybeFollowed(statement, frame, run) : followBlock(statement.body, frame, run)
  run.autocommit = before
  return flow
}

function maybeFollowed(statement: NodeOf<'With'>, frame: Frame, run: Run): Flow {
  return joinFlows(
    eitherOf(
      [() => followBlock(statement.body, frame, run), () => 'next'],
      'in a context that is not followed',
      frame.scope,
      run,
    ),
  )
}

/** Follows a function of the file with its arguments; what it returns, where that is sure. */
export function callFunction(
  called: Extract<Term, { kind: 'function' }>,
  args: readonly Term[],
  keywords: ReadonlyMap<string, Term>,
  node: SyntaxNode,
  run: Run,
): Term {
  if (called.decorated || run.depth > 12) {
    emitOpaque(run, node, called.decorated ? 'a decorated function' : 'functions nested too deeply', null)
    return foreign
  }
  const scope: Scope = { names: new Map(), parent: called.scope }
  bindParameters(called, args, keywords, scope, run)
  if (called.node.nodeType === 'Lambda') {
    run.depth++
    const result = evaluate(called.node.body, scope, run)
    run.depth--
    return result
  }
  const frame: Frame = { scope, results: [] }
  const before = run.under
  // Somebody may ask a generator for its next value, or for none.
  const generates = mayYield(called.node)
  if (generates) run.under ??= inLoop
  run.depth++
  const flow = followBlock(called.node.body, frame, run)
  run.depth--
  run.under = before
  if (generates) return unknown
  return agreed(flow === 'return' ? frame.results : [...frame.results, none])
}

function mayYield(node: SyntaxNode): boolean {
  if (node.nodeType === 'Yield' || node.nodeType === 'YieldFrom') return true
  return childrenOf(node).some(
    (child) => child.nodeType !== 'FunctionDef' && child.nodeType !== 'Lambda' && mayYield(child),
  )
}

function bindParameters(
  called: Extract<Term, { kind: 'function' }>,
  args: readonly Term[],
  keywords: ReadonlyMap<string, Term>,
  scope: Scope,
  run: Run,
): void {
  const parameters = called.node.args
  const positional = [...parameters.posonlyargs, ...parameters.args]
  const firstDefault = positional.length - parameters.defaults.length
  const fallback = keywords.has('**') ? foreign : undefined
  positional.forEach(({ arg }, index) => {
    const value = parameters.defaults[index - firstDefault]
    const given = args[index] ?? keywords.get(arg) ?? fallback
    const term = given ?? (value === undefined ? foreign : evaluate(value, called.scope, run))
    scope.names.set(arg, term)
  })
  parameters.kwonlyargs.forEach(({ arg }, index) => {
    const value = parameters.kw_defaults[index] ?? undefined
    const given = keywords.get(arg) ?? fallback
    scope.names.set(arg, given ?? (value === undefined ? foreign : evaluate(value, called.scope, run)))
  })
  if (parameters.vararg !== undefined) {
    scope.names.set(parameters.vararg.arg, list(args.slice(positional.length), 'tuple'))
  }
  if (parameters.kwarg !== undefined) scope.names.set(parameters.kwarg.arg, unknown)
}
