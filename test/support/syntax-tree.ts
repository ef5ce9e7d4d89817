/** The syntax tree of a TypeScript file, for tests that hold the source to a rule. */
import { parseAst } from 'vitest/node'

/** A node of the tree. */
export type SyntaxNode = Readonly<Record<string, unknown>>

/** The tree of a module; throws where the source is no TypeScript. */
export function syntaxTree(source: string): unknown {
  return parseAst(source, { lang: 'ts' })
}

/** Every node of a tree, outermost first, without those below a node that `skip` takes. */
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
