/** Determines whether a function might change the database. */
import { type SyntaxNode, childNodes } from '../syntax/syntax-tree.ts'
import { type Scope, lookUp } from './scope.ts'
import type { ClassTerm, FunctionTerm, Term } from './values.ts'

/** Code that changes a schema uses at least one of these names. */
const actingNames =
  /^(?:op|alembic|context|execute|exec|exec_driver_sql|create|drop|create_all|drop_all|text|DDL|super|eval|setattr|globals|import_module|__import__|run_\w+|upgrade|downgrade|bulk_\w+)$/
/** Code that uses the migration's connection uses at least one of these names. */
const connectionNames =
  /^(?:op|alembic|context|execute|exec|exec_driver_sql|create|drop|create_all|drop_all|text|DDL|eval|run_\w+|upgrade|downgrade|bulk_\w+)$/
/** Maximum number of functions to inspect per check. */
const maxFunctions = 50

/** Modules whose functions can't change a schema. */
const harmless =
  /^(?:builtins|uuid|json|re|datetime|logging|hashlib|string|math|time|random|typing|decimal|itertools|functools|collections|operator|copy|base64|os\.path|urllib|sqlalchemy\.exc)(?:\.|$)/

/** Criteria for "acting" code, which changes the schema or uses the connection. */
interface Acting {
  readonly names: RegExp
  /** Whether the dotted path may refer to code that changes the schema or uses the connection. */
  readonly imported: (path: string) => boolean
  /** Whether to treat unreadable code as acting code. */
  readonly unread: boolean
}

const changing: Acting = { names: actingNames, imported: (path) => !harmless.test(path), unread: true }
const using: Acting = {
  names: connectionNames,
  imported: (path) => /(?:alembic|alchemy|migrat|sqlmodel|db|session)/i.test(path),
  unread: false,
}

/** Whether the function's code could change the schema. */
export function mayChangeSchema(called: FunctionTerm): boolean {
  return mayAct(called, changing, new Set())
}

/** Whether the code could change the schema. `own` contains the names that the code binds. */
export function mayChange(node: SyntaxNode, scope: Scope, own: ReadonlySet<string>): boolean {
  return acts(node, scope, own, changing, new Set())
}

/** Whether the function may use the migration's connection. Unreadable code is assumed not to. */
export function mayUseConnection(called: FunctionTerm): boolean {
  return mayAct(called, using, new Set())
}

/** Other modules reach the migration's connection only through Alembic, unless they receive it. */
const reaching: Acting = { names: /^$/, imported: (path) => /^alembic(?:\.|$)/.test(path), unread: false }

/** Whether a function in another module may use the migration's connection without receiving it. */
export function reachesConnection(called: FunctionTerm): boolean {
  return mayAct(called, reaching, new Set())
}

/** Names of calls that execute SQL. */
const executing: Acting = {
  names:
    /^(?:execute|exec|exec_driver_sql|eval|(?:add|alter|bulk|create|drop|rename|run)_\w+|batch_alter_table|create|drop)$/,
  imported: () => false,
  unread: false,
}

/** Whether the function may execute SQL when it runs. */
export function executes(called: FunctionTerm): boolean {
  return mayAct(called, executing, new Set())
}

/** Whether the code may execute SQL when it runs. */
export function mayExecute(node: SyntaxNode, scope: Scope): boolean {
  return acts(node, scope, new Set(), executing, new Set())
}

function mayAct(called: FunctionTerm, acting: Acting, seen: Set<SyntaxNode>): boolean {
  if (seen.has(called.node)) return false
  seen.add(called.node)
  if (seen.size > maxFunctions) return true
  return acts(called.node, called.scope, ownNames(called.node), acting, seen)
}

const known = new WeakMap<FunctionTerm['node'], ReadonlySet<string>>()

function ownNames(node: FunctionTerm['node']): ReadonlySet<string> {
  const before = known.get(node)
  if (before !== undefined) return before
  const { posonlyargs, args, kwonlyargs, vararg, kwarg } = node.args
  const others = [vararg, kwarg].filter((one) => one !== undefined)
  const own = new Set([...posonlyargs, ...args, ...kwonlyargs, ...others].map(({ arg }) => arg))
  collectBound(node, own)
  known.set(node, own)
  return own
}

function acts(
  node: SyntaxNode,
  scope: Scope,
  own: ReadonlySet<string>,
  acting: Acting,
  seen: Set<SyntaxNode>,
): boolean {
  switch (node.nodeType) {
    case 'Name':
      if (acting.names.test(node.id)) return true
      return !own.has(node.id) && isActing(lookUp(node.id, scope), acting, seen)
    case 'Attribute':
      if (acting.names.test(node.attr)) return true
      break
    case 'Call':
      // A parameter or local variable could refer to any function.
      if (acting.unread && node.func.nodeType === 'Name' && own.has(node.func.id)) return true
      break
    case 'Import':
    case 'ImportFrom':
    case 'Global':
    case 'Nonlocal':
      if (acting.unread) return true
      break
    default:
  }
  return childNodes(node).some((child) => acts(child, scope, own, acting, seen))
}

function isActing(term: Term, acting: Acting, seen: Set<SyntaxNode>): boolean {
  switch (term.kind) {
    case 'function':
      return (term.decorated && acting.unread) || mayAct(term, acting, seen)
    case 'class':
      return acting === reaching ? methodsAct(term, acting, seen) : term.acts
    case 'instance':
      return isActing(term.class, acting, seen) || handsOver([term])
    case 'imported':
      return acting.imported(term.path)
    case 'unknown':
      return term.foreign && acting.unread
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

function methodsAct({ methods }: ClassTerm, acting: Acting, seen: Set<SyntaxNode>): boolean {
  return [...methods.values()].some((one) => one.kind === 'function' && mayAct(one, acting, seen))
}

function collectBound(node: SyntaxNode, own: Set<string>): void {
  for (const child of childNodes(node)) {
    if (child.nodeType === 'Name' && child.ctx.nodeType !== 'Load') own.add(child.id)
    if (child.nodeType === 'FunctionDef') own.add(child.name)
    collectBound(child, own)
  }
}

/** Whether code that receives these terms could change the schema. */
export function handsOver(terms: readonly Term[]): boolean {
  return terms.flatMap(parts).some(isCapable)
}

/** Returns the term and its direct parts, such as a list's items. */
export function parts(term: Term): readonly Term[] {
  if (term.kind === 'instance') return [term, ...term.fields.values()]
  if (term.kind === 'function' && term.self) return [term, ...parts(term.self)]
  if (term.kind === 'items') return [term, ...term.items]
  if (term.kind === 'dict') return [term, ...[...term.entries.values()].map(({ value }) => value)]
  // Skip the owner of `bind.dialect`: a dialect can't execute anything.
  if (term.kind === 'member' && term.name === 'dialect') return [term]
  return term.kind === 'member' ? [term, ...parts(term.owner)] : [term]
}

/** Whether code could change the schema through this value. */
function isCapable(term: Term): boolean {
  switch (term.kind) {
    case 'bind':
    case 'batch':
    case 'context':
    case 'globals':
      return true
    case 'function':
      return mayChangeSchema(term)
    case 'manager':
      return term.does === 'function' && mayChangeSchema(term.called)
    case 'instance':
      return [...term.class.methods.values()].some((method) => isCapable(method))
    case 'imported':
      return term.path.startsWith('alembic.')
    case 'unknown':
      return term.capable === true
    default:
      return false
  }
}
