/** Lists what each name in a module, class or function may be bound to. */
import type { NodeOf, Expression, SyntaxNode, SyntaxTree, Statement } from '../../syntax/syntax-tree.ts'
import { childNodes } from '../../syntax/syntax-tree.ts'

/** Something that a name may be bound to. */
export type Binding = {
  /** Offset in the source text. */
  readonly at: number
  /** False if inside a condition, a loop or another function. */
  readonly certain: boolean
} & (
  | { readonly kind: 'value'; readonly node: Expression }
  | { readonly kind: 'class'; readonly node: NodeOf<'ClassDef'> }
  | { readonly kind: 'function'; readonly node: FunctionNode }
  /** `level` is the number of leading dots; `name` is null for `import module`. */
  | { readonly kind: 'import'; readonly level: number; readonly module: string; readonly name: string | null }
  /** A binding of any other kind, such as a loop variable. */
  | { readonly kind: 'other'; readonly node: SyntaxNode }
)

export type FunctionNode = NodeOf<'FunctionDef'> | NodeOf<'AsyncFunctionDef'>

/** The names bound in a scope, and the modules of its star imports. */
export interface Names {
  readonly bound: ReadonlyMap<string, readonly Binding[]>
  readonly stars: readonly { readonly level: number; readonly module: string }[]
}

/** The names that these statements bind. */
export function namesIn(body: readonly Statement[], tree: SyntaxTree): Names {
  const collector = new Collector(tree)
  collector.statements(body, true)
  return collector
}

/**
 * Returns the bindings that may apply at position `before`: the last certain binding, and the uncertain ones after
 * it.
 */
export function possibleIn(all: readonly Binding[], before: number): readonly Binding[] {
  const earlier = all.filter(({ at }) => at < before)
  return earlier.slice(
    Math.max(
      earlier.findLastIndex(({ certain }) => certain),
      0,
    ),
  )
}

class Collector implements Names {
  readonly bound = new Map<string, Binding[]>()
  readonly stars: { level: number; module: string }[] = []
  private readonly tree: SyntaxTree

  constructor(tree: SyntaxTree) {
    this.tree = tree
  }

  statements(body: readonly SyntaxNode[], certain: boolean): void {
    for (const node of body) this.statement(node, certain)
  }

  private statement(node: SyntaxNode, certain: boolean): void {
    const { start: at } = this.tree.rangeOf(node)
    switch (node.nodeType) {
      case 'Assign':
        for (const target of node.targets) this.target(target, node.value, at, certain)
        return
      case 'AnnAssign':
        if (node.value) this.target(node.target, node.value, at, certain)
        return
      case 'ClassDef':
        this.add(node.name, { kind: 'class', node, at, certain })
        return
      case 'FunctionDef':
      case 'AsyncFunctionDef':
        this.add(node.name, { kind: 'function', node, at, certain })
        this.globals(node)
        return
      case 'Import':
        for (const { name, asname } of node.names) {
          const bound = asname ?? name.split('.')[0] ?? name
          const module = asname == null ? bound : name
          this.add(bound, { kind: 'import', level: 0, module, name: null, at, certain })
        }
        return
      case 'ImportFrom': {
        const [level, module] = [node.level ?? 0, node.module ?? '']
        for (const { name, asname } of node.names) {
          if (name === '*') this.stars.push({ level, module })
          else this.add(asname ?? name, { kind: 'import', level, module, name, at, certain })
        }
        return
      }
      case 'If': {
        const isTyping = /^(?:typing\.)?TYPE_CHECKING$/.test(this.tree.sourceOf(node.test))
        if (!isTyping) this.statements(node.body, false)
        this.statements(node.orelse, certain && isTyping)
        return
      }
      case 'With':
        this.others(node.items, at)
        this.statements(node.body, certain)
        return
      default:
        this.others([node], at)
    }
  }

  private target(target: SyntaxNode, value: Expression, at: number, certain: boolean): void {
    if (target.nodeType === 'Name') this.add(target.id, { kind: 'value', node: value, at, certain })
    else this.others([target], at)
  }

  /** Collects names bound by any other nodes, including nested statements. */
  private others(nodes: readonly SyntaxNode[], at: number): void {
    for (const node of nodes) {
      if (node.nodeType === 'Name' && node.ctx.nodeType !== 'Load')
        this.add(node.id, { kind: 'other', node, at, certain: false })
      if (node.nodeType === 'ExceptHandler' && node.name != null)
        this.add(node.name, { kind: 'other', node, at, certain: false })
      if (isStatement.test(node.nodeType)) this.statement(node, false)
      else if (node.nodeType !== 'Lambda') this.others(childNodes(node), at)
    }
  }

  /** Adds the names that a function declares `global`, because the function may assign to them. */
  private globals(node: FunctionNode): void {
    const names = new Set(everyNode(node.body).flatMap((one) => (one.nodeType === 'Global' ? one.names : [])))
    if (names.size === 0) return
    for (const name of names)
      this.add(name, { kind: 'other', node, at: this.tree.rangeOf(node).start, certain: false })
  }

  private add(name: string, binding: Binding): void {
    const known = this.bound.get(name)
    if (known) known.push(binding)
    else this.bound.set(name, [binding])
  }
}

const isStatement = /^(?:Assign|AnnAssign|ClassDef|FunctionDef|AsyncFunctionDef|Import|ImportFrom|If|With)$/

/** Returns the nodes and all their descendants. */
export function everyNode(nodes: readonly SyntaxNode[]): readonly SyntaxNode[] {
  const found: SyntaxNode[] = []
  const waiting = nodes.toReversed()
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    found.push(node)
    waiting.push(...childNodes(node).toReversed())
  }
  return found
}
