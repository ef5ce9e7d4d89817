/**
 * Possible values of an expression, with only the details needed to find the metadata that env.py passes to Alembic.
 */
import type { Expression, NodeOf, SyntaxNode, SyntaxTree } from '../../syntax/syntax-tree.ts'
import type { Binding, FunctionNode, Names } from './module-names.ts'

/** A parsed file of the repository. */
export interface SourceModule {
  /** Path of the file, as shown to users. */
  readonly path: string
  /** Absolute dotted name; null if unknown. */
  readonly name: string | null
  readonly isPackage: boolean
  readonly tree: SyntaxTree
  readonly names: Names
}

/**
 * Location of an expression: the module, and the names bound in the enclosing classes and functions, innermost first.
 */
export interface Scope {
  readonly module: SourceModule
  readonly inner: readonly Names[]
  /** Possible values of function parameters, by name. */
  readonly given: ReadonlyMap<string, readonly Followed[]>
}

/** A location in the source, used to explain why a value is unknown. */
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
  /**
   * The call or class that creates the object, or the name of an object defined by a library. Identifies the object.
   */
  readonly made: SyntaxNode | string
  /** Path of the file that creates the object; empty for an object defined by a library. */
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
  | FunctionValue
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

/** Follows expressions to their values. `Follower` implements this interface. */
export interface Follow {
  value(node: Expression, scope: Scope): readonly Followed[]
  /** Returns the values of an attribute; null if the object isn't known to have the attribute. */
  attribute(of: Followed, name: string, at: Place): readonly Followed[] | null
  /** Returns the values of these bindings; unknown if there are none. */
  bindings(possible: readonly Binding[], scope: Scope, node: SyntaxNode): readonly Followed[]
  /** Returns a function's parameters, all of them with unknown values. */
  parameters(node: FunctionNode, scope: Scope): Map<string, readonly Followed[]>
  /** Returns the values that a function returns if its parameters have the values `given`. */
  returned(of: FunctionValue, given: ReadonlyMap<string, readonly Followed[]>): readonly Followed[]
  unknown(node: SyntaxNode, scope: Scope): Followed
}
