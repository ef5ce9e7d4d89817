/**
 * Recognizes `try` statements that only execute SQL. In PostgreSQL, an error in the body aborts the transaction, so
 * later statements fail even if the error is caught.
 */
import { type Expression, type NodeOf, type Statement, type SyntaxNode } from '../syntax/syntax-tree.ts'
import { valueOfName } from './modules.ts'
import { type Run, mayAct } from './run.ts'
import { type Scope, bind, newScope } from './scope.ts'
import { type Term, isOpen } from './values.ts'

type TryStatement = NodeOf<'Try'> | NodeOf<'TryStar'>

/** Maximum depth of nested functions. */
const maxDepth = 5

/** Whether only the database can make the `try` body fail, and the handlers only log and raise. */
export function isAttempt(
  { body, handlers, orelse, finalbody }: TryStatement,
  scope: Scope,
  run: Run,
): boolean {
  if (orelse.length > 0 || finalbody.length > 0) return false
  return handlers.every((handler) => handler.body.every(isQuiet)) && isWork(body, scope, run, 0)
}

/** Whether a handler may `raise`. */
export function mayRaise(node: SyntaxNode): boolean {
  return 'body' in node && Array.isArray(node.body)
    ? [...node.body, ...('orelse' in node && Array.isArray(node.orelse) ? node.orelse : [])].some(mayRaise)
    : node.nodeType === 'Raise'
}

function isQuiet(one: Statement): boolean {
  switch (one.nodeType) {
    case 'Pass':
      return true
    case 'Raise':
      return one.exc === undefined || one.exc.nodeType === 'Name'
    case 'If':
      return isTest(one.test) && [...one.body, ...one.orelse].every(isQuiet)
    case 'Expr':
      return one.value.nodeType === 'Constant' || isReport(one.value)
    default:
      return false
  }
}

/** Whether the condition calls only `str`, `repr` and `isinstance`. */
function isTest(node: SyntaxNode): boolean {
  return node.nodeType === 'Compare'
    ? [node.left, ...node.comparators].every(isQuietValue)
    : isQuietValue(node)
}

/** Whether the node calls nothing except `str`, `repr` or `isinstance`. */
function isQuietValue(node: SyntaxNode): boolean {
  if (node.nodeType !== 'Call') return !mayAct(node)
  const isText = node.func.nodeType === 'Name' && /^(?:str|repr|isinstance)$/.test(node.func.id)
  return isText && !node.args.some((one) => one.nodeType === 'Call' || mayAct(one))
}

/** Whether the node prints or logs a message. */
function isReport(node: SyntaxNode): boolean {
  if (node.nodeType !== 'Call' || !node.args.every(isQuietValue)) return false
  const { func } = node
  if (func.nodeType === 'Name') return func.id === 'print'
  const isLogger =
    func.nodeType === 'Attribute' && func.value.nodeType === 'Name' && /log/i.test(func.value.id)
  return isLogger && /^(?:debug|info|warn|warning|error|exception|critical)$/.test(func.attr)
}

function isWork(body: readonly Statement[], scope: Scope, run: Run, depth: number): boolean {
  return body.every((one) => {
    if (one.nodeType === 'Pass') return true
    if (one.nodeType === 'Expr')
      return one.value.nodeType === 'Constant' || isDirective(one.value, scope, run, depth)
    return one.nodeType === 'With' && isBatch(one, scope, run, depth)
  })
}

/** Whether this is an `op.batch_alter_table` block whose calls can fail only in the database. */
function isBatch({ items, body }: NodeOf<'With'>, scope: Scope, run: Run, depth: number): boolean {
  const [item, ...more] = items
  const name = item?.optional_vars?.nodeType === 'Name' ? item.optional_vars.id : null
  if (item === undefined || name === null || more.length > 0) return false
  const call = item.context_expr
  if (call.nodeType !== 'Call' || pathOf(call.func, scope, run) !== 'alembic.op.batch_alter_table')
    return false
  if (call.keywords.some(({ arg }) => arg !== 'schema')) return false
  const inner = newScope(scope)
  bind(inner, name, { kind: 'imported', path: 'alembic.op' }, item)
  return isPlain(call, inner, run) && isWork(body, inner, run, depth)
}

function isDirective(node: Expression, scope: Scope, run: Run, depth: number): boolean {
  if (node.nodeType !== 'Call') return false
  const path = pathOf(node.func, scope, run)
  if (path?.startsWith('alembic.op.') || isExecute(node.func, scope, run))
    return isPlain(node, scope, run) && !mayEndTransaction(node, scope, run)
  if (node.func.nodeType !== 'Name' || node.args.length + node.keywords.length > 0 || depth > maxDepth)
    return false
  const called = valueOfName(node.func.id, scope, run)
  if (called.kind !== 'function' || called.decorated || called.node.nodeType !== 'FunctionDef') return false
  const { args } = called.node
  const parameters = [...args.posonlyargs, ...args.args, ...args.kwonlyargs, args.vararg, args.kwarg]
  if (parameters.some((one) => one !== undefined && one !== null)) return false
  return isWork(called.node.body, called.scope, run, depth + 1)
}

/** Whether this is the `execute` method of the migration's connection. */
function isExecute(node: Expression, scope: Scope, run: Run): boolean {
  if (node.nodeType !== 'Attribute' || node.attr !== 'execute') return false
  const owner = node.value
  if (owner.nodeType === 'Call')
    return pathOf(owner.func, scope, run) === 'alembic.op.get_bind' && owner.args.length === 0
  const term = owner.nodeType === 'Name' ? valueOfName(owner.id, scope, run) : null
  return term?.kind === 'bind' && !term.other && !term.apart
}

/** Whether the arguments can be evaluated without side effects. */
function isPlain(node: NodeOf<'Call'>, scope: Scope, run: Run): boolean {
  return [...node.args, ...node.keywords.map(({ value }) => value)].every((one) => isValue(one, scope, run))
}

function isValue(node: Expression, scope: Scope, run: Run): boolean {
  switch (node.nodeType) {
    case 'Constant':
      return true
    case 'List':
    case 'Tuple':
      return node.elts.every((one) => isValue(one, scope, run))
    case 'Name':
      return valueOfName(node.id, scope, run).kind !== 'unknown'
    case 'Attribute':
      return pathOf(node, scope, run) !== null
    case 'Call': {
      const path = pathOf(node.func, scope, run)
      const makes =
        path !== null && (/^(?:sqlalchemy|alembic\.op\.f$)/.test(path) || /\.[A-Z]\w*$/.test(path))
      return makes && isPlain(node, scope, run)
    }
    default:
      return false
  }
}

/** The dotted name of a library object; null for anything else. */
function pathOf(node: Expression, scope: Scope, run: Run): string | null {
  if (node.nodeType === 'Name') {
    const term = valueOfName(node.id, scope, run)
    return term.kind === 'imported' ? term.path : null
  }
  const owner = node.nodeType === 'Attribute' ? pathOf(node.value, scope, run) : null
  return owner === null || node.nodeType !== 'Attribute' ? null : `${owner}.${node.attr}`
}

const endsTransaction = /\b(?:commit|rollback|abort|end|savepoint|begin)\b/i

/** Whether the call may end the transaction or set a savepoint. */
function mayEndTransaction({ args, keywords }: NodeOf<'Call'>, scope: Scope, run: Run): boolean {
  const mayEnd = (node: Expression): boolean => {
    switch (node.nodeType) {
      case 'Constant':
        return endsTransaction.test(String(node.value))
      case 'Name':
        return mayHoldEnd(valueOfName(node.id, scope, run))
      case 'Call':
        return mayEndTransaction(node, scope, run)
      case 'List':
      case 'Tuple':
        return node.elts.some(mayEnd)
      default:
        return false
    }
  }
  return [...args, ...keywords.map(({ value }) => value)].some(mayEnd)
}

function mayHoldEnd(term: Term): boolean {
  switch (term.kind) {
    case 'str':
      return endsTransaction.test(term.value)
    case 'made':
      return [...term.args, ...term.keywords.values(), ...(term.more ?? [])].some(mayHoldEnd)
    case 'items':
      return term.spoiled || isOpen(term) || term.items.some(mayHoldEnd)
    case 'template':
    case 'unknown':
    case 'dict':
    case 'instance':
      return true
    default:
      return false
  }
}
