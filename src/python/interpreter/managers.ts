/**
 * Interprets a `with` statement that calls a `@contextmanager` function. Runs the function up to its `yield`, then the
 * `with` block, then the rest of the function.
 */
import { type Definition, type Term, none } from './values.ts'
import { type Statement, type SyntaxNode, childNodes } from '../syntax/syntax-tree.ts'
import { bindParameters, mayYield } from './functions.ts'
import type { Run } from './run.ts'
import { newScope } from './scope.ts'
import { type Flow, followBlock } from './statements.ts'

/** Maximum call depth at which context managers are interpreted. */
const maxDepth = 12

/**
 * Returns whether the function contains exactly one `yield`, as a separate statement that always runs unless the
 * function raises.
 */
export function hasSoleYield({ body, nodeType }: Definition): boolean {
  return nodeType === 'FunctionDef' && yieldsIn(body) === 1 && isReached(body)
}

function yieldsIn(nodes: readonly SyntaxNode[]): number {
  return nodes.reduce((sum, node) => {
    const own = node.nodeType === 'Yield' || node.nodeType === 'YieldFrom' ? 1 : 0
    return sum + own + yieldsIn(childNodes(node))
  }, 0)
}

/** Returns whether one of the statements is the `yield`, or a block that contains it and always runs. */
function isReached(body: readonly Statement[]): boolean {
  return body.some((statement) => {
    if (statement.nodeType === 'Expr') return statement.value.nodeType === 'Yield'
    if (statement.nodeType === 'With') return isReached(statement.body)
    if (statement.nodeType !== 'Try') return false
    // A handler could swallow an exception from the `with` block.
    return statement.handlers.length + statement.orelse.length === 0 && isReached(statement.body)
  })
}

type Manager = Extract<Term, { kind: 'manager'; does: 'function' }>

/**
 * Interprets the function, and the caller's `with` block at the `yield`. Returns how the `with` statement ends, or null
 * if the function can't be interpreted, for example because calls are nested too deeply.
 */
export function followManager(
  { called, args, keywords }: Manager,
  block: (yielded: Term) => Flow,
  run: Run,
): Flow | null {
  const { node, self } = called
  if (node.nodeType !== 'FunctionDef' || run.depth > maxDepth || !mayYield(node)) return null
  const scope = newScope(called.scope, false, node)
  bindParameters(called, self === undefined ? args : [self, ...args], keywords, scope)
  const { file, under, branch } = run
  let end: Flow = 'next'
  run.file = called.file
  run.depth += 1
  const flow = followBlock(
    node.body,
    {
      scope,
      results: [none],
      block: (yielded) => {
        run.file = file
        end = block(yielded)
        run.file = called.file
        return end
      },
    },
    run,
  )
  run.depth -= 1
  Object.assign(run, { file, under, branch })
  return flow === 'raise' ? 'raise' : end
}
