/** Works out the expressions of a migration; calls of what changes a database are left to `calls.ts`. */
import { constantOf } from '../syntax/syntax-tree.ts'
import type { Expression, NodeOf } from '../syntax/syntax-tree.ts'
import { callTerm } from './calls.ts'
import { contains, operated, same, textOrTemplate, toText } from './operators.ts'
import { emitOpaque, spend } from './interpreter-state.ts'
import type { Run } from './interpreter-state.ts'
import { hole } from './sql/tokens.ts'
import { foreign, itemsOfTerm, keyOf, list, text, truthOf, unknown } from './abstract-values.ts'
import type { Dict, Scope, Term } from './abstract-values.ts'

/** What the expression stands for; the calls in it are followed on the way. */
export function evaluate(node: Expression, scope: Scope, run: Run): Term {
  spend(run)
  switch (node.nodeType) {
    case 'Constant':
      return constant(node, run)
    case 'Name':
      return lookUp(node.id, scope)
    case 'Attribute':
      return attributeOf(evaluate(node.value, scope, run), node.attr, run)
    case 'Call':
      return call(node, scope, run)
    case 'List':
    case 'Tuple':
    case 'Set':
      return display(node, scope, run)
    case 'Dict':
      return dictionary(node, scope, run)
    case 'JoinedStr':
      return joined(node, scope, run)
    case 'BinOp': {
      const left = evaluate(node.left, scope, run)
      return operated(left, node.op.nodeType, evaluate(node.right, scope, run))
    }
    case 'UnaryOp':
      return unary(node, scope, run)
    case 'BoolOp':
      return logical(node, scope, run)
    case 'Compare':
      return comparison(node, scope, run)
    case 'IfExp':
      return conditional(node, scope, run)
    case 'Subscript':
      return subscript(node, scope, run)
    case 'NamedExpr': {
      const value = evaluate(node.value, scope, run)
      if (node.target.nodeType === 'Name')
        scope.names.set(node.target.id, run.under === null ? value : unknown)
      return value
    }
    case 'ListComp':
    case 'SetComp':
    case 'GeneratorExp':
      return comprehension(node, scope, run)
    case 'DictComp':
      return unlessItActs(run, () => {
        const inner = { names: new Map(scope.names), parent: scope.parent }
        for (const each of node.generators) bindUnknown(each.target, inner)
        evaluate(node.value, inner, run)
        return unknown
      })
    case 'Lambda':
      return { kind: 'function', node, scope, decorated: false }
    case 'Starred':
    case 'Await':
      return evaluate(node.value, scope, run)
    default:
      return unknown
  }
}

/** Runs a part that may or may not be executed. */
export function unlessItActs<T>(run: Run, part: () => T, reason = 'under a condition'): T {
  const before = run.under
  run.under ??= reason
  try {
    return part()
  } finally {
    run.under = before
  }
}

function constant(node: NodeOf<'Constant'>, run: Run): Term {
  const found = constantOf(node, run.tree)
  if (found.kind === 'int') return { kind: 'int', value: BigInt(found.value) }
  return found.kind === 'str' || found.kind === 'bool' || found.kind === 'none' ? found : unknown
}

export function lookUp(name: string, scope: Scope): Term {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const found = at.names.get(name)
    if (found !== undefined) return found
  }
  return builtins.has(name) ? { kind: 'imported', path: `builtins.${name}` } : foreign
}

const builtins = new Set(
  (
    'abs all any bool bytes callable chr dict divmod enumerate filter float format frozenset getattr globals hasattr hash ' +
    'hex id int isinstance issubclass iter len list locals map max min next object open ord print range repr reversed ' +
    'round set setattr sorted str sum super tuple type vars zip exec eval compile __import__ Exception ValueError ' +
    'exit quit RuntimeError NotImplementedError KeyError TypeError AssertionError'
  ).split(' '),
)

/** `owner.name` */
export function attributeOf(owner: Term, name: string, run: Run): Term {
  switch (owner.kind) {
    case 'imported':
      return { kind: 'imported', path: `${owner.path}.${name}` }
    case 'bind':
      if (name === 'engine' || name === 'bind' || name === 'connection') return owner
      return name === 'name' ? dialectName(run) : { kind: 'member', owner, name }
    case 'context':
      if (name === 'bind' || name === 'connection') return { kind: 'bind' }
      return name === 'impl' ? foreign : { kind: 'member', owner, name }
    case 'member': {
      const base = owner.owner.kind
      if (owner.name === 'dialect' && (base === 'bind' || base === 'context')) {
        return name === 'name' ? dialectName(run) : unknown
      }
      return { kind: 'member', owner, name }
    }
    case 'class':
      return owner.members.get(name) ?? { kind: 'member', owner, name }
    case 'str':
    case 'int':
      // A member of an Enum of this file stands for its value.
      return name === 'value' ? owner : { kind: 'member', owner, name }
    case 'unknown':
      return owner
    default:
      return { kind: 'member', owner, name }
  }
}

function dialectName(run: Run): Term {
  return run.dialect === null ? unknown : text(run.dialect)
}

function call(node: NodeOf<'Call'>, scope: Scope, run: Run): Term {
  const called = evaluate(node.func, scope, run)
  const before = run.inColumn
  run.inColumn ||= called.kind === 'imported' && /^sqlalchemy\..*(?:Column|Enum|ENUM)$/.test(called.path)
  const args: Term[] = []
  for (const argument of node.args) {
    if (argument.nodeType !== 'Starred') {
      args.push(evaluate(argument, scope, run))
      continue
    }
    const several = itemsOfTerm(evaluate(argument.value, scope, run))
    args.push(...(several ?? [unknown]))
  }
  const keywords = new Map<string, Term>()
  for (const keyword of node.keywords) {
    const value = evaluate(keyword.value, scope, run)
    if (keyword.arg !== undefined) keywords.set(keyword.arg, value)
    else spread(value, keywords)
  }
  run.inColumn = before
  return callTerm({ called, args, keywords, node, scope }, run)
}

/** `**options` */
function spread(value: Term, keywords: Map<string, Term>): void {
  if (value.kind !== 'dict' || value.spoiled) {
    keywords.set('**', value)
    return
  }
  for (const { key, value: inner } of value.entries.values()) {
    if (key.kind === 'str') keywords.set(key.value, inner)
  }
}

function display(node: NodeOf<'List'> | NodeOf<'Tuple'> | NodeOf<'Set'>, scope: Scope, run: Run): Term {
  const items: Term[] = []
  let spoiled = false
  for (const element of node.elts) {
    const value = evaluate(element, scope, run)
    if (element.nodeType !== 'Starred') items.push(value)
    else {
      const several = itemsOfTerm(value)
      if (several === null) spoiled = true
      else items.push(...several)
    }
  }
  const type = node.nodeType === 'Tuple' ? 'tuple' : node.nodeType === 'List' ? 'list' : 'set'
  return { ...list(items, type), spoiled }
}

function dictionary(node: NodeOf<'Dict'>, scope: Scope, run: Run): Term {
  const found: Dict = { kind: 'dict', entries: new Map(), spoiled: false }
  node.values.forEach((valueNode, index) => {
    const keyNode = node.keys[index]
    const value = evaluate(valueNode, scope, run)
    const key = keyNode === null || keyNode === undefined ? null : evaluate(keyNode, scope, run)
    const name = key === null ? null : keyOf(key)
    if (key !== null && name !== null) found.entries.set(name, { key, value })
    else if (key === null && value.kind === 'dict' && !value.spoiled) {
      for (const [inner, entry] of value.entries) found.entries.set(inner, entry)
    } else found.spoiled = true
  })
  return found
}

function joined(node: NodeOf<'JoinedStr'>, scope: Scope, run: Run): Term {
  let whole = ''
  for (const part of node.values) {
    if (part.nodeType !== 'FormattedValue') {
      const value: unknown = part.nodeType === 'Constant' ? part.value : null
      whole += typeof value === 'string' ? value : hole
      continue
    }
    const value = toText(evaluate(part.value, scope, run))
    const plain = part.format_spec === undefined && (part.conversion === -1 || part.conversion === 115)
    whole += plain ? value : hole
  }
  return textOrTemplate(whole)
}

function unary(node: NodeOf<'UnaryOp'>, scope: Scope, run: Run): Term {
  const value = evaluate(node.operand, scope, run)
  if (node.op.nodeType === 'USub' && value.kind === 'int') return { kind: 'int', value: -value.value }
  if (node.op.nodeType !== 'Not') return unknown
  const test = truthOf(value)
  return test === null ? unknown : { kind: 'bool', value: !test }
}

function logical(node: NodeOf<'BoolOp'>, scope: Scope, run: Run): Term {
  const isOr = node.op.nodeType === 'Or'
  let last: Term = unknown
  let sure = true
  for (const operand of node.values) {
    last = sure ? evaluate(operand, scope, run) : unlessItActs(run, () => evaluate(operand, scope, run))
    const test = truthOf(last)
    // `unknown and False` is never true, and `unknown or True` always.
    if (test === isOr) return sure ? last : { kind: 'bool', value: isOr }
    if (test === null) sure = false
  }
  return sure ? last : unknown
}

function comparison(node: NodeOf<'Compare'>, scope: Scope, run: Run): Term {
  const left = evaluate(node.left, scope, run)
  const others = node.comparators.map((other) => evaluate(other, scope, run))
  const operator = node.ops[0]?.nodeType
  const [right] = others
  if (others.length !== 1 || right === undefined) return unknown
  if (left.kind === 'made' || right.kind === 'made') {
    return { kind: 'made', path: 'sqlalchemy.expression', args: [], keywords: new Map(), source: '' }
  }
  if (operator === 'In' || operator === 'NotIn') {
    const held = contains(right, left)
    return held === null ? unknown : { kind: 'bool', value: held === (operator === 'In') }
  }
  const equal = same(left, right)
  if (equal === null) return unknown
  if (operator === 'Eq' || operator === 'Is') return { kind: 'bool', value: equal }
  return operator === 'NotEq' || operator === 'IsNot' ? { kind: 'bool', value: !equal } : unknown
}

function conditional(node: NodeOf<'IfExp'>, scope: Scope, run: Run): Term {
  const test = truthOf(evaluate(node.test, scope, run))
  if (test !== null) return evaluate(test ? node.body : node.orelse, scope, run)
  const [body, orelse] = unlessItActs(run, () => [
    evaluate(node.body, scope, run),
    evaluate(node.orelse, scope, run),
  ])
  return same(body ?? unknown, orelse ?? unknown) === true && body !== undefined ? body : unknown
}

function subscript(node: NodeOf<'Subscript'>, scope: Scope, run: Run): Term {
  const owner = evaluate(node.value, scope, run)
  if (node.slice.nodeType === 'Slice') return unknown
  const index = evaluate(node.slice, scope, run)
  if (owner.kind === 'globals') {
    return index.kind === 'str' ? lookUp(index.value, run.module) : foreign
  }
  if (owner.kind === 'dict') {
    const key = keyOf(index)
    return key === null || owner.spoiled ? unknown : (owner.entries.get(key)?.value ?? unknown)
  }
  if (owner.kind === 'class') {
    return index.kind === 'str' ? (owner.members.get(index.value) ?? unknown) : unknown
  }
  const items = owner.kind === 'items' || owner.kind === 'str' ? itemsOfTerm(owner) : null
  if (items !== null && index.kind === 'int') return items.at(Number(index.value)) ?? unknown
  return owner.kind === 'unknown' ? owner : owner.kind === 'imported' ? foreign : unknown
}

function comprehension(
  node: NodeOf<'ListComp'> | NodeOf<'SetComp'> | NodeOf<'GeneratorExp'>,
  scope: Scope,
  run: Run,
): Term {
  const [first] = node.generators
  const type = node.nodeType === 'SetComp' ? 'set' : 'list'
  const source = first === undefined ? null : itemsOfTerm(evaluate(first.iter, scope, run))
  const inner: Scope = { names: new Map(), parent: scope }
  if (first === undefined || source === null || node.generators.length > 1) {
    return unlessItActs(
      run,
      () => {
        for (const each of node.generators) bindUnknown(each.target, inner)
        evaluate(node.elt, inner, run)
        return unknown
      },
      'in a loop that only running would tell',
    )
  }
  const items: Term[] = []
  let spoiled = false
  for (const item of source) {
    bindTarget(first.target, item, inner, run)
    const tests = first.ifs.map((test) => truthOf(evaluate(test, inner, run)))
    if (tests.includes(false)) continue
    if (tests.includes(null)) {
      spoiled = true
      unlessItActs(run, () => evaluate(node.elt, inner, run))
    } else items.push(evaluate(node.elt, inner, run))
  }
  return { ...list(items, type), spoiled }
}

function bindUnknown(target: Expression, scope: Scope): void {
  if (target.nodeType === 'Name') scope.names.set(target.id, unknown)
  else if (target.nodeType === 'Tuple' || target.nodeType === 'List') {
    for (const element of target.elts) bindUnknown(element, scope)
  } else if (target.nodeType === 'Starred') bindUnknown(target.value, scope)
}

/** `target = value`, with everything that can stand on the left. */
export function bindTarget(target: Expression, value: Term, scope: Scope, run: Run): void {
  switch (target.nodeType) {
    case 'Name':
      scope.names.set(target.id, value)
      return
    case 'Tuple':
    case 'List': {
      const items = itemsOfTerm(value)
      const starred = target.elts.some((element) => element.nodeType === 'Starred')
      if (items === null || starred || items.length !== target.elts.length) {
        const rest = value.kind === 'unknown' ? value : unknown
        for (const element of target.elts) bindTarget(element, rest, scope, run)
        return
      }
      target.elts.forEach((element, index) => bindTarget(element, items[index] ?? unknown, scope, run))
      return
    }
    case 'Starred':
      return bindTarget(target.value, value, scope, run)
    case 'Subscript': {
      const owner = evaluate(target.value, scope, run)
      const key = target.slice.nodeType === 'Slice' ? unknown : evaluate(target.slice, scope, run)
      const name = keyOf(key)
      if (owner.kind === 'dict' && name !== null && run.under === null)
        owner.entries.set(name, { key, value })
      else if (owner.kind === 'dict' || owner.kind === 'items') owner.spoiled = true
      return
    }
    case 'Attribute': {
      const owner = evaluate(target.value, scope, run)
      // Replacing a part of Alembic or of the connection changes what everything after it does.
      if (owner.kind === 'imported' && /^(?:alembic|sqlalchemy)\b/.test(owner.path)) {
        emitOpaque(run, target, 'a part of Alembic or SQLAlchemy is replaced', null)
      }
      return
    }
    default:
      return
  }
}
