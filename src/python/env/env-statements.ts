/** Follows the statements and functions of env.py, as a release runs them. */
import type { Expression, NodeOf, Statement } from '../syntax/syntax-tree.ts'
import {
  type Frame,
  type Value,
  constant,
  joined,
  lookUp,
  text,
  textOf,
  truthOf,
  unknown,
} from './env-values.ts'
import { type Run, type Course, maxSteps, maxDepth, doubt } from './env-run.ts'
import { evaluate } from './env-expressions.ts'
import { decorate } from './env-events.ts'

/** Follows statements one after the other; what they return goes to `returned`. */
export function follow(run: Run, frame: Frame, body: readonly Statement[], returned: Value[]): Course {
  let course: Course = 'goes on'
  const { certain } = run
  for (const statement of body) {
    run.steps++
    if (run.steps > maxSteps) return 'ends'
    const after = followOne(run, frame, statement, returned)
    if (after === 'ends') return course === 'may end' ? 'ends' : after
    if (after === 'may end') {
      course = 'may end'
      run.certain = false
    }
  }
  if (course === 'goes on') run.certain = certain
  return course
}

function followOne(run: Run, frame: Frame, node: Statement, returned: Value[]): Course {
  switch (node.nodeType) {
    case 'FunctionDef':
    case 'AsyncFunctionDef': {
      const made: Value = { kind: 'function', node, frame }
      frame.names.set(node.name, made)
      for (const decorator of node.decorator_list) decorate(run, frame, decorator, made)
      return 'goes on'
    }
    case 'ClassDef':
      frame.names.set(node.name, { kind: 'class', node, frame })
      for (const one of node.body) {
        // A dialect of the project may make a version table of its own.
        if (one.nodeType === 'FunctionDef' && one.name === 'version_table_impl')
          doubt(run, one, { kind: 'version width' }, 'makes a version table of its own')
      }
      return 'goes on'
    case 'Import':
      for (const { name, asname } of node.names) {
        const [first = name] = name.split('.')
        frame.names.set(asname ?? first, { kind: 'imported', name: asname === undefined ? first : name })
      }
      return 'goes on'
    case 'ImportFrom':
      for (const { name, asname } of node.names) {
        frame.names.set(asname ?? name, { kind: 'imported', name: `${node.module ?? ''}.${name}` })
      }
      return 'goes on'
    case 'Expr':
      if (node.value.nodeType !== 'Constant') evaluate(run, frame, node.value)
      return 'goes on'
    case 'Assign': {
      const value = evaluate(run, frame, node.value)
      for (const target of node.targets) assign(run, frame, target, value)
      return 'goes on'
    }
    case 'AnnAssign':
      if (node.value) assign(run, frame, node.target, evaluate(run, frame, node.value))
      return 'goes on'
    case 'AugAssign': {
      const value = evaluate(run, frame, node.value)
      const before = node.target.nodeType === 'Name' ? lookUp(frame, node.target.id) : undefined
      const both = before?.kind === 'text' ? text(before.text + textOf(value)) : unknown
      assign(run, frame, node.target, both)
      return 'goes on'
    }
    case 'Return':
      returned.push(node.value ? evaluate(run, frame, node.value) : constant(null))
      return 'ends'
    case 'Raise':
      if (node.exc) evaluate(run, frame, node.exc)
      return 'ends'
    case 'If':
      return followIf(run, frame, node, returned)
    case 'For':
    case 'AsyncFor':
      return followFor(run, frame, node, returned)
    case 'While':
      evaluate(run, frame, node.test)
      return maybe(run, () => follow(run, frame, node.body, returned))
    case 'With':
    case 'AsyncWith':
      for (const { context_expr: context, optional_vars: target } of node.items) {
        const value = evaluate(run, frame, context)
        if (target) assign(run, frame, target, value)
      }
      return follow(run, frame, node.body, returned)
    case 'Try':
    case 'TryStar':
      return followTry(run, frame, node, returned)
    case 'Match':
      evaluate(run, frame, node.subject)
      for (const { body } of node.cases) maybe(run, () => follow(run, frame, body, returned))
      return 'goes on'
    case 'Assert':
      evaluate(run, frame, node.test)
      return 'goes on'
    default:
      return 'goes on'
  }
}

/** Follows what may or may not run. */
export function maybe(run: Run, follows: () => Course): Course {
  const { certain } = run
  run.certain = false
  const course = follows()
  run.certain = certain
  return course === 'goes on' ? 'goes on' : 'may end'
}

function followIf(run: Run, frame: Frame, node: NodeOf<'If'>, returned: Value[]): Course {
  const truth = truthOf(evaluate(run, frame, node.test))
  if (truth !== null) return follow(run, frame, truth ? node.body : node.orelse, returned)
  const { certain, ran } = run
  run.certain = false
  const before = new Map(frame.names)
  const first = follow(run, frame, node.body, returned)
  const ranFirst = run.ran
  const afterFirst = new Map(frame.names)
  restore(frame, before)
  run.certain = false
  run.ran = ran
  const second = follow(run, frame, node.orelse, returned)
  run.ran = (ranFirst && run.ran) || ran
  run.certain = certain
  if (first === 'ends' && second === 'ends') return 'ends'
  // A course that has ended leaves nothing behind.
  if (second === 'ends') restore(frame, afterFirst)
  else if (first !== 'ends') {
    for (const [name, value] of afterFirst) frame.names.set(name, joined(value, frame.names.get(name)))
  }
  return first === 'goes on' && second === 'goes on' ? 'goes on' : 'may end'
}

function restore(frame: Frame, names: ReadonlyMap<string, Value>): void {
  frame.names.clear()
  for (const [name, value] of names) frame.names.set(name, value)
}

/** Items of a list that are followed one by one. */
const maxItems = 20

function followFor(
  run: Run,
  frame: Frame,
  node: NodeOf<'For'> | NodeOf<'AsyncFor'>,
  returned: Value[],
): Course {
  const items = evaluate(run, frame, node.iter)
  if (items.kind === 'list' && items.items.length <= maxItems) {
    for (const item of items.items) {
      assign(run, frame, node.target, item)
      if (follow(run, frame, node.body, returned) !== 'goes on') return 'may end'
    }
    return 'goes on'
  }
  assign(run, frame, node.target, unknown)
  return maybe(run, () => follow(run, frame, node.body, returned))
}

function followTry(
  run: Run,
  frame: Frame,
  node: NodeOf<'Try'> | NodeOf<'TryStar'>,
  returned: Value[],
): Course {
  const swallows = node.handlers.some(({ body }) => !givesUp(body.at(-1)))
  const { certain } = run
  if (swallows) run.certain = false
  const course = follow(run, frame, [...node.body, ...node.orelse], returned)
  run.certain = certain
  let handled: Course = 'ends'
  for (const { body, name } of node.handlers) {
    if (name !== undefined) frame.names.set(name, unknown)
    if (maybe(run, () => follow(run, frame, body, returned)) === 'goes on') handled = 'goes on'
  }
  const end = follow(run, frame, node.finalbody, returned)
  if (end === 'ends' || course === 'goes on') return end
  return handled === 'goes on' ? 'may end' : course
}

/** `raise`, `sys.exit(1)` */
function givesUp(last: Statement | undefined): boolean {
  if (last?.nodeType !== 'Expr' || last.value.nodeType !== 'Call') return last?.nodeType === 'Raise'
  const { func } = last.value
  return /^_?exit$/.test(func.nodeType === 'Attribute' ? func.attr : func.nodeType === 'Name' ? func.id : '')
}

/** Binds a target of an assignment, a loop or a `with`. */
export function assign(run: Run, frame: Frame, target: Expression, value: Value): void {
  switch (target.nodeType) {
    case 'Name':
      frame.names.set(target.id, value)
      return
    case 'Tuple':
    case 'List':
      for (const [index, one] of target.elts.entries()) {
        assign(run, frame, one, value.kind === 'list' ? (value.items[index] ?? unknown) : unknown)
      }
      return
    case 'Starred':
      assign(run, frame, target.value, unknown)
      return
    case 'Subscript': {
      const of = evaluate(run, frame, target.value)
      const key = textOf(evaluate(run, frame, target.slice))
      if (of.kind !== 'dict' || target.value.nodeType !== 'Name') return
      frame.names.set(target.value.id, { kind: 'dict', entries: new Map([...of.entries, [key, value]]) })
      return
    }
    case 'Attribute':
      evaluate(run, frame, target.value)
      if (/^(?:_version|version_num|type)$/.test(target.attr) && /version/i.test(run.tree.sourceOf(target)))
        doubt(run, target, { kind: 'version width' }, 'changes the version table')
      return
    default:
  }
}

/** Follows a function of the file with these arguments. What it returns. */
export function invoke(
  run: Run,
  { node, frame }: Extract<Value, { kind: 'function' }>,
  values: readonly Value[],
  named: ReadonlyMap<string, Value>,
): Value {
  if (run.calls.includes(node) || run.calls.length >= maxDepth) return unknown
  const inner: Frame = { names: new Map(), outer: frame }
  const { posonlyargs, args, kwonlyargs, defaults, kw_defaults: kwDefaults, vararg, kwarg } = node.args
  const positional = [...posonlyargs, ...args]
  for (const [index, { arg }] of positional.entries()) {
    const value = defaults[index - (positional.length - defaults.length)]
    const given = values[index] ?? named.get(arg)
    inner.names.set(arg, given ?? (value ? evaluate(run, frame, value) : unknown))
  }
  for (const [index, { arg }] of kwonlyargs.entries()) {
    const value = kwDefaults[index]
    inner.names.set(arg, named.get(arg) ?? (value ? evaluate(run, frame, value) : unknown))
  }
  for (const one of [vararg, kwarg]) if (one) inner.names.set(one.arg, unknown)
  run.calls.push(node)
  const { certain } = run
  const returned: Value[] = []
  if (node.nodeType === 'Lambda') returned.push(evaluate(run, inner, node.body))
  else {
    const course = follow(run, inner, node.body, returned)
    if (course !== 'ends') returned.push(constant(null))
  }
  run.certain = certain
  run.calls.pop()
  return returned.length === 0 ? unknown : returned.reduce((a, b) => joined(a, b))
}

/** Somebody else calls it, with something that may be a connection. */
export function calledBack(run: Run, value: Value): void {
  if (value.kind !== 'function') return
  const { certain } = run
  run.certain = false
  const database: Value = { kind: 'database', connection: null }
  invoke(
    run,
    value,
    value.node.args.args.map(() => database),
    new Map(),
  )
  run.certain = certain
}

/** Whoever makes an object may call its methods. */
export function construct(run: Run, { node, frame }: Extract<Value, { kind: 'class' }>): Value {
  for (const one of node.body) {
    if (one.nodeType === 'FunctionDef' || one.nodeType === 'AsyncFunctionDef')
      calledBack(run, { kind: 'function', node: one, frame })
  }
  return unknown
}
