/** Finds uses of unbound names, which raise NameError or UnboundLocalError. */
import { type SyntaxNode, type SyntaxTree, childNodes } from '../../syntax/syntax-tree.ts'
import { builtinNames, occasionalNames } from './builtin-names.ts'
import { type Run, spanOf } from '../run.ts'
import { type Scope, namesBoundBy } from '../scope.ts'
import type { FunctionTerm } from '../values.ts'

type FunctionNode = FunctionTerm['node']

/**
 * Sets `run.raised` if using the name definitely raises an exception. Skips imported modules, because other code may
 * add names to them.
 */
export function raiseIfUndefined(name: string, node: SyntaxNode, scope: Scope, run: Run): void {
  if (run.host.raisesNameErrors !== true || run.file.module !== undefined) return
  if (run.under !== null || run.silent || run.raised !== null) return
  const type = errorFor(name, scope, run.file.tree)
  if (type === null) return
  const message =
    type === 'NameError'
      ? `name '${name}' is not defined`
      : `cannot access local variable '${name}' where it is not associated with a value`
  run.raised = { error: { type, message }, span: spanOf(run, node) }
}

function errorFor(name: string, scope: Scope, tree: SyntaxTree): 'NameError' | 'UnboundLocalError' | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    if (at.names.has(name) || at.anyName !== null || at.starred) return null
    if (at.definition !== undefined && localsOf(at.definition, tree).has(name)) return 'UnboundLocalError'
  }
  const isElsewhere = builtinNames.has(name) || occasionalNames.has(name) || name.startsWith('_')
  return isElsewhere || globalsIn(tree).has(name) ? null : 'NameError'
}

const locals = new WeakMap<FunctionNode, ReadonlySet<string>>()

function localsOf(definition: FunctionNode, tree: SyntaxTree): ReadonlySet<string> {
  const known = locals.get(definition)
  if (known !== undefined) return known
  const bound = new Set<string>()
  const others = new Set<string>()
  const collect = (node: SyntaxNode): void => {
    if (node.nodeType === 'Global' || node.nodeType === 'Nonlocal')
      for (const one of node.names) others.add(one)
    for (const one of namesBoundBy(node)) bound.add(one)
    if (isScope(node)) return
    // Expression statements and calls bind names only through `:=`. Skip them if the file has no `:=`, which saves
    // time because migrations consist mostly of calls.
    if ((node.nodeType === 'Expr' || node.nodeType === 'Call') && !tree.walrus) return
    // A comprehension's targets are local to it, but `:=` inside it binds a name in the function.
    if (node.nodeType === 'Comprehension') for (const part of [node.iter, ...node.ifs]) collect(part)
    else for (const child of childNodes(node)) collect(child)
  }
  for (const part of definition.nodeType === 'Lambda' ? [definition.body] : definition.body) collect(part)
  for (const one of others) bound.delete(one)
  locals.set(definition, bound)
  return bound
}

function isScope({ nodeType }: SyntaxNode): boolean {
  return (
    nodeType === 'FunctionDef' ||
    nodeType === 'AsyncFunctionDef' ||
    nodeType === 'ClassDef' ||
    nodeType === 'Lambda'
  )
}

const declared = new WeakMap<SyntaxTree, ReadonlySet<string>>()

/** Returns the names in all of the file's `global` statements. */
function globalsIn(tree: SyntaxTree): ReadonlySet<string> {
  const known = declared.get(tree)
  if (known !== undefined) return known
  const names = new Set<string>()
  const pending: SyntaxNode[] = [...tree.body]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.nodeType === 'Global') for (const one of node.names) names.add(one)
    pending.push(...childNodes(node))
  }
  declared.set(tree, names)
  return names
}
