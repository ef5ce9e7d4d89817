/** The state in which a module is after some of its statements, and what Alembic would find in it then. */
import type { Binding, FunctionBinding, PythonError, Span } from '../../core/history/migration-module.ts'
import type { Surroundings } from './evaluate.ts'
import { headerNames, shortened, unbound } from './module-facts.ts'
import type { ModuleFacts } from './module-facts.ts'
import type { Effects } from './module-names.ts'
import type { NodeOf, SyntaxNode, SyntaxTree } from '../syntax/syntax-tree.ts'
import { publicValue } from '../source/python-values.ts'
import type { Value } from '../source/python-values.ts'

/** What a name is bound to, and by what. */
export interface Slot {
  readonly value: Value
  readonly node: SyntaxNode
  /** Set when a plain `def` bound it. */
  readonly definition: NodeOf<'FunctionDef'> | null
  /** The definition's body begins by raising this. */
  readonly raises?: PythonError
}

/** A module on the way from its first statement to its last. */
export interface Following {
  readonly tree: SyntaxTree
  readonly path: string
  readonly slots: Map<string, Slot>
  readonly functions: ReadonlyMap<string, Effects>
  readonly around: Surroundings
  /** Something in the statement at hand was executed that the evaluator did not follow. */
  missed: boolean
  /** Where a star import or `exec` may have bound any name that is not in `slots`. */
  anyName: { readonly node: SyntaxNode; readonly reason: string } | null
  raises: ModuleFacts['raises']
}

/** Binds a name to a value; `node` is what finding it wrong should point at. */
export function bind(following: Following, name: string, value: Value, node: SyntaxNode): void {
  following.slots.set(name, { value, node, definition: null })
}

/** What the names that Alembic looks for are bound to by now. */
export function factsOf(following: Following): ModuleFacts {
  const doc = following.slots.get('__doc__')?.value
  return {
    revision: header(following, 'revision'),
    downRevision: header(following, 'down_revision'),
    branchLabels: header(following, 'branch_labels'),
    dependsOn: header(following, 'depends_on'),
    upgrade: step(following, 'upgrade'),
    downgrade: step(following, 'downgrade'),
    doc: doc?.kind === 'str' ? doc.value : null,
    raises: following.raises,
  }
}

function header(following: Following, name: keyof typeof headerNames): Binding {
  const slot = following.slots.get(name)
  if (slot === undefined) {
    if (following.anyName === null) return unbound
    const { node, reason } = following.anyName
    return unreadableAt(following, node, reason)
  }
  if (slot.definition !== null) return unreadableAt(following, slot.node, 'it is a function')
  const value = publicValue(slot.value)
  if (value.kind === 'unreadable') return unreadableAt(following, slot.node, value.reason)
  return { kind: 'value', value, span: spanOf(following, slot.node) }
}

function unreadableAt(following: Following, node: SyntaxNode, reason: string): Binding {
  const expression = shortened(following.tree.sourceOf(node))
  return { kind: 'unreadable', expression, reason, span: spanOf(following, node) }
}

function step(following: Following, name: string): FunctionBinding {
  const slot = following.slots.get(name)
  if (slot === undefined) {
    if (following.anyName === null) return unbound
    return { kind: 'unreadable', span: spanOf(following, following.anyName.node) }
  }
  const span = spanOf(following, slot.node)
  if (slot.definition === null) return { kind: 'unreadable', span }
  const { args } = slot.definition
  const positional = [...args.posonlyargs, ...args.args]
  const required = positional
    .slice(0, positional.length - args.defaults.length)
    .map((argument) => argument.arg)
  const keywordOnly = args.kwonlyargs.filter((_, index) => (args.kw_defaults[index] ?? null) === null)
  const names = [...args.args, ...args.kwonlyargs].map((argument) => argument.arg)
  return {
    kind: 'function',
    required: [...required, ...keywordOnly.map((argument) => argument.arg)],
    keywords: args.kwarg === undefined ? names : null,
    span,
    ...(slot.raises === undefined ? {} : { raises: slot.raises }),
  }
}

/** Where a node stands in the file. */
export function spanOf(following: Following, node: SyntaxNode): Span {
  return { path: following.path, ...following.tree.positionOf(node) }
}
