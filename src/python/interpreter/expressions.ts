/** Evaluates expressions and interprets the calls in them. */
import { ownText } from '../source/own-text.ts'
import { type NodeOf, type SyntaxNode, childNodes, constantOf, textOf } from '../syntax/syntax-tree.ts'
import { callTerm } from './calls.ts'
import { evaluateComprehension, dictComprehension } from './comprehensions.ts'
import { parentAt, pathPart } from './library/files.ts'
import { asRepr, formatValue, toText } from './library/format.ts'
import { attributeOfInstance, attributeOfRow, elementOf, methodOfClass } from './instances.ts'
import { resolveImported, valueOfName } from './modules.ts'
import { compared, expressionOf, isExpression, operated, textOrTemplate } from './operators.ts'
import { rememberedCall } from './pure-calls.ts'
import { type Run, spend } from './run.ts'
import { type Scope, agreed, bind, eitherOf, forgetModule, lookUp, moduleOf, perhaps } from './scope.ts'
import { raiseIfUndefined } from './names/undefined-names.ts'
import {
  type Definition,
  type Dict,
  type Term,
  bool,
  foreign,
  hole,
  itemsOfTerm,
  dictKeyOf,
  list,
  plainUnknown,
  setOf,
  textTerm,
  truthOf,
  unknown,
  unknownBecause,
  unorderedItems,
} from './values.ts'

/** Maximum size of a computed value, in characters or items. Stops repeated doubling from exhausting memory. */
const maxComputed = 1_000_000
/** Number of characters or items in a computed value that count as one step. */
const sizePerStep = 16

/** Evaluates an expression. */
export function evaluate(node: SyntaxNode, scope: Scope, run: Run): Term {
  spend(run)
  const found = valueOf(node, scope, run)
  const value = run.host.refine?.(node, found, scope, run) ?? found
  if (node.nodeType === 'Constant' || node.nodeType === 'Name') return value
  const size = value.kind === 'str' ? value.value.length : value.kind === 'items' ? value.items.length : 0
  spend(run, Math.floor(size / sizePerStep))
  return size > maxComputed ? unknownBecause('it is too long to analyze') : value
}

function valueOf(node: SyntaxNode, scope: Scope, run: Run): Term {
  switch (node.nodeType) {
    case 'Constant':
      return constant(node, run)
    case 'Name':
      raiseIfUndefined(node.id, node, scope, run)
      return valueOfName(node.id, scope, run)
    case 'Attribute':
      return attributeOf(evaluate(node.value, scope, run), node, scope, run)
    case 'Call':
      return rememberedCall(node, scope, run, call)
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
      let target = scope
      while (target.comprehension && target.parent !== null) target = target.parent
      if (node.target.nodeType === 'Name') bind(target, node.target.id, value, node.value)
      return value
    }
    case 'ListComp':
    case 'SetComp':
    case 'GeneratorExp':
      return evaluateComprehension(node, scope, run)
    case 'DictComp':
      return dictComprehension(node, scope, run)
    case 'Lambda':
      return {
        kind: 'function',
        node,
        scope,
        file: run.file,
        defaults: defaultsOf(node, scope, run),
        decorated: false,
      }
    case 'Starred':
    case 'Await':
      return evaluate(node.value, scope, run)
    default:
      for (const child of childNodes(node)) evaluate(child, scope, run)
      return unknown
  }
}

/** Kept out of `valueOf`, which would otherwise allocate these closures on every call. */
function comparison(node: NodeOf<'Compare'>, scope: Scope, run: Run): Term {
  const left = evaluate(node.left, scope, run)
  const doubt = { reason: 'under a condition', node }
  // Python stops at the first false comparison.
  const others = node.comparators.map((other, index) =>
    index === 0
      ? evaluate(other, scope, run)
      : (perhaps(() => evaluate(other, scope, run), doubt, scope, run) ?? unknown),
  )
  return compared(
    left,
    node.ops.map((operator) => operator.nodeType),
    others,
  )
}

function constant(node: NodeOf<'Constant'>, run: Run): Term {
  const text = textOf(node, run.file.tree)
  if (text !== null) return textTerm(ownText(text))
  const found = constantOf(node, run.file.tree)
  switch (found.kind) {
    case 'none':
    case 'bool':
    case 'str':
      return found
    case 'int':
      return { kind: 'int', value: BigInt(found.value) }
    case 'named-character':
      return unknownBecause('it contains a named Unicode character (\\N{…})')
    default:
      return { kind: 'other', type: found.kind }
  }
}

/** Evaluates parameter defaults, as Python does when it defines a function. */
export function defaultsOf(
  { args }: Definition | NodeOf<'Lambda'>,
  scope: Scope,
  run: Run,
): ReadonlyMap<string, Term> {
  if (args.defaults.length + args.kw_defaults.length === 0) return noTerms
  const defaults = new Map<string, Term>()
  const positional = [...args.posonlyargs, ...args.args]
  const first = positional.length - args.defaults.length
  args.defaults.forEach((value, index) => {
    defaults.set(positional[first + index]?.arg ?? '', evaluate(value, scope, run))
  })
  args.kw_defaults.forEach((value, index) => {
    if (value) defaults.set(args.kwonlyargs[index]?.arg ?? '', evaluate(value, scope, run))
  })
  return defaults
}

/** Attributes through which code can rebind a module's names. */
const reachesNames = /^(?:__dict__|__setattr__)$/

function attributeOf(owner: Term, node: NodeOf<'Attribute'>, scope: Scope, run: Run): Term {
  const name = node.attr
  const isModules = owner.kind === 'imported' && owner.path === 'sys' && name === 'modules'
  if (isModules || reachesNames.test(name)) {
    forgetModule(scope, { reason: "a call may rebind the module's names", node })
    return foreign
  }
  switch (owner.kind) {
    case 'imported': {
      const member: Term = { ...owner, path: `${owner.path}.${name}` }
      return resolveImported(member, run) ?? member
    }
    case 'instance':
      return attributeOfInstance(owner, name, run)
    case 'class': {
      const { path } = owner
      const other: Term =
        path === undefined ? { kind: 'member', owner, name } : { kind: 'imported', path: `${path}.${name}` }
      // A column is meaningless without its model, so keep both.
      if (path === undefined && owner.members.has('__tablename__') && isMade(owner.members.get(name)))
        return { kind: 'member', owner, name }
      const method = run.host.followsObjects ? methodOfClass(owner, name, run) : null
      return method ?? owner.members.get(name) ?? other
    }
    case 'str':
    case 'int':
      // Enum members are already represented by their values.
      return name === 'value' ? owner : { kind: 'member', owner, name }
    case 'path':
      return pathPart(owner, name) ?? { kind: 'member', owner, name }
    case 'unknown':
      return owner.model ? attributeOfRow(owner, name) : owner
    default:
      return run.host.attributeOf(owner, name, run) ?? { kind: 'member', owner, name }
  }
}

function isMade(term: Term | undefined): boolean {
  return term?.kind === 'made'
}

function call(node: NodeOf<'Call'>, scope: Scope, run: Run): Term {
  const called = evaluate(node.func, scope, run)
  run.callees.push(called)
  const args: Term[] = []
  let keywords: Map<string, Term> | null = null
  for (const argument of node.args) {
    const value = evaluate(argument, scope, run)
    if (argument.nodeType !== 'Starred') args.push(value)
    else {
      const several = itemsOfTerm(value)
      // If the number of unpacked values is unknown, so are the positions of later arguments.
      if (several === null) (keywords ??= new Map<string, Term>()).set('**', value)
      args.push(...(several ?? [unknown]))
    }
  }
  for (const keyword of node.keywords) {
    const value = evaluate(keyword.value, scope, run)
    keywords ??= new Map<string, Term>()
    if (keyword.arg !== undefined) keywords.set(keyword.arg, value)
    else spread(value, keywords)
  }
  run.callees.pop()
  return callTerm({ called, args, keywords: keywords ?? noTerms, node, scope }, run)
}

/** Shared by calls without keyword arguments, to avoid allocations. */
const noTerms: ReadonlyMap<string, Term> = new Map()

/** Adds the keyword arguments from `**options`. */
function spread(value: Term, keywords: Map<string, Term>): void {
  if (value.kind !== 'dict' || value.spoiled || value.open) {
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
      const several = node.nodeType === 'Set' ? unorderedItems(value) : itemsOfTerm(value)
      if (several === null) spoiled = true
      else items.push(...several)
    }
  }
  const made =
    node.nodeType === 'Set' ? setOf(items) : list(items, node.nodeType === 'Tuple' ? 'tuple' : 'list')
  return spoiled ? { ...made, spoiled } : made
}

function dictionary(node: NodeOf<'Dict'>, scope: Scope, run: Run): Term {
  const found: Dict = { kind: 'dict', entries: new Map(), spoiled: false }
  node.values.forEach((valueNode, index) => {
    const keyNode = node.keys[index]
    const key = keyNode === null || keyNode === undefined ? null : evaluate(keyNode, scope, run)
    const value = evaluate(valueNode, scope, run)
    const name = key === null ? null : dictKeyOf(key)
    if (key !== null && name !== null) found.entries.set(name, { key, value })
    else if (key === null && value.kind === 'dict' && !value.spoiled && !value.open) {
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
      whole += typeof value === 'string' && !value.includes('\\N{') ? value : hole
      continue
    }
    const value = evaluate(part.value, scope, run)
    const specification =
      part.format_spec === undefined ? textTerm('') : evaluate(part.format_spec, scope, run)
    // `conversion` is the character code of `s` (115) or `r` (114), or -1 if there is no conversion.
    const plain = specification.kind === 'str' && (part.conversion === -1 || part.conversion === 115)
    if (part.conversion === 114 && part.format_spec === undefined) whole += asRepr(value) ?? hole
    else if (!plain) whole += hole
    else
      whole += specification.value === '' ? toText(value) : (formatValue(value, specification.value) ?? hole)
  }
  return textOrTemplate(whole)
}

function unary(node: NodeOf<'UnaryOp'>, scope: Scope, run: Run): Term {
  const value = evaluate(node.operand, scope, run)
  if (node.op.nodeType === 'USub' && value.kind === 'int') return { kind: 'int', value: -value.value }
  if (node.op.nodeType === 'USub' && value.kind === 'other' && value.type === 'float') return value
  if (node.op.nodeType === 'Invert' && isExpression(value)) return expressionOf(value)
  if (node.op.nodeType !== 'Not') return value.kind === 'unknown' ? value : unknown
  const test = truthOf(value)
  return test === null ? unknown : bool(!test)
}

function logical(node: NodeOf<'BoolOp'>, scope: Scope, run: Run): Term {
  const isOr = node.op.nodeType === 'Or'
  const doubt = { reason: 'under a condition', node }
  let last: Term = unknown
  let certain = true
  for (const operand of node.values) {
    last = certain
      ? evaluate(operand, scope, run)
      : (perhaps(() => evaluate(operand, scope, run), doubt, scope, run) ?? unknown)
    const test = truthOf(last)
    // `unknown and False` is falsy; `unknown or True` is truthy.
    if (test === isOr) return certain ? last : { ...unknown, truth: isOr }
    if (test === null) certain = false
  }
  return certain || node.values.length === 1 ? last : unknown
}

function conditional(node: NodeOf<'IfExp'>, scope: Scope, run: Run): Term {
  const test = truthOf(evaluate(node.test, scope, run))
  if (test !== null) return evaluate(test ? node.body : node.orelse, scope, run)
  const sides = [node.body, node.orelse].map((side) => () => evaluate(side, scope, run))
  const [body = unknown, orelse = unknown] = eitherOf(
    sides,
    { reason: 'under a condition', node },
    scope,
    run,
  )
  return agreed([body, orelse])
}

function subscript(node: NodeOf<'Subscript'>, scope: Scope, run: Run): Term {
  const owner = evaluate(node.value, scope, run)
  if (node.slice.nodeType === 'Slice') return slice(owner, node.slice, scope, run)
  const index = evaluate(node.slice, scope, run)
  if (owner.kind === 'globals') {
    return index.kind === 'str' ? lookUp(index.value, moduleOf(owner.scope)) : foreign
  }
  if (owner.kind === 'dict') {
    const key = dictKeyOf(index)
    if (key === null && hasPlainValues(owner)) return plainUnknown
    return key === null || owner.spoiled ? unknown : (owner.entries.get(key)?.value ?? unknown)
  }
  if (owner.kind === 'class') {
    return index.kind === 'str' ? (owner.members.get(index.value) ?? unknown) : unknown
  }
  if (owner.kind === 'items' && owner.names && index.kind === 'str' && !owner.spoiled) {
    return owner.items[owner.names.indexOf(index.value)] ?? unknown
  }
  if (owner.kind === 'member' && owner.name === 'parents' && owner.owner.kind === 'path')
    return (index.kind === 'int' ? parentAt(owner.owner, Number(index.value)) : null) ?? unknown
  // `table.c['name']`
  if (owner.kind === 'member' && /^(?:c|columns)$/.test(owner.name) && index.kind === 'str')
    return { kind: 'member', owner, name: index.value }
  const items = owner.kind === 'items' || owner.kind === 'str' ? sequenceOf(owner) : null
  if (items !== null && index.kind === 'int') return items.at(Number(index.value)) ?? unknown
  if (owner.kind === 'unknown') return owner.model ? elementOf(owner) : owner
  return owner.kind === 'imported' ? foreign : unknown
}

/** Whether all values of the dictionary are constants. */
function hasPlainValues({ entries, spoiled, open }: Dict): boolean {
  return (
    !spoiled &&
    !open &&
    [...entries.values()].every(({ value }) => /^(?:none|str|int|bool)$/.test(value.kind))
  )
}

function sequenceOf(owner: Term): readonly Term[] | null {
  return owner.kind === 'items' && owner.type !== 'list' && owner.type !== 'tuple' ? null : itemsOfTerm(owner)
}

function slice(owner: Term, { lower, upper, step }: NodeOf<'Slice'>, scope: Scope, run: Run): Term {
  const [from, to, by] = [lower, upper, step].map((end) =>
    end === undefined || end === null ? null : evaluate(end, scope, run),
  )
  const ends = [from, to].map((end) =>
    end === null ? undefined : end?.kind === 'int' ? Number(end.value) : null,
  )
  const items = owner.kind === 'items' || owner.kind === 'str' ? sequenceOf(owner) : null
  if (items === null || by !== null || ends.includes(null)) return owner.kind === 'unknown' ? owner : unknown
  const part = items.slice(ends[0] ?? 0, ends[1] ?? undefined)
  if (owner.kind === 'items') return list(part, owner.type)
  return textTerm(part.map((item) => (item.kind === 'str' ? item.value : '')).join(''))
}
