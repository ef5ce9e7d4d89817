/**
 * Contents of a Python file as plain data: calls, strings, comments, imports, functions, and their enclosing blocks.
 * Produced by the Python reader for lint rules. Purely syntactic.
 */
import type { Span } from './migration-module.ts'

/** A source range. Lines and columns as in `Span`; offsets are UTF-16 units in `SourceFacts.text`. */
export interface Range extends Span {
  readonly endLine: number
  readonly endColumn: number
  readonly start: number
  readonly end: number
}

/** A block that encloses code. */
export type Enclosure =
  /**
   * `swallows`: a handler continues after a database exception (it doesn't end in `raise`, and catches more than
   * `KeyError` and similar).
   */
  | {
      readonly kind: 'try'
      readonly part: 'body' | 'handler' | 'else' | 'finally'
      readonly swallows: boolean
      readonly range: Range
    }
  /** `source`: source text of the context managers, `op.get_context().autocommit_block()`. */
  | { readonly kind: 'with'; readonly source: string; readonly range: Range }
  | { readonly kind: 'if'; readonly test: string; readonly side: 'then' | 'else'; readonly range: Range }
  | { readonly kind: 'loop'; readonly source: string; readonly range: Range }
  | { readonly kind: 'function' | 'class'; readonly name: string; readonly range: Range }

/** Syntax of an argument. `template`: a string with parts that can't be determined statically. */
export type ArgumentKind =
  'string' | 'template' | 'call' | 'dict' | 'list' | 'tuple' | 'name' | 'none' | 'bool' | 'number' | 'other'

/** One argument of a call. */
export interface ArgumentFact {
  /** Keyword of the argument; null for a positional argument, `*` or `**` for an unpacked one. */
  readonly keyword: string | null
  readonly kind: ArgumentKind
  readonly range: Range
  /** Source text. */
  readonly source: string
  /** Value of a string, or of a template with U+FFFC for unknown parts. Null for other kinds. */
  readonly text: string | null
  /** The nested call; null if the argument isn't a call. */
  readonly call: CallFact | null
  /** Items of a list or tuple, or values of a dictionary with its string keys in `keyword`. */
  readonly items: readonly ArgumentFact[]
}

/** Any call in the file. */
export interface CallFact {
  readonly range: Range
  /** The callee as written: `op.execute`, `bind.dialect.has_table`. */
  readonly written: string
  /** The callee resolved through imports: `alembic.op.execute`, `sqlalchemy.text`. */
  readonly callee: string
  readonly args: readonly ArgumentFact[]
  /** Enclosing blocks, outermost first. */
  readonly within: readonly Enclosure[]
  /** The enclosing top-level function; null for code outside functions. */
  readonly function: string | null
}

/** A string literal, or several adjacent literals. */
export interface StringFact {
  readonly range: Range
  /** Contains U+FFFC for unknown parts. */
  readonly text: string
  readonly function: string | null
}

/** `text` includes the `#`. */
export interface CommentFact {
  readonly range: Range
  readonly text: string
  /** True if the comment is alone on its line. */
  readonly alone: boolean
}

/** `from module import name as bound`; `name` is null for the module itself. */
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
   * Kind of body, ignoring the docstring: `empty` has no statements, or only `pass`, `...` or a bare `return`; `raises`
   * starts by raising an exception.
   */
  readonly body: 'empty' | 'raises' | 'statements'
  /** Class of the raised exception, as written; null unless the body starts by raising one. */
  readonly raises: string | null
  readonly docstring: string | null
}

/** An `if` and its condition, as written. */
export interface ConditionFact {
  readonly test: string
  readonly range: Range
}

/** Everything about one file. If it can't be parsed, all lists are empty and `problem` explains why. */
export interface SourceFacts {
  readonly path: string
  /** With `\n` line endings, without a byte order mark. */
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

/** Returns the innermost enclosing block of a kind. */
export function enclosing<Kind extends Enclosure['kind']>(
  call: CallFact,
  kind: Kind,
): Extract<Enclosure, { kind: Kind }> | null {
  const found = call.within.findLast((each) => each.kind === kind)
  return (found as Extract<Enclosure, { kind: Kind }> | undefined) ?? null
}
