/** The state of the grammar's recogniser and its first steps: looking at a token, stepping over it, objecting. */
import type { Objection, Tokens } from '../tokens/tokenize.ts'

/** Where the recogniser stands. */
export interface Recogniser {
  readonly tokens: Tokens
  readonly text: string
  readonly kinds: readonly number[]
  /** Index of the next token. */
  at: number
  /** The first objection; set once. */
  objection: Objection | null
  /** How deep expressions are nested without brackets (`not not …`, `lambda: lambda: …`). */
  depth: number
  /** What encloses the place: decides whether `return`, `await`, `break` may stand here. */
  scope: 'module' | 'class' | 'function' | 'async'
  loop: boolean
  /** Tokens of keyword arguments and parameters in the open calls, to find repeated ones. */
  readonly names: number[]
  /** How many there are; what lies beyond is left over from calls that are closed. */
  nameCount: number
}

/** What an expression turned out to be. 0: none. */
export const ExpressionShape = {
  failed: 0,
  value: 1,
  /** A name, attribute or subscript: may stand left of `=`, `+=`, `:`. */
  target: 2,
  /** A tuple or list of targets: may stand left of `=`. */
  targets: 4,
  /** `*x` */
  starred: 8,
  /** A lone name without parentheses. */
  name: 16,
  /** A tuple without parentheses. */
  bareTuple: 32,
} as const

/** The objection to an expression that only some versions of Python can compile. */
export const chainTooLong = 'a chain of operators or calls is too long'

/** Records an objection at the current token (or another); always answers 0, which is both false and "no shape". */
export function refuse(g: Recogniser, message = 'invalid syntax', certain = false, token = g.at): 0 {
  g.objection ??= {
    at: g.tokens.starts[token] ?? g.text.length,
    error: { type: 'SyntaxError', message },
    certain,
  }
  return 0
}

/** Does the next token have this kind? */
export function sees(g: Recogniser, kind: number): boolean {
  return g.kinds[g.at] === kind
}

/** Steps over the next token if it has this kind. */
export function takes(g: Recogniser, kind: number): boolean {
  if (g.kinds[g.at] !== kind) return false
  g.at++
  return true
}

/** Steps over the next token; an objection when it has another kind. */
export function needs(g: Recogniser, kind: number, message?: string): boolean {
  return takes(g, kind) || refuse(g, message) !== 0
}

/** The text of the current token. */
export function nameAt(g: Recogniser): string {
  return wordAt(g, g.at)
}

/** The text of a token. */
export function wordAt(g: Recogniser, token: number): string {
  return g.text.slice(g.tokens.starts[token], g.tokens.ends[token])
}
