/** Computes layouts with dagre. No other module uses dagre. */
import { Graph, layout } from '@dagrejs/dagre'

/** A box. `x` and `y` are the coordinates of its center. */
export interface PlacedBox {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The computed layout. */
export interface Placement {
  readonly boxes: readonly PlacedBox[]
  /** For each link, the points along its line, from child to parent. */
  readonly lines: readonly (readonly { readonly x: number; readonly y: number }[])[]
  readonly width: number
  readonly height: number
}

/** Arranges boxes in layers, newest on top. `from` and `to` are indexes into `boxes`. */
export function placed(
  boxes: readonly { readonly width: number; readonly height: number }[],
  links: readonly { readonly from: number; readonly to: number }[],
): Placement {
  const graph = new Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'TB', nodesep: 28, ranksep: 34, edgesep: 16, marginx: 16, marginy: 16 })
  boxes.forEach(({ width, height }, index) => graph.setNode(String(index), { width, height }))
  links.forEach(({ from, to }, index) => graph.setEdge(String(from), String(to), {}, String(index)))
  layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  return {
    boxes: boxes.map((box, index) => {
      const { x = 0, y = 0 } = graph.node(String(index)) as { x?: number; y?: number }
      return { ...box, x, y }
    }),
    lines: links.map(({ from, to }, index) => {
      const edge = graph.edge(String(from), String(to), String(index)) as
        { points?: readonly { x: number; y: number }[] } | undefined
      return edge?.points ?? []
    }),
    width: Number.isFinite(width) ? width : 0,
    height: Number.isFinite(height) ? height : 0,
  }
}
