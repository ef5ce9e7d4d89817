/** Interprets `with` statements that call a `@contextmanager` function. */
import { type Definition, type Term, none } from './values.ts'
import { type Statement, type SyntaxNode, childNodes } from '../syntax/syntax-tree.ts'
import { bindParameters, mayYield } from './functions.ts'
import type { Run } from './run.ts'
import { newScope } from './scope.ts'
import { type Flow, followBlock } from './statements.ts'

/** Maximum call depth for interpreting context managers. */
const maxDepth = 12

/** Whether the function has exactly one `yield`, and always reaches it unless it raises. */
export function hasSoleYield({ body, nodeType }: Definition): boolean {
  return nodeType === 'FunctionDef' && yieldsIn(body) === 1 && isReached(body)
}

function yieldsIn(nodes: readonly SyntaxNode[]): number {
  return nodes.reduce((sum, node) => {
    const own = node.nodeType === 'Yield' || node.nodeType === 'YieldFrom' ? 1 : 0
    return sum + own + yieldsIn(childNodes(node))
  }, 0)
}

/** Whether the statements always reach the `yield`. */
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
 * Interprets the function, with the caller's block in place of its `yield`. Returns how the `with` statement ends; null
 * if calls are nested too deeply.
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
