/** Collects every value that a local variable may have. */
import { type NodeOf, type SyntaxNode, childNodes } from '../syntax/syntax-tree.ts'
import { evaluate } from './expressions.ts'
import type { Run } from './run.ts'
import { type Scope, bind, newScope } from './scope.ts'
import { type Term, unknown } from './values.ts'

/** Maximum number of assignments to a variable. */
const maxValues = 50
/** Functions and methods without side effects. */
const makesText = new Set(['format', 'text', 'dedent', 'strip', 'join', 'lower', 'upper', 'str', 'replace', 'range', 'len']) // prettier-ignore

/**
 * Returns all values that a local variable may have; null if any is unknown. Parts that depend on other variables
 * are left open.
 */
export function possibleValues(name: string, from: Scope, run: Run): readonly Term[] | null {
  let scope = from
  while (scope.comprehension && scope.parent !== null) scope = scope.parent
  const { definition } = scope
  if (definition === undefined || definition.nodeType === 'Lambda' || scope.parent === null) return null
  const bound = new Set<string>()
  for (const statement of definition.body) collectNames(statement, bound)
  const values: SyntaxNode[] = []
  const { args } = definition
  const parameters = [...args.posonlyargs, ...args.args, ...args.kwonlyargs, args.vararg, args.kwarg]
  if (parameters.some((one) => one?.arg === name)) return null
  const { body } = definition
  if (!body.every((statement) => collectValues(statement, name, values, body))) return null
  if (values.length === 0 || values.length > maxValues || !values.every(isText)) return null
  const others = newScope(scope.parent)
  for (const one of [...bound, ...parameters.flatMap((each) => each?.arg ?? [])]) {
    const held = scope.names.get(one)
    bind(others, one, held?.kind === 'imported' ? held : unknown, definition)
  }
  const { silent } = run
  run.silent = true
  const terms = values.map((value) => evaluate(value, others, run))
  run.silent = silent
  return terms
}

/** Collects the values assigned to the name. Returns false if the name is bound in any other way. */
function collectValues(
  node: SyntaxNode,
  name: string,
  values: SyntaxNode[],
  body: readonly SyntaxNode[],
): boolean {
  if (node.nodeType === 'Assign' && node.targets.some((target) => isName(target, name))) {
    values.push(node.value)
    return node.targets.every((target) => isName(target, name) || !binds(target, name))
  }
  if (node.nodeType === 'AnnAssign' && isName(node.target, name)) {
    if (node.value !== undefined) values.push(node.value)
    return true
  }
  // Handles `statements += ['DELETE FROM a', 'DELETE FROM b']`.
  if (node.nodeType === 'AugAssign' && isName(node.target, name) && node.value.nodeType === 'List') {
    values.push(node.value)
    return node.op.nodeType === 'Add'
  }
  if (node.nodeType === 'For' && isName(node.target, name)) {
    const items = listedItems(node.iter, body)
    values.push(...(items ?? []))
    const rest = [...node.body, ...node.orelse]
    return items !== null && rest.every((child) => collectValues(child, name, values, body))
  }
  if (node.nodeType === 'FunctionDef' || node.nodeType === 'Lambda') return !rebinds(node, name)
  if (bindsItself(node, name)) return false
  return childNodes(node).every((child) => collectValues(child, name, values, body))
}

/**
 * Returns the items of a loop over a literal list or tuple, or over a variable that holds only such literals. Null for
 * any other loop.
 */
function listedItems(node: SyntaxNode, body: readonly SyntaxNode[]): readonly SyntaxNode[] | null {
  if (node.nodeType === 'List' || node.nodeType === 'Tuple') return node.elts
  if (node.nodeType !== 'Name') return null
  const lists: SyntaxNode[] = []
  const { id } = node
  if (!body.every((statement) => collectValues(statement, id, lists, []))) return null
  if (body.reduce((uses, statement) => uses + usesOf(statement, id), 0) !== 1 || lists.length === 0)
    return null
  const items = lists.map((one) => (one.nodeType === 'List' || one.nodeType === 'Tuple' ? one.elts : null))
  return items.includes(null) ? null : items.flatMap((each) => each ?? [])
}

function usesOf(node: SyntaxNode, name: string): number {
  const own = node.nodeType === 'Name' && node.id === name && node.ctx.nodeType === 'Load' ? 1 : 0
  return childNodes(node).reduce((sum, child) => sum + usesOf(child, name), own)
}

function isName(node: SyntaxNode, name: string): boolean {
  return node.nodeType === 'Name' && node.id === name
}

function binds(node: SyntaxNode, name: string): boolean {
  return bindsItself(node, name) || childNodes(node).some((child) => binds(child, name))
}

function bindsItself(node: SyntaxNode, name: string): boolean {
  switch (node.nodeType) {
    case 'Name':
      return node.id === name && node.ctx.nodeType !== 'Load'
    case 'Alias':
      return (node.asname ?? node.name.split('.')[0]) === name
    case 'ExceptHandler':
    case 'MatchAs':
    case 'MatchStar':
    case 'ClassDef':
    case 'AsyncFunctionDef':
      return node.name === name
    case 'Global':
    case 'Nonlocal':
      return node.names.includes(name)
    case 'MatchMapping':
      return node.rest === name
    default:
      return false
  }
}

/** True if a nested function may rebind the name. */
function rebinds(node: SyntaxNode, name: string): boolean {
  if (node.nodeType === 'FunctionDef' && node.name === name) return true
  const declares = (one: SyntaxNode): boolean =>
    (one.nodeType === 'Nonlocal' && one.names.includes(name)) || childNodes(one).some(declares)
  return declares(node)
}

function collectNames(node: SyntaxNode, names: Set<string>): void {
  if (node.nodeType === 'Name' && node.ctx.nodeType !== 'Load') names.add(node.id)
  if (node.nodeType === 'FunctionDef' || node.nodeType === 'ClassDef') names.add(node.name)
  if (node.nodeType === 'Alias') names.add(node.asname ?? node.name.split('.')[0] ?? node.name)
  for (const child of childNodes(node)) collectNames(child, names)
}

/** Whether the expression has no side effects. */
function isText(node: SyntaxNode): boolean {
  if (node.nodeType === 'Call' && !makesText.has(calledName(node))) return false
  if (node.nodeType === 'NamedExpr' || node.nodeType === 'Lambda' || node.nodeType === 'Await') return false
  return childNodes(node).every(isText)
}

function calledName({ func }: NodeOf<'Call'>): string {
  return func.nodeType === 'Attribute' ? func.attr : func.nodeType === 'Name' ? func.id : ''
}
