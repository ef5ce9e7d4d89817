/** What a local name may stand for, whichever way the code took: the values of all its assignments. */
import { type NodeOf, type SyntaxNode, childNodes } from '../syntax/syntax-tree.ts'
import { evaluate } from './expressions.ts'
import type { Run } from './run.ts'
import { type Scope, bind, newScope } from './scope.ts'
import { type Term, unknown } from './values.ts'

/** Assignments to one name that are looked at. */
const maxValues = 50
/** Calls that only make texts. */
const makesText = new Set(['format', 'text', 'dedent', 'strip', 'join', 'lower', 'upper', 'str', 'replace'])

/**
 * Every value that a variable of the function may have, with parts that other variables decide left unknown; null: it
 * may have others.
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
  if (!definition.body.every((statement) => collectValues(statement, name, values))) return null
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

/** Collects what is assigned to the name; false: it is bound in another way, too. */
function collectValues(node: SyntaxNode, name: string, values: SyntaxNode[]): boolean {
  if (node.nodeType === 'Assign' && node.targets.some((target) => isName(target, name))) {
    values.push(node.value)
    return node.targets.every((target) => isName(target, name) || !binds(target, name))
  }
  if (node.nodeType === 'AnnAssign' && isName(node.target, name)) {
    if (node.value !== undefined) values.push(node.value)
    return true
  }
  if (node.nodeType === 'FunctionDef' || node.nodeType === 'Lambda') return !rebinds(node, name)
  if (bindsItself(node, name)) return false
  return childNodes(node).every((child) => collectValues(child, name, values))
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

/** A function inside that may bind the name of the one around it. */
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

/** Evaluating it changes nothing. */
function isText(node: SyntaxNode): boolean {
  if (node.nodeType === 'Call' && !makesText.has(calledName(node))) return false
  if (node.nodeType === 'NamedExpr' || node.nodeType === 'Lambda' || node.nodeType === 'Await') return false
  return childNodes(node).every(isText)
}

function calledName({ func }: NodeOf<'Call'>): string {
  return func.nodeType === 'Attribute' ? func.attr : func.nodeType === 'Name' ? func.id : ''
}
