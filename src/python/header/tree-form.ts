/**
 * Follows the statements of a module from top to bottom, as Python would execute them, and says what the names
 * that Alembic looks for are bound to in the end. Whatever hangs on a condition or a call that is not known
 * becomes `unreadable`; nothing is ever guessed.
 */
import type { PythonError } from '../../core/history/migration-module.ts'
import { combine, evaluate } from './evaluate.ts'
import { bind, factsOf, spanOf } from './module-state.ts'
import type { Following, Slot } from './module-state.ts'
import { fileNameOf, harmlessStars, moduleNameOf, shortened, watchedNames } from './module-facts.ts'
import type { ModuleFacts } from './module-facts.ts'
import { calledBy, effectsOf, functionEffects } from './module-names.ts'
import type { Effects } from './module-names.ts'
import type { Expression, NodeOf, Statement, SyntaxNode, SyntaxTree } from '../syntax/syntax-tree.ts'
import { isContainer, sequenceOf, truth, unreadable } from '../source/python-values.ts'
import type { Value } from '../source/python-values.ts'

const builtins = new Set(['tuple', 'list', 'set', 'frozenset', 'str', 'int', 'globals', 'exit', 'quit'])

/** The facts of a parsed module. `path` as in `MigrationModule`. */
export function followModule(tree: SyntaxTree, path: string): ModuleFacts {
  const slots = new Map<string, Slot>()
  const following: Following = {
    tree,
    path,
    slots,
    functions: functionEffects(tree.body),
    around: {
      tree,
      fileName: fileNameOf(path),
      lookUp: (name) => lookUp(following, name),
      assign: (name, value, node) => bind(following, name, value, node),
      missed: () => {
        following.missed = true
      },
    },
    missed: false,
    anyName: null,
    raises: null,
  }
  const [first] = tree.body
  const doc = first === undefined ? null : docstringOf(following, first)
  if (first !== undefined && doc !== null) bind(following, '__doc__', { kind: 'str', value: doc }, first)
  for (const statement of tree.body) {
    follow(following, statement)
    following.missed = false
    if (following.raises !== null) break
  }
  return factsOf(following)
}

function docstringOf(following: Following, first: Statement): string | null {
  if (first.nodeType !== 'Expr' || first.value.nodeType !== 'Constant') return null
  const value: unknown = first.value.value
  const bytes = /b/i.test(first.value.quote_style ?? 'b')
  return typeof value === 'string' && !bytes && following.tree.body[0] === first ? value : null
}

function lookUp(following: Following, name: string): Value {
  const slot = following.slots.get(name)
  if (slot !== undefined && slot.definition === null) return slot.value
  if (slot !== undefined) {
    // Under another name it could be called unseen.
    following.missed = true
    return unreadable(`${name} is a function`)
  }
  if (name === '__file__') return { kind: 'file' }
  if (name === '__name__') return { kind: 'str', value: moduleNameOf(following.path) }
  if (following.anyName !== null) return unreadable(following.anyName.reason)
  if (builtins.has(name)) return { kind: 'imported', path: `builtins.${name}` }
  return unreadable(`${name} is not assigned in this file`)
}

function follow(following: Following, statement: Statement): void {
  switch (statement.nodeType) {
    case 'Assign':
      return followAssignment(following, statement.targets, statement.value)
    case 'AnnAssign':
      if (statement.value !== undefined) followAssignment(following, [statement.target], statement.value)
      return
    case 'AugAssign':
      return followAugmented(following, statement)
    case 'Delete':
      for (const target of statement.targets) {
        if (target.nodeType === 'Name') following.slots.delete(target.id)
        else disturb(following, target, 'it is deleted in a way that is not followed')
      }
      return
    case 'Import':
    case 'ImportFrom':
      return followImport(following, statement)
    case 'FunctionDef':
      return followDefinition(following, statement)
    case 'Expr':
      return followExpression(following, statement.value)
    case 'If': {
      const test = truth(evaluate(statement.test, following.around))
      const always = test ?? (isTypeChecking(following, statement.test) ? false : null)
      if (following.missed) disturb(following, statement.test, 'it is changed by a condition')
      if (always === null) return disturb(following, statement, 'it is bound under a condition')
      for (const inner of always ? statement.body : statement.orelse) {
        follow(following, inner)
        if (following.raises !== null) return
      }
      return
    }
    case 'Raise':
      following.raises = { error: raisedBy(following, statement), span: spanOf(following, statement) }
      return
    case 'Assert':
      if (truth(evaluate(statement.test, following.around)) === false) {
        following.raises = {
          error: { type: 'AssertionError', message: '' },
          span: spanOf(following, statement),
        }
      } else disturb(following, statement, 'it is changed by an assertion')
      return
    case 'Pass':
    case 'Global':
      return
    case 'Try':
      return disturb(following, statement, 'it is bound under try')
    default:
      return disturb(following, statement, 'it is bound by a statement that is not followed')
  }
}

function isTypeChecking(following: Following, test: Expression): boolean {
  const value = evaluate(test, following.around)
  return value.kind === 'imported' && value.path === 'typing.TYPE_CHECKING'
}

function followAssignment(following: Following, targets: readonly Expression[], source: Expression): void {
  const value = evaluated(following, source)
  for (const target of targets) assignTo(following, target, value, source)
}

function assignTo(following: Following, target: Expression, value: Value, source: SyntaxNode): void {
  if (target.nodeType === 'Name') return bind(following, target.id, value, source)
  if (target.nodeType === 'Tuple' || target.nodeType === 'List') {
    return unpack(following, target.elts, value, source)
  }
  const name = target.nodeType === 'Subscript' ? namespaceKey(following, target) : null
  if (name !== null) return bind(following, name, value, source)
  disturb(following, target, 'it is changed in a way that is not followed')
}

/** The name in `globals()["name"]`; null when it is anything else. */
function namespaceKey(following: Following, target: NodeOf<'Subscript'>): string | null {
  const { value } = target
  if (value.nodeType !== 'Call' || value.args.length > 0 || value.keywords.length > 0) return null
  const called = evaluate(value.func, following.around)
  if (called.kind !== 'imported' || called.path !== 'builtins.globals') return null
  const key = evaluate(target.slice, following.around)
  return key.kind === 'str' ? key.value : null
}

function unpack(
  following: Following,
  targets: readonly Expression[],
  value: Value,
  source: SyntaxNode,
): void {
  const items = sequenceOf(value)
  const star = targets.findIndex((target) => target.nodeType === 'Starred')
  const fits =
    items !== null && (star === -1 ? items.length === targets.length : items.length >= targets.length - 1)
  if (!fits) {
    const reason =
      value.kind === 'unreadable' ? value : unreadable('it is unpacked from a value that does not fit')
    for (const target of targets) assignTo(following, unstarred(target), reason, source)
    return
  }
  const after = star === -1 ? 0 : targets.length - star - 1
  targets.forEach((target, index) => {
    if (index === star) {
      const rest = items.slice(star, items.length - after)
      return assignTo(following, unstarred(target), { kind: 'list', items: rest }, source)
    }
    const item = star !== -1 && index > star ? items[items.length - (targets.length - index)] : items[index]
    assignTo(following, target, item ?? unreadable('it is unpacked from a value that does not fit'), source)
  })
}

function unstarred(target: Expression): Expression {
  return target.nodeType === 'Starred' ? target.value : target
}

function followAugmented(following: Following, statement: NodeOf<'AugAssign'>): void {
  const { target, value: source } = statement
  if (target.nodeType !== 'Name')
    return disturb(following, statement, 'it is changed in a way that is not followed')
  const left = lookUp(following, target.id)
  const right = evaluated(following, source)
  const items = statement.op.nodeType === 'Add' ? sequenceOf(right) : null
  if (left.kind === 'list' && items !== null) {
    // `+=` changes the list itself, for everybody who holds it.
    left.items.push(...items)
    return bind(following, target.id, left, statement)
  }
  spoil(left)
  const unreadableSide = [left, right].find((side) => side.kind === 'unreadable')
  bind(following, target.id, unreadableSide ?? combine(left, statement.op.nodeType, right), statement)
}

function spoil(value: Value): void {
  if (isContainer(value) && (value.kind === 'list' || value.kind === 'set')) value.spoiled = true
}

function followImport(following: Following, statement: NodeOf<'Import'> | NodeOf<'ImportFrom'>): void {
  for (const alias of statement.names) {
    if (alias.name === '*') {
      starImport(following, statement)
    } else if (statement.nodeType === 'Import') {
      const top = alias.name.split('.')[0] ?? alias.name
      const path = alias.asname === undefined ? top : alias.name
      bind(following, alias.asname ?? top, { kind: 'imported', path }, statement)
    } else {
      const path = `${moduleOf(statement)}.${alias.name}`
      bind(following, alias.asname ?? alias.name, { kind: 'imported', path }, statement)
    }
  }
}

function moduleOf(statement: NodeOf<'Import'> | NodeOf<'ImportFrom'>): string {
  if (statement.nodeType === 'Import') return ''
  return '.'.repeat(statement.level ?? 0) + (statement.module ?? '')
}

function starImport(following: Following, statement: NodeOf<'Import'> | NodeOf<'ImportFrom'>): void {
  const from = moduleOf(statement)
  const reason = `it may come from ${from}, which is not read`
  if (!harmlessStars.test(from)) return anyNameMayChange(following, statement, reason)
  for (const name of following.slots.keys()) {
    if (!watchedNames.has(name)) bind(following, name, unreadable(reason), statement)
  }
}

function anyNameMayChange(following: Following, node: SyntaxNode, reason: string): void {
  following.anyName = { node, reason }
  for (const name of following.slots.keys()) {
    // A star import leaves names with an underscore alone.
    if (name !== '__doc__') bind(following, name, unreadable(reason), node)
  }
}

function followDefinition(following: Following, statement: NodeOf<'FunctionDef'>): void {
  const decorated = statement.decorator_list.length > 0
  disturb(following, statement, 'it is decorated')
  if (decorated) return
  const first = statement.body.find((one) => one.nodeType !== 'Pass' && !isConstant(one))
  const slot = { value: unreadable(''), node: statement, definition: statement }
  const raises = first?.nodeType === 'Raise' ? raisedBy(following, first) : undefined
  following.slots.set(statement.name, raises === undefined ? slot : { ...slot, raises })
}

/** A docstring, or a constant that stands alone. */
function isConstant(statement: Statement): boolean {
  return statement.nodeType === 'Expr' && statement.value.nodeType === 'Constant'
}

function followExpression(following: Following, source: Expression): void {
  evaluate(source, following.around)
  if (!following.missed) return
  if (source.nodeType === 'Call') {
    const called = evaluate(source.func, following.around)
    if (called.kind === 'imported' && /^(?:sys|builtins)\.(?:exit|quit)$/.test(called.path)) {
      const status = source.args[0] === undefined ? '' : shortened(following.tree.sourceOf(source.args[0]))
      const error = { type: 'SystemExit', message: status }
      following.raises = { error, span: spanOf(following, source) }
      return
    }
  }
  disturb(following, source, 'it is changed by an expression')
}

/** The value of an expression, once what it may have changed on the way is counted in. */
function evaluated(following: Following, source: Expression): Value {
  const value = evaluate(source, following.around)
  if (!following.missed) return value
  // Parts of the value may have been looked up before or after a call that changes them.
  const { mentions } = effectsOf(source)
  const stale = [...mentions].some((name) => {
    const held = following.slots.get(name)?.value.kind
    return following.functions.has(name) || held === 'list' || held === 'set'
  })
  disturb(following, source, 'it is changed by an expression')
  return stale ? unreadable('only running the file would tell') : value
}

/** Something is executed that is not followed: what it may bind or change is no longer known. */
function disturb(following: Following, node: SyntaxNode, reason: string): void {
  apply(following, effectsOf(node), node, reason)
}

function apply(following: Following, effects: Effects, node: SyntaxNode, reason: string): void {
  if (effects.dynamic) anyNameMayChange(following, node, 'the names of the module are bound by a call')
  for (const name of effects.binds) bind(following, name, unreadable(reason), node)
  for (const name of effects.mentions) {
    for (const called of calledBy(name, following.functions)) applyCall(following, called, name, node)
    const held = following.slots.get(name)
    if (held !== undefined) spoil(held.value)
  }
}

function applyCall(following: Following, called: Effects, name: string, node: SyntaxNode): void {
  if (called.dynamic) anyNameMayChange(following, node, `${name}() may bind any name`)
  for (const bound of called.binds) bind(following, bound, unreadable(`${name}() may bind it`), node)
  for (const mentioned of called.mentions) {
    const held = following.slots.get(mentioned)
    if (held !== undefined) spoil(held.value)
  }
}

function raisedBy(following: Following, statement: NodeOf<'Raise'>): PythonError {
  const { exc } = statement
  if (exc === undefined) return { type: 'RuntimeError', message: 'No active exception to reraise' }
  const made = exc.nodeType === 'Call' ? exc : null
  const source = following.tree.sourceOf(made === null ? exc : made.func)
  const type = source.slice(source.lastIndexOf('.') + 1)
  const first = made?.args[0]
  if (first === undefined) return { type: shortened(type), message: '' }
  const value = evaluate(first, following.around)
  const message = value.kind === 'str' ? value.value : shortened(following.tree.sourceOf(first))
  return { type: shortened(type), message }
}
