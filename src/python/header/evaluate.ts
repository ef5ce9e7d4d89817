/**
 * Works out Python expressions that need no running: literals, and the few functions of the standard library that
 * people compute revision identifiers with. What goes beyond is `unreadable`, with the reason.
 */
import { callFunction, callMethod } from './evaluate-calls.ts'
import { formatValue, percentFormat } from './evaluate-format.ts'
import {
  distinct,
  isContainer,
  itemsOf,
  limited,
  needsRunning,
  sequenceOf,
  truth,
  unreadable,
} from '../source/python-values.ts'
import type { Value } from '../source/python-values.ts'
import { constantOf } from '../syntax/syntax-tree.ts'
import type { Expression, NodeOf, SyntaxTree } from '../syntax/syntax-tree.ts'

/** What an expression may look at. */
export interface Surroundings {
  readonly tree: SyntaxTree
  /** The file's name without its folder. */
  readonly fileName: string
  lookUp(name: string): Value
  /** `name := value` */
  assign(name: string, value: Value, node: Expression): void
  /** Told when something was executed that is not followed, so that its side effects are not known. */
  missed(): void
}

/** The value of an expression. */
export function evaluate(node: Expression, around: Surroundings): Value {
  const value = limited(valueOf(node, around))
  // Parts of the expression may not even have been looked at; a name alone has no side effects.
  if (value.kind === 'unreadable' && node.nodeType !== 'Name') around.missed()
  return value
}

function valueOf(node: Expression, around: Surroundings): Value {
  switch (node.nodeType) {
    case 'Constant':
      return constant(node, around)
    case 'Name':
      return around.lookUp(node.id)
    case 'Tuple':
    case 'List':
    case 'Set':
      return display(node, around)
    case 'Dict':
      around.missed()
      return { kind: 'other', type: 'dict' }
    case 'BinOp':
      return binary(node, around)
    case 'UnaryOp':
      return unary(node, around)
    case 'BoolOp':
      return logical(node, around)
    case 'Compare':
      return comparison(node, around)
    case 'IfExp': {
      const test = truth(evaluate(node.test, around))
      return test === null
        ? unreadable('it depends on a condition')
        : evaluate(test ? node.body : node.orelse, around)
    }
    case 'NamedExpr': {
      const value = evaluate(node.value, around)
      if (node.target.nodeType === 'Name') around.assign(node.target.id, value, node.value)
      return value
    }
    case 'JoinedStr':
      return joined(node, around)
    case 'Attribute':
      return attribute(evaluate(node.value, around), node.attr, around)
    case 'Subscript':
      return subscript(evaluate(node.value, around), node.slice, around)
    case 'Call':
      return call(node, around)
    default:
      return needsRunning
  }
}

function constant(node: NodeOf<'Constant'>, around: Surroundings): Value {
  const found = constantOf(node, around.tree)
  switch (found.kind) {
    case 'none':
    case 'str':
    case 'bool':
      return found
    case 'int':
      return { kind: 'int', value: BigInt(found.value) }
    case 'named-character':
      return unreadable('it names a character, and the table of names is not at hand')
    default:
      return { kind: 'other', type: found.kind }
  }
}

function display(node: NodeOf<'Tuple'> | NodeOf<'List'> | NodeOf<'Set'>, around: Surroundings): Value {
  const items: Value[] = []
  for (const element of node.elts) {
    if (element.nodeType !== 'Starred') {
      items.push(evaluate(element, around))
      continue
    }
    const inner = evaluate(element.value, around)
    const unpacked = node.nodeType === 'Set' ? itemsOf(inner) : sequenceOf(inner)
    if (unpacked === null) return inner.kind === 'unreadable' ? inner : needsRunning
    items.push(...unpacked)
  }
  if (node.nodeType === 'Tuple') return { kind: 'tuple', items }
  if (node.nodeType === 'List') return { kind: 'list', items }
  const kept = distinct(items)
  return kept === null
    ? (items.find((item) => item.kind === 'unreadable') ?? needsRunning)
    : { kind: 'set', items: kept }
}

function binary(node: NodeOf<'BinOp'>, around: Surroundings): Value {
  const left = evaluate(node.left, around)
  const right = evaluate(node.right, around)
  if (left.kind === 'unreadable') return left
  if (node.op.nodeType === 'Mod' && left.kind === 'str') return percentFormat(left.value, right)
  if (right.kind === 'unreadable') return right
  return combine(left, node.op.nodeType, right)
}

/** `left + right` and its like; also for `+=`. */
export function combine(left: Value, operator: string, right: Value): Value {
  if (left.kind === 'int' && right.kind === 'int') {
    if (operator === 'Add') return { kind: 'int', value: left.value + right.value }
    if (operator === 'Sub') return { kind: 'int', value: left.value - right.value }
  }
  if (operator === 'Add') {
    if (left.kind === 'str' && right.kind === 'str') return { kind: 'str', value: left.value + right.value }
    if (
      (left.kind === 'tuple' && right.kind === 'tuple') ||
      (left.kind === 'list' && right.kind === 'list')
    ) {
      const spoiled = left.spoiled === true || right.spoiled === true
      return { kind: left.kind, items: [...left.items, ...right.items], spoiled }
    }
  }
  return needsRunning
}

function unary(node: NodeOf<'UnaryOp'>, around: Surroundings): Value {
  const value = evaluate(node.operand, around)
  if (node.op.nodeType === 'USub' && value.kind === 'int') return { kind: 'int', value: -value.value }
  if (node.op.nodeType !== 'Not') return value.kind === 'unreadable' ? value : needsRunning
  const test = truth(value)
  return test === null ? needsRunning : { kind: 'bool', value: !test }
}

function logical(node: NodeOf<'BoolOp'>, around: Surroundings): Value {
  let last: Value = needsRunning
  for (const operand of node.values) {
    last = evaluate(operand, around)
    const test = truth(last)
    if (test === null) return last.kind === 'unreadable' ? last : needsRunning
    if (test === (node.op.nodeType === 'Or')) return last
  }
  return last
}

function comparison(node: NodeOf<'Compare'>, around: Surroundings): Value {
  const operator = node.ops[0]?.nodeType
  const other = node.comparators[0]
  if (node.ops.length !== 1 || operator === undefined || other === undefined) return needsRunning
  const left = evaluate(node.left, around)
  const right = evaluate(other, around)
  const version = versionTest(left, operator, right)
  if (version !== null) return { kind: 'bool', value: version }
  const equal = sameValue(left, right)
  if (equal === null) return needsRunning
  if (operator === 'Eq' || operator === 'Is') return { kind: 'bool', value: equal }
  if (operator === 'NotEq' || operator === 'IsNot') return { kind: 'bool', value: !equal }
  return needsRunning
}

function sameValue(left: Value, right: Value): boolean | null {
  const simple = ['none', 'str', 'bool', 'int']
  if (!simple.includes(left.kind) || !simple.includes(right.kind)) return null
  if (left.kind === 'none' || right.kind === 'none') return left.kind === right.kind
  if (left.kind !== right.kind) return left.kind === 'str' || right.kind === 'str' ? false : null
  return 'value' in left && 'value' in right && left.value === right.value
}

/** `sys.version_info >= (3,)`: Alembic has needed Python 3.6 and more since 1.5, so old versions are out. */
function versionTest(left: Value, operator: string, right: Value): boolean | null {
  if (left.kind !== 'imported' || !isContainer(right)) return null
  if (left.path !== 'sys.version_info') return null
  const [major, minor] = right.items.map((item) => (item.kind === 'int' ? Number(item.value) : null))
  if (major === undefined || major === null || minor === null || right.items.length > 2) return null
  const surely = major < 3 || (major === 3 && (minor ?? 0) <= 6)
  const never = major > 3
  if (!surely && !never) return null
  if (operator === 'GtE' || operator === 'Gt') return surely
  return operator === 'Lt' || operator === 'LtE' ? never : null
}

function joined(node: NodeOf<'JoinedStr'>, around: Surroundings): Value {
  const parts: string[] = []
  for (const part of node.values) {
    const value = part.nodeType === 'FormattedValue' ? formatted(part, around) : literalPart(part)
    if (value.kind !== 'str') return value.kind === 'unreadable' ? value : needsRunning
    parts.push(value.value)
  }
  return { kind: 'str', value: parts.join('') }
}

/** Text between the fields; the parser package gives it without its quotes. */
function literalPart(part: Expression): Value {
  const value: unknown = part.nodeType === 'Constant' ? part.value : null
  return typeof value === 'string' && !value.includes('\\N{') ? { kind: 'str', value } : needsRunning
}

function formatted(node: NodeOf<'FormattedValue'>, around: Surroundings): Value {
  const value = evaluate(node.value, around)
  const specification = node.format_spec === undefined ? null : evaluate(node.format_spec, around)
  if (specification !== null && specification.kind !== 'str') return needsRunning
  // -1: none, 115: `!s`
  if (node.conversion !== -1 && node.conversion !== 115) return needsRunning
  return formatValue(value, specification?.value ?? '')
}

function attribute(value: Value, name: string, around: Surroundings): Value {
  if (value.kind === 'imported') return { kind: 'imported', path: `${value.path}.${name}` }
  if (value.kind === 'path') {
    const dot = around.fileName.lastIndexOf('.')
    if (name === 'name') return { kind: 'str', value: around.fileName }
    if (name === 'stem')
      return { kind: 'str', value: dot > 0 ? around.fileName.slice(0, dot) : around.fileName }
    if (name === 'suffix') return { kind: 'str', value: dot > 0 ? around.fileName.slice(dot) : '' }
  }
  return value.kind === 'unreadable' ? value : needsRunning
}

function subscript(value: Value, index: Expression, around: Surroundings): Value {
  if (value.kind === 'imported' && value.path === 'sys.version_info') return needsRunning
  const items = value.kind === 'set' || value.kind === 'frozenset' ? null : itemsOf(value)
  if (items === null) return value.kind === 'unreadable' ? value : needsRunning
  if (index.nodeType !== 'Slice') {
    const place = evaluate(index, around)
    if (place.kind !== 'int') return needsRunning
    return items.at(Number(place.value)) ?? needsRunning
  }
  const ends = [index.lower, index.upper].map((end) =>
    end === undefined ? undefined : evaluate(end, around),
  )
  if (index.step !== undefined || ends.some((end) => end !== undefined && end.kind !== 'int'))
    return needsRunning
  const [from, to] = ends.map((end) => (end?.kind === 'int' ? Number(end.value) : undefined))
  const part = items.slice(from, to)
  if (isContainer(value)) return { kind: value.kind, items: part }
  return { kind: 'str', value: part.map((item) => (item.kind === 'str' ? item.value : '')).join('') }
}

function call(node: NodeOf<'Call'>, around: Surroundings): Value {
  const values: Value[] = []
  for (const argument of node.args) {
    if (argument.nodeType === 'Starred') return needsRunning
    values.push(evaluate(argument, around))
  }
  if (node.func.nodeType === 'Attribute') {
    const owner = evaluate(node.func.value, around)
    if (owner.kind !== 'imported') {
      const keywords = new Map<string, Value>()
      for (const keyword of node.keywords) {
        if (keyword.arg === undefined) return needsRunning
        keywords.set(keyword.arg, evaluate(keyword.value, around))
      }
      return callMethod(owner, node.func.attr, values, keywords)
    }
  }
  const called = evaluate(node.func, around)
  if (called.kind !== 'imported' || node.keywords.length > 0) {
    return called.kind === 'unreadable' ? called : needsRunning
  }
  return callFunction(called.path, values, around.fileName)
}
