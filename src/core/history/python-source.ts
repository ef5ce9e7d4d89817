/**
 * What a Python file holds, as plain data: calls, strings, comments, imports, functions, and what each stands in. The
 * Python reader produces it, lint rules read it. Knows no meaning.
 */
import type { Span } from './migration-module.ts'

/** A piece of a file. Lines and columns as in `Span`; offsets are UTF-16 units of `SourceFacts.text`. */
export interface Range extends Span {
  readonly endLine: number
  readonly endColumn: number
  readonly start: number
  readonly end: number
}

/** What a piece of code stands in. */
export type Enclosure =
  /**
   * `swallows`: some handler goes on after an exception that a database may raise (it does not end in `raise`, and it
   * catches more than `KeyError` and its like).
   */
  | {
      readonly kind: 'try'
      readonly part: 'body' | 'handler' | 'else' | 'finally'
      readonly swallows: boolean
      readonly range: Range
    }
  /** `source`: the text of the contexts, `op.get_context().autocommit_block()`. */
  | { readonly kind: 'with'; readonly source: string; readonly range: Range }
  | { readonly kind: 'if'; readonly test: string; readonly side: 'then' | 'else'; readonly range: Range }
  | { readonly kind: 'loop'; readonly source: string; readonly range: Range }
  | { readonly kind: 'function' | 'class'; readonly name: string; readonly range: Range }

/** How an argument is written. `template`: a string with parts that only running would tell. */
export type ArgumentKind =
  'string' | 'template' | 'call' | 'dict' | 'list' | 'tuple' | 'name' | 'none' | 'bool' | 'number' | 'other'

/** One argument of a call. */
export interface ArgumentFact {
  /** Null: it is positional. `*` and `**` for unpacked ones. */
  readonly keyword: string | null
  readonly kind: ArgumentKind
  readonly range: Range
  /** As written. */
  readonly source: string
  /** The value of a string; of a template with U+FFFC where a part is not known. Null for the others. */
  readonly text: string | null
  /** The call that it is. */
  readonly call: CallFact | null
  /** The items of a list or tuple; the values of a dictionary, with its string keys in `keyword`. */
  readonly items: readonly ArgumentFact[]
}

/** One call, wherever it stands. */
export interface CallFact {
  readonly range: Range
  /** What is called, as written: `op.execute`, `bind.dialect.has_table`. */
  readonly written: string
  /** The same by way of the imports: `alembic.op.execute`, `sqlalchemy.text`. */
  readonly callee: string
  readonly args: readonly ArgumentFact[]
  /** From the outside to the inside. */
  readonly within: readonly Enclosure[]
  /** The function at the top of the module that it stands in; null: none. */
  readonly function: string | null
}

/** A string literal, or several that stand side by side. */
export interface StringFact {
  readonly range: Range
  /** U+FFFC stands for a part that is not known. */
  readonly text: string
  readonly function: string | null
}

/** `text` with the `#`. */
export interface CommentFact {
  readonly range: Range
  readonly text: string
  /** Nothing else stands on its line. */
  readonly alone: boolean
}

/** `from module import name as bound`; `name` null: the module itself. */
export interface ImportFact {
  readonly module: string
  readonly name: string | null
  readonly bound: string
  readonly range: Range
}

/** A function at the top of the module. */
export interface FunctionFact {
  readonly name: string
  readonly range: Range
  /** Without its docstring: nothing, or only `pass`, `...`, a bare `return`. `raises`: it begins by raising. */
  readonly body: 'empty' | 'raises' | 'statements'
  /** The class that it raises, as written; null when it does not begin so. */
  readonly raises: string | null
  readonly docstring: string | null
}

/** An `if` and what it asks, as written. */
export interface ConditionFact {
  readonly test: string
  readonly range: Range
}

/** Everything about one file. Where it does not parse, all lists are empty and `problem` says why. */
export interface SourceFacts {
  readonly path: string
  /** With `\n` line ends, without a byte order mark. */
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

/** The argument that stands at this place, or has this keyword. */
export function argumentOf(call: CallFact, index: number, keyword: string): ArgumentFact | null {
  const positional = call.args.filter((each) => each.keyword === null)
  return positional[index] ?? call.args.find((each) => each.keyword === keyword) ?? null
}

/** The innermost enclosure of a kind. */
export function enclosing<Kind extends Enclosure['kind']>(
  call: CallFact,
  kind: Kind,
): Extract<Enclosure, { kind: Kind }> | null {
  const found = call.within.findLast((each) => each.kind === kind)
  return (found as Extract<Enclosure, { kind: Kind }> | undefined) ?? null
}
