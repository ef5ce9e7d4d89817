/** The syntax tree of a TypeScript file, for tests that enforce rules on the source. */
import { parseAst } from 'vitest/node'

/** A node of the syntax tree. */
export type SyntaxNode = Readonly<Record<string, unknown>>

/** Returns a module's syntax tree; throws if the source isn't valid TypeScript. */
export function syntaxTree(source: string): unknown {
  return parseAst(source, { lang: 'ts' })
}

/**
 * Returns all nodes of a tree, outermost first. If `skip` returns true for a node, omits the node and its descendants.
 */
export function* nodesIn(
  tree: unknown,
  skip: (node: SyntaxNode) => boolean = () => false,
): Generator<SyntaxNode> {
  if (typeof tree !== 'object' || tree === null) return
  if ('type' in tree) {
    if (skip(tree)) return
    yield tree
  }
  for (const child of Object.values(tree)) yield* nodesIn(child, skip)
}
