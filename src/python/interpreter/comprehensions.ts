/** Evaluates comprehensions and generator expressions. */
import type { NodeOf } from '../syntax/syntax-tree.ts'
import { mayExecute } from './acting-functions.ts'
import { evaluate } from './expressions.ts'
import { iterable } from './library/files.ts'
import { type Run, noteUse } from './run.ts'
import { type Scope, newScope, perhaps } from './scope.ts'
import { bindTarget } from './targets.ts'
import {
  type Dict,
  type Items,
  type Term,
  capable,
  isOpen,
  itemsOfTerm,
  dictKeyOf,
  list,
  setOf,
  truthOf,
  unknown,
} from './values.ts'

type Generators = NodeOf<'ListComp'>['generators']

/** Calls `produce` for each iteration. Returns false if the number of iterations is unknown. */
function generate(
  generators: Generators,
  scope: Scope,
  run: Run,
  produce: (certain: boolean) => void,
  certain = true,
): boolean {
  const [first, ...rest] = generators
  if (first === undefined) {
    produce(certain)
    return true
  }
  const round = (item: Term, sure = certain): boolean => {
    bindTarget(first.target, item, scope, run)
    const tests = first.ifs.map((test) => truthOf(evaluate(test, scope, run)))
    if (tests.includes(false)) return true
    if (!tests.includes(null)) return generate(rest, scope, run, produce, sure)
    const doubt = { reason: 'under a condition', node: first.iter }
    perhaps(() => generate(rest, scope, run, produce, false), doubt, scope, run)
    return false
  }
  const value = first.is_async ? null : evaluate(first.iter, scope, run)
  if (value) noteUse(value, first.iter, run)
  const given = value && (run.host.iterated?.(value, run) ?? iterable(value, run))
  const iterated = given?.kind === 'rows' ? given.items : given
  const source = iterated && itemsOfTerm(iterated)
  if (source) return source.map((item) => round(item)).every(Boolean)
  if (iterated?.kind === 'items' && isOpen(iterated) && !iterated.spoiled) {
    for (const item of iterated.items) round(item)
  }
  const doubt = { reason: 'in a loop whose items are only known at run time', node: first.iter }
  perhaps(() => round(unknown, false), doubt, scope, run)
  return false
}

/** Evaluates a list, set or generator comprehension. */
export function evaluateComprehension(
  node: NodeOf<'ListComp'> | NodeOf<'SetComp'> | NodeOf<'GeneratorExp'>,
  scope: Scope,
  run: Run,
): Term {
  const inner = newScope(scope, true)
  const items: Term[] = []
  const all = (): boolean =>
    generate(node.generators, inner, run, (certain) => {
      const item = evaluate(node.elt, inner, run)
      if (certain) items.push(item)
    })
  // A generator runs only as far as its caller iterates, and perhaps later.
  if (node.nodeType === 'GeneratorExp' && mayExecute(node.elt, scope)) {
    const doubt = { reason: 'in a loop whose items are only known at run time', node }
    perhaps(all, doubt, scope, run)
    return capable
  }
  const complete = all()
  const type = node.nodeType === 'ListComp' ? 'list' : 'iterator'
  const made: Items = node.nodeType === 'SetComp' ? setOf(items) : list(items, type)
  return complete ? made : { ...made, perhaps: 'any' }
}

export function dictComprehension(node: NodeOf<'DictComp'>, scope: Scope, run: Run): Term {
  const inner = newScope(scope, true)
  const found: Dict = { kind: 'dict', entries: new Map(), spoiled: false }
  const complete = generate(node.generators, inner, run, () => {
    const key = evaluate(node.key, inner, run)
    const value = evaluate(node.value, inner, run)
    const name = dictKeyOf(key)
    if (name === null) found.spoiled = true
    else found.entries.set(name, { key, value })
  })
  return complete ? found : { ...found, spoiled: true }
}
