/** The syntax tree of a TypeScript file, for tests that enforce rules on the source. */
import { parseAst } from 'vitest/node'

export type SyntaxNode = Readonly<Record<string, unknown>>

/** Returns a module's syntax tree. Throws if the source is invalid. */
export function syntaxTree(source: string): unknown {
  return parseAst(source, { lang: 'ts' })
}

/** Returns all nodes, outermost first. Omits a node and its descendants if `skip` returns true. */
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
