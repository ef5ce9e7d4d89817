/**
 * What the namespace of one migration file holds, as far as reading the file can tell. The Python reader
 * produces this; `revision.ts` decides what Alembic makes of it. Nothing here knows how it was read.
 */

/** Where something stands in a file. `line` and `column` count from 1; columns count characters. */
export interface Span {
  readonly path: string
  readonly line: number
  readonly column: number
}

/** A Python value that the reader worked out. Only the shapes that Alembic can meet are told apart. */
export type PyValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'str'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** Decimal digits, because Python integers have no upper limit. */
  | { readonly kind: 'int'; readonly value: string }
  /** A value that is known not to be any of the others; `type` is Python's name for it. */
  | { readonly kind: 'other'; readonly type: 'float' | 'bytes' | 'dict' | 'ellipsis' | 'complex' }
  | {
      readonly kind: 'tuple' | 'list' | 'set' | 'frozenset'
      readonly items: readonly PyValue[]
    }

/** What a module-level name is bound to when the module has been executed. */
export type Binding =
  | { readonly kind: 'unbound' }
  | { readonly kind: 'value'; readonly value: PyValue; readonly span: Span }
  /** Only running the file would tell. `expression` is the source text, one line, shortened. */
  | { readonly kind: 'unreadable'; readonly expression: string; readonly reason: string; readonly span: Span }

/** `upgrade` or `downgrade` of a module. */
export type FunctionBinding =
  | { readonly kind: 'unbound' }
  | {
      readonly kind: 'function'
      /** Positional parameters without default: a call without arguments fails when there is one. */
      readonly required: readonly string[]
      /** Names that may be given as keywords; null when `**kwargs` takes them all. */
      readonly keywords: readonly string[] | null
      readonly span: Span
      /** The body begins by raising this, whatever else it holds; left out where it does not. */
      readonly raises?: PythonError
    }
  /** Bound to something that is not a plain `def`: an import, a conditional definition, a decorated function. */
  | { readonly kind: 'unreadable'; readonly span: Span }

/** An exception as Python names and words it. `type` is the class name alone, e.g. `CommandError`. */
export interface PythonError {
  readonly type: string
  readonly message: string
}

/** One file that Alembic would execute, in the order in which it would execute it. */
export interface MigrationModule {
  /** Relative to the working directory, `/` between segments; absolute when it lies outside. */
  readonly path: string
  readonly revision: Binding
  readonly downRevision: Binding
  readonly branchLabels: Binding
  readonly dependsOn: Binding
  /** `__doc__` as Python has it; null when there is none. */
  readonly doc: string | null
  readonly upgrade: FunctionBinding
  readonly downgrade: FunctionBinding
  /**
   * Executing the file certainly raises this (a syntax error, bytes that do not decode, an unconditional
   * `raise`). Bindings are then meaningless.
   */
  readonly raises: {
    readonly error: PythonError
    readonly span: Span
    /** A line of git's conflict markers is why: the first one. Absent: there is none. */
    readonly conflict?: Span
  } | null
  /**
   * The file could not be read at all, or not understood as Python, and what Alembic would make of it is
   * unknown (no permission, larger than the limit, a form that the parser does not know).
   */
  readonly unreadable: { readonly reason: string; readonly span: Span } | null
}

/** A module of which nothing is known yet: no name is bound in it. */
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

/** Where a name was bound, if it was bound to something readable. */
export function bindingSpan(binding: Binding | undefined): Span | null {
  return binding?.kind === 'value' ? binding.span : null
}
