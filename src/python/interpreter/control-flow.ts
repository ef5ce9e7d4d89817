/** Interprets control flow: conditions, loops, `try`, `with`. */
import { type NodeOf, type Statement, type SyntaxNode, childNodes } from '../syntax/syntax-tree.ts'
import { mayChange } from './acting-functions.ts'
import { isAttempt, mayRaise } from './attempts.ts'
import { evaluate } from './expressions.ts'
import { iterable } from './library/files.ts'
import { elementOf } from './instances.ts'
import { bindTarget } from './targets.ts'
import { followManager } from './managers.ts'
import { type Run, enterBranch, noteUse } from './run.ts'
import { type Names, type Scope, bind, eitherOf, forget, merge, namesOf } from './scope.ts'
import { type Flow, type Frame, followBlock, passBy } from './statements.ts'
import { type Term, itemsOfTerm, truthOf, unknown } from './values.ts'

/** Reason given for code that a conditional `return` might skip. */
export const afterReturn = 'after a conditional return'
const inTry = 'in a try block'
const inLoop = 'in a loop whose items are only known at run time'
const underCondition = 'under a condition'

/** False if the block always returns or raises. */
function goesOn(flow: Flow): boolean {
  return flow !== 'return' && flow !== 'raise'
}

/** Returns the common flow; `maybe` if the flows differ. */
function joinFlows(flows: readonly Flow[]): Flow {
  // A migration that raises isn't recorded as applied, so ignore paths that raise.
  const going = flows.filter((flow) => flow !== 'raise')
  const [first] = going
  if (first === undefined) return 'raise'
  return going.every((flow) => flow === first) ? first : 'maybe'
}

/** Interprets an `if` statement. If the condition is unknown, interprets both branches. */
export function followIf(statement: NodeOf<'If'>, frame: Frame, run: Run): Flow {
  const test = truthOf(evaluate(statement.test, frame.scope, run))
  if (run.raised !== null) return 'raise'
  if (test !== null) return followBlock(test ? statement.body : statement.orelse, frame, run)
  const sides = [statement.body, statement.orelse].map((side) => () => followBlock(side, frame, run))
  return joinFlows(eitherOf(sides, { reason: underCondition, node: statement }, frame.scope, run, goesOn))
}

/** Interprets a `for` loop. If the items are known, interprets each iteration. */
export function followFor(statement: NodeOf<'For'> | NodeOf<'AsyncFor'>, frame: Frame, run: Run): Flow {
  const given = evaluate(statement.iter, frame.scope, run)
  const iterated = run.host.iterated?.(given, run) ?? iterable(given, run)
  const items = itemsOfTerm(iterated)
  noteUse(given, statement.iter, run)
  if (items === null) return followUnknownLoop(statement, frame, run, iterated)
  const { under, branch } = run
  const exits: Names[] = []
  for (const item of items) {
    bindTarget(statement.target, item, frame.scope, run, statement.iter)
    const flow = followBlock(statement.body, frame, run)
    if (flow === 'return' || flow === 'raise' || flow === 'break') {
      Object.assign(run, { under, branch })
      if (flow === 'break') return leaveLoop(statement, exits, frame.scope)
      return exits.length === 0 || flow === 'raise' ? flow : 'maybe'
    }
    if (flow === 'maybe') {
      exits.push(namesOf(frame.scope))
      enterBranch(run, afterReturn)
    }
  }
  // After the loop, only a `return` in its body still matters.
  Object.assign(run, { under, branch })
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
  return childNodes(node).some(hasReturn)
}

/** Whether the code may leave the function or the current iteration. */
function leaves(node: SyntaxNode): boolean {
  if (['Return', 'Break', 'Continue'].includes(node.nodeType)) return true
  if (node.nodeType === 'FunctionDef' || node.nodeType === 'Lambda') return false
  // `break` and `continue` in an inner loop affect only that loop.
  const isLoop = node.nodeType === 'For' || node.nodeType === 'AsyncFor' || node.nodeType === 'While'
  return isLoop ? node.body.some(hasReturn) || node.orelse.some(leaves) : childNodes(node).some(leaves)
}

/** Interprets a `while` loop. */
export function followWhile(statement: NodeOf<'While'>, frame: Frame, run: Run): Flow {
  const retried = retriedBlock(statement, frame.scope)
  if (retried === null) return followUnknownLoop(statement, frame, run)
  // Exception handlers in an earlier attempt may have changed these names.
  forget(
    retried.handlers.flatMap(({ body }) => body),
    frame.scope,
    { reason: inLoop, node: statement },
  )
  return followRetried(retried.block, frame, run)
}

/** A block, with its exception handlers, that is retried until it succeeds. */
interface Retried {
  readonly block: readonly Statement[]
  readonly handlers: TryStatement['handlers']
}

/** Returns the block that a `while True` loop retries until it succeeds; null for any other loop. */
function retriedBlock({ test, body }: NodeOf<'While'>, scope: Scope): Retried | null {
  const [attempt, ...others] = body
  if (test.nodeType !== 'Constant' || test.value !== true) return null
  if (attempt?.nodeType !== 'Try' || others.length > 0 || attempt.finalbody.length > 0) return null
  const block = [...attempt.body, ...attempt.orelse]
  const last = block.at(-1)?.nodeType
  if (last !== 'Return' && last !== 'Break') return null
  if (block.slice(0, -1).some(leaves)) return null
  const own = new Set(attempt.handlers.flatMap(({ name }) => name ?? []))
  const isHarmless = attempt.handlers.every((handler) =>
    handler.body.every((one) => !leaves(one) && !mayChange(one, scope, own)),
  )
  return isHarmless ? { block, handlers: attempt.handlers } : null
}

/** Once is enough: the loop ends only after the whole block succeeds. */
function followRetried(block: readonly Statement[], frame: Frame, run: Run): Flow {
  const before = run.attempt
  if (run.under === null) run.attempt = { branch: run.branch, raises: true }
  const flow = followBlock(block, frame, run)
  run.attempt = before
  return flow === 'break' ? 'next' : flow
}

type Loop = NodeOf<'For'> | NodeOf<'AsyncFor'> | NodeOf<'While'>

/** Interprets a loop whose items or number of iterations are unknown. */
function followUnknownLoop(statement: Loop, frame: Frame, run: Run, iterated: Term = unknown): Flow {
  const { scope } = frame
  const doubt = { reason: inLoop, node: statement }
  // Earlier iterations may have rebound these names.
  forget(statement.body, scope, doubt)
  if (statement.nodeType !== 'While') {
    const item = iterated.kind === 'unknown' && iterated.plain ? elementOf(iterated) : unknown
    bindTarget(statement.target, item, scope, run, statement)
  } else evaluate(statement.test, scope, run)
  eitherOf<Flow>([() => followBlock(statement.body, frame, run), () => 'next'], doubt, scope, run, goesOn)
  forget(statement.body, scope, doubt)
  const flow = followElse(statement, false, frame, run)
  return hasReturn(statement) ? 'maybe' : flow
}

/** Interprets a loop's `else` block. `complete` means that the loop never executes `break`. */
function followElse({ body, orelse }: Loop, complete: boolean, frame: Frame, run: Run): Flow {
  const [first] = orelse
  if (first === undefined) return 'next'
  const rest = (): Flow => followBlock(orelse, frame, run)
  if (complete || !body.some(leaves)) return rest()
  const doubt = { reason: inLoop, node: first }
  return joinFlows(eitherOf<Flow>([rest, () => 'next'], doubt, frame.scope, run, goesOn))
}

type TryStatement = NodeOf<'Try'> | NodeOf<'TryStar'>

/** Interprets a `try` statement and the handlers that swallow exceptions. */
export function followTry(whole: TryStatement, frame: Frame, run: Run): Flow {
  const statement = { ...whole, handlers: handlersThatRun(whole, run) }
  const rethrows = statement.handlers.every(
    (handler) => givesUp(handler.body.at(-1)) && !handler.body.some(leaves),
  )
  const body = [...statement.body, ...statement.orelse]
  // A `return`, `break` or `continue` in `finally` swallows the exception.
  if (statement.finalbody.some(leaves)) return passBy(whole, frame.scope, run)
  // If a handler reraises, the migration fails, so ignore that path.
  const flow = rethrows ? followBlock(body, frame, run) : followSwallowing(statement, body, frame, run)
  const isBare = (last: Statement | undefined): boolean =>
    last?.nodeType === 'Raise' && last.exc === undefined
  const raised = statement.handlers.every((handler) => isBare(handler.body.at(-1))) ? run.raised : null
  run.raised = null
  const last = followBlock(statement.finalbody, frame, run)
  run.raised ??= raised
  return last === 'next' ? flow : last
}

/** Omits handlers for exceptions that the body can't raise. */
function handlersThatRun({ body, handlers }: TryStatement, run: Run): TryStatement['handlers'] {
  if (!body.every(isPlainCall)) return handlers
  return handlers.filter(({ type }) => type?.nodeType !== 'Name' || run.host.neverRaises?.(type.id) !== true)
}

/** Whether this is a plain call such as `op.drop_table('t')`, or a `with` block of plain calls. */
function isPlainCall(one: Statement): boolean {
  if (one.nodeType === 'With') return one.body.every(isPlainCall)
  if (one.nodeType !== 'Expr' || one.value.nodeType !== 'Call') return false
  const { func } = one.value
  return func.nodeType === 'Attribute'
    ? func.value.nodeType === 'Name'
    : func.nodeType === 'Name' && func.id === 'print'
}

/** Whether the statement raises an exception or ends the process. */
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
  const attempt = run.under === null && isAttempt(statement, scope, run)
  const raises = statement.handlers.some(mayRaise)
  const parts = [
    () => {
      const before = run.attempt
      run.attempt = attempt ? { branch: run.branch, raises } : null
      const flow = followBlock(body, frame, run)
      run.attempt = before
      return flow
    },
    ...handlers,
  ]
  return joinFlows(eitherOf(parts, doubt, scope, run, goesOn))
}

/** Interprets a `with` statement. */
export function followWith(statement: NodeOf<'With'> | NodeOf<'AsyncWith'>, frame: Frame, run: Run): Flow {
  return enterManager(statement, 0, frame, run)
}

function enterManager(
  statement: NodeOf<'With'> | NodeOf<'AsyncWith'>,
  index: number,
  frame: Frame,
  run: Run,
): Flow {
  const { scope } = frame
  const item = statement.items[index]
  if (item === undefined) return followBlock(statement.body, frame, run)
  const value = evaluate(item.context_expr, scope, run)
  const within = (given: Term): Flow => {
    if (item.optional_vars !== undefined) bindTarget(item.optional_vars, given, scope, run, item.context_expr)
    return enterManager(statement, index + 1, frame, run)
  }
  const doubt = { reason: 'in an unsupported context manager', node: statement }
  if (value.kind === 'manager' && value.does === 'function') {
    const flow = followManager(value, within, run)
    return flow ?? passBy(statement, scope, run)
  }
  noteUse(value, item.context_expr, run)
  const entered = run.managers.length
  run.managers.push(value)
  const suppresses =
    value.kind === 'manager' ? value.does === 'suppress' : value.kind === 'unknown' && value.foreign
  const flow = suppresses
    ? joinFlows(eitherOf<Flow>([() => within(value), () => 'next'], doubt, scope, run, goesOn))
    : within(value)
  run.managers.length = entered
  noteUse(value, item.context_expr, run)
  return flow
}
