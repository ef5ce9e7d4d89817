/**
 * A Python file as plain data for lint rules: calls, strings, comments, imports and functions, and the blocks around
 * them. Purely syntactic.
 */
import type { Span } from './migration-module.ts'

/**
 * A range in the source. Lines and columns are counted as in `Span`; offsets are UTF-16 code units in
 * `SourceFacts.text`.
 */
export interface Range extends Span {
  readonly endLine: number
  readonly endColumn: number
  readonly start: number
  readonly end: number
}

/** A block that encloses a piece of code. */
export type Enclosure =
  /**
   * A `try` statement. `swallows` is true if the code may continue after a database exception: a handler catches such
   * exceptions and doesn't end with `raise`.
   */
  | {
      readonly kind: 'try'
      readonly part: 'body' | 'handler' | 'else' | 'finally'
      readonly swallows: boolean
      readonly range: Range
    }
  /** `source` is the text of the context managers, such as `op.get_context().autocommit_block()`. */
  | { readonly kind: 'with'; readonly source: string; readonly range: Range }
  | { readonly kind: 'if'; readonly test: string; readonly side: 'then' | 'else'; readonly range: Range }
  | { readonly kind: 'loop'; readonly source: string; readonly range: Range }
  | { readonly kind: 'function' | 'class'; readonly name: string; readonly range: Range }

/** Syntactic kind of an argument. A `template` is a string with parts that can't be determined statically. */
export type ArgumentKind =
  'string' | 'template' | 'call' | 'dict' | 'list' | 'tuple' | 'name' | 'none' | 'bool' | 'number' | 'other'

/** An argument in a call. */
export interface ArgumentFact {
  /** Keyword of the argument; null if positional. For an unpacked argument, `*` or `**`. */
  readonly keyword: string | null
  readonly kind: ArgumentKind
  readonly range: Range
  /** Source text of the argument. */
  readonly source: string
  /** Value of a string or template; null for other arguments. In a template, U+FFFC replaces each unknown part. */
  readonly text: string | null
  /** The call, if the argument is one; null otherwise. */
  readonly call: CallFact | null
  /**
   * Items of a list or tuple, or values of a dictionary. A dictionary value's `keyword` is its key, if the key is a
   * string.
   */
  readonly items: readonly ArgumentFact[]
}

/** A call in the file. */
export interface CallFact {
  readonly range: Range
  /** The callee as written in the source, such as `op.execute` or `bind.dialect.has_table`. */
  readonly written: string
  /** The callee after resolving imports, such as `alembic.op.execute` or `sqlalchemy.text`. */
  readonly callee: string
  readonly args: readonly ArgumentFact[]
  /** Enclosing blocks, from outermost to innermost. */
  readonly within: readonly Enclosure[]
  /** Name of the enclosing top-level function; null if the call isn't inside a function. */
  readonly function: string | null
}

/** A string literal, or several adjacent literals that Python joins. */
export interface StringFact {
  readonly range: Range
  /** Value of the string. U+FFFC represents unknown parts. */
  readonly text: string
  readonly function: string | null
}

/** A comment. `text` includes the `#`. */
export interface CommentFact {
  readonly range: Range
  readonly text: string
  /** Whether the comment is alone on its line. */
  readonly alone: boolean
}

/** An import, in the form `from module import name as bound`. `name` is null if the module itself is imported. */
export interface ImportFact {
  readonly module: string
  readonly name: string | null
  readonly bound: string
  readonly range: Range
}

/** A top-level function. */
export interface FunctionFact {
  readonly name: string
  readonly range: Range
  /**
   * What the function's body does, ignoring the docstring. `empty`: no statements, or only `pass`, `...` or a bare
   * `return`. `raises`: the first statement raises an exception.
   */
  readonly body: 'empty' | 'raises' | 'statements'
  /** Class of the exception that the first statement raises, as written in the source; null if it raises none. */
  readonly raises: string | null
  readonly docstring: string | null
}

/** An `if` statement and its condition as written in the source. */
export interface ConditionFact {
  readonly test: string
  readonly range: Range
}

/** All syntactic facts about one file. If it can't be parsed, all lists are empty and `problem` explains why. */
export interface SourceFacts {
  readonly path: string
  /** Source text with `\n` line endings and without a byte order mark. */
  readonly text: string
  readonly lines: readonly string[]
  readonly problem: string | null
  readonly calls: readonly CallFact[]
  readonly strings: readonly StringFact[]
  readonly comments: readonly CommentFact[]
  readonly imports: readonly ImportFact[]
  readonly functions: readonly FunctionFact[]
  readonly conditions: readonly ConditionFact[]
}

/** Returns the argument at this position or with this keyword. */
export function argumentOf(call: CallFact, index: number, keyword: string): ArgumentFact | null {
  const positional = call.args.filter((each) => each.keyword === null)
  return positional[index] ?? call.args.find((each) => each.keyword === keyword) ?? null
}

/** Returns the innermost enclosing block of the given kind. */
export function enclosing<Kind extends Enclosure['kind']>(
  call: CallFact,
  kind: Kind,
): Extract<Enclosure, { kind: Kind }> | null {
  const found = call.within.findLast((each) => each.kind === kind)
  return (found as Extract<Enclosure, { kind: Kind }> | undefined) ?? null
}
