/** Determines whether a function could change the database when called from unread code. */
import { type SyntaxNode, childNodes } from '../syntax/syntax-tree.ts'
import { lookUp } from './scope.ts'
import type { FunctionTerm, Term } from './values.ts'

/** Code that changes a schema always contains at least one of these names. */
const actingNames =
  /^(?:op|alembic|context|execute|exec|exec_driver_sql|create|drop|create_all|drop_all|text|DDL|super|eval|setattr|globals|import_module|__import__|run_\w+|upgrade|downgrade|bulk_\w+)$/
/** Maximum number of nested functions to inspect. */
const maxFunctions = 50

/** False if the function neither mentions nor calls anything that could change the schema. */
export function mayChangeSchema(called: FunctionTerm, seen: Set<SyntaxNode> = new Set()): boolean {
  if (seen.has(called.node)) return false
  seen.add(called.node)
  if (seen.size > maxFunctions) return true
  const { posonlyargs, args, kwonlyargs, vararg, kwarg } = called.node.args
  const parameters = [
    ...posonlyargs,
    ...args,
    ...kwonlyargs,
    ...[vararg, kwarg].filter((one) => one !== undefined),
  ]
  const own = new Set(parameters.map(({ arg }) => arg))
  collectBound(called.node, own)
  return acts(called.node, called, own, seen)
}

function acts(
  node: SyntaxNode,
  called: FunctionTerm,
  own: ReadonlySet<string>,
  seen: Set<SyntaxNode>,
): boolean {
  switch (node.nodeType) {
    case 'Name':
      if (actingNames.test(node.id)) return true
      return !own.has(node.id) && isActing(lookUp(node.id, called.scope), seen)
    case 'Attribute':
      if (actingNames.test(node.attr)) return true
      break
    case 'Call':
      // Only the caller knows the value of a parameter.
      if (node.func.nodeType === 'Name' && own.has(node.func.id)) return true
      break
    case 'Import':
    case 'ImportFrom':
    case 'Global':
    case 'Nonlocal':
      return true
    default:
  }
  return childNodes(node).some((child) => acts(child, called, own, seen))
}

function isActing(term: Term, seen: Set<SyntaxNode>): boolean {
  switch (term.kind) {
    case 'function':
      return term.decorated || mayChangeSchema(term, seen)
    case 'class':
      return term.acts
    case 'imported':
      return !/^(?:builtins|uuid|json|re|datetime|logging|hashlib|string|math|time|random|typing|decimal|itertools|functools|collections|operator|copy|base64|os\.path|urllib)(?:\.|$)/.test(
        term.path,
      )
    case 'unknown':
      return term.foreign
    case 'bind':
    case 'context':
    case 'batch':
    case 'globals':
    case 'member':
      return true
    default:
      return false
  }
}

/** Collects the names that the function itself binds. */
function collectBound(node: SyntaxNode, own: Set<string>): void {
  for (const child of childNodes(node)) {
    if (child.nodeType === 'Name' && child.ctx.nodeType !== 'Load') own.add(child.id)
    if (child.nodeType === 'FunctionDef') own.add(child.name)
    collectBound(child, own)
  }
}
