/** Event handlers registered by env.py that run before or during the migrations. */
import { callFunction } from '../interpreter/functions.ts'
import { perhaps } from '../interpreter/scope.ts'
import { type Term, unknown } from '../interpreter/values.ts'
import { type SyntaxNode, childNodes } from '../syntax/syntax-tree.ts'
import { calledBack, parametersOf } from './env-callbacks.ts'
import { type EnvRun, database, doubt, isDatabase } from './env-state.ts'

/** Events that SQLAlchemy fires when a connection or transaction begins. */
const connecting = /^(?:connect|first_connect|checkout|engine_connect|do_connect|begin|after_begin)$/
/** Events fired when a table is created or dropped, even by a migration. */
const making = /^(?:before_create|after_create|before_drop|after_drop)$/
const rewriting = /^(?:before_execute|before_cursor_execute|do_execute|do_execute_no_params)$/

/** Models `event.listen(target, name, handler)` and similar calls. */
export function listen(env: EnvRun, [target, event, handler]: readonly Term[], node: SyntaxNode): void {
  // A handler may commit or enable autocommit, unless it handles a table event.
  if (event?.kind !== 'str' || !making.test(event.value)) env.state.listens = true
  if (event?.kind !== 'str' || handler === undefined) return
  const { value: name } = event
  if (rewriting.test(name)) {
    doubt(
      env,
      node,
      { kind: 'everything' },
      `registers a handler for ${name} that may rewrite every statement`,
    )
    return
  }
  if (handler.kind === 'imported' && (connecting.test(name) || making.test(name))) {
    doubt(env, node, { kind: 'everything' }, `registers a handler for ${name} that the guard doesn't read`)
    return
  }
  if (handler.kind !== 'function') return
  if (making.test(name)) calledBack(env, handler, node)
  if (!connecting.test(name)) return
  const given = parametersOf(handler).map((_, index) => (index === 0 ? database(null) : unknown))
  const call = (): Term => callFunction(handler, given, new Map(), node, env.run)
  // SQLAlchemy rolls back after a new engine's first query. Handlers registered on that engine run after the
  // rollback.
  if (isDatabase(target) || commits(handler.node)) call()
  else perhaps(call, { reason: 'it may be rolled back', node }, handler.scope, env.run)
}

/** Whether the code mentions `.autocommit` or `.commit`. */
function commits(node: SyntaxNode): boolean {
  if (node.nodeType === 'Attribute' && /^(?:autocommit|commit)$/.test(node.attr)) return true
  return childNodes(node).some(commits)
}
