/** Reads a `naming_convention` that consists of literals. */
import type { NamingConvention } from '../../../core/names/naming-convention.ts'
import { type Expression, type NodeOf, childNodes, constantOf } from '../../syntax/syntax-tree.ts'
import type { Scope } from './followed-values.ts'
import { everyNode } from './module-names.ts'

/** The expression that a name or attribute stands for, and its scope; null if uncertain. */
export type Definition = (
  node: Expression,
  scope: Scope,
) => { readonly node: Expression; readonly scope: Scope } | null

type Entries = Map<string, string | null>

/** Entries in the convention; null if any key is unknown. */
export function readConvention(
  node: Expression,
  scope: Scope,
  definitionOf: Definition,
  left = 10,
): NamingConvention | null {
  const again = (one: Expression): NamingConvention | null =>
    readConvention(one, scope, definitionOf, left - 1)
  if (left === 0) return null
  switch (node.nodeType) {
    case 'Constant':
      return constantOf(node, scope.module.tree).kind === 'none' ? new Map() : null
    case 'Dict':
      return united(
        node.values.map((value, index) => {
          const key = node.keys[index]
          return key == null ? again(value) : entry(key, value, scope, definitionOf)
        }),
      )
    case 'List':
    case 'Tuple':
      return united(
        node.elts.map((one) => {
          const [key, value] = one.nodeType === 'Tuple' || one.nodeType === 'List' ? one.elts : []
          return key && value ? entry(key, value, scope, definitionOf) : null
        }),
      )
    case 'BinOp':
      return node.op.nodeType === 'BitOr' ? united([again(node.left), again(node.right)]) : null
    case 'Name':
    case 'Attribute': {
      const found = definitionOf(node, scope)
      return found && !isChanged(node, found.scope)
        ? readConvention(found.node, found.scope, definitionOf, left - 1)
        : null
    }
    case 'Call':
      return ofCall(node, scope, definitionOf, again)
    default:
      return null
  }
}

function ofCall(
  { func, args, keywords }: NodeOf<'Call'>,
  scope: Scope,
  definitionOf: Definition,
  again: (one: Expression) => NamingConvention | null,
): NamingConvention | null {
  if (func.nodeType === 'Attribute' && func.attr === 'copy' && args.length === 0) return again(func.value)
  const name = func.nodeType === 'Attribute' ? func.attr : func.nodeType === 'Name' ? func.id : ''
  if (!/^(?:dict|immutabledict|frozendict|MappingProxyType)$/.test(name) || args.length > 1) return null
  return united([
    ...args.map(again),
    ...keywords.map(({ arg, value }) =>
      arg == null ? again(value) : new Map([[arg, textOf(value, scope, definitionOf)]]),
    ),
  ])
}

function entry(key: Expression, value: Expression, scope: Scope, definitionOf: Definition): Entries | null {
  const name = textOf(key, scope, definitionOf)
  return name === null ? null : new Map([[name, textOf(value, scope, definitionOf)]])
}

function united(parts: readonly (NamingConvention | null)[]): NamingConvention | null {
  const all: Entries = new Map()
  for (const part of parts) {
    if (part === null) return null
    for (const [key, value] of part) all.set(key, value)
  }
  return all
}

/** The text of a string literal, or of a name that stands for one; null if unknown. */
function textOf(node: Expression, scope: Scope, definitionOf: Definition, left = 5): string | null {
  if (node.nodeType === 'Constant') {
    const constant = constantOf(node, scope.module.tree)
    return constant.kind === 'str' ? constant.value : null
  }
  if (node.nodeType === 'BinOp' && node.op.nodeType === 'Add') {
    const [one, other] = [node.left, node.right].map((side) => textOf(side, scope, definitionOf, left))
    return one == null || other == null ? null : one + other
  }
  const found = left > 0 && /^(?:Name|Attribute)$/.test(node.nodeType) ? definitionOf(node, scope) : null
  return found && textOf(found.node, found.scope, definitionOf, left - 1)
}

/** Whether the module that defines a dictionary may also modify it. */
function isChanged(node: Expression, { module }: Scope): boolean {
  const name = node.nodeType === 'Name' ? node.id : node.nodeType === 'Attribute' ? node.attr : ''
  return everyNode(module.tree.body).some((one) => {
    const isName = (of: Expression): boolean => module.tree.sourceOf(of) === name
    if (one.nodeType === 'Subscript') return one.ctx.nodeType !== 'Load' && isName(one.value)
    if (one.nodeType === 'AugAssign')
      return childNodes(one).some((target) => target.nodeType === 'Name' && target.id === name)
    const func = one.nodeType === 'Call' ? one.func : null
    return (
      func?.nodeType === 'Attribute' &&
      /^(?:update|setdefault|pop|popitem|clear)$/.test(func.attr) &&
      isName(func.value)
    )
  })
}
