/**
 * State and basic operations of the recognizer, such as checking a token, moving past it, and recording an objection.
 */
import type { Objection, Tokens } from '../tokens/tokenize.ts'

/** State of the recognizer. */
export interface Recogniser {
  readonly tokens: Tokens
  readonly text: string
  readonly kinds: readonly number[]
  /** Index of the next token to recognize. */
  at: number
  /** The first error found. Later errors are ignored. */
  objection: Objection | null
  /** Current depth of expressions that nest without brackets, such as `not not …` and `lambda: lambda: …`. */
  depth: number
  /**
   * Innermost scope at the current position. `scope` and `loop` (true inside a loop) determine whether `return`,
   * `await` and `break` are allowed.
   */
  scope: 'module' | 'class' | 'function' | 'async'
  loop: boolean
  /** Tokens of the argument or parameter names in each open call or signature. Used to find duplicate names. */
  readonly names: number[]
  /**
   * Number of entries in `names` that are in use. Later entries are left over from calls or signatures that have ended.
   */
  nameCount: number
}

/** Bit flags that describe a recognized expression. 0 means that there is no expression. */
export const ExpressionShape = {
  failed: 0,
  value: 1,
  /** A name, attribute or subscript: valid on the left of `=`, `+=` and `:`. */
  target: 2,
  /** A tuple or list of targets: valid on the left of `=`. */
  targets: 4,
  /** A starred expression, `*x`. */
  starred: 8,
  /** A single name without parentheses. */
  name: 16,
  /** A tuple without parentheses. */
  bareTuple: 32,
} as const

/** Error message for an expression that some Python versions can't compile. */
export const chainTooLong = 'a chain of operators or calls is too long'

/**
 * Records an objection at the given token (the current one by default). Always returns 0, which callers use as "false"
 * or "no expression".
 */
export function refuse(g: Recogniser, message = 'invalid syntax', certain = false, token = g.at): 0 {
  g.objection ??= {
    at: g.tokens.starts[token] ?? g.text.length,
    error: { type: 'SyntaxError', message },
    certain,
  }
  return 0
}

/** Returns whether the next token is of this kind. */
export function sees(g: Recogniser, kind: number): boolean {
  return g.kinds[g.at] === kind
}

/** Moves past the next token if it is of this kind. */
export function takes(g: Recogniser, kind: number): boolean {
  if (g.kinds[g.at] !== kind) return false
  g.at++
  return true
}

/** If the next token is of the given kind, moves past it. If not, records a syntax error. */
export function needs(g: Recogniser, kind: number, message?: string): boolean {
  return takes(g, kind) || refuse(g, message) !== 0
}

/** Returns the text of the current token. */
export function nameAt(g: Recogniser): string {
  return wordAt(g, g.at)
}

/** Returns the text of a token. */
export function wordAt(g: Recogniser, token: number): string {
  return g.text.slice(g.tokens.starts[token], g.tokens.ends[token])
}
