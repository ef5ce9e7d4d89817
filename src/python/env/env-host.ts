/** Interpreter host for env.py. Records how env.py affects the database before the migrations run. */
import { evaluate } from '../interpreter/expressions.ts'
import { type Host, type Run, sourceOf } from '../interpreter/run.ts'
import type { Scope } from '../interpreter/scope.ts'
import { type Term, bool, textTerm } from '../interpreter/values.ts'
import { shortened } from '../source/excerpt.ts'
import type { Expression, NodeOf, SyntaxNode } from '../syntax/syntax-tree.ts'
import { callEnv, isOfUrl, isSpeaking, isUrl, lastNameOf } from './env-calls.ts'
import { listen } from './env-events.ts'
import { type EnvRun, type EnvState, database, doubt, isDatabase, isOver, sqlOf } from './env-state.ts'

/** Creates a host that records in `state` what env.py does. */
export function envHost(state: EnvState): Host {
  return {
    awaits: true,
    call: (call, run) => callEnv({ state, run }, call),
    attributeOf: (owner, name) => (isDatabase(owner) ? attributeOfDatabase(owner, name, state) : null),
    unfollowed(run, node, reason) {
      const isStatement = reason === 'an unsupported statement'
      if (!isStatement && !/^(?:exec|eval)\(\)$/.test(reason)) return
      const what = isStatement ? 'has a statement that' : `calls ${shortened(sourceOf(run, node))}, which`
      doubt({ state, run }, node, { kind: 'everything' }, `${what} the guard can't follow`)
    },
    refine: (node, value, scope, run) => refined({ state, run }, node, value, scope),
    decorated(made, decorators, node, run) {
      for (const decorator of decorators) {
        if (decorator.kind === 'made' && decorator.path === 'env.listener')
          listen({ state, run }, [...decorator.args, made], node)
      }
      return made
    },
    assigned(target, run) {
      if (/^(?:_version|version_num|type)$/.test(target.attr) && /version/i.test(sourceOf(run, target)))
        doubt({ state, run }, target, { kind: 'version width' }, 'changes the version table')
    },
  }
}

const sameDatabase =
  /^(?:engine|sync_engine|bind|connection|sync_connection|dbapi_connection|driver_connection)$/

function attributeOfDatabase(owner: Term, name: string, { dialect }: EnvState): Term | null {
  if (name === 'name') return textTerm(dialect)
  return sameDatabase.test(name) ? owner : null
}

/** Refines a value based on its syntax. Also collects strings that mention search_path. */
function refined(env: EnvRun, node: SyntaxNode, value: Term, scope: Scope): Term {
  switch (node.nodeType) {
    case 'Constant':
    case 'JoinedStr':
      if (!isOver(env) && sqlOf(value)?.includes('search_path')) env.state.mentions.push(node)
      return value
    case 'Attribute':
      return attribute(env, node, value)
    case 'Compare':
      return value.kind === 'unknown' ? compared(env, node, value, scope) : value
    case 'Call':
      // Printing or logging a setting's name doesn't change the setting.
      if (isSpeaking(lastNameOf(node.func))) forgetMentions(env, node)
      return value
    default:
      return value
  }
}

function attribute({ state }: EnvRun, node: NodeOf<'Attribute'>, value: Term): Term {
  const { attr, value: owner } = node
  if (attr === 'TYPE_CHECKING') return bool(false)
  if (attr === 'name' && owner.nodeType === 'Attribute' && owner.attr === 'dialect')
    return textTerm(state.dialect)
  return value.kind === 'unknown' && /^(?:engine|sync_engine|bind|session)$/.test(attr)
    ? database(null)
    : value
}

function forgetMentions({ state, run }: EnvRun, node: SyntaxNode): void {
  const { start, end } = run.file.tree.rangeOf(node)
  state.mentions = state.mentions.filter((one) => {
    const at = run.file.tree.rangeOf(one).start
    return at < start || at >= end
  })
}

/** Evaluates comparisons such as `"sqlite" in url` and `connection is None`. */
function compared(env: EnvRun, node: NodeOf<'Compare'>, value: Term, scope: Scope): Term {
  const [op] = node.ops
  const [right] = node.comparators
  if (!op || !right || node.ops.length > 1) return value
  const negative = /^(?:IsNot|NotIn|NotEq)$/.test(op.nodeType)
  if (/^(?:In|NotIn)$/.test(op.nodeType)) {
    const part = node.left.nodeType === 'Constant' ? sqlOf(evaluate(node.left, scope, env.run)) : null
    const found = part !== null && isUrl(sourceOf(env.run, right)) ? isOfUrl(env.state, part) : null
    return found === null ? value : bool(found !== negative)
  }
  const sides = [node.left, right].map((one) => plainValue(one, scope, env.run))
  const none = sides.some((side) => side?.kind === 'none')
  return none && sides.some(isDatabase) ? bool(negative) : value
}

function plainValue(node: Expression, scope: Scope, run: Run): Term | null {
  return node.nodeType === 'Name' || node.nodeType === 'Constant' ? evaluate(node, scope, run) : null
}
