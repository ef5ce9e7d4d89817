/** Binds the targets of assignments. */
import type { Expression, NodeOf, SyntaxNode } from '../syntax/syntax-tree.ts'
import { evaluate } from './expressions.ts'
import { setAttribute } from './instances.ts'
import { forgetMember } from './modules.ts'
import { type Run, unfollowed } from './run.ts'
import { type Scope, bind, forgetModule } from './scope.ts'
import { type Term, foreignBecause, itemsOfTerm, dictKeyOf, list, unknown, unknownBecause } from './values.ts'

/** Executes `target = value`. Errors are reported at the node `source`. */
export function bindTarget(
  target: Expression,
  value: Term,
  scope: Scope,
  run: Run,
  source: SyntaxNode = target,
): void {
  switch (target.nodeType) {
    case 'Name': {
      // An iterator is consumed by its first use, so don't bind its items.
      const once = value.kind === 'items' && value.type === 'iterator'
      return bind(scope, target.id, once ? unknown : value, source)
    }
    case 'Tuple':
    case 'List':
      return unpack(target.elts, value, scope, run, source)
    case 'Starred':
      return bindTarget(target.value, value, scope, run, source)
    case 'Subscript':
      return bindItem(target, value, scope, run, source)
    case 'Attribute': {
      const owner = evaluate(target.value, scope, run)
      run.host.assigned?.(target, run)
      // Changing an attribute of Alembic or the connection affects all later code.
      if (owner.kind === 'instance') setAttribute(owner, target.attr, value, run)
      if (owner.kind === 'class') owner.members.set(target.attr, foreignBecause('it is assigned later'))
      if (owner.kind === 'imported') forgetMember(owner, target.attr, target, run)
      if (owner.kind === 'imported' && /^(?:alembic|sqlalchemy)\b/.test(owner.path)) {
        unfollowed(run, target, 'an assignment to an attribute of Alembic or SQLAlchemy')
      }
      return
    }
    default:
      return
  }
}

function unpack(
  targets: readonly Expression[],
  value: Term,
  scope: Scope,
  run: Run,
  source: SyntaxNode,
): void {
  const items = itemsOfTerm(value)
  const star = targets.findIndex((target) => target.nodeType === 'Starred')
  const fits =
    items !== null && (star === -1 ? items.length === targets.length : items.length >= targets.length - 1)
  if (!fits) {
    const rest =
      value.kind === 'unknown' ? value : unknownBecause('it is unpacked from a value of a different length')
    for (const target of targets) bindTarget(target, rest, scope, run, source)
    return
  }
  const after = star === -1 ? 0 : targets.length - star - 1
  targets.forEach((target, index) => {
    if (index === star) {
      return bindTarget(target, list(items.slice(star, items.length - after)), scope, run, source)
    }
    const item = star !== -1 && index > star ? items[items.length - (targets.length - index)] : items[index]
    bindTarget(target, item ?? unknown, scope, run, source)
  })
}

function bindItem(
  target: NodeOf<'Subscript'>,
  value: Term,
  scope: Scope,
  run: Run,
  source: SyntaxNode,
): void {
  const owner = evaluate(target.value, scope, run)
  const key = target.slice.nodeType === 'Slice' ? unknown : evaluate(target.slice, scope, run)
  const name = dictKeyOf(key)
  if (owner.kind === 'dict' && name !== null && run.under === null) owner.entries.set(name, { key, value })
  else if (owner.kind === 'dict' || owner.kind === 'items') owner.spoiled = true
  else if (owner.kind === 'globals') {
    if (key.kind === 'str' && run.depth === 0 && run.under === null)
      bind(owner.scope, key.value, value, source)
    else forgetModule(scope, { reason: "a call may rebind the module's names", node: target })
  }
}
