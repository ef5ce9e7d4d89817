/** What following env.py keeps in mind, and how it notes what it can't follow. */
import type { EnvDoubt, EnvTouch } from '../../core/history/env-effects.ts'
import type { Span } from '../../core/history/migration-module.ts'
import type { Operation } from '../../core/history/operation.ts'
import type { SyntaxNode, SyntaxTree } from '../syntax/syntax-tree.ts'
import type { FunctionNode } from './env-values.ts'

/** The kind of database that a release meets. */
export type Dialect = 'postgresql' | 'sqlite'

/** Where something is set, and on which connection; null: any. */
export interface Setting {
  readonly connection: number | null
  readonly node: SyntaxNode
}

/** One way through env.py, as far as it has come. */
export interface Run {
  readonly tree: SyntaxTree
  readonly path: string
  readonly dialect: Dialect
  /** The last setting of each kind counts. */
  searchPath: (Setting & { readonly schemas: readonly string[] }) | null
  role: (Setting & { readonly role: string }) | null
  readonly operations: Operation[]
  doubts: EnvDoubt[]
  /** Migrations have run: what comes later is no longer before them. */
  ran: boolean
  /** What runs here runs in every release. */
  certain: boolean
  /** The connection of `context.configure`; null: not known. */
  migrating: number | null
  connections: number
  readonly calls: FunctionNode[]
  steps: number
  /** Where a text names search_path that no statement has set. */
  mention: SyntaxNode | null
}

/** How a list of statements ends. */
export type Course = 'goes on' | 'may end' | 'ends'

/** Statements that are followed before a file is taken for one that can't be. */
export const maxSteps = 20_000
/** Calls inside of calls that are followed. */
export const maxDepth = 12

/** Where a node stands. */
export function spanOf({ tree, path }: Run, node: SyntaxNode | undefined): Span {
  return { path, ...(node ? tree.positionOf(node) : { line: 1, column: 1 }) }
}

/** Notes that something can't be followed, unless it comes after the migrations. */
export function doubt(run: Run, node: SyntaxNode | undefined, touches: EnvTouch, what: string): void {
  if (run.ran) return
  const span = spanOf(run, node)
  const known = run.doubts.some((one) => one.what === what && one.span.line === span.line)
  if (!known) run.doubts.push({ what, span, touches })
}
