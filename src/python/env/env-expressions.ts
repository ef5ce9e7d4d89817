/** Evaluates the expressions of env.py as far as its text tells; the calls in them are followed. */
import { hole } from '../interpreter/values.ts'
import { type Expression, type NodeOf, constantOf } from '../syntax/syntax-tree.ts'
import {
  type Frame,
  type Value,
  constant,
  joined,
  lookUp,
  percentFormatted,
  text,
  textOf,
  truthOf,
  unknown,
} from './env-values.ts'
import type { Run } from './env-run.ts'
import { maybe, assign } from './env-statements.ts'
import { call } from './env-calls.ts'

/** What an expression is. */
export function evaluate(run: Run, frame: Frame, node: Expression): Value {
  run.steps++
  switch (node.nodeType) {
    case 'Constant': {
      const value = constantOf(node, run.tree)
      if (value.kind === 'str') {
        if (!run.ran && value.value.includes('search_path')) run.mention ??= node
        return text(value.value)
      }
      if (value.kind === 'int') return text(value.value)
      if (value.kind === 'none') return constant(null)
      return value.kind === 'bool' ? constant(value.value) : unknown
    }
    case 'JoinedStr': {
      const whole = node.values.map((part) => formattedPart(run, frame, part)).join('')
      if (!run.ran && whole.includes('search_path')) run.mention ??= node
      return text(whole)
    }
    case 'Name':
      return lookUp(frame, node.id) ?? unknown
    case 'Attribute':
      return attributeOf(run, frame, node)
    case 'Call':
      return call(run, frame, node)
    case 'Await':
      return evaluate(run, frame, node.value)
    case 'NamedExpr': {
      const value = evaluate(run, frame, node.value)
      assign(run, frame, node.target, value)
      return value
    }
    case 'BinOp': {
      const left = evaluate(run, frame, node.left)
      const right = evaluate(run, frame, node.right)
      if (node.op.nodeType === 'Add' && (left.kind === 'text' || right.kind === 'text'))
        return text(textOf(left) + textOf(right))
      return node.op.nodeType === 'Mod' && left.kind === 'text'
        ? text(percentFormatted(left.text, right))
        : unknown
    }
    case 'BoolOp': {
      const and = node.op.nodeType === 'And'
      let doubtful = false
      let last: Value = unknown
      for (const one of node.values) {
        last = evaluate(run, frame, one)
        const truth = truthOf(last)
        if (truth === null) doubtful = true
        else if (truth !== and) return doubtful && and === truth ? unknown : doubtful ? decided(and) : last
      }
      return doubtful ? unknown : last
    }
    case 'UnaryOp': {
      const truth = truthOf(evaluate(run, frame, node.operand))
      return node.op.nodeType === 'Not' && truth !== null ? constant(!truth) : unknown
    }
    case 'Compare':
      return compared(run, frame, node)
    case 'IfExp': {
      const truth = truthOf(evaluate(run, frame, node.test))
      if (truth !== null) return evaluate(run, frame, truth ? node.body : node.orelse)
      const { certain } = run
      run.certain = false
      const value = joined(evaluate(run, frame, node.body), evaluate(run, frame, node.orelse))
      run.certain = certain
      return value
    }
    case 'List':
    case 'Tuple':
    case 'Set': {
      const items = node.elts.map((one) => evaluate(run, frame, one))
      return node.elts.some(({ nodeType }) => nodeType === 'Starred') ? unknown : { kind: 'list', items }
    }
    case 'Dict': {
      const entries = new Map<string, Value>()
      for (const [index, key] of node.keys.entries()) {
        const value = node.values[index]
        const inner = value ? evaluate(run, frame, value) : unknown
        if (key) entries.set(keyText(evaluate(run, frame, key)), inner)
        else if (inner.kind === 'dict') for (const [name, one] of inner.entries) entries.set(name, one)
      }
      return { kind: 'dict', entries }
    }
    case 'Subscript': {
      const of = evaluate(run, frame, node.value)
      const key = keyText(evaluate(run, frame, node.slice))
      return of.kind === 'dict' ? (of.entries.get(key) ?? unknown) : unknown
    }
    case 'Starred':
      return evaluate(run, frame, node.value)
    case 'Lambda':
      return { kind: 'function', node, frame }
    case 'ListComp':
    case 'SetComp':
    case 'GeneratorExp':
      for (const { target, iter } of node.generators) {
        evaluate(run, frame, iter)
        assign(run, frame, target, unknown)
      }
      maybe(run, () => {
        evaluate(run, frame, node.elt)
        return 'goes on'
      })
      return unknown
    default:
      return unknown
  }
}

/** A literal part comes from the parser without quotes. */
function formattedPart(run: Run, frame: Frame, part: Expression): string {
  if (part.nodeType === 'FormattedValue') {
    const value = textOf(evaluate(run, frame, part.value))
    return part.format_spec === undefined && part.conversion === -1 ? value : hole
  }
  const value: unknown = part.nodeType === 'Constant' ? part.value : null
  return typeof value === 'string' ? value : hole
}

/** `and` with a false operand is false, `or` with a true one is true, whatever the others are. */
function decided(and: boolean): Value {
  return constant(!and)
}

/** None is a key of `schema_translate_map`. */
function keyText(value: Value): string {
  return value.kind === 'constant' ? `\0${String(value.value)}` : textOf(value)
}

function attributeOf(run: Run, frame: Frame, node: NodeOf<'Attribute'>): Value {
  const { attr } = node
  if (attr === 'TYPE_CHECKING') return constant(false)
  if (attr === 'name' && node.value.nodeType === 'Attribute' && node.value.attr === 'dialect') {
    evaluate(run, frame, node.value)
    return text(run.dialect)
  }
  const of = evaluate(run, frame, node.value)
  if (of.kind === 'imported') return { kind: 'imported', name: `${of.name}.${attr}` }
  if (of.kind === 'database') {
    if (attr === 'name') return text(run.dialect)
    return /^(?:engine|sync_engine|bind|connection|sync_connection|dbapi_connection|driver_connection)$/.test(
      attr,
    )
      ? of
      : unknown
  }
  return /^(?:engine|sync_engine|bind|session)$/.test(attr) ? { kind: 'database', connection: null } : unknown
}

function compared(run: Run, frame: Frame, node: NodeOf<'Compare'>): Value {
  const left = evaluate(run, frame, node.left)
  const rights = node.comparators.map((one) => evaluate(run, frame, one))
  const [right] = rights
  const [op] = node.ops
  if (!right || !op || rights.length > 1) return unknown
  const negative = /^(?:NotEq|IsNot|NotIn)$/.test(op.nodeType)
  if (/^(?:Eq|NotEq|Is|IsNot)$/.test(op.nodeType)) {
    const same = isSame(left, right)
    return same === null ? unknown : constant(same !== negative)
  }
  if (!/^(?:In|NotIn)$/.test(op.nodeType)) return unknown
  if (right.kind === 'list' && left.kind === 'text') {
    const all = right.items.map((item) => isSame(left, item))
    if (all.includes(true)) return constant(!negative)
    return all.includes(null) ? unknown : constant(negative)
  }
  const [place] = node.comparators
  if (left.kind === 'text' && place && isUrl(run.tree.sourceOf(place))) {
    const found = isOfUrl(run, left.text)
    return found === null ? unknown : constant(found !== negative)
  }
  return unknown
}

function isSame(a: Value, b: Value): boolean | null {
  if (a.kind === 'text' && b.kind === 'text')
    return a.text.includes(hole) || b.text.includes(hole) ? null : a.text === b.text
  if (a.kind === 'constant' && b.kind === 'constant') return a.value === b.value
  const kinds = new Set([a.kind, b.kind])
  if (kinds.has('unknown') || kinds.has('imported')) return null
  return kinds.has('constant') ? false : null
}

/** Does the source of an expression say that it is a URL? */
export function isUrl(source: string): boolean {
  return /url|uri|dsn/i.test(source)
}

/** Whether the URL of this kind of database begins with, or holds, `sqlite` or `postgresql`. */
export function isOfUrl({ dialect }: Run, part: string): boolean | null {
  if (/^sqlite/i.test(part)) return dialect === 'sqlite' ? (/^sqlite$/i.test(part) ? true : null) : false
  if (/^postgres(?:ql)?$/i.test(part)) return dialect === 'postgresql'
  return /^postgres/i.test(part) && dialect === 'sqlite' ? false : null
}
