/**
 * Names bound at module level in one migration file, as far as they can be read. The Python reader produces this;
 * `revision.ts` determines what Alembic makes of it. Knows nothing about parsing.
 */

/** A position in a file. `line` and `column` are 1-based; columns count characters. */
export interface Span {
  readonly path: string
  readonly line: number
  readonly column: number
}

/** A Python value computed by the reader. Distinguishes only the types relevant to Alembic. */
export type PyValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'str'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** Decimal digits, because Python integers are unbounded. */
  | { readonly kind: 'int'; readonly value: string }
  /** A value of any other type; `type` is the name of the type in Python. */
  | { readonly kind: 'other'; readonly type: 'float' | 'bytes' | 'dict' | 'ellipsis' | 'complex' }
  | {
      readonly kind: 'tuple' | 'list' | 'set' | 'frozenset'
      readonly items: readonly PyValue[]
    }

/** The final binding of a module-level name. */
export type Binding =
  | { readonly kind: 'unbound' }
  | { readonly kind: 'value'; readonly value: PyValue; readonly span: Span }
  /**
   * The value can't be determined without running the file. `expression`: source text of the value, shortened to one
   * line.
   */
  | { readonly kind: 'unreadable'; readonly expression: string; readonly reason: string; readonly span: Span }

/** `upgrade` or `downgrade` of a module. */
export type FunctionBinding =
  | { readonly kind: 'unbound' }
  | {
      readonly kind: 'function'
      /** Positional parameters without a default; if the function has any, a call without arguments fails. */
      readonly required: readonly string[]
      /** Names accepted as keywords; null if `**kwargs` accepts any. */
      readonly keywords: readonly string[] | null
      readonly span: Span
      /** Present if the body starts by raising this exception. */
      readonly raises?: PythonError
    }
  /** Not a plain `def`: an import, a conditional definition or a decorated function. */
  | { readonly kind: 'unreadable'; readonly span: Span }

/** A Python exception. `type` is the bare class name, e.g. `CommandError`. */
export interface PythonError {
  readonly type: string
  readonly message: string
}

/** A file that Alembic would execute. A project lists its files in execution order. */
export interface MigrationModule {
  /** Relative to the working directory, with `/` separators; absolute for a file outside it. */
  readonly path: string
  readonly revision: Binding
  readonly downRevision: Binding
  readonly branchLabels: Binding
  readonly dependsOn: Binding
  /** Python's `__doc__` of the module; null if the module has no docstring. */
  readonly doc: string | null
  readonly upgrade: FunctionBinding
  readonly downgrade: FunctionBinding
  /**
   * Executing the file certainly raises this (a syntax error, undecodable bytes, an unconditional `raise`). Bindings
   * are then meaningless.
   */
  readonly raises: {
    readonly error: PythonError
    readonly span: Span
    /** Location of the first git conflict marker, if that causes the error; absent otherwise. */
    readonly conflict?: Span
  } | null
  /**
   * Set if the file couldn't be read or parsed (no permission, too large, unsupported syntax), so that its effect on
   * Alembic is unknown; null otherwise.
   */
  readonly unreadable: { readonly reason: string; readonly span: Span } | null
}

/** Returns a module without any bindings. */
export function emptyModule(path: string): MigrationModule {
  const unbound = { kind: 'unbound' } as const
  return {
    path,
    revision: unbound,
    downRevision: unbound,
    branchLabels: unbound,
    dependsOn: unbound,
    doc: null,
    upgrade: unbound,
    downgrade: unbound,
    raises: null,
    unreadable: null,
  }
}

/** Returns the location of a binding, if its value is readable. */
export function bindingSpan(binding: Binding | undefined): Span | null {
  return binding?.kind === 'value' ? binding.span : null
}
