/** Handlers of events that env.py registers, followed where they run before or during the migrations. */
import { type Expression, type SyntaxNode, isSyntaxNode } from '../syntax/syntax-tree.ts'
import { type Frame, type Value, unknown } from './env-values.ts'
import { type Run, doubt } from './env-run.ts'
import { invoke, calledBack } from './env-statements.ts'
import { evaluate } from './env-expressions.ts'

/** Registers a handler by `@event.listens_for(target, name)`. */
export function decorate(run: Run, frame: Frame, decorator: Expression, made: Value): void {
  if (decorator.nodeType !== 'Call') return
  const { func } = decorator
  const name = func.nodeType === 'Attribute' ? func.attr : func.nodeType === 'Name' ? func.id : ''
  if (name !== 'listens_for') return
  const values = decorator.args.map((one) => evaluate(run, frame, one))
  listen(run, [...values, made], decorator)
}

/** Events of connections: their handlers run SQL before the migrations do. */
const connecting = /^(?:connect|first_connect|checkout|engine_connect|do_connect|begin|after_begin)$/
/** Events of tables that come into being, also by migrations. */
const making = /^(?:before_create|after_create|before_drop|after_drop)$/
const rewriting = /^(?:before_execute|before_cursor_execute|do_execute|do_execute_no_params)$/

/** Registers a handler: `event.listen(target, name, handler)`. */
export function listen(run: Run, [target, event, handler]: readonly Value[], node: SyntaxNode): void {
  if (event?.kind !== 'text') return
  if (rewriting.test(event.text)) {
    doubt(run, node, { kind: 'everything' }, `listens to ${event.text}, which may change every statement`)
    return
  }
  if (handler?.kind === 'imported' && (connecting.test(event.text) || making.test(event.text))) {
    doubt(run, node, { kind: 'everything' }, `listens to ${event.text} with a function of another file`)
    return
  }
  if (handler?.kind !== 'function') return
  const database: Value = { kind: 'database', connection: null }
  const values = handler.node.args.args.map((_, index) => (index === 0 ? database : unknown))
  if (connecting.test(event.text)) {
    const { certain } = run
    // SQLAlchemy rolls back after it has asked a new engine's first connection for its version. A handler of the
    // engine itself runs after that.
    run.certain &&= target?.kind === 'database' || commits(handler.node)
    invoke(run, handler, values, new Map())
    run.certain = certain
  } else if (making.test(event.text)) calledBack(run, handler)
}

/** `dbapi_connection.autocommit = True`, or a call of `commit()`. */
function commits(node: SyntaxNode): boolean {
  if (node.nodeType === 'Attribute' && /^(?:autocommit|commit)$/.test(node.attr)) return true
  return Object.values(node)
    .flat()
    .some((part) => isSyntaxNode(part) && commits(part))
}
