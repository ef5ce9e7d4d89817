/** Interprets calls to functions whose source is available. */
import { type SyntaxNode, childNodes } from '../syntax/syntax-tree.ts'
import { executes, handsOver, mayChangeSchema, mayUseConnection } from './acting-functions.ts'
import { evaluate } from './expressions.ts'
import { type Run, enterBranch, unfollowed } from './run.ts'
import { agreed, bind, isSame, newScope, perhaps, type Scope } from './scope.ts'
import { type Frame, followBlock } from './statements.ts'
import {
  type FunctionTerm,
  type Term,
  capable,
  foreign,
  list,
  none,
  textTerm,
  unknown,
  unknownBecause,
} from './values.ts'

/** Maximum depth of interpreted function calls. */
const maxDepth = 12
/** Maximum recursion depth in code that might not run. Each level multiplies the number of calls. */
const maxRecursion = 4

/** Calls a function and returns its result. */
export function callFunction(
  called: FunctionTerm,
  passed: readonly Term[],
  keywords: ReadonlyMap<string, Term>,
  node: SyntaxNode,
  run: Run,
): Term {
  const args = called.self === undefined ? passed : [called.self, ...passed]
  if (called.manages) return { kind: 'manager', does: 'function', called, args: passed, keywords }
  const outer = run.under === null ? [] : run.active.filter(({ node: other }) => other === called.node)
  const isTooDeep = run.depth > maxDepth || outer.length > maxRecursion
  if (!called.decorated && isTooDeep && !mayChangeSchema(called)) return unknown
  if (called.decorated || isTooDeep) {
    const reason = called.decorated ? 'a decorated function' : 'function calls that are nested too deeply'
    const uses = handsOver([...args, ...keywords.values()]) || mayUseConnection(called)
    unfollowed(run, node, reason, !uses)
    return uses ? capable : foreign
  }
  const given = [...args, ...keywords.values()]
  // A recursive call with the same arguments adds no information.
  if (outer.some(({ args: before }) => areAlike(before, given)))
    return mayChangeSchema(called) ? foreign : unknown
  run.active.push({ node: called.node, args: given })
  const scope = newScope(called.scope, false, called.node)
  bindParameters(called, args, keywords, scope)
  const { file, under, branch } = run
  run.file = called.file
  run.depth += 1
  const result = followBody(called, scope, run)
  run.depth -= 1
  run.active.pop()
  run.file = file
  run.under = under
  run.branch = branch
  return result
}

/** Whether the arguments of two calls are equal, or unknown in the same way. */
function areAlike(some: readonly Term[], others: readonly Term[]): boolean {
  return (
    some.length === others.length &&
    some.every((one, index) => {
      const other = others[index]
      if (one.kind === 'template') return other?.kind === 'template' && other.text === one.text
      return other !== undefined && isSame(one, other)
    })
  )
}

function followBody(called: FunctionTerm, scope: Scope, run: Run): Term {
  const { node } = called
  if (node.nodeType === 'Lambda') return evaluate(node.body, scope, run)
  const frame: Frame = { scope, results: [] }
  // A generator runs only as far as its caller iterates.
  const generates = run.file.tree.yields && mayYield(node)
  if (generates) return generated(called, () => void followBlock(node.body, frame, run), run)
  const flow = followBlock(node.body, frame, run)
  return agreed(flow === 'return' ? frame.results : [...frame.results, none])
}

/** Interprets a generator's body. Returns an object whose iteration may change the schema if the body may. */
function generated(called: FunctionTerm, follow: () => void, run: Run): Term {
  const before = run.host.schemaChanges?.()
  enterBranch(run, 'in a loop whose items are only known at run time')
  follow()
  // The order of the body and the loop around it matters only for changes to the schema.
  const changes = run.silent || before === undefined || run.host.schemaChanges?.() !== before
  return changes && executes(called) ? capable : unknown
}

/** Interprets a function that external code might call with unknown arguments. */
export function mayCall(called: FunctionTerm, node: SyntaxNode, run: Run): void {
  if (run.depth > maxDepth || called.decorated) return
  const silent = run.silent
  run.silent = true
  const { args } = called.node
  const given = new Map(
    [...args.posonlyargs, ...args.args, ...args.kwonlyargs].map(({ arg }) => [arg, foreign]),
  )
  const reason = `${called.node.nodeType === 'Lambda' ? 'a function' : called.node.name}() may assign it`
  perhaps(() => callFunction(called, [], given, node, run), { reason, node }, called.scope, run)
  run.silent = silent
}

export function mayYield(node: SyntaxNode): boolean {
  if (node.nodeType === 'Yield' || node.nodeType === 'YieldFrom') return true
  return childNodes(node).some(
    (child) => child.nodeType !== 'FunctionDef' && child.nodeType !== 'Lambda' && mayYield(child),
  )
}

/** Returns the dictionary for `**kwargs`. */
function leftOver({ node }: FunctionTerm, keywords: ReadonlyMap<string, Term>): Term {
  if (keywords.has('**')) return unknownBecause('its keys are unknown')
  const named = new Set([...node.args.args, ...node.args.kwonlyargs].map(({ arg }) => arg))
  const rest = [...keywords].filter(([name]) => !named.has(name))
  return {
    kind: 'dict',
    entries: new Map(rest.map(([name, value]) => [`str:${name}`, { key: textTerm(name), value }])),
    spoiled: false,
  }
}

/** Binds arguments to parameters. */
export function bindParameters(
  called: FunctionTerm,
  args: readonly Term[],
  keywords: ReadonlyMap<string, Term>,
  scope: Scope,
): void {
  const { posonlyargs, args: plain, vararg, kwonlyargs, kwarg } = called.node.args
  const positional = [...posonlyargs, ...plain]
  const fallback = keywords.has('**') ? foreign : undefined
  const given = (name: string): Term => keywords.get(name) ?? fallback ?? called.defaults.get(name) ?? foreign
  positional.forEach((parameter, index) => {
    bind(scope, parameter.arg, args[index] ?? given(parameter.arg), parameter)
  })
  for (const parameter of kwonlyargs) bind(scope, parameter.arg, given(parameter.arg), parameter)
  if (vararg) bind(scope, vararg.arg, list(args.slice(positional.length), 'tuple'), vararg)
  if (kwarg) bind(scope, kwarg.arg, leftOver(called, keywords), kwarg)
}
