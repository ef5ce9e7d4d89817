/**
 * A migration file's module-level names, as far as they can be read. `revision.ts` decides how Alembic interprets them.
 */

/** A position in a file. `line` and `column` start at 1; `column` counts characters. */
export interface Span {
  readonly path: string
  readonly line: number
  readonly column: number
}

/** A Python value. Types are distinguished only if the difference matters to Alembic. */
export type PyValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'str'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** Decimal digits, because Python integers are unbounded. */
  | { readonly kind: 'int'; readonly value: string }
  /** A value of any other type; `type` is the Python type's name. */
  | { readonly kind: 'other'; readonly type: 'float' | 'bytes' | 'dict' | 'ellipsis' | 'complex' }
  | {
      readonly kind: 'tuple' | 'list' | 'set' | 'frozenset'
      readonly items: readonly PyValue[]
    }

/** The final value bound to a module-level name. */
export type Binding =
  | { readonly kind: 'unbound' }
  | { readonly kind: 'value'; readonly value: PyValue; readonly span: Span }
  /** The value can't be determined without running the file. `expression` is its source text, shortened to one line. */
  | { readonly kind: 'unreadable'; readonly expression: string; readonly reason: string; readonly span: Span }

/** The `upgrade` or `downgrade` function of a migration. */
export type FunctionBinding =
  | { readonly kind: 'unbound' }
  | {
      readonly kind: 'function'
      /** Positional parameters without a default. If there are any, a call without arguments fails. */
      readonly required: readonly string[]
      /** Names of the accepted keyword arguments; null for any name (`**kwargs`). */
      readonly keywords: readonly string[] | null
      readonly span: Span
      /** Exception raised by the function's first statement; undefined if none. */
      readonly raises?: PythonError
    }
  /** Not a plain `def`: an import, a conditional definition or a decorated function. */
  | { readonly kind: 'unreadable'; readonly span: Span }

/** A Python exception. `type` is the class name without its module, such as `CommandError`. */
export interface PythonError {
  readonly type: string
  readonly message: string
  /** How to avoid the exception; undefined if there is no advice. */
  readonly instead?: string
}

/** A migration file that Alembic would execute. */
export interface MigrationModule {
  /** Path relative to the working directory, with `/` as separator. Absolute if the file is outside that directory. */
  readonly path: string
  readonly revision: Binding
  readonly downRevision: Binding
  readonly branchLabels: Binding
  readonly dependsOn: Binding
  /** The module's docstring (`__doc__`); null if it has none. */
  readonly doc: string | null
  readonly upgrade: FunctionBinding
  readonly downgrade: FunctionBinding
  /**
   * The exception that the file always raises when executed, such as a syntax error. If set, the bindings are
   * meaningless.
   */
  readonly raises: {
    readonly error: PythonError
    readonly span: Span
    /** Location of the first git conflict marker, if conflict markers caused the error. */
    readonly conflict?: Span
  } | null
  /**
   * Why the file couldn't be read or parsed; null if there was no error. The effect of an unreadable file on Alembic
   * is unknown.
   */
  readonly unreadable: { readonly reason: string; readonly span: Span } | null
  /** Whether the file contains the text `naming_convention`. */
  readonly namesConvention?: true
}

/** Returns a module that binds no names. */
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

/** Returns the location of a binding's value; null if there is no readable value. */
export function bindingSpan(binding: Binding | undefined): Span | null {
  return binding?.kind === 'value' ? binding.span : null
}
