/** Determines whether a package's attribute is definitely one of its submodules. */
import { type SyntaxNode, type SyntaxTree, childNodes } from '../../syntax/syntax-tree.ts'
import { namesBoundBy } from '../scope.ts'

/** True if the name definitely refers to a submodule, because nothing in the package's `__init__.py` binds it. */
export function leavesToSubmodule(init: SyntaxTree, name: string): boolean {
  const bound = boundIn(init)
  return bound !== null && !bound.has(name)
}

const boundNames = new WeakMap<SyntaxTree, ReadonlySet<string> | null>()

/** Functions and attributes that can bind any name in a module. */
const bindsAny = /^(?:exec|eval|globals|locals|vars|setattr|__dict__|__setattr__|modules)$/

/** Returns the names that the file's code may bind in any scope; null if it may bind any name. */
function boundIn(tree: SyntaxTree): ReadonlySet<string> | null {
  const known = boundNames.get(tree)
  if (known !== undefined) return known
  const bound = new Set<string>()
  let isKnown = true
  const pending: SyntaxNode[] = [...tree.body]
  for (let node = pending.pop(); node !== undefined && isKnown; node = pending.pop()) {
    isKnown = !mayBindAny(node)
    for (const name of namesBoundBy(node)) bound.add(name)
    pending.push(...childNodes(node))
  }
  const found = isKnown ? bound : null
  boundNames.set(tree, found)
  return found
}

function mayBindAny(node: SyntaxNode): boolean {
  switch (node.nodeType) {
    case 'Alias':
      return node.name === '*'
    case 'Name':
      return bindsAny.test(node.id)
    case 'Attribute':
      return bindsAny.test(node.attr)
    default:
      return false
  }
}
