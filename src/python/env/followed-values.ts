/** What an expression may evaluate to, as far as it matters for the metadata that env.py passes to Alembic. */
import type { Expression, NodeOf, SyntaxNode, SyntaxTree } from '../syntax/syntax-tree.ts'
import type { FunctionNode, Names } from './module-names.ts'

/** A parsed file of the repository. */
export interface SourceModule {
  /** Path to show. */
  readonly path: string
  /** Absolute dotted name; null if unknown. */
  readonly name: string | null
  readonly isPackage: boolean
  readonly tree: SyntaxTree
  readonly names: Names
}

/** Where an expression stands: the module, and the enclosing classes and functions, innermost first. */
export interface Scope {
  readonly module: SourceModule
  readonly inner: readonly Names[]
  /** Values of the parameters of the innermost function that is being called. */
  readonly given: ReadonlyMap<string, readonly Followed[]>
}

/** A place in the source, for reasons. */
export interface Place {
  readonly path: string
  readonly node: SyntaxNode
}

export type ClassValue = {
  readonly kind: 'class'
  readonly node: NodeOf<'ClassDef'>
  readonly scope: Scope
}

export type MetadataValue = {
  readonly kind: 'metadata'
  /** What creates the object: a call, a class, or the name of a library's own object. Identifies the object. */
  readonly made: SyntaxNode | string
  /** Path of the file that creates the object; empty for a library's own object. */
  readonly path: string
  /** The `naming_convention` that the object gets when it is created; null if there is none. */
  readonly convention: { readonly node: Expression; readonly scope: Scope } | null
}

/** One value that an expression may have. */
export type Followed =
  | { readonly kind: 'none' }
  /** A list, a dictionary, a string or another object without a `naming_convention`. */
  | { readonly kind: 'plain' }
  /** An object of an installed package, by its dotted name. */
  | { readonly kind: 'library'; readonly path: string }
  | { readonly kind: 'module'; readonly module: SourceModule }
  | ClassValue
  | { readonly kind: 'function'; readonly node: FunctionNode; readonly scope: Scope }
  | { readonly kind: 'instance'; readonly of: ClassValue }
  | MetadataValue
  /**
   * An object that has a `metadata`: a declarative base, a registry, the `db` of Flask-SQLAlchemy, or its `metadatas`.
   */
  | {
      readonly kind: 'base' | 'registry' | 'flask' | 'metadatas'
      readonly metadata: readonly Followed[]
    }
  /** A `Migrate` object of Flask-Migrate, with the `db` that its constructor received. */
  | { readonly kind: 'migrate'; readonly db: readonly Followed[] }
  | { readonly kind: 'unknown'; readonly at: Place }

/** Follows expressions. Implemented by the follower; used by the models of libraries. */
export interface Follow {
  value(node: Expression, scope: Scope): readonly Followed[]
  /** Values of an attribute; null if the object certainly has no such attribute of its own. */
  attribute(of: Followed, name: string, at: Place): readonly Followed[] | null
  unknown(node: SyntaxNode, scope: Scope): Followed
}
