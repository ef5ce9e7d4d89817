/** Possible values of an expression, insofar as they matter for finding `target_metadata`. */
import type { Expression, NodeOf, SyntaxNode, SyntaxTree } from '../../syntax/syntax-tree.ts'
import type { Binding, FunctionNode, Names } from './module-names.ts'

/** A parsed file from the repository. */
export interface SourceModule {
  /** Path for display. */
  readonly path: string
  /** Absolute dotted name; null if unknown. */
  readonly name: string | null
  readonly isPackage: boolean
  readonly tree: SyntaxTree
  readonly names: Names
}

/** A module, and the names bound in enclosing classes and functions, innermost first. */
export interface Scope {
  readonly module: SourceModule
  readonly inner: readonly Names[]
  /** Possible values of function parameters. */
  readonly given: ReadonlyMap<string, readonly Followed[]>
}

/** The place where a value becomes unknown. */
export interface Place {
  readonly path: string
  readonly node: SyntaxNode
}

export type ClassValue = {
  readonly kind: 'class'
  readonly node: NodeOf<'ClassDef'>
  readonly scope: Scope
}

export type FunctionValue = {
  readonly kind: 'function'
  readonly node: FunctionNode
  readonly scope: Scope
}

export type MetadataValue = {
  readonly kind: 'metadata'
  /** The call or class that creates the object, or a library object's name. */
  readonly made: SyntaxNode | string
  /** File that creates the object; empty for library objects. */
  readonly path: string
  /** The object's initial `naming_convention`, if any. */
  readonly convention: { readonly node: Expression; readonly scope: Scope } | null
}

/** One possible value of an expression. */
export type Followed =
  | { readonly kind: 'none' }
  /** An object without a `naming_convention`, such as a list or string. */
  | { readonly kind: 'plain' }
  /** An object from an installed package, identified by its dotted name. */
  | { readonly kind: 'library'; readonly path: string }
  | { readonly kind: 'module'; readonly module: SourceModule }
  | ClassValue
  | FunctionValue
  | { readonly kind: 'instance'; readonly of: ClassValue }
  | MetadataValue
  /** An object with `metadata`, such as a declarative base, a registry or Flask-SQLAlchemy's `db`. */
  | {
      readonly kind: 'base' | 'registry' | 'flask' | 'metadatas'
      readonly metadata: readonly Followed[]
    }
  /** Flask-Migrate's `Migrate`, with the `db` passed to it. */
  | { readonly kind: 'migrate'; readonly db: readonly Followed[] }
  | { readonly kind: 'unknown'; readonly at: Place }

/** Follows expressions to their values. Implemented by `Follower`. */
export interface Follow {
  value(node: Expression, scope: Scope): readonly Followed[]
  /** Values of an attribute; null if the object isn't known to have it. */
  attribute(of: Followed, name: string, at: Place): readonly Followed[] | null
  /** Values of these bindings; unknown if there are none. */
  bindings(possible: readonly Binding[], scope: Scope, node: SyntaxNode): readonly Followed[]
  /** A function's parameters, with unknown values. */
  parameters(node: FunctionNode, scope: Scope): Map<string, readonly Followed[]>
  /** Values that a function returns for these parameter values. */
  returned(of: FunctionValue, given: ReadonlyMap<string, readonly Followed[]>): readonly Followed[]
  unknown(node: SyntaxNode, scope: Scope): Followed
}
